//! Every librdkafka property that is set in code, each with its reason. Edge.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use super::error::said_of;
use super::producer::pace;
use super::token;
use crate::config::typed::WorkerConfig;
use crate::domain::interaction::RECORD_BYTES_MAX;

/// How long a broker keeps a transaction open whose producer is silent.
///
/// Shorter: a slow broker aborts transactions that would have gone through. Longer: after a crash, readers wait so long
/// for the last stable offset to move on.
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one blocking call may take before its producer is given up: twice the transaction timeout, after which the
/// broker has aborted the transaction anyway.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The same for each call of a process that has been asked to stop: it has ten seconds for all of them, and nothing is lost
/// when it is not through.
pub const LAST_CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// How long asking for metadata or offsets may take.
pub const METADATA_TIMEOUT: Duration = Duration::from_secs(10);

/// Which records a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Only records of committed transactions.
    Committed,
    /// All records; used only to ask where a partition ends.
    Uncommitted,
}

/// A client that neither reads nor writes records.
#[must_use]
pub fn client(worker: &WorkerConfig, client_id: &str) -> ClientConfig {
    with_users_properties(shared(worker, client_id), worker)
}

/// The user's properties that librdkafka does not know or take, each with what it says.
#[must_use]
pub fn refused_properties(worker: &WorkerConfig) -> Vec<String> {
    let refusal = |(name, value): (&String, &String)| {
        let mut alone = ClientConfig::new();
        alone.set(name, value);
        let error = alone.create_native_config().err()?;
        Some(format!("[worker] kafka.{name}: {}", said_of(&error)))
    };
    worker.kafka.iter().filter_map(refusal).collect()
}

/// The user's own properties, over ours: those that delivery rests on are refused when the settings are read.
fn with_users_properties(mut config: ClientConfig, worker: &WorkerConfig) -> ClientConfig {
    for (name, value) in &worker.kafka {
        config.set(name, value);
    }
    config
}

/// What every client shares.
fn shared(worker: &WorkerConfig, client_id: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &worker.bootstrap_servers);
    token::note(worker);
    if cfg!(feature = "tls") && !worker.kafka.keys().any(|name| name.starts_with("ssl.ca.")) {
        // OpenSSL is built in, and does not know where this machine keeps the authorities that it trusts.
        config.set("ssl.ca.location", "probe");
    }
    // Names the client in the broker's logs and quotas; cooperative rebalances misbehave when two members share one.
    config.set("client.id", client_id);
    // A broker that restarts is back within seconds: the default of 10 s between attempts would outlast it.
    config.set("reconnect.backoff.max.ms", "2000");
    // Compacted topics are created by us with their settings, never by a stray request.
    config.set("allow.auto.create.topics", "false");
    // Below that it tells of its daily life; what is left passes through `notices`.
    config.set_log_level(RDKafkaLogLevel::Error);
    config
}

/// A producer that holds one transactional id.
#[must_use]
pub fn producer(worker: &WorkerConfig, transactional_id: &str) -> ClientConfig {
    let mut config = shared(worker, transactional_id);
    // Names the task, not the process: whoever takes the task over fences its last owner.
    config.set("transactional.id", transactional_id);
    // Transactions need it, and the default is off.
    config.set("enable.idempotence", "true");
    // A commit that a single broker has confirmed would be lost with that broker.
    config.set("acks", "all");
    // See [`TRANSACTION_TIMEOUT`].
    config.set("transaction.timeout.ms", TRANSACTION_TIMEOUT.as_millis().to_string());
    // Deliveries are drained before each commit, so waiting for fuller batches adds to the latency. But what comes after
    // a request has left makes the client's thread spin until that is answered: see `producer::pace`. A few milliseconds
    // let all records of a commit go together.
    config.set("linger.ms", "5");
    // A full request does not wait for that; see `producer::pace`.
    config.set("batch.num.messages", pace::REQUEST_RECORDS.to_string());
    // State is found by partition: the default partitioner (CRC 32) would put keys elsewhere than a Java producer.
    config.set("partitioner", "murmur2_random");
    // Cheap in CPU, and more than halves what repeats as much as keys and field values of rows do.
    config.set("compression.type", "lz4");
    // Interactions of a real organisation can be larger than the default of 1 MB; topics are created to take them.
    config.set("message.max.bytes", RECORD_BYTES_MAX.to_string());
    // A transaction's records must all fit; memory stays bounded by the next property.
    config.set("queue.buffering.max.messages", "1000000");
    // Bounds a producer's memory; a full queue makes the task wait, which is the backpressure that is wanted.
    config.set("queue.buffering.max.kbytes", "131072");
    with_users_properties(config, worker)
}

/// How often a client tells of itself. Longer: numbers are older than the look at them; shorter: each telling costs a
/// fraction of a millisecond, and there are several clients a task.
const TELLS_EVERY_MS: &str = "5000";

/// The same client, telling of itself. Only for one that is polled: what nobody takes piles up.
#[must_use]
pub fn telling(mut config: ClientConfig) -> ClientConfig {
    // Metrics are made of it.
    config.set("statistics.interval.ms", TELLS_EVERY_MS);
    config
}

/// A reader of partitions that are assigned by hand.
#[must_use]
pub fn reader(worker: &WorkerConfig, group_id: &str, client_id: &str, isolation: Isolation) -> ClientConfig {
    with_users_properties(reading(worker, group_id, client_id, isolation), worker)
}

/// What all readers share.
fn reading(worker: &WorkerConfig, group_id: &str, client_id: &str, isolation: Isolation) -> ClientConfig {
    let mut config = shared(worker, client_id);
    // librdkafka refuses to assign without one; no reader joins the group or commits to it.
    config.set("group.id", group_id);
    // Offsets go into the transactions: a commit of its own would let the group's offset run ahead of the outputs.
    config.set("enable.auto.commit", "false");
    // Nothing commits stored offsets, so none need be stored.
    config.set("enable.auto.offset.store", "false");
    // What an aborted transaction wrote never was; only end offsets are asked uncommitted.
    config.set(
        "isolation.level",
        match isolation {
            Isolation::Committed => "read_committed",
            Isolation::Uncommitted => "read_uncommitted",
        },
    );
    // A position that is not in the log any more is lost input: never reset in silence.
    config.set("auto.offset.reset", "error");
    // The default of 1000 ms stops fetching for a second whenever the local queue was full.
    config.set("fetch.queue.backoff.ms", "5");
    // Bounds a reader's memory; the default of 64 MiB times a dozen readers is too much.
    config.set("queued.max.messages.kbytes", "16384");
    // A waiting fetch is answered as soon as there is anything; this is how long it may find nothing.
    config.set("fetch.wait.max.ms", "100");
    config
}

/// A reader that ends at the end of its partition.
#[must_use]
pub fn range_reader(worker: &WorkerConfig, group_id: &str, client_id: &str) -> ClientConfig {
    let mut config = reading(worker, group_id, client_id, Isolation::Committed);
    // The end is an event, so that a partition whose last offsets are commit markers ends too.
    config.set("enable.partition.eof", "true");
    with_users_properties(config, worker)
}

/// A place in a consumer group.
#[must_use]
pub fn member(worker: &WorkerConfig, group_id: &str, client_id: &str) -> ClientConfig {
    let mut config = reading(worker, group_id, client_id, Isolation::Committed);
    // Partitions that do not move keep their tasks and state through a rebalance.
    config.set("partition.assignment.strategy", "cooperative-sticky");
    // Shorter than the default of 45 s: a killed process's partitions move on within seconds. A longer pause than this
    // is a lost assignment, which is safe: the next owner fences the sleeper.
    config.set("session.timeout.ms", "10000");
    // Several chances to be heard within a session.
    config.set("heartbeat.interval.ms", "2000");
    // The member reads nothing: its partitions are paused at once, and it starts at the end.
    config.set("auto.offset.reset", "latest");
    // Should a fetch slip through before the pause, it need not be a large one.
    config.set("queued.min.messages", "1");
    with_users_properties(config, worker)
}

/// A place in the group of workers, which shares out connectors and tasks.
#[must_use]
pub fn assembly(worker: &WorkerConfig, group_id: &str, client_id: &str) -> ClientConfig {
    let mut config = reading(worker, group_id, client_id, Isolation::Committed);
    // Neighbouring tasks of a connector go to different workers.
    config.set("partition.assignment.strategy", "roundrobin");
    // As for the rooms: a killed worker's tasks run elsewhere within seconds.
    config.set("session.timeout.ms", "10000");
    // Several chances to be heard within a session.
    config.set("heartbeat.interval.ms", "2000");
    // Nothing is read: partitions are paused at once.
    config.set("auto.offset.reset", "latest");
    // Should a fetch slip through before the pause, it need not be a large one.
    config.set("queued.min.messages", "1");
    with_users_properties(config, worker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_properties_reach_every_client_and_win_over_ours() {
        let mut worker = WorkerConfig {
            bootstrap_servers: "localhost:9092".to_owned(),
            topic_prefix: "t.".to_owned(),
            topics_partitions: 1,
            topics_replication_factor: 1,
            kafka: std::collections::BTreeMap::new(),
            oauth_token: None,
            rest: crate::config::rest::RestConfig::default(),
            group_id: None,
            telemetry: crate::config::telemetry::TelemetryConfig::default(),
        };
        assert_eq!(producer(&worker, "id").get("linger.ms"), Some("5"));
        worker.kafka = ["linger.ms", "fetch.wait.max.ms"].map(|name| (name.to_owned(), "7".to_owned())).into();
        assert_eq!(producer(&worker, "id").get("linger.ms"), Some("7"));
        assert!(refused_properties(&worker).is_empty());
        for config in [
            reader(&worker, "g", "c", Isolation::Committed),
            range_reader(&worker, "g", "c"),
            member(&worker, "g", "c"),
            client(&worker, "c"),
        ] {
            assert_eq!(config.get("fetch.wait.max.ms"), Some("7"));
        }
    }

    #[test]
    fn a_property_that_the_client_does_not_know_is_named() {
        let worker = WorkerConfig {
            bootstrap_servers: "localhost:9092".to_owned(),
            topic_prefix: "t.".to_owned(),
            topics_partitions: 1,
            topics_replication_factor: 1,
            kafka: [("bogus.property".to_owned(), "1".to_owned()), ("linger.ms".to_owned(), "x".to_owned())].into(),
            oauth_token: None,
            rest: crate::config::rest::RestConfig::default(),
            group_id: None,
            telemetry: crate::config::telemetry::TelemetryConfig::default(),
        };
        let refused = refused_properties(&worker);
        assert_eq!(refused.len(), 2);
        assert!(refused[0].contains("kafka.bogus.property") && refused[1].contains("kafka.linger.ms"), "{refused:?}");
    }
}
