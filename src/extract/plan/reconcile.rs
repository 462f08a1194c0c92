//! What comparisons with the platform's own figures may be made of, and what they do to the plan. Pure.

use super::machine::Plan;
use super::types::{Compared, Staged};
use crate::domain::interval::{Grain, interval_at};
use crate::domain::reconciliation::Reconciliation;
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};
use crate::publish::contract::Publication;

/// Most time of one comparison. Less: a long history is read from the broker many times over; more: much of it is kept
/// in memory at once.
const COMPARED_MS_MAX: DurationMs = 31 * DAY_MS;

impl Plan {
    /// The whole local days that have been read at the last age and were not compared yet; `None` when there is none, and
    /// where nothing is compared.
    ///
    /// A bounded source compares all of its days in the end: once everything is read, and said to be.
    #[must_use]
    pub fn comparable(&self) -> Option<TimeRange> {
        let Compared { zone, range } = self.settings.compares?;
        // Days outside have another pipeline's rows, or none.
        let owned = range.owned(self.offset.extract_start, zone).ok()?;
        let bounded = self.settings.extract_end.is_some();
        if bounded && (!self.closed || self.uncompared) {
            return None;
        }
        let day = |at: InstantMs| interval_at(at, Grain::P1d, zone);
        // What is due to be read after the end is not waited for: somebody may wait for the end.
        let revisited = self.offset.revisits.iter().filter(|_| !bounded).map(|revisit| revisit.cursor);
        let settled = revisited.fold(self.offset.cursor, InstantMs::min);
        let first = self.offset.reconciled.map_or(owned.start, |compared| compared.max(owned.start));
        let from = if day(first).from == first { first } else { day(first).to };
        let to = day(settled.min(from + COMPARED_MS_MAX)).from;
        let to = owned.end.map_or(to, |end| to.min(end));
        (from < to).then_some(TimeRange { from, to })
    }

    /// Whether a comparison is all that the source has left to do, so that it is not put off.
    #[must_use]
    pub fn ends_with_comparison(&self) -> bool {
        self.closed && self.comparable().is_some()
    }

    /// The source ends without comparing what it has not compared; the next one that begins tries again.
    pub fn left_uncompared(&mut self) -> Staged {
        self.uncompared = true;
        self.stage(Publication::default())
    }

    /// A comparison found that interactions of a slice are missing: the slice is held, and stands as failed. `None` when it
    /// is held already: it stands as what made it so.
    pub fn lost(&mut self, slice: TimeRange, (theirs, missing): (i64, i64), now: InstantMs) -> Option<Staged> {
        if self.offset.held.iter().any(|held| held.from <= slice.from && slice.to <= held.to) {
            return None;
        }
        self.offset.hold(slice);
        let status = SliceStatus {
            org_id: self.settings.origin.org_id.clone(),
            source_partition: self.settings.source_partition.clone(),
            from: slice.from,
            to: slice.to,
            revisit_ms: 0,
            state: SliceState::Failed,
            pages: 0,
            rows: theirs - missing,
            open_rows: 0,
            native_count: Some(theirs),
            variance: (theirs != 0).then(|| -(missing as f64) / theirs as f64),
            attempts: 0,
            windows: None,
            last_error_class: Some("reconciliation".to_owned()),
            written_at: now,
        };
        let watermark = Some(self.watermark(now));
        Some(self.stage(Publication { slice: Some(status), watermark, ..Publication::default() }))
    }

    /// Everything before `to` was compared, with these results.
    pub fn reconciled(&mut self, records: Vec<Reconciliation>, to: InstantMs) -> Staged {
        self.offset.reconciled = Some(to);
        self.stage(Publication { reconciliations: records, ..Publication::default() })
    }
}
