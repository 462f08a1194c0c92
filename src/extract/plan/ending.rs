//! How a window and a slice end: whole, narrowed, read a second time, or given up and held. Pure.

use super::apply::Failure;
use super::machine::{Active, Plan};
use super::types::{Lane, Split, Staged, Step};
use crate::domain::dead_letter::{DeadLetter, SLICE_FAILED};
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{DurationMs, InstantMs, format_instant};
use crate::extract::cursor::Cursor;
use crate::extract::slice::Missing;
use crate::extract::source_offset::Kind;
use crate::extract::volume;
use crate::publish::contract::Publication;

/// The class of a slice whose rows are fewer than the platform counts.
const VOLUME: &str = "volume";

/// Windows of a slice that may be left out. Too small: a slice is given up although most of it could be read; too large:
/// a platform that gives nothing at all is asked for every second of it.
const LEFT_OUT_MAX: i64 = 10;

/// How long a revisit whose retries are spent is left alone before it is tried again.
const REVISIT_PAUSE_MS: DurationMs = 60_000;

impl Plan {
    /// The query selects more than the platform gives: the window is halved and asked for at once. A window that cannot
    /// be shorter is left out, and the slice is held once the rest of it is read.
    pub(super) fn too_much(&mut self, lane: Lane, mut active: Active, failure: Failure<'_>, now: InstantMs) -> Step {
        active.last_error_class = Some(failure.class.to_owned());
        let slice = &mut active.reading.slice;
        let (was, rows) = (slice.window(), slice.counts.rows - slice.before.counts.rows);
        if slice.narrow() {
            let split = Split { from: was.from, to: was.to, window_ms: slice.window_ms, rows };
            active.cursor = Cursor::default();
            self.put_back(lane, active);
            return Step::Narrowed(split);
        }
        let text = format!("from {} on: {}", format_instant(was.from), failure.text);
        let missing = Missing { class: failure.class.to_owned(), text };
        slice.missing.get_or_insert(missing);
        slice.native_count = None;
        let so_far = self.slice_status(&active, SliceState::Running, now);
        if active.reading.slice.left_out < LEFT_OUT_MAX && active.reading.slice.next_window(false) {
            return self.go_on(lane, active, Publication { slice: Some(so_far), ..Publication::default() });
        }
        self.slice_ended(lane, active, so_far, Publication::default(), failure.request, now)
    }

    /// A window's cursor is exhausted: the next one begins, or the slice ends.
    pub(super) fn window_ended(
        &mut self,
        lane: Lane,
        mut active: Active,
        publication: Publication,
        request: &str,
        now: InstantMs,
    ) -> Step {
        let so_far = self.slice_status(&active, SliceState::Running, now);
        if active.reading.slice.next_window(true) {
            return self.go_on(lane, active, Publication { slice: Some(so_far), ..publication });
        }
        self.slice_ended(lane, active, so_far, publication, request, now)
    }

    /// The last window is behind: the slice is whole, or read a second time, or given up.
    fn slice_ended(
        &mut self,
        lane: Lane,
        mut active: Active,
        so_far: SliceStatus,
        publication: Publication,
        request: &str,
        now: InstantMs,
    ) -> Step {
        let slice = &mut active.reading.slice;
        if let Some(native) = slice.native_total()
            && !volume::agrees(slice.read_total(), native)
            && slice.missing.is_none()
        {
            let (read, class) = (slice.read_total(), VOLUME.to_owned());
            active.last_error_class = Some(class.clone());
            if !slice.reread {
                // What is missing may be anywhere in it.
                slice.read_again();
                let so_far = SliceStatus { last_error_class: Some(class), ..so_far };
                return self.go_on(lane, active, Publication { slice: Some(so_far), ..publication });
            }
            let text = format!("the platform counts {native} rows, and {read} were read, twice");
            slice.missing = Some(Missing { class, text });
        }
        match active.reading.slice.missing.clone() {
            None => Step::Publish(Box::new(self.end_slice(lane, active, publication, SliceState::Done, now))),
            Some(Missing { class, text }) => {
                let rule = format!("the slice could not be read whole: {class}: {text}");
                active.last_error_class = Some(class);
                Step::Publish(Box::new(self.give_up(lane, active, rule, request, publication, now)))
            }
        }
    }

    /// The same slice goes on with a new query.
    fn go_on(&mut self, lane: Lane, mut active: Active, publication: Publication) -> Step {
        active.cursor = Cursor::default();
        self.put_back(lane, active);
        Step::Publish(Box::new(self.stage(publication)))
    }

    /// The slice is done or given up: positions move, and with a first reading the watermark.
    fn end_slice(
        &mut self,
        lane: Lane,
        active: Active,
        mut publication: Publication,
        state: SliceState,
        now: InstantMs,
    ) -> Staged {
        let slice = &active.reading.slice;
        publication.slice = Some(self.slice_status(&active, state, now));
        self.paused.remove(&active.reading.kind);
        if lane == Lane::Fresh {
            self.offset.cursor = slice.to;
            // A short slice means that the platform's present was reached.
            self.resting = slice.to < self.fresh_whole_to;
            self.note_finished(now);
        }
        // What was given up says nothing of the traffic.
        match lane {
            _ if state != SliceState::Done => {}
            Lane::Fresh => self.offset.pace.after_first(self.settings.pace, slice, active.recent),
            Lane::Revisit => self.offset.pace.after_later(slice),
        }
        let (kind, range) = (active.reading.kind, slice.range());
        self.settings.rules.finished(&mut self.offset, kind, slice, active.reading.open_before);
        let lifted = self.after_reading(kind, range, state);
        if lane == Lane::Fresh || lifted || state == SliceState::Failed {
            publication.watermark = Some(self.watermark(now));
        }
        self.stage(publication)
    }

    pub(super) fn failed_attempt(
        &mut self,
        lane: Lane,
        mut active: Active,
        failure: Failure<'_>,
        publication: Publication,
        now: InstantMs,
    ) -> Step {
        let failures = active.cursor.failed();
        active.last_error_class = Some(failure.class.to_owned());
        if failures < self.settings.retries_max.max(1) {
            if publication == Publication::default() {
                active.reading.slice.rewind();
                self.put_back(lane, active);
                return Step::Again(failures);
            }
            // The rows of the answer are good, and the place to resume from has moved behind them.
            active.reading.slice.pages += 1;
            let slice = Some(self.slice_status(&active, SliceState::Running, now));
            self.put_back(lane, active);
            let staged = self.stage(Publication { slice, ..publication });
            self.rewind(lane);
            return Step::Publish(Box::new(staged));
        }
        if lane == Lane::Fresh || active.reading.kind == Kind::Retry {
            let Failure { class, text, request } = failure;
            let rule = format!("a page was refused {failures} times in a row; last: {class}: {text}");
            return Step::Publish(Box::new(self.give_up(lane, active, rule, request, publication, now)));
        }
        // Never skipped: the cursor stays, and the same time is read again after a pause.
        let kind = active.reading.kind;
        self.paused.insert(kind, now + REVISIT_PAUSE_MS);
        let slice = Some(self.slice_status(&active, SliceState::Failed, now));
        let staged = self.stage(Publication { slice, ..publication });
        Step::Publish(Box::new(Staged { gave_up: Some(kind), ..staged }))
    }

    /// The slice is dead-lettered and held, and the source goes on behind it.
    fn give_up(
        &mut self,
        lane: Lane,
        mut active: Active,
        rule: String,
        request: &str,
        mut publication: Publication,
        now: InstantMs,
    ) -> Staged {
        publication.dead_letters.push(DeadLetter {
            key: Some(self.settings.source_partition.clone().into_bytes()),
            value: Some(request.as_bytes().to_vec()),
            reason: SLICE_FAILED.to_owned(),
            rule,
            origin: self.origin_of(&active),
        });
        self.offset.hold(active.reading.slice.range());
        // Its place in the order of revisits is spent too: what it lacks is read by retrying the slice.
        active.reading.slice.first_asked_at.get_or_insert(now);
        let kind = active.reading.kind;
        let staged = self.end_slice(lane, active, publication, SliceState::Failed, now);
        Staged { gave_up: Some(kind), ..staged }
    }
}
