//! Edge: how long a commit takes. The client's own flush waits in steps of 100 ms; a transaction that meets it would show
//! every row so much later, and a source every page.

use std::time::{Duration, Instant};

use handletime::command::pipeline::worker_at;
use handletime::kafka::member::Member;
use handletime::kafka::producer::TransactionalProducer;
use handletime::topology::record::Produce;

use crate::support::broker;
use crate::support::topics;

/// Transactions of which the quicker half must be quick: a busy machine slows some of them down, the flush all of them.
const TRANSACTIONS: usize = 40;
/// Less than one step of the flush.
const BELOW_THE_FLUSH: Duration = Duration::from_millis(90);

#[test]
fn a_commit_does_not_wait_for_the_clients_own_flush() {
    let bootstrap_servers = broker::shared();
    let prefix = topics::unique_prefix("commits");
    let topic = format!("{prefix}rows");
    topics::create(bootstrap_servers, &topic, 1, &[]);
    let worker = worker_at(bootstrap_servers, &prefix, 1);
    let group = format!("{prefix}group");
    let member = Member::join(&worker, &group, "commits", &topic).unwrap();
    let begun = Instant::now();
    let metadata = loop {
        member.beat(Duration::from_millis(20));
        if let Ok(metadata) = member.metadata() {
            break metadata;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the member does not join");
    };
    let producer = TransactionalProducer::take_over(&worker, &format!("{prefix}id")).unwrap();
    let mut took: Vec<Duration> = (0..TRANSACTIONS).map(|_| transaction(&producer, &topic, &metadata)).collect();
    took.sort_unstable();
    assert!(took[TRANSACTIONS / 2] < BELOW_THE_FLUSH, "from begin to commit: {took:?}");
}

/// The steps of a task's transaction, and of the source's but for the offset; how long all of them took.
fn transaction(
    producer: &TransactionalProducer,
    topic: &str,
    metadata: &handletime::kafka::member::GroupMetadata,
) -> Duration {
    let record = |number: u8| Produce {
        topic: topic.to_owned(),
        partition: Some(0),
        key: Some(vec![number]),
        value: Some(vec![number; 100]),
        ..Produce::default()
    };
    let records: Vec<Produce> = (0..10).map(record).collect();
    let begun = Instant::now();
    producer.begin().unwrap();
    producer.send(&records, &str::to_owned).unwrap();
    producer.drain().unwrap();
    producer.send_offset(topic, 0, 1, metadata).unwrap();
    producer.commit().unwrap();
    begun.elapsed()
}
