//! Edge: every committed record of a run, not only the last of each key, held to what may never be seen of it.

use handletime::avro::Codec;
use handletime::avro::schema::AvroRecord;
use handletime::domain::leg::{Leg, LegKey};
use handletime::domain::progress::{Progress, ProgressKey};
use handletime::emit::row::RowRecord;
use handletime::topology::row_codecs::RowCodecs;
use handletime::window::row_key::KeyRecord;

use super::history::{self, LegSight, Stood};
use super::settings::Settings;
use super::topics::{RawRecord, family, read_committed};

pub use super::history::Rules;

/// How many broken rules are told.
const TOLD: usize = 20;

/// Reads everything and looks at it; prints how many revisions rows had, and answers how many records there were.
///
/// # Panics
/// With the first broken rules, or when a topic has nothing to look at.
pub fn assert_rules(settings: &Settings, kpi_topics: &[&str], rules: Rules) -> usize {
    let mut broken = Vec::new();
    let mut looked_at = 0;
    let legs = records::<LegKey, Leg>(settings, "legs");
    let taken_back = history::taken_back(legs.iter().map(|(key, leg)| (key, leg.as_ref().and_then(Stood::of))));
    println!("{} readings of legs were taken back, of {}", taken_back.len(), legs.len());
    for topic in kpi_topics {
        let rows = kpi_rows(settings, topic);
        looked_at += rows.len();
        let (needless, revised) = history::needless_revisions(topic, &rows, rules, &taken_back);
        println!("{topic}: {revised}");
        let wrong = history::broken_rows(&rows, rules).into_iter().chain(needless);
        broken.extend(wrong.map(|what| format!("{topic}: {what}")));
    }
    looked_at += legs.len();
    let legs: Vec<_> = legs.into_iter().filter_map(|(key, leg)| Some((key, LegSight::from(&leg?)))).collect();
    broken.extend(history::broken_legs(&legs));
    let progress = records::<ProgressKey, Progress>(settings, "progress");
    looked_at += progress.len();
    let progress: Vec<_> = progress.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    broken.extend(history::broken_progress(&progress));
    assert!(
        broken.is_empty(),
        "{} records break the rules:\n  {}",
        broken.len(),
        broken.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("\n  ")
    );
    looked_at
}

/// Every committed row of a KPI topic of whatever family, each partition in its order; none of them is ever deleted.
fn kpi_rows(settings: &Settings, topic: &str) -> Vec<(KeyRecord, RowRecord)> {
    let (codecs, family, full) = (RowCodecs::default(), family(topic), settings.topic(topic));
    let raw = read_committed(settings.bootstrap_servers(), &full);
    assert!(!raw.is_empty(), "{full} holds nothing");
    let both = raw.iter().map(|record| {
        let wrong =
            |what: &str| -> ! { panic!("{full} partition {} offset {}: {what}", record.partition, record.offset) };
        let key = record.key.as_deref().unwrap_or_default();
        let key = codecs.read_framed_key(family, key).unwrap_or_else(|error| wrong(&error.to_string()));
        let value = record.value.as_deref().unwrap_or_else(|| wrong("a deleted row"));
        (key, codecs.read_framed_row(family, value).unwrap_or_else(|error| wrong(&error.to_string())))
    });
    both.collect()
}

/// All committed records of a topic, each partition in its order; `None`: a tombstone.
pub fn records<K: AvroRecord, V: AvroRecord>(settings: &Settings, topic: &str) -> Vec<(K, Option<V>)> {
    let (keys, values) = (Codec::<K>::default(), Codec::<V>::default());
    let full = settings.topic(topic);
    let raw = read_committed(settings.bootstrap_servers(), &full);
    assert!(!raw.is_empty(), "{full} holds nothing");
    let both = raw.iter().map(|record| {
        let key = read(&keys, record.key.as_deref().unwrap_or_default(), &full, record);
        (key, record.value.as_deref().map(|value| read(&values, value, &full, record)))
    });
    both.collect()
}

/// As [`records`], of a topic whose keys are plain texts; tombstones are left out.
pub fn values<V: AvroRecord>(settings: &Settings, topic: &str) -> Vec<V> {
    let codec = Codec::<V>::default();
    let full = settings.topic(topic);
    let raw = read_committed(settings.bootstrap_servers(), &full);
    let present = raw.iter().filter_map(|record| Some((record, record.value.as_deref()?)));
    present.map(|(record, value)| read(&codec, value, &full, record)).collect()
}

fn read<T: AvroRecord>(codec: &Codec<T>, framed: &[u8], topic: &str, record: &RawRecord) -> T {
    codec.read_framed(framed).unwrap_or_else(|error| panic!("{topic} offset {}: {error}", record.offset))
}
