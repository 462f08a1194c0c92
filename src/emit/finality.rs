//! Whether a row may still change, from the watermark of its organisation. Pure.

use crate::domain::row::RowResult;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};

/// What an intervals task knows of the completeness of an organisation's input: the minimum over all legs tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// Complete up to, exclusive.
    pub watermark: InstantMs,
    /// Nothing at or after the watermark will be read: every row closes.
    pub closed: bool,
    /// Ranges that are not known to be complete.
    pub held: Vec<TimeRange>,
}

impl Completeness {
    /// Whether the row `[start, end)` is due to be FINAL: closed, or the watermark has passed its end plus grace.
    #[must_use]
    pub fn has_passed(&self, interval_end: InstantMs, grace_ms: DurationMs) -> bool {
        self.closed || self.watermark >= interval_end + grace_ms
    }

    /// Whether a held range intersects the row.
    #[must_use]
    pub fn holds(&self, interval: &TimeRange) -> bool {
        self.held.iter().any(|held| held.intersects(interval))
    }

    /// Whether a part of the row is held that was not held `before`: what a comparison found after the row had closed.
    #[must_use]
    pub fn holds_more_than(&self, before: &Completeness, interval: &TimeRange) -> bool {
        let parts = self.held.iter().filter(|held| held.intersects(interval));
        let mut parts =
            parts.map(|held| TimeRange { from: held.from.max(interval.from), to: held.to.min(interval.to) });
        let known = |part: &TimeRange| before.held.iter().any(|held| held.from <= part.from && part.to <= held.to);
        parts.any(|part| !known(&part))
    }
}

/// The result of a row that is about to be published.
///
/// | before | passed and not held | changed | result |
/// |---|---|---|---|
/// | PROVISIONAL | no | any | PROVISIONAL |
/// | PROVISIONAL, published or not | yes | no | FINAL |
/// | never published | already before this change | yes | CORRECTED |
/// | FINAL, CORRECTED | any | yes | CORRECTED |
/// | FINAL, CORRECTED | any | no | as before |
#[must_use]
pub fn result(before: RowResult, first_publication: bool, passed: bool, changed: bool) -> RowResult {
    match before {
        RowResult::Final | RowResult::Corrected if changed => RowResult::Corrected,
        RowResult::Final | RowResult::Corrected => before,
        RowResult::Provisional | RowResult::Unknown => match (passed, first_publication && changed) {
            (false, _) => RowResult::Provisional,
            (true, true) => RowResult::Corrected,
            (true, false) => RowResult::Final,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_final_when_the_watermark_reaches_its_end_plus_grace_or_the_source_is_closed() {
        let mut known = Completeness { watermark: 99, closed: false, held: Vec::new() };
        assert!(!known.has_passed(90, 10));
        known.watermark = 100;
        assert!(known.has_passed(90, 10));
        known = Completeness { watermark: 90, closed: true, held: Vec::new() };
        assert!(known.has_passed(90, 10));
    }

    #[test]
    fn a_row_is_held_more_only_where_it_was_not_held_before() {
        let held = |ranges: &[(i64, i64)]| Completeness {
            watermark: 0,
            closed: false,
            held: ranges.iter().map(|(from, to)| TimeRange { from: *from, to: *to }).collect(),
        };
        let row = TimeRange { from: 100, to: 200 };
        assert!(held(&[(150, 160)]).holds_more_than(&held(&[]), &row));
        assert!(held(&[(150, 170)]).holds_more_than(&held(&[(150, 160)]), &row), "a range that has grown");
        assert!(!held(&[(150, 260)]).holds_more_than(&held(&[(150, 200)]), &row), "it has grown beyond the row");
        assert!(!held(&[(150, 160)]).holds_more_than(&held(&[(140, 300)]), &row));
        assert!(!held(&[(200, 300), (0, 100)]).holds_more_than(&held(&[]), &row));
    }

    #[test]
    fn each_row_of_the_table_holds() {
        use RowResult::{Corrected, Final, Provisional};
        assert_eq!(result(Provisional, true, false, true), Provisional);
        assert_eq!(result(Provisional, false, true, false), Final);
        assert_eq!(result(Provisional, true, true, true), Corrected);
        assert_eq!(result(Provisional, false, true, true), Final);
        assert_eq!(result(Final, false, true, true), Corrected);
        assert_eq!(result(Corrected, false, false, false), Corrected);
    }
}
