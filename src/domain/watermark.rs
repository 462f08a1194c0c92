//! How far a source partition is known to be complete: the record of the topic `watermarks`. Pure.

use serde::{Deserialize, Serialize};

use super::time::{InstantMs, TimeRange};

/// "Source partition is complete up to `watermark`, as of these offsets of `interactions`."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Tenant.
    pub org_id: String,
    /// What is read: the dialect, and its media or queue group where there is one.
    pub source_partition: String,
    /// Source time before which everything was read once.
    pub watermark: InstantMs,
    /// For each partition of `interactions`, the last delivered data record's offset + 1; 0 for none.
    pub interactions_offsets: Vec<i64>,
    /// Which plan this source partition belongs to; the newest complete plan counts.
    pub plan_generation: i64,
    /// How many source partitions that plan has.
    pub plan_size: i32,
    /// First instant that the plan reads.
    pub extract_start: InstantMs,
    /// Ranges that are not known to be complete, although the watermark has passed them.
    pub held: Vec<TimeRange>,
    /// The source reads nothing beyond `watermark`, which is its `extract.end`.
    pub closed: bool,
    /// When it was written, on the platform's clock.
    pub written_at: InstantMs,
}
