//! Where the sources of a broker stand, by their stored offsets, and what was asked of them. Edge.

use std::collections::BTreeMap;

use anyhow::Context;

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

/// All source partitions of a broker, in the order of pipeline, organisation and name.
///
/// # Errors
/// When the broker does not answer, has no `offsets`, or an offset cannot be read.
pub fn read(worker: &WorkerConfig) -> anyhow::Result<Vec<Stored>> {
    // The topic is one for all pipelines.
    let offsets = Names::new(&worker.topic_prefix, "").topic(topic::OFFSETS);
    let group = format!("{}slices", worker.topic_prefix);
    let bounds = Bounds::new(worker, &group)?;
    bounds.partitions(&offsets)?.with_context(|| format!("there is no topic {offsets}: has a source run?"))?;
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
        let unreadable = || format!("the offset of {} {} in {offsets}", of.org_id, of.source_partition);
        let (json, _) = read_offset(value).with_context(unreadable)?;
        let offset = SourceOffset::from_json(&json).with_context(unreadable)?;
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
