//! A thread of a room: a place in the room's group, and the tasks of the partitions that the group gives it. Edge.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::broker::{Broker, Membership};
use super::failure::{Remedy, TaskFailure};
use super::over_kafka::KafkaBroker;
use super::scene::Scene;
use super::takeover::take_over;
use super::task::RunningTask;
use crate::domain::progress::Room;
use crate::kafka::member::{Change, Member};
use crate::runtime::shutdown::Shutdown;
use crate::topology::task::Task;

/// A task that was fenced so often within [`FENCED_WINDOW`] while it was assigned has FAILED.
const FENCED_MAX: usize = 3;
const FENCED_WINDOW: Duration = Duration::from_secs(60);
/// So many aborted transactions in a row are more than a rebalance, and the producer itself may be what is broken: after a
/// broker stood still, one can be left with which nothing is delivered any more. The task is then taken over anew.
const ABORTS_MAX: u32 = 3;
/// A stop begins no other last transaction after this long, so that the process ends within its ten seconds.
const STOP_WITHIN: Duration = Duration::from_secs(3);
const BACKOFF_WORTH_A_WARNING: Duration = Duration::from_secs(1);

/// How long a thread waits, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Pacing {
    /// Sleep when no task had anything to do.
    pub idle: Duration,
    /// Longest time between two looks at the group while tasks are busy.
    pub beat: Duration,
    /// First wait before a takeover is tried again; each further one is twice as long.
    pub backoff_first: Duration,
    /// Longest of these waits.
    pub backoff_max: Duration,
    /// How long a thread that lost all partitions waits for others, before it joins the group anew.
    pub rejoin_after: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Pacing {
            idle: Duration::from_millis(2),
            beat: Duration::from_millis(50),
            backoff_first: Duration::from_millis(250),
            backoff_max: Duration::from_secs(5),
            // Who has lost its partitions is in the group again within seconds, as soon as a broker answers.
            rejoin_after: Duration::from_secs(60),
        }
    }
}

/// A partition that this thread owns.
#[derive(Debug)]
struct Slot<B: Broker> {
    task: Option<RunningTask<B>>,
    retry_at: Instant,
    backoff: Duration,
    fenced: VecDeque<Instant>,
    waiting_logged: bool,
    /// Input records of a transaction that the last task had come down to: its successor must not begin at the top.
    batch_max: Option<usize>,
}

impl<B: Broker> Slot<B> {
    fn new(backoff: Duration) -> Slot<B> {
        let retry_at = Instant::now();
        Slot { task: None, retry_at, backoff, fenced: VecDeque::new(), waiting_logged: false, batch_max: None }
    }
}

/// One thread of one room.
#[derive(Debug)]
pub struct RoomThread<B: Broker, M> {
    scene: Scene,
    room: Room,
    member: M,
    broker: B,
    slots: BTreeMap<i32, Slot<B>>,
    // Given by the group, and not yet accepted. Nothing, too, has to be accepted: the group waits for the answer.
    offered: Option<Vec<i32>>,
    pacing: Pacing,
    beaten: Instant,
    // When all partitions were lost, for as long as the group gives none.
    lost_at: Option<Instant>,
}

impl RoomThread<KafkaBroker, Member> {
    /// Joins the room's group.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn join(scene: &Scene, room: Room, thread: u32, stop: &Shutdown) -> Result<Self, TaskFailure> {
        let group = scene.names.group(room);
        let client_id = format!("{group}.{}.{thread}", std::process::id());
        let topic = scene.names.topic(Task::input_topic(room));
        let member = Member::join(&scene.worker, &group, &client_id, &topic)?;
        let broker = KafkaBroker::new(&scene.worker, &group, stop)?;
        Ok(RoomThread::new(scene, room, member, broker, Pacing::default()))
    }
}

impl<B: Broker, M: Membership<Group = B::Group>> RoomThread<B, M> {
    /// A thread with a place in the group of `room`; it owns no partition yet.
    pub fn new(scene: &Scene, room: Room, member: M, broker: B, pacing: Pacing) -> Self {
        let (scene, slots, beaten) = (scene.clone(), BTreeMap::new(), Instant::now());
        RoomThread { scene, room, member, broker, slots, offered: None, pacing, beaten, lost_at: None }
    }

    /// Runs until a stop is asked for: then commits what is staged and leaves the group.
    ///
    /// # Errors
    /// The reason why a task FAILED.
    pub fn run(mut self, shutdown: &Shutdown) -> Result<(), TaskFailure> {
        while !shutdown.requested() {
            match self.round(shutdown) {
                Ok(true) => {}
                Ok(false) => {
                    self.member.beat(self.pacing.idle);
                    self.beaten = Instant::now();
                }
                Err(failure) => {
                    // The others of the thread are well: what they have staged is good, and what they claim is to be free.
                    self.stop();
                    return Err(failure);
                }
            }
        }
        self.stop();
        Ok(())
    }

    /// Answers the group, and gives each task its turn; `true` when one of them did anything.
    ///
    /// # Errors
    /// The reason why a task FAILED.
    pub fn round(&mut self, shutdown: &Shutdown) -> Result<bool, TaskFailure> {
        if self.pacing.beat <= self.beaten.elapsed() {
            self.member.beat(Duration::ZERO);
            self.beaten = Instant::now();
        }
        self.answer_changes();
        self.rejoin_when_forgotten();
        let mut busy = false;
        let partitions: Vec<i32> = self.slots.keys().copied().collect();
        for partition in partitions {
            busy |= self.turn(partition, shutdown)?;
        }
        Ok(busy)
    }

    /// Commits what is staged, and lets all tasks go: those that no time is left for, too. What they had staged is done
    /// again by whoever owns their partitions next.
    pub fn stop(&mut self) {
        let until = Instant::now() + STOP_WITHIN;
        for partition in self.slots.keys().copied().collect::<Vec<_>>() {
            let late = until <= Instant::now();
            if let Some(task) = self.slots.get_mut(&partition).and_then(|slot| slot.task.as_mut()) {
                task.hurry();
                if late {
                    tracing::info!(task = task.name(), "no time is left for its last transaction");
                } else {
                    task.move_to_end(&self.broker);
                }
            }
            self.finish(partition, late);
        }
    }

    fn answer_changes(&mut self) {
        if !self.member.has_changes() && self.offered.is_none() {
            return;
        }
        for change in self.member.take_changes() {
            match change {
                Change::Assigned(partitions) => {
                    tracing::info!(room = self.room.word(), ?partitions, "assigned");
                    self.lost_at = None;
                    self.offered.get_or_insert_default().extend(partitions);
                }
                Change::Revoked { partitions, lost } => {
                    tracing::info!(room = self.room.word(), ?partitions, lost, "revoked");
                    if let Some(offered) = &mut self.offered {
                        offered.retain(|partition| !partitions.contains(partition));
                    }
                    for partition in &partitions {
                        self.finish(*partition, lost);
                    }
                    if lost && self.slots.is_empty() {
                        self.lost_at = Some(Instant::now());
                    }
                    if let Err(error) = self.member.release(&partitions) {
                        // A lost assignment is gone already.
                        tracing::debug!(%error, "letting partitions go");
                    }
                }
            }
        }
        self.accept_offered();
    }

    /// After a broker stood still, a client can wait for ever for an answer to its request to join: another one joins instead.
    fn rejoin_when_forgotten(&mut self) {
        if self.lost_at.is_none_or(|at| at.elapsed() < self.pacing.rejoin_after) {
            return;
        }
        self.lost_at = Some(Instant::now());
        tracing::warn!(room = self.room.word(), "nothing was assigned since all was lost; joining the group anew");
        if let Err(error) = self.member.rejoin() {
            tracing::debug!(%error, "joining the group anew");
        }
    }

    /// Accepts what the group gave; what cannot be accepted now is tried again in the next round, or taken back.
    fn accept_offered(&mut self) {
        let Some(offered) = self.offered.take() else {
            return;
        };
        match self.member.accept(&offered) {
            Ok(()) => {
                for partition in offered {
                    self.slots.insert(partition, Slot::new(self.pacing.backoff_first));
                }
            }
            Err(error) => {
                tracing::warn!(room = self.room.word(), %error, "accepting partitions");
                self.offered = Some(offered);
            }
        }
    }

    /// Commits what a task has staged, unless it is lost, and lets it go.
    fn finish(&mut self, partition: i32, lost: bool) {
        self.commit_last(partition, lost);
        // After all that it had to report.
        self.scene.board.remove(self.room, partition);
    }

    fn commit_last(&mut self, partition: i32, lost: bool) {
        let slot = self.slots.remove(&partition);
        let Some(mut task) = slot.and_then(|slot| slot.task) else {
            return;
        };
        if lost {
            return;
        }
        if let Err(error) = task.commit_for_good(&self.member, &self.broker) {
            // Nothing is lost: the next owner reads on from the committed progress.
            tracing::info!(task = task.name(), %error, "last transaction not committed");
            // Left open, it would keep readers of committed records waiting until somebody takes the id over.
            if error.remedy() == Remedy::Abort
                && let Err(error) = task.abort_for_good()
            {
                tracing::info!(task = task.name(), %error, "last transaction not aborted");
            }
        }
    }

    /// Gives one task its turn; `true` when it did anything.
    fn turn(&mut self, partition: i32, shutdown: &Shutdown) -> Result<bool, TaskFailure> {
        let Some(slot) = self.slots.get_mut(&partition) else {
            return Ok(false);
        };
        let Some(task) = &mut slot.task else {
            return self.try_take_over(partition, shutdown);
        };
        let failure = match task.turn(&self.member, &self.broker) {
            Ok(busy) => return Ok(busy),
            Err(failure) => failure,
        };
        let failure = match failure.remedy() {
            Remedy::Abort => match task.abort(&self.broker) {
                Ok(()) => {
                    let aborts = task.aborts();
                    if ABORTS_MAX <= aborts {
                        tracing::warn!(task = task.name(), %failure, aborts, "transactions are aborted one after another");
                        return self.put_off(partition, TaskFailure::AbortedRepeatedly { aborts });
                    }
                    tracing::debug!(task = task.name(), %failure, aborts, "aborted");
                    let pause = Duration::from_millis(20) * 2_u32.pow(aborts.min(7));
                    self.member.beat(pause);
                    return Ok(true);
                }
                Err(second) => second,
            },
            _ => failure,
        };
        self.put_off(partition, failure)
    }

    /// Drops a task that cannot go on, and decides whether it is to be taken over again.
    fn put_off(&mut self, partition: i32, failure: TaskFailure) -> Result<bool, TaskFailure> {
        // Only the group knows whether the task is still ours; a revocation is answered before the next try.
        self.member.beat(Duration::from_millis(100));
        let room = self.room;
        if failure.remedy() == Remedy::Fail {
            if !self.member.has_changes() {
                // Nothing of it may be committed any more.
                self.slots.remove(&partition);
                self.scene.board.remove(room, partition);
                return Err(failure);
            }
            // Who stood still while a successor worked finds things that fit nothing it knows. If the task is ours after
            // all, the same is found again.
            tracing::info!(room = room.word(), partition, %failure, "the group has news; answered first");
        }
        let Some(slot) = self.slots.get_mut(&partition) else {
            return Ok(false);
        };
        slot.batch_max = slot.task.take().map_or(slot.batch_max, |task| Some(task.batch_max()));
        if failure.remedy() == Remedy::AskGroup {
            let now = Instant::now();
            slot.fenced.retain(|at| now.duration_since(*at) < FENCED_WINDOW);
            slot.fenced.push_back(now);
            if FENCED_MAX <= slot.fenced.len() && !self.member.has_changes() {
                let task = format!("{} {partition}", room.word());
                return Err(TaskFailure::FencedRepeatedly { task, times: slot.fenced.len() });
            }
        }
        // A moment's absence heals by itself, as after the creation of a topic; what lasts is for people to look at.
        if slot.waiting_logged || slot.backoff < BACKOFF_WORTH_A_WARNING {
            tracing::debug!(room = room.word(), partition, %failure, "takes over again");
        } else {
            tracing::warn!(room = room.word(), partition, %failure, "task interrupted; it takes over again");
            slot.waiting_logged = true;
        }
        slot.retry_at = Instant::now() + slot.backoff;
        // Handles may be what it hangs on, and each try with them takes its time.
        if self.pacing.backoff_first < slot.backoff {
            self.broker.renew();
        }
        slot.backoff = (slot.backoff * 2).min(self.pacing.backoff_max);
        Ok(false)
    }

    fn try_take_over(&mut self, partition: i32, shutdown: &Shutdown) -> Result<bool, TaskFailure> {
        let Some(slot) = self.slots.get(&partition) else {
            return Ok(false);
        };
        // A change that waits may take the partition away: it is answered first.
        if Instant::now() < slot.retry_at || self.member.has_changes() {
            return Ok(false);
        }
        let (scene, broker, room, member) = (&self.scene, &self.broker, self.room, &self.member);
        let mut beat = || member.beat(Duration::ZERO);
        let taken = take_over(scene, broker, (room, partition), shutdown, &mut beat);
        let begun = taken.and_then(|taken| RunningTask::begin(scene, broker, room, partition, taken));
        match begun {
            Ok(mut task) => {
                self.correct_committed_offset(&task, partition);
                if let Some(slot) = self.slots.get_mut(&partition) {
                    if slot.waiting_logged {
                        tracing::info!(room = room.word(), partition, "task goes on");
                    }
                    if let Some(batch_max) = slot.batch_max {
                        task.limit_batch(batch_max);
                    }
                    slot.task = Some(task);
                    slot.backoff = self.pacing.backoff_first;
                    slot.waiting_logged = false;
                }
                Ok(true)
            }
            Err(failure) => self.put_off(partition, failure),
        }
    }

    /// The group's offset is for lag monitors only: `progress` decides, and the first commit writes it there.
    fn correct_committed_offset(&self, task: &RunningTask<B>, partition: i32) {
        match self.member.committed(partition) {
            Ok(Some(committed)) if committed != task.input_offset() => {
                let progress = task.input_offset();
                tracing::warn!(room = self.room.word(), partition, committed, progress, "group offset corrected");
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "asking for the group offset"),
        }
    }
}
