//! One page of rows as JSON: where it begins, what it repeats, how a row is written. Pure.

mod build;

pub use self::build::{Cursor, OddRow, Page, build};

#[cfg(test)]
mod tests;
