//! How much source time one slice is: less where traffic is dense. Pure; what it learned is stored in the source offset.

use serde::{Deserialize, Serialize};

use super::revisit::floor_second;
use super::slice::{SliceReading, WINDOW_MS_MIN};
use crate::domain::time::DurationMs;

/// The stretch before a slice's end whose volume says how dense the traffic is now, where a dialect can be asked for it.
pub const LOOK_BACK_MS: DurationMs = 300_000;

/// Pages that a slice is to have. Too small: many short slices, each with its own first and last request; too large: a
/// slice that fails holds much.
pub const PAGES_OF_A_SLICE: i64 = 20;

/// The same of a slice whose query is answered later. Too small: much waiting for few rows; too large: much is read again
/// when the query is lost.
pub const PAGES_OF_A_QUERY: i64 = 200;

/// Readings after which what once was too much is tried again, roughly. Too small: many queries are refused; too large:
/// slices stay short long after a busy hour.
const STEPS_OF_GROWTH: i64 = 4;

/// The bounds of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceRules {
    /// `extract.slice.ms.min`.
    pub least_ms: DurationMs,
    /// `extract.slice.ms`.
    pub most_ms: DurationMs,
    /// Rows that a slice is to have.
    pub rows: i64,
}

/// What the last readings have taught.
///
/// WARNING: stored in the source offset; fields may be added with a default, never renamed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// How long the next slice is; `None`: as long as it may be.
    #[serde(default)]
    pub slice_ms: Option<DurationMs>,
    /// Rows that are known to be not too many, once a query selected too much.
    #[serde(default)]
    pub fits: Option<i64>,
    /// The first window of the next reading that is no first one; `None`: all of it.
    #[serde(default)]
    pub window_ms: Option<DurationMs>,
}

impl Pace {
    /// How long the next slice is, within the bounds.
    #[must_use]
    pub fn slice_ms(&self, rules: PaceRules) -> DurationMs {
        let wanted = self.slice_ms.unwrap_or(rules.most_ms);
        wanted.min(rules.most_ms).max(rules.least_ms.min(rules.most_ms))
    }

    /// Takes in a first reading that was read whole. `recent` is the volume of [`LOOK_BACK_MS`] before its end, where it was
    /// asked for; else the slice's own rows say how dense the traffic is.
    ///
    /// A slice is at most twice as long as the one before it: dense traffic begins suddenly.
    pub fn after_first(&mut self, rules: PaceRules, slice: &SliceReading, recent: Option<i64>) {
        let before_ms = self.slice_ms(rules);
        let (rows, over_ms) = match recent {
            Some(rows) => (rows, LOOK_BACK_MS),
            None => (slice.counts.selected, slice.to - slice.from),
        };
        self.fits = match (slice.narrowest_ms, self.fits) {
            (0, known) => known.map(|fits| fits + fits / STEPS_OF_GROWTH + 1).filter(|fits| *fits < rules.rows),
            _ => Some(slice.most_rows().max(1)),
        };
        let wanted = self.fits.unwrap_or(rules.rows);
        let fitting_ms = if rows <= 0 { rules.most_ms } else { scaled(over_ms, wanted, rows) };
        let mut next_ms = fitting_ms.min(before_ms.saturating_mul(2));
        if 0 < slice.narrowest_ms {
            next_ms = next_ms.min(slice.narrowest_ms);
        }
        let within = Pace { slice_ms: Some(floor_second(next_ms)), ..Pace::default() }.slice_ms(rules);
        self.slice_ms = Some(within).filter(|length_ms| *length_ms < rules.most_ms);
    }

    /// Takes in a later reading that was read whole.
    pub fn after_later(&mut self, slice: &SliceReading) {
        self.window_ms = match (slice.narrowest_ms, self.window_ms) {
            (0, Some(window_ms)) => {
                let longer_ms = floor_second(window_ms + window_ms / STEPS_OF_GROWTH) + WINDOW_MS_MIN;
                Some(longer_ms).filter(|longer_ms| *longer_ms < slice.to - slice.from)
            }
            (0, None) => None,
            (narrowest_ms, _) => Some(narrowest_ms),
        };
    }
}

/// `length_ms` × `part` ÷ `whole`, without overflow.
fn scaled(length_ms: DurationMs, part: i64, whole: i64) -> DurationMs {
    let scaled = i128::from(length_ms) * i128::from(part) / i128::from(whole.max(1));
    i64::try_from(scaled).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const RULES: PaceRules = PaceRules { least_ms: MINUTE, most_ms: 30 * MINUTE, rows: 1_000 };

    fn read(length_ms: DurationMs, rows: i64) -> SliceReading {
        let mut slice = SliceReading::new(0, length_ms);
        slice.counts.selected = rows;
        slice
    }

    fn after(slices: &[(DurationMs, i64)]) -> Vec<DurationMs> {
        let mut pace = Pace::default();
        let next = |&(length_ms, rows): &(DurationMs, i64)| {
            pace.after_first(RULES, &read(length_ms, rows), None);
            pace.slice_ms(RULES)
        };
        slices.iter().map(next).collect()
    }

    #[test]
    fn a_slice_is_as_long_as_its_rows_are_wanted_and_grows_twofold_at_most() {
        assert_eq!(Pace::default().slice_ms(RULES), 30 * MINUTE);
        assert_eq!(after(&[(30 * MINUTE, 1_000)]), [30 * MINUTE]);
        let next = after(&[(30 * MINUTE, 4_000), (450_000, 100), (15 * MINUTE, 0)]);
        assert_eq!(next, [450_000, 15 * MINUTE, 30 * MINUTE]);
        assert_eq!(after(&[(30 * MINUTE, 1_000_000), (MINUTE, 40_000)]), [MINUTE; 2], "not below the least");
        assert_eq!(after(&[(30 * MINUTE, 7_777)]), [floor_second(30 * MINUTE * 1_000 / 7_777)], "whole seconds");
    }

    #[test]
    fn the_volume_before_the_end_counts_for_more_than_the_whole_slices() {
        let mut pace = Pace::default();
        // Nothing for most of the slice, then 500 in five minutes: ten minutes have 1000.
        pace.after_first(RULES, &read(30 * MINUTE, 500), Some(500));
        assert_eq!(pace.slice_ms(RULES), 10 * MINUTE);
        pace.after_first(RULES, &read(10 * MINUTE, 2_000), Some(0));
        assert_eq!(pace.slice_ms(RULES), 20 * MINUTE);
    }

    #[test]
    fn what_selected_too_much_is_not_asked_for_again_and_lengths_recover() {
        let mut pace = Pace::default();
        let mut narrowed = SliceReading { narrowest_ms: 225_000, fits: 113, ..read(30 * MINUTE, 900) };
        narrowed.before.counts.selected = 800;
        pace.after_first(RULES, &narrowed, None);
        assert_eq!(pace.slice_ms(RULES), 225_000);
        // As dense as before: longer little by little, so that a refusal is rare.
        let mut lengths = Vec::new();
        for _ in 0..4 {
            let length_ms = pace.slice_ms(RULES);
            pace.after_first(RULES, &read(length_ms, length_ms / 2_000), None);
            lengths.push(pace.slice_ms(RULES) / 1_000);
        }
        assert_eq!(lengths, [285, 357, 447, 559]);
        // Thinner: twice as long each time.
        for expected in [1_118, 1_800] {
            pace.after_first(RULES, &read(pace.slice_ms(RULES), 10), None);
            assert_eq!(pace.slice_ms(RULES) / 1_000, expected);
        }
        for _ in 0..10 {
            pace.after_first(RULES, &read(30 * MINUTE, 10), None);
        }
        assert_eq!(pace, Pace::default(), "nothing to remember");
        pace.after_later(&narrowed);
        assert_eq!(pace.window_ms, Some(225_000));
        for _ in 0..9 {
            pace.after_later(&read(30 * MINUTE, 900));
        }
        assert_eq!(pace.window_ms, Some(1_693_000));
        pace.after_later(&read(30 * MINUTE, 900));
        assert_eq!(pace.window_ms, None);
    }

    #[test]
    fn a_most_below_the_least_wins_because_a_slice_never_exceeds_it() {
        let rules = PaceRules { most_ms: 30_000, ..RULES };
        assert_eq!(Pace { slice_ms: Some(5_000), ..Pace::default() }.slice_ms(rules), 30_000);
    }
}
