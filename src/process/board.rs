//! What the tasks of a processor in this process report of themselves. Edge; whoever shows it takes a copy.
//!
//! Tasks report once a transaction, and once a second what waits before them: never once a record.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::progress::Room;
use crate::domain::time::InstantMs;
use crate::topology::tally::Tally;

/// Offsets between two reports of a task that restores its state.
const TOLD_EVERY: u64 = 1_024;

/// Upper bounds of how long commits take, in milliseconds: around the interval between two of them, and up to what the
/// broker waits for a transaction.
pub const COMMIT_BOUNDS_MS: [u32; 12] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000];

/// What one task of this process last reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskReport {
    /// Committed next input offset.
    pub input_offset: i64,
    /// Transactions committed by this task.
    pub transactions: u64,
    /// Input records in them.
    pub records: u64,
    /// Transactions that were begun and not committed.
    pub aborted: u64,
    /// The source watermark that it has passed, the lowest of its organisations.
    pub watermark: Option<InstantMs>,
    /// The end of the input as the task last heard; `None` while it reads none.
    pub input_end: Option<i64>,
    /// When the oldest input record was written that is not committed, as far as that is known; the wall clock's.
    pub waiting_since: Option<InstantMs>,
}

/// A transaction that was committed.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Next input offset.
    pub input_offset: i64,
    /// Input records in it.
    pub records: u64,
    /// From its beginning to its end at the broker.
    pub took: Duration,
    /// The source watermark that the task has passed with it.
    pub watermark: Option<InstantMs>,
    /// What it counted.
    pub tally: Tally,
}

/// How long commits took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latencies {
    /// Commits that took no longer than the bound of the same place in [`COMMIT_BOUNDS_MS`], and longer than the one
    /// before; the last: longer than all.
    pub counts: [u64; COMMIT_BOUNDS_MS.len() + 1],
    /// All of them together.
    pub sum: Duration,
}

impl Latencies {
    fn add(&mut self, took: Duration) {
        let within = |bound: &u32| took <= Duration::from_millis(u64::from(*bound));
        let at = COMMIT_BOUNDS_MS.iter().position(within).unwrap_or(COMMIT_BOUNDS_MS.len());
        self.counts[at] += 1;
        self.sum += took;
    }
}

/// All that the tasks of a processor in this process have reported.
#[derive(Clone, Debug, Default)]
pub struct Reports {
    /// The tasks that run here.
    pub running: BTreeMap<(Room, i32), TaskReport>,
    /// Those of them that restore their state.
    pub restoring: BTreeMap<(Room, i32), Restoring>,
    /// What they and those before them have counted in committed transactions.
    pub tally: Tally,
    /// How long their commits took.
    pub commits: Latencies,
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
pub struct Board(Arc<Mutex<Reports>>);

impl Board {
    /// A task has begun where its predecessor's progress ended.
    pub fn began(&self, place: (Room, i32), input_offset: i64, watermark: Option<InstantMs>) {
        let mut tasks = self.lock();
        let report = tasks.running.entry(place).or_default();
        (report.input_offset, report.watermark, report.waiting_since) = (input_offset, watermark, None);
    }

    /// A task has committed.
    pub fn committed(&self, place: (Room, i32), committed: Committed) {
        let mut tasks = self.lock();
        tasks.commits.add(committed.took);
        tasks.tally.add(committed.tally);
        let report = tasks.running.entry(place).or_default();
        report.input_offset = committed.input_offset;
        report.watermark = committed.watermark;
        report.transactions += 1;
        report.records += committed.records;
        report.waiting_since = None;
    }

    /// A transaction of a task that runs here was begun and will not be committed.
    pub fn aborted(&self, place: (Room, i32)) {
        if let Some(report) = self.lock().running.get_mut(&place) {
            report.aborted += 1;
        }
    }

    /// The oldest record that a task has not committed was written at `since`.
    pub fn waits(&self, place: (Room, i32), since: Option<InstantMs>) {
        if let Some(report) = self.lock().running.get_mut(&place) {
            report.waiting_since = since;
        }
    }

    /// The input of a task ends at `end`. Where it has staged nothing of what waits, that has waited since `now` at the
    /// latest.
    pub fn ends(&self, place: (Room, i32), end: Option<i64>, now: InstantMs) {
        if let Some(report) = self.lock().running.get_mut(&place) {
            report.input_end = end;
            let waits = end.is_some_and(|end| report.input_offset < end);
            report.waiting_since = waits.then(|| report.waiting_since.unwrap_or(now));
        }
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

    /// Everything, as it is now.
    #[must_use]
    pub fn all(&self) -> Reports {
        self.lock().clone()
    }

    /// Whether both are one.
    #[must_use]
    pub fn is(&self, other: &Board) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
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

    fn lock(&self) -> MutexGuard<'_, Reports> {
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

    const PLACE: (Room, i32) = (Room::Legs, 3);

    fn committed(input_offset: i64, took_ms: u64) -> Committed {
        let tally = Tally { decisions: [("new", 2)].into(), ..Tally::default() };
        Committed { input_offset, records: 2, took: Duration::from_millis(took_ms), watermark: Some(7), tally }
    }

    #[test]
    fn an_aborted_transaction_counts_as_aborted_and_adds_nothing_else() {
        let board = Board::default();
        board.began(PLACE, 10, None);
        board.committed(PLACE, committed(12, 20));
        let before = board.all();
        board.aborted(PLACE);
        let mut after = board.all();
        let report = after.running.get_mut(&PLACE).unwrap();
        assert_eq!(std::mem::take(&mut report.aborted), 1);
        assert_eq!((after.running, after.tally, after.commits), (before.running, before.tally, before.commits));
    }

    #[test]
    fn what_was_counted_outlives_the_task_that_counted_it() {
        let board = Board::default();
        board.began(PLACE, 10, None);
        board.committed(PLACE, committed(12, 20));
        board.remove(PLACE.0, PLACE.1);
        board.aborted(PLACE);
        assert_eq!((board.reports().len(), board.all().tally.decisions["new"]), (0, 2));
        board.began(PLACE, 12, None);
        board.committed(PLACE, committed(14, 20));
        assert_eq!((board.reports()[&PLACE].records, board.all().tally.decisions["new"]), (2, 4));
    }

    #[test]
    fn a_commit_counts_at_the_first_bound_that_it_does_not_exceed() {
        let mut latencies = Latencies::default();
        for took_ms in [0, 5, 6, 20_000, 20_001] {
            latencies.add(Duration::from_millis(took_ms));
        }
        assert_eq!(latencies.counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(latencies.sum, Duration::from_millis(40_012));
    }

    #[test]
    fn what_waits_has_waited_since_it_was_first_seen_and_nothing_waits_once_it_is_committed() {
        let board = Board::default();
        board.ends(PLACE, Some(5), 100);
        assert!(board.reports().is_empty(), "no task runs");
        board.began(PLACE, 10, None);
        let waits = || board.reports()[&PLACE].waiting_since;
        board.ends(PLACE, Some(10), 100);
        assert_eq!(waits(), None);
        board.ends(PLACE, Some(12), 200);
        board.ends(PLACE, Some(13), 300);
        assert_eq!(waits(), Some(200));
        board.waits(PLACE, Some(150));
        board.ends(PLACE, Some(13), 400);
        assert_eq!(waits(), Some(150), "the record's own instant is the better one");
        board.committed(PLACE, committed(13, 1));
        assert_eq!(waits(), None);
    }
}
