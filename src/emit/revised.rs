//! How many revisions rows have had. Pure.

use std::collections::BTreeMap;
use std::fmt;

/// Numbers of revisions that `Display` tells apart; what had more is one figure.
const TOLD: u64 = 5;

/// Rows by the number of their revisions: 1 for a row that was published once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revised {
    rows: BTreeMap<u64, u64>,
}

impl Revised {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.values().sum()
    }

    /// How many revisions they had, all together.
    #[must_use]
    pub fn revisions(&self) -> u64 {
        self.rows.iter().map(|(revisions, rows)| revisions * rows).sum()
    }

    /// How many rows had more than one.
    #[must_use]
    pub fn again(&self) -> u64 {
        self.rows.range(2..).map(|(_, rows)| rows).sum()
    }
}

impl FromIterator<u64> for Revised {
    fn from_iter<T: IntoIterator<Item = u64>>(revisions: T) -> Revised {
        let mut revised = Revised::default();
        for revisions in revisions {
            *revised.rows.entry(revisions).or_default() += 1;
        }
        revised
    }
}

impl fmt::Display for Revised {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} revisions of {} rows", self.revisions(), self.rows())?;
        let mut before = ": ";
        for (revisions, rows) in self.rows.range(..=TOLD) {
            write!(out, "{before}{rows} had {revisions}")?;
            before = ", ";
        }
        let more: u64 = self.rows.range(TOLD + 1..).map(|(_, rows)| rows).sum();
        match self.rows.last_key_value() {
            Some((most, _)) if 0 < more => write!(out, "{before}{more} had more, {most} at most"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_their_revisions() {
        let none = Revised::default();
        assert_eq!((none.rows(), none.revisions(), none.again()), (0, 0, 0));
        assert_eq!(none.to_string(), "0 revisions of 0 rows");
        let few: Revised = [1, 3, 1].into_iter().collect();
        assert_eq!((few.rows(), few.revisions(), few.again()), (3, 5, 1));
        assert_eq!(few.to_string(), "5 revisions of 3 rows: 2 had 1, 1 had 3");
        let many: Revised = [5, 6, 40].into_iter().collect();
        assert_eq!(many.to_string(), "51 revisions of 3 rows: 1 had 5, 2 had more, 40 at most");
    }
}
