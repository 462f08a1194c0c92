//! Edge: carries a schedule out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::cluster::{BROKERS, Cluster};
use super::crew::{Crew, Who};
use super::schedule::{Event, Planned, Processor, Schedule};

/// How long a stop in order may take: ten seconds by its own promise, and what a busy machine adds.
const END_LIMIT: Duration = Duration::from_secs(20);
/// Between a commit of a task and the next one: while data flows, rows of every partition change all the time.
const COMMIT_LIMIT: Duration = Duration::from_secs(15);
/// How often a commit is waited for.
const CATCH_TRIES: usize = 3;
/// How often it is asked whose it is, before the next one is waited for.
const OWNER_TRIES: usize = 20;
/// How long the owner's successor has until the leader comes back, at least.
const HEIR_LIMIT: Duration = Duration::from_millis(700);

/// Where a schedule is carried out.
pub struct Stage<'a> {
    pub cluster: &'a Cluster,
    pub crew: &'a Crew,
    /// The topic of rows whose markers are held.
    pub rows: String,
    /// The group of the intervals tasks.
    pub group: String,
    begun: Instant,
    failed: AtomicBool,
}

impl<'a> Stage<'a> {
    /// Its time begins now.
    pub fn new(cluster: &'a Cluster, crew: &'a Crew) -> Self {
        let settings = crew.settings();
        let rows = settings.topic("kpi.queue.pt30m");
        let group = format!("{}default.intervals", settings.prefix());
        Self { cluster, crew, rows, group, begun: Instant::now(), failed: AtomicBool::new(false) }
    }

    /// Carries both lanes out, and tells how often each kind of event has happened.
    ///
    /// # Panics
    /// When a process ends by itself, or something does not come back.
    pub fn play(&self, schedule: &Schedule) -> BTreeMap<&'static str, usize> {
        let mut happened: BTreeMap<&'static str, usize> = BTreeMap::new();
        std::thread::scope(|scope| {
            let lanes = [&schedule.brokers, &schedule.processes].map(|lane| scope.spawn(|| self.lane(lane)));
            for lane in lanes {
                for kind in lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
                    *happened.entry(kind).or_default() += 1;
                }
            }
        });
        happened
    }

    fn lane(&self, lane: &[Planned]) -> Vec<&'static str> {
        let guard = FailedOnPanic(&self.failed);
        let mut happened = Vec::new();
        for planned in lane {
            let wait = Duration::from_millis(planned.at_ms).saturating_sub(self.begun.elapsed());
            std::thread::sleep(wait);
            if self.failed.load(Ordering::Acquire) {
                break;
            }
            self.crew.assert_alive();
            self.say(&planned.event.to_string());
            if self.carry_out(planned.event) {
                happened.push(planned.event.kind());
            } else {
                self.say("  that could not be done now");
            }
        }
        drop(guard);
        happened
    }

    /// `false` when the moment was not right.
    fn carry_out(&self, event: Event) -> bool {
        let sleep = |ms| std::thread::sleep(Duration::from_millis(ms));
        match event {
            Event::KillProcessor { which, away_ms } => self.kill(Who::Processor(which), away_ms),
            Event::KillSource { away_ms } => self.kill(Who::Source, away_ms),
            Event::KillBroker { broker, away_ms } => {
                self.cluster.kill(broker);
                sleep(away_ms);
                self.cluster.start_again(broker);
                self.cluster.wait_until_whole();
                true
            }
            Event::PauseBroker { broker, ms } => {
                self.cluster.freeze(broker);
                sleep(ms);
                self.cluster.thaw(broker);
                self.cluster.wait_until_whole();
                true
            }
            Event::PauseProcessor { which, ms } => {
                let frozen = self.crew.freeze(Who::Processor(which));
                sleep(ms);
                self.crew.thaw(Who::Processor(which));
                frozen
            }
            Event::PauseLeader { partition, ms } => self.pause_leader(partition, ms),
            Event::CutNetwork { ms } => {
                let cut_off = self.crew.running().contains(&Who::Processor(Processor::Far));
                self.cluster.cut();
                sleep(ms);
                self.cluster.mend();
                cut_off
            }
            Event::RollingRestart => {
                for broker in 0..BROKERS {
                    self.cluster.stop(broker);
                    self.cluster.start_again(broker);
                    self.cluster.wait_until_whole();
                }
                true
            }
            Event::AddProcessor => {
                // One that was killed in the moment of its removal has been started again.
                let is_there = self.crew.running().contains(&Who::Guest);
                if !is_there {
                    self.crew.start(Who::Guest);
                }
                !is_there
            }
            Event::RemoveProcessor => {
                let Some(status) = self.crew.end(Who::Guest, END_LIMIT) else { return false };
                assert_eq!(status.code(), Some(0), "the guest was asked to stop");
                true
            }
        }
    }

    fn kill(&self, who: Who, away_ms: u64) -> bool {
        let killed = self.crew.kill(who);
        if killed {
            std::thread::sleep(Duration::from_millis(away_ms));
            self.crew.start(who);
        }
        killed
    }

    /// Waits until a transaction that the owner of a partition has committed is about to be marked there, and stops the
    /// one who leads the partition and the owner in this moment.
    fn pause_leader(&self, partition: i32, ms: u64) -> bool {
        let Some((leader, owner)) = (0..CATCH_TRIES).find_map(|_| self.caught(partition)) else { return false };
        let hold = self.cluster.hold(leader);
        self.cluster.freeze(leader);
        let killed = self.crew.kill(owner);
        // It now waits before the door of one who stands still.
        hold.release();
        self.say(&format!("  broker {leader} leads the partition, {owner:?} had the task"));
        let away = Duration::from_millis(ms);
        std::thread::sleep(HEIR_LIMIT);
        if killed {
            self.crew.start(owner);
        }
        std::thread::sleep(away.saturating_sub(HEIR_LIMIT));
        self.cluster.thaw(leader);
        self.cluster.wait_until_whole();
        killed
    }

    /// The leader on the way to whom a marker is held now, and the owner whose commit it marks.
    fn caught(&self, partition: i32) -> Option<(usize, Who)> {
        let leader = self.cluster.leader(&self.rows, partition)?;
        let hold = self.cluster.hold(leader);
        hold.arm(&self.rows, partition);
        if hold.wait_until_caught(COMMIT_LIMIT) {
            // Asked while all brokers answer: the leader may keep the group. While a group rebalances nobody owns anything.
            for _ in 0..OWNER_TRIES {
                let owner = self.cluster.owners(&self.group).get(&partition).copied();
                if let Some(owner) = owner.and_then(|pid| self.crew.of_pid(pid)) {
                    return Some((leader, owner));
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        hold.release();
        None
    }

    /// Tells people what happens when.
    pub fn say(&self, what: &str) {
        eprintln!("chaos {:6.1} s  {what}", self.begun.elapsed().as_secs_f64());
    }

    /// Waits until this much of the run's time is over.
    pub fn wait_until(&self, at: Duration) {
        std::thread::sleep(at.saturating_sub(self.begun.elapsed()));
    }
}

/// Tells the other lane that there is no use in going on.
struct FailedOnPanic<'a>(&'a AtomicBool);

impl Drop for FailedOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Release);
        }
    }
}
