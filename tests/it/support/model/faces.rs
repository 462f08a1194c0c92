//! Edge: the calls of a room, answered by the model.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use handletime::kafka::error::KafkaFailure;
use handletime::process::broker::{Broker, Place, Ranges, Taken, TaskProducer, TaskReader};
use handletime::process::failure::TaskFailure;
use handletime::topology::record::{InputRecord, Produce};

use super::faults::{Crashed, Fault, Refusal};
use super::groups::{Group, MemberId};
use super::log::{Log, Number, Standing};
use super::member::ModelMember;
use super::producer::ModelProducer;

/// How long a frozen process may stay so before the test is taken for broken.
const THAWED_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) log: Log,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) epochs: BTreeMap<String, u64>,
    pub(super) open: BTreeMap<String, Number>,
    faults: BTreeMap<usize, Fault>,
    calls: Vec<&'static str>,
    pub(super) now: u64,
    /// How often the broker was gone.
    pub(super) losses: usize,
    frozen: bool,
    thawed: bool,
}

/// A broker; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Model {
    shared: Arc<(Mutex<State>, Condvar)>,
    pub(super) partitions: i32,
    /// How many moments later a marker follows its commit.
    lag: u64,
    /// How many records a reader gives before it gives nothing once, so that a history falls into many transactions.
    at_once: usize,
}

impl Model {
    pub fn new(partitions: i32, lag: u64, at_once: usize) -> Model {
        Model { shared: Arc::default(), partitions, lag, at_once }
    }

    /// What befalls later calls, by their number.
    pub fn befall(&self, faults: impl IntoIterator<Item = (usize, Fault)>) {
        self.lock().faults.extend(faults);
    }

    /// All calls so far, by what they were for.
    pub fn calls(&self) -> Vec<&'static str> {
        self.lock().calls.clone()
    }

    /// Appends committed records, each at its offset.
    pub fn load(&self, place: &super::log::Place, records: &[(i64, Produce)]) {
        let mut state = self.lock();
        for (offset, record) in records {
            state.log.leave_out_to(place, *offset);
            let number = state.log.begin("source");
            assert_eq!(state.log.append(number, place, record), *offset, "a record keeps its offset");
            let now = state.now;
            state.log.decide(number, true, now);
            // Its marker is among the offsets that are left out.
            state.log.mark_silently(number);
        }
    }

    /// A member of a group that owns nothing yet.
    pub fn member(&self, group: &str) -> ModelMember {
        let id = self.lock().groups.entry(group.to_owned()).or_default().join();
        ModelMember::new(self, group, id)
    }

    /// All others of the group are taken for dead; `member` owns everything.
    pub fn inherit(&self, member: &ModelMember) {
        let mut state = self.lock();
        state.groups.entry(member.group().to_owned()).or_default().inherit(member.id(), self.partitions);
    }

    /// A member loses everything, and its group never answers it again.
    pub fn forget(&self, member: &ModelMember) {
        self.lock().groups.entry(member.group().to_owned()).or_default().forget(member.id());
    }

    /// A partition is handed over in an orderly way.
    pub fn hand_over(&self, partition: i32, heir: &ModelMember) {
        self.lock().groups.entry(heir.group().to_owned()).or_default().hand_over(partition, heir.id());
    }

    /// Waits until a process is frozen; `false` when `ended` says that it came to its end instead.
    pub fn wait_until_frozen(&self, ended: impl Fn() -> bool) -> bool {
        let mut state = self.lock();
        while !state.frozen {
            if ended() {
                return false;
            }
            state = self.shared.1.wait_timeout(state, Duration::from_millis(5)).unwrap().0;
        }
        true
    }

    /// Wakes the frozen process.
    pub fn thaw(&self) {
        self.lock().thawed = true;
        self.shared.1.notify_all();
    }

    /// Every committed record of every partition, in order.
    pub fn committed(&self) -> Vec<(super::log::Place, Vec<Standing>)> {
        let mut state = self.lock();
        state.log.mark(u64::MAX);
        let mut all = Vec::new();
        for place in state.log.places() {
            let (mut records, mut from) = (Vec::new(), 0);
            while let Some((offset, record)) = state.log.next(&place, from) {
                records.push(record.clone());
                from = offset + 1;
            }
            all.push((place, records));
        }
        all
    }

    /// Transactions that nobody has ended.
    pub fn open_transactions(&self) -> usize {
        self.lock().log.open_transactions()
    }

    /// What a group has committed for a partition.
    pub fn group_offset(&self, group: &str, partition: i32) -> Option<i64> {
        self.lock().log.group_offsets.get(&(group.to_owned(), partition)).copied()
    }

    /// Overwrites what a group has committed, as a person with a command line tool may.
    pub fn alter_group_offset(&self, group: &str, partition: i32, offset: Option<i64>) {
        let offsets = &mut self.lock().log.group_offsets;
        match offset {
            Some(offset) => offsets.insert((group.to_owned(), partition), offset),
            None => offsets.remove(&(group.to_owned(), partition)),
        };
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap()
    }

    /// A moment passes.
    pub(super) fn moment(&self, state: &mut State) {
        state.now += 1;
        let until = state.now.saturating_sub(self.lag);
        if self.lag <= state.now {
            state.log.mark(until);
        }
    }

    pub(super) fn call<T>(
        &self,
        doing: &'static str,
        effect: impl FnOnce(&mut State) -> Result<T, KafkaFailure>,
    ) -> Result<T, KafkaFailure> {
        let mut state = self.lock();
        self.moment(&mut state);
        let number = state.calls.len();
        state.calls.push(doing);
        match state.faults.remove(&number) {
            None => effect(&mut state),
            Some(Fault::Crash { after }) => {
                if after {
                    let _ = effect(&mut state);
                }
                drop(state);
                std::panic::resume_unwind(Box::new(Crashed))
            }
            Some(Fault::CrashOfAll) => {
                let _ = effect(&mut state);
                state.log.forget_markers();
                state.losses += 1;
                drop(state);
                std::panic::resume_unwind(Box::new(Crashed))
            }
            Some(Fault::LoseMarkers) => {
                let outcome = effect(&mut state);
                state.log.forget_markers();
                state.losses += 1;
                outcome
            }
            Some(Fault::Refuse { refusal, after }) if refusal.may_befall(doing, after) => {
                if after {
                    effect(&mut state)?;
                }
                Err(refusal.failure(doing))
            }
            Some(Fault::Refuse { .. }) => effect(&mut state),
            Some(Fault::Freeze { after: false }) => effect(&mut self.freeze(state)),
            Some(Fault::Freeze { after: true }) => {
                let outcome = effect(&mut state);
                drop(self.freeze(state));
                outcome
            }
        }
    }

    fn freeze<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.frozen = true;
        self.shared.1.notify_all();
        let waited = self.shared.1.wait_timeout_while(state, THAWED_WITHIN, |state| !state.thawed).unwrap();
        assert!(!waited.1.timed_out(), "nobody woke the frozen process");
        waited.0
    }

    /// Asks again until a partition is decided up to `to`.
    fn wait_until_decided(&self, place: Place<'_>, to: i64) -> Result<(), KafkaFailure> {
        for _ in 0..1_000 {
            if to <= self.decided(place, Duration::ZERO)? {
                return Ok(());
            }
        }
        Err(Refusal::Transient.failure("waiting for commit markers"))
    }
}

fn owned((topic, partition): Place<'_>) -> super::log::Place {
    (topic.to_owned(), partition)
}

impl Ranges for Model {
    fn all(&self, place: Place<'_>) -> Result<(i64, i64), KafkaFailure> {
        self.call("all", |state| Ok((0, state.log.end(&owned(place)))))
    }

    fn decided(&self, place: Place<'_>, _: Duration) -> Result<i64, KafkaFailure> {
        self.call("decided", |state| Ok(state.log.decided(&owned(place))))
    }

    fn is_decided(&self, place: Place<'_>, to: i64, _: Duration) -> Result<bool, KafkaFailure> {
        for _ in 0..2 * self.lag + 2 {
            if to <= self.decided(place, Duration::ZERO)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn topics(&self) -> Result<Vec<(String, i32)>, KafkaFailure> {
        self.call("topics", |state| {
            let mut partitions: BTreeMap<String, i32> = BTreeMap::new();
            for (topic, partition) in state.log.places() {
                let known = partitions.entry(topic).or_default();
                *known = (*known).max(partition + 1);
            }
            Ok(partitions.into_iter().collect())
        })
    }

    fn each(
        &self,
        _: &str,
        place: Place<'_>,
        (from, to): (i64, i64),
        beat: &mut dyn FnMut(),
        take: &mut dyn FnMut(InputRecord<'_>) -> Result<(), TaskFailure>,
    ) -> Result<(), TaskFailure> {
        if to <= from {
            return Ok(());
        }
        self.wait_until_decided(place, to)?;
        beat();
        let records = self.call("each", |state| {
            let (mut records, mut from) = (Vec::new(), from);
            while let Some((offset, record)) = state.log.next(&owned(place), from).filter(|(offset, _)| *offset < to) {
                records.push((offset, record.clone()));
                from = offset + 1;
            }
            Ok(records)
        })?;
        records.iter().try_for_each(|(offset, record)| take(input(*offset, record)))
    }
}

fn input(offset: i64, record: &Standing) -> InputRecord<'_> {
    InputRecord { offset, key: record.key.as_deref(), value: record.value.as_deref() }
}

impl Broker for Model {
    type Group = (String, MemberId);
    type Producer = ModelProducer;
    type Reader = ModelReader;

    fn renew(&mut self) {}

    fn take_over(&self, transactional_id: &str) -> Result<ModelProducer, KafkaFailure> {
        let epoch = self.call("take_over", |state| {
            if let Some(number) = state.open.remove(transactional_id) {
                let now = state.now;
                state.log.decide(number, false, now);
            }
            let epoch = state.epochs.entry(transactional_id.to_owned()).or_default();
            *epoch += 1;
            Ok(*epoch)
        })?;
        Ok(ModelProducer::new(self, transactional_id, epoch))
    }

    fn settle(
        &self,
        producer: &ModelProducer,
        places: &[(String, i32)],
        beat: &mut dyn FnMut(),
    ) -> Result<(), KafkaFailure> {
        beat();
        let ends = |state: &mut State| places.iter().map(|place| (place.clone(), state.log.end(place))).collect();
        let ends: Vec<(super::log::Place, i64)> = self.call("ends", |state| Ok(ends(state)))?;
        let waited = 2 * self.lag + 2;
        for _ in 0..waited {
            let decided = |state: &mut State| ends.iter().all(|(place, end)| *end <= state.log.decided(place));
            if self.call("decided", |state| Ok(decided(state)))? {
                return Ok(());
            }
        }
        let undecided = |state: &State| -> Vec<super::log::Place> {
            let undecided = ends.iter().filter(|(place, end)| state.log.decided(place) < *end);
            undecided.map(|(place, _)| place.clone()).collect()
        };
        producer.begin()?;
        let strays: Vec<Produce> = undecided(&self.lock())
            .into_iter()
            .map(|(topic, partition)| Produce { topic, partition: Some(partition), ..Produce::default() })
            .collect();
        producer.send(&strays, &str::to_owned)?;
        producer.drain()?;
        producer.abort()
    }

    fn reader(&self, _: &str, _: &str) -> Result<ModelReader, KafkaFailure> {
        self.call("reader", |_| Ok(()))?;
        Ok(ModelReader { model: self.clone(), positions: RefCell::default(), given: Cell::new(0) })
    }
}

/// Reads partitions from given offsets.
#[derive(Debug)]
pub struct ModelReader {
    model: Model,
    positions: RefCell<Vec<(String, i32, i64)>>,
    given: Cell<usize>,
}

impl TaskReader for ModelReader {
    fn assign(&self, partitions: &[(String, i32, i64)]) -> Result<(), KafkaFailure> {
        self.model.call("assign", |_| Ok(()))?;
        *self.positions.borrow_mut() = partitions.to_vec();
        Ok(())
    }

    fn poll(
        &self,
        _: Duration,
        take: &mut dyn FnMut(&str, InputRecord<'_>) -> Result<(), TaskFailure>,
    ) -> Result<Taken, TaskFailure> {
        if self.given.get() == self.model.at_once {
            self.given.set(0);
            return Ok(Taken::Nothing);
        }
        let polled = self.model.call("poll", |state| {
            for (topic, partition, next) in self.positions.borrow_mut().iter_mut() {
                if let Some((offset, record)) = state.log.next(&(topic.clone(), *partition), *next) {
                    *next = offset + 1;
                    return Ok(Some((topic.clone(), offset, record.clone())));
                }
            }
            Ok(None)
        });
        match polled? {
            Some((topic, offset, record)) => {
                self.given.set(self.given.get() + 1);
                take(&topic, input(offset, &record)).map(|()| Taken::Record)
            }
            None => {
                self.given.set(0);
                Ok(Taken::Nothing)
            }
        }
    }
}
