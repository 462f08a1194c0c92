//! The rows that a processor owns. Pure.

use std::fmt;

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;

use crate::domain::interval::{day_start, local_date};
use crate::domain::time::{InstantMs, format_instant};

/// The rows that a processor owns: those that start in `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedRange {
    /// First interval start.
    pub start: InstantMs,
    /// First interval start after the range; `None`: open.
    pub end: Option<InstantMs>,
}

impl OwnedRange {
    /// All rows.
    pub const EVERYTHING: OwnedRange = OwnedRange { start: InstantMs::MIN, end: None };

    /// Whether a row that starts at `interval_start` is owned.
    #[must_use]
    pub fn owns(&self, interval_start: InstantMs) -> bool {
        self.start <= interval_start && self.end.is_none_or(|end| interval_start < end)
    }

    /// Whether there is a row that both own.
    #[must_use]
    pub fn overlaps(&self, other: &OwnedRange) -> bool {
        let begins_before_end = |one: &OwnedRange, of: &OwnedRange| of.end.is_none_or(|end| one.start < end);
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

impl fmt::Display for OwnedRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.end {
            Some(end) => write!(out, "from {} to {} (exclusive)", format_instant(self.start), format_instant(end)),
            None => write!(out, "from {} on", format_instant(self.start)),
        }
    }
}

/// `kpi.range.start` and `kpi.range.end`: local dates, each for its first instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RangeDates {
    /// First date; `None`: the first that begins at or after `extract.start`.
    pub start: Option<NaiveDate>,
    /// First date after the range; `None`: open.
    pub end: Option<NaiveDate>,
}

/// The dates name no rows that can be read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The source reads nothing of the first rows.
    #[error(
        "the rows are to begin at {} (kpi.range.start), but the source reads from {} on: set extract.start of the \
         pipeline's source to {} or earlier, or kpi.range.start to a later date",
        format_instant(*.start), format_instant(*.extract_start), format_instant(*.start)
    )]
    NotRead {
        /// First instant of the range.
        start: InstantMs,
        /// First instant that the source reads.
        extract_start: InstantMs,
    },
    /// There is no row in it.
    #[error(
        "no row is left to the processor: it would own those from {} on (kpi.range.start, or the first midnight of \
         kpi.zone at or after extract.start) and before {} (kpi.range.end)",
        format_instant(*.start), format_instant(*.end)
    )]
    Empty {
        /// First instant of the range.
        start: InstantMs,
        /// First instant after it.
        end: InstantMs,
    },
}

impl RangeDates {
    /// The rows that a processor owns whose source reads from `extract_start` on.
    ///
    /// # Errors
    /// As [`RangeError`] says.
    pub fn owned(&self, extract_start: InstantMs, zone: Tz) -> Result<OwnedRange, RangeError> {
        let start = match self.start {
            Some(date) => day_start(date, zone),
            None => first_whole_day(extract_start, zone),
        };
        if start < extract_start {
            return Err(RangeError::NotRead { start, extract_start });
        }
        let end = self.end.map(|date| day_start(date, zone));
        match end {
            Some(end) if end <= start => Err(RangeError::Empty { start, end }),
            _ => Ok(OwnedRange { start, end }),
        }
    }
}

/// The first local midnight at or after `extract_start`: where the rows that are read whole begin.
fn first_whole_day(extract_start: InstantMs, zone: Tz) -> InstantMs {
    let date = local_date(extract_start, zone);
    let midnight = day_start(date, zone);
    if midnight == extract_start { midnight } else { day_start(date + Duration::days(1), zone) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{DAY_MS, HOUR_MS, parse_instant};

    fn at(text: &str) -> InstantMs {
        parse_instant(text).unwrap()
    }

    fn dates(start: &str, end: &str) -> RangeDates {
        RangeDates { start: start.parse().ok(), end: end.parse().ok() }
    }

    #[test]
    fn without_dates_the_range_starts_at_the_first_local_midnight_that_is_read_whole_and_is_open() {
        let midnight = at("2024-01-15T00:00:00Z");
        let starts = |at, zone| RangeDates::default().owned(at, zone).unwrap();
        assert_eq!(starts(midnight, Tz::UTC), OwnedRange { start: midnight, end: None });
        assert_eq!(starts(midnight + 1, Tz::UTC).start, midnight + DAY_MS);
        assert_eq!(starts(midnight, Tz::America__New_York).start, midnight + 5 * HOUR_MS);
    }

    #[test]
    fn dates_are_those_of_the_zone() {
        let range = dates("2024-03-31", "2024-04-01").owned(0, Tz::Europe__Berlin).unwrap();
        assert_eq!(range, OwnedRange { start: at("2024-03-30T23:00:00Z"), end: Some(at("2024-03-31T22:00:00Z")) });
        assert_eq!(range.to_string(), "from 2024-03-30T23:00:00.000Z to 2024-03-31T22:00:00.000Z (exclusive)");
    }

    #[test]
    fn a_range_that_is_not_read_from_its_start_or_holds_nothing_is_refused() {
        let start = at("2024-01-15T00:00:00Z");
        let unread = dates("2024-01-15", "").owned(start + 1, Tz::UTC);
        assert_eq!(unread, Err(RangeError::NotRead { start, extract_start: start + 1 }));
        assert_eq!(dates("2024-01-15", "").owned(start, Tz::UTC), Ok(OwnedRange { start, end: None }));
        let empty = dates("", "2024-01-15").owned(start, Tz::UTC);
        assert_eq!(empty, Err(RangeError::Empty { start, end: start }));
    }

    #[test]
    fn ranges_that_touch_do_not_overlap() {
        let range = |start, end| OwnedRange { start, end };
        let (first, second) = (range(0, Some(10)), range(10, None));
        assert!(!first.overlaps(&second) && !second.overlaps(&first));
        let wider = range(0, Some(11));
        assert!(wider.overlaps(&second) && second.overlaps(&wider));
        let within = range(3, Some(4));
        assert!(within.overlaps(&first) && first.overlaps(&within));
        assert!(range(5, None).overlaps(&second) && OwnedRange::EVERYTHING.overlaps(&within));
    }
}
