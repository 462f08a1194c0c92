//! A task of either room behind one face, for whatever runs it. Pure.

use super::claims::Claims;
use super::error::TopologyError;
use super::intervals::IntervalsTask;
use super::legs::LegsTask;
use super::record::{InputRecord, Produce, topic};
use super::setup::TaskSetup;
use super::tally::Tally;
use crate::domain::progress::{Progress, Room};
use crate::domain::range::OwnedRange;
use crate::domain::time::InstantMs;

/// One partition of one room. The life of a task: [`Task::new`] with its committed progress, [`Task::restore`] for each
/// record of its state topics, [`Task::restored`], then transactions: inputs, [`Task::outputs`], and either
/// [`Task::promote`] or [`Task::abort`]. A new pipeline's first transaction claims its rows, and no input is taken before
/// [`Task::stand_alone`].
#[derive(Debug)]
pub enum Task {
    /// interactions → legs and contributions.
    Legs(Box<LegsTask>),
    /// contributions → KPI rows.
    Intervals(Box<IntervalsTask>),
}

impl Task {
    /// Begins taking a partition over.
    ///
    /// # Errors
    /// When `progress` was made by other rules, partition counts or framing.
    pub fn new(
        room: Room,
        setup: TaskSetup,
        partition: i32,
        progress: Option<Progress>,
    ) -> Result<Task, TopologyError> {
        Ok(match room {
            Room::Legs => Task::Legs(Box::new(LegsTask::new(setup, partition, progress)?)),
            Room::Intervals => Task::Intervals(Box::new(IntervalsTask::new(setup, partition, progress)?)),
        })
    }

    /// The topic that the tasks of a room read, without the prefix.
    #[must_use]
    pub fn input_topic(room: Room) -> &'static str {
        match room {
            Room::Legs => topic::INTERACTIONS,
            Room::Intervals => topic::CONTRIBUTIONS,
        }
    }

    /// The topics whose own partition is the task's state, without the prefix.
    #[must_use]
    pub fn state_topics(room: Room, setup: &TaskSetup) -> Vec<String> {
        match room {
            Room::Legs => vec![topic::LEGS.to_owned()],
            Room::Intervals => IntervalsTask::state_topics(setup),
        }
    }

    /// All partitions that a task's transactional id may write to, with the names of their topics without the prefix; to its
    /// input a replay does.
    #[must_use]
    pub fn output_places(room: Room, setup: &TaskSetup, partition: i32) -> Vec<(String, i32)> {
        let own = |name: &str| (name.to_owned(), partition);
        let any = |name: &'static str, partitions: i32| (0..partitions).map(move |at| (name.to_owned(), at));
        let mut places = vec![own(topic::PROGRESS), own(Task::input_topic(room))];
        places.extend(Task::state_topics(room, setup).iter().map(|name| own(name)));
        if room == Room::Legs {
            let config = &setup.rules.config;
            let beside = [(topic::CONTACTS, config.contacts_topic), (topic::TRANSFERS, config.transfers_topic)];
            places.extend(beside.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| own(name)));
            places.extend(any(topic::CONTRIBUTIONS, setup.contributions_partitions));
            places.extend(any(topic::DEAD_LETTERS, setup.interactions_partitions));
        }
        places
    }

    /// The rows that the pipeline's legs tasks contribute to; to be said before the restore.
    pub fn own(&mut self, range: OwnedRange) {
        match self {
            Task::Legs(_) => {}
            Task::Intervals(task) => task.own(range),
        }
    }

    /// The rows that other pipelines claim; to be said before the restore of a task whose own range is not known.
    pub fn leave_to(&mut self, others: Claims) {
        match self {
            Task::Legs(_) => {}
            Task::Intervals(task) => task.leave_to(others),
        }
    }

    /// Takes a record of a state topic, in order; `false` when it is another pipeline's.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn restore(&mut self, from: &str, record: InputRecord<'_>) -> Result<bool, TopologyError> {
        match self {
            Task::Legs(task) => task.restore(record).map(|()| true),
            Task::Intervals(task) => task.restore(from, record),
        }
    }

    /// Ends the restore.
    ///
    /// # Errors
    /// When state cannot be kept.
    pub fn restored(&mut self) -> Result<(), TopologyError> {
        match self {
            Task::Legs(task) => task.restored(),
            Task::Intervals(_) => Ok(()),
        }
    }

    /// Whether records of the input topic may be given; if not, only watermarks may.
    #[must_use]
    pub fn accepts_input(&self) -> bool {
        match self {
            Task::Legs(task) => task.accepts_input(),
            Task::Intervals(_) => true,
        }
    }

    /// The rows that the task has claimed, while it is not known whether others claim them: it waits for
    /// [`Task::stand_alone`], or for the claim to be withdrawn.
    #[must_use]
    pub fn claimed(&self) -> Option<OwnedRange> {
        match self {
            Task::Legs(task) => task.claimed(),
            Task::Intervals(_) => None,
        }
    }

    /// No other pipeline claims what the task has claimed.
    ///
    /// # Errors
    /// When what waited for it cannot be staged.
    pub fn stand_alone(&mut self) -> Result<(), TopologyError> {
        match self {
            Task::Legs(task) => task.stand_alone(),
            Task::Intervals(_) => Ok(()),
        }
    }

    /// Stages that nothing is claimed, unless it is known that nobody else claims it.
    pub fn withdraw(&mut self) {
        match self {
            Task::Legs(task) => task.withdraw(),
            Task::Intervals(_) => {}
        }
    }

    /// Stages a record of the input topic.
    ///
    /// # Errors
    /// When the task cannot go on; nothing staged may be committed then.
    pub fn input(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        match self {
            Task::Legs(task) => task.input(record),
            Task::Intervals(task) => task.input(record),
        }
    }

    /// Stages a record of `watermarks`; intervals tasks read none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn watermark(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        match self {
            Task::Legs(task) => task.watermark(record),
            Task::Intervals(_) => Ok(()),
        }
    }

    /// Moves the position over offsets that hold no records for the task.
    pub fn skip_to(&mut self, input_offset: i64) {
        match self {
            Task::Legs(task) => task.skip_to(input_offset),
            Task::Intervals(task) => task.skip_to(input_offset),
        }
    }

    /// Whether a transaction is worth while.
    #[must_use]
    pub fn has_staged(&self) -> bool {
        match self {
            Task::Legs(task) => task.has_staged(),
            Task::Intervals(task) => task.has_staged(),
        }
    }

    /// Everything that the transaction is to hold.
    ///
    /// # Errors
    /// When an output would be wrong.
    pub fn outputs(&mut self, now: InstantMs) -> Result<Vec<Produce>, TopologyError> {
        match self {
            Task::Legs(task) => task.outputs(now),
            Task::Intervals(task) => task.outputs(now),
        }
    }

    /// The transaction is committed; `first_state_offset`: the first offset that its records of `legs` got, if any.
    pub fn promote(&mut self, first_state_offset: Option<i64>) {
        match self {
            Task::Legs(task) => task.promote(first_state_offset),
            Task::Intervals(task) => task.promote(),
        }
    }

    /// What the transactions that were committed since this was last asked have counted.
    pub fn take_tally(&mut self) -> Tally {
        match self {
            Task::Legs(task) => task.take_tally(),
            Task::Intervals(task) => task.take_tally(),
        }
    }

    /// The source watermark that the task has passed; the lowest of its organisations.
    #[must_use]
    pub fn source_watermark(&self) -> Option<InstantMs> {
        match self {
            Task::Legs(task) => task.source_watermark(),
            Task::Intervals(task) => task.source_watermark(),
        }
    }

    /// The transaction was aborted: go on reading from [`Task::progress`].
    pub fn abort(&mut self) {
        match self {
            Task::Legs(task) => task.abort(),
            Task::Intervals(task) => task.abort(),
        }
    }

    /// The committed progress.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        match self {
            Task::Legs(task) => task.progress(),
            Task::Intervals(task) => task.progress(),
        }
    }

    /// The next offset of `watermarks` with everything taken; 0 for intervals tasks.
    #[must_use]
    pub fn staged_watermarks_offset(&self) -> i64 {
        match self {
            Task::Legs(task) => task.staged_watermarks_offset(),
            Task::Intervals(_) => 0,
        }
    }

    /// The next input offset with everything staged.
    #[must_use]
    pub fn staged_input_offset(&self) -> i64 {
        match self {
            Task::Legs(task) => task.staged_input_offset(),
            Task::Intervals(task) => task.staged_input_offset(),
        }
    }
}
