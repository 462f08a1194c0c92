//! What a processor left on the broker: progress, held interactions, published rows, readings. Edge.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::error::ReplayError;
use crate::avro::Codec;
use crate::domain::contribution::Contribution;
use crate::domain::progress::{Progress, Room};
use crate::domain::time::{InstantMs, format_instant};
use crate::kafka::bounds::Bounds;
use crate::kafka::error::KafkaFailure;
use crate::kafka::reader::{Polled, Reader, input, read_range, written_at};
use crate::process::completion::overview;
use crate::process::over_kafka::KafkaRanges;
use crate::process::scene::Scene;
use crate::replay::aside::{RowId, RowRecord, row_id};
use crate::topology::record::{InputRecord, topic};
use crate::topology::row_codecs::RowCodecs;
use crate::topology::setup::owned_range;
use crate::topology::task::Task;
use crate::window::row_key::RowTopic;

/// How long the first record of a partition may take to come.
const FIRST_WITHIN: Duration = Duration::from_secs(30);

/// How far all tasks of a processor are, in the order of their partitions.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks {
    /// Of the legs tasks.
    pub legs: Vec<Progress>,
    /// Of the intervals tasks.
    pub intervals: Vec<Progress>,
}

/// The rows that a replay is about: those that start in `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First interval start.
    pub from: InstantMs,
    /// First interval start after it; `None`: open.
    pub to: Option<InstantMs>,
}

impl Window {
    fn holds(&self, start: InstantMs) -> bool {
        self.from <= start && self.to.is_none_or(|to| start < to)
    }
}

/// No process carries tasks of the processor: one that does would be fenced, and could go on by the rules that it knows.
///
/// # Errors
/// [`ReplayError::Running`] with the group that has members, or the broker's part.
pub fn check_stopped(scene: &Scene, bounds: &Bounds) -> Result<(), ReplayError> {
    for room in [Room::Legs, Room::Intervals] {
        let group = scene.names.group(room);
        let members = bounds.members(&group)?;
        if 0 < members {
            let cause = format!("group {group} has {members} members; one that was killed leaves after some seconds");
            return Err(ReplayError::Running(cause));
        }
    }
    Ok(())
}

/// Reads the progress of all tasks.
///
/// # Errors
/// When the broker has not what a processor makes, or other partition counts than the settings.
pub fn tasks(scene: &Scene, bounds: &Bounds) -> Result<Tasks, ReplayError> {
    for name in [topic::INTERACTIONS, topic::LEGS, topic::CONTRIBUTIONS, topic::PROGRESS] {
        let full = scene.names.topic(name);
        let found = bounds.partitions(&full)?.ok_or_else(|| ReplayError::NoTopic(full.clone()))?;
        let expected = scene.setup.interactions_partitions;
        if found != expected {
            return Err(ReplayError::Partitions { topic: full, found, expected });
        }
    }
    let overview = overview(scene, &KafkaRanges { worker: &scene.worker, bounds })?;
    let of = |room: Room, partitions: i32| -> Result<Vec<Progress>, ReplayError> {
        let one = |partition: i32| {
            let absent = ReplayError::NoProgress { room: room.word(), partition };
            overview.tasks.get(&(room, partition)).cloned().ok_or(absent)
        };
        (0..partitions).map(one).collect()
    };
    Ok(Tasks {
        legs: of(Room::Legs, scene.setup.interactions_partitions)?,
        intervals: of(Room::Intervals, scene.setup.contributions_partitions)?,
    })
}

impl Tasks {
    /// The rows asked for, within those that the processor owns.
    ///
    /// # Errors
    /// When it owns none, or an end lies outside.
    pub fn window(&self, from: Option<InstantMs>, to: Option<InstantMs>) -> Result<Window, ReplayError> {
        let owned = self.legs.iter().find_map(owned_range).ok_or(ReplayError::NoRange)?;
        let outside = |at: InstantMs| at < owned.start || owned.end.is_some_and(|end| end < at);
        let text = || {
            let end = owned.end.map_or_else(|| "open".to_owned(), format_instant);
            format!("{} to {end}", format_instant(owned.start))
        };
        for (option, at) in [("--from", from), ("--to", to)] {
            if let Some(at) = at.filter(|at| outside(*at)) {
                return Err(ReplayError::OutOfRange { option, at, owned: text() });
            }
        }
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            return Err(ReplayError::OutOfRange { option: "--to", at: to, owned: format!("after --from, {}", text()) });
        }
        Ok(Window { from: from.unwrap_or(owned.start), to: to.or(owned.end) })
    }
}

/// The newest record of every row in the window.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn published(scene: &Scene, bounds: &Bounds, window: Window) -> Result<BTreeMap<RowId, RowRecord>, ReplayError> {
    let mut rows = BTreeMap::new();
    for name in Task::state_topics(Room::Intervals, &scene.setup) {
        // A topic of a grain that is new has no rows yet: the processor creates it.
        let partitions = bounds.partitions(&scene.names.topic(&name))?.unwrap_or(0);
        for partition in 0..partitions {
            each(scene, bounds, (&name, partition), None, &mut |record| {
                let key = record.key.unwrap_or_default();
                if let (Some(id), Some(value)) = (row_id(&name, key), record.value)
                    && is_within(scene, &name, &id, window)?
                {
                    rows.insert(id, RowRecord { key: key.to_vec(), value: value.to_vec() });
                }
                Ok(())
            })?;
        }
    }
    Ok(rows)
}

/// Whether the row starts in the window.
///
/// # Errors
/// When its key cannot be read.
pub fn is_within(scene: &Scene, name: &str, id: &RowId, window: Window) -> Result<bool, ReplayError> {
    let Some(of) = RowTopic::from_name(name, scene.setup.rules.config.attribution[0]) else {
        return Ok(false);
    };
    Ok(window.holds(RowCodecs::default().read_key(of.family, &id.1)?.interval_start()))
}

/// Refuses when interactions from `from` on may be gone from the log.
///
/// # Errors
/// [`ReplayError::LogTooShort`], or what the broker says.
pub fn check_reach(scene: &Scene, bounds: &Bounds, from: InstantMs) -> Result<(), ReplayError> {
    let full = scene.names.topic(topic::INTERACTIONS);
    for partition in 0..scene.setup.interactions_partitions {
        let (log_start, end) = bounds.all(&full, partition)?;
        if log_start == 0 {
            continue;
        }
        let first = if log_start < end { first_written(scene, &full, partition, log_start)? } else { None };
        if first.is_none_or(|written| from < written) {
            return Err(ReplayError::LogTooShort { topic: full, partition, log_start, from });
        }
    }
    Ok(())
}

/// When the first record that is there was written.
fn first_written(scene: &Scene, full: &str, partition: i32, start: i64) -> Result<Option<InstantMs>, KafkaFailure> {
    let group = scene.names.group(Room::Legs);
    let reader = Reader::new(&scene.worker, &group, &format!("{group}.replay"))?;
    reader.assign(&[(full.to_owned(), partition, start)])?;
    let deadline = Instant::now() + FIRST_WITHIN;
    while Instant::now() < deadline {
        if let Polled::Record(record) = reader.poll(Duration::from_millis(200))? {
            return Ok(written_at(&record));
        }
    }
    Ok(None)
}

/// Whether commands of an earlier replay still wait for an intervals task.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn has_pending_commands(
    scene: &Scene,
    bounds: &Bounds,
    partition: i32,
    progress: &Progress,
) -> Result<bool, ReplayError> {
    let codec = Codec::<Contribution>::default();
    let mut pending = false;
    let range = Some((progress.input_offset, i64::MAX));
    each(scene, bounds, (topic::CONTRIBUTIONS, partition), range, &mut |record| {
        let said = codec.read_framed(record.value.unwrap_or_default())?;
        pending |= said.row.is_some_and(|row| row.replace_revision.is_some());
        Ok(())
    })?;
    Ok(pending)
}

/// Gives every committed record of a partition; `range` narrows which.
///
/// # Errors
/// As [`ReplayError`] says, or what `take` returns.
pub fn each(
    scene: &Scene,
    bounds: &Bounds,
    (name, partition): (&str, i32),
    range: Option<(i64, i64)>,
    take: &mut dyn FnMut(InputRecord<'_>) -> Result<(), ReplayError>,
) -> Result<(), ReplayError> {
    let full = scene.names.topic(name);
    let (start, end) = bounds.all(&full, partition)?;
    let (from, to) = range.map_or((start, end), |(from, to)| (from.max(start), to.min(end)));
    let group = scene.names.group(Room::Legs);
    read_range::<ReplayError>(
        &scene.worker,
        bounds,
        &group,
        (&full, partition),
        (from, to),
        &mut || {},
        &mut |record| take(input(record)),
    )
}
