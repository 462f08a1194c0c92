//! Why a replay is refused or cannot go on. Pure.

use crate::avro::AvroError;
use crate::domain::time::{InstantMs, format_instant};
use crate::kafka::error::KafkaFailure;
use crate::process::failure::TaskFailure;
use crate::replay::rules::RulesRefused;
use crate::topology::TopologyError;

/// A reason to publish nothing, or no more.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The broker's part.
    #[error(transparent)]
    Kafka(#[from] KafkaFailure),
    /// The topology's part.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// State or rows cannot be read.
    #[error("reading what the processor left")]
    Avro(#[from] AvroError),
    /// The rules cannot change so.
    #[error(transparent)]
    Rules(#[from] RulesRefused),
    /// The broker has not what a processor makes.
    #[error("there is no topic {0}: has a processor with this topic.prefix and pipeline.name run?")]
    NoTopic(String),
    /// The settings say another partition count.
    #[error("topic {topic} has {found} partitions and topics.partitions says {expected}")]
    Partitions {
        /// Full name.
        topic: String,
        /// By the broker.
        found: i32,
        /// By the settings.
        expected: i32,
    },
    /// A task never committed anything.
    #[error("the {room} task of partition {partition} has no progress: let the processor run first")]
    NoProgress {
        /// Room.
        room: &'static str,
        /// Partition.
        partition: i32,
    },
    /// The tasks do not know where the rows begin.
    #[error("the processor has not received a watermark yet, so it owns no rows")]
    NoRange,
    /// The option is outside of what the processor owns.
    #[error("{option} {} is outside of the rows that the processor owns, {owned}", format_instant(*.at))]
    OutOfRange {
        /// `--from` or `--to`.
        option: &'static str,
        /// Its value.
        at: InstantMs,
        /// From when to when.
        owned: String,
    },
    /// Interactions that are needed are gone from the log.
    #[error(
        "topic {topic} partition {partition} begins at offset {log_start}, after {}: what is needed is not in the log any \
         more; give a later --from, or ask the platform again with --source platform",
        format_instant(*.from)
    )]
    LogTooShort {
        /// Full name.
        topic: String,
        /// Partition.
        partition: i32,
        /// Its first offset.
        log_start: i64,
        /// From when interactions are needed.
        from: InstantMs,
    },
    /// An interaction that is held cannot be sent again.
    #[error(
        "interaction {id} is held and has no reading left in the log, so it cannot be measured anew; ask the platform \
         again with --source platform"
    )]
    NoReading {
        /// Its id.
        id: String,
    },
    /// Somebody else has the transactional ids.
    #[error("a processor of this pipeline is running: stop it, then start the replay again ({0})")]
    Running(String),
}

impl ReplayError {
    /// Whether other arguments or settings are the way out.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            ReplayError::Rules(_)
                | ReplayError::NoTopic(_)
                | ReplayError::Partitions { .. }
                | ReplayError::OutOfRange { .. }
                | ReplayError::NoRange
                | ReplayError::NoProgress { .. }
        )
    }
}

impl From<TaskFailure> for ReplayError {
    fn from(failure: TaskFailure) -> ReplayError {
        match failure {
            TaskFailure::Kafka(failure) => ReplayError::Kafka(failure),
            TaskFailure::Topology(error) => ReplayError::Topology(error),
            fenced @ (TaskFailure::FencedRepeatedly { .. }
            | TaskFailure::AbortedRepeatedly { .. }
            | TaskFailure::LastCommitLost { .. }
            | TaskFailure::Stopped) => ReplayError::Running(fenced.to_string()),
        }
    }
}
