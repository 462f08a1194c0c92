//! Edge: what every other test takes for granted about the broker it is given.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::util::Timeout;

use crate::support::broker::{self, OwnBroker};
use crate::support::topics::{self, Isolation};

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn the_broker_commits_and_hides_aborted_records() {
    let bootstrap_servers = broker::shared();
    let prefix = topics::unique_prefix("transactions");
    let topic = format!("{prefix}rows");
    topics::create(bootstrap_servers, &topic, 2, &[("cleanup.policy", "compact")]);

    let producer = transactional(bootstrap_servers, &prefix);
    producer.init_transactions(LIMIT).unwrap();
    for (value, kept) in [("first", true), ("second", false), ("third", true)] {
        producer.begin_transaction().unwrap();
        for partition in 0..2 {
            let headers = OwnedHeaders::new().insert(Header { key: "reason", value: Some("a test") });
            let record = BaseRecord::to(&topic).partition(partition).key("key").payload(value);
            producer.send(record.timestamp(1_767_225_600_000).headers(headers)).unwrap();
        }
        drain(&producer);
        if kept {
            producer.commit_transaction(LIMIT).unwrap();
        } else {
            producer.abort_transaction(LIMIT).unwrap();
        }
    }
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&topic).partition(1).key("key").payload("open")).unwrap();
    drain(&producer);

    let committed = topics::read_committed(bootstrap_servers, &topic);
    let seen: Vec<_> = committed.iter().map(|record| (record.partition, text(record.value.as_deref()))).collect();
    assert_eq!(seen, [(0, "first"), (0, "third"), (1, "first"), (1, "third")]);
    let first = &committed[0];
    assert_eq!(text(first.key.as_deref()), "key");
    assert_eq!(first.timestamp_ms, Some(1_767_225_600_000));
    assert_eq!(first.headers, [("reason".to_owned(), b"a test".to_vec())]);
    // A commit marker takes an offset, an aborted record and its marker two more.
    assert_eq!(committed.iter().map(|record| record.offset).collect::<Vec<_>>(), [0, 4, 0, 4]);

    let written = topics::read_to_end(bootstrap_servers, &topic, Isolation::ReadUncommitted);
    assert_eq!(written.len(), 7, "all three of partition 0, and the open one of partition 1: {written:?}");
    assert_eq!(topics::list(bootstrap_servers, &prefix), [(topic, 2)]);
}

#[test]
fn a_broker_of_its_own_comes_back_at_the_same_address_with_its_data() {
    let own = OwnBroker::start();
    let bootstrap_servers = own.bootstrap_servers();
    topics::create(&bootstrap_servers, "kept", 1, &[]);
    let producer = transactional(&bootstrap_servers, "own");
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to("kept").key("key").payload("before")).unwrap();
    drain(&producer);
    producer.commit_transaction(LIMIT).unwrap();
    let read = || topics::read_committed_until(&bootstrap_servers, "kept", LIMIT, |records| !records.is_empty());
    // Kafka 4.3.1 loses the markers of a transaction that it is killed right after.
    assert_eq!(read().len(), 1);

    own.kill();
    own.start_again();

    let records = read();
    assert_eq!(records.iter().map(|record| text(record.value.as_deref())).collect::<Vec<_>>(), ["before"]);
}

fn transactional(
    bootstrap_servers: &str,
    transactional_id: &str,
) -> ThreadedProducer<rdkafka::producer::DefaultProducerContext> {
    ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        .set("transactional.id", transactional_id)
        .create()
        .unwrap()
}

/// Until every record sent is with the broker.
fn drain(producer: &ThreadedProducer<rdkafka::producer::DefaultProducerContext>) {
    producer.flush(Timeout::After(LIMIT)).unwrap();
    assert_eq!(producer.in_flight_count(), 0);
}

fn text(bytes: Option<&[u8]>) -> &str {
    std::str::from_utf8(bytes.unwrap()).unwrap()
}
