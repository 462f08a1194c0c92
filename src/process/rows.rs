//! Reads the rows of a KPI topic, newest revision of each. Edge.

use std::collections::BTreeMap;

use crate::avro::schema::AvroRecord;
use crate::avro::{AvroError, Newest};
use crate::config::typed::WorkerConfig;
use crate::domain::causes::causes;
use crate::domain::family::Family;
use crate::emit::row::RowRecord;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::reader::{input, read_range};
use crate::topology::row_codecs::RowCodecs;
use crate::window::row_key::KeyRecord;

/// Why rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The broker's part.
    #[error(transparent)]
    Kafka(#[from] KafkaFailure),
    /// There is no such topic.
    #[error("there is no topic {0}: has a processor with this grain and attribution run?")]
    NoTopic(String),
    /// A record is no row.
    #[error("{topic} offset {offset}: {cause}")]
    Unreadable {
        /// Full topic name.
        topic: String,
        /// Offset.
        offset: i64,
        /// What the decoder said.
        cause: String,
    },
}

/// All committed rows of a topic of a family, by key.
///
/// # Errors
/// As [`RowsError`] says.
pub fn read(worker: &WorkerConfig, topic: &str, family: Family) -> Result<BTreeMap<KeyRecord, RowRecord>, RowsError> {
    let codecs = RowCodecs::default();
    let mut rows = BTreeMap::new();
    each(worker, topic, |key, value| {
        let key = codecs.read_framed_key(family, key)?;
        match value {
            Some(value) => rows.insert(key, codecs.read_framed_row(family, value)?),
            None => rows.remove(&key),
        };
        Ok(())
    })?;
    Ok(rows)
}

/// The newest committed record of each key of a topic.
///
/// # Errors
/// As [`RowsError`] says.
pub fn records<K: AvroRecord + Ord, V: AvroRecord>(
    worker: &WorkerConfig,
    topic: &str,
) -> Result<BTreeMap<K, V>, RowsError> {
    let mut newest = Newest::default();
    each(worker, topic, |key, value| newest.take(key, value))?;
    Ok(newest.standing())
}

/// Gives every committed record of a topic, key and value, partition by partition in the order of their offsets.
///
/// # Errors
/// As [`RowsError`] says; `take` may refuse a record as unreadable.
pub fn each(
    worker: &WorkerConfig,
    topic: &str,
    mut take: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), AvroError>,
) -> Result<(), RowsError> {
    let group = format!("{}report", worker.topic_prefix);
    let bounds = Bounds::new(worker, &group)?;
    let partitions = bounds.partitions(topic)?.ok_or_else(|| RowsError::NoTopic(topic.to_owned()))?;
    for partition in 0..partitions {
        let range = bounds.all(topic, partition)?;
        read_range::<RowsError>(worker, &bounds, &group, (topic, partition), range, &mut || {}, &mut |record| {
            let record = input(record);
            take(record.key.unwrap_or_default(), record.value).map_err(|error| RowsError::Unreadable {
                topic: topic.to_owned(),
                offset: record.offset,
                cause: causes(&error),
            })
        })?;
    }
    Ok(())
}
