//! Feeds what is on the broker to the rooms that rebuild. Edge.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ReplayError;
use super::look::{Tasks, Window, each, is_within};
use crate::avro::Codec;
use crate::domain::interaction::Interaction;
use crate::domain::progress::Progress;
use crate::domain::time::InstantMs;
use crate::kafka::bounds::Bounds;
use crate::process::scene::Scene;
use crate::replay::aside::{Aside, Held, Rebuilt, slowest};
use crate::topology::partition::partition_of;
use crate::topology::record::{InputRecord, Produce, topic};

/// Where the readings come from.
#[derive(Clone, Debug)]
pub enum Readings {
    /// From `interactions`, as far as each legs task has read.
    Log,
    /// From there, then from the platform, read again: records of `interactions` without a partition.
    Platform(Vec<Produce>),
}

/// The newest reading of each interaction that is to be sent again, by partition.
pub type Newest = Vec<BTreeMap<String, Source>>;

/// Where a reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Its version and content hash, by which the newest is found.
    pub rank: (InstantMs, i64),
    /// Its offset in the log, or −1 less its place among those of the platform.
    pub at: i64,
}

/// The interactions that each legs task holds and that were measured by other rules than those of its `progress`.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn held(scene: &Scene, bounds: &Bounds, legs: &[Progress]) -> Result<Vec<BTreeSet<String>>, ReplayError> {
    let mut all = Vec::with_capacity(legs.len());
    for (partition, progress) in (0..).zip(legs) {
        let mut held = Held::new(&scene.setup, partition, progress.clone())?;
        let range = Some((progress.legs_floor_offset, i64::MAX));
        each(scene, bounds, (topic::LEGS, partition), range, &mut |record| Ok(held.leg(record)?))?;
        all.push(held.finish()?);
    }
    Ok(all)
}

/// The rows of the window from all readings; the interactions of `standing` count as their leg rows say.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn aside(
    scene: &Scene,
    bounds: &Bounds,
    tasks: &Tasks,
    readings: &Readings,
    standing: &[BTreeSet<String>],
    window: Window,
) -> Result<Rebuilt, ReplayError> {
    let progress = Progress { source_partitions: slowest(&tasks.legs), ..tasks.legs[0].clone() };
    let all: BTreeSet<String> = standing.iter().flatten().cloned().collect();
    let mut aside = Aside::new(&scene.setup, &progress, all)?;
    for (partition, (legs, ids)) in (0..).zip(tasks.legs.iter().zip(standing)) {
        if !ids.is_empty() {
            let range = Some((legs.legs_floor_offset, i64::MAX));
            each(scene, bounds, (topic::LEGS, partition), range, &mut |record| Ok(aside.leg(record)?))?;
        }
    }
    each_reading(scene, bounds, tasks, readings, &mut |_, record| Ok(aside.reading(record)?))?;
    let mut rebuilt = aside.finish()?;
    let mut outside = Vec::new();
    for id in rebuilt.rows.keys() {
        if !is_within(scene, &id.0, id, window)? {
            outside.push(id.clone());
        }
    }
    outside.iter().for_each(|id| drop(rebuilt.rows.remove(id)));
    Ok(rebuilt)
}

/// The newest reading of each of these interactions.
///
/// # Errors
/// [`ReplayError::NoReading`] when one has none.
pub fn newest(
    scene: &Scene,
    bounds: &Bounds,
    tasks: &Tasks,
    readings: &Readings,
    held: &[BTreeSet<String>],
) -> Result<Newest, ReplayError> {
    let mut newest: Newest = vec![BTreeMap::new(); held.len()];
    if held.iter().all(BTreeSet::is_empty) {
        return Ok(newest);
    }
    let codec = Codec::<Interaction>::default();
    each_reading(scene, bounds, tasks, readings, &mut |partition, record| {
        let Some(id) = record.key.and_then(|key| std::str::from_utf8(key).ok()) else {
            return Ok(());
        };
        let slot = usize::try_from(partition).unwrap_or(usize::MAX);
        // What is no interaction is a dead letter already.
        if held.get(slot).is_some_and(|ids| ids.contains(id))
            && let Ok(read) = codec.read_framed(record.value.unwrap_or_default())
        {
            let found = Source { rank: (read.version, read.content_hash), at: record.offset };
            let known = newest[slot].entry(id.to_owned()).or_insert(found);
            *known = (*known).max(found);
        }
        Ok(())
    })?;
    for (ids, found) in held.iter().zip(&newest) {
        if let Some(id) = ids.iter().find(|id| !found.contains_key(*id)) {
            return Err(ReplayError::NoReading { id: id.clone() });
        }
    }
    Ok(newest)
}

/// Gives every reading with its partition: those of the log, then those of the platform, whose offsets count down from −1.
///
/// # Errors
/// As [`ReplayError`] says, or what `take` returns.
pub fn each_reading(
    scene: &Scene,
    bounds: &Bounds,
    tasks: &Tasks,
    readings: &Readings,
    take: &mut dyn FnMut(i32, InputRecord<'_>) -> Result<(), ReplayError>,
) -> Result<(), ReplayError> {
    for (partition, progress) in (0..).zip(&tasks.legs) {
        let range = Some((0, progress.input_offset));
        let place = (topic::INTERACTIONS, partition);
        each(scene, bounds, place, range, &mut |record| take(partition, record))?;
    }
    if let Readings::Platform(records) = readings {
        for (place, record) in (0..).zip(records) {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            let partition = partition_of(key.unwrap_or_default(), scene.setup.interactions_partitions);
            take(partition, InputRecord { offset: -1 - place, key, value })?;
        }
    }
    Ok(())
}
