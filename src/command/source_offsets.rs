//! Where the sources of a broker stand, by their stored offsets, and what was asked of them. Edge.

use std::collections::BTreeMap;

use anyhow::Context;

use crate::config::typed::WorkerConfig;
use crate::domain::time::TimeRange;
use crate::extract::source_offset::SourceOffset;
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::reader::{input, read_range};
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
    pub asked: Vec<TimeRange>,
}

/// The source partitions of a broker that are read now, in the order of pipeline, organisation and name. What an earlier
/// plan of an organisation read is left out: the newest plan has taken over what it held.
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
        let asked = request.filter(|request| offset.request < request.number).map(|request| request.ranges);
        all.push(Stored { of, offset, asked: asked.unwrap_or_default() });
    }
    Ok(newest_plans(all))
}

fn newest_plans(all: Vec<Stored>) -> Vec<Stored> {
    let of = |stored: &Stored| (stored.of.pipeline.clone(), stored.of.org_id.clone());
    let mut generations = BTreeMap::new();
    for stored in &all {
        let newest = generations.entry(of(stored)).or_insert(stored.offset.plan_generation);
        *newest = stored.offset.plan_generation.max(*newest);
    }
    all.into_iter().filter(|stored| generations.get(&of(stored)) == Some(&stored.offset.plan_generation)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_plan_of_each_organisation_counts() {
        let stored = |org_id: &str, source_partition: &str, generation: i64| {
            let of = SourcePartition {
                pipeline: "default".to_owned(),
                org_id: org_id.to_owned(),
                source_partition: source_partition.to_owned(),
                connector: String::new(),
            };
            let offset = SourceOffset { plan_generation: generation, ..SourceOffset::new(0) };
            Stored { of, offset, asked: Vec::new() }
        };
        let all = vec![stored("a", "all", 1), stored("a", "one", 2), stored("a", "two", 2), stored("b", "all", 1)];
        let left: Vec<_> = newest_plans(all).into_iter().map(|stored| stored.of.source_partition).collect();
        assert_eq!(left, ["one", "two", "all"]);
    }
}
