//! Edge: looks at every committed record, not only at the last of each key.

use std::collections::BTreeMap;

use handletime::avro::Codec;
use handletime::avro::schema::AvroRecord;
use handletime::domain::agent_row::{AgentInterval, AgentIntervalKey};
use handletime::domain::custom_row::{CustomInterval, CustomIntervalKey};
use handletime::domain::leg::{Leg, LegKey};
use handletime::domain::org_row::{OrgInterval, OrgIntervalKey};
use handletime::domain::progress::{Progress, ProgressKey};
use handletime::domain::row::{QueueInterval, QueueIntervalKey};
use handletime::domain::time::InstantMs;
use handletime::embedded::ByHand;
use handletime::topology::partition::partition_of;
use handletime::topology::record::topic;
use serde::Serialize;
use serde_json::Value;

/// Fields of a record by their names.
type Fields = serde_json::Map<String, Value>;

/// What was seen so far.
#[derive(Default)]
pub struct Audit {
    read: BTreeMap<(String, i32), i64>,
    rows: BTreeMap<(String, String), Fields>,
    progress: BTreeMap<ProgressKey, Progress>,
    legs: BTreeMap<LegKey, Leg>,
}

fn fields(record: impl Serialize) -> Fields {
    serde_json::to_value(record).expect("a record is JSON").as_object().unwrap().clone()
}

fn whole(row: &Fields, name: &str) -> i64 {
    row[name].as_i64().unwrap_or(i64::MIN)
}

fn is(row: &Fields, result: &str) -> bool {
    row["result"] == *result
}

impl Audit {
    /// Looks at all records that were committed since the last call; `close` is the closing watermark.
    pub fn look(&mut self, all: &ByHand, close: InstantMs) {
        for topic in all.log.topics().into_iter().filter(|topic| topic.starts_with("kpi.")) {
            match topic.split('.').nth(1).unwrap_or_default() {
                "queue" => self.kpi::<QueueIntervalKey, QueueInterval>(all, &topic, close),
                "agent" | "agent-total" => self.kpi::<AgentIntervalKey, AgentInterval>(all, &topic, close),
                "org" | "org-total" => self.kpi::<OrgIntervalKey, OrgInterval>(all, &topic, close),
                _ => self.kpi::<CustomIntervalKey, CustomInterval>(all, &topic, close),
            }
        }
        for (partition, key, progress) in self.unread::<ProgressKey, Progress>(all, topic::PROGRESS) {
            assert_eq!(partition, key.partition);
            self.one_progress(key, progress.expect("progress has no tombstones"));
        }
        for (partition, key, leg) in self.unread::<LegKey, Leg>(all, topic::LEGS) {
            match leg {
                Some(leg) => {
                    assert_eq!(leg.key(), key);
                    let partitions = all.setup.interactions_partitions;
                    assert_eq!(partition, partition_of(leg.interaction_id.as_bytes(), partitions));
                    self.legs.insert(key, leg);
                }
                None => assert!(self.legs.remove(&key).is_some(), "a tombstone takes away what stood: {key:?}"),
            }
        }
    }

    /// Rows that are not closed.
    pub fn open_rows(&self) -> Vec<String> {
        let open = self.rows.iter().filter(|(_, row)| is(row, "PROVISIONAL"));
        open.map(|((topic, key), _)| format!("{topic} {key}: provisional, but the source is closed")).collect()
    }

    /// Every row without what may differ between two runs over the same input.
    pub fn comparable(&self) -> BTreeMap<(String, String), Fields> {
        let mut rows = self.rows.clone();
        for row in rows.values_mut() {
            for name in ["revision", "restatements", "result", "source_watermark", "computed_at"] {
                row.remove(name);
            }
        }
        rows
    }

    fn kpi<K, V>(&mut self, all: &ByHand, topic: &str, close: InstantMs)
    where
        K: AvroRecord + Serialize,
        V: AvroRecord + Serialize,
    {
        let grace_ms = all.setup.rules.config.grace_ms;
        for (partition, key, row) in self.unread::<K, V>(all, topic) {
            let mut body = Vec::new();
            Codec::default().write_body(&key, &mut body).unwrap();
            assert_eq!(partition, partition_of(&body, all.setup.contributions_partitions), "{topic}");
            let row = fields(row.expect("rows have no tombstones"));
            let key = fields(key);
            assert!(key.iter().all(|(name, value)| row[name] == *value), "the key stands in the row: {topic} {row:?}");
            self.row(topic, serde_json::to_string(&key).expect("a key is JSON"), row, grace_ms, close);
        }
    }

    fn row(&mut self, topic: &str, key: String, row: Fields, grace_ms: i64, close: InstantMs) {
        let at = format!("{topic} {key}");
        for (field, value) in &row {
            let negative = value.as_f64().is_some_and(|value| value < 0.0);
            assert!(!negative || field == "utc_offset_s", "{field} is {value} in {at}");
        }
        let before = self.rows.get(&(topic.to_owned(), key.clone()));
        let due = before.map_or(0, |before| whole(before, "revision") + 1);
        assert_eq!(whole(&row, "revision"), due, "revisions count publications: {at}");
        if !is(&row, "PROVISIONAL") {
            let watermark = whole(&row, "source_watermark");
            let closes_at = whole(&row, "interval_end") + grace_ms;
            assert!(closes_at <= watermark || watermark == close, "ahead of the watermark: {at}");
            assert_eq!(row["held"], Value::Bool(false), "{at}");
        }
        if let Some(before) = before {
            assert!(whole(before, "source_watermark") <= whole(&row, "source_watermark"), "it went back: {at}");
            assert!(is(before, "PROVISIONAL") || !is(&row, "PROVISIONAL"), "provisional again: {at}");
            let (earlier, now) = (whole(before, "restatements"), whole(&row, "restatements"));
            assert!(earlier == now || earlier < now && is(&row, "CORRECTED"), "{at}");
            assert!(!is(&row, "FINAL") || !is(before, "CORRECTED"), "{at}");
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
            let claim_taken_back = !before.has_begun() && progress.range_start.is_none();
            assert!(before.range_start.is_none() || claim_taken_back || before.range_start == progress.range_start);
        }
        self.progress.insert(key, progress);
    }

    fn unread<K: AvroRecord, V: AvroRecord>(&mut self, all: &ByHand, topic: &str) -> Vec<(i32, K, Option<V>)> {
        let (keys, values) = (Codec::<K>::default(), Codec::<V>::default());
        let mut unread = Vec::new();
        for partition in 0..all.log.partitions(topic) {
            let from = self.read.entry((topic.to_owned(), partition)).or_insert(0);
            for record in all.log.read(topic, partition, *from, usize::MAX) {
                *from = record.offset + 1;
                let value = record.value.as_deref().map(|value| values.read_framed(value).unwrap());
                unread.push((partition, keys.read_framed(record.key.as_deref().unwrap()).unwrap(), value));
            }
        }
        unread
    }
}
