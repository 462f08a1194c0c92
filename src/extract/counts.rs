//! Counts of the rows of a slice, which can be taken back. Pure; stored in the source offset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::time::InstantMs;

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
    pub(super) fn add(&mut self, row: Taken, day: InstantMs) {
        self.selected += 1;
        if row != Taken::SetAside {
            self.rows += 1;
        }
        if row == Taken::Open {
            *self.open.entry(day).or_default() += 1;
        }
    }

    pub(super) fn subtract(&mut self, other: &Counts) {
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
