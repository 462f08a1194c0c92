//! What the brokers let this client do, found out by beginning it. Edge; blocks. Nothing of it can be read afterwards.
//!
//! A transaction is begun with an id of its own, named a partition of each topic and a group, and aborted before a
//! record is sent. Its marker is all that it leaves in a partition, as every transaction does; readers do not see markers.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, PurgeConfig};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::error::{KafkaFailure, is_retriable, of_call, of_transaction};
use super::notices::Quiet;
use super::settings::{self, CALL_TIMEOUT, METADATA_TIMEOUT};
use crate::config::typed::WorkerConfig;

/// A record that is to be purged stays in its queue for so long. Shorter than the transaction may take.
const LINGER_MS: &str = "8000";

/// How long the client is given to name a transaction's partitions to the broker, which it does after a millisecond.
const NAMED_WITHIN: Duration = Duration::from_millis(250);

const TOPIC_REFUSED: RDKafkaErrorCode = RDKafkaErrorCode::TopicAuthorizationFailed;

/// Begins what a pipeline does.
pub struct Probe {
    worker: WorkerConfig,
    id: String,
    producer: BaseProducer<Quiet>,
    group: BaseConsumer<Quiet>,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Probe")
    }
}

/// A client whose user's properties come first, because what is asked here rests on those that follow.
fn with(mut config: ClientConfig, own: &[(&str, &str)]) -> ClientConfig {
    for (name, value) in own {
        config.set(*name, *value);
    }
    config
}

fn taken(worker: &WorkerConfig, id: &str) -> Result<BaseProducer<Quiet>, KafkaFailure> {
    let config = with(settings::producer(worker, id), &[("linger.ms", LINGER_MS)]);
    let created = config.create_with_context(Quiet);
    let producer: BaseProducer<Quiet> = created.map_err(|error| of_call("creating a producer", &error))?;
    // Under OAUTHBEARER it has no token before it is polled.
    producer.poll(Duration::ZERO);
    let deadline = Instant::now() + CALL_TIMEOUT;
    while let Err(error) = producer.init_transactions(CALL_TIMEOUT) {
        // A broker that has just started is still looking for who keeps transactions.
        if !is_retriable(&error) || deadline < Instant::now() {
            return Err(of_transaction("taking a transactional id", &error));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(producer)
}

impl Probe {
    /// Takes `id`, which no connector has, as a transactional id.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; refused where this client may not use the id.
    pub fn new(worker: &WorkerConfig, id: &str) -> Result<Probe, KafkaFailure> {
        let producer = taken(worker, id)?;
        let config = settings::range_reader(worker, id, &format!("{id}.reader"));
        let group = config.create_with_context(Quiet).map_err(|error| of_call("creating a reader", &error))?;
        Ok(Probe { worker: worker.clone(), id: id.to_owned(), producer, group })
    }

    /// Why this client may not write into some of these topics, which exist; `None` when it may write into all. The text
    /// does not say into which. `read` is a topic that it may read.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn writing(&mut self, topics: &[&str], read: &str) -> Result<Option<String>, KafkaFailure> {
        let begun = self.in_transaction(|probe| {
            for topic in topics {
                let record = BaseRecord::<[u8], [u8]>::to(topic).partition(0).key(&b"check"[..]);
                probe.producer.send(record).map_err(|(error, _)| error)?;
            }
            std::thread::sleep(NAMED_WITHIN);
            // The coordinator answers in order: once it has answered this, it has answered what went before.
            probe.name_offset(read)
        })?;
        let refused = refusal(begun, TOPIC_REFUSED);
        if refused.is_none() {
            return Ok(None);
        }
        // Naming the offset may be what was refused: then nothing is known of writing.
        let without = self.in_transaction(|probe| probe.name_offset(read))?;
        Ok(refused.filter(|_| refusal(without, TOPIC_REFUSED).is_none()))
    }

    /// Why this client may not commit positions as the group of the id; `None` when it may. `topic` is one that it reads.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn group(&mut self, topic: &str) -> Result<Option<String>, KafkaFailure> {
        let begun = self.in_transaction(|probe| probe.name_offset(topic))?;
        Ok(refusal(begun, RDKafkaErrorCode::GroupAuthorizationFailed))
    }

    /// Which of these topics, which exist, this client may not read, each with why.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn reading(&self, topics: &[&str]) -> Result<Vec<(String, String)>, KafkaFailure> {
        let doing = "reading where a topic ends";
        let mut refused = Vec::new();
        // One after the other: neither an end nor an error says of which topic it is, and an error is said once.
        for topic in topics {
            let mut list = TopicPartitionList::with_capacity(1);
            list.add_partition_offset(topic, 0, Offset::End).map_err(|error| of_call(doing, &error))?;
            self.group.assign(&list).map_err(|error| of_call(doing, &error))?;
            let deadline = Instant::now() + METADATA_TIMEOUT;
            while Instant::now() < deadline {
                match self.group.poll(Duration::from_millis(100)) {
                    // A record that came in the meantime tells as much as the end does.
                    Some(Err(KafkaError::PartitionEOF(_)) | Ok(_)) => break,
                    Some(Err(error)) if error.rdkafka_error_code() == Some(TOPIC_REFUSED) => {
                        refused.push(((*topic).to_owned(), error.to_string()));
                        break;
                    }
                    Some(Err(error)) => return Err(of_call(doing, &error)),
                    None => {}
                }
            }
        }
        self.group.unassign().map_err(|error| of_call(doing, &error))?;
        Ok(refused)
    }

    /// What a transaction's begin came to. It is aborted in any case.
    fn in_transaction(
        &mut self,
        begin: impl FnOnce(&Probe) -> Result<(), KafkaError>,
    ) -> Result<Result<(), KafkaError>, KafkaFailure> {
        let doing = "beginning a transaction";
        self.producer.begin_transaction().map_err(|error| of_transaction(doing, &error))?;
        let begun = begin(self);
        self.producer.purge(PurgeConfig::default().queue().inflight());
        let deadline = Instant::now() + CALL_TIMEOUT;
        while 0 < self.producer.in_flight_count() && Instant::now() < deadline {
            self.producer.poll(Duration::from_millis(1));
        }
        let aborted = self.producer.abort_transaction(CALL_TIMEOUT);
        match aborted {
            // A broker that has refused all of it has nothing to abort, and its producer is of no use any more.
            Err(_) if begun.is_err() => self.producer = taken(&self.worker, &self.id)?,
            aborted => aborted.map_err(|error| of_transaction("aborting a transaction", &error))?,
        }
        Ok(begun)
    }

    fn name_offset(&self, topic: &str) -> Result<(), KafkaError> {
        let mut offsets = TopicPartitionList::with_capacity(1);
        offsets.add_partition_offset(topic, 0, Offset::Offset(0))?;
        // A consumer that has a group id has these.
        let Some(group) = self.group.group_metadata() else { return Ok(()) };
        self.producer.send_offsets_to_transaction(&offsets, &group, CALL_TIMEOUT)
    }
}

/// What it says when it is this that was refused. Anything else is another question's.
fn refusal(begun: Result<(), KafkaError>, asked: RDKafkaErrorCode) -> Option<String> {
    begun.err().filter(|error| error.rdkafka_error_code() == Some(asked)).map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::*;
    use crate::kafka::bounds::Bounds;

    type Cluster = MockCluster<'static, DefaultProducerContext>;

    fn cluster() -> (Cluster, WorkerConfig) {
        let cluster = Cluster::new(1).unwrap();
        for topic in ["t.interactions", "t.legs"] {
            cluster.create_topic(topic, 1, 1).unwrap();
        }
        let worker = WorkerConfig {
            bootstrap_servers: cluster.bootstrap_servers(),
            topic_prefix: "t.".to_owned(),
            topics_partitions: 1,
            topics_replication_factor: 1,
            kafka: std::collections::BTreeMap::new(),
            oauth_token: None,
            rest: crate::config::rest::RestConfig::default(),
            group_id: None,
            telemetry: crate::config::telemetry::TelemetryConfig::default(),
        };
        (cluster, worker)
    }

    const TOPIC: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;

    #[test]
    fn who_may_is_told_so_and_nothing_is_sent() {
        let (_cluster, worker) = cluster();
        let mut probe = Probe::new(&worker, "t.default.check").unwrap();
        assert_eq!(probe.group("t.interactions").unwrap(), None);
        assert_eq!(probe.reading(&["t.interactions", "t.legs"]).unwrap(), []);
        assert_eq!(probe.writing(&["t.interactions", "t.legs"], "t.legs").unwrap(), None);
        let bounds = Bounds::new(&worker, "t.default.check").unwrap();
        // The imitation writes no markers, so that whatever were there would be a record.
        for topic in ["t.interactions", "t.legs"] {
            assert_eq!(bounds.all(topic, 0).unwrap(), (0, 0), "{topic}");
        }
    }

    #[test]
    fn each_refusal_is_told_where_it_belongs_and_the_probe_goes_on() {
        let (cluster, worker) = cluster();
        let mut probe = Probe::new(&worker, "t.default.check").unwrap();
        cluster.request_errors(RDKafkaApiKey::AddPartitionsToTxn, &[TOPIC]);
        let refused = probe.writing(&["t.legs"], "t.interactions").unwrap();
        assert!(refused.is_some_and(|cause| cause.contains("uthoriz")));
        assert_eq!(probe.writing(&["t.legs"], "t.interactions").unwrap(), None);
        let group = RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
        cluster.request_errors(RDKafkaApiKey::AddOffsetsToTxn, &[group]);
        assert!(probe.group("t.interactions").unwrap().is_some_and(|cause| cause.contains("roup")));
        assert_eq!(probe.group("t.interactions").unwrap(), None);
    }

    #[test]
    fn an_id_that_may_not_be_used_is_a_refusal() {
        let (cluster, worker) = cluster();
        let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        cluster.request_errors(RDKafkaApiKey::InitProducerId, &[refused]);
        let error = Probe::new(&worker, "t.default.check").unwrap_err();
        assert!(matches!(error, KafkaFailure::Refused { .. }), "{error:?}");
    }
}
