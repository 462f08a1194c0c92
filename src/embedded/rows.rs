//! Reads the rows of a KPI topic of the in-process log, newest revision of each. Edge: it locks the log.

use std::collections::BTreeMap;

use super::log::Log;
use crate::avro::schema::AvroRecord;
use crate::avro::{AvroError, Newest};
use crate::domain::family::Family;
use crate::emit::row::RowRecord;
use crate::topology::row_codecs::RowCodecs;
use crate::window::row_key::KeyRecord;

/// Records taken in one go.
const READ_RECORDS_MAX: usize = 10_000;

/// All committed rows of a topic of a family, by key; `topic` without a prefix.
///
/// # Errors
/// When a record is no row.
pub fn read(log: &Log, topic: &str, family: Family) -> Result<BTreeMap<KeyRecord, RowRecord>, AvroError> {
    let codecs = RowCodecs::default();
    let mut rows = BTreeMap::new();
    each(log, topic, |key, value| {
        let key = codecs.read_framed_key(family, key)?;
        match value {
            Some(value) => rows.insert(key, codecs.read_framed_row(family, value)?),
            None => rows.remove(&key),
        };
        Ok(())
    })?;
    Ok(rows)
}

/// The newest committed record of each key of a topic; `topic` without a prefix.
///
/// # Errors
/// When a record cannot be read.
pub fn records<K: AvroRecord + Ord, V: AvroRecord>(log: &Log, topic: &str) -> Result<BTreeMap<K, V>, AvroError> {
    let mut newest = Newest::default();
    each(log, topic, |key, value| newest.take(key, value))?;
    Ok(newest.standing())
}

/// Gives every committed record of a topic, key and value, partition by partition in the order of their offsets.
///
/// # Errors
/// What `take` says.
pub fn each(
    log: &Log,
    topic: &str,
    mut take: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), AvroError>,
) -> Result<(), AvroError> {
    for partition in 0..log.partitions(topic) {
        let mut from = 0;
        loop {
            let records = log.read(topic, partition, from, READ_RECORDS_MAX);
            let Some(last) = records.last() else {
                break;
            };
            from = last.offset + 1;
            for record in &records {
                take(record.key.as_deref().unwrap_or_default(), record.value.as_deref())?;
            }
        }
    }
    Ok(())
}
