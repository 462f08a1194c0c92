//! Drives the whole topology by hand: publishes, steps single tasks, reads what came out. Edge: it appends to the
//! in-process log.
//!
//! Nothing runs unless it is told to, so a test decides how readings fall into transactions, and what befalls the tasks
//! meanwhile.

use std::collections::BTreeMap;

use super::log::{Log, LogRecord};
use super::runner::all_tasks;
use super::{EmbeddedError, EmbeddedPublisher, EmbeddedTask};
use crate::avro::schema::AvroRecord;
use crate::avro::{AvroError, Codec};
use crate::config::canonical::{canonical_text, rules_version};
use crate::config::typed::{RulesChange, RulesConfig};
use crate::domain::interaction::Interaction;
use crate::domain::time::{InstantMs, TimeRange};
use crate::domain::watermark::Watermark;
use crate::publish::contract::{Publication, Publish, PublishError};
use crate::publish::encode::SourcePartition;
use crate::timeline::rules::Rules;
use crate::topology::setup::TaskSetup;

/// A batch that holds all of a test's records.
pub const ALL: usize = 10_000;

/// Tenant of everything that is published here.
const ORG: &str = "acme";
/// The only source partition.
const SOURCE_PARTITION: &str = "interaction-details";

/// The log, a source and the tasks of both rooms.
pub struct ByHand {
    /// The log.
    pub log: Log,
    /// What tasks are taken over with.
    pub setup: TaskSetup,
    /// The tasks that run now.
    pub tasks: Vec<EmbeddedTask>,
    source: EmbeddedPublisher,
    extract_start: InstantMs,
}

impl ByHand {
    /// A fresh log with this many partitions of `interactions` and of `contributions`, the plan published, and all tasks
    /// taken over. `extract_start`: first instant that the source reads; rows begin at the first local midnight from there.
    ///
    /// # Errors
    /// As for publishing a watermark, and for taking over.
    pub fn new(config: RulesConfig, partitions: (i32, i32), extract_start: InstantMs) -> Result<ByHand, ByHandError> {
        let text = canonical_text(&config);
        let version = rules_version(&text);
        let setup = TaskSetup {
            rules: Rules::new(config, text, version),
            rules_change: RulesChange::Refuse,
            interactions_partitions: partitions.0,
            contributions_partitions: partitions.1,
            connector: "kpi".to_owned(),
        };
        let log = Log::new(partitions.0, partitions.1);
        let of = SourcePartition {
            pipeline: "default".to_owned(),
            org_id: ORG.to_owned(),
            source_partition: SOURCE_PARTITION.to_owned(),
            connector: "genesys".to_owned(),
        };
        let mut source = EmbeddedPublisher::new(log.clone(), of);
        source.claim()?;
        let mut all = ByHand { log, setup, tasks: Vec::new(), source, extract_start };
        all.watermark(extract_start)?;
        all.restart()?;
        Ok(all)
    }

    /// Publishes a page.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn publish(&mut self, interactions: &[Interaction]) -> Result<(), ByHandError> {
        self.publication(interactions, None)
    }

    /// Publishes a watermark: everything before `at` was read.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn watermark(&mut self, at: InstantMs) -> Result<(), ByHandError> {
        let watermark = self.watermark_at(at);
        self.publication(&[], Some(watermark))
    }

    /// Publishes a watermark with held ranges.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn held(&mut self, at: InstantMs, held: Vec<TimeRange>) -> Result<(), ByHandError> {
        let watermark = Watermark { held, ..self.watermark_at(at) };
        self.publication(&[], Some(watermark))
    }

    /// Publishes the closing watermark.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn close(&mut self, at: InstantMs) -> Result<(), ByHandError> {
        let watermark = Watermark { closed: true, ..self.watermark_at(at) };
        self.publication(&[], Some(watermark))
    }

    /// Publishes a page and a watermark in one transaction.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn publication(
        &mut self,
        interactions: &[Interaction],
        watermark: Option<Watermark>,
    ) -> Result<(), ByHandError> {
        let interactions = interactions.to_vec();
        let publication = Publication { interactions, watermark, offset: "{}".to_owned(), ..Publication::default() };
        Ok(self.source.publish(&publication)?)
    }

    /// A watermark of the only source partition.
    #[must_use]
    pub fn watermark_at(&self, at: InstantMs) -> Watermark {
        Watermark {
            org_id: ORG.to_owned(),
            source_partition: SOURCE_PARTITION.to_owned(),
            watermark: at,
            interactions_offsets: Vec::new(),
            plan_generation: 1,
            plan_size: 1,
            extract_start: self.extract_start,
            held: Vec::new(),
            closed: false,
            written_at: 0,
        }
    }

    /// Drops all tasks and takes all partitions over again.
    ///
    /// # Errors
    /// As for [`EmbeddedTask::take_over`].
    pub fn restart(&mut self) -> Result<(), EmbeddedError> {
        self.tasks.clear();
        for (room, partition) in all_tasks(&self.setup) {
            self.tasks.push(EmbeddedTask::take_over(&self.log, room, partition, self.setup.clone())?);
        }
        Ok(())
    }

    /// Drops the task at a place of [`ByHand::tasks`] and takes its partition over again; nothing happens where none is.
    ///
    /// # Errors
    /// As for [`EmbeddedTask::take_over`].
    pub fn restart_one(&mut self, task: usize) -> Result<(), EmbeddedError> {
        if let Some(task) = self.tasks.get_mut(task) {
            let (room, partition) = task.place();
            *task = EmbeddedTask::take_over(&self.log, room, partition, self.setup.clone())?;
        }
        Ok(())
    }

    /// Steps all tasks, at most so many records a transaction, until none has anything to do.
    ///
    /// # Errors
    /// As for [`EmbeddedTask::step`].
    pub fn run(&mut self, records_max: usize) -> Result<(), EmbeddedError> {
        loop {
            let mut worked = false;
            for task in &mut self.tasks {
                worked |= task.step(records_max)?;
            }
            if !worked {
                return Ok(());
            }
        }
    }

    /// The newest value of each key of a compacted topic; keys whose newest record is a tombstone are left out.
    ///
    /// # Errors
    /// When a record is not of these types.
    pub fn rows<K: AvroRecord + Ord, V: AvroRecord>(&self, topic: &str) -> Result<BTreeMap<K, V>, AvroError> {
        let mut rows = BTreeMap::new();
        for (key, value) in self.all::<K, V>(topic)? {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(rows)
    }

    /// Every committed record of a topic, decoded: partition by partition, in the order of their offsets.
    ///
    /// # Errors
    /// When a record is not of these types.
    pub fn all<K: AvroRecord, V: AvroRecord>(&self, topic: &str) -> Result<Vec<(K, Option<V>)>, AvroError> {
        let (keys, values) = (Codec::<K>::default(), Codec::<V>::default());
        let decode = |(_, record): (i32, LogRecord)| {
            let key = keys.read_framed(record.key.as_deref().unwrap_or_default())?;
            let value = record.value.as_deref().map(|value| values.read_framed(value)).transpose()?;
            Ok((key, value))
        };
        self.records(topic).into_iter().map(decode).collect()
    }

    /// Every committed record of a topic with its partition.
    #[must_use]
    pub fn records(&self, topic: &str) -> Vec<(i32, LogRecord)> {
        let partitions = 0..self.log.partitions(topic);
        let read = |partition| self.log.read(topic, partition, 0, usize::MAX).into_iter();
        partitions.flat_map(|partition| read(partition).map(move |record| (partition, (*record).clone()))).collect()
    }
}

/// Why the topology could not be driven on.
#[derive(Debug, thiserror::Error)]
pub enum ByHandError {
    /// The source could not publish.
    #[error("publishing by hand")]
    Publish(#[from] PublishError),
    /// A task stopped.
    #[error("driving the tasks by hand")]
    Task(#[from] EmbeddedError),
}
