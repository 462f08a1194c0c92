//! How our side of a comparison is got at: from a broker, or from the in-process log. Pure: the two are edges elsewhere.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::collect::OurSide;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::range::RangeDates;
use crate::domain::time::{InstantMs, TimeRange};

/// How far the processor of a pipeline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processed {
    /// Up to where rows and legs are as they will be.
    pub to: InstantMs,
    /// Whether every task has passed the closing watermark of every source partition.
    pub closed: bool,
}

impl Processed {
    /// Where there are no rows: nobody has to come to anything.
    pub const NOTHING_TO_DO: Processed = Processed { to: InstantMs::MAX, closed: true };

    /// How far all tasks are with an organisation's input, by their progress.
    #[must_use]
    pub fn of(all: &BTreeMap<ProgressKey, Progress>, org_id: &str) -> Processed {
        Processed { to: processed_to(all, org_id), closed: is_closed(all, org_id) }
    }
}

/// Reads our side.
pub trait ReadOurs: Send + Sync + std::fmt::Debug {
    /// The zone of the local days.
    fn zone(&self) -> Tz;

    /// What their rows are limited to.
    fn range(&self) -> RangeDates {
        RangeDates::default()
    }

    /// How far the processor is, which is asked before anything else is read. Blocks.
    ///
    /// # Errors
    /// A sentence on why it cannot be read now.
    fn processed(&self) -> Result<Processed, String>;

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

/// Whether every task that there is has passed what closes an organisation's input; that all of them have said something
/// is for [`processed_to`] to tell.
fn is_closed(all: &BTreeMap<ProgressKey, Progress>, org_id: &str) -> bool {
    let closed = |progress: &Progress| {
        let sources = progress.source_partitions.iter().filter(|one| one.org_id == org_id).map(|one| one.closed);
        let passed = progress.passed.iter().filter(|one| one.org_id == org_id).map(|one| one.closed);
        sources.chain(passed).all(|closed| closed)
    };
    // What a processor claims stands beside what its tasks have come to.
    let is_task = |key: &ProgressKey| [Room::Legs, Room::Intervals].iter().any(|room| key.room == room.word());
    all.iter().filter(|(key, _)| is_task(key)).all(|(_, progress)| closed(progress))
}
