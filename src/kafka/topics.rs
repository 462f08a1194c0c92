//! Creates the topics and refuses those that contradict what the program needs. Edge.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::error::{KafkaFailure, of_call};
use super::notices::Quiet;
use super::settings::{self, METADATA_TIMEOUT};
use super::token::Unpolled;
use super::trouble;
use crate::config::typed::WorkerConfig;

/// How a topic must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Full name.
    pub name: String,
    /// Partitions; exactly so many.
    pub partitions: i32,
    /// `cleanup.policy`: `delete`, `compact` or `compact,delete`; exactly so.
    pub cleanup: &'static str,
    /// Settings that a new topic is created with; an existing one may differ in them.
    pub settings: Vec<(&'static str, String)>,
}

/// What [`Topics::inspect`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection<'a> {
    /// Those that exist, usable or not.
    pub present: Vec<&'a TopicSpec>,
    /// Those that are yet to be created.
    pub missing: Vec<&'a TopicSpec>,
    /// A sentence for each reason why an existing one cannot be used.
    pub contradictions: Vec<String>,
}

/// Why a topic cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// The broker could not be asked.
    #[error(transparent)]
    Kafka(#[from] KafkaFailure),
    /// Topics are not as they must be.
    #[error("{}", .0.join("\n"))]
    Contradicts(Vec<String>),
}

/// How long brokers may take for their first answer before it is asked what is wrong with them or with this client.
const FIRST_ANSWER: Duration = Duration::from_secs(3);

/// What is said of a partition of a topic that was created a moment ago.
const NO_LEADER_YET: [RDKafkaErrorCode; 2] =
    [RDKafkaErrorCode::NotLeaderForPartition, RDKafkaErrorCode::LeaderNotAvailable];

/// Speaks to the brokers about topics.
pub struct Topics {
    client: AdminClient<Quiet>,
    token: Unpolled,
    worker: WorkerConfig,
    // It has answered once: what goes wrong later passes.
    answered: AtomicBool,
}

impl std::fmt::Debug for Topics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Topics")
    }
}

impl Topics {
    /// A client for these brokers.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn new(worker: &WorkerConfig) -> Result<Topics, KafkaFailure> {
        let created = settings::client(worker, "handletime.admin").create_with_context(Quiet);
        let client = created.map_err(|error| of_call("creating an admin client", &error))?;
        Ok(Topics { client, token: Unpolled::new(worker), worker: worker.clone(), answered: AtomicBool::default() })
    }

    /// The client, able to prove who it is.
    pub(super) fn admin(&self) -> &AdminClient<Quiet> {
        self.token.serve(self.client.inner());
        &self.client
    }

    /// Names and partition counts of all topics.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; transient while no broker answers, refused when none lets this client in.
    pub fn existing(&self) -> Result<BTreeMap<String, i32>, KafkaFailure> {
        const DOING: &str = "asking the brokers for their topics";
        let begun = Instant::now();
        let first = if self.answered.load(Ordering::Relaxed) { METADATA_TIMEOUT } else { FIRST_ANSWER };
        let mut asked = self.admin().inner().fetch_metadata(None, first);
        if asked.is_err() && first < METADATA_TIMEOUT {
            if let Some(failure) = trouble::heard(&self.worker, DOING) {
                return Err(failure);
            }
            asked = self.admin().inner().fetch_metadata(None, METADATA_TIMEOUT.saturating_sub(begun.elapsed()));
        }
        let metadata = asked.map_err(|error| of_call(DOING, &error))?;
        self.answered.store(true, Ordering::Relaxed);
        let known = metadata.topics().iter();
        Ok(known.map(|at| (at.name().to_owned(), i32::try_from(at.partitions().len()).unwrap_or(i32::MAX))).collect())
    }

    /// Creates what is missing, unless something that exists contradicts what is needed: then nothing is created.
    ///
    /// # Errors
    /// [`TopicError::Contradicts`] with a sentence for each topic that cannot be used.
    pub fn ensure(&self, specs: &[TopicSpec]) -> Result<(), TopicError> {
        let found = self.inspect(specs)?;
        if !found.contradictions.is_empty() {
            return Err(TopicError::Contradicts(found.contradictions));
        }
        self.create(&found.missing)
    }

    /// Sorts the topics into those that are there, those that are missing and those that cannot be used; changes nothing.
    ///
    /// # Errors
    /// [`TopicError::Kafka`], when the brokers cannot be asked.
    pub fn inspect<'a>(&self, specs: &'a [TopicSpec]) -> Result<Inspection<'a>, TopicError> {
        let existing = self.existing()?;
        let (present, missing): (Vec<_>, Vec<_>) = specs.iter().partition(|spec| existing.contains_key(&spec.name));
        let mut contradictions: Vec<String> = Vec::new();
        for spec in &present {
            let found = existing[&spec.name];
            if found != spec.partitions {
                contradictions.push(format!(
                    "topic {} has {found} partitions but must have {}: partition counts cannot change; \
                     {}use another topic.prefix",
                    spec.name,
                    spec.partitions,
                    // A topic that always has one partition does not follow the setting.
                    if spec.partitions == 1 { String::new() } else { format!("set topics.partitions to {found}, or ") }
                ));
            }
        }
        for (spec, settings) in present.iter().zip(self.settings_of(&present)?) {
            let found = settings.get("cleanup.policy").cloned().unwrap_or_default();
            let sorted = |policy: &str| {
                let mut words: Vec<&str> = policy.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
                words.sort_unstable();
                words.join(",")
            };
            if sorted(&found) != sorted(spec.cleanup) {
                contradictions.push(format!(
                    "topic {} has cleanup.policy={found} but must have {}: its records are state that the other policy \
                     would lose or never let go; alter the topic, or use another topic.prefix",
                    spec.name, spec.cleanup
                ));
            }
        }
        Ok(Inspection { present, missing, contradictions })
    }

    /// Deletes the records of a topic that lie before the given offsets.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn delete_before(&self, topic: &str, offsets: &[(i32, i64)]) -> Result<(), KafkaFailure> {
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for (partition, offset) in offsets {
            list.add_partition_offset(topic, *partition, Offset::Offset(*offset))
                .map_err(|error| of_call("naming an offset", &error))?;
        }
        let deleted = block_on(self.admin().delete_records(&list, &options()));
        let doing = "deleting records that were read";
        let done = deleted.map_err(|error| of_call(doing, &error))?;
        // Each partition has an outcome of its own.
        done.elements().iter().try_for_each(|one| one.error()).map_err(|error| of_call(doing, &error))
    }

    /// Deletes topics with all that is in them, and waits until they are gone.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn delete(&self, names: &[&str]) -> Result<(), KafkaFailure> {
        const DOING: &str = "deleting topics";
        if names.is_empty() {
            return Ok(());
        }
        let deleted = block_on(self.admin().delete_topics(names, &options()));
        for outcome in deleted.map_err(|error| of_call(DOING, &error))? {
            match outcome {
                Ok(_) | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition)) => {}
                Err((name, code)) => {
                    return Err(KafkaFailure::Refused { doing: DOING.to_owned(), cause: format!("{name}: {code}") });
                }
            }
        }
        let deadline = std::time::Instant::now() + METADATA_TIMEOUT;
        while self.existing()?.keys().any(|name| names.contains(&name.as_str())) {
            if deadline < std::time::Instant::now() {
                let cause = "deleted topics do not go".to_owned();
                return Err(KafkaFailure::Transient { doing: DOING.to_owned(), cause });
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Ok(())
    }

    fn create(&self, missing: &[&TopicSpec]) -> Result<(), TopicError> {
        if missing.is_empty() {
            return Ok(());
        }
        let created = block_on(self.admin().create_topics(&self.new_topics(missing), &options()));
        for outcome in created.map_err(|error| of_call("creating topics", &error))? {
            match outcome {
                // Another process may have been quicker; its topics are ours.
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => {
                    return Err(TopicError::Contradicts(vec![format!("topic {name} cannot be created: {code}")]));
                }
            }
        }
        self.wait_until_known(missing)
    }

    /// How topics are asked for that do not exist.
    pub(super) fn new_topics<'a>(&self, missing: &[&'a TopicSpec]) -> Vec<NewTopic<'a>> {
        let replicated = self.worker.topics_replication_factor >= 3;
        let new = missing.iter().map(|spec| {
            let replication = TopicReplication::Fixed(self.worker.topics_replication_factor);
            let mut topic = NewTopic::new(&spec.name, spec.partitions, replication)
                .set("cleanup.policy", spec.cleanup)
                .set("message.timestamp.type", "CreateTime");
            if replicated {
                topic = topic.set("min.insync.replicas", "2").set("unclean.leader.election.enable", "false");
            }
            spec.settings.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
        });
        new.collect()
    }

    fn wait_until_known(&self, specs: &[&TopicSpec]) -> Result<(), TopicError> {
        let deadline = Instant::now() + METADATA_TIMEOUT;
        loop {
            let existing = self.existing()?;
            if specs.iter().all(|spec| existing.get(&spec.name).is_some_and(|count| *count > 0)) {
                self.wait_until_led(specs, deadline);
                return Ok(());
            }
            if deadline < Instant::now() {
                let cause = "created topics do not appear".to_owned();
                return Err(KafkaFailure::Transient { doing: "creating topics".to_owned(), cause }.into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the partitions have leaders that know it, which they are a moment later. Who asks before is refused, and
    /// tries again: so whatever else is wrong, or takes long, shows there.
    fn wait_until_led(&self, specs: &[&TopicSpec], deadline: Instant) {
        let partitions = specs.iter().flat_map(|spec| (0..spec.partitions).map(|partition| (&spec.name, partition)));
        for (topic, partition) in partitions {
            let not_yet = || {
                let asked = self.admin().inner().fetch_watermarks(topic, partition, METADATA_TIMEOUT);
                let code = asked.err().and_then(|error| error.rdkafka_error_code());
                code.is_some_and(|code| NO_LEADER_YET.contains(&code))
            };
            while not_yet() {
                if deadline < Instant::now() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// The settings of topics that exist, in their order: of each its own, else what it has of the brokers.
    ///
    /// # Errors
    /// [`TopicError::Kafka`], when the brokers cannot be asked.
    pub fn settings_of(&self, specs: &[&TopicSpec]) -> Result<Vec<BTreeMap<String, String>>, TopicError> {
        let resources: Vec<ResourceSpecifier<'_>> =
            specs.iter().map(|spec| ResourceSpecifier::Topic(&spec.name)).collect();
        if resources.is_empty() {
            return Ok(Vec::new());
        }
        let asked = block_on(self.admin().describe_configs(&resources, &options()));
        let answers = asked.map_err(|error| of_call("asking for topic settings", &error))?;
        let mut all = Vec::with_capacity(specs.len());
        for (spec, answer) in specs.iter().zip(answers) {
            let doing = || format!("asking for the settings of {}", spec.name);
            let resource = answer.map_err(|code| {
                let cause = code.to_string();
                match code {
                    RDKafkaErrorCode::UnknownTopicOrPartition => KafkaFailure::Transient { doing: doing(), cause },
                    _ => KafkaFailure::Refused { doing: doing(), cause },
                }
            })?;
            let entries = resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
            let settings: BTreeMap<String, String> = entries.collect();
            if !settings.contains_key("cleanup.policy") {
                // A broker that has just come back does not know yet how the topics are that were created meanwhile.
                let cause = "the broker does not know them yet".to_owned();
                return Err(KafkaFailure::Transient { doing: doing(), cause }.into());
            }
            all.push(settings);
        }
        Ok(all)
    }
}

pub(super) fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(METADATA_TIMEOUT)).operation_timeout(Some(METADATA_TIMEOUT))
}
