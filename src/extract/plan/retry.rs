//! Held ranges: read again on request, and lifted by any reading that was whole. Pure.

use super::machine::Plan;
use super::types::Staged;
use crate::domain::slice::SliceState;
use crate::domain::time::{InstantMs, TimeRange};
use crate::extract::revisit::floor_second;
use crate::extract::slice::SliceReading;
use crate::extract::source_offset::{Again, Kind, without};
use crate::publish::contract::{Publication, Request};

impl Plan {
    /// Takes an operator's request; `None` when it was taken before, else what makes it last.
    ///
    /// What a comparison found to be lost is held first, as far as it was read at all: nobody may take it for final.
    pub fn ask_again(&mut self, request: &Request, now: InstantMs) -> Option<Staged> {
        if request.number <= self.offset.request {
            return None;
        }
        self.offset.request = request.number;
        let read = TimeRange { from: self.offset.extract_start, to: self.offset.cursor };
        let lost = request.lost.iter().filter(|lost| lost.intersects(&read));
        let lost: Vec<TimeRange> =
            lost.map(|lost| TimeRange { from: lost.from.max(read.from), to: lost.to.min(read.to) }).collect();
        lost.iter().for_each(|range| self.offset.hold(*range));
        self.offset.ask_again(&request.ranges);
        self.offset.ask_again(&lost);
        let watermark = (!lost.is_empty()).then(|| self.watermark(now));
        Some(self.stage(Publication { watermark, ..Publication::default() }))
    }

    /// The next held range to read again at `now`; a long one in slices.
    pub(super) fn next_retry(&self, now: InstantMs) -> Option<Again> {
        let old_enough = floor_second(now - self.settings.freshness_delay_ms);
        let range = self.offset.retries.iter().find(|range| range.to <= old_enough)?;
        let to = range.to.min(range.from + self.slice_ms());
        Some(Again { kind: Kind::Retry, slice: SliceReading::new(range.from, to), open_before: 0, ended_since: None })
    }

    /// What the end of a reading means for requests and holds; whether a hold was lifted.
    ///
    /// A reading lifts a hold when it was whole, published all that it read, and began within the horizon: then every
    /// interaction of it still restates its rows. An age's reading does so, too.
    pub(super) fn after_reading(&mut self, kind: Kind, range: TimeRange, state: SliceState) -> bool {
        if kind == Kind::Retry {
            self.offset.retries = without(&self.offset.retries, range);
        }
        let publishes_all = !matches!(kind, Kind::OpenDay { .. });
        let within = self.offset.cursor.saturating_sub(self.settings.horizon_ms) < range.from;
        let touches = self.offset.held.iter().any(|held| held.intersects(&range));
        let lifts = state == SliceState::Done && publishes_all && within && touches;
        if lifts {
            self.offset.held = without(&self.offset.held, range);
        }
        lifts
    }
}
