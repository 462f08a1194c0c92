//! Whether everything up to a bounded source's end is in committed rows, whoever carries the tasks. Edge.

use std::collections::BTreeMap;

use super::broker::Ranges;
use super::failure::TaskFailure;
use super::scene::Scene;
use crate::avro::Codec;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::time::InstantMs;
use crate::kafka::settings::METADATA_TIMEOUT;
use crate::topology::TopologyError;
use crate::topology::record::topic;
use crate::topology::task::Task;

/// How far all tasks of a processor are, by their newest committed progress.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// By room and partition; a task without progress is absent.
    pub tasks: BTreeMap<(Room, i32), Progress>,
}

/// Reads the newest committed progress of all tasks.
///
/// # Errors
/// As [`TaskFailure`] says.
pub fn overview(scene: &Scene, ranges: &impl Ranges) -> Result<Overview, TaskFailure> {
    let full = scene.names.topic(topic::PROGRESS);
    let partitions = scene.setup.interactions_partitions.max(scene.setup.contributions_partitions);
    Ok(Overview { tasks: tasks_of(scene, ranges, (&full, partitions), &mut || {})? })
}

/// The newest committed progress of the tasks that a `progress` topic of so many partitions is of.
///
/// # Errors
/// As [`TaskFailure`] says.
pub fn tasks_of(
    scene: &Scene,
    ranges: &impl Ranges,
    (full, partitions): (&str, i32),
    beat: &mut dyn FnMut(),
) -> Result<BTreeMap<(Room, i32), Progress>, TaskFailure> {
    let (keys, values) = (Codec::<ProgressKey>::default(), Codec::<Progress>::default());
    let mut tasks = BTreeMap::new();
    let group = scene.names.group(Room::Legs);
    for partition in 0..partitions {
        let range = ranges.all((full, partition))?;
        ranges.each(&group, (full, partition), range, beat, &mut |record| {
            let unreadable = |source| TopologyError::State { what: topic::PROGRESS, offset: record.offset, source };
            let key = keys.read_framed(record.key.unwrap_or_default()).map_err(unreadable)?;
            let room = [Room::Legs, Room::Intervals].into_iter().find(|room| room.word() == key.room);
            if let Some((room, value)) = room.zip(record.value) {
                let progress = values.read_framed(value).map_err(unreadable)?;
                tasks.insert((room, key.partition), progress);
            }
            Ok(())
        })?;
    }
    Ok(tasks)
}

impl Overview {
    /// Whether every task of both rooms has passed a closing watermark; at `extract_end` or later, where it is known.
    #[must_use]
    pub fn is_complete(&self, scene: &Scene, extract_end: Option<InstantMs>) -> bool {
        let (legs_partitions, partitions) = (scene.setup.interactions_partitions, scene.setup.contributions_partitions);
        let closed_at = |closed: bool, watermark| closed && extract_end.is_none_or(|end| end <= watermark);
        let legs_done = |partition: i32| {
            self.tasks.get(&(Room::Legs, partition)).is_some_and(|progress| {
                let sources = &progress.source_partitions;
                !sources.is_empty() && sources.iter().all(|known| closed_at(known.closed, known.watermark))
            })
        };
        let intervals_done = |partition: i32| {
            self.tasks.get(&(Room::Intervals, partition)).is_some_and(|progress| {
                (0..legs_partitions).all(|from| {
                    let mut known = progress.passed.iter().filter(|known| known.legs_partition == from).peekable();
                    known.peek().is_some() && known.all(|known| closed_at(known.closed, known.watermark))
                })
            })
        };
        let open_legs = (0..legs_partitions).find(|partition| !legs_done(*partition));
        let open_intervals = (0..partitions).find(|partition| !intervals_done(*partition));
        for (room, partition) in [(Room::Legs, open_legs), (Room::Intervals, open_intervals)] {
            let Some(partition) = partition else { continue };
            let room_word = room.word();
            let progress = self.tasks.get(&(room, partition));
            let sources = progress.map(|progress| &progress.source_partitions);
            let passed = progress.map(|progress| &progress.passed);
            tracing::debug!(room_word, partition, extract_end, ?sources, ?passed, "not complete");
        }
        open_legs.is_none() && open_intervals.is_none()
    }

    /// Whether records of an input topic still wait for their task, as after a replay: then rows are still to come, although
    /// every watermark has passed.
    ///
    /// # Errors
    /// As [`TaskFailure`] says.
    pub fn has_unread(&self, scene: &Scene, ranges: &impl Ranges) -> Result<bool, TaskFailure> {
        for ((room, partition), progress) in &self.tasks {
            let full = scene.names.topic(Task::input_topic(*room));
            // Asked after the progress was read: what a legs task had sent by then lies before this end.
            let end = ranges.decided((&full, *partition), METADATA_TIMEOUT)?;
            let (range, group) = ((progress.input_offset, end), scene.names.group(*room));
            let mut found = false;
            let place = (full.as_str(), *partition);
            ranges.each(&group, place, range, &mut || {}, &mut |_| {
                found = true;
                Ok(())
            })?;
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether any held range touches a row: then what is complete is not all final.
    #[must_use]
    pub fn has_held(&self) -> bool {
        let holds = |progress: &Progress| {
            progress.source_partitions.iter().any(|known| !known.held.is_empty())
                || progress.passed.iter().any(|known| !known.held.is_empty())
        };
        self.tasks.values().any(holds)
    }
}
