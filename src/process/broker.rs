//! What the tasks of a room need of a broker, so that they can be driven against a model of one. Edge: every call may block.
//!
//! `over_kafka` answers with librdkafka. Whatever else implements this must keep the broker's promises: a transaction is
//! seen as a whole or not at all, an id that was taken over fences its former holder, and a commit may be decided before
//! readers of committed records see it.

use std::fmt::Debug;
use std::time::Duration;

use super::failure::TaskFailure;
use crate::domain::time::InstantMs;
use crate::kafka::error::KafkaFailure;
use crate::kafka::member::Change;
use crate::kafka::producer::Delivered;
use crate::kafka::statistics::Ahead;
use crate::topology::record::{InputRecord, Produce};

/// A partition by the full name of its topic.
pub type Place<'a> = (&'a str, i32);

/// Where partitions begin and end, and what stands in them.
pub trait Ranges {
    /// First offset that is there, and the offset after the last record of all, decided or not.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn all(&self, place: Place<'_>) -> Result<(i64, i64), KafkaFailure>;

    /// The last stable offset: everything before it is decided; fails when the answer takes longer than `wait`.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn decided(&self, place: Place<'_>, wait: Duration) -> Result<i64, KafkaFailure>;

    /// Whether everything before `to` is decided, or is within `wait`.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn is_decided(&self, place: Place<'_>, to: i64, wait: Duration) -> Result<bool, KafkaFailure>;

    /// The full names of all topics, each with its number of partitions.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn topics(&self) -> Result<Vec<(String, i32)>, KafkaFailure>;

    /// Gives the committed records of `[from, to)` in their order, where `to` is an end as [`Ranges::all`] says it; waits
    /// until all before `to` is decided. `beat` is called now and then.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says, or what `take` returns.
    fn each(
        &self,
        group_id: &str,
        place: Place<'_>,
        range: (i64, i64),
        beat: &mut dyn FnMut(),
        take: &mut dyn FnMut(InputRecord<'_>) -> Result<(), TaskFailure>,
    ) -> Result<(), TaskFailure>;
}

/// A broker, to a thread of a room.
pub trait Broker: Ranges + Debug {
    /// What a transaction needs to know of the group.
    type Group;
    /// Holds a transactional id.
    type Producer: TaskProducer<Group = Self::Group>;
    /// Reads the input of a task.
    type Reader: TaskReader;

    /// Lets go of handles that may be what a failure hangs on, and makes others.
    fn renew(&mut self);

    /// Takes a transactional id over: ends the transaction of the former holder and fences it.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn take_over(&self, transactional_id: &str) -> Result<Self::Producer, KafkaFailure>;

    /// Waits until everything that stands in these partitions now is decided. What a transaction of `producer`'s id left
    /// there without an end is aborted, in all of them together: they must be all that it may have written to. What another
    /// id left without an end stays so.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn settle(
        &self,
        producer: &Self::Producer,
        places: &[(String, i32)],
        beat: &mut dyn FnMut(),
    ) -> Result<(), KafkaFailure>;

    /// A reader of nothing yet.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn reader(&self, group_id: &str, client_id: &str) -> Result<Self::Reader, KafkaFailure>;
}

/// One transactional id's holder. In order: begin, send, drain, send the offset, commit; or abort at any step.
pub trait TaskProducer: Debug {
    /// What a transaction needs to know of the group.
    type Group;

    /// The process has been asked to stop: no call is waited for longer than there is time for.
    fn hurry(&self) {}

    /// Nothing is sent for a while: takes what the client has to tell.
    fn serve(&self) {}

    /// Begins a transaction.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn begin(&self) -> Result<(), KafkaFailure>;

    /// Hands records over, in order. `name` gives a topic's full name.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; some of the records may be on their way.
    fn send(&self, records: &[Produce], name: &dyn Fn(&str) -> String) -> Result<(), KafkaFailure>;

    /// Waits until all that was sent is delivered.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn drain(&self) -> Result<(), KafkaFailure>;

    /// Whether a connection was lost since the last commit began.
    fn disturbed(&self) -> bool;

    /// Where the records of the running transaction stand; complete once they are drained.
    fn delivered(&self) -> Vec<Delivered>;

    /// Puts the next input offset into the transaction.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn send_offset(&self, place: Place<'_>, next_offset: i64, group: &Self::Group) -> Result<(), KafkaFailure>;

    /// Commits.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; after `Replace` and `Fenced` it is not known whether it was committed.
    fn commit(&self) -> Result<(), KafkaFailure>;

    /// Aborts.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn abort(&self) -> Result<(), KafkaFailure>;
}

/// What a look at a reader gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A record was taken.
    Record,
    /// Nothing was there within the time given.
    Nothing,
    /// The position is not in the log.
    OutOfRange,
}

/// Reads partitions that are assigned by hand.
pub trait TaskReader: Debug {
    /// Reads these partitions, each with its full topic name and next offset; what was fetched before is forgotten.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn assign(&self, partitions: &[(String, i32, i64)]) -> Result<(), KafkaFailure>;

    /// What lies before the reader in a partition; `None` where that is not known.
    fn ahead(&self, _place: Place<'_>) -> Option<Ahead> {
        None
    }

    /// When the record was written that was given last; `None` where that is not known.
    fn written_at(&self) -> Option<InstantMs> {
        None
    }

    /// Gives the next committed record with the full name of its topic, if there is one within `wait`.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says, or what `take` returns.
    fn poll(
        &self,
        wait: Duration,
        take: &mut dyn FnMut(&str, InputRecord<'_>) -> Result<(), TaskFailure>,
    ) -> Result<Taken, TaskFailure>;
}

/// A place in a group.
pub trait Membership: Debug {
    /// What a transaction needs to know of the group.
    type Group;

    /// Serves heartbeats and rebalances for up to `wait`.
    fn beat(&self, wait: Duration);

    /// Changes of the assignment that wait for their answer, oldest first.
    fn take_changes(&self) -> Vec<Change>;

    /// Whether changes wait for their answer.
    fn has_changes(&self) -> bool;

    /// Joins the group as another member, and leaves it as this one. Nothing is owned.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; then everything is as it was.
    fn rejoin(&mut self) -> Result<(), KafkaFailure>;

    /// Accepts partitions.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn accept(&self, partitions: &[i32]) -> Result<(), KafkaFailure>;

    /// Lets partitions go.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn release(&self, partitions: &[i32]) -> Result<(), KafkaFailure>;

    /// What a transaction needs to know of the group now; to be asked anew for each.
    ///
    /// # Errors
    /// Transient, while the member has not joined.
    fn metadata(&self) -> Result<Self::Group, KafkaFailure>;

    /// The group's committed next offset of a partition; `None` when there is none.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    fn committed(&self, partition: i32) -> Result<Option<i64>, KafkaFailure>;
}
