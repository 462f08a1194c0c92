//! The rows of a query as seen from outside: how many, and when they begin. Pure.

use crate::domain::time::InstantMs;
use crate::genesys::wire::RowRead;

/// How far outside its bounds a row may lie before it shows that the platform reads them otherwise, in milliseconds.
const OUTSIDE_MS: i64 = 1_000;

/// How many rows there are, and when the first and the last of them begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Rows, also such as cannot be read.
    pub rows: i64,
    /// The earliest start that can be read.
    pub first: Option<InstantMs>,
    /// The latest.
    pub last: Option<InstantMs>,
}

impl Extent {
    /// Takes in the rows of a page.
    pub fn add(&mut self, rows: &[RowRead]) {
        self.rows += rows.len() as i64;
        for start in rows.iter().filter_map(RowRead::start) {
            self.first = Some(self.first.map_or(start, |first| first.min(start)));
            self.last = self.last.max(Some(start));
        }
    }

    /// Whether rows lie further outside of what starts in `[from, to]` than rounding explains.
    #[must_use]
    pub fn is_outside(&self, from: InstantMs, to: InstantMs) -> bool {
        self.first.is_some_and(|first| first < from - OUTSIDE_MS)
            || self.last.is_some_and(|last| to + OUTSIDE_MS < last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_outside_is_rounding_and_more_is_not() {
        let extent = |first, last| Extent { rows: 2, first: Some(first), last: Some(last) };
        assert!(!extent(4_000, 11_000).is_outside(5_000, 10_000));
        assert!(extent(3_999, 9_000).is_outside(5_000, 10_000) && extent(5_000, 11_001).is_outside(5_000, 10_000));
        assert!(!Extent::default().is_outside(5_000, 10_000));
    }
}
