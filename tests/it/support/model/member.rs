//! Edge: a place in a group.

use std::time::Duration;

use handletime::kafka::error::KafkaFailure;
use handletime::kafka::member::Change;
use handletime::process::broker::Membership;

use super::faces::Model;
use super::groups::{Group, MemberId};

/// A place in a group.
#[derive(Clone, Debug)]
pub struct ModelMember {
    model: Model,
    group: String,
    id: MemberId,
}

impl ModelMember {
    pub fn new(model: &Model, group: &str, id: MemberId) -> ModelMember {
        ModelMember { model: model.clone(), group: group.to_owned(), id }
    }

    pub fn group(&self) -> &str {
        &self.group
    }

    pub fn id(&self) -> MemberId {
        self.id
    }

    fn of_group<T>(&self, act: impl FnOnce(&mut Group) -> T) -> T {
        act(self.model.lock().groups.entry(self.group.clone()).or_default())
    }
}

impl Membership for ModelMember {
    type Group = (String, MemberId);

    fn beat(&self, _: Duration) {
        self.model.moment(&mut self.model.lock());
    }

    fn take_changes(&self) -> Vec<Change> {
        self.of_group(|group| group.take_changes(self.id))
    }

    fn has_changes(&self) -> bool {
        self.of_group(|group| group.has_changes(self.id))
    }

    fn rejoin(&mut self) -> Result<(), KafkaFailure> {
        self.id = self.of_group(Group::rejoin);
        Ok(())
    }

    fn accept(&self, _: &[i32]) -> Result<(), KafkaFailure> {
        self.model.call("accept", |state| {
            state.groups.entry(self.group.clone()).or_default().answered(self.id);
            Ok(())
        })
    }

    fn release(&self, partitions: &[i32]) -> Result<(), KafkaFailure> {
        self.model.call("release", |state| {
            state.groups.entry(self.group.clone()).or_default().release(self.id, partitions);
            Ok(())
        })
    }

    fn metadata(&self) -> Result<(String, MemberId), KafkaFailure> {
        self.model.call("metadata", |_| Ok((self.group.clone(), self.id)))
    }

    fn committed(&self, partition: i32) -> Result<Option<i64>, KafkaFailure> {
        let key = (self.group.clone(), partition);
        self.model.call("committed", |state| Ok(state.log.group_offsets.get(&key).copied()))
    }
}
