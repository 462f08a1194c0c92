//! One partition of one room over the in-process log: taking over, and one transaction at a time. Edge: it reads the
//! clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clock;
use super::log::{Log, LogError, LogRecord, Producer};
use crate::avro::{AvroError, Codec};
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::process::board::{Board, Committed};
use crate::runtime::spans;
use crate::topology::TopologyError;
use crate::topology::record::{InputRecord, topic};
use crate::topology::rules_change::Peers;
use crate::topology::setup::TaskSetup;
use crate::topology::task::Task;

/// Most records that are read in one go at taking over.
///
/// Smaller: the lock is taken more often. Larger: more records are alive besides the state that they make.
const RESTORE_RECORDS_MAX: usize = 1_000;

/// Most watermarks that a transaction reads.
///
/// Smaller: rows close a transaction later. Larger: more of them wait in memory for their input.
const WATERMARKS_MAX: usize = 1_000;

/// Why a task over the log stopped.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Another task of the same partition took over: stop quietly.
    #[error("a successor has taken over {room} partition {partition}")]
    Fenced {
        /// Room.
        room: &'static str,
        /// Partition.
        partition: i32,
    },
    /// The task cannot go on: stop.
    #[error("running {room} partition {partition}")]
    Topology {
        /// Room.
        room: &'static str,
        /// Partition.
        partition: i32,
        /// Why.
        #[source]
        source: TopologyError,
    },
    /// The log did not take the transaction: stop.
    #[error("committing a transaction of {room} partition {partition}")]
    Log {
        /// Room.
        room: &'static str,
        /// Partition.
        partition: i32,
        /// Why.
        #[source]
        source: LogError,
    },
    /// A record of `progress` cannot be read: stop.
    #[error("reading progress partition {partition} at offset {offset}")]
    Progress {
        /// Partition.
        partition: i32,
        /// Offset.
        offset: i64,
        /// What is wrong with it.
        #[source]
        source: AvroError,
    },
}

/// A task with its place in the log.
#[derive(Debug)]
pub struct EmbeddedTask {
    log: Log,
    room: Room,
    partition: i32,
    task: Task,
    producer: Producer,
    // Where the next batch begins; behind these stand the positions of the task's progress.
    input_at: i64,
    watermarks_at: i64,
    board: Board,
    // Input records of the transaction.
    staged_records: u64,
}

impl EmbeddedTask {
    /// Takes a partition over: fences the predecessor, reads `progress`, then the task's own output.
    ///
    /// # Errors
    /// As [`EmbeddedError`] says: state that cannot be read or was made by other rules, output without progress, input
    /// that was deleted before it was read. Nothing was appended.
    pub fn take_over(log: &Log, room: Room, partition: i32, setup: TaskSetup) -> Result<EmbeddedTask, EmbeddedError> {
        let producer = log.producer(&format!("{}.{partition}", room.word()));
        let progress = read_progress(log, room, partition)?.filter(Progress::has_begun);
        let broken = |source| EmbeddedError::Topology { room: room.word(), partition, source };
        let topics = Task::state_topics(room, &setup);
        if progress.is_none()
            && let Some(topic) = topics.iter().find(|topic| !log.read(topic, partition, 0, 1).is_empty())
        {
            let topic = topic.clone();
            return Err(broken(TopologyError::OutputWithoutProgress { topic, partition }));
        }
        let own_version = progress.as_ref().map(|progress| progress.rules_version.clone());
        let progress = agree(log, room, partition, &setup, progress)?;
        let input_at = progress.as_ref().map_or(0, |progress| progress.input_offset);
        let legs_floor = progress.as_ref().map_or(0, |progress| progress.legs_floor_offset);
        check_gap(log, Task::input_topic(room), partition, input_at).map_err(broken)?;
        let mut task = Task::new(room, setup, partition, progress).map_err(broken)?;
        for topic in topics {
            // KPI rows have no floor in offsets: each is judged by its end.
            let mut from = if room == Room::Legs { legs_floor } else { 0 };
            if room == Room::Legs {
                check_gap(log, &topic, partition, from).map_err(broken)?;
            }
            loop {
                let records = log.read(&topic, partition, from, RESTORE_RECORDS_MAX);
                let Some(last) = records.last() else {
                    break;
                };
                from = last.offset + 1;
                for record in &records {
                    task.restore(&topic, input(record)).map_err(broken)?;
                }
            }
        }
        task.restored().map_err(broken)?;
        let watermarks_at = task.progress().watermarks_offset;
        let (log, board) = (log.clone(), Board::default());
        let mut taken =
            EmbeddedTask { log, room, partition, task, producer, input_at, watermarks_at, board, staged_records: 0 };
        taken.begin();
        if own_version.is_some_and(|version| version != taken.task.progress().rules_version) {
            // What the rules changed to is said before anything else: others may wait for it.
            taken.step(0)?;
        }
        Ok(taken)
    }

    /// The same task, reporting on this board from now on.
    #[must_use]
    pub fn reporting(self, board: &Board) -> EmbeddedTask {
        let task = EmbeddedTask { board: board.clone(), ..self };
        task.begin();
        task
    }

    /// Where it reports.
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }

    fn begin(&self) {
        self.board.began(self.place(), self.task.progress().input_offset, self.task.source_watermark());
    }

    /// The topology's task.
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The task's room and partition.
    #[must_use]
    pub fn place(&self) -> (Room, i32) {
        (self.room, self.partition)
    }

    /// How many offsets of the input are still to be read.
    #[must_use]
    pub fn lag(&self) -> i64 {
        self.log.end_offset(Task::input_topic(self.room), self.partition) - self.input_at
    }

    /// Reads up to `records_max` input records and commits what follows from them in one transaction; `false` when there
    /// was nothing to do.
    ///
    /// # Errors
    /// As [`EmbeddedError`] says; nothing of the transaction was appended, and the task is to be dropped.
    pub fn step(&mut self, records_max: usize) -> Result<bool, EmbeddedError> {
        if !self.stage(records_max)? {
            return Ok(false);
        }
        let span = spans::transaction(self.room.word(), self.partition, self.staged_records as usize);
        let outcome = span.in_scope(|| self.commit_staged());
        if outcome.is_err() {
            spans::failed(&span, "not_committed");
        }
        outcome?;
        drop(span);
        if self.task.claimed().is_some() {
            // The log has one pipeline: what waited for that follows at once.
            self.task.stand_alone().map_err(|source| self.broken(source))?;
            self.step(records_max)?;
        }
        Ok(true)
    }

    fn commit_staged(&mut self) -> Result<(), EmbeddedError> {
        let (now, began) = (clock::now(), Instant::now());
        let outputs = self.task.outputs(now).map_err(|source| self.broken(source))?;
        let committed = self.producer.transaction(|transaction| transaction.append(outputs, now));
        let placed = committed.map_err(|source| match source {
            LogError::Fenced { .. } => EmbeddedError::Fenced { room: self.room.word(), partition: self.partition },
            source => EmbeddedError::Log { room: self.room.word(), partition: self.partition, source },
        })?;
        let of_legs = placed.iter().filter(|placed| placed.topic == topic::LEGS);
        self.task.promote(of_legs.map(|placed| placed.offset).min());
        self.report(began.elapsed());
        Ok(())
    }

    /// Does all that [`EmbeddedTask::step`] does up to the commit, and aborts; the next step begins where this one did.
    ///
    /// # Errors
    /// As for [`EmbeddedTask::step`].
    pub fn step_aborted(&mut self, records_max: usize) -> Result<(), EmbeddedError> {
        self.stage(records_max)?;
        self.task.outputs(clock::now()).map_err(|source| self.broken(source))?;
        self.task.abort();
        self.board.aborted(self.place());
        self.staged_records = 0;
        self.input_at = self.task.progress().input_offset;
        self.watermarks_at = self.task.progress().watermarks_offset;
        Ok(())
    }

    /// Gives the task a batch, watermarks first: they say what the records that follow may still change. Whether a
    /// transaction is worth while.
    fn stage(&mut self, records_max: usize) -> Result<bool, EmbeddedError> {
        if self.room == Room::Legs {
            for record in self.log.read(topic::WATERMARKS, 0, self.watermarks_at, WATERMARKS_MAX) {
                self.task.watermark(input(&record)).map_err(|source| self.broken(source))?;
                self.watermarks_at = record.offset + 1;
            }
        }
        if self.task.accepts_input() {
            let topic = Task::input_topic(self.room);
            let end = self.log.end_offset(topic, self.partition);
            let records = self.log.read(topic, self.partition, self.input_at, records_max);
            for record in &records {
                self.task.input(input(record)).map_err(|source| self.broken(source))?;
                self.input_at = record.offset + 1;
                self.staged_records += 1;
            }
            if records.len() < records_max && self.input_at < end {
                // Nothing but commit markers is left before the end.
                self.task.skip_to(end);
                self.input_at = end;
            }
        }
        Ok(self.task.has_staged())
    }

    fn report(&mut self, took: Duration) {
        let committed = Committed {
            input_offset: self.task.progress().input_offset,
            records: std::mem::take(&mut self.staged_records),
            took,
            watermark: self.task.source_watermark(),
            tally: self.task.take_tally(),
        };
        self.board.committed(self.place(), committed);
        let end = self.input_at + self.lag();
        self.board.ends(self.place(), Some(end), clock::now());
    }

    fn broken(&self, source: TopologyError) -> EmbeddedError {
        EmbeddedError::Topology { room: self.room.word(), partition: self.partition, source }
    }
}

/// The progress with the rules that all tasks agree on.
fn agree(
    log: &Log,
    room: Room,
    partition: i32,
    setup: &TaskSetup,
    progress: Option<Progress>,
) -> Result<Option<Progress>, EmbeddedError> {
    if !setup.needs_peers(progress.as_ref()) {
        return Ok(progress);
    }
    let mut tasks = Vec::new();
    for partition in 0..log.partitions(topic::PROGRESS) {
        tasks.push((partition, read_progress(log, Room::Legs, partition)?));
    }
    let known = tasks.iter().filter_map(|(partition, progress)| Some(((Room::Legs, *partition), progress.as_ref()?)));
    let agreed = setup.agree((room, partition), progress, &Peers::of(known), clock::now());
    agreed.map_err(|source| EmbeddedError::Topology { room: room.word(), partition, source })
}

/// The newest progress of a task; `None` when it never committed any.
///
/// # Errors
/// [`EmbeddedError::Progress`] when a record of the partition cannot be read.
pub fn read_progress(log: &Log, room: Room, partition: i32) -> Result<Option<Progress>, EmbeddedError> {
    let keys = Codec::<ProgressKey>::default();
    let mut newest: Option<Arc<LogRecord>> = None;
    let mut from = 0;
    let unreadable = |offset: i64| move |source| EmbeddedError::Progress { partition, offset, source };
    loop {
        let records = log.read(topic::PROGRESS, partition, from, RESTORE_RECORDS_MAX);
        let Some(last) = records.last() else {
            break;
        };
        from = last.offset + 1;
        for record in records {
            let key = keys.read_framed(record.key.as_deref().unwrap_or_default()).map_err(unreadable(record.offset))?;
            if key.room == room.word() && key.partition == partition {
                newest = Some(record);
            }
        }
    }
    let Some(record) = newest else {
        return Ok(None);
    };
    let Some(value) = &record.value else {
        return Ok(None);
    };
    let read = Codec::<Progress>::default().read_framed(value);
    read.map(Some).map_err(unreadable(record.offset))
}

fn check_gap(log: &Log, topic: &str, partition: i32, needed: i64) -> Result<(), TopologyError> {
    let log_start = log.start_offset(topic, partition);
    if needed < log_start {
        return Err(TopologyError::Gap { topic: topic.to_owned(), partition, log_start, needed });
    }
    Ok(())
}

fn input(record: &LogRecord) -> InputRecord<'_> {
    InputRecord { offset: record.offset, key: record.key.as_deref(), value: record.value.as_deref() }
}
