//! [`ByHand`] for the tests of the crate: what surprises it is a failure of the test. Edge, as it is.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

pub use super::by_hand::ALL;
use super::by_hand::ByHand;
use super::log::LogRecord;
use super::{EmbeddedError, EmbeddedTask};
use crate::avro::schema::AvroRecord;
use crate::config::typed::RulesConfig;
use crate::domain::interaction::Interaction;
use crate::domain::leg::{Leg, LegKey};
use crate::domain::media::MediaType;
use crate::domain::progress::Room;
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::time::{InstantMs, TimeRange, parse_instant};
use crate::topology::record::topic;
use crate::topology::task::Task;

/// The log, a source and the tasks of both rooms.
pub struct Driver(ByHand);

impl Deref for Driver {
    type Target = ByHand;

    fn deref(&self) -> &ByHand {
        &self.0
    }
}

impl DerefMut for Driver {
    fn deref_mut(&mut self) -> &mut ByHand {
        &mut self.0
    }
}

impl Driver {
    /// A fresh log with this many partitions of `interactions` and of `contributions`, the plan published, and all tasks
    /// taken over.
    pub fn new(rules: RulesConfig, partitions: (i32, i32), extract_start: &str) -> Driver {
        Driver(ByHand::new(rules, partitions, parse_instant(extract_start).unwrap()).unwrap())
    }

    /// Publishes a page.
    pub fn publish(&mut self, interactions: &[Interaction]) {
        self.0.publish(interactions).unwrap();
    }

    /// Publishes a watermark.
    pub fn watermark(&mut self, at: InstantMs) {
        self.0.watermark(at).unwrap();
    }

    /// Publishes a watermark with held ranges.
    pub fn held(&mut self, at: InstantMs, held: Vec<TimeRange>) {
        self.0.held(at, held).unwrap();
    }

    /// Publishes the closing watermark.
    pub fn close(&mut self, at: InstantMs) {
        self.0.close(at).unwrap();
    }

    /// Drops all tasks and takes all partitions over again.
    pub fn restart(&mut self) -> Result<(), EmbeddedError> {
        self.0.restart()
    }

    /// Steps all tasks until none has anything to do.
    pub fn run(&mut self) {
        self.0.run(ALL).unwrap();
    }

    /// The newest row of each key.
    pub fn rows(&self, topic: &str) -> BTreeMap<QueueIntervalKey, QueueInterval> {
        self.0.rows(topic).unwrap()
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
        self.0.rows(topic::LEGS).unwrap()
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
        self.0.all(topic).unwrap()
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
