//! The shapes of answers: every field optional, unknown ones counted, a bad row set aside alone. Pure.

pub mod allow;
pub mod fields;
pub mod flat;
pub mod minimise;

mod page;
mod words;

#[cfg(test)]
mod tests;

pub use page::{Drift, MalformedRow, Page, Row, RowRead, WireError, read_page};
pub use words::{media_drift, media_from_word, status_from_word, word_drift};
