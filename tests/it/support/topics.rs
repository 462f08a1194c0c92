//! Edge: topics of a test's own, and everything that is in a topic.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use handletime::domain::attribution::Basis;
use handletime::domain::family::Family;
use handletime::window::row_key::RowTopic;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::blocking::wait_for;

const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);
/// Far above what the largest topic of a test takes; beyond it something hangs.
const READ_TIMEOUT: Duration = Duration::from_secs(180);
/// How long a client may hear nothing before another one reads on.
const SILENCE: Duration = Duration::from_secs(15);

/// What a client says while its broker does not answer.
const AWAY: [RDKafkaErrorCode; 3] =
    [RDKafkaErrorCode::AllBrokersDown, RDKafkaErrorCode::BrokerTransportFailure, RDKafkaErrorCode::OperationTimedOut];

static PREFIXES: AtomicU32 = AtomicU32::new(0);

/// A `topic.prefix` that no other test has, in this run or another on the same broker.
pub fn unique_prefix(test: &str) -> String {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    let count = PREFIXES.fetch_add(1, Ordering::Relaxed);
    format!("{test}-{}-{}-{count}.", since_epoch.as_millis(), std::process::id())
}

/// Creates a topic with one replica.
///
/// # Panics
/// When the broker refuses, or has it already.
pub fn create(bootstrap_servers: &str, topic: &str, partitions: i32, settings: &[(&str, &str)]) {
    let mut new_topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    for (name, value) in settings {
        new_topic = new_topic.set(name, value);
    }
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", bootstrap_servers).create().expect("an admin client starts");
    let options = AdminOptions::new().operation_timeout(Some(CLIENT_TIMEOUT));
    let outcomes = wait_for(admin.create_topics([&new_topic], &options)).expect("the broker answers");
    for outcome in outcomes {
        outcome.expect("the broker creates the topic");
    }
}

/// The topics whose names start so, in order, each with its number of partitions.
pub fn list(bootstrap_servers: &str, prefix: &str) -> Vec<(String, usize)> {
    let client = reader(bootstrap_servers, Isolation::ReadCommitted);
    let metadata = client.fetch_metadata(None, CLIENT_TIMEOUT).expect("the broker answers");
    let topics = metadata.topics().iter().filter(|topic| topic.name().starts_with(prefix));
    let mut topics: Vec<_> = topics.map(|topic| (topic.name().to_owned(), topic.partitions().len())).collect();
    topics.sort();
    topics
}

/// Where each partition of a topic ends: the next offset, whether what stands before it is committed or not.
///
/// # Panics
/// When the topic is missing.
pub fn ends(bootstrap_servers: &str, topic: &str) -> Vec<i64> {
    // Asked as a reader of committed records, the end would be where the first open transaction begins.
    ends_to(bootstrap_servers, topic, Isolation::ReadUncommitted)
}

/// Where each partition ends to a reader: for one of committed records, where the first transaction begins that is open.
///
/// # Panics
/// When the topic is missing.
pub fn ends_to(bootstrap_servers: &str, topic: &str, isolation: Isolation) -> Vec<i64> {
    bounds(bootstrap_servers, topic, isolation).into_iter().map(|(_, end)| end).collect()
}

/// Where each partition begins: the first offset that was not deleted.
///
/// # Panics
/// When the topic is missing.
pub fn begins(bootstrap_servers: &str, topic: &str) -> Vec<i64> {
    bounds(bootstrap_servers, topic, Isolation::ReadUncommitted).into_iter().map(|(begin, _)| begin).collect()
}

fn bounds(bootstrap_servers: &str, topic: &str, isolation: Isolation) -> Vec<(i64, i64)> {
    let client = reader(bootstrap_servers, isolation);
    let metadata = client.fetch_metadata(Some(topic), CLIENT_TIMEOUT).expect("the broker answers");
    let partitions = metadata.topics()[0].partitions().len();
    assert!(0 < partitions, "no topic {topic} at {bootstrap_servers}");
    let bounds = |partition: usize| {
        let partition = i32::try_from(partition).expect("a partition's number");
        client.fetch_watermarks(topic, partition, CLIENT_TIMEOUT).expect("the broker answers")
    };
    (0..partitions).map(bounds).collect()
}

/// What a reader sees of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Only what was committed, up to the first transaction that is still open.
    ReadCommitted,
    /// All that was written, aborted or not.
    ReadUncommitted,
}

/// One record as it stands in its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    pub partition: i32,
    pub offset: i64,
    /// `None` when the record has none.
    pub timestamp_ms: Option<i64>,
    pub key: Option<Vec<u8>>,
    /// `None` in a tombstone.
    pub value: Option<Vec<u8>>,
    /// In their order; a header without a value has an empty one.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// All records of a topic, committed ones only, by partition and offset.
///
/// # Panics
/// When the topic is missing or cannot be read to its end.
pub fn read_committed(bootstrap_servers: &str, topic: &str) -> Vec<RawRecord> {
    read_to_end(bootstrap_servers, topic, Isolation::ReadCommitted)
}

/// As [`read_committed`], again and again until `enough` says so. A commit is confirmed before its markers stand in the
/// topics, so a broker that was killed just then shows the records a moment after it is back.
///
/// # Panics
/// When it is not enough within `limit`.
pub fn read_committed_until(
    bootstrap_servers: &str,
    topic: &str,
    limit: Duration,
    enough: impl Fn(&[RawRecord]) -> bool,
) -> Vec<RawRecord> {
    let begun = Instant::now();
    loop {
        let records = read_committed(bootstrap_servers, topic);
        if enough(&records) {
            return records;
        }
        assert!(begun.elapsed() < limit, "{topic} holds {} committed records after {limit:?}", records.len());
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// As [`read_committed`], with the isolation named. The end is where each partition ended when it was reached.
///
/// # Panics
/// When the topic is missing or cannot be read to its end.
pub fn read_to_end(bootstrap_servers: &str, topic: &str, isolation: Isolation) -> Vec<RawRecord> {
    let mut records = Vec::new();
    each_to_end(bootstrap_servers, topic, isolation, |record| records.push(record));
    records.sort_by_key(|record| (record.partition, record.offset));
    records
}

/// As [`read_to_end`], one by one: those of a partition in their order, the partitions side by side.
///
/// # Panics
/// When the topic is missing or cannot be read to its end.
pub fn each_to_end(bootstrap_servers: &str, topic: &str, isolation: Isolation, mut take: impl FnMut(RawRecord)) {
    let mut consumer = reader(bootstrap_servers, isolation);
    let metadata = consumer.fetch_metadata(Some(topic), CLIENT_TIMEOUT).expect("the broker answers");
    let partitions = metadata.topics()[0].partitions().iter();
    // What is not read to its end yet, and from where on.
    let mut unfinished: BTreeMap<i32, Offset> = partitions.map(|known| (known.id(), Offset::Beginning)).collect();
    assert!(!unfinished.is_empty(), "no topic {topic} at {bootstrap_servers}");
    assign(&consumer, topic, &unfinished);

    let mut read = 0_u64;
    let deadline = Instant::now() + READ_TIMEOUT;
    let mut heard = Instant::now();
    while !unfinished.is_empty() {
        let left = unfinished.keys();
        assert!(Instant::now() < deadline, "{topic} has no end: {read} records read, partitions {left:?} go on");
        if SILENCE < heard.elapsed() {
            // After a broker stood still a client may fetch nothing of a partition any more, and say nothing.
            consumer = reader(bootstrap_servers, isolation);
            assign(&consumer, topic, &unfinished);
            heard = Instant::now();
        }
        let polled = consumer.poll(Duration::from_millis(500));
        if matches!(polled, Some(Ok(_) | Err(KafkaError::PartitionEOF(_)))) {
            heard = Instant::now();
        }
        match polled {
            None => {}
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                unfinished.remove(&partition);
            }
            // A broker that stood still, or is starting again, is asked until the deadline.
            Some(Err(error)) if error.rdkafka_error_code().is_some_and(|code| AWAY.contains(&code)) => {}
            Some(Err(error)) => panic!("cannot read {topic}: {error}"),
            Some(Ok(record)) => {
                read += 1;
                if let Some(next) = unfinished.get_mut(&record.partition()) {
                    *next = Offset::Offset(record.offset() + 1);
                }
                take(RawRecord {
                    partition: record.partition(),
                    offset: record.offset(),
                    timestamp_ms: record.timestamp().to_millis(),
                    key: record.key().map(<[u8]>::to_vec),
                    value: record.payload().map(<[u8]>::to_vec),
                    headers: record.headers().map(all_headers).unwrap_or_default(),
                });
            }
        }
    }
}

fn assign(consumer: &BaseConsumer, topic: &str, from: &BTreeMap<i32, Offset>) {
    let mut assignment = TopicPartitionList::new();
    for (partition, offset) in from {
        assignment.add_partition_offset(topic, *partition, *offset).expect("it is a position");
    }
    consumer.assign(&assignment).expect("an assignment of existing partitions is taken");
}

fn all_headers(headers: &impl Headers) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
}

fn reader(bootstrap_servers: &str, isolation: Isolation) -> BaseConsumer {
    let isolation_level = match isolation {
        Isolation::ReadCommitted => "read_committed",
        Isolation::ReadUncommitted => "read_uncommitted",
    };
    ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        .set("isolation.level", isolation_level)
        // Required by the client, and never used: partitions are assigned and nothing is committed.
        .set("group.id", "handletime-test-reader")
        .set("enable.auto.commit", "false")
        // How a reader learns that it has seen all.
        .set("enable.partition.eof", "true")
        // The end of a partition is told by an empty answer, for which the broker would wait half a second.
        .set("fetch.wait.max.ms", "20")
        // By default a full local queue stops fetching for a second.
        .set("fetch.queue.backoff.ms", "5")
        .create()
        .expect("a consumer starts")
}

/// What the rows of a KPI topic, given without a prefix, are about.
pub fn family(topic: &str) -> Family {
    RowTopic::from_name(topic, Basis::Start).unwrap_or_else(|| panic!("{topic} is no KPI topic")).family
}
