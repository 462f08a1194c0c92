//! Why a task cannot go on: each is FAILED with the way out. Pure.

use crate::avro::AvroError;
use crate::config::stored_rules::StoredRulesError;
use crate::domain::range::{OwnedRange, RangeError};
use crate::domain::time::{InstantMs, format_instant};

/// A reason to stop a task. Nothing staged was promoted.
#[derive(Debug, thiserror::Error)]
pub enum TopologyError {
    /// Stored state cannot be read.
    #[error("reading {what} at offset {offset} of the task's own state")]
    State {
        /// Topic.
        what: &'static str,
        /// Offset.
        offset: i64,
        /// What is wrong with it.
        #[source]
        source: AvroError,
    },
    /// A record cannot be encoded.
    #[error("encoding an output record")]
    Encode(#[from] AvroError),
    /// The rules differ from those that the state was made by.
    #[error(
        "the settings {keys} differ from those that the existing rows were computed by; restore them, or rebuild the rows \
         with `handletime replay`; settings that do not decide which rows there are may also begin at a midnight, with \
         kpi.rules.change=from-next-day"
    )]
    RulesChanged {
        /// The settings that differ.
        keys: String,
    },
    /// The rows that the pipeline owns differ from those that it has written.
    #[error(
        "kpi.range.start or kpi.range.end differ from those that the existing rows were written by; the rows of a pipeline \
         never change hands: restore them, or use another pipeline.name for other rows"
    )]
    RangeChanged,
    /// The rules differ in what cannot change from a day on.
    #[error(
        "the settings {keys} cannot change from the next day on, since they decide which rows there are or how long they \
         can change; restore them, or rebuild the rows with `handletime replay`"
    )]
    RulesShape {
        /// The settings that cannot.
        keys: String,
    },
    /// The rules before the last change are still needed.
    #[error(
        "the rules changed at {} and interactions from before that can still be corrected: another change is possible once \
         the source watermark has reached {}; until then restore them, or rebuild the rows with `handletime replay`",
        format_instant(*.changed_at),
        format_instant(*.possible_at)
    )]
    RulesTooSoon {
        /// The midnight of the last change.
        changed_at: InstantMs,
        /// The watermark from which on another one is possible.
        possible_at: InstantMs,
    },
    /// The task that decides has not said from when the rules hold: to be tried again.
    #[error("waiting until the legs task of partition 0 has said from which midnight the changed rules hold")]
    RulesAwaited,
    /// The previous rules cannot be read.
    #[error("reading the rules from before the last change; rebuild the rows with `handletime replay`")]
    PreviousRules(#[from] StoredRulesError),
    /// A topic has another partition count than the state was made by.
    #[error("{topic} has {found} partitions but the state was made with {expected}; partition counts cannot change")]
    PartitionCount {
        /// Topic.
        topic: &'static str,
        /// Partitions now.
        found: i32,
        /// Partitions by `progress`.
        expected: i32,
    },
    /// Values are framed in another way than the state.
    #[error(
        "the topics are framed as {expected}, and the settings ask for {found}: the framing of a topic cannot change"
    )]
    Framing {
        /// Framing now.
        found: String,
        /// Framing by `progress`.
        expected: String,
    },
    /// There are output records, but nothing says how far they go.
    #[error(
        "{topic} partition {partition} has records but `progress` has none for it: restore `progress`, or use another topic.prefix"
    )]
    OutputWithoutProgress {
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
    },
    /// Input was deleted before it was read.
    #[error(
        "{topic} partition {partition} begins at offset {log_start} but the task has read up to {needed}: \
         records {needed} to {log_start} (exclusive) are lost; read the source again under another topic.prefix"
    )]
    Gap {
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// First offset that is there.
        log_start: i64,
        /// Offset that is needed.
        needed: i64,
    },
    /// The settings name rows that the pipeline cannot own.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// Another pipeline writes rows that this one would write.
    #[error(
        "pipeline \"{pipeline}\" owns the rows {theirs}, and this one would own those {own}: no row has two writers; give \
         this one other rows with kpi.range.start and kpi.range.end; to compute rows of the other anew, use `handletime \
         replay` there; if the other was never to be, and has no rows, delete its topic {topic}"
    )]
    RangeTaken {
        /// The rows that this pipeline would own.
        own: OwnedRange,
        /// The other.
        pipeline: String,
        /// Its rows.
        theirs: OwnedRange,
        /// Full name of its `progress`.
        topic: String,
    },
    /// Something that must never be is.
    #[error("a row would be wrong, so it is not published: {0}")]
    Broken(String),
}
