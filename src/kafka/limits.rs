//! What the brokers allow: their limits, and whether topics could be created. Edge; changes nothing.

use std::collections::BTreeMap;

use futures::executor::block_on;
use rdkafka::admin::ResourceSpecifier;
use rdkafka::error::RDKafkaErrorCode;

use super::error::{KafkaFailure, of_call};
use super::settings::METADATA_TIMEOUT;
use super::topics::{TopicSpec, Topics, options};

/// What one of the brokers says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerLimits {
    /// How many brokers there are.
    pub brokers: usize,
    /// Its settings by name, as far as this client may see them.
    pub settings: BTreeMap<String, String>,
}

impl BrokerLimits {
    /// A setting that is a whole number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.settings.get(name)?.parse().ok()
    }
}

impl Topics {
    /// Id of the cluster; `None` while no broker tells it.
    #[must_use]
    pub fn cluster_id(&self) -> Option<String> {
        self.admin().inner().fetch_cluster_id(METADATA_TIMEOUT)
    }

    /// Asks the brokers how many they are, and one of them for its settings.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; refused where this client may not see settings.
    pub fn limits(&self) -> Result<BrokerLimits, KafkaFailure> {
        let asked = self.admin().inner().fetch_metadata(None, METADATA_TIMEOUT);
        let metadata = asked.map_err(|error| of_call("asking the brokers for themselves", &error))?;
        let mut limits = BrokerLimits { brokers: metadata.brokers().len(), ..BrokerLimits::default() };
        let resources: Vec<ResourceSpecifier<'_>> =
            metadata.brokers().iter().take(1).map(|broker| ResourceSpecifier::Broker(broker.id())).collect();
        let asked = block_on(self.admin().describe_configs(&resources, &options()));
        for answer in asked.map_err(|error| of_call("asking a broker for its settings", &error))? {
            let resource = answer.map_err(|code| KafkaFailure::Refused {
                doing: "asking a broker for its settings".to_owned(),
                cause: code.to_string(),
            })?;
            let known = resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
            limits.settings.extend(known);
        }
        Ok(limits)
    }

    /// Why topics could not be created, one text each; none is created.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn creation_refusals(&self, specs: &[&TopicSpec]) -> Result<Vec<String>, KafkaFailure> {
        if specs.is_empty() {
            return Ok(Vec::new());
        }
        let only_asking = options().validate_only(true);
        let asked = block_on(self.admin().create_topics(&self.new_topics(specs), &only_asking));
        let outcomes = asked.map_err(|error| of_call("asking whether topics may be created", &error))?;
        let refusal = |outcome| match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => None,
            Err((name, code)) => Some(format!("topic {name} could not be created: {code}")),
        };
        Ok(outcomes.into_iter().filter_map(refusal).collect())
    }
}
