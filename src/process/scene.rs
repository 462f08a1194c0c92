//! What all tasks of a processor share. Edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::claim::Claims;
use crate::config::typed::WorkerConfig;
use crate::domain::progress::Room;
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
    /// The rows that they may write.
    pub claims: Claims,
}

/// What one task of this process last reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskReport {
    /// Committed next input offset.
    pub input_offset: i64,
    /// Transactions committed by this task.
    pub transactions: u64,
    /// Input records in them.
    pub records: u64,
    /// Pieces of interactions that fell on rows outside of the range, and were left alone.
    pub outside: u64,
}

/// The tasks of this process as they last reported.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<BTreeMap<(Room, i32), TaskReport>>>);

impl Board {
    /// Adds to a task's report.
    pub fn report(&self, room: Room, partition: i32, input_offset: i64, (records, outside): (u64, u64)) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let report = board.entry((room, partition)).or_default();
        report.input_offset = input_offset;
        report.transactions += 1;
        report.records += records;
        report.outside = outside;
    }

    /// Removes a task that this process carries no longer.
    pub fn remove(&self, room: Room, partition: i32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(room, partition));
    }

    /// All reports.
    #[must_use]
    pub fn reports(&self) -> BTreeMap<(Room, i32), TaskReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
