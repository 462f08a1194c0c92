//! Why a task cannot go on: each is FAILED with the way out. Pure.

use crate::avro::AvroError;
use crate::config::stored_rules::StoredRulesError;
use crate::domain::time::{InstantMs, format_instant};
use crate::window::range::OwnedRange;

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
    /// The settings ask for other rows than the existing ones, and not only for more of them at the end.
    #[error(
        "the settings kpi.range.start and kpi.range.end ask for the rows from {asked}, but this pipeline writes those from \
         {owned}: only the end may be moved, and only to later; restore them, and write other rows by a pipeline of another \
         pipeline.name"
    )]
    RangeMoved {
        /// By the settings.
        asked: OwnedRange,
        /// By `progress`.
        owned: OwnedRange,
    },
    /// Rows that are to join the range touch interactions that were let go of.
    #[error(
        "kpi.range.end cannot be moved out from {}: the source watermark is {}, so interactions that touch the rows from \
         there on can have been let go of; restore it, and write those rows by a pipeline of another pipeline.name",
        format_instant(*.end),
        format_instant(*.watermark)
    )]
    RangeTooLate {
        /// The end so far.
        end: InstantMs,
        /// The source watermark.
        watermark: InstantMs,
    },
    /// Transfers of the joining range were read, and leg rows do not hold all of them.
    #[error(
        "kpi.range.end cannot be moved out from {}: interaction {id}, which begins after it, was read before and has \
         transfers, which would be missing from `transfers`; restore it, and write what follows by a pipeline of another \
         pipeline.name",
        format_instant(*.end)
    )]
    RangeTransfers {
        /// The end so far.
        end: InstantMs,
        /// The interaction.
        id: String,
    },
    /// The range begins before what is read whole.
    #[error(
        "kpi.range.start is {}, but the source reads from later on: rows before {} would lack what is not read; move \
         kpi.range.start on, or read from earlier on in another pipeline.name",
        format_instant(*.start),
        format_instant(*.first)
    )]
    RangeUnread {
        /// By the settings.
        start: InstantMs,
        /// The first local midnight that is read whole.
        first: InstantMs,
    },
    /// There would be no rows at all.
    #[error(
        "kpi.range.end is {}, and the rows begin only at {}, the first local midnight at or after extract.start: there \
         would be none; move one of them",
        format_instant(*.end),
        format_instant(*.start)
    )]
    RangeEmpty {
        /// Where the rows begin.
        start: InstantMs,
        /// By the settings.
        end: InstantMs,
    },
    /// The legs tasks have not obtained the rows that the settings add: to be tried again.
    #[error("waiting until the processor has obtained the rows that kpi.range.end adds")]
    RangeAwaited,
    /// Another pipeline writes some of the rows, or is about to.
    #[error(
        "pipeline {by} writes the rows from {theirs} of organisation {org}, and this pipeline is set to those from {asked}: \
         no row has two writers; give this one kpi.range.start and kpi.range.end that do not overlap them, or another \
         topic.prefix"
    )]
    RangeTaken {
        /// `pipeline.name` of the other.
        by: String,
        /// An organisation that both have.
        org: String,
        /// Its rows.
        theirs: OwnedRange,
        /// Those that the settings ask for.
        asked: OwnedRange,
    },
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
    /// Something that must never be is.
    #[error("a row would be wrong, so it is not published: {0}")]
    Broken(String),
}
