//! At idle, the position moves over offsets that hold nothing for the task, once per idle spell. Edge.
//!
//! Behind the last record stand commit markers and aborted records. When retention removes the records before them, the
//! log begins above the position, and a restarted task would take that for lost input.

use std::time::{Duration, Instant};

use super::broker::Ranges;
use super::failure::TaskFailure;
use super::scene::Scene;
use crate::domain::progress::Room;
use crate::topology::task::Task;

/// How long nothing must come before the end is looked at: shorter would look for it in every pause between pages.
const IDLE_AFTER: Duration = Duration::from_secs(10);

/// How long the broker may take to say where a partition ends: this is also asked while stopping.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Since when nothing has come, and whether the end was looked at.
#[derive(Debug)]
pub struct IdleSpell {
    since: Instant,
    looked: bool,
}

impl Default for IdleSpell {
    fn default() -> Self {
        IdleSpell { since: Instant::now(), looked: false }
    }
}

impl IdleSpell {
    /// Something came.
    pub fn interrupt(&mut self) {
        *self = IdleSpell::default();
    }

    /// The last stable offset, when it is beyond the task's position and nothing lies between that the task must read.
    ///
    /// # Errors
    /// As [`TaskFailure`] says; nothing moved.
    pub fn end_reached(
        &mut self,
        scene: &Scene,
        ranges: &impl Ranges,
        room: Room,
        partition: i32,
        task: &Task,
    ) -> Result<Option<i64>, TaskFailure> {
        if self.looked || self.since.elapsed() < IDLE_AFTER || !task.accepts_input() {
            return Ok(None);
        }
        self.looked = true;
        end_without_records(scene, ranges, room, partition, task)
    }
}

/// The last stable offset, when it is beyond the task's position and nothing lies between that the task must read.
///
/// # Errors
/// As [`TaskFailure`] says; nothing moved.
pub fn end_without_records(
    scene: &Scene,
    ranges: &impl Ranges,
    room: Room,
    partition: i32,
    task: &Task,
) -> Result<Option<i64>, TaskFailure> {
    let topic = scene.names.topic(Task::input_topic(room));
    let position = task.staged_input_offset();
    // Asked before the look: what is appended later lies at or beyond it.
    let end = ranges.decided((&topic, partition), ANSWER_WITHIN)?;
    if end <= position || !task.accepts_input() {
        return Ok(None);
    }
    let mut found = false;
    let group = scene.names.group(room);
    let range = (position, end);
    ranges.each(&group, (&topic, partition), range, &mut || {}, &mut |_| {
        found = true;
        Ok(())
    })?;
    Ok((!found).then_some(end))
}
