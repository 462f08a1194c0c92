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
