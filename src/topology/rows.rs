//! The KPI rows that an intervals task holds, and when they close and expire. Pure.

use std::collections::BTreeSet;

use super::overlay::Overlay;
use crate::domain::interval::interval_at;
use crate::domain::row::RowResult;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::emit::finality::Completeness;
use crate::window::accumulator::Accumulator;
use crate::window::row_key::RowKey;

/// All rows of an intervals task.
#[derive(Debug, Default)]
pub struct Rows {
    // Boxed: a state is half a kilobyte, and is moved from staged to committed and back.
    held: Overlay<RowKey, Box<Accumulator>>,
    // Committed rows by their end: those that may still become FINAL, and all of them for expiry.
    provisional: BTreeSet<(InstantMs, RowKey)>,
    by_end: BTreeSet<(InstantMs, RowKey)>,
}

/// The interval of a row.
#[must_use]
pub fn interval_of(key: &RowKey, zone: chrono_tz::Tz) -> TimeRange {
    interval_at(key.key.interval_start(), key.topic.grain, zone)
}

impl Rows {
    /// A row as staged, else as committed.
    #[must_use]
    pub fn at(&self, key: &RowKey) -> Option<&Accumulator> {
        self.held.at(key).map(Box::as_ref)
    }

    /// A row as committed.
    #[must_use]
    pub fn committed(&self, key: &RowKey) -> Option<&Accumulator> {
        self.held.committed(key).map(Box::as_ref)
    }

    /// A row to be changed: as staged, else as committed, else a new one.
    pub fn staged_mut(&mut self, key: &RowKey) -> &mut Accumulator {
        self.held.staged_mut(key)
    }

    /// Stages a row as it is committed, unless it is staged.
    pub fn stage(&mut self, key: RowKey) {
        if self.held.at(&key).is_some() {
            self.held.staged_mut(&key);
        }
    }

    /// Stages a row.
    pub fn put(&mut self, key: RowKey, state: Box<Accumulator>) {
        self.held.put(key, state);
    }

    /// Takes the staged rows out, in the order of their keys; the caller puts them again.
    #[must_use]
    pub fn take_staged(&mut self) -> Vec<(RowKey, Box<Accumulator>)> {
        let mut staged = self.held.take_staged();
        staged.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        staged
    }

    /// Restores a committed row.
    pub fn restore(&mut self, key: RowKey, state: Accumulator, end: InstantMs) {
        self.index(&key, &state, end);
        self.held.restore(key, Box::new(state));
    }

    /// Committed PROVISIONAL rows of an organisation that are due to be FINAL.
    #[must_use]
    pub fn due(&self, org_id: &str, known: &Completeness, grace_ms: DurationMs) -> Vec<RowKey> {
        let due = self.provisional.iter().take_while(|(end, _)| known.has_passed(*end, grace_ms));
        due.filter(|(_, key)| key.key.org_id() == org_id).map(|(_, key)| key.clone()).collect()
    }

    /// Committed PROVISIONAL rows of an organisation.
    #[must_use]
    pub fn provisional(&self, org_id: &str) -> Vec<RowKey> {
        let rows = self.provisional.iter().filter(|(_, key)| key.key.org_id() == org_id);
        rows.map(|(_, key)| key.clone()).collect()
    }

    /// Committed rows of an organisation, closed or not, that end after an instant.
    #[must_use]
    pub fn ending_after(&self, org_id: &str, at: InstantMs) -> Vec<RowKey> {
        let rows = self.by_end.iter().rev().take_while(|(end, _)| at < *end);
        rows.filter(|(_, key)| key.key.org_id() == org_id).map(|(_, key)| key.clone()).collect()
    }

    /// Makes staged rows the committed ones; `end_of` gives a row's interval end.
    pub fn promote(&mut self, end_of: impl Fn(&RowKey) -> InstantMs) {
        let (provisional, by_end) = (&mut self.provisional, &mut self.by_end);
        self.held.promote_each(|key, before, now| {
            let Some(now) = now else { return };
            let is_provisional = |state: &Accumulator| state.result == RowResult::Provisional;
            let (was, is) = (before.map(|state| is_provisional(state)), is_provisional(now));
            // A row that is known and as open as before stands in both already.
            if was == Some(is) {
                return;
            }
            let entry = (end_of(key), key.clone());
            if is {
                provisional.insert(entry.clone());
            } else {
                provisional.remove(&entry);
            }
            by_end.insert(entry);
        });
    }

    /// Forgets staged rows.
    pub fn abort(&mut self) {
        self.held.abort();
    }

    /// Lets go of rows whose end is at or before `floor`.
    pub fn evict(&mut self, floor: InstantMs) {
        while let Some((end, _)) = self.by_end.first() {
            if floor < *end {
                break;
            }
            if let Some(entry) = self.by_end.pop_first() {
                self.held.evict(&entry.1);
                self.provisional.remove(&entry);
            }
        }
    }

    /// How many rows are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn index(&mut self, key: &RowKey, state: &Accumulator, end: InstantMs) {
        let entry = (end, key.clone());
        self.provisional.remove(&entry);
        if state.result == RowResult::Provisional {
            self.provisional.insert(entry.clone());
        }
        self.by_end.insert(entry);
    }
}
