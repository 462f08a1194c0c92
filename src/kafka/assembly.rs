//! A group that shares out numbers: each member gets some of the partitions of a topic, which it never reads. Edge.
//!
//! Partitions are dealt out in turn (`roundrobin`), so that neighbouring numbers go to different members. What a member had
//! before is not taken into account: whoever holds on to a number through a rebalance compares for itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};

use super::closing::ClosedAside;
use super::error::{KafkaFailure, of_call};
use super::notices::notice;
use super::settings;
use super::token;
use crate::config::typed::WorkerConfig;

/// How often the end of a membership is looked for, 50 ms each.
const LEAVING_LOOKS: u32 = 20;

/// What a member was last told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How often this member was told something.
    pub generation: i64,
    /// Its numbers, ascending; `None` while the group shares out anew.
    pub numbers: Option<Vec<i32>>,
    /// The last numbers were taken away because the group had given this member up: others may have them already.
    pub lost: bool,
}

#[derive(Debug, Default)]
struct Context {
    share: Mutex<Share>,
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, _facility: &str, text: &str) {
        notice(level, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "member of the workers' group");
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        Ok(token::current(config)?)
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let assigned = error == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let lost = !assigned && consumer.assignment_lost();
        let numbers = assigned.then(|| {
            let mut numbers: Vec<i32> =
                list.elements().iter().map(rdkafka::topic_partition_list::TopicPartitionListElem::partition).collect();
            numbers.sort_unstable();
            numbers
        });
        let answered =
            if assigned { consumer.assign(list).and_then(|()| consumer.pause(list)) } else { consumer.unassign() };
        if let Err(error) = answered {
            tracing::warn!(%error, "answering the workers' group");
        }
        let mut share = self.share.lock().unwrap_or_else(PoisonError::into_inner);
        *share = Share { generation: share.generation + 1, numbers, lost };
    }
}

/// A member of a group that shares out numbers.
pub struct Assembly {
    consumer: ClosedAside<Context>,
}

impl std::fmt::Debug for Assembly {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Assembly")
    }
}

impl Assembly {
    /// Joins a group for the partitions of a topic.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn join(worker: &WorkerConfig, group_id: &str, client_id: &str, topic: &str) -> Result<Assembly, KafkaFailure> {
        let created = settings::assembly(worker, group_id, client_id).create_with_context(Context::default());
        let consumer: BaseConsumer<Context> =
            created.map_err(|error| of_call("creating a member of the workers' group", &error))?;
        consumer.subscribe(&[topic]).map_err(|error| of_call("joining the workers' group", &error))?;
        Ok(Assembly { consumer: ClosedAside::new(consumer) })
    }

    /// Serves heartbeats and rebalances for up to `wait`, and tells what this member was last told.
    #[must_use]
    pub fn beat(&self, wait: Duration) -> Share {
        if let Some(Err(error)) = self.consumer.poll(wait) {
            tracing::debug!(%error, "member of the workers' group");
        }
        self.consumer.context().share.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves the group, so that the others share out anew at once.
    pub fn leave(&self) {
        self.consumer.unsubscribe();
        // Until the rebalance is served that this leads to; the group is left a moment later.
        for _ in 0..LEAVING_LOOKS {
            if self.beat(Duration::from_millis(50)).numbers.is_none() {
                break;
            }
        }
        drop(self.consumer.poll(Duration::from_millis(100)));
    }
}
