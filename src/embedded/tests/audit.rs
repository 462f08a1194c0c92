//! Looks at every committed record, not only at the last of each key. Edge: it reads the in-process log.

use std::collections::BTreeMap;

use crate::avro::Codec;
use crate::avro::schema::AvroRecord;
use crate::domain::leg::{Leg, LegKey};
use crate::domain::progress::{Progress, ProgressKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey, RowResult};
use crate::domain::time::InstantMs;
use crate::embedded::driver::Driver;
use crate::topology::partition::partition_of;
use crate::topology::record::topic;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Audit {
    read: BTreeMap<(String, i32), i64>,
    rows: BTreeMap<(String, QueueIntervalKey), QueueInterval>,
    progress: BTreeMap<ProgressKey, Progress>,
    legs: BTreeMap<LegKey, Leg>,
}

impl Audit {
    /// Looks at all records that were committed since the last call; `close` is the closing watermark.
    pub(super) fn look(&mut self, driver: &Driver, close: InstantMs) {
        let grace_ms = driver.setup.rules.config.grace_ms;
        let topics: Vec<String> =
            driver.log.topics().into_iter().filter(|topic| topic.starts_with("kpi.queue.")).collect();
        for topic in topics {
            for (partition, key, row) in self.unread::<QueueIntervalKey, QueueInterval>(driver, &topic) {
                let row = row.expect("rows have no tombstones");
                assert_eq!(partition, row_partition(&key, driver), "{topic} {key:?}");
                self.row(&topic, key, row, grace_ms, close);
            }
        }
        for (partition, key, progress) in self.unread::<ProgressKey, Progress>(driver, topic::PROGRESS) {
            assert_eq!(partition, key.partition);
            self.one_progress(key, progress.expect("progress has no tombstones"));
        }
        for (partition, key, leg) in self.unread::<LegKey, Leg>(driver, topic::LEGS) {
            match leg {
                Some(leg) => {
                    assert_eq!(leg.key(), key);
                    let partitions = driver.setup.interactions_partitions;
                    assert_eq!(partition, partition_of(leg.interaction_id.as_bytes(), partitions));
                    self.legs.insert(key, leg);
                }
                None => assert!(self.legs.remove(&key).is_some(), "a tombstone takes away what stood: {key:?}"),
            }
        }
    }

    fn row(&mut self, topic: &str, key: QueueIntervalKey, row: QueueInterval, grace_ms: i64, close: InstantMs) {
        let at = format!("{topic} {key:?}");
        for (field, value) in serde_json::to_value(&row).unwrap().as_object().unwrap() {
            let negative = value.as_f64().is_some_and(|value| value < 0.0);
            assert!(!negative || field == "utc_offset_s", "{field} is {value} in {at}");
        }
        let before = self.rows.get(&(topic.to_owned(), key.clone()));
        assert_eq!(row.revision, before.map_or(0, |before| before.revision + 1), "revisions count publications: {at}");
        let settled = |row: &QueueInterval| row.result != RowResult::Provisional;
        if settled(&row) {
            let watermark = row.source_watermark.unwrap_or(InstantMs::MIN);
            assert!(row.interval_end + grace_ms <= watermark || watermark == close, "ahead of the watermark: {at}");
            assert!(!row.held, "{at}");
        }
        if let Some(before) = before {
            assert!(before.source_watermark <= row.source_watermark, "the watermark went back: {at}");
            assert!(!settled(before) || settled(&row), "provisional again: {at}");
            assert!(before.restatements <= row.restatements, "{at}");
            let restated = before.restatements < row.restatements;
            assert!(!restated || row.result == RowResult::Corrected, "{at}");
            assert!(row.result != RowResult::Final || before.result != RowResult::Corrected, "{at}");
        }
        self.rows.insert((topic.to_owned(), key), row);
    }

    fn one_progress(&mut self, key: ProgressKey, progress: Progress) {
        if let Some(before) = self.progress.get(&key) {
            let offsets =
                |progress: &Progress| [progress.input_offset, progress.watermarks_offset, progress.legs_floor_offset];
            for (before, after) in offsets(before).into_iter().zip(offsets(&progress)) {
                assert!(before <= after, "an offset went back: {key:?} {before} {after}");
            }
            let applied = |progress: &Progress| progress.source_partitions.iter().map(|one| one.watermark).min();
            assert!(applied(before) <= applied(&progress), "a watermark went back: {key:?}");
            for one in &before.passed {
                let after = progress.passed.iter().find(|after| after.legs_partition == one.legs_partition).unwrap();
                assert!(one.watermark <= after.watermark, "a watermark went back: {key:?}");
                assert!(!one.closed || after.closed, "{key:?}");
            }
            assert!(before.range_start.is_none() || before.range_start == progress.range_start);
        }
        self.progress.insert(key, progress);
    }

    fn unread<K: AvroRecord, V: AvroRecord>(&mut self, driver: &Driver, topic: &str) -> Vec<(i32, K, Option<V>)> {
        let (keys, values) = (Codec::<K>::default(), Codec::<V>::default());
        let mut unread = Vec::new();
        for partition in 0..driver.log.partitions(topic) {
            let from = self.read.entry((topic.to_owned(), partition)).or_insert(0);
            for record in driver.log.read(topic, partition, *from, usize::MAX) {
                *from = record.offset + 1;
                let value = record.value.as_deref().map(|value| values.read_framed(value).unwrap());
                unread.push((partition, keys.read_framed(record.key.as_deref().unwrap()).unwrap(), value));
            }
        }
        unread
    }

    /// The newest row of each key of a topic.
    pub(super) fn rows(&self) -> &BTreeMap<(String, QueueIntervalKey), QueueInterval> {
        &self.rows
    }
}

fn row_partition(key: &QueueIntervalKey, driver: &Driver) -> i32 {
    let mut body = Vec::new();
    Codec::default().write_body(key, &mut body).unwrap();
    partition_of(&body, driver.setup.contributions_partitions)
}
