//! Keeps what this worker has at what it is to do, and says what became of it. Edge.
//!
//! ```text
//!  book ─┐                     ┌─▶ hands: prepare, run
//!  slots ┼─▶ wants ─▶ settle ──┤
//!  ends ─┘                     └─▶ ledger: states, tasks of a connector
//! ```
//!
//! One loop does all of it: it looks again whenever the book or the slots change, something that runs ends, or a wait is
//! over. What has to stop before it is started again, or let go of, is first asked to and then waited for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::catalog::ConfigRecord;
use super::entities::{State, TargetState};
use super::hands::{Doing, Ended, Hands};
use super::ledger::Ledger;
use super::placement::{Slots, Want, wants};
use super::statuses::{Standing, StatusRecord, Unit};
use crate::runtime::shutdown::Shutdown;

/// How long a task is left alone that somebody else has taken over, if it is still this worker's: longer than a group needs
/// to find out that a worker is gone.
const TAKEN_OVER_PAUSE: Duration = Duration::from_secs(15);
/// How often it is looked whether a wait is over.
const LOOK: Duration = Duration::from_millis(500);
/// How often the tasks of a connector are written before that is given up: another worker may be changing something.
const WRITE_TRIES: u32 = 20;

/// The slots of this worker, and how often they were shared out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Its slots.
    pub slots: Slots,
    /// How often they were shared out.
    pub generation: i64,
}

/// What this worker keeps at work.
pub struct Herding {
    ledger: Arc<dyn Ledger>,
    hands: Arc<dyn Hands>,
    worker_id: String,
    held: BTreeMap<Unit, Held>,
    ends: FuturesUnordered<Doing<(Unit, u64, Outcome)>>,
    started: u64,
    generation: i64,
    outbox: Vec<StatusRecord>,
}

/// What this worker has in its hands.
struct Held {
    want: Want,
    phase: Phase,
    stop: Shutdown,
    // Which start of it: the end of another one is of no interest.
    number: u64,
    // What was said of it last, with its trace.
    said: Option<(State, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Something runs.
    Busy,
    /// It was asked to stop, and has not yet.
    Ending,
    /// Nothing runs, and nothing has to.
    Idle,
    /// It failed.
    Failed,
    /// It is started again then.
    Waits(Instant),
}

enum Outcome {
    /// A connector is prepared, and its tasks are written: topics that they use.
    Prepared(Result<Vec<String>, String>),
    /// A task has ended.
    Ended(Result<Ended, String>),
}

impl Herding {
    /// Nothing is held yet.
    pub fn new(ledger: Arc<dyn Ledger>, hands: Arc<dyn Hands>, worker_id: &str) -> Herding {
        let (held, ends, outbox) = (BTreeMap::new(), FuturesUnordered::new(), Vec::new());
        Herding { ledger, hands, worker_id: worker_id.to_owned(), held, ends, started: 0, generation: 0, outbox }
    }

    /// Keeps at it until a stop is asked for; then everything is ended, and waited for.
    pub async fn run(mut self, mut sharing: watch::Receiver<Sharing>, stop: &Shutdown) {
        let mut changes = self.ledger.book().changes();
        while !stop.requested() {
            let now = sharing.borrow_and_update().clone();
            changes.mark_unchanged();
            self.generation = now.generation;
            self.settle(&now.slots);
            self.tell().await;
            tokio::select! {
                () = stop.wait() => {}
                Ok(()) = changes.changed() => {}
                // Who is by itself is told once, and never again.
                Ok(()) = sharing.changed() => {}
                Some((unit, number, outcome)) = self.ends.next() => self.ended(&unit, number, outcome),
                () = tokio::time::sleep(LOOK), if self.someone_waits() => {}
            }
        }
        self.end_all().await;
    }

    fn someone_waits(&self) -> bool {
        self.held.values().any(|held| matches!(held.phase, Phase::Waits(_)))
    }

    /// Brings what is held to what is wanted, as far as that goes at once.
    fn settle(&mut self, slots: &Slots) {
        let wanted = self.ledger.book().read(|pages| wants(&pages.catalog, slots));
        for (unit, held) in &mut self.held {
            if !wanted.contains_key(unit) && held.phase == Phase::Busy {
                held.stop.trigger();
                held.phase = Phase::Ending;
            }
        }
        let gone: Vec<Unit> = self
            .held
            .iter()
            .filter(|(unit, held)| !wanted.contains_key(*unit) && held.phase != Phase::Ending)
            .map(|(unit, _)| unit.clone())
            .collect();
        for unit in gone {
            self.let_go(&unit);
        }
        for (unit, want) in wanted {
            self.bring(&unit, want);
        }
        self.forget_what_is_no_more(slots);
        self.insist();
    }

    /// Says again what is so where its last worker has said behind it that nobody has it: it let go of it before it could
    /// know who has it now.
    fn insist(&mut self) {
        let denied = self.ledger.book().read(|pages| {
            let is_denied = |unit: &Unit| {
                let standing = pages.statuses.of(unit);
                standing.is_some_and(|one| one.state == State::Unassigned && one.worker_id != self.worker_id)
            };
            let said = self.held.iter().filter(|(unit, _)| is_denied(unit));
            said.filter_map(|(unit, held)| Some((unit.clone(), held.said.clone()?))).collect::<Vec<_>>()
        });
        for (unit, (state, trace)) in denied {
            self.say(&unit, state, &trace);
        }
    }

    /// Brings one connector or task to what it is to do.
    fn bring(&mut self, unit: &Unit, want: Want) {
        let Some(held) = self.held.get_mut(unit) else {
            self.begin(unit, want);
            return;
        };
        let restart = held.want.restart_at < want.restart_at && (!want.only_failed || held.phase == Phase::Failed);
        let other = held.want.target != want.target || held.want.version != want.version;
        let due = matches!(held.phase, Phase::Waits(at) if at <= Instant::now());
        if !(restart || other || due) {
            held.want.restart_at = want.restart_at;
            return;
        }
        match held.phase {
            Phase::Busy => {
                held.stop.trigger();
                held.phase = Phase::Ending;
            }
            // Begun anew when it has ended.
            Phase::Ending => {}
            Phase::Idle | Phase::Failed | Phase::Waits(_) => {
                self.held.remove(unit);
                self.begin(unit, want);
            }
        }
    }

    fn begin(&mut self, unit: &Unit, want: Want) {
        let (stop, number) = (Shutdown::default(), self.started);
        self.started += 1;
        let (phase, state) = match (want.target, unit.task) {
            (TargetState::Started, None) => {
                let prepared = self.prepared(&unit.connector, &stop);
                self.after(unit, number, Box::pin(async { Outcome::Prepared(prepared.await) }));
                (Phase::Busy, None)
            }
            (TargetState::Started, Some(_)) => {
                let run = self.ledger.book().read(|pages| self.hands.run(unit, &pages.catalog, &stop));
                self.after(unit, number, Box::pin(async { Outcome::Ended(run.await) }));
                (Phase::Busy, Some(State::Running))
            }
            (TargetState::Paused, _) => (Phase::Idle, Some(State::Paused)),
            (TargetState::Stopped, None) => {
                let emptied = self.written(&unit.connector, Vec::new(), &stop);
                self.after(unit, number, Box::pin(async { Outcome::Prepared(emptied.await.map(|()| Vec::new())) }));
                (Phase::Busy, None)
            }
            (TargetState::Stopped, Some(_)) => (Phase::Idle, None),
        };
        self.held.insert(unit.clone(), Held { want, phase, stop, number, said: None });
        if let Some(state) = state {
            self.say(unit, state, "");
        }
    }

    fn after(&self, unit: &Unit, number: u64, outcome: Doing<Outcome>) {
        let unit = unit.clone();
        self.ends.push(Box::pin(async move { (unit, number, outcome.await) }));
    }

    /// Prepares a connector and writes its tasks.
    fn prepared(&self, name: &str, stop: &Shutdown) -> Doing<Result<Vec<String>, String>> {
        let (prepare, tasks) = self
            .ledger
            .book()
            .read(|pages| (self.hands.prepare(name, &pages.catalog, stop), self.hands.tasks_of(name, &pages.catalog)));
        let written = tasks.map(|tasks| self.written(name, tasks, stop));
        Box::pin(async move {
            let topics = prepare.await?;
            written?.await?;
            Ok(topics)
        })
    }

    /// Writes the tasks of a connector, unless they are as they are to be.
    fn written(
        &self,
        name: &str,
        tasks: Vec<super::entities::ConnectorConfig>,
        stop: &Shutdown,
    ) -> Doing<Result<(), String>> {
        let (ledger, name, stop) = (Arc::clone(&self.ledger), name.to_owned(), stop.clone());
        let is_so = move |catalog: &super::catalog::Catalog, name: &str, tasks: &[_]| {
            catalog.get(name).is_none_or(|entry| entry.tasks == tasks)
        };
        Box::pin(async move {
            let mut last = String::new();
            for _ in 0..WRITE_TRIES {
                if ledger.book().read(|pages| is_so(&pages.catalog, &name, &tasks)) {
                    return Ok(());
                }
                let (ledger, name, tasks) = (Arc::clone(&ledger), name.clone(), tasks.clone());
                let wrote = tokio::task::spawn_blocking(move || {
                    ledger.change(&mut |catalog| {
                        let so = is_so(catalog, &name, &tasks);
                        Ok(if so { Vec::new() } else { ConfigRecord::tasks(&name, &tasks) })
                    })
                });
                match wrote.await {
                    Ok(Ok(())) => return Ok(()),
                    Ok(Err(error)) => last = error.to_string(),
                    Err(error) => last = error.to_string(),
                }
                if stop.sleep(LOOK).await {
                    return Ok(());
                }
            }
            Err(format!("its tasks cannot be written to configs: {last}; restart the connector when Kafka is well"))
        })
    }

    fn ended(&mut self, unit: &Unit, number: u64, outcome: Outcome) {
        let Some(held) = self.held.get_mut(unit).filter(|held| held.number == number) else { return };
        if held.phase == Phase::Ending {
            // What is wanted of it now is seen next.
            self.let_go(unit);
            return;
        }
        let target = held.want.target;
        let (phase, state, trace) = match outcome {
            Outcome::Prepared(Ok(topics)) => {
                for topic in topics {
                    self.outbox.push(StatusRecord::topic(&unit.connector, &topic, true));
                }
                let state = if target == TargetState::Stopped { State::Stopped } else { State::Running };
                (Phase::Idle, Some(state), String::new())
            }
            Outcome::Prepared(Err(trace)) | Outcome::Ended(Err(trace)) => (Phase::Failed, Some(State::Failed), trace),
            // A source without anything left to read is well.
            Outcome::Ended(Ok(Ended::Done | Ended::Stopped)) => (Phase::Idle, None, String::new()),
            Outcome::Ended(Ok(Ended::TakenOver)) => {
                (Phase::Waits(Instant::now() + TAKEN_OVER_PAUSE), Some(State::Unassigned), String::new())
            }
        };
        if let Some(held) = self.held.get_mut(unit) {
            held.phase = phase;
        }
        if let Some(state) = state {
            if state == State::Failed {
                tracing::error!(unit = %unit, trace, "it has failed");
            }
            self.say(unit, state, &trace);
        }
    }

    /// Lets go of something that does not run; if it still is, and nobody else has said so, it has no worker.
    fn let_go(&mut self, unit: &Unit) {
        self.held.remove(unit);
        let ours = self.ledger.book().read(|pages| {
            let there = pages.catalog.get(&unit.connector).is_some();
            there && pages.statuses.of(unit).is_some_and(|standing| standing.worker_id == self.worker_id)
        });
        if ours {
            self.say(unit, State::Unassigned, "");
        }
    }

    /// Removes the states of connectors and tasks that are no more, where they would be this worker's.
    fn forget_what_is_no_more(&mut self, slots: &Slots) {
        let gone: Vec<Unit> = self.ledger.book().read(|pages| {
            let is_gone = |unit: &Unit| match (pages.catalog.get(&unit.connector), unit.task) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(entry), Some(task)) => entry.tasks.len() <= usize::try_from(task).unwrap_or(usize::MAX),
            };
            pages
                .statuses
                .all()
                .map(|(unit, _)| unit)
                .filter(|unit| slots.have(unit) && is_gone(unit))
                .cloned()
                .collect()
        });
        for unit in gone.iter().filter(|unit| !self.held.contains_key(unit)) {
            self.outbox.push(StatusRecord::gone(unit));
        }
    }

    fn say(&mut self, unit: &Unit, state: State, trace: &str) {
        tracing::info!(unit = %unit, state = state.word(), "state");
        if let Some(held) = self.held.get_mut(unit) {
            held.said = Some((state, trace.to_owned()));
        }
        let standing = Standing {
            state,
            trace: trace.to_owned(),
            worker_id: self.worker_id.clone(),
            generation: self.generation,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        self.outbox.push(StatusRecord::standing(unit, &standing));
    }

    /// Writes what there is to say; in order, because nothing else is done meanwhile.
    async fn tell(&mut self) {
        if self.outbox.is_empty() {
            return;
        }
        let (ledger, records) = (Arc::clone(&self.ledger), std::mem::take(&mut self.outbox));
        if let Err(error) = tokio::task::spawn_blocking(move || ledger.say(&records)).await {
            tracing::warn!(%error, "states of connectors were not written");
        }
    }

    async fn end_all(&mut self) {
        for held in self.held.values_mut() {
            held.stop.trigger();
            if held.phase == Phase::Busy {
                held.phase = Phase::Ending;
            }
        }
        while self.held.values().any(|held| held.phase == Phase::Ending) {
            let Some((unit, number, outcome)) = self.ends.next().await else { break };
            self.ended(&unit, number, outcome);
        }
        for unit in self.held.keys().cloned().collect::<Vec<_>>() {
            self.let_go(&unit);
        }
        self.tell().await;
    }
}

#[cfg(test)]
mod tests;
