//! What all tasks of a processor share. Edge.

use std::sync::Arc;
use std::time::Duration;

pub use super::board::{Board, Restoring, TaskReport};
use crate::config::typed::WorkerConfig;
use crate::kafka::names::Names;
use crate::topology::setup::TaskSetup;

/// A processor's surroundings; cheap to clone.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Where the brokers are.
    pub worker: Arc<WorkerConfig>,
    /// Names of topics, groups and ids.
    pub names: Names,
    /// Rules and partition counts.
    pub setup: TaskSetup,
    /// Longest time between two commits while there is something to commit.
    pub transaction_interval: Duration,
    /// What the tasks of this process report.
    pub board: Board,
}
