//! Drives the whole topology by hand for tests: publishes, steps single tasks, reads what came out. Edge: it appends to
//! the in-process log.

use std::collections::BTreeMap;

use super::log::{Log, LogRecord};
use super::runner::all_tasks;
use super::{EmbeddedError, EmbeddedPublisher, EmbeddedTask};
use crate::avro::Codec;
use crate::avro::schema::AvroRecord;
use crate::config::typed::{RulesChange, RulesConfig};
use crate::domain::interaction::Interaction;
use crate::domain::leg::{Leg, LegKey};
use crate::domain::media::MediaType;
use crate::domain::progress::Room;
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::time::{InstantMs, TimeRange, parse_instant};
use crate::domain::watermark::Watermark;
use crate::publish::contract::{Publication, Publish};
use crate::publish::encode::SourcePartition;
use crate::timeline::tests::rules_of;
use crate::topology::record::topic;
use crate::topology::setup::TaskSetup;
use crate::topology::task::Task;

/// A batch that holds all of a test's records.
pub const ALL: usize = 10_000;

/// The log, a source and the tasks of both rooms.
pub struct Driver {
    /// The log.
    pub log: Log,
    /// What tasks are taken over with.
    pub setup: TaskSetup,
    /// The tasks that run now.
    pub tasks: Vec<EmbeddedTask>,
    source: EmbeddedPublisher,
    extract_start: InstantMs,
}

impl Driver {
    /// A fresh log with this many partitions of `interactions` and of `contributions`, the plan published, and all tasks
    /// taken over.
    pub fn new(rules: RulesConfig, partitions: (i32, i32), extract_start: &str) -> Driver {
        let setup = TaskSetup {
            rules: rules_of(rules),
            rules_change: RulesChange::Refuse,
            interactions_partitions: partitions.0,
            contributions_partitions: partitions.1,
            connector: "kpi".to_owned(),
        };
        let log = Log::new(partitions.0, partitions.1);
        let of = SourcePartition {
            pipeline: "default".to_owned(),
            org_id: "acme".to_owned(),
            source_partition: "interaction-details".to_owned(),
            connector: "genesys".to_owned(),
        };
        let mut source = EmbeddedPublisher::new(log.clone(), of);
        source.claim().unwrap();
        let extract_start = parse_instant(extract_start).unwrap();
        let mut driver = Driver { log, setup, tasks: Vec::new(), source, extract_start };
        driver.watermark(extract_start);
        driver.restart().unwrap();
        driver
    }

    /// Publishes a page.
    pub fn publish(&mut self, interactions: &[Interaction]) {
        self.publication(interactions, None);
    }

    /// Publishes a watermark.
    pub fn watermark(&mut self, at: InstantMs) {
        let watermark = self.watermark_at(at);
        self.publication(&[], Some(watermark));
    }

    /// Publishes a watermark with held ranges.
    pub fn held(&mut self, at: InstantMs, held: Vec<TimeRange>) {
        let watermark = Watermark { held, ..self.watermark_at(at) };
        self.publication(&[], Some(watermark));
    }

    /// Publishes the closing watermark.
    pub fn close(&mut self, at: InstantMs) {
        let watermark = Watermark { closed: true, ..self.watermark_at(at) };
        self.publication(&[], Some(watermark));
    }

    /// Publishes a page and a watermark in one transaction.
    pub fn publication(&mut self, interactions: &[Interaction], watermark: Option<Watermark>) {
        let interactions = interactions.to_vec();
        let publication = Publication { interactions, watermark, offset: "{}".to_owned(), ..Publication::default() };
        self.source.publish(&publication).unwrap();
    }

    /// A watermark of the only source partition.
    pub fn watermark_at(&self, at: InstantMs) -> Watermark {
        Watermark {
            org_id: "acme".to_owned(),
            source_partition: "interaction-details".to_owned(),
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
    pub fn restart(&mut self) -> Result<(), EmbeddedError> {
        self.tasks.clear();
        for (room, partition) in all_tasks(&self.setup) {
            self.tasks.push(EmbeddedTask::take_over(&self.log, room, partition, self.setup.clone())?);
        }
        Ok(())
    }

    /// Drops one task and takes its partition over again.
    pub fn restart_one(&mut self, task: usize) {
        let (room, partition) = self.tasks[task].place();
        self.tasks[task] = EmbeddedTask::take_over(&self.log, room, partition, self.setup.clone()).unwrap();
    }

    /// Steps all tasks until none has anything to do.
    pub fn run(&mut self) {
        while self.tasks.iter_mut().map(|task| task.step(ALL).unwrap()).filter(|worked| *worked).count() > 0 {}
    }

    /// The newest row of each key.
    pub fn rows(&self, topic: &str) -> BTreeMap<QueueIntervalKey, QueueInterval> {
        let all = self.all::<QueueIntervalKey, QueueInterval>(topic);
        all.into_iter().filter_map(|(key, row)| row.map(|row| (key, row))).collect()
    }

    /// The row of a queue's voice legs that starts at an instant.
    pub fn row(&self, topic: &str, queue_id: &str, start: &str) -> Option<QueueInterval> {
        self.media_row(topic, queue_id, MediaType::Voice, start)
    }

    /// The row of a queue and medium that starts at an instant.
    pub fn media_row(&self, topic: &str, queue_id: &str, media: MediaType, start: &str) -> Option<QueueInterval> {
        let start = parse_instant(start).unwrap();
        let of =
            |key: &QueueIntervalKey| key.queue_id == queue_id && key.media_type == media && key.interval_start == start;
        self.rows(topic).into_iter().find(|(key, _)| of(key)).map(|(_, row)| row)
    }

    /// The leg rows that stand.
    pub fn legs(&self) -> BTreeMap<LegKey, Leg> {
        let mut legs = BTreeMap::new();
        for (key, leg) in self.all::<LegKey, Leg>(topic::LEGS) {
            match leg {
                Some(leg) => legs.insert(key, leg),
                None => legs.remove(&key),
            };
        }
        legs
    }

    /// The only leg of an interaction.
    pub fn leg(&self, interaction_id: &str) -> Leg {
        self.legs().into_values().find(|leg| leg.interaction_id == interaction_id).unwrap()
    }

    /// Reason and key of every dead letter.
    pub fn dead_letters(&self) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let of = |record: LogRecord| {
            let reason = record.headers.iter().find(|(name, _)| name == "handletime.reason").unwrap();
            (text(&reason.1), text(record.key.as_deref().unwrap_or_default()))
        };
        self.records(topic::DEAD_LETTERS).into_iter().map(|(_, record)| of(record)).collect()
    }

    /// Every committed record of a topic, decoded: partition by partition, in the order of their offsets.
    pub fn all<K: AvroRecord, V: AvroRecord>(&self, topic: &str) -> Vec<(K, Option<V>)> {
        let (keys, values) = (Codec::<K>::default(), Codec::<V>::default());
        let decode = |record: LogRecord| {
            let key = keys.read_framed(record.key.as_deref().unwrap()).unwrap();
            (key, record.value.map(|value| values.read_framed(&value).unwrap()))
        };
        self.records(topic).into_iter().map(|(_, record)| decode(record)).collect()
    }

    /// Every committed record of a topic with its partition.
    pub fn records(&self, topic: &str) -> Vec<(i32, LogRecord)> {
        let partitions = 0..self.log.partitions(topic);
        let read = |partition| self.log.read(topic, partition, 0, usize::MAX).into_iter();
        partitions.flat_map(|partition| read(partition).map(move |record| (partition, (*record).clone()))).collect()
    }

    /// How many interactions the legs tasks hold.
    pub fn interactions_held(&self) -> usize {
        let held = |task: &EmbeddedTask| match task.task() {
            Task::Legs(task) => task.interactions_held(),
            Task::Intervals(_) => 0,
        };
        self.tasks.iter().map(held).sum()
    }

    /// The task of a partition.
    pub fn task(&mut self, room: Room, partition: i32) -> &mut EmbeddedTask {
        self.tasks.iter_mut().find(|task| task.place() == (room, partition)).unwrap()
    }
}
