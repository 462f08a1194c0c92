//! Reads the rows of a KPI topic, newest revision of each. Edge.

use std::collections::BTreeMap;

use crate::avro::Codec;
use crate::config::typed::WorkerConfig;
use crate::domain::causes::causes;
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::reader::{input, read_range};

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

/// All committed rows of a topic, by key.
///
/// # Errors
/// As [`RowsError`] says.
pub fn read(worker: &WorkerConfig, topic: &str) -> Result<BTreeMap<QueueIntervalKey, QueueInterval>, RowsError> {
    let group = format!("{}report", worker.topic_prefix);
    let bounds = Bounds::new(worker, &group)?;
    let partitions = bounds.partitions(topic)?.ok_or_else(|| RowsError::NoTopic(topic.to_owned()))?;
    let (keys, values) = (Codec::<QueueIntervalKey>::default(), Codec::<QueueInterval>::default());
    let mut rows = BTreeMap::new();
    for partition in 0..partitions {
        let range = bounds.all(topic, partition)?;
        read_range::<RowsError>(worker, &bounds, &group, (topic, partition), range, &mut || {}, &mut |record| {
            let record = input(record);
            let unreadable =
                |error| RowsError::Unreadable { topic: topic.to_owned(), offset: record.offset, cause: causes(&error) };
            let key = keys.read_framed(record.key.unwrap_or_default()).map_err(unreadable)?;
            match record.value {
                Some(value) => rows.insert(key, values.read_framed(value).map_err(unreadable)?),
                None => rows.remove(&key),
            };
            Ok(())
        })?;
    }
    Ok(rows)
}
