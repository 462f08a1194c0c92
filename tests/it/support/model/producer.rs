//! Edge: the holder of a transactional id, and what its client remembers of its own failures.

use std::cell::{Cell, RefCell};

use handletime::kafka::error::KafkaFailure;
use handletime::kafka::producer::Delivered;
use handletime::process::broker::{Place, TaskProducer};
use handletime::topology::partition::partition_of;
use handletime::topology::record::Produce;

use super::faces::{Model, State};
use super::faults::Refusal;
use super::groups::MemberId;

/// What a client remembers of its own failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Well,
    NeedsAbort,
    Dead,
}

/// Holds a transactional id, until another takes it.
#[derive(Debug)]
pub struct ModelProducer {
    model: Model,
    id: String,
    epoch: u64,
    condition: Cell<Condition>,
    delivered: RefCell<Vec<Delivered>>,
    seen_losses: Cell<usize>,
}

impl ModelProducer {
    pub fn new(model: &Model, transactional_id: &str, epoch: u64) -> ModelProducer {
        let (model, id) = (model.clone(), transactional_id.to_owned());
        let (condition, seen_losses) = (Cell::new(Condition::Well), Cell::new(model.lock().losses));
        ModelProducer { model, id, epoch, condition, delivered: RefCell::default(), seen_losses }
    }

    fn step<T>(
        &self,
        doing: &'static str,
        effect: impl FnOnce(&mut State) -> Result<T, KafkaFailure>,
    ) -> Result<T, KafkaFailure> {
        match self.condition.get() {
            Condition::Well => {}
            Condition::NeedsAbort if doing == "abort" => {}
            Condition::NeedsAbort => return Err(Refusal::Abortable.failure(doing)),
            Condition::Dead => return Err(Refusal::Replace.failure(doing)),
        }
        let outcome = self.model.call(doing, |state| {
            if state.epochs.get(&self.id) != Some(&self.epoch) {
                return Err(Refusal::Fenced.failure(doing));
            }
            effect(state)
        });
        match &outcome {
            Ok(_) => {}
            Err(KafkaFailure::Abortable { .. }) => self.condition.set(Condition::NeedsAbort),
            Err(_) => self.condition.set(Condition::Dead),
        }
        outcome
    }
}

impl TaskProducer for ModelProducer {
    type Group = (String, MemberId);

    fn begin(&self) -> Result<(), KafkaFailure> {
        self.delivered.borrow_mut().clear();
        self.step("begin", |state| {
            assert!(!state.open.contains_key(&self.id), "{} begins twice", self.id);
            let number = state.log.begin(&self.id);
            state.open.insert(self.id.clone(), number);
            Ok(())
        })
    }

    fn send(&self, records: &[Produce], name: &dyn Fn(&str) -> String) -> Result<(), KafkaFailure> {
        let mut delivered = self.delivered.borrow_mut();
        self.step("send", |state| {
            let number = *state.open.get(&self.id).expect("a transaction was begun");
            for record in records {
                let key = record.key.as_deref().unwrap_or_default();
                let partition = record.partition.unwrap_or_else(|| partition_of(key, self.model.partitions));
                let place = (name(&record.topic), partition);
                let offset = state.log.append(number, &place, record);
                let (topic, partition) = place;
                match delivered.iter_mut().find(|at: &&mut Delivered| at.topic == topic && at.partition == partition) {
                    Some(at) => at.last = offset,
                    None => delivered.push(Delivered { topic, partition, first: offset, last: offset }),
                }
            }
            Ok(())
        })
    }

    fn drain(&self) -> Result<(), KafkaFailure> {
        self.step("drain", |_| Ok(()))
    }

    fn disturbed(&self) -> bool {
        self.seen_losses.get() != self.model.lock().losses
    }

    fn delivered(&self) -> Vec<Delivered> {
        self.delivered.borrow().clone()
    }

    fn send_offset(
        &self,
        (_, partition): Place<'_>,
        next_offset: i64,
        (group, member): &(String, MemberId),
    ) -> Result<(), KafkaFailure> {
        self.step("send_offset", |state| {
            if state.groups.get(group).is_some_and(|group| group.is_gone(*member)) {
                return Err(Refusal::Abortable.failure("send_offset"));
            }
            let number = *state.open.get(&self.id).expect("a transaction was begun");
            state.log.note_offset(number, group, partition, next_offset);
            Ok(())
        })
    }

    fn commit(&self) -> Result<(), KafkaFailure> {
        self.seen_losses.set(self.model.lock().losses);
        self.step("commit", |state| {
            let number = state.open.remove(&self.id).expect("a transaction was begun");
            let now = state.now;
            state.log.decide(number, true, now);
            Ok(())
        })
    }

    fn abort(&self) -> Result<(), KafkaFailure> {
        self.step("abort", |state| {
            if let Some(number) = state.open.remove(&self.id) {
                let now = state.now;
                state.log.decide(number, false, now);
            }
            Ok(())
        })?;
        self.condition.set(Condition::Well);
        Ok(())
    }
}
