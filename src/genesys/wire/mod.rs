//! The shapes of answers: every field optional, unknown ones counted, a bad row set aside alone. Pure.

mod page;

#[cfg(test)]
mod tests;

pub use page::{Drift, MalformedRow, Page, Row, RowRead, WireError, read_page};
