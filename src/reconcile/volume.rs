//! Which interactions the platform has and we have not, by the slice that they belong to. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::{Origin, counted};
use crate::domain::reconciliation::{Check, Reconciliation};
use crate::domain::time::{DurationMs, InstantMs, TimeRange};

/// An interaction as the platform tells it when it is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its id: the key of `interactions`.
    pub id: String,
    /// Its start, by which slices select.
    pub start: InstantMs,
    /// The queues of its legs.
    pub queues: BTreeSet<String>,
}

/// How a range was, or would be, cut into slices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slices {
    read: BTreeMap<InstantMs, InstantMs>,
    origin: InstantMs,
    length_ms: DurationMs,
}

impl Slices {
    /// The slices that were `read`; what lies in none is cut into pieces of `length_ms` from `origin` on.
    #[must_use]
    pub fn new(read: impl IntoIterator<Item = TimeRange>, origin: InstantMs, length_ms: DurationMs) -> Slices {
        let read = read.into_iter().map(|slice| (slice.from, slice.to)).collect();
        Slices { read, origin, length_ms: length_ms.max(1) }
    }

    /// The slice that an instant belongs to.
    #[must_use]
    pub fn of(&self, at: InstantMs) -> TimeRange {
        let before = self.read.range(..=at).next_back();
        if let Some((from, to)) = before.filter(|(_, to)| at < **to) {
            return TimeRange { from: *from, to: *to };
        }
        let from = self.origin + (at - self.origin).div_euclid(self.length_ms) * self.length_ms;
        let after = self.read.range(at + 1..).next().map_or(InstantMs::MAX, |(next, _)| *next);
        let from = before.map_or(from, |(_, end)| from.max(*end));
        TimeRange {
            from,
            to: (self.origin + ((at - self.origin).div_euclid(self.length_ms) + 1) * self.length_ms).min(after),
        }
    }
}

/// A slice of which interactions are missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// The slice, `[from, to)`.
    pub slice: TimeRange,
    /// How many interactions the platform has of it.
    pub theirs: i64,
    /// How many of them we do not have.
    pub missing: i64,
    /// The queues of those.
    pub queues: BTreeSet<String>,
}

impl Lost {
    /// The record that says it of a check.
    #[must_use]
    pub fn record(&self, check: Check, origin: &Origin) -> Reconciliation {
        let queues: Vec<&str> = self.queues.iter().map(String::as_str).collect();
        let record = counted(origin, check, self.slice, (self.theirs - self.missing, self.theirs));
        Reconciliation { queues: queues.join(","), ..record }
    }

    /// Whether more is missing than the check lets pass.
    #[must_use]
    pub fn is_beyond(&self, check: Check) -> bool {
        let nobody = Origin { org_id: String::new(), written_at: 0 };
        counted(&nobody, check, self.slice, (self.theirs - self.missing, self.theirs)).is_beyond()
    }
}

/// The slices of which at least one interaction is missing, in the order of time. `told` may name an interaction twice.
#[must_use]
pub fn lost(told: &[Told], has: impl Fn(&str) -> bool, slices: &Slices) -> Vec<Lost> {
    let distinct: BTreeMap<&str, &Told> = told.iter().map(|one| (one.id.as_str(), one)).collect();
    let mut by_slice: BTreeMap<TimeRange, Lost> = BTreeMap::new();
    for one in distinct.values() {
        let slice = slices.of(one.start);
        let none = Lost { slice, theirs: 0, missing: 0, queues: BTreeSet::new() };
        let found = by_slice.entry(slice).or_insert(none);
        found.theirs += 1;
        if !has(&one.id) {
            found.missing += 1;
            found.queues.extend(one.queues.iter().cloned());
        }
    }
    by_slice.into_values().filter(|found| 0 < found.missing).collect()
}
