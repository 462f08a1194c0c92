//! Finds out how far the predecessor of a task came, and restores its state. Edge.
//!
//! The order matters: (1) `init_transactions` ends the predecessor's transaction and fences it, and what a broker left of it
//! without an end is ended, wherever it stands; (2) `progress` is read; (3) the end of each own output partition is asked
//! `read_uncommitted`: the last stable offset may lag behind a commit; (4) the state is read `read_committed` up to there;
//! (5) input goes on at the offset in `progress`.

use super::board::Restore;
use super::broker::{Broker, Ranges};
use super::claim::claims_of_others;
use super::completion::overview;
use super::failure::TaskFailure;
use super::scene::Scene;
use crate::avro::Codec;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::time::{InstantMs, format_instant};
use crate::runtime::shutdown::Shutdown;
use crate::topology::TopologyError;
use crate::topology::record::{InputRecord, topic};
use crate::topology::rules_change::Peers;
use crate::topology::setup::owned_range;
use crate::topology::task::Task;

/// What a successor goes on with.
#[derive(Debug)]
pub struct TakenOver<P> {
    /// The task with its state.
    pub task: Task,
    /// The producer that fenced the predecessor.
    pub producer: P,
}

/// Takes a partition of a room over. `beat` is called now and then.
///
/// # Errors
/// As [`TaskFailure`] says; nothing was written. [`TaskFailure::Stopped`] when a stop was asked for meanwhile: a large state
/// takes longer than a stop may.
pub fn take_over<B: Broker>(
    scene: &Scene,
    broker: &B,
    (room, partition): (Room, i32),
    shutdown: &Shutdown,
    beat: &mut dyn FnMut(),
) -> Result<TakenOver<B::Producer>, TaskFailure> {
    let id = scene.names.task_transactional_id(room, partition);
    let producer = broker.take_over(&id)?;
    broker.settle(&producer, &output_places(scene, room, partition), beat)?;
    // One that has not begun may have other rules by now, and claims its rows anew.
    let progress = read_progress(scene, broker, room, partition, beat)?.filter(Progress::has_begun);
    check_input(scene, broker, room, partition, progress.as_ref())?;
    let known = progress.is_some();
    let progress = agree(scene, broker, room, partition, progress)?;
    let mut task = Task::new(room, scene.setup.clone(), partition, progress)?;
    let began = std::time::Instant::now();
    let mut state = Vec::new();
    for name in Task::state_topics(room, &scene.setup) {
        let full = scene.names.topic(&name);
        let (start, end) = broker.all((&full, partition))?;
        if known {
            check_state(room, &task, &full, partition, start)?;
        }
        state.push((name, full, (start, end)));
    }
    if room == Room::Intervals && state.iter().any(|(.., (from, to))| from < to) {
        // The rows are those that the legs tasks contribute to.
        let legs = read_progress(scene, broker, Room::Legs, 0, beat)?.filter(Progress::has_begun);
        match legs.as_ref().and_then(owned_range) {
            Some(range) => task.own(range),
            None => task.leave_to(claims_of_others(scene, broker, beat)?),
        }
    }
    let offsets = |(start, end): (i64, i64)| end.saturating_sub(start).max(0).unsigned_abs();
    let all = state.iter().map(|(.., range)| offsets(*range)).sum();
    let mut restore = Restore::begin(&scene.board, (room, partition), all);
    let (mut records, mut before) = (0u64, 0u64);
    for (name, full, range) in state {
        let group = scene.names.group(room);
        broker.each(&group, (&full, partition), range, beat, &mut |record| {
            if shutdown.requested() {
                return Err(TaskFailure::Stopped);
            }
            records += 1;
            restore.passed(before + offsets((range.0, record.offset)));
            if task.restore(&name, record)? && !known {
                // Committed output: an aborted first transaction leaves offsets behind, but no records.
                return Err(TopologyError::OutputWithoutProgress { topic: full.clone(), partition }.into());
            }
            Ok(())
        })?;
        before += offsets(range);
    }
    task.restored()?;
    let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(room = room.word(), partition, records, elapsed_ms, "restored");
    Ok(TakenOver { task, producer })
}

/// All partitions that a task may write to, with the full names of their topics.
#[must_use]
pub fn output_places(scene: &Scene, room: Room, partition: i32) -> Vec<(String, i32)> {
    let places = Task::output_places(room, &scene.setup, partition).into_iter();
    places.map(|(name, partition)| (scene.names.topic(&name), partition)).collect()
}

/// The progress with the rules that all tasks of the processor agree on.
fn agree(
    scene: &Scene,
    ranges: &impl Ranges,
    room: Room,
    partition: i32,
    progress: Option<Progress>,
) -> Result<Option<Progress>, TaskFailure> {
    if !scene.setup.needs_peers(progress.as_ref()) {
        return Ok(progress);
    }
    let overview = overview(scene, ranges)?;
    let peers = Peers::of(overview.tasks.iter().map(|(place, progress)| (*place, progress)));
    let before = progress.as_ref().map(|progress| progress.rules_version.clone());
    let agreed = scene.setup.agree((room, partition), progress, &peers, wall_clock_ms())?;
    if let Some(Progress { rules_changed_at: Some(at), rules_version, .. }) = &agreed
        && before.as_ref() != Some(rules_version)
    {
        let at = format_instant(*at);
        tracing::info!(room = room.word(), partition, rules_version, at, "changed rules hold from this midnight on");
    }
    Ok(agreed)
}

/// The newest committed progress of a task.
fn read_progress(
    scene: &Scene,
    ranges: &impl Ranges,
    room: Room,
    partition: i32,
    beat: &mut dyn FnMut(),
) -> Result<Option<Progress>, TaskFailure> {
    let full = scene.names.topic(topic::PROGRESS);
    let range = ranges.all((&full, partition))?;
    let (keys, values) = (Codec::<ProgressKey>::default(), Codec::<Progress>::default());
    let mut found = None;
    let group = scene.names.group(room);
    ranges.each(&group, (&full, partition), range, beat, &mut |record| {
        let InputRecord { offset, key, value } = record;
        let unreadable = |source| TopologyError::State { what: topic::PROGRESS, offset, source };
        let key = keys.read_framed(key.unwrap_or_default()).map_err(unreadable)?;
        if key.room == room.word() && key.partition == partition {
            found = value.map(|value| values.read_framed(value)).transpose().map_err(unreadable)?;
        }
        Ok(())
    })?;
    Ok(found)
}

/// A log that starts above the position in `progress` has lost input.
fn check_input(
    scene: &Scene,
    ranges: &impl Ranges,
    room: Room,
    partition: i32,
    progress: Option<&Progress>,
) -> Result<(), TaskFailure> {
    let Some(progress) = progress else {
        return Ok(());
    };
    let (topic, needed) = (scene.names.topic(Task::input_topic(room)), progress.input_offset);
    let (log_start, _) = ranges.all((&topic, partition))?;
    if needed < log_start {
        return Err(TopologyError::Gap { topic, partition, log_start, needed }.into());
    }
    Ok(())
}

/// Leg rows that are still needed must be there.
fn check_state(room: Room, task: &Task, topic: &str, partition: i32, log_start: i64) -> Result<(), TaskFailure> {
    let needed = task.progress().legs_floor_offset;
    if room == Room::Legs && needed < log_start {
        return Err(TopologyError::Gap { topic: topic.to_owned(), partition, log_start, needed }.into());
    }
    Ok(())
}

/// The local clock, for fields that are not part of a row's equality.
#[must_use]
pub fn wall_clock_ms() -> InstantMs {
    chrono::Utc::now().timestamp_millis()
}
