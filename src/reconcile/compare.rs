//! One comparison: our side beside the platform's answers, day by day. Edge: asks the platform.

use super::collect::OurSide;
use super::counts::counts;
use super::platform::Platform;
use super::theirs::Handled;
use super::verdict::{self, Origin};
use super::volume::{Lost, Slices};
use crate::domain::causes::causes;
use crate::domain::reconciliation::Reconciliation;
use crate::domain::time::{DAY_MS, DurationMs, TimeRange};
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
    /// Says what could not be compared; once.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

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
        counts(platform, side, &origin, day, &slices, &mut found).await?;
    }
    match &side.handle {
        Some(ours) => {
            for day in ours.days() {
                match platform.handled(day).await {
                    Ok(Handled::ByQueue(theirs)) => {
                        found.records.extend(verdict::handle_time(&origin, ours, day, &theirs));
                    }
                    Ok(Handled::Whole(theirs)) => {
                        found.records.push(verdict::whole_handle_time(&origin, ours, day, &theirs));
                    }
                    Ok(Handled::NotSaid(why)) => {
                        found.note(format!("handle times are not checked: {why}"));
                        break;
                    }
                    // What was found to be lost counts all the same, and is not to be looked for for ever.
                    Err(error) if error.is_configuration() => {
                        found.note(format!("handle times are not checked: {}", causes(&error)));
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        None => found.note("handle times are not checked: there are no rows of queues".to_owned()),
    }
    Ok(found)
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
