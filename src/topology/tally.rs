//! What the committed transactions of a task have counted, by word. Pure.
//!
//! While records are staged only plain numbers are counted; they become words once a transaction, and vanish with an
//! aborted one.

use std::collections::BTreeMap;

use super::legs::Counts;
use crate::domain::exclusion::DropReason;
use crate::domain::row::RowResult;
use crate::domain::time::{DAY_MS, DurationMs, HOUR_MS};

/// Counts by word.
pub type ByWord<W> = BTreeMap<W, u64>;

/// What committed transactions have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Legs that came to be left out, by reason.
    pub excluded: ByWord<&'static str>,
    /// Dead letters by reason.
    pub dead_letters: ByWord<String>,
    /// Readings by what they were to what was known.
    pub decisions: ByWord<&'static str>,
    /// Rows written after they had closed, by the age of their interval.
    pub restatements: ByWord<&'static str>,
    /// Rows written, by result.
    pub rows: ByWord<&'static str>,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: Tally) {
        add(&mut self.excluded, other.excluded);
        add(&mut self.dead_letters, other.dead_letters);
        add(&mut self.decisions, other.decisions);
        add(&mut self.restatements, other.restatements);
        add(&mut self.rows, other.rows);
    }

    /// Adds what a legs task counted between two looks at its counts.
    pub(super) fn add_legs(&mut self, before: &Counts, now: &Counts) {
        for (word, of) in DECISIONS {
            count(&mut self.decisions, word, of(now) - of(before));
        }
        for reason in DropReason::ALL.into_iter().chain([DropReason::Unknown]) {
            let at = reason as usize;
            count(&mut self.excluded, reason.word(), now.excluded[at] - before.excluded[at]);
        }
    }

    /// Adds the rows of an intervals task.
    pub(super) fn add_rows(&mut self, written: &Written) {
        for (word, rows) in RESULTS.into_iter().zip(written.by_result) {
            count(&mut self.rows, word, rows);
        }
        for ((word, _), rows) in AGES.into_iter().zip(written.restated_by_age) {
            count(&mut self.restatements, word, rows);
        }
    }
}

type OfCounts = fn(&Counts) -> u64;

const DECISIONS: [(&str, OfCounts); 7] = [
    ("new", |counts| counts.new),
    ("correction", |counts| counts.corrections),
    ("confirmation", |counts| counts.confirmations),
    ("remeasured", |counts| counts.remeasured),
    ("duplicate", |counts| counts.duplicates),
    ("stale", |counts| counts.stale),
    ("settled", |counts| counts.settled),
];

const RESULTS: [&str; 3] = ["provisional", "final", "corrected"];

/// Each with the age that it ends at.
const AGES: [(&str, DurationMs); 4] =
    [("1h", HOUR_MS), ("24h", DAY_MS), ("7d", 7 * DAY_MS), ("older", DurationMs::MAX)];

/// Rows of one transaction, as plain numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    by_result: [u64; RESULTS.len()],
    restated_by_age: [u64; AGES.len()],
}

impl Written {
    /// A row is written; `restated_at_age`: how long ago its interval ended, where it had closed before.
    pub(super) fn row(&mut self, result: RowResult, restated_at_age: Option<DurationMs>) {
        let at = match result {
            RowResult::Provisional => 0,
            RowResult::Final => 1,
            RowResult::Corrected => 2,
            // No row is written with a result that this build does not know.
            RowResult::Unknown => return,
        };
        self.by_result[at] += 1;
        if let Some(age_ms) = restated_at_age {
            let at = AGES.iter().position(|(_, ends_ms)| age_ms <= *ends_ms).unwrap_or(AGES.len() - 1);
            self.restated_by_age[at] += 1;
        }
    }
}

fn count<W: Ord>(words: &mut ByWord<W>, word: W, amount: u64) {
    if 0 < amount {
        *words.entry(word).or_default() += amount;
    }
}

fn add<W: Ord>(words: &mut ByWord<W>, other: ByWord<W>) {
    for (word, amount) in other {
        count(words, word, amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restatements_are_told_by_the_age_of_their_interval_and_rows_by_result() {
        let mut written = Written::default();
        written.row(RowResult::Provisional, None);
        for age_ms in [0, HOUR_MS, HOUR_MS + 1, DAY_MS, 7 * DAY_MS, 7 * DAY_MS + 1] {
            written.row(RowResult::Corrected, Some(age_ms));
        }
        let mut tally = Tally::default();
        tally.add_rows(&written);
        tally.add_rows(&Written::default());
        assert_eq!(tally.rows, [("provisional", 1), ("corrected", 6)].into());
        assert_eq!(tally.restatements, [("1h", 2), ("24h", 2), ("7d", 1), ("older", 1)].into());
    }

    #[test]
    fn legs_are_told_by_what_was_counted_between_two_looks() {
        let mut before = Counts { new: 5, ..Counts::default() };
        before.excluded[DropReason::Queue as usize] = 7;
        let mut now = Counts { new: 8, duplicates: 2, ..before };
        now.excluded[DropReason::ShortTalk as usize] += 1;
        let mut tally = Tally::default();
        tally.add_legs(&before, &now);
        assert_eq!(tally.decisions, [("new", 3), ("duplicate", 2)].into());
        assert_eq!(tally.excluded, [("short_talk", 1)].into());
        let mut twice = tally.clone();
        twice.add(tally);
        assert_eq!((twice.decisions["new"], twice.excluded["short_talk"]), (6, 2));
    }
}
