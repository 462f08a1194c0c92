//! How far the reading of one slice has come. Pure; stored in the source offset while the slice is being read.

use serde::{Deserialize, Serialize};

use super::counts::{Counts, Taken};
use super::revisit::floor_second;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};

/// The shortest window. Too small: many requests that gain nothing; too large: dense traffic cannot be read.
pub const WINDOW_MS_MIN: DurationMs = 1_000;

/// What the windows before the one under way came to.
///
/// WARNING: stored in the source offset; fields may be added with a default, never renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// How many there were.
    pub windows: i64,
    /// Their rows.
    pub counts: Counts,
    /// How many rows the platform says they have; `None` when it does not say it of each.
    pub native_count: Option<i64>,
    /// Rows in that count that stand outside their window.
    pub outside: i64,
}

/// Why a slice that was read to its end is not whole.
///
/// WARNING: stored in the source offset; fields may be added with a default, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// One word.
    pub class: String,
    /// What showed it.
    pub text: String,
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

/// How far the reading of `[from, to)` has come. Each query asks for one window of it; most slices are one window.
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
    /// Rows came out of order, so a dropped token begins the window anew.
    #[serde(default)]
    pub unordered: bool,
    /// How many rows the platform says the window has.
    #[serde(default)]
    pub native_count: Option<i64>,
    /// `counts.selected` when the query under way began.
    #[serde(default)]
    pub selected_before: i64,
    /// Rows that stand outside the window, or are left to others: in `native_count`, and not in `counts`.
    #[serde(default)]
    pub outside: i64,
    /// The part of `outside` that a query from `resume_from` would return again.
    #[serde(default)]
    pub tail_outside: i64,
    /// The start of the latest of these rows, and how many of them have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_outside: Option<(InstantMs, i64)>,
    /// Whether `native_count` is of the query as the platform answers it, rows outside the window included.
    #[serde(default)]
    pub counts_outside: bool,
    /// The query under way, where it outlives this program: a restarted one goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub going_on: Option<GoingOn>,
    /// The length of a window; 0: the whole slice is one.
    #[serde(default)]
    pub window_ms: DurationMs,
    /// First instant of the window under way; `None`: the slice's.
    #[serde(default)]
    pub window_from: Option<InstantMs>,
    /// The windows before it.
    #[serde(default)]
    pub before: Before,
    /// The most rows that a window before this one had: so many are not too many.
    #[serde(default)]
    pub fits: i64,
    /// The shortest window that a query which selected too much led to; 0 for none.
    #[serde(default)]
    pub narrowest_ms: DurationMs,
    /// Windows that were left out, because they cannot be made shorter.
    #[serde(default)]
    pub left_out: i64,
    /// Whether this is the second reading, because rows were missing from the first.
    #[serde(default)]
    pub reread: bool,
    /// The first thing that keeps the slice from being whole.
    #[serde(default)]
    pub missing: Option<Missing>,
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
            tail_outside: 0,
            latest_outside: None,
            counts_outside: false,
            going_on: None,
            window_ms: 0,
            window_from: None,
            before: Before::default(),
            fits: 0,
            narrowest_ms: 0,
            left_out: 0,
            reread: false,
            missing: None,
        }
    }

    /// `[from, to)`.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        TimeRange { from: self.from, to: self.to }
    }

    /// The window under way.
    #[must_use]
    pub fn window(&self) -> TimeRange {
        let from = self.window_from.unwrap_or(self.from);
        let to = if self.window_ms <= 0 { self.to } else { from.saturating_add(self.window_ms).min(self.to) };
        TimeRange { from, to }
    }

    /// What a query without a token asks for: the rest of the window.
    #[must_use]
    pub fn query(&self) -> TimeRange {
        TimeRange { from: self.resume_from, to: self.window().to }
    }

    /// How many windows have begun.
    #[must_use]
    pub fn windows(&self) -> i64 {
        self.before.windows + 1
    }

    /// How many rows the platform says the windows so far have; `None` when it does not say it of each.
    #[must_use]
    pub fn native_total(&self) -> Option<i64> {
        let native = self.native_count?;
        if self.before.windows == 0 { Some(native) } else { Some(self.before.native_count? + native) }
    }

    /// What was read of the windows so far, to be held against [`SliceReading::native_total`].
    #[must_use]
    pub fn read_total(&self) -> i64 {
        self.counts.selected + self.before.outside + self.outside
    }

    /// Rows of the window under way.
    fn rows_of_window(&self) -> i64 {
        self.counts.selected - self.before.counts.selected
    }

    /// The most rows that a window had.
    #[must_use]
    pub fn most_rows(&self) -> i64 {
        self.fits.max(self.rows_of_window())
    }

    /// Begins the next window; `false` when this was the last. After a window that was read, the next one is twice as
    /// long when as dense traffic would still fit.
    pub fn next_window(&mut self, was_read: bool) -> bool {
        let window = self.window();
        if self.to <= window.to {
            return false;
        }
        if was_read {
            self.fits = self.most_rows();
            if 2 * self.rows_of_window() <= self.fits {
                self.window_ms = self.window_ms.saturating_mul(2);
            }
        } else {
            self.left_out += 1;
        }
        self.before = Before {
            windows: self.windows(),
            counts: self.counts.clone(),
            native_count: self.native_total(),
            outside: self.before.outside + self.outside,
        };
        self.window_from = Some(window.to);
        self.begin_window();
        true
    }

    /// Makes the windows half as long, the one under way too, which begins anew; `false` when they cannot be shorter.
    pub fn narrow(&mut self) -> bool {
        let window = self.window();
        let length_ms = window.to - window.from;
        if length_ms <= WINDOW_MS_MIN {
            return false;
        }
        self.window_ms = floor_second(length_ms / 2).max(WINDOW_MS_MIN);
        self.narrowest_ms = if self.narrowest_ms <= 0 { self.window_ms } else { self.narrowest_ms.min(self.window_ms) };
        self.begin_window();
        true
    }

    /// Begins the second reading of the whole slice, in windows half as long where they can be.
    pub fn read_again(&mut self) {
        let length_ms = if self.window_ms <= 0 { self.to - self.from } else { self.window_ms };
        self.window_ms = floor_second(length_ms / 2).max(WINDOW_MS_MIN);
        self.window_from = None;
        self.before = Before::default();
        self.reread = true;
        self.begin_window();
    }

    fn begin_window(&mut self) {
        self.resume_from = self.window().from;
        self.counts = self.before.counts.clone();
        self.tail = Counts::default();
        self.unordered = false;
        self.native_count = None;
        self.selected_before = self.counts.selected;
        self.outside = 0;
        self.tail_outside = 0;
        self.latest_outside = None;
        self.counts_outside = false;
    }

    /// Counts one row of the slice, in the order of the answer; moves the place to resume from.
    pub fn take(&mut self, start: Option<InstantMs>, row: Taken) {
        let start = start.unwrap_or(self.resume_from);
        if start < self.resume_from && !self.unordered {
            // The last instant says nothing of what is still to come.
            self.unordered = true;
            self.resume_from = self.window().from;
            self.tail = self.counts.clone();
            self.tail.subtract(&self.before.counts);
            self.tail_outside = self.outside;
        }
        if self.resume_from < start && !self.unordered {
            self.resume_from = start;
            self.tail = Counts::default();
            self.tail_outside = self.latest_outside.filter(|(latest, _)| start <= *latest).map_or(0, |(_, rows)| rows);
        }
        let day = start.div_euclid(DAY_MS) * DAY_MS;
        self.counts.add(row, day);
        self.tail.add(row, day);
    }

    /// Counts one row that the platform counts and the slice does not, in the order of the answer.
    pub fn pass_over(&mut self, start: InstantMs) {
        let comes_again = self.resume_from <= start || self.resume_from <= self.window().from;
        self.outside += 1;
        self.tail_outside += i64::from(comes_again);
        self.latest_outside = match self.latest_outside {
            Some((latest, rows)) if latest == start => Some((latest, rows + 1)),
            _ => Some((start, 1)),
        };
    }

    /// Prepares a query from `resume_from`: what it will return again is no longer counted.
    pub fn rewind(&mut self) {
        self.counts.subtract(&self.tail);
        self.tail = Counts::default();
        self.outside -= self.tail_outside;
        self.tail_outside = 0;
        self.latest_outside = None;
    }

    /// How far the reading is; a reading that comes further has a greater position. Rows that share an instant count
    /// on, so it moves even when one instant has more rows than a page.
    #[must_use]
    pub fn position(&self) -> (InstantMs, i64) {
        (self.resume_from, self.tail.selected)
    }
}

#[cfg(test)]
mod tests;
