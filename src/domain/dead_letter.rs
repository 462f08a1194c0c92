//! An input that could not be processed, as it came, with its reason. Pure.

/// The reason of a slice that was given up; such a slice is a held range, too.
pub const SLICE_FAILED: &str = "slice_failed";

/// What goes to the topic `dead-letters`: no schema of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The input's key, if it had one.
    pub key: Option<Vec<u8>>,
    /// The input's bytes as they came.
    pub value: Option<Vec<u8>>,
    /// One word: `malformed`, `beyond_horizon`, `too_long`, `slice_failed`, …; becomes the header `handletime.reason`.
    pub reason: String,
    /// The rule that it broke, in a sentence; becomes the header `handletime.rule`.
    pub rule: String,
    /// Where the input came from: `topic-partition-offset`, or the slice and page of a source.
    pub origin: String,
}
