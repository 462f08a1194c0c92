//! Where the sources of a broker stand, by their stored offsets, and what was asked of them. Edge.

use std::collections::BTreeMap;

use crate::config::typed::WorkerConfig;
use crate::extract::source_offset::SourceOffset;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::reader::{input, read_range};
use crate::publish::contract::Request;
use crate::publish::encode::{SourcePartition, read_offset, read_request};
use crate::topology::record::topic;

/// What is stored of one source partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Which.
    pub of: SourcePartition,
    /// Its committed offset.
    pub offset: SourceOffset,
    /// What was asked of it and not taken yet.
    pub asked: Request,
}

/// Leaves out the source partitions of earlier splits, which nobody reads any more: what they held has gone over to those
/// that followed.
fn of_the_newest_split(mut all: Vec<Stored>) -> Vec<Stored> {
    let mut newest: BTreeMap<(String, String), i64> = BTreeMap::new();
    let source = |stored: &Stored| (stored.of.pipeline.clone(), stored.of.org_id.clone());
    for stored in &all {
        let generation = newest.entry(source(stored)).or_insert(i64::MIN);
        *generation = stored.offset.plan_generation.max(*generation);
    }
    all.retain(|stored| newest.get(&source(stored)) == Some(&stored.offset.plan_generation));
    all
}

/// Why it is not known where sources stand.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The broker does not tell.
    #[error(transparent)]
    Kafka(#[from] KafkaFailure),
    /// Nothing was ever stored.
    #[error("there is no topic {0}: has a source run?")]
    NoTopic(String),
    /// What is stored is none of this program.
    #[error("the offset of {org_id} {source_partition} in {topic}: {cause}")]
    Unreadable {
        /// Organisation.
        org_id: String,
        /// What of it is read.
        source_partition: String,
        /// Where it is stored.
        topic: String,
        /// What cannot be read of it.
        cause: String,
    },
}

/// All source partitions of a broker, in the order of pipeline, organisation and name.
///
/// # Errors
/// As [`StoredError`] says.
pub fn read(worker: &WorkerConfig) -> Result<Vec<Stored>, StoredError> {
    // The topic is one for all pipelines.
    let offsets = Names::new(&worker.topic_prefix, "").topic(topic::OFFSETS);
    let group = format!("{}slices", worker.topic_prefix);
    let bounds = Bounds::new(worker, &group)?;
    if bounds.partitions(&offsets)?.is_none() {
        return Err(StoredError::NoTopic(offsets));
    }
    let range = bounds.all(&offsets, 0)?;
    let mut newest: BTreeMap<Vec<u8>, (i64, Option<Vec<u8>>)> = BTreeMap::new();
    read_range::<KafkaFailure>(worker, &bounds, &group, (&offsets, 0), range, &mut || {}, &mut |record| {
        let record = input(record);
        let value = record.value.map(<[u8]>::to_vec);
        newest.insert(record.key.unwrap_or_default().to_vec(), (record.offset, value));
        Ok(())
    })?;
    let mut all = Vec::new();
    for (key, (_, value)) in &newest {
        let (Some(of), Some(value)) = (SourcePartition::of_offset_key(key), value) else { continue };
        let unreadable = |cause: String| StoredError::Unreadable {
            org_id: of.org_id.clone(),
            source_partition: of.source_partition.clone(),
            topic: offsets.clone(),
            cause,
        };
        let (json, _) = read_offset(value).map_err(|error| unreadable(error.to_string()))?;
        let offset = SourceOffset::from_json(&json).map_err(|error| unreadable(error.to_string()))?;
        let request = newest.get(&of.request_key());
        let request = request.and_then(|(at, value)| read_request(*at, value.as_deref()));
        let asked = request.filter(|request| offset.request < request.number);
        all.push(Stored { of, offset, asked: asked.unwrap_or_default() });
    }
    Ok(of_the_newest_split(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_partitions_of_earlier_splits_are_left_out() {
        let stored = |pipeline: &str, name: &str, generation: i64| {
            let mut offset = SourceOffset::new(0);
            offset.plan_generation = generation;
            let (pipeline, source_partition) = (pipeline.to_owned(), name.to_owned());
            let of = SourcePartition { pipeline, org_id: "acme".into(), source_partition, connector: String::new() };
            Stored { of, offset, asked: Request::default() }
        };
        let all =
            vec![stored("a", "d", 1), stored("a", "d.voice", 2), stored("a", "d.not-voice", 2), stored("b", "d", 1)];
        let left: Vec<String> = of_the_newest_split(all).into_iter().map(|stored| stored.of.source_partition).collect();
        assert_eq!(left, ["d.voice", "d.not-voice", "d"]);
    }
}
