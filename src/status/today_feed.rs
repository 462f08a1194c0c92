//! Keeps the days up to date by following the topics of rows and comparisons. Edge: a thread a pipeline.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::today::{Shown, Today, TodayRows};
use crate::avro::{AvroError, Codec};
use crate::config::typed::RulesConfig;
use crate::domain::causes::causes;
use crate::domain::family::Family;
use crate::domain::interval::{day_start, local_date};
use crate::domain::reconciliation::{Reconciliation, ReconciliationKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::time::InstantMs;
use crate::runtime::clock;
use crate::runtime::shutdown::Shutdown;
use crate::window::row_key::RowTopic;

/// How long a look for records waits.
const WAIT: Duration = Duration::from_millis(200);
/// Least time between two days that are told: a backfill changes rows thousands of times a second.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// How long after a failure the topics are left alone.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A row of a queue.
    Row,
    /// A comparison with the platform.
    Comparison,
}

/// Takes a record: what it is, its key, its value.
pub type Take<'a> = &'a mut dyn FnMut(Told, &[u8], Option<&[u8]>);

/// Where records come from: a broker, or the log of this process.
pub trait RowLog: Send {
    /// Begins to read: at latest with the first record whose timestamp is that of `today`, an instant, or later; where
    /// there is none, with the newest day that has some. Blocks.
    ///
    /// # Errors
    /// A sentence on why it cannot be read now.
    fn open(&mut self, today: InstantMs) -> Result<(), String>;

    /// Gives what has come, those of a key in the order of their offsets; whether there was any. Waits for as long when
    /// there is none.
    ///
    /// # Errors
    /// A sentence on why it cannot be read on; it is to be opened again.
    fn next(&mut self, wait: Duration, take: Take<'_>) -> Result<bool, String>;
}

/// The days of all pipelines as last told; a clone is a handle to the same.
#[derive(Clone, Debug, Default)]
pub struct TodayBoard(Arc<Mutex<BTreeMap<String, Arc<Today>>>>);

impl TodayBoard {
    /// All days, by pipeline.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Today>> {
        self.lock().values().cloned().collect()
    }

    /// Replaces a pipeline's day.
    pub fn set(&self, today: Today) {
        self.lock().insert(today.pipeline.clone(), Arc::new(today));
    }

    /// Forgets a pipeline.
    pub fn remove(&self, pipeline: &str) {
        self.lock().remove(pipeline);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Today>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    /// What is shown of a processor: its finest grain, its first basis; `None` when it publishes no rows of queues.
    #[must_use]
    pub fn of(pipeline: &str, rules: &RulesConfig) -> Option<Shown> {
        let (grain, basis) = rules.grains.iter().min().zip(rules.attribution.first())?;
        rules.families.contains(&Family::Queue).then(|| Shown {
            pipeline: pipeline.to_owned(),
            zone: rules.zone,
            grain: *grain,
            basis: *basis,
        })
    }

    /// The topic of the rows, without the prefix.
    #[must_use]
    pub fn topic(&self) -> String {
        RowTopic { family: Family::Queue, grain: self.grain, basis: self.basis }.name(self.basis)
    }
}

/// Follows a pipeline's rows until a stop is asked for; blocks. What fails is told on the board and tried again.
pub fn follow(shown: &Shown, log: &mut dyn RowLog, board: &TodayBoard, shutdown: &Shutdown) {
    let mut last = Today::empty(shown);
    while !shutdown.requested() {
        if let Err(problem) = follow_once(shown, log, board, shutdown, &mut last) {
            tracing::debug!(pipeline = shown.pipeline, problem, "the day's rows cannot be read");
            last.problem = problem;
            board.set(last.clone());
            let until = Instant::now() + RETRY_AFTER;
            while Instant::now() < until && !shutdown.requested() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn follow_once(
    shown: &Shown,
    log: &mut dyn RowLog,
    board: &TodayBoard,
    shutdown: &Shutdown,
    last: &mut Today,
) -> Result<(), String> {
    let today = day_start(local_date(clock::unix_ms(), shown.zone), shown.zone);
    log.open(today)?;
    let mut reading = Reading::new(shown);
    let mut told = Instant::now();
    let mut is_told = false;
    while !shutdown.requested() {
        let came = log.next(WAIT, &mut |told, key, value| reading.take(told, key, value))?;
        is_told &= !came;
        // What comes without a pause is told now and then, what is over at once.
        if !is_told && (!came || TELL_EVERY <= told.elapsed()) {
            *last = reading.day();
            board.set(last.clone());
            (told, is_told) = (Instant::now(), !came);
        } else if TELL_EVERY * 20 <= told.elapsed() {
            // Midnight comes without a record.
            is_told = false;
        }
    }
    Ok(())
}

/// The rows, and what reads them.
struct Reading {
    rows: TodayRows,
    row: (Codec<QueueIntervalKey>, Codec<QueueInterval>),
    comparison: (Codec<ReconciliationKey>, Codec<Reconciliation>),
    problem: String,
}

impl Reading {
    fn new(shown: &Shown) -> Reading {
        let rows = TodayRows::new(shown.clone());
        Reading { rows, row: Default::default(), comparison: Default::default(), problem: String::new() }
    }

    fn take(&mut self, told: Told, key: &[u8], value: Option<&[u8]>) {
        if let Err(error) = self.try_take(told, key, value) {
            self.problem = format!("a record could not be read: {}", causes(&error));
        }
    }

    fn try_take(&mut self, told: Told, key: &[u8], value: Option<&[u8]>) -> Result<(), AvroError> {
        match told {
            Told::Row => {
                let key = self.row.0.read_framed(key)?;
                let row = value.map(|value| self.row.1.read_framed(value)).transpose()?;
                self.rows.take_row(key, row, clock::unix_ms());
            }
            Told::Comparison => {
                let key = self.comparison.0.read_framed(key)?;
                let record = value.map(|value| self.comparison.1.read_framed(value)).transpose()?;
                self.rows.take_comparison(&key, record);
            }
        }
        Ok(())
    }

    fn day(&self) -> Today {
        Today { problem: self.problem.clone(), ..self.rows.day(clock::unix_ms()) }
    }
}
