//! A real broker, as the tasks of a room need it. Edge.

use std::sync::Arc;
use std::time::Duration;

use super::broker::{Broker, Membership, Place, Ranges, Taken, TaskProducer, TaskReader};
use super::failure::TaskFailure;
use crate::config::typed::WorkerConfig;
use crate::domain::time::InstantMs;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::member::{Change, GroupMetadata, Member};
use crate::kafka::producer::{Delivered, TransactionalProducer};
use crate::kafka::reader::{Polled, Reader, input, read_range, topic_of};
use crate::kafka::statistics::Ahead;
use crate::runtime::shutdown::Shutdown;
use crate::topology::record::{InputRecord, Produce};

/// Reads ranges with handles that somebody else holds.
#[derive(Clone, Copy, Debug)]
pub struct KafkaRanges<'a> {
    /// Where the brokers are.
    pub worker: &'a WorkerConfig,
    /// Who is asked where partitions begin and end.
    pub bounds: &'a Bounds,
}

impl Ranges for KafkaRanges<'_> {
    fn all(&self, (topic, partition): Place<'_>) -> Result<(i64, i64), KafkaFailure> {
        self.bounds.all(topic, partition)
    }

    fn decided(&self, (topic, partition): Place<'_>, wait: Duration) -> Result<i64, KafkaFailure> {
        self.bounds.decided_within(topic, partition, wait).map(|(_, decided)| decided)
    }

    fn is_decided(&self, (topic, partition): Place<'_>, to: i64, wait: Duration) -> Result<bool, KafkaFailure> {
        self.bounds.is_decided(topic, partition, to, wait)
    }

    fn topics(&self) -> Result<Vec<(String, i32)>, KafkaFailure> {
        self.bounds.topics()
    }

    fn each(
        &self,
        group_id: &str,
        place: Place<'_>,
        range: (i64, i64),
        beat: &mut dyn FnMut(),
        take: &mut dyn FnMut(InputRecord<'_>) -> Result<(), TaskFailure>,
    ) -> Result<(), TaskFailure> {
        read_range(self.worker, self.bounds, group_id, place, range, beat, &mut |record| take(input(record)))
    }
}

/// The brokers of a worker.
#[derive(Debug)]
pub struct KafkaBroker {
    worker: Arc<WorkerConfig>,
    group_id: String,
    bounds: Bounds,
    stop: Shutdown,
}

impl KafkaBroker {
    /// Handles of their own, none of which holds a `stop` up.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn new(worker: &Arc<WorkerConfig>, group_id: &str, stop: &Shutdown) -> Result<KafkaBroker, KafkaFailure> {
        let bounds = Bounds::new(worker, group_id)?.until(stop);
        Ok(KafkaBroker { worker: Arc::clone(worker), group_id: group_id.to_owned(), bounds, stop: stop.clone() })
    }

    fn ranges(&self) -> KafkaRanges<'_> {
        KafkaRanges { worker: &self.worker, bounds: &self.bounds }
    }
}

impl Ranges for KafkaBroker {
    fn all(&self, place: Place<'_>) -> Result<(i64, i64), KafkaFailure> {
        self.ranges().all(place)
    }

    fn decided(&self, place: Place<'_>, wait: Duration) -> Result<i64, KafkaFailure> {
        self.ranges().decided(place, wait)
    }

    fn is_decided(&self, place: Place<'_>, to: i64, wait: Duration) -> Result<bool, KafkaFailure> {
        self.ranges().is_decided(place, to, wait)
    }

    fn topics(&self) -> Result<Vec<(String, i32)>, KafkaFailure> {
        self.ranges().topics()
    }

    fn each(
        &self,
        group_id: &str,
        place: Place<'_>,
        range: (i64, i64),
        beat: &mut dyn FnMut(),
        take: &mut dyn FnMut(InputRecord<'_>) -> Result<(), TaskFailure>,
    ) -> Result<(), TaskFailure> {
        self.ranges().each(group_id, place, range, beat, take)
    }
}

impl Broker for KafkaBroker {
    type Group = GroupMetadata;
    type Producer = TransactionalProducer;
    type Reader = Reader;

    fn renew(&mut self) {
        match Bounds::new(&self.worker, &self.group_id) {
            Ok(bounds) => self.bounds = bounds.until(&self.stop),
            Err(error) => tracing::debug!(%error, "making clients anew"),
        }
    }

    fn take_over(&self, transactional_id: &str) -> Result<TransactionalProducer, KafkaFailure> {
        TransactionalProducer::take_over_until(&self.worker, transactional_id, &self.stop)
    }

    fn settle(
        &self,
        producer: &TransactionalProducer,
        places: &[(String, i32)],
        beat: &mut dyn FnMut(),
    ) -> Result<(), KafkaFailure> {
        producer.settle(&self.bounds, places, beat)
    }

    fn reader(&self, group_id: &str, client_id: &str) -> Result<Reader, KafkaFailure> {
        Reader::new(&self.worker, group_id, client_id)
    }
}

impl TaskProducer for TransactionalProducer {
    type Group = GroupMetadata;

    fn hurry(&self) {
        TransactionalProducer::hurry(self);
    }

    fn serve(&self) {
        TransactionalProducer::serve(self);
    }

    fn begin(&self) -> Result<(), KafkaFailure> {
        TransactionalProducer::begin(self)
    }

    fn send(&self, records: &[Produce], name: &dyn Fn(&str) -> String) -> Result<(), KafkaFailure> {
        TransactionalProducer::send(self, records, name)
    }

    fn drain(&self) -> Result<(), KafkaFailure> {
        TransactionalProducer::drain(self)
    }

    fn disturbed(&self) -> bool {
        TransactionalProducer::disturbed(self)
    }

    fn delivered(&self) -> Vec<Delivered> {
        TransactionalProducer::delivered(self)
    }

    fn send_offset(
        &self,
        (topic, partition): Place<'_>,
        next_offset: i64,
        group: &GroupMetadata,
    ) -> Result<(), KafkaFailure> {
        TransactionalProducer::send_offset(self, topic, partition, next_offset, group)
    }

    fn commit(&self) -> Result<(), KafkaFailure> {
        TransactionalProducer::commit(self)
    }

    fn abort(&self) -> Result<(), KafkaFailure> {
        TransactionalProducer::abort(self)
    }
}

impl TaskReader for Reader {
    fn assign(&self, partitions: &[(String, i32, i64)]) -> Result<(), KafkaFailure> {
        Reader::assign(self, partitions)
    }

    fn ahead(&self, (topic, partition): Place<'_>) -> Option<Ahead> {
        Reader::ahead(self, topic, partition)
    }

    fn written_at(&self) -> Option<InstantMs> {
        Reader::written_at(self)
    }

    fn poll(
        &self,
        wait: Duration,
        take: &mut dyn FnMut(&str, InputRecord<'_>) -> Result<(), TaskFailure>,
    ) -> Result<Taken, TaskFailure> {
        match Reader::poll(self, wait)? {
            Polled::Nothing => Ok(Taken::Nothing),
            Polled::OutOfRange => Ok(Taken::OutOfRange),
            Polled::Record(record) => take(topic_of(&record), input(&record)).map(|()| Taken::Record),
        }
    }
}

impl Membership for Member {
    type Group = GroupMetadata;

    fn beat(&self, wait: Duration) {
        Member::beat(self, wait);
    }

    fn take_changes(&self) -> Vec<Change> {
        Member::take_changes(self)
    }

    fn has_changes(&self) -> bool {
        Member::has_changes(self)
    }

    fn rejoin(&mut self) -> Result<(), KafkaFailure> {
        Member::rejoin(self)
    }

    fn accept(&self, partitions: &[i32]) -> Result<(), KafkaFailure> {
        Member::accept(self, partitions)
    }

    fn release(&self, partitions: &[i32]) -> Result<(), KafkaFailure> {
        Member::release(self, partitions)
    }

    fn metadata(&self) -> Result<GroupMetadata, KafkaFailure> {
        Member::metadata(self)
    }

    fn committed(&self, partition: i32) -> Result<Option<i64>, KafkaFailure> {
        Member::committed(self, partition)
    }
}
