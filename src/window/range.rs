//! Which rows a processor owns. Pure.

use std::fmt::{Display, Formatter};

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
    /// Whether a row that starts at `interval_start` is owned.
    #[must_use]
    pub fn owns(&self, interval_start: InstantMs) -> bool {
        self.start <= interval_start && self.end.is_none_or(|end| interval_start < end)
    }

    /// Whether some row would be in both.
    #[must_use]
    pub fn overlaps(&self, other: &OwnedRange) -> bool {
        other.end.is_none_or(|end| self.start < end) && self.end.is_none_or(|end| other.start < end)
    }

    /// Whether every row of the other is in this one.
    #[must_use]
    pub fn covers(&self, other: &OwnedRange) -> bool {
        self.start <= other.start && self.end.is_none_or(|end| other.end.is_some_and(|other_end| other_end <= end))
    }
}

impl Display for OwnedRange {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        let start = format_instant(self.start);
        match self.end {
            Some(end) => write!(out, "{start} to {}", format_instant(end)),
            None => write!(out, "{start} on, without an end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: InstantMs, end: impl Into<Option<InstantMs>>) -> OwnedRange {
        OwnedRange { start, end: end.into() }
    }

    #[test]
    fn the_start_is_owned_and_the_end_is_the_neighbours() {
        let (before, after) = (range(10, 20), range(20, None));
        assert_eq!([9, 10, 19, 20].map(|start| before.owns(start)), [false, true, true, false]);
        assert_eq!([19, 20, 1_000].map(|start| after.owns(start)), [false, true, true]);
        assert!(!before.overlaps(&after) && !after.overlaps(&before));
    }

    #[test]
    fn ranges_overlap_when_they_share_a_row_and_cover_when_they_share_all() {
        let (one, open) = (range(10, 20), range(19, None));
        assert!(one.overlaps(&open) && open.overlaps(&one) && one.overlaps(&one) && open.overlaps(&open));
        assert!(range(0, 100).covers(&one) && one.covers(&one) && !one.covers(&range(10, 21)));
        assert!(open.covers(&range(19, 30)) && !range(19, 30).covers(&open) && !open.covers(&one));
    }
}
