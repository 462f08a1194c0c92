//! What became of one slice of source time: the record of the topic `slices`, for people. Pure.

use serde::{Deserialize, Serialize};

use super::time::InstantMs;

/// Where a slice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SliceState {
    /// Some of its pages are published.
    Running,
    /// Its cursor is exhausted.
    Done,
    /// Its retries are spent; it is a held range and a dead letter.
    Failed,
    /// A state that this build does not know.
    Unknown,
}

/// One slice `[from, to)` of one source partition. `slices` is never read back by the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceStatus {
    /// Tenant.
    pub org_id: String,
    /// What is read.
    pub source_partition: String,
    /// First instant of source time, included.
    pub from: InstantMs,
    /// Last instant of source time, excluded.
    pub to: InstantMs,
    /// The revisit age in ms that this reading belongs to; 0 for the first reading.
    pub revisit_ms: i64,
    /// Where it stands.
    pub state: SliceState,
    /// Pages published so far.
    pub pages: i64,
    /// Rows published so far.
    pub rows: i64,
    /// Rows that were still open when read.
    pub open_rows: i64,
    /// Rows that the platform says the selection has.
    pub native_count: Option<i64>,
    /// (rows − native_count) ÷ native_count.
    pub variance: Option<f64>,
    /// Requests made, retries included.
    pub attempts: i64,
    /// Stretches that the slice was asked for in so far; `None`: a writer that did not count them.
    #[serde(default)]
    pub windows: Option<i64>,
    /// Class of the last error.
    pub last_error_class: Option<String>,
    /// When this was written, on the platform's clock.
    pub written_at: InstantMs,
}
