//! Where partitions begin and end. Edge.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::closing::ClosedAside;
use super::error::{KafkaFailure, of_call};
use super::notices::Quiet;
use super::settings::{self, Isolation, METADATA_TIMEOUT};
use crate::config::typed::WorkerConfig;
use crate::domain::time::InstantMs;
use crate::runtime::shutdown::Shutdown;

/// How long a broker is waited for at once: a stop is not seen before.
const ASKED_FOR: Duration = Duration::from_secs(5);

/// How long a transaction that nobody ends may hold the last stable offset back: the broker aborts it by then.
const DECIDED_WITHIN: Duration = Duration::from_secs(60);

/// Asks where a partition begins and ends. A handle that heard once that a topic is not there, as after a broker stood
/// still, or who leads the partition, believes that for minutes: then the broker itself is asked for the topic, and once
/// more for its ends. While partitions change their leaders brokers contradict each other: that passes within `wait`.
fn watermarks(
    handle: &BaseConsumer<Quiet>,
    topic: &str,
    partition: i32,
    wait: Duration,
) -> Result<(i64, i64), KafkaError> {
    let deadline = Instant::now() + wait;
    let mut asked = handle.fetch_watermarks(topic, partition, wait);
    let mut asked_again = false;
    while let Some(code) = asked.as_ref().err().and_then(KafkaError::rdkafka_error_code) {
        let moves = MOVES.contains(&code) && Instant::now() < deadline;
        if !moves && (asked_again || !UNKNOWN.contains(&code)) {
            break;
        }
        if asked_again {
            std::thread::sleep(MOVE_PAUSE);
        }
        handle.fetch_metadata(Some(topic), wait)?;
        asked = handle.fetch_watermarks(topic, partition, wait);
        asked_again = true;
    }
    asked
}

/// How long a partition that changes its leader is left alone before it is asked for again.
const MOVE_PAUSE: Duration = Duration::from_millis(200);

/// What a handle says of a partition that it does not know.
const UNKNOWN: [RDKafkaErrorCode; 3] =
    [RDKafkaErrorCode::UnknownPartition, RDKafkaErrorCode::UnknownTopic, RDKafkaErrorCode::UnknownTopicOrPartition];

/// What a broker says of a partition that another leads by now.
const MOVES: [RDKafkaErrorCode; 4] = [
    RDKafkaErrorCode::NotLeaderForPartition,
    RDKafkaErrorCode::LeaderNotAvailable,
    RDKafkaErrorCode::FencedLeaderEpoch,
    RDKafkaErrorCode::UnknownLeaderEpoch,
];

/// Asks for the bounds of partitions. librdkafka answers an end offset by the asking handle's isolation level, hence two.
pub struct Bounds {
    committed: ClosedAside<Quiet>,
    uncommitted: ClosedAside<Quiet>,
    stop: Shutdown,
}

impl std::fmt::Debug for Bounds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Bounds")
    }
}

impl Bounds {
    /// Handles of their own.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn new(worker: &WorkerConfig, group_id: &str) -> Result<Bounds, KafkaFailure> {
        let handle = |isolation| {
            let created =
                settings::reader(worker, group_id, &format!("{group_id}.bounds"), isolation).create_with_context(Quiet);
            created.map(ClosedAside::new).map_err(|error| of_call("creating a client", &error))
        };
        let (committed, uncommitted) = (handle(Isolation::Committed)?, handle(Isolation::Uncommitted)?);
        Ok(Bounds { committed, uncommitted, stop: Shutdown::default() })
    }

    /// Waits for nothing any more once `stop` is asked for.
    #[must_use]
    pub fn until(self, stop: &Shutdown) -> Bounds {
        Bounds { stop: stop.clone(), ..self }
    }

    /// Fails when a stop was asked for.
    ///
    /// # Errors
    /// Transient: somebody else goes on.
    pub fn unless_stopped(&self, doing: &str) -> Result<(), KafkaFailure> {
        let cause = || KafkaFailure::Transient { doing: doing.to_owned(), cause: "a stop was asked for".to_owned() };
        if self.stop.requested() { Err(cause()) } else { Ok(()) }
    }

    /// Where a partition begins and ends, by a handle of the isolation. The broker is asked for a part of the time only, and
    /// again while there is time, so that a stop is not held up.
    fn ask(
        &self,
        handle: &BaseConsumer<Quiet>,
        (topic, partition): (&str, i32),
        wait: Duration,
    ) -> Result<(i64, i64), KafkaError> {
        let deadline = Instant::now() + wait;
        loop {
            let once = deadline.saturating_duration_since(Instant::now()).min(ASKED_FOR);
            let asked = watermarks(handle, topic, partition, once.max(Duration::from_millis(1)));
            let timed_out = asked
                .as_ref()
                .is_err_and(|error| error.rdkafka_error_code() == Some(RDKafkaErrorCode::OperationTimedOut));
            if !timed_out || deadline <= Instant::now() || self.stop.requested() {
                return asked;
            }
        }
    }

    /// First offset that is there, and the offset after the last record of all, decided or not.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn all(&self, topic: &str, partition: i32) -> Result<(i64, i64), KafkaFailure> {
        let asked = self.ask(&self.uncommitted, (topic, partition), METADATA_TIMEOUT);
        asked.map_err(|error| of_call(&format!("asking where {topic} {partition} ends"), &error))
    }

    /// How many members a group has; one that was killed counts until its session is over.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn members(&self, group: &str) -> Result<usize, KafkaFailure> {
        let asked = self.committed.fetch_group_list(Some(group), METADATA_TIMEOUT);
        let groups = asked.map_err(|error| of_call("asking for the members of a group", &error))?;
        Ok(groups.groups().iter().filter(|found| found.name() == group).map(|found| found.members().len()).sum())
    }

    /// First offset that is there, and the last stable offset: everything before it is decided.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn decided(&self, topic: &str, partition: i32) -> Result<(i64, i64), KafkaFailure> {
        self.decided_within(topic, partition, METADATA_TIMEOUT)
    }

    /// [`Bounds::decided`], when the answer comes within `wait`.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn decided_within(&self, topic: &str, partition: i32, wait: Duration) -> Result<(i64, i64), KafkaFailure> {
        let asked = self.ask(&self.committed, (topic, partition), wait);
        asked.map_err(|error| of_call(&format!("asking for the last stable offset of {topic} {partition}"), &error))
    }

    /// Whether the last stable offset has reached `to`, or does within `wait`.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn is_decided(&self, topic: &str, partition: i32, to: i64, wait: Duration) -> Result<bool, KafkaFailure> {
        let deadline = Instant::now() + wait;
        loop {
            let (_, decided) = self.decided_within(topic, partition, wait)?;
            if to <= decided || deadline <= Instant::now() {
                return Ok(to <= decided);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the last stable offset has reached `to`.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says, or transient when a transaction stays open for longer than a broker allows.
    pub fn wait_until_decided(
        &self,
        topic: &str,
        partition: i32,
        to: i64,
        beat: &mut dyn FnMut(),
    ) -> Result<(), KafkaFailure> {
        let deadline = Instant::now() + DECIDED_WITHIN;
        loop {
            let (_, decided) = self.decided(topic, partition)?;
            if to <= decided {
                return Ok(());
            }
            if deadline < Instant::now() {
                let cause = format!("offset {decided} of {topic} {partition} is still undecided, {to} is needed");
                return Err(KafkaFailure::Transient { doing: "waiting for commit markers".to_owned(), cause });
            }
            self.unless_stopped("waiting for commit markers")?;
            beat();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// For each partition, from 0, the first offset whose record has this timestamp or a later one; `None` where there is
    /// none.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn at_time(&self, topic: &str, partitions: i32, at: InstantMs) -> Result<Vec<Option<i64>>, KafkaFailure> {
        let failed = |error: &KafkaError| of_call(&format!("asking where a time begins in {topic}"), error);
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            let added = list.add_partition_offset(topic, partition, Offset::Offset(at));
            added.map_err(|error| failed(&error))?;
        }
        self.unless_stopped("asking where a time begins")?;
        let asked = self.committed.offsets_for_times(list, ASKED_FOR).map_err(|error| failed(&error))?;
        let mut offsets = Vec::with_capacity(asked.count());
        for partition in 0..partitions {
            let found = asked.find_partition(topic, partition);
            if let Some(Err(error)) = found.as_ref().map(|found| found.error()) {
                return Err(failed(&error));
            }
            offsets.push(found.and_then(|found| match found.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            }));
        }
        Ok(offsets)
    }

    /// All topics with their numbers of partitions; those that are just being created or deleted are left out.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn topics(&self) -> Result<Vec<(String, i32)>, KafkaFailure> {
        let asked = self.uncommitted.fetch_metadata(None, METADATA_TIMEOUT);
        let metadata = asked.map_err(|error| of_call("asking for all topics", &error))?;
        let count = |partitions: usize| i32::try_from(partitions).ok().filter(|count| 0 < *count);
        let all = metadata.topics().iter();
        Ok(all.filter_map(|known| Some((known.name().to_owned(), count(known.partitions().len())?))).collect())
    }

    /// How many partitions a topic has; `None` when it does not exist.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn partitions(&self, topic: &str) -> Result<Option<i32>, KafkaFailure> {
        let asked = self.uncommitted.fetch_metadata(Some(topic), METADATA_TIMEOUT);
        let metadata = asked.map_err(|error| of_call("asking for a topic", &error))?;
        let count = metadata.topics().iter().find(|known| known.name() == topic).map(|known| known.partitions().len());
        Ok(count.filter(|count| *count > 0).and_then(|count| i32::try_from(count).ok()))
    }
}
