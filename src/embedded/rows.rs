//! Reads the rows of a KPI topic of the in-process log, newest revision of each. Edge: it locks the log.

use std::collections::BTreeMap;

use super::log::Log;
use crate::avro::{AvroError, Codec};
use crate::domain::row::{QueueInterval, QueueIntervalKey};

/// Records taken in one go.
const READ_RECORDS_MAX: usize = 10_000;

/// All committed rows of a topic, by key; `topic` without a prefix.
///
/// # Errors
/// When a record is no row.
pub fn read(log: &Log, topic: &str) -> Result<BTreeMap<QueueIntervalKey, QueueInterval>, AvroError> {
    let (keys, values) = (Codec::<QueueIntervalKey>::default(), Codec::<QueueInterval>::default());
    let mut rows = BTreeMap::new();
    for partition in 0..log.partitions(topic) {
        let mut from = 0;
        loop {
            let records = log.read(topic, partition, from, READ_RECORDS_MAX);
            let Some(last) = records.last() else {
                break;
            };
            from = last.offset + 1;
            for record in &records {
                let key = keys.read_framed(record.key.as_deref().unwrap_or_default())?;
                match &record.value {
                    Some(value) => rows.insert(key, values.read_framed(value)?),
                    None => rows.remove(&key),
                };
            }
        }
    }
    Ok(rows)
}
