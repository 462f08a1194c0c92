//! How a task reads: what it takes in a turn, and what it does when nothing comes or its position is gone. Edge.

use std::time::Duration;

use super::RunningTask;
use crate::domain::progress::Room;
use crate::process::broker::{Broker, Taken, TaskReader};
use crate::process::failure::TaskFailure;
use crate::process::idle::Found;
use crate::process::scene::Scene;
use crate::topology::TopologyError;
use crate::topology::record::topic;
use crate::topology::task::Task;

/// Most records taken in one turn, so that the other tasks of the thread and the group member get theirs.
const TURN_RECORDS_MAX: usize = 2_000;

impl<B: Broker> RunningTask<B> {
    pub(super) fn take(&mut self, broker: &B) -> Result<usize, TaskFailure> {
        let watermarks = self.scene.names.topic(topic::WATERMARKS);
        let room_left = self.batch_max.saturating_sub(self.staged_records).min(TURN_RECORDS_MAX);
        let mut taken = 0;
        let mut nothing_staged = self.staged_records == 0;
        while taken < room_left {
            let (task, staged, legs) = (&mut self.task, &mut self.staged_records, self.room == Room::Legs);
            let watermarks_idle = &mut self.watermarks_idle;
            let polled = self.reader.poll(Duration::ZERO, &mut |topic, record| {
                if legs && topic == watermarks {
                    watermarks_idle.interrupt();
                    task.watermark(record)?;
                } else {
                    task.input(record)?;
                    *staged += 1;
                }
                Ok(())
            })?;
            match polled {
                Taken::Record => {
                    taken += 1;
                    if nothing_staged && 0 < self.staged_records {
                        nothing_staged = false;
                        self.scene.board.waits(self.place(), self.reader.written_at());
                    }
                }
                Taken::Nothing => break,
                Taken::OutOfRange => {
                    self.out_of_range(broker)?;
                    break;
                }
            }
        }
        if self.awaiting_plan && self.task.accepts_input() {
            self.read_on(broker)?;
        }
        Ok(taken)
    }

    /// Looks at what stands behind the positions when nothing has come for a while. A broker that does not answer is no
    /// reason to do anything.
    pub(super) fn look_around(&mut self, broker: &B) -> Result<(), TaskFailure> {
        let (names, group) = (&self.scene.names, self.scene.names.group(self.room));
        let or_nothing = |looked: Result<Found, TaskFailure>| {
            looked.unwrap_or_else(|error| {
                tracing::debug!(%error, "looking for the end of the input");
                Found::Nothing
            })
        };
        let mut silent = false;
        if self.task.accepts_input() {
            let (topic, position) = (names.topic(Task::input_topic(self.room)), self.task.staged_input_offset());
            match or_nothing(self.idle.look(broker, &group, (&topic, self.partition), position)) {
                Found::Nothing => {}
                Found::EmptyUpTo(end) => self.task.skip_to(end),
                Found::Silence => silent = true,
            }
        }
        if self.room == Room::Legs {
            let (topic, position) = (names.topic(topic::WATERMARKS), self.task.staged_watermarks_offset());
            let found = or_nothing(self.watermarks_idle.look(broker, &group, (&topic, 0), position));
            silent |= found == Found::Silence;
        }
        if silent {
            tracing::warn!(task = self.name(), "records stand there that do not come; reading with another client");
            self.reader = reader_of(&self.scene, broker, self.room, self.partition)?;
            self.read_on(broker)?;
            self.idle.interrupt();
            self.watermarks_idle.interrupt();
        }
        Ok(())
    }

    /// Assigns the input where the task stands; no input before a watermark has said where the rows begin.
    pub(super) fn read_on(&mut self, broker: &B) -> Result<(), TaskFailure> {
        self.awaiting_plan = !self.task.accepts_input();
        let names = &self.scene.names;
        let mut positions = Vec::with_capacity(2);
        if !self.awaiting_plan {
            let input_topic = names.topic(Task::input_topic(self.room));
            positions.push((input_topic, self.partition, self.task.staged_input_offset()));
        }
        if self.room == Room::Legs {
            let watermarks = names.topic(topic::WATERMARKS);
            let (log_start, _) = broker.all((&watermarks, 0))?;
            positions.push((watermarks, 0, self.task.staged_watermarks_offset().max(log_start)));
        }
        Ok(self.reader.assign(&positions)?)
    }

    /// A position is not in its log. Lost input is an error; a watermark that retention took is superseded by a later one.
    fn out_of_range(&mut self, broker: &B) -> Result<(), TaskFailure> {
        let topic = self.scene.names.topic(Task::input_topic(self.room));
        let needed = self.task.staged_input_offset();
        let (log_start, log_end) = broker.all((&topic, self.partition))?;
        if needed < log_start || log_end < needed {
            return Err(TopologyError::Gap { topic, partition: self.partition, log_start, needed }.into());
        }
        if self.room == Room::Legs {
            let topic = self.scene.names.topic(topic::WATERMARKS);
            let needed = self.task.staged_watermarks_offset();
            let (log_start, log_end) = broker.all((&topic, 0))?;
            if log_end < needed {
                // The topic was made anew: its offsets mean something else now.
                return Err(TopologyError::Gap { topic, partition: 0, log_start, needed }.into());
            }
        }
        self.read_on(broker)
    }
}

/// A reader of the task's own, of nothing yet.
pub(super) fn reader_of<B: Broker>(
    scene: &Scene,
    broker: &B,
    room: Room,
    partition: i32,
) -> Result<B::Reader, TaskFailure> {
    let client_id = format!("{}.reader", scene.names.task_transactional_id(room, partition));
    Ok(broker.reader(&scene.names.group(room), &client_id)?)
}
