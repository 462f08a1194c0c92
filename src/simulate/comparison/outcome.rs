//! What a comparison finds. Pure.

use std::fmt;

use serde_json::Value;

/// Differences that `Display` prints.
const PRINTED: usize = 20;

/// One field of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The row, as `queue_id=… interval_start=…`.
    pub key: String,
    /// The field, or what is wrong with the row as a whole.
    pub field: String,
    /// What the connector says; null where it says nothing.
    pub ours: Value,
    /// What is true.
    pub truth: Value,
}

/// The result of [`compare`](super::compare()).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Keys that were compared.
    pub compared: usize,
    /// What differs, by key and field.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn equal(&self) -> bool {
        self.differences.is_empty()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} rows compared, {} differences", self.compared, self.differences.len())?;
        for difference in self.differences.iter().take(PRINTED) {
            let Difference { key, field, ours, truth } = difference;
            write!(out, "\n  {key}: {field}: ours {ours}, truth {truth}")?;
        }
        match self.differences.len().saturating_sub(PRINTED) {
            0 => Ok(()),
            more => write!(out, "\n  and {more} more"),
        }
    }
}
