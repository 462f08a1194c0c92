//! What all tasks of a processor share. Edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::typed::WorkerConfig;
use crate::domain::progress::Room;
use crate::kafka::names::Names;
use crate::topology::setup::TaskSetup;

/// Offsets between two reports of a task that restores its state.
const TOLD_EVERY: u64 = 1_024;

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

/// What one task of this process last reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskReport {
    /// Committed next input offset.
    pub input_offset: i64,
    /// Transactions committed by this task.
    pub transactions: u64,
    /// Input records in them.
    pub records: u64,
}

/// How far a task is with the state that its predecessor left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restoring {
    /// Offsets that are behind it.
    pub passed: u64,
    /// Offsets in all; those of records that were compacted away are passed in a leap.
    pub all: u64,
}

/// The tasks of this process as they last reported.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Tasks>>);

#[derive(Debug, Default)]
struct Tasks {
    running: BTreeMap<(Room, i32), TaskReport>,
    restoring: BTreeMap<(Room, i32), Restoring>,
}

impl Board {
    /// Adds to a task's report.
    pub fn report(&self, room: Room, partition: i32, input_offset: i64, records: u64) {
        let mut tasks = self.lock();
        let report = tasks.running.entry((room, partition)).or_default();
        report.input_offset = input_offset;
        report.transactions += 1;
        report.records += records;
    }

    /// Says how far a task is with its state.
    pub fn restoring(&self, room: Room, partition: i32, at: Restoring) {
        self.lock().restoring.insert((room, partition), at);
    }

    /// A task has its state, or has given up for now.
    pub fn not_restoring(&self, room: Room, partition: i32) {
        self.lock().restoring.remove(&(room, partition));
    }

    /// Removes a task that this process carries no longer.
    pub fn remove(&self, room: Room, partition: i32) {
        self.lock().running.remove(&(room, partition));
    }

    /// All reports.
    #[must_use]
    pub fn reports(&self) -> BTreeMap<(Room, i32), TaskReport> {
        self.lock().running.clone()
    }

    /// The tasks of this process that restore their state, together; `None` when none does.
    #[must_use]
    pub fn restore(&self) -> Option<Restoring> {
        let tasks = self.lock();
        let sum = |sum: Restoring, at: &Restoring| Restoring { passed: sum.passed + at.passed, all: sum.all + at.all };
        (!tasks.restoring.is_empty()).then(|| tasks.restoring.values().fold(Restoring::default(), sum))
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a task on the board as restoring until it is dropped, however its takeover ends.
#[derive(Debug)]
pub struct Restore {
    board: Board,
    place: (Room, i32),
    at: Restoring,
}

impl Restore {
    /// Of so many offsets.
    #[must_use]
    pub fn begin(board: &Board, place: (Room, i32), all: u64) -> Restore {
        let at = Restoring { passed: 0, all };
        board.restoring(place.0, place.1, at);
        Restore { board: board.clone(), place, at }
    }

    /// So many offsets are behind it; told to the board now and then.
    pub fn passed(&mut self, passed: u64) {
        // A look at the board a record would cost more than a record does.
        if self.at.passed + TOLD_EVERY <= passed {
            self.at.passed = passed;
            self.board.restoring(self.place.0, self.place.1, self.at);
        }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        self.board.not_restoring(self.place.0, self.place.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_stand_as_restoring_until_they_have_ended_it() {
        let board = Board::default();
        assert_eq!(board.restore(), None);
        let mut legs = Restore::begin(&board, (Room::Legs, 0), 5_000);
        let intervals = Restore::begin(&board, (Room::Intervals, 0), 100);
        legs.passed(TOLD_EVERY - 1);
        assert_eq!(board.restore(), Some(Restoring { passed: 0, all: 5_100 }));
        legs.passed(TOLD_EVERY);
        assert_eq!(board.restore(), Some(Restoring { passed: TOLD_EVERY, all: 5_100 }));
        drop(legs);
        assert_eq!(board.restore(), Some(Restoring { passed: 0, all: 100 }));
        drop(intervals);
        assert_eq!(board.restore(), None);
    }
}
