//! What legs tasks send to intervals tasks: the records of the topic `contributions`. Pure.

use serde::{Deserialize, Serialize};

use super::time::{DurationMs, InstantMs, TimeRange};

/// Which row a contribution is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContributionKey {
    /// KPI topic without the prefix, such as `kpi.queue.pt30m`.
    pub topic: String,
    /// The row's key as Avro without a frame; empty for a watermark.
    #[serde(with = "serde_bytes")]
    pub row: Vec<u8>,
}

/// What is added to a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionRow {
    /// Differences of the additive figures.
    #[serde(with = "serde_bytes")]
    pub sums: Vec<u8>,
    /// Handle times that join or leave.
    #[serde(with = "serde_bytes")]
    pub handle: Vec<u8>,
    /// Waits of offered visits that join or leave.
    #[serde(with = "serde_bytes")]
    pub wait: Vec<u8>,
    /// Name of the queue at the newest reading.
    pub queue_name: Option<String>,
    /// Service-level target at the newest reading.
    pub service_level_target_ms: DurationMs,
    /// Version of that reading; 0 when nothing was read.
    pub attributes_version: InstantMs,
    /// Busy spans of an agent that join or leave; empty for none.
    #[serde(with = "serde_bytes")]
    pub spans: Vec<u8>,
    /// The dialect's interaction is a conversation, so the row counts contacts.
    pub conversations: bool,
    /// Set on a row that replay has rebuilt: the figures replace those of the row, whose last revision this was; −1
    /// when it was never published.
    pub replace_revision: Option<i32>,
    /// Beside it: the restatements of the row as last published.
    pub replace_restatements: Option<i32>,
}

/// The watermark that a legs task has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionWatermark {
    /// Tenant.
    pub org_id: String,
    /// The legs task.
    pub legs_partition: i32,
    /// Source time before which everything was contributed, exclusive.
    pub watermark: InstantMs,
    /// First instant that the plan reads.
    pub extract_start: InstantMs,
    /// Nothing at or after it will be read.
    pub closed: bool,
    /// Ranges that are not known to be complete.
    pub held: Vec<TimeRange>,
}

/// One record of `contributions`; exactly one of the two is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Addition to the row of the key.
    pub row: Option<ContributionRow>,
    /// Watermark passed on.
    pub watermark: Option<ContributionWatermark>,
}
