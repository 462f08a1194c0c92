//! Slices that are fixed ahead of their turn, so that their queries can be answered meanwhile. Pure.
//!
//! ```text
//!  cursor ─▶ [ slice under way )[ planned )[ planned )            read and published in this order, one at a time
//! ```
//!
//! A planned slice is whole: it never ends at the platform's present, which moves on until the slice is read. What the
//! traffic teaches meanwhile is heeded by the slices that are planned later.

use std::collections::VecDeque;

use super::machine::{Active, Plan};
use super::types::{Ask, PlanSettings};
use crate::domain::time::{DAY_MS, InstantMs, TimeRange};
use crate::extract::revisit::floor_second;
use crate::extract::source_offset::SourceOffset;
use crate::genesys::query::flights::InFlight;

/// The slices whose queries an earlier program had submitted, as far as they follow one another from where it stood.
pub(super) fn restored(settings: &PlanSettings, offset: &SourceOffset, fresh: Option<&Active>) -> VecDeque<TimeRange> {
    let dialect = settings.origin.dialect.word();
    let mut ranges: Vec<TimeRange> = offset
        .in_flight
        .iter()
        .filter(|query| query.dialect == dialect && query.to - query.from <= settings.pace.most_ms)
        .filter(|query| settings.extract_end.is_none_or(|end| query.to <= end))
        .map(|query| TimeRange { from: query.from, to: query.to })
        .collect();
    ranges.sort_unstable();
    let mut planned = VecDeque::new();
    let mut next = fresh.map_or(offset.cursor, |active| active.reading.slice.to);
    for range in ranges {
        if range.from == next && range.from < range.to {
            next = range.to;
            planned.push_back(range);
        }
    }
    planned
}

impl Plan {
    /// The end of a slice that begins at `from`, however young. One of a day or more ends at a UTC midnight: platforms
    /// select whole days.
    pub(super) fn slice_end(&self, from: InstantMs) -> InstantMs {
        let slice_ms = self.slice_ms();
        let to = from.saturating_add(slice_ms);
        let to = if slice_ms < DAY_MS { to } else { to.div_euclid(DAY_MS) * DAY_MS };
        self.settings.extract_end.map_or(to, |end| to.min(end))
    }

    /// The end of the slice that begins at the cursor: as planned, else as long as slices are now.
    pub(super) fn next_slice_end(&mut self) -> InstantMs {
        let from = self.offset.cursor;
        match self.planned.pop_front().filter(|planned| planned.from == from) {
            Some(planned) => planned.to,
            None => {
                // What was planned does not follow any more.
                self.planned.clear();
                self.slice_end(from)
            }
        }
    }

    /// Plans the slices that follow the one under way, so that there are `most` of them if they are old enough at `now`.
    pub fn look_ahead(&mut self, now: InstantMs, most: usize) {
        let old_enough = floor_second(now.saturating_sub(self.settings.freshness_delay_ms));
        let behind = self.fresh.as_ref().map_or(self.offset.cursor, |active| active.reading.slice.to);
        while self.planned.len() < most {
            let from = self.planned.back().map_or(behind, |last| last.to);
            let to = self.slice_end(from);
            if to <= from || old_enough < to {
                break;
            }
            self.planned.push_back(TimeRange { from, to });
        }
    }

    /// The slices that are planned, the next one first.
    pub fn planned(&self) -> impl Iterator<Item = TimeRange> + '_ {
        self.planned.iter().copied()
    }

    /// What each lane reads, or asks for next, where it has begun a slice.
    #[must_use]
    pub fn under_way(&self) -> Vec<Ask> {
        [&self.fresh, &self.revisit].into_iter().flatten().map(Active::ask).collect()
    }

    /// The queries that an earlier program left at the platform.
    #[must_use]
    pub fn in_flight(&self) -> &[InFlight] {
        &self.offset.in_flight
    }

    /// Takes in which queries stand at the platform: what is published from now on says so.
    pub fn note_in_flight(&mut self, queries: Vec<InFlight>) {
        let known = |query: &InFlight| self.offset.in_flight.iter().any(|known| known.query_id == query.query_id);
        self.unsaid = self.unsaid || !queries.iter().all(known);
        self.offset.in_flight = queries;
    }
}
