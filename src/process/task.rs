//! The loop of one task: read, stage, commit. Edge; carried by a thread of [`super::room`].

use std::time::{Duration, Instant};

use super::board::Committed;
use super::broker::{Broker, Membership, TaskProducer, TaskReader};
use super::claim::refuse_if_taken;
use super::failure::{Remedy, TaskFailure};
use super::idle::{self, IdleSpell};
use super::scene::Scene;
use super::takeover::{TakenOver, output_places, wall_clock_ms};
use crate::domain::progress::Room;
use crate::kafka::statistics::Ahead;
use crate::runtime::spans;
use crate::topology::record::topic;
use crate::topology::task::Task;

/// Most input records in one transaction: more would make a repeated transaction dear, fewer would commit too often.
const BATCH_RECORDS_MAX: usize = 20_000;

/// How long what was committed may take to be decided. Longer: the open transaction may run into its timeout.
const LOOK_WAIT: Duration = Duration::from_secs(2);

/// How often a task looks at what waits before it, and takes what its producer has to tell.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

mod reading;

use reading::reader_of;

/// One task, running.
#[derive(Debug)]
pub struct RunningTask<B: Broker> {
    scene: Scene,
    room: Room,
    partition: i32,
    task: Task,
    producer: B::Producer,
    reader: B::Reader,
    // The first staged record's instant: a transaction is due one interval later.
    staged_since: Option<Instant>,
    staged_records: usize,
    batch_max: usize,
    idle: IdleSpell,
    // The same of `watermarks`, which legs tasks read beside.
    watermarks_idle: IdleSpell,
    awaiting_plan: bool,
    aborts: u32,
    // Where the progress of the last transaction landed that was committed here.
    committed_at: Option<i64>,
    // When a transaction was begun that is neither committed nor aborted.
    open_since: Option<Instant>,
    looked_at: Instant,
}

impl<B: Broker> Drop for RunningTask<B> {
    fn drop(&mut self) {
        // Whoever takes the id over, the broker aborts it.
        self.note_abort();
    }
}

impl<B: Broker> RunningTask<B> {
    /// Begins reading where the predecessor's progress ends.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn begin(
        scene: &Scene,
        broker: &B,
        room: Room,
        partition: i32,
        taken: TakenOver<B::Producer>,
    ) -> Result<RunningTask<B>, TaskFailure> {
        let TakenOver { task, producer } = taken;
        let reader = reader_of(scene, broker, room, partition)?;
        let mut begun = RunningTask {
            scene: scene.clone(),
            room,
            partition,
            task,
            producer,
            reader,
            staged_since: None,
            staged_records: 0,
            batch_max: BATCH_RECORDS_MAX,
            idle: IdleSpell::default(),
            watermarks_idle: IdleSpell::default(),
            awaiting_plan: true,
            aborts: 0,
            committed_at: None,
            open_since: None,
            looked_at: Instant::now(),
        };
        scene.board.began((room, partition), begun.input_offset(), begun.task.source_watermark());
        begun.read_on(broker)?;
        Ok(begun)
    }

    /// Takes what is there, up to a turn's worth, and commits when a transaction is due; `true` when it did anything.
    ///
    /// # Errors
    /// As [`TaskFailure`] says; the caller chooses the remedy.
    pub fn turn(&mut self, member: &impl Membership<Group = B::Group>, broker: &B) -> Result<bool, TaskFailure> {
        let staged_before = self.staged_records;
        let taken = self.take(broker)?;
        // Only input interrupts: watermarks come for as long as the source lives.
        if staged_before < self.staged_records {
            self.idle.interrupt();
        } else if self.staged_since.is_none() {
            self.look_around(broker)?;
        }
        if self.staged_since.is_none() && self.task.has_staged() {
            self.staged_since = Some(Instant::now());
        }
        if LOOKS_EVERY <= self.looked_at.elapsed() {
            self.look_ahead();
        }
        let interval = self.scene.transaction_interval;
        let due = self.staged_since.is_some_and(|since| interval <= since.elapsed());
        if due || self.batch_max <= self.staged_records {
            self.commit(member, broker)?;
            self.make_sure_of_claim(member, broker)?;
            return Ok(true);
        }
        Ok(0 < taken)
    }

    /// Reads what other pipelines claim, when the task has committed a claim and waits for that. A claim that overlaps
    /// another one is withdrawn, so that it is in nobody's way.
    fn make_sure_of_claim(
        &mut self,
        member: &impl Membership<Group = B::Group>,
        broker: &B,
    ) -> Result<(), TaskFailure> {
        let Some(own) = self.task.claimed() else {
            return Ok(());
        };
        let looked = refuse_if_taken(&self.scene, broker, own, &mut || member.beat(Duration::ZERO));
        if let Err(failure) = looked {
            if failure.remedy() == Remedy::Fail {
                self.task.withdraw();
                self.commit(member, broker)?;
            }
            return Err(failure);
        }
        self.task.stand_alone()?;
        tracing::info!(task = self.name(), rows = %own, "owns its rows");
        self.read_on(broker)
    }

    /// Commits what is staged, if anything is, before the task is let go of; rows that were only claimed are free then.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn commit_for_good(
        &mut self,
        member: &impl Membership<Group = B::Group>,
        broker: &B,
    ) -> Result<(), TaskFailure> {
        self.task.withdraw();
        self.commit(member, broker)
    }

    /// Stages a move over offsets at the end of the input that hold nothing for the task, before a stop: retention may
    /// remove the records before them while nobody runs, and that would look like lost input.
    pub fn move_to_end(&mut self, broker: &B) {
        match idle::end_without_records(&self.scene, broker, self.room, self.partition, &self.task) {
            Ok(Some(end)) => self.task.skip_to(end),
            Ok(None) => {}
            // The broker may be away; the position is right as it is.
            Err(error) => tracing::debug!(task = self.name(), %error, "looking for the end of the input"),
        }
    }

    /// The process has been asked to stop: what the broker does not do soon is left to a successor.
    pub fn hurry(&self) {
        self.producer.hurry();
    }

    /// How many transactions in a row were aborted.
    #[must_use]
    pub fn aborts(&self) -> u32 {
        self.aborts
    }

    /// Most input records in the next transaction.
    #[must_use]
    pub fn batch_max(&self) -> usize {
        self.batch_max
    }

    /// Begins with at most so many; each commit doubles them.
    pub fn limit_batch(&mut self, batch_max: usize) {
        self.batch_max = batch_max.clamp(1, BATCH_RECORDS_MAX);
    }

    /// Commits what is staged, if anything is.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn commit(&mut self, member: &impl Membership<Group = B::Group>, broker: &B) -> Result<(), TaskFailure> {
        if !self.task.has_staged() {
            return Ok(());
        }
        let span = spans::transaction(self.room.word(), self.partition, self.staged_records);
        let outcome = span.in_scope(|| self.commit_staged(member, broker));
        if outcome.is_err() {
            spans::failed(&span, "not_committed");
        }
        outcome
    }

    fn commit_staged(&mut self, member: &impl Membership<Group = B::Group>, broker: &B) -> Result<(), TaskFailure> {
        let input_topic = self.scene.names.topic(Task::input_topic(self.room));
        let next_offset = self.task.staged_input_offset();
        let outputs = self.task.outputs(wall_clock_ms())?;
        let legs = self.scene.names.topic(topic::LEGS);
        let began = Instant::now();
        self.producer.begin()?;
        self.open_since = Some(began);
        self.producer.send(&outputs, &|name| self.scene.names.topic(name))?;
        self.producer.drain()?;
        if self.producer.disturbed() {
            self.check_that_the_last_commit_is_decided(broker)?;
        }
        // Asked anew each time: the generation changes with every rebalance.
        let group = member.metadata()?;
        self.producer.send_offset((&input_topic, self.partition), next_offset, &group)?;
        self.producer.commit()?;
        self.open_since = None;
        let took = began.elapsed();
        let delivered = self.producer.delivered();
        let landed = |topic: &str| delivered.iter().find(|at| at.topic == topic);
        self.committed_at = landed(&self.scene.names.topic(topic::PROGRESS)).map(|at| at.last);
        self.task.promote(landed(&legs).map(|at| at.first));
        let records = u64::try_from(self.staged_records).unwrap_or(u64::MAX);
        let (watermark, tally) = (self.task.source_watermark(), self.task.take_tally());
        let committed = Committed { input_offset: next_offset, records, took, watermark, tally };
        self.scene.board.committed(self.place(), committed);
        self.staged_since = None;
        self.staged_records = 0;
        self.aborts = 0;
        self.batch_max = (self.batch_max * 2).min(BATCH_RECORDS_MAX);
        Ok(())
    }

    /// Aborts for good: a successor looks after the rest.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn abort_for_good(&mut self) -> Result<(), TaskFailure> {
        self.note_abort();
        Ok(self.producer.abort()?)
    }

    /// Aborts, forgets what is staged and reads on from the committed progress, with half the batch.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn abort(&mut self, broker: &B) -> Result<(), TaskFailure> {
        self.note_abort();
        self.producer.abort()?;
        let places = output_places(&self.scene, self.room, self.partition);
        broker.settle(&self.producer, &places, &mut || {})?;
        self.check_that_the_last_commit_stands(broker)?;
        self.aborts = self.aborts.saturating_add(1);
        self.task.abort();
        self.batch_max = (self.batch_max / 2).max(1);
        self.staged_since = None;
        self.staged_records = 0;
        self.read_on(broker)
    }

    /// A coordinator may have lost the markers of the last commit when the connection to it was lost. The commit of the open
    /// transaction would stand in for them where it has written, and nowhere else: then all of both is to be done again.
    fn check_that_the_last_commit_is_decided(&self, broker: &B) -> Result<(), TaskFailure> {
        let (topic, Some(offset)) = (self.scene.names.topic(topic::PROGRESS), self.committed_at) else {
            return Ok(());
        };
        // Somebody else's transaction may be open in the partition for a moment.
        if broker.is_decided((&topic, self.partition), offset + 1, LOOK_WAIT)? {
            return Ok(());
        }
        Err(TaskFailure::LastCommitLost { topic, partition: self.partition, offset })
    }

    /// An abort stands in for lost markers of the commit before it, too.
    fn check_that_the_last_commit_stands(&self, broker: &B) -> Result<(), TaskFailure> {
        let (topic, Some(offset)) = (self.scene.names.topic(topic::PROGRESS), self.committed_at) else {
            return Ok(());
        };
        let mut stands = false;
        let group = self.scene.names.group(self.room);
        broker.each(&group, (&topic, self.partition), (offset, offset + 1), &mut || {}, &mut |_| {
            stands = true;
            Ok(())
        })?;
        if stands { Ok(()) } else { Err(TaskFailure::LastCommitLost { topic, partition: self.partition, offset }) }
    }

    /// The committed next input offset.
    #[must_use]
    pub fn input_offset(&self) -> i64 {
        self.task.progress().input_offset
    }

    /// `legs 3`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.room.word(), self.partition)
    }

    fn place(&self) -> (Room, i32) {
        (self.room, self.partition)
    }

    /// Counts the open transaction, if there is one, as aborted.
    fn note_abort(&mut self) {
        if self.open_since.take().is_some() {
            self.scene.board.aborted(self.place());
        }
    }

    /// Tells what waits before the task.
    fn look_ahead(&mut self) {
        self.looked_at = Instant::now();
        self.producer.serve();
        let topic = self.scene.names.topic(Task::input_topic(self.room));
        let ahead = self.reader.ahead((&topic, self.partition)).filter(|_| !self.awaiting_plan);
        // Behind the last record there may be commit markers, which wait for nobody.
        let nothing_waits = |ahead: &Ahead| ahead.drained && self.staged_records == 0;
        let end = ahead.map(|ahead| if nothing_waits(&ahead) { self.input_offset() } else { ahead.end });
        self.scene.board.ends(self.place(), end, wall_clock_ms());
    }
}
