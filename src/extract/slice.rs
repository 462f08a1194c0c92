//! How far the reading of one slice has come. Pure; stored in the source offset while the slice is being read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::time::{DAY_MS, InstantMs, TimeRange};

/// Counts of rows of a slice.
///
/// WARNING: stored in the source offset; fields may be added with a default, never renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Interactions published.
    pub rows: i64,
    /// Rows that the platform returned for the slice, malformed ones included.
    pub selected: i64,
    /// Published interactions that were still open, by the UTC day in which they start.
    pub open: BTreeMap<InstantMs, i64>,
}

impl Counts {
    fn add(&mut self, row: Taken, day: InstantMs) {
        self.selected += 1;
        if row != Taken::SetAside {
            self.rows += 1;
        }
        if row == Taken::Open {
            *self.open.entry(day).or_default() += 1;
        }
    }

    fn subtract(&mut self, other: &Counts) {
        self.rows -= other.rows;
        self.selected -= other.selected;
        for (day, open) in &other.open {
            *self.open.entry(*day).or_default() -= open;
        }
        self.open.retain(|_, open| *open != 0);
    }

    /// Published interactions that were still open.
    #[must_use]
    pub fn open_rows(&self) -> i64 {
        self.open.values().sum()
    }
}

/// What became of a row that belongs to the slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Published, still open.
    Open,
    /// Published (or known from an earlier reading), over.
    Ended,
    /// Not readable: a dead letter.
    SetAside,
}

/// A query that the platform keeps for longer than this program may run, and where it goes on.
///
/// WARNING: stored in the source offset; fields may be added with a default, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoingOn {
    /// The dialect that the token is of.
    pub dialect: String,
    /// The next page's token.
    pub token: String,
    /// First start that the query asks for, included.
    pub from: InstantMs,
    /// Last start that it asks for, excluded.
    pub to: InstantMs,
    /// Rows of the query so far, whatever became of them.
    pub seen: i64,
}

/// How far the reading of `[from, to)` has come.
///
/// WARNING: stored in the source offset; fields may be added with a default, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceReading {
    /// First instant, included.
    pub from: InstantMs,
    /// Last instant, excluded.
    pub to: InstantMs,
    /// Where a query begins after the page token was dropped, included: the last published row's start. Rows of that
    /// instant stand twice then.
    pub resume_from: InstantMs,
    /// Platform's instant at which the first page was asked for; how old the slice was at this reading.
    pub first_asked_at: Option<InstantMs>,
    /// Pages published.
    pub pages: i64,
    /// Requests made, failed ones included.
    pub attempts: i64,
    /// Rows so far.
    pub counts: Counts,
    /// The part of `counts` that a query from `resume_from` would return again.
    pub tail: Counts,
    /// Rows came out of order, so a dropped token begins the slice anew.
    #[serde(default)]
    pub unordered: bool,
    /// How many rows the platform says the slice has.
    #[serde(default)]
    pub native_count: Option<i64>,
    /// `counts.selected` when the query under way began.
    #[serde(default)]
    pub selected_before: i64,
    /// Rows of the query under way that other slices have: in `native_count`, and not in `counts`.
    #[serde(default)]
    pub outside: i64,
    /// The query under way, where it outlives this program: a restarted one goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub going_on: Option<GoingOn>,
}

impl SliceReading {
    /// A reading of `[from, to)` that has not begun.
    #[must_use]
    pub fn new(from: InstantMs, to: InstantMs) -> SliceReading {
        SliceReading {
            from,
            to,
            resume_from: from,
            first_asked_at: None,
            pages: 0,
            attempts: 0,
            counts: Counts::default(),
            tail: Counts::default(),
            unordered: false,
            native_count: None,
            selected_before: 0,
            outside: 0,
            going_on: None,
        }
    }

    /// `[from, to)`.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        TimeRange { from: self.from, to: self.to }
    }

    /// Counts one row of the slice, in the order of the answer; moves the place to resume from.
    pub fn take(&mut self, start: Option<InstantMs>, row: Taken) {
        let start = start.unwrap_or(self.resume_from);
        if start < self.resume_from && !self.unordered {
            // The last instant says nothing of what is still to come.
            self.unordered = true;
            self.resume_from = self.from;
        }
        if self.resume_from < start && !self.unordered {
            self.resume_from = start;
            self.tail = Counts::default();
        }
        let day = start.div_euclid(DAY_MS) * DAY_MS;
        self.counts.add(row, day);
        if self.unordered {
            self.tail = self.counts.clone();
        } else {
            self.tail.add(row, day);
        }
    }

    /// Prepares a query from `resume_from`: what it will return again is no longer counted.
    pub fn rewind(&mut self) {
        self.counts.subtract(&self.tail);
        self.tail = Counts::default();
    }

    /// How far the reading is; a reading that comes further has a greater position. Rows that share an instant count
    /// on, so it moves even when one instant has more rows than a page.
    #[must_use]
    pub fn position(&self) -> (InstantMs, i64) {
        (self.resume_from, self.tail.selected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewind_forgets_exactly_what_will_be_read_again() {
        let mut slice = SliceReading::new(0, 100);
        for (start, row) in [(5, Taken::Ended), (7, Taken::Open), (7, Taken::SetAside)] {
            slice.take(Some(start), row);
        }
        assert_eq!((slice.resume_from, slice.counts.rows, slice.counts.selected), (7, 2, 3));
        assert_eq!((slice.position(), slice.counts.open_rows()), ((7, 2), 1));
        slice.rewind();
        assert_eq!((slice.counts.rows, slice.counts.selected, slice.counts.open_rows()), (1, 1, 0));
        slice.rewind();
        assert_eq!(slice.counts.rows, 1);
    }

    #[test]
    fn rows_out_of_order_make_a_dropped_token_begin_the_slice_anew() {
        let mut slice = SliceReading::new(0, 100);
        for start in [5, 9, 6] {
            slice.take(Some(start), Taken::Ended);
        }
        assert!(slice.unordered);
        assert_eq!(slice.resume_from, 0);
        slice.take(Some(20), Taken::Open);
        assert_eq!(slice.resume_from, 0);
        slice.rewind();
        assert_eq!((slice.counts.rows, slice.counts.selected, slice.counts.open_rows()), (0, 0, 0));
    }

    #[test]
    fn a_row_without_a_readable_start_is_counted_where_it_stands() {
        let mut slice = SliceReading::new(0, 100);
        slice.take(None, Taken::SetAside);
        slice.take(Some(3), Taken::Ended);
        slice.take(None, Taken::SetAside);
        assert_eq!((slice.resume_from, slice.counts.selected, slice.counts.rows), (3, 3, 1));
    }
}
