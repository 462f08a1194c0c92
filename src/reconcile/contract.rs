//! How our side of a comparison is got at: from a broker, or from the in-process log. Pure: the two are edges elsewhere.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::collect::OurSide;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::time::{InstantMs, TimeRange};

/// Reads our side.
pub trait ReadOurs: Send + Sync + std::fmt::Debug {
    /// The zone of the local days.
    fn zone(&self) -> Tz;

    /// Reads what concerns the local days that start in `range`. Blocks.
    ///
    /// # Errors
    /// A sentence on why it cannot be read now.
    fn read(&self, range: TimeRange) -> Result<OurSide, String>;
}

/// Up to where every task has processed an organisation's input: rows and legs of earlier time are as they will be.
/// `InstantMs::MIN` while a task has said nothing.
#[must_use]
pub fn processed_to(all: &BTreeMap<ProgressKey, Progress>, org_id: &str) -> InstantMs {
    let of_room = |room: Room| {
        let tasks = all.iter().filter(move |(key, _)| key.room == room.word());
        tasks.map(|(_, progress)| progress).collect::<Vec<&Progress>>()
    };
    let (legs, intervals) = (of_room(Room::Legs), of_room(Room::Intervals));
    let Some(first) = legs.first() else { return InstantMs::MIN };
    let complete = legs.len() == usize::try_from(first.interactions_partitions).unwrap_or(usize::MAX)
        && intervals.len() == usize::try_from(first.contributions_partitions).unwrap_or(usize::MAX);
    let of_legs = legs.iter().map(|task| {
        let own = task.source_partitions.iter().filter(|one| one.org_id == org_id);
        own.map(|one| one.watermark).min().unwrap_or(InstantMs::MIN)
    });
    let of_intervals = intervals.iter().map(|task| {
        let own: Vec<InstantMs> =
            task.passed.iter().filter(|one| one.org_id == org_id).map(|one| one.watermark).collect();
        let all_said = own.len() == legs.len();
        own.into_iter().min().filter(|_| all_said).unwrap_or(InstantMs::MIN)
    });
    let least = of_legs.chain(of_intervals).min().unwrap_or(InstantMs::MIN);
    if complete { least } else { InstantMs::MIN }
}
