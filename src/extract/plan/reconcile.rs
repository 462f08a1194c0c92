//! What comparisons with the platform's own figures may be made of, and what they do to the plan. Pure.

use chrono_tz::Tz;

use super::machine::Plan;
use super::types::Staged;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::reconciliation::Reconciliation;
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};
use crate::publish::contract::Publication;

/// Most time of one comparison. Less: a long history is read from the broker many times over; more: much of it is kept
/// in memory at once.
const COMPARED_MS_MAX: DurationMs = 31 * DAY_MS;

impl Plan {
    /// The whole local days that have been read at the last age and were not compared yet; `None` when there is none.
    ///
    /// A bounded source compares nothing: it ends once it has read everything, and the command compares what it read.
    #[must_use]
    pub fn comparable(&self, zone: Tz) -> Option<TimeRange> {
        if self.settings.extract_end.is_some() {
            return None;
        }
        let day = |at: InstantMs| interval_at(at, Grain::P1d, zone);
        let revisited = self.offset.revisits.iter().map(|revisit| revisit.cursor);
        let settled = revisited.fold(self.offset.cursor, InstantMs::min);
        let first = self.offset.reconciled.unwrap_or(self.offset.extract_start);
        let from = if day(first).from == first { first } else { day(first).to };
        let to = day(settled.min(from + COMPARED_MS_MAX)).from;
        (from < to).then_some(TimeRange { from, to })
    }

    /// A comparison found that interactions of a slice are missing: the slice is held, and stands as failed.
    pub fn lost(&mut self, slice: TimeRange, (theirs, missing): (i64, i64), now: InstantMs) -> Staged {
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
        self.stage(Publication { slice: Some(status), watermark, ..Publication::default() })
    }

    /// Everything before `to` was compared, with these results.
    pub fn reconciled(&mut self, records: Vec<Reconciliation>, to: InstantMs) -> Staged {
        self.offset.reconciled = Some(to);
        self.stage(Publication { reconciliations: records, ..Publication::default() })
    }
}
