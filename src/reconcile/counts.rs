//! One UTC day's counts of interactions: all that were read, and what jobs answered of it. Edge: asks the platform.

use std::collections::BTreeSet;

use super::collect::OurSide;
use super::compare::Comparison;
use super::jobs::{Covered, Jobs, covered};
use super::platform::Platform;
use super::verdict::{Origin, counted, is_apart};
use super::volume::{Lost, Slices, Told, lost};
use crate::domain::causes::causes;
use crate::domain::reconciliation::Check;
use crate::domain::time::{TimeRange, format_instant};
use crate::genesys::error::GenesysError;

/// What the platform says of a day; asked for when it is first needed, and once.
struct Asked<'a> {
    platform: &'a Platform,
    day: TimeRange,
    count: Option<i64>,
    told: Option<Vec<Told>>,
}

impl Asked<'_> {
    /// All interactions of the day; `None` where they cannot be asked for.
    async fn told(&mut self) -> Result<Option<&[Told]>, GenesysError> {
        if self.told.is_none() {
            self.told = self.platform.interactions(self.day).await?;
        }
        Ok(self.told.as_deref())
    }
}

/// What both sides have of a day, and the slices that lack more than the check lets pass.
struct Compared {
    ours: i64,
    theirs: i64,
    beyond: Vec<Lost>,
}

/// Compares what was read of a day, and what jobs answered of it, with what the platform has. What cannot be compared is
/// noted.
///
/// # Errors
/// As [`GenesysError`] says.
pub(super) async fn counts(
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
        found.note(format!("counts from {from} are not checked: interactions reaches back to {since} only"));
        return Ok(());
    }
    let mut asked = Asked { platform, day, count: platform.volume(day).await?, told: None };
    let ours = side.read.count(day);
    // Which ones are missing, and whether they were set aside, is not in a count.
    let enough = asked.count.filter(|theirs| *theirs <= ours);
    match compared(Check::Volume, (ours, enough), &mut asked, |id| side.read.has(id), slices).await? {
        None => found.note(format!("volume from {from} is not checked: this dialect says no count")),
        Some(Compared { ours, theirs, beyond }) => {
            let apart = beyond.iter().filter(|one| one.slice != day);
            found.records.extend(apart.map(|one| one.record(Check::Volume, origin)));
            found.records.push(counted(origin, Check::Volume, day, (ours, theirs)));
            found.lost.extend(beyond);
        }
    }
    match platform.jobs() {
        None => Ok(()),
        Some(Jobs::First) => jobs(side, origin, slices, &mut asked, found).await,
        Some(Jobs::Again(ages)) => match covered(&side.again, ages, day) {
            // History that is older than every age when it is first read is read once.
            Covered::Nothing => Ok(()),
            Covered::Partly => {
                found.note(format!("job counts from {from} are not checked: jobs have read a part of it"));
                Ok(())
            }
            Covered::Whole => {
                let again = side.again.values().flatten().filter(|(age_ms, _)| ages.contains(age_ms));
                let slices = Slices::new(again.map(|(_, slice)| *slice), day.from, day.to - day.from);
                jobs(side, origin, &slices, &mut asked, found).await
            }
        },
        Some(Jobs::Reports) => reports(platform, side, origin, day, found).await,
    }
}

/// The conversations that jobs answered, with those of the synchronous query.
async fn jobs(
    side: &OurSide,
    origin: &Origin,
    slices: &Slices,
    asked: &mut Asked<'_>,
    found: &mut Comparison,
) -> Result<(), GenesysError> {
    let day = asked.day;
    let ours = side.read.count_by_jobs(day);
    let permille = Check::JobCount.tolerance_permille();
    let enough = asked.count.filter(|theirs| *theirs <= ours || !is_apart(ours, *theirs, permille));
    let found_by_jobs = |id: &str| side.read.has_by_jobs(id);
    if let Some(Compared { ours, theirs, beyond }) =
        compared(Check::JobCount, (ours, enough), asked, found_by_jobs, slices).await?
    {
        let apart = beyond.iter().filter(|one| one.slice != day);
        found.records.extend(apart.map(|one| one.record(Check::JobCount, origin)));
        found.records.push(counted(origin, Check::JobCount, day, (ours, theirs)));
    }
    Ok(())
}

/// The conversations of the rows that report queries have, with those of the synchronous query, where the host has one.
async fn reports(
    platform: &Platform,
    side: &OurSide,
    origin: &Origin,
    day: TimeRange,
    found: &mut Comparison,
) -> Result<(), GenesysError> {
    match platform.conversations(day).await {
        Ok(Some(theirs)) => {
            let ours = side.read.conversations_of_reports(day);
            found.records.push(counted(origin, Check::JobCount, day, (ours, theirs)));
        }
        Ok(None) => {
            let from = format_instant(day.from);
            found.note(format!("job counts from {from} are not checked: the platform counts whole UTC days alone"));
        }
        Err(error) if error.is_configuration() || matches!(error, GenesysError::BadBody(_)) => {
            found.note(format!("job counts are not checked: no synchronous query: {}", causes(&error)));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// By counts where the platform's is `enough`; else interaction by interaction. `None` where neither can be asked for.
async fn compared(
    check: Check,
    (ours, enough): (i64, Option<i64>),
    asked: &mut Asked<'_>,
    has: impl Fn(&str) -> bool,
    slices: &Slices,
) -> Result<Option<Compared>, GenesysError> {
    if let Some(theirs) = enough {
        return Ok(Some(Compared { ours, theirs, beyond: Vec::new() }));
    }
    let Some(told) = asked.told().await? else { return Ok(None) };
    let missing = lost(told, has, slices);
    let distinct: BTreeSet<&str> = told.iter().map(|one| one.id.as_str()).collect();
    let theirs = distinct.len() as i64;
    let ours = theirs - missing.iter().map(|one| one.missing).sum::<i64>();
    let beyond = missing.into_iter().filter(|one| one.is_beyond(check)).collect();
    Ok(Some(Compared { ours, theirs, beyond }))
}
