//! Which of what was read came out of queries that are answered later, whose counts have a check of their own. Pure.

use std::collections::BTreeMap;

use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};

/// What a source reads by such queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jobs {
    /// All conversations, when it first reads them.
    First,
    /// Conversations again, at these ages.
    Again(Vec<DurationMs>),
    /// Rows, one a leg, of conversations.
    Reports,
}

impl Jobs {
    /// Those of a source, if it has any.
    #[must_use]
    pub fn of(config: &SourceConfig) -> Option<Jobs> {
        match (config.dialect, config.revisit_dialect) {
            (Dialect::ConversationJobs, _) => Some(Jobs::First),
            (Dialect::ReportQueries, _) => Some(Jobs::Reports),
            (_, Some(again)) if again.dialect == Dialect::ConversationJobs => {
                let ages = config.revisit_ms.iter().filter(|age_ms| again.from_age_ms <= **age_ms);
                Some(Jobs::Again(ages.copied().collect()))
            }
            _ => None,
        }
    }
}

/// How much of a range jobs were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covered {
    /// Nothing of it.
    Nothing,
    /// Some of it.
    Partly,
    /// All of it.
    Whole,
}

/// The later readings that are done, of each source partition: their age and their slice.
pub type Readings = BTreeMap<String, Vec<(DurationMs, TimeRange)>>;

/// How much of `range` was read at one of `ages` by every source partition that was read again at all.
#[must_use]
pub fn covered(readings: &Readings, ages: &[DurationMs], range: TimeRange) -> Covered {
    let of_partition = |slices: &Vec<(DurationMs, TimeRange)>| {
        let mut of_ages: Vec<TimeRange> =
            slices.iter().filter(|(age_ms, _)| ages.contains(age_ms)).map(|(_, slice)| *slice).collect();
        of_ages.sort_unstable();
        let mut to: InstantMs = range.from;
        let mut touched = false;
        for slice in of_ages.into_iter().filter(|slice| slice.intersects(&range)) {
            touched = true;
            if slice.from <= to {
                to = to.max(slice.to);
            }
        }
        match (touched, range.to <= to) {
            (false, _) => Covered::Nothing,
            (true, false) => Covered::Partly,
            (true, true) => Covered::Whole,
        }
    };
    let mut all = readings.values().map(of_partition);
    let Some(first) = all.next() else { return Covered::Nothing };
    all.fold(first, |sum, one| if sum == one { sum } else { Covered::Partly })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_covered_by_slices_of_the_ages_without_a_gap() {
        let slice = |age_ms, from, to| (age_ms, TimeRange { from, to });
        let of = |slices: &[(DurationMs, TimeRange)]| {
            let readings = Readings::from([("jobs".to_owned(), slices.to_vec())]);
            covered(&readings, &[5, 9], TimeRange { from: 100, to: 200 })
        };
        assert_eq!(of(&[]), Covered::Nothing);
        assert_eq!(of(&[slice(7, 0, 300), slice(5, 0, 100)]), Covered::Nothing, "another age, another time");
        assert_eq!(of(&[slice(5, 150, 300), slice(9, 50, 150)]), Covered::Whole);
        assert_eq!(of(&[slice(5, 100, 150), slice(5, 151, 200)]), Covered::Partly);
        assert_eq!(of(&[slice(5, 0, 199)]), Covered::Partly);
        let two =
            Readings::from([("voice".to_owned(), vec![slice(5, 0, 300)]), ("chat".to_owned(), vec![slice(5, 0, 150)])]);
        assert_eq!(covered(&two, &[5], TimeRange { from: 100, to: 200 }), Covered::Partly);
        assert_eq!(covered(&Readings::new(), &[5], TimeRange { from: 0, to: 1 }), Covered::Nothing);
    }
}
