//! One comparison: our side beside the platform's answers, day by day. Edge: asks the platform.

use super::collect::OurSide;
use super::platform::Platform;
use super::verdict::{self, Origin};
use super::volume::{Lost, Slices, lost};
use crate::domain::causes::causes;
use crate::domain::reconciliation::{Check, Reconciliation};
use crate::domain::time::{DAY_MS, DurationMs, TimeRange, format_instant};
use crate::genesys::error::GenesysError;

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// A record for each check of each day, queue or slice.
    pub records: Vec<Reconciliation>,
    /// Slices of which more is missing than is let pass.
    pub lost: Vec<Lost>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

impl Comparison {
    /// How many records are beyond their tolerance.
    #[must_use]
    pub fn beyond(&self) -> usize {
        self.records.iter().filter(|record| record.is_beyond()).count()
    }
}

/// Compares the volume of `range`, and the handle times of the local days that start in it. `slice_ms` cuts what no
/// slice is known of.
///
/// # Errors
/// When the platform does not answer, or refuses to count: nothing is compared then. Where it refuses its aggregates
/// alone, that is a note, and volumes are compared.
pub async fn compare(
    platform: &Platform,
    side: &OurSide,
    org_id: &str,
    range: TimeRange,
    slice_ms: DurationMs,
) -> Result<Comparison, GenesysError> {
    let origin = Origin { org_id: org_id.to_owned(), written_at: platform.now() };
    let mut found = Comparison::default();
    let slices = Slices::new(side.slices.iter().copied(), range.from, slice_ms);
    for day in utc_days(range) {
        volume(platform, side, &origin, day, &slices, &mut found).await?;
    }
    match &side.handle {
        Some(ours) => {
            for day in ours.days() {
                match platform.handled(day).await {
                    Ok(theirs) => found.records.extend(verdict::handle_time(&origin, ours, day, &theirs)),
                    // What was found to be lost counts all the same, and is not to be looked for for ever.
                    Err(error) if error.is_configuration() => {
                        found.notes.push(format!("handle times are not compared: {}", causes(&error)));
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        None => found.notes.push("handle times are not compared: there are no rows of queues".to_owned()),
    }
    Ok(found)
}

async fn volume(
    platform: &Platform,
    side: &OurSide,
    origin: &Origin,
    day: TimeRange,
    slices: &Slices,
    found: &mut Comparison,
) -> Result<(), GenesysError> {
    let from = format_instant(day.from);
    if day.from < side.reaches_back_to {
        let since = format_instant(side.reaches_back_to);
        found.notes.push(format!("volume from {from} is not compared: interactions reaches back to {since} only"));
        return Ok(());
    }
    let mut ours = side.read.count(day);
    let mut theirs = platform.volume(day).await?;
    if theirs.is_none_or(|theirs| ours < theirs) {
        // Which ones are missing, and whether they were set aside: the platform is asked for all of them again.
        let Some(told) = platform.interactions(day).await? else {
            found.notes.push(format!("volume from {from} is not compared: this dialect says no count"));
            return Ok(());
        };
        let missing = lost(&told, |id| side.read.has(id), slices);
        let distinct: std::collections::BTreeSet<&str> = told.iter().map(|one| one.id.as_str()).collect();
        let all = distinct.len() as i64;
        ours = all - missing.iter().map(|one| one.missing).sum::<i64>();
        theirs = Some(all);
        let beyond: Vec<Lost> = missing.into_iter().filter(Lost::is_beyond).collect();
        // A slice as long as the day is the day's own record.
        let apart = beyond.iter().filter(|one| one.slice != day);
        found.records.extend(apart.map(|one| one.record(origin)));
        found.lost.extend(beyond);
    }
    let counts = (ours, theirs.unwrap_or(ours));
    found.records.push(verdict::counted(origin, Check::Volume, day, counts));
    if platform.reads_jobs() {
        found.records.push(verdict::counted(origin, Check::JobCount, day, counts));
    }
    Ok(())
}

/// The range, cut at UTC midnights.
fn utc_days(range: TimeRange) -> Vec<TimeRange> {
    let mut days = Vec::new();
    let mut from = range.from;
    while from < range.to {
        let to = ((from.div_euclid(DAY_MS) + 1) * DAY_MS).min(range.to);
        days.push(TimeRange { from, to });
        from = to;
    }
    days
}
