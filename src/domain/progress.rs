//! How far a task is: the record of the topic `progress`, written in every transaction of the task. Pure.

use serde::{Deserialize, Serialize};

use super::time::{InstantMs, TimeRange};

/// The two rooms that tasks belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    /// interactions → legs and contributions.
    Legs,
    /// contributions → KPI rows.
    Intervals,
}

impl Room {
    /// The word in keys, group ids and transactional ids.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Room::Legs => "legs",
            Room::Intervals => "intervals",
        }
    }
}

/// Which task a progress record belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProgressKey {
    /// [`Room::word`].
    pub room: String,
    /// Partition of the task.
    pub partition: i32,
}

/// The newest watermark of a source partition that a legs task has applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePartitionProgress {
    /// Tenant.
    pub org_id: String,
    /// What is read.
    pub source_partition: String,
    /// Complete up to, exclusive.
    pub watermark: InstantMs,
    /// Plan.
    pub plan_generation: i64,
    /// Source partitions of that plan.
    pub plan_size: i32,
    /// First instant that the plan reads.
    pub extract_start: InstantMs,
    /// Nothing at or after the watermark will be read.
    pub closed: bool,
    /// Ranges that are not known to be complete.
    pub held: Vec<TimeRange>,
}

/// A watermark that an intervals task has received from a legs task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedWatermark {
    /// Tenant.
    pub org_id: String,
    /// The legs task.
    pub legs_partition: i32,
    /// Contributed up to, exclusive.
    pub watermark: InstantMs,
    /// First instant that the plan reads.
    pub extract_start: InstantMs,
    /// Nothing at or after it will be read.
    pub closed: bool,
    /// Ranges that are not known to be complete.
    pub held: Vec<TimeRange>,
}

/// How far a task is. Offsets are always the next record to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Next offset of the task's input partition.
    pub input_offset: i64,
    /// Next offset of `watermarks`; legs tasks only, else 0.
    pub watermarks_offset: i64,
    /// Legs tasks: watermarks applied.
    pub source_partitions: Vec<SourcePartitionProgress>,
    /// Intervals tasks: watermarks received.
    pub passed: Vec<PassedWatermark>,
    /// Hash of `rules_text`.
    pub rules_version: String,
    /// Canonical text of every setting that can change a number.
    pub rules_text: String,
    /// The rules before the last change.
    pub previous_rules_text: Option<String>,
    /// Local midnight from which the rules hold; `None`: since ever.
    pub rules_changed_at: Option<InstantMs>,
    /// First interval start that the task owns; `None` while it is not known. Of a legs task that has not begun
    /// ([`Progress::has_begun`]) it is a claim that may be taken back.
    pub range_start: Option<InstantMs>,
    /// First interval start after the range; `None`: open.
    pub range_end: Option<InstantMs>,
    /// Partition count of `interactions`.
    pub interactions_partitions: i32,
    /// Partition count of `contributions`.
    pub contributions_partitions: i32,
    /// How values are framed.
    pub framing: String,
    /// Lowest offset of the task's partition of `legs` that is still needed; legs tasks only, else 0.
    pub legs_floor_offset: i64,
    /// When it was written, by the local clock.
    pub written_at: InstantMs,
}

impl Progress {
    /// Whether anything can have been published: a task that only claims its rows has read nothing that leads to one.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        0 < self.input_offset || !self.source_partitions.is_empty() || !self.passed.is_empty()
    }
}
