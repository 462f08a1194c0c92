//! All tasks of both rooms over the in-process log, on threads that the supervisor joins. Edge.

use std::collections::BTreeSet;
use std::time::Duration;

use super::log::Log;
use super::task::{EmbeddedError, EmbeddedTask, read_progress};
use crate::domain::causes::causes;
use crate::domain::progress::Room;
use crate::domain::time::InstantMs;
use crate::process::board::Board;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::topology::TopologyError;
use crate::topology::record::topic;
use crate::topology::setup::TaskSetup;

/// Most input records of one transaction.
///
/// Smaller: more transactions for the same input. Larger: rows of a backlog are seen later.
pub const BATCH_RECORDS_MAX: usize = 1_000;

/// Longest wait of an idle thread before it looks at the wish to stop again.
const IDLE_WAIT: Duration = Duration::from_millis(50);

/// Transactions of a thread after which what its tasks no longer need is let go of.
///
/// Smaller: the log is searched more often. Larger: `progress` takes more memory.
const TIDY_EVERY: u32 = 500;

/// Every task, in the order in which they are dealt to threads.
#[must_use]
pub fn all_tasks(setup: &TaskSetup) -> Vec<(Room, i32)> {
    let legs = (0..setup.interactions_partitions).map(|partition| (Room::Legs, partition));
    let intervals = (0..setup.contributions_partitions).map(|partition| (Room::Intervals, partition));
    legs.chain(intervals).collect()
}

/// Starts all tasks on at most `threads_max` threads, at least one; they stop with the supervisor's shutdown, between
/// two transactions. `transaction_interval` is the least time between two transactions of a task that keeps up.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn start(
    supervisor: &mut Supervisor,
    log: &Log,
    setup: &TaskSetup,
    threads_max: usize,
    transaction_interval: Duration,
) -> std::io::Result<()> {
    start_reporting(supervisor, log, setup, threads_max, transaction_interval, &Board::default())
}

/// The same with tasks that report on `board`.
///
/// # Errors
/// As [`start`].
pub fn start_reporting(
    supervisor: &mut Supervisor,
    log: &Log,
    setup: &TaskSetup,
    threads_max: usize,
    transaction_interval: Duration,
    board: &Board,
) -> std::io::Result<()> {
    let tasks = all_tasks(setup);
    let threads = threads_max.clamp(1, tasks.len().max(1));
    for thread in 0..threads {
        let mine: Vec<(Room, i32)> = tasks.iter().skip(thread).step_by(threads).copied().collect();
        let (log, setup, board) = (log.clone(), setup.clone(), board.clone());
        let carrier = Carrier { log, setup, mine, transaction_interval, board };
        let shutdown = supervisor.shutdown();
        supervisor.start_thread(&format!("tasks-{thread}"), move || carrier.run(&shutdown))?;
    }
    Ok(())
}

/// Whether the committed progress of every task of both rooms is at or past the closing watermark at `extract_end`.
///
/// # Errors
/// When a record of `progress` cannot be read.
pub fn is_complete(log: &Log, setup: &TaskSetup, extract_end: InstantMs) -> Result<bool, EmbeddedError> {
    for (room, partition) in all_tasks(setup) {
        let Some(progress) = read_progress(log, room, partition)? else {
            return Ok(false);
        };
        let complete = match room {
            Room::Legs => {
                let all = &progress.source_partitions;
                !all.is_empty() && all.iter().all(|one| one.closed && extract_end <= one.watermark)
            }
            Room::Intervals => {
                let closed = progress.passed.iter().filter(|one| one.closed && extract_end <= one.watermark);
                let from: BTreeSet<i32> = closed.clone().map(|one| one.legs_partition).collect();
                closed.count() == progress.passed.len()
                    && (0..setup.interactions_partitions).all(|one| from.contains(&one))
            }
        };
        if !complete {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A thread's tasks.
struct Carrier {
    log: Log,
    setup: TaskSetup,
    mine: Vec<(Room, i32)>,
    transaction_interval: Duration,
    board: Board,
}

impl Carrier {
    fn run(&self, shutdown: &Shutdown) -> Result<(), String> {
        let mut tasks = Vec::with_capacity(self.mine.len());
        for (room, partition) in &self.mine {
            match self.take_over(*room, *partition, shutdown) {
                Ok(Some(task)) => tasks.push(task),
                Ok(None) => return Ok(()),
                Err(error) => return Err(causes(&error)),
            }
        }
        let mut transactions = 0u32;
        let mut seen = 0;
        while !shutdown.requested() && !tasks.is_empty() {
            let before = self.log.transactions();
            let mut kept = Vec::with_capacity(tasks.len());
            let mut busy = false;
            for mut task in tasks {
                match task.step(BATCH_RECORDS_MAX) {
                    Ok(worked) => {
                        busy |= worked;
                        transactions += u32::from(worked);
                        kept.push(task);
                    }
                    Err(EmbeddedError::Fenced { room, partition }) => {
                        tracing::info!(room, partition, "a successor has taken the task over");
                    }
                    Err(error) => return Err(causes(&error)),
                }
            }
            tasks = kept;
            if TIDY_EVERY <= transactions {
                transactions = 0;
                tasks.iter().for_each(|task| self.tidy(task));
            }
            if busy {
                // What was appended during this round waits for the next one: a transaction an interval is enough.
                seen = before;
                self.pause(&tasks, shutdown);
            } else {
                seen = self.log.wait(seen.max(before), IDLE_WAIT);
            }
        }
        Ok(())
    }

    /// Takes a task over, waiting for the rules that all agree on; `None` when a stop was asked for meanwhile.
    fn take_over(
        &self,
        room: Room,
        partition: i32,
        shutdown: &Shutdown,
    ) -> Result<Option<EmbeddedTask>, EmbeddedError> {
        while !shutdown.requested() {
            match EmbeddedTask::take_over(&self.log, room, partition, self.setup.clone()) {
                Err(EmbeddedError::Topology { source: TopologyError::RulesAwaited, .. }) => {
                    std::thread::sleep(IDLE_WAIT);
                }
                taken => return taken.map(|task| Some(task.reporting(&self.board))),
            }
        }
        Ok(None)
    }

    /// Waits for the transaction interval, unless a task is behind by a batch.
    fn pause(&self, tasks: &[EmbeddedTask], shutdown: &Shutdown) {
        let behind = tasks.iter().any(|task| BATCH_RECORDS_MAX as i64 <= task.lag());
        if !behind && !shutdown.requested() {
            // Short by its setting's bound, so that a stop need not cut it short.
            std::thread::sleep(self.transaction_interval);
        }
    }

    /// Lets go of superseded progress, and of contributions that are processed, as retention on a broker would.
    fn tidy(&self, task: &EmbeddedTask) {
        let (room, partition) = task.place();
        self.log.compact(topic::PROGRESS, partition);
        if room == Room::Intervals {
            self.log.delete_before(topic::CONTRIBUTIONS, partition, task.task().progress().input_offset);
        }
    }
}

#[cfg(test)]
mod tests;
