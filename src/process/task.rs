//! The loop of one task: read, stage, commit. Edge; carried by a thread of [`super::room`].

use std::time::{Duration, Instant};

use super::broker::{Broker, Membership, Taken, TaskProducer, TaskReader};
use super::claim::refuse_if_taken;
use super::failure::{Remedy, TaskFailure};
use super::idle::{self, Found, IdleSpell};
use super::scene::Scene;
use super::takeover::{TakenOver, output_places, wall_clock_ms};
use crate::domain::progress::Room;
use crate::topology::TopologyError;
use crate::topology::record::topic;
use crate::topology::task::Task;

/// Most input records in one transaction: more would make a repeated transaction dear, fewer would commit too often.
const BATCH_RECORDS_MAX: usize = 20_000;

/// How long what was committed may take to be decided. Longer: the open transaction may run into its timeout.
const LOOK_WAIT: Duration = Duration::from_secs(2);

/// Most records taken in one turn, so that the other tasks of the thread and the group member get theirs.
const TURN_RECORDS_MAX: usize = 2_000;

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
        };
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
        let input_topic = self.scene.names.topic(Task::input_topic(self.room));
        let next_offset = self.task.staged_input_offset();
        let outputs = self.task.outputs(wall_clock_ms())?;
        let legs = self.scene.names.topic(topic::LEGS);
        self.producer.begin()?;
        self.producer.send(&outputs, &|name| self.scene.names.topic(name))?;
        self.producer.drain()?;
        if self.producer.disturbed() {
            self.check_that_the_last_commit_is_decided(broker)?;
        }
        // Asked anew each time: the generation changes with every rebalance.
        let group = member.metadata()?;
        self.producer.send_offset((&input_topic, self.partition), next_offset, &group)?;
        self.producer.commit()?;
        let delivered = self.producer.delivered();
        let landed = |topic: &str| delivered.iter().find(|at| at.topic == topic);
        self.committed_at = landed(&self.scene.names.topic(topic::PROGRESS)).map(|at| at.last);
        self.task.promote(landed(&legs).map(|at| at.first));
        let records = u64::try_from(self.staged_records).unwrap_or(u64::MAX);
        self.scene.board.report(self.room, self.partition, next_offset, records);
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
    pub fn abort_for_good(&self) -> Result<(), TaskFailure> {
        Ok(self.producer.abort()?)
    }

    /// Aborts, forgets what is staged and reads on from the committed progress, with half the batch.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn abort(&mut self, broker: &B) -> Result<(), TaskFailure> {
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

    fn take(&mut self, broker: &B) -> Result<usize, TaskFailure> {
        let watermarks = self.scene.names.topic(topic::WATERMARKS);
        let room_left = self.batch_max.saturating_sub(self.staged_records).min(TURN_RECORDS_MAX);
        let mut taken = 0;
        while taken < room_left {
            let (task, staged, legs) = (&mut self.task, &mut self.staged_records, self.room == Room::Legs);
            let watermarks_idle = &mut self.watermarks_idle;
            let polled = self.reader.poll(Duration::ZERO, &mut |topic, record| {
                if legs && topic == watermarks {
                    watermarks_idle.interrupt();
                    task.watermark(record)?;
                } else {
                    task.input(record)?;
                    *staged += 1;
                }
                Ok(())
            })?;
            match polled {
                Taken::Record => taken += 1,
                Taken::Nothing => break,
                Taken::OutOfRange => {
                    self.out_of_range(broker)?;
                    break;
                }
            }
        }
        if self.awaiting_plan && self.task.accepts_input() {
            self.read_on(broker)?;
        }
        Ok(taken)
    }

    /// Looks at what stands behind the positions when nothing has come for a while. A broker that does not answer is no
    /// reason to do anything.
    fn look_around(&mut self, broker: &B) -> Result<(), TaskFailure> {
        let (names, group) = (&self.scene.names, self.scene.names.group(self.room));
        let or_nothing = |looked: Result<Found, TaskFailure>| {
            looked.unwrap_or_else(|error| {
                tracing::debug!(%error, "looking for the end of the input");
                Found::Nothing
            })
        };
        let mut silent = false;
        if self.task.accepts_input() {
            let (topic, position) = (names.topic(Task::input_topic(self.room)), self.task.staged_input_offset());
            match or_nothing(self.idle.look(broker, &group, (&topic, self.partition), position)) {
                Found::Nothing => {}
                Found::EmptyUpTo(end) => self.task.skip_to(end),
                Found::Silence => silent = true,
            }
        }
        if self.room == Room::Legs {
            let (topic, position) = (names.topic(topic::WATERMARKS), self.task.staged_watermarks_offset());
            let found = or_nothing(self.watermarks_idle.look(broker, &group, (&topic, 0), position));
            silent |= found == Found::Silence;
        }
        if silent {
            tracing::warn!(task = self.name(), "records stand there that do not come; reading with another client");
            self.reader = reader_of(&self.scene, broker, self.room, self.partition)?;
            self.read_on(broker)?;
            self.idle.interrupt();
            self.watermarks_idle.interrupt();
        }
        Ok(())
    }

    /// Assigns the input where the task stands; no input before a watermark has said where the rows begin.
    fn read_on(&mut self, broker: &B) -> Result<(), TaskFailure> {
        self.awaiting_plan = !self.task.accepts_input();
        let names = &self.scene.names;
        let mut positions = Vec::with_capacity(2);
        if !self.awaiting_plan {
            let input_topic = names.topic(Task::input_topic(self.room));
            positions.push((input_topic, self.partition, self.task.staged_input_offset()));
        }
        if self.room == Room::Legs {
            let watermarks = names.topic(topic::WATERMARKS);
            let (log_start, _) = broker.all((&watermarks, 0))?;
            positions.push((watermarks, 0, self.task.staged_watermarks_offset().max(log_start)));
        }
        Ok(self.reader.assign(&positions)?)
    }

    /// A position is not in its log. Lost input is an error; a watermark that retention took is superseded by a later one.
    fn out_of_range(&mut self, broker: &B) -> Result<(), TaskFailure> {
        let topic = self.scene.names.topic(Task::input_topic(self.room));
        let needed = self.task.staged_input_offset();
        let (log_start, log_end) = broker.all((&topic, self.partition))?;
        if needed < log_start || log_end < needed {
            return Err(TopologyError::Gap { topic, partition: self.partition, log_start, needed }.into());
        }
        if self.room == Room::Legs {
            let topic = self.scene.names.topic(topic::WATERMARKS);
            let needed = self.task.staged_watermarks_offset();
            let (log_start, log_end) = broker.all((&topic, 0))?;
            if log_end < needed {
                // The topic was made anew: its offsets mean something else now.
                return Err(TopologyError::Gap { topic, partition: 0, log_start, needed }.into());
            }
        }
        self.read_on(broker)
    }
}

/// A reader of the task's own, of nothing yet.
fn reader_of<B: Broker>(scene: &Scene, broker: &B, room: Room, partition: i32) -> Result<B::Reader, TaskFailure> {
    let client_id = format!("{}.reader", scene.names.task_transactional_id(room, partition));
    Ok(broker.reader(&scene.names.group(room), &client_id)?)
}
