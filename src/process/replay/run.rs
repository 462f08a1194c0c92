//! A replay from beginning to end: compare only, or publish. Edge; `say` is told what is being done.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ReplayError;
use super::look::{self, Tasks, Window};
use super::rebuild::{self, Readings};
use super::write::Writers;
use crate::domain::progress::Progress;
use crate::domain::time::InstantMs;
use crate::kafka::bounds::Bounds;
use crate::process::scene::Scene;
use crate::replay::aside::{RebuiltRow, RowId, RowRecord};
use crate::replay::difference::{Difference, of_rows};
use crate::replay::replacement::replacements;
use crate::replay::rules::with_rules;
use crate::topology::record::Produce;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// First interval start; `None`: that of the owned range.
    pub from: Option<InstantMs>,
    /// First interval start after it; `None`: that of the owned range.
    pub to: Option<InstantMs>,
    /// Where the readings come from.
    pub readings: Readings,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// Rows in the window, published or rebuilt, and those that differ, by topic.
    pub topics: BTreeMap<String, (usize, Vec<Vec<Difference>>)>,
    /// Readings that were rebuilt from.
    pub readings: u64,
    /// Of them, those that are no interaction, contradict themselves or lasted too long.
    pub dead_letters: u64,
}

/// What a replay published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Readings that were rebuilt from.
    pub readings: u64,
    /// Interactions sent again: the legs tasks restate what follows from them.
    pub sent: u64,
    /// Rows that the intervals tasks replace.
    pub replaced: u64,
}

/// Rebuilds aside by the rules of the settings and compares with what is published; publishes nothing.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn compare(scene: &Scene, asked: &Asked, say: &mut dyn FnMut(&str)) -> Result<Compared, ReplayError> {
    let bounds = Bounds::new(&scene.worker, &format!("{}replay", scene.worker.topic_prefix))?;
    say("looking how far the tasks are");
    let mut tasks = look::tasks(scene, &bounds)?;
    let window = tasks.window(asked.from, asked.to)?;
    check_reach(scene, &bounds, asked, window)?;
    // All rows of the window by the rules of the settings: nothing changes, so nothing need be possible.
    tasks.legs = ruled(scene, &tasks.legs, None, None)?;
    say("rebuilding rows from interactions");
    let nobody = vec![BTreeSet::new(); tasks.legs.len()];
    let rebuilt = rebuild::aside(scene, &bounds, &tasks, &asked.readings, &nobody, window)?;
    say("comparing with the published rows");
    let published = look::published(scene, &bounds, window)?;
    let records: BTreeMap<RowId, RowRecord> = rebuilt.rows.into_iter().map(|(id, row)| (id, row.record)).collect();
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for id in published.keys().chain(records.keys().filter(|id| !published.contains_key(*id))) {
        *sizes.entry(id.0.clone()).or_insert(0) += 1;
    }
    let differing = of_rows(&published, &records)?;
    let topics = differing.into_iter().map(|(name, rows)| (name.clone(), (sizes[&name], rows))).collect();
    Ok(Compared { topics, readings: rebuilt.counts.records, dead_letters: rebuilt.counts.dead_letters })
}

/// Whether a comparison or replay of these rows would be refused, and in which source time interactions that touch them
/// begin: for the platform, before it is asked.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn source_range(
    scene: &Scene,
    from: Option<InstantMs>,
    to: Option<InstantMs>,
) -> Result<(InstantMs, InstantMs), ReplayError> {
    let bounds = Bounds::new(&scene.worker, &format!("{}replay", scene.worker.topic_prefix))?;
    let tasks = look::tasks(scene, &bounds)?;
    let window = tasks.window(from, to)?;
    let sources = crate::replay::aside::slowest(&tasks.legs);
    let read = sources.iter().map(|source| source.watermark).min().ok_or(ReplayError::NoRange)?;
    let longest_ms = scene.setup.rules.config.leg_length_ms_max;
    // What is held may have begun after the window: it is sent again all the same.
    Ok((window.from - longest_ms, read))
}

/// Whether a replay would be refused, before anything is taken over.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn check(scene: &Scene, asked: &Asked) -> Result<(), ReplayError> {
    let bounds = Bounds::new(&scene.worker, &format!("{}replay", scene.worker.topic_prefix))?;
    look::check_stopped(scene, &bounds)?;
    let tasks = look::tasks(scene, &bounds)?;
    let window = tasks.window(asked.from, asked.to)?;
    ruled(scene, &tasks.legs, asked.from, asked.to)?;
    ruled(scene, &tasks.intervals, asked.from, asked.to)?;
    check_reach(scene, &bounds, asked, window)
}

/// Puts the rules of the settings into every task's progress, sends again what is held and was measured by others, and
/// replaces the rows that this leaves behind. To be repeated when it fails midway.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn publish(scene: &Scene, asked: &Asked, say: &mut dyn FnMut(&str)) -> Result<Replayed, ReplayError> {
    let bounds = Bounds::new(&scene.worker, &format!("{}replay", scene.worker.topic_prefix))?;
    look::check_stopped(scene, &bounds)?;
    say("taking the tasks' transactional ids over");
    let writers = Writers::take_over(scene)?;
    let before = look::tasks(scene, &bounds)?;
    let window = before.window(asked.from, asked.to)?;
    check_reach(scene, &bounds, asked, window)?;
    let tasks = Tasks {
        legs: ruled(scene, &before.legs, asked.from, asked.to)?,
        intervals: ruled(scene, &before.intervals, asked.from, asked.to)?,
    };
    say("looking which interactions are held");
    let held = rebuild::held(scene, &bounds, &tasks.legs)?;
    let newest = rebuild::newest(scene, &bounds, &tasks, &asked.readings, &held)?;
    say("rebuilding rows from interactions");
    let rebuilt = rebuild::aside(scene, &bounds, &tasks, &asked.readings, &held, window)?;
    say("comparing with the published rows");
    let published = look::published(scene, &bounds, window)?;
    let commands = by_partition(scene, &published, &rebuilt.rows)?;
    say("sending interactions again");
    let sent = writers.restate(scene, &bounds, &tasks, (&asked.readings, &newest))?;
    say("replacing rows");
    let mut replaced = 0;
    for (partition, ((progress, commands), before)) in
        (0..).zip(tasks.intervals.iter().zip(&commands).zip(&before.intervals))
    {
        // An earlier attempt came this far: its commands, made from the same, still wait to be read.
        let done = before.rules_version == scene.setup.rules.version
            && look::has_pending_commands(scene, &bounds, partition, before)?;
        if !done {
            writers.replace(scene, partition, progress, commands)?;
            replaced += commands.len() as u64;
        }
    }
    Ok(Replayed { readings: rebuilt.counts.records, sent, replaced })
}

fn by_partition(
    scene: &Scene,
    published: &BTreeMap<RowId, RowRecord>,
    rebuilt: &BTreeMap<RowId, RebuiltRow>,
) -> Result<Vec<Vec<Produce>>, ReplayError> {
    let partitions = scene.setup.contributions_partitions;
    let mut by_partition = vec![Vec::new(); usize::try_from(partitions).unwrap_or(0)];
    for command in replacements(published, rebuilt, partitions)? {
        let slot = command.partition.and_then(|partition| usize::try_from(partition).ok());
        if let Some(commands) = slot.and_then(|slot| by_partition.get_mut(slot)) {
            commands.push(command);
        }
    }
    Ok(by_partition)
}

fn ruled(
    scene: &Scene,
    tasks: &[Progress],
    from: Option<InstantMs>,
    to: Option<InstantMs>,
) -> Result<Vec<Progress>, ReplayError> {
    let ruled = |progress: &Progress| with_rules(progress.clone(), &scene.setup, from, to);
    Ok(tasks.iter().map(ruled).collect::<Result<_, _>>()?)
}

/// What the platform was asked for reaches as far back as it was asked.
fn check_reach(scene: &Scene, bounds: &Bounds, asked: &Asked, window: Window) -> Result<(), ReplayError> {
    match asked.readings {
        Readings::Log => look::check_reach(scene, bounds, window.from),
        Readings::Platform(_) => Ok(()),
    }
}
