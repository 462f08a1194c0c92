//! A place in a consumer group, and nothing else: its partitions are paused, records are read by [`super::reader`]. Edge.
//!
//! Rebalance events are only noted in the callback. librdkafka goes on with the rebalance when the owner has answered
//! each by [`Member::accept`] or [`Member::release`], which it does after it has finished or abandoned its tasks.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};

use super::error::{KafkaFailure, of_call};
use super::notices::notice;
use super::settings;
use super::statistics::Telling;
use super::token;
use crate::config::typed::WorkerConfig;
use crate::runtime::supervisor::drop_aside;

/// What a transaction needs to know of a group.
pub type GroupMetadata = Arc<ConsumerGroupMetadata>;

/// How long the group's offset may take to be told, which is for monitors only: an undecided one is not told at all.
const MONITORED_WITHIN: Duration = Duration::from_secs(2);

/// Most events served in one beat, so that a flood of them cannot hold the tasks up.
const BEAT_EVENTS_MAX: usize = 1_000;

/// A change of the assignment that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These partitions are now this member's.
    Assigned(Vec<i32>),
    /// These partitions are to be let go.
    Revoked {
        /// The partitions.
        partitions: Vec<i32>,
        /// Somebody else may own them already: what is staged must be aborted, not committed.
        lost: bool,
    },
}

#[derive(Debug, Default)]
struct Context {
    changes: Mutex<VecDeque<Change>>,
    closing: AtomicBool,
    telling: Telling,
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, _facility: &str, text: &str) {
        notice(level, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "group member");
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.telling.take(statistics);
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        Ok(token::current(config)?)
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions: Vec<i32> =
            list.elements().iter().map(rdkafka::topic_partition_list::TopicPartitionListElem::partition).collect();
        let assigned = error == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            // Nobody answers any more: let go at once, or closing would wait for ever.
            if !assigned && let Err(error) = consumer.incremental_unassign(list) {
                tracing::debug!(%error, "letting partitions go while closing");
            }
            return;
        }
        let change = if assigned {
            Change::Assigned(partitions)
        } else {
            Change::Revoked { partitions, lost: consumer.assignment_lost() }
        };
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push_back(change);
    }
}

/// One member of one group.
pub struct Member {
    consumer: BaseConsumer<Context>,
    config: ClientConfig,
    topic: String,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Member({})", self.topic)
    }
}

impl Member {
    /// Joins a group for the partitions of one topic.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn join(worker: &WorkerConfig, group_id: &str, client_id: &str, topic: &str) -> Result<Member, KafkaFailure> {
        Member::of(settings::telling(settings::member(worker, group_id, client_id)), topic)
    }

    fn of(config: ClientConfig, topic: &str) -> Result<Member, KafkaFailure> {
        let created = config.create_with_context(Context::default());
        let consumer: BaseConsumer<Context> = created.map_err(|error| of_call("creating a group member", &error))?;
        consumer.subscribe(&[topic]).map_err(|error| of_call("joining the group", &error))?;
        Ok(Member { consumer, config, topic: topic.to_owned() })
    }

    /// Joins the group as another member, and leaves it as this one, which nobody waits for.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says; then everything is as it was.
    pub fn rejoin(&mut self) -> Result<(), KafkaFailure> {
        let mut config = self.config.clone();
        // Cooperative rebalances misbehave when two members share an id, and the forgotten one may still be known.
        let id = config.get("client.id").map(|id| format!("{id}.again"));
        config.set("client.id", id.unwrap_or_default());
        let forgotten = std::mem::replace(self, Member::of(config, &self.topic)?);
        drop_aside("leaving", forgotten);
        Ok(())
    }

    /// Serves heartbeats and rebalances for up to `wait`.
    pub fn beat(&self, wait: Duration) {
        let mut wait = wait;
        for _ in 0..BEAT_EVENTS_MAX {
            // Records of partitions that were not paused quickly enough, and passing errors, are of no interest. After
            // an outage hundreds of them stand before the event that matters.
            match self.consumer.poll(wait) {
                None => return,
                Some(Ok(_)) => {}
                Some(Err(error)) => tracing::debug!(%error, "group member"),
            }
            wait = Duration::ZERO;
        }
    }

    /// Changes that wait for an answer, oldest first.
    #[must_use]
    pub fn take_changes(&self) -> Vec<Change> {
        self.consumer.context().changes.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }

    /// Whether changes wait for an answer.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.consumer.context().changes.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Accepts partitions, paused.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn accept(&self, partitions: &[i32]) -> Result<(), KafkaFailure> {
        let list = self.list(partitions, Offset::End)?;
        self.consumer.incremental_assign(&list).map_err(|error| of_call("accepting partitions", &error))?;
        self.consumer.pause(&list).map_err(|error| of_call("pausing partitions", &error))
    }

    /// Lets partitions go.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn release(&self, partitions: &[i32]) -> Result<(), KafkaFailure> {
        let list = self.list(partitions, Offset::Invalid)?;
        self.consumer.incremental_unassign(&list).map_err(|error| of_call("letting partitions go", &error))
    }

    /// What a transaction needs to know of the group; to be asked anew for each.
    ///
    /// # Errors
    /// Transient, while the member has not joined yet.
    pub fn metadata(&self) -> Result<GroupMetadata, KafkaFailure> {
        self.consumer.group_metadata().map(Arc::new).ok_or_else(|| KafkaFailure::Transient {
            doing: "asking for the group's metadata".to_owned(),
            cause: "the member has not joined the group".to_owned(),
        })
    }

    /// The group's committed next offset of a partition; `None` when there is none.
    ///
    /// # Errors
    /// As [`KafkaFailure`] says.
    pub fn committed(&self, partition: i32) -> Result<Option<i64>, KafkaFailure> {
        let list = self.list(&[partition], Offset::Invalid)?;
        let asked = self.consumer.committed_offsets(list, MONITORED_WITHIN);
        let answer = asked.map_err(|error| of_call("asking for the committed offset", &error))?;
        Ok(answer.elements().first().and_then(|element| match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }

    fn list(&self, partitions: &[i32], offset: Offset) -> Result<TopicPartitionList, KafkaFailure> {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition_offset(&self.topic, *partition, offset)
                .map_err(|error| of_call("naming a partition", &error))?;
        }
        Ok(list)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.consumer.context().closing.store(true, Ordering::Release);
        // An event that was noted but not answered would keep the consumer from closing.
        for change in self.take_changes() {
            let outcome = match change {
                Change::Revoked { partitions, .. } => self.release(&partitions),
                Change::Assigned(_) => Ok(()),
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, "letting partitions go while closing");
            }
        }
    }
}
