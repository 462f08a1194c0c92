//! What becomes of a task that cannot go on as it is. Pure.

use crate::kafka::error::KafkaFailure;
use crate::topology::TopologyError;

/// Why a task stopped, by what its thread does about it.
#[derive(Debug, thiserror::Error)]
pub enum TaskFailure {
    /// The broker's part.
    #[error(transparent)]
    Kafka(#[from] KafkaFailure),
    /// The topology's part: FAILED, only a person can help.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// Its producer delivers nothing any more.
    #[error("{aborts} transactions in a row were aborted")]
    AbortedRepeatedly {
        /// How many.
        aborts: u32,
    },
    /// What was committed is not seen by readers of committed records: the state has to be read again.
    #[error("the last commit is not to be seen at offset {offset} of {topic} {partition}")]
    LastCommitLost {
        /// Full topic name.
        topic: String,
        /// Partition.
        partition: i32,
        /// Of the progress in it.
        offset: i64,
    },
    /// A stop was asked for before the state was restored.
    #[error("stopped while its state was restored")]
    Stopped,
    /// Taken over by others so often that something else must be wrong.
    #[error(
        "task {task} was fenced {times} times within a minute while it was assigned: \
         another process uses its transactional id outside the group; stop it, then start this one again"
    )]
    FencedRepeatedly {
        /// Which task.
        task: String,
        /// How often.
        times: usize,
    },
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Abort, go on from the committed progress.
    Abort,
    /// New producer, take over again.
    TakeOver,
    /// Ask the group who owns the task; if still we, take over again, else stop quietly.
    AskGroup,
    /// Stop with the reason.
    Fail,
}

impl TaskFailure {
    /// What a running task does about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            TaskFailure::Kafka(KafkaFailure::Abortable { .. }) => Remedy::Abort,
            TaskFailure::Kafka(KafkaFailure::Transient { .. } | KafkaFailure::Replace { .. })
            | TaskFailure::Topology(TopologyError::RulesAwaited)
            | TaskFailure::AbortedRepeatedly { .. }
            | TaskFailure::LastCommitLost { .. }
            | TaskFailure::Stopped => Remedy::TakeOver,
            TaskFailure::Kafka(KafkaFailure::Fenced { .. }) => Remedy::AskGroup,
            TaskFailure::Kafka(KafkaFailure::Refused { .. })
            | TaskFailure::Topology(_)
            | TaskFailure::FencedRepeatedly { .. } => Remedy::Fail,
        }
    }
}
