//! Reads partitions that are assigned by hand, from given offsets. Edge.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::bounds::Bounds;
use super::closing::ClosedAside;
use super::error::{KafkaFailure, of_call};
use super::notices::Quiet;
use super::settings::{self, Isolation, LAST_CALL_TIMEOUT};
use super::statistics::{Ahead, Telltale};
use crate::config::typed::WorkerConfig;
use crate::domain::time::InstantMs;
use crate::topology::record::InputRecord;

/// Reads committed records.
pub struct Reader {
    consumer: ClosedAside<Telltale>,
    // Of the record that was given last; [`UNKNOWN`] before the first.
    written_at: AtomicI64,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Reader")
    }
}

/// Stands for an instant that is not known.
const UNKNOWN: InstantMs = InstantMs::MIN;

/// What a look at the reader's queue gives.
#[derive(Debug)]
pub enum Polled<'a> {
    /// A record.
    Record(BorrowedMessage<'a>),
    /// Nothing within the time given.
    Nothing,
    /// The position is not in the log: input is lost.
    OutOfRange,
}

impl Reader {
    /// A reader of nothing yet.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn new(worker: &WorkerConfig, group_id: &str, client_id: &str) -> Result<Reader, KafkaFailure> {
        let config = settings::telling(settings::reader(worker, group_id, client_id, Isolation::Committed));
        let created = config.create_with_context(Telltale::default());
        let consumer = created.map_err(|error| of_call("creating a reader", &error))?;
        Ok(Reader { consumer: ClosedAside::new(consumer), written_at: AtomicI64::new(UNKNOWN) })
    }

    /// Reads these partitions, each with its full topic name and next offset; what was fetched before is forgotten.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn assign(&self, partitions: &[(String, i32, i64)]) -> Result<(), KafkaFailure> {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for (topic, partition, offset) in partitions {
            list.add_partition_offset(topic, *partition, Offset::Offset(*offset))
                .map_err(|error| of_call("naming an offset", &error))?;
        }
        self.consumer.assign(&list).map_err(|error| of_call("assigning partitions", &error))
    }

    /// What lies before it in a partition that it reads, by what the client last told of itself.
    #[must_use]
    pub fn ahead(&self, topic: &str, partition: i32) -> Option<Ahead> {
        self.consumer.context().0.ahead(topic, partition)
    }

    /// When the record was written that was given last; `None` before the first.
    #[must_use]
    pub fn written_at(&self) -> Option<InstantMs> {
        Some(self.written_at.load(Ordering::Relaxed)).filter(|at| *at != UNKNOWN)
    }

    /// The next record, if there is one within `wait`.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; connection errors are not among them, the client reconnects by itself.
    pub fn poll(&self, wait: Duration) -> Result<Polled<'_>, KafkaFailure> {
        match self.consumer.poll(wait) {
            None => Ok(Polled::Nothing),
            Some(Ok(record)) => {
                self.written_at.store(written_at(&record).unwrap_or(UNKNOWN), Ordering::Relaxed);
                Ok(Polled::Record(record))
            }
            Some(Err(error)) if is_out_of_range(&error) => Ok(Polled::OutOfRange),
            Some(Err(error)) if is_passing(&error) => Ok(Polled::Nothing),
            Some(Err(error)) => Err(of_call("reading a partition", &error)),
        }
    }
}

/// The record as the topology takes it.
#[must_use]
pub fn input<'a>(record: &'a BorrowedMessage<'_>) -> InputRecord<'a> {
    InputRecord { offset: record.offset(), key: record.key(), value: record.payload() }
}

/// Full name of the topic that the record was read from.
#[must_use]
pub fn topic_of<'a>(record: &'a BorrowedMessage<'_>) -> &'a str {
    record.topic()
}

/// Number of the partition that the record was read from.
#[must_use]
pub fn partition_of(record: &BorrowedMessage<'_>) -> i32 {
    record.partition()
}

/// The record's timestamp: when it was written, unless its writer gave it another one.
#[must_use]
pub fn written_at(record: &BorrowedMessage<'_>) -> Option<InstantMs> {
    record.timestamp().to_millis()
}

/// The text of a header, if the record has it.
#[must_use]
pub fn header_of(record: &BorrowedMessage<'_>, name: &str) -> Option<String> {
    let headers = record.headers()?;
    let value = headers.iter().find(|header| header.key == name)?.value?;
    Some(String::from_utf8_lossy(value).into_owned())
}

fn is_out_of_range(error: &KafkaError) -> bool {
    let codes = [RDKafkaErrorCode::OffsetOutOfRange, RDKafkaErrorCode::AutoOffsetReset];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}

fn is_passing(error: &KafkaError) -> bool {
    let codes = [
        RDKafkaErrorCode::BrokerTransportFailure,
        RDKafkaErrorCode::AllBrokersDown,
        RDKafkaErrorCode::OperationTimedOut,
        RDKafkaErrorCode::Resolve,
        RDKafkaErrorCode::NotLeaderForPartition,
        RDKafkaErrorCode::LeaderNotAvailable,
        RDKafkaErrorCode::CoordinatorNotAvailable,
        RDKafkaErrorCode::NotCoordinator,
        RDKafkaErrorCode::CoordinatorLoadInProgress,
        RDKafkaErrorCode::RequestTimedOut,
        RDKafkaErrorCode::NetworkException,
    ];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}

/// How long a range may be silent before reading it is given up, to be tried again: a broker that is away comes back.
const HEARD_WITHIN: Duration = Duration::from_secs(30);

/// Reads all committed records of `[from, to)` of a partition; `to` is an end offset as asked `read_uncommitted`.
///
/// Waits until everything before `to` is decided: a commit marker may lag behind its commit. `beat` is called now and
/// then, so that a long read does not cost its caller a place in a group.
///
/// # Errors
/// As [`KafkaFailure`] says, or what `take` returns.
pub fn read_range<E: From<KafkaFailure>>(
    worker: &WorkerConfig,
    bounds: &Bounds,
    group_id: &str,
    (topic, partition): (&str, i32),
    (from, to): (i64, i64),
    beat: &mut dyn FnMut(),
    take: &mut dyn FnMut(&BorrowedMessage<'_>) -> Result<(), E>,
) -> Result<(), E> {
    if to <= from {
        return Ok(());
    }
    bounds.wait_until_decided(topic, partition, to, beat)?;
    let client_id = format!("{group_id}.restore.{partition}");
    let created = settings::range_reader(worker, group_id, &client_id).create_with_context(Quiet);
    let consumer = ClosedAside::new(created.map_err(|error| of_call("creating a reader", &error))?);
    let mut list = TopicPartitionList::with_capacity(1);
    let named = list.add_partition_offset(topic, partition, Offset::Offset(from));
    named.map_err(|error| of_call("naming an offset", &error))?;
    consumer.assign(&list).map_err(|error| of_call("assigning a partition", &error))?;
    let mut beaten = Instant::now();
    let mut heard = Instant::now();
    loop {
        if HEARD_WITHIN < heard.elapsed() {
            let cause = format!("nothing was heard of {topic} {partition} for {} s", HEARD_WITHIN.as_secs());
            return Err(KafkaFailure::Transient { doing: "reading a partition".to_owned(), cause }.into());
        }
        if Duration::from_millis(200) < beaten.elapsed() {
            // What comes is taken: only silence is not waited for any more.
            if LAST_CALL_TIMEOUT < heard.elapsed() {
                bounds.unless_stopped("reading a partition")?;
            }
            beat();
            beaten = Instant::now();
        }
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Ok(record)) if to <= record.offset() => return Ok(()),
            Some(Ok(record)) => {
                heard = Instant::now();
                let last = record.offset() + 1 == to;
                take(&record)?;
                if last {
                    return Ok(());
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
            Some(Err(error)) if is_passing(&error) => {}
            Some(Err(error)) => return Err(of_call("reading a partition", &error).into()),
        }
    }
}
