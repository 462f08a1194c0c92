//! At idle, what stands at the end of an input is looked at: offsets that hold nothing, or records that do not come. Edge.
//!
//! Behind the last record stand commit markers and aborted records. When retention removes the records before them, the
//! log begins above the position, and a restarted task would take that for lost input: so the position moves over them.
//!
//! Records that do not come: after partitions have changed their leaders a client can be left that fetches nothing of
//! one of them any more and reports nothing. Its task would wait for ever, with everything else in order.

use std::time::{Duration, Instant};

use super::broker::{Place, Ranges};
use super::failure::TaskFailure;
use super::scene::Scene;
use crate::domain::progress::Room;
use crate::topology::task::Task;

/// How long nothing must come before the end is looked at: shorter would look for it in every pause between pages.
const IDLE_AFTER: Duration = Duration::from_secs(10);

/// How long the broker may take to say where a partition ends: this is also asked while stopping.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What a look at the end of a partition finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is not time to look, or nothing is new.
    Nothing,
    /// Up to this offset there are no records.
    EmptyUpTo(i64),
    /// Records that were there at the last look have not come since.
    Silence,
}

/// Since when nothing has come from a partition, and what was seen of it.
#[derive(Debug)]
pub struct IdleSpell {
    since: Instant,
    after: Duration,
    empty_up_to: i64,
    // Records were there at the last look.
    awaited: bool,
}

impl Default for IdleSpell {
    fn default() -> Self {
        IdleSpell::of(IDLE_AFTER)
    }
}

impl IdleSpell {
    /// One that looks when nothing has come for so long, and again after as long.
    fn of(after: Duration) -> IdleSpell {
        IdleSpell { since: Instant::now(), after, empty_up_to: 0, awaited: false }
    }

    /// Something came.
    pub fn interrupt(&mut self) {
        (self.since, self.awaited) = (Instant::now(), false);
    }

    /// Looks at what stands behind `position`, when it is time to.
    ///
    /// # Errors
    /// As [`TaskFailure`] says; nothing moved.
    pub fn look(
        &mut self,
        ranges: &impl Ranges,
        group_id: &str,
        place: Place<'_>,
        position: i64,
    ) -> Result<Found, TaskFailure> {
        if self.since.elapsed() < self.after {
            return Ok(Found::Nothing);
        }
        self.since = Instant::now();
        let from = position.max(self.empty_up_to);
        // Asked before the look: what is appended later lies at or beyond it.
        let end = ranges.decided(place, ANSWER_WITHIN)?;
        if end <= from {
            return Ok(Found::Nothing);
        }
        if has_records(ranges, group_id, place, (from, end))? {
            // A record that came just before this look is on its way; one that was there before the last is not.
            let silent = std::mem::replace(&mut self.awaited, true);
            return Ok(if silent { Found::Silence } else { Found::Nothing });
        }
        self.empty_up_to = end;
        Ok(Found::EmptyUpTo(end))
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
    let end = ranges.decided((&topic, partition), ANSWER_WITHIN)?;
    if end <= position || !task.accepts_input() {
        return Ok(None);
    }
    let found = has_records(ranges, &scene.names.group(room), (&topic, partition), (position, end))?;
    Ok((!found).then_some(end))
}

fn has_records(ranges: &impl Ranges, group_id: &str, place: Place<'_>, range: (i64, i64)) -> Result<bool, TaskFailure> {
    let mut found = false;
    ranges.each(group_id, place, range, &mut || {}, &mut |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::error::KafkaFailure;
    use crate::topology::record::InputRecord;

    /// One partition with records at these offsets, that ends at the offset given.
    struct Log(Vec<i64>, i64);

    impl Ranges for Log {
        fn all(&self, _: Place<'_>) -> Result<(i64, i64), KafkaFailure> {
            Ok((0, self.1))
        }

        fn decided(&self, _: Place<'_>, _: Duration) -> Result<i64, KafkaFailure> {
            Ok(self.1)
        }

        fn is_decided(&self, place: Place<'_>, to: i64, wait: Duration) -> Result<bool, KafkaFailure> {
            self.decided(place, wait).map(|decided| to <= decided)
        }

        fn topics(&self) -> Result<Vec<(String, i32)>, KafkaFailure> {
            Ok(Vec::new())
        }

        fn each(
            &self,
            _: &str,
            _: Place<'_>,
            (from, to): (i64, i64),
            _: &mut dyn FnMut(),
            take: &mut dyn FnMut(InputRecord<'_>) -> Result<(), TaskFailure>,
        ) -> Result<(), TaskFailure> {
            let within = self.0.iter().filter(|offset| (from..to).contains(offset));
            within.into_iter().try_for_each(|offset| take(InputRecord { offset: *offset, key: None, value: None }))
        }
    }

    fn look(spell: &mut IdleSpell, log: &Log, position: i64) -> Found {
        spell.look(log, "group", ("topic", 0), position).unwrap()
    }

    #[test]
    fn offsets_without_records_are_found_once() {
        let mut spell = IdleSpell::of(Duration::ZERO);
        assert_eq!(look(&mut spell, &Log(vec![3], 4), 4), Found::Nothing);
        assert_eq!(look(&mut spell, &Log(vec![3], 6), 4), Found::EmptyUpTo(6));
        assert_eq!(look(&mut spell, &Log(vec![3], 6), 4), Found::Nothing);
    }

    #[test]
    fn records_that_do_not_come_from_one_look_to_the_next_are_silence() {
        let (mut spell, log) = (IdleSpell::of(Duration::ZERO), Log(vec![3, 7], 9));
        assert_eq!(look(&mut spell, &log, 4), Found::Nothing, "it may be on its way");
        assert_eq!(look(&mut spell, &log, 4), Found::Silence);
        spell.interrupt();
        assert_eq!(look(&mut spell, &log, 4), Found::Nothing, "something came");
        assert_eq!(look(&mut spell, &log, 8), Found::EmptyUpTo(9));
    }

    #[test]
    fn nothing_is_looked_at_before_its_time() {
        assert_eq!(look(&mut IdleSpell::default(), &Log(vec![3], 4), 0), Found::Nothing);
    }
}
