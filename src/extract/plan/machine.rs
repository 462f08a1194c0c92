//! The plan itself: what each lane does next, and which watermark is said. Pure.

use std::collections::{BTreeMap, VecDeque};

use super::ahead;
use super::types::{Ask, InHand, Lane, Next, Now, PlanSettings, Staged, Standing};
use crate::domain::media::Dialect;
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs, TimeRange, format_instant};
use crate::domain::watermark::Watermark;
use crate::extract::cursor::Cursor;
use crate::extract::revisit::{Due, Fresh, Waiting, floor_second};
use crate::extract::slice::{GoingOn, SliceReading};
use crate::extract::source_offset::{Again, Kind, OffsetError, SourceOffset};
use crate::publish::contract::Publication;

/// How often the current watermark is said again.
const WATERMARK_REPEAT_MS: DurationMs = HOUR_MS;

#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) reading: Again,
    pub(super) cursor: Cursor,
    // What the cursor's token goes on with: a token is good only with the query that it was given to.
    pub(super) query: TimeRange,
    // Platform's instant at which the page was asked for that gave the token.
    pub(super) token_since: InstantMs,
    pub(super) last_error_class: Option<String>,
    // The volume of the last minutes before the slice's end, where it was asked for.
    pub(super) recent: Option<i64>,
}

impl Active {
    fn new(reading: Again) -> Active {
        let query = reading.slice.query();
        let token_since = InstantMs::MAX;
        Active { reading, cursor: Cursor::default(), query, token_since, last_error_class: None, recent: None }
    }

    /// Goes on with what an earlier program left: with its query, where the platform keeps it, else with a new one.
    fn resumed(mut reading: Again, dialect: Option<Dialect>) -> Active {
        let going_on = reading.slice.going_on.take();
        match going_on.filter(|going_on| dialect.is_some_and(|dialect| dialect.word() == going_on.dialect)) {
            Some(GoingOn { token, from, to, seen, .. }) => {
                let cursor = Cursor::going_on(token, seen);
                Active { cursor, query: TimeRange { from, to }, ..Active::new(reading) }
            }
            None => {
                reading.slice.rewind();
                Active::new(reading)
            }
        }
    }

    /// What is asked for next.
    pub(super) fn ask(&self) -> Ask {
        let slice = &self.reading.slice;
        let token = self.cursor.token().map(str::to_owned);
        let query = if token.is_some() { self.query } else { slice.query() };
        Ask { kind: self.reading.kind, slice: slice.range(), from: query.from, to: query.to, token }
    }

    /// The slice as it is stored.
    fn stored(&self, dialect: Option<Dialect>) -> SliceReading {
        let going_on = dialect.zip(self.cursor.token()).map(|(dialect, token)| GoingOn {
            dialect: dialect.word().to_owned(),
            token: token.to_owned(),
            from: self.query.from,
            to: self.query.to,
            seen: self.cursor.seen(),
        });
        SliceReading { going_on, ..self.reading.slice.clone() }
    }
}

/// Decides; never waits, never sends. See the room's essay.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) settings: PlanSettings,
    pub(super) offset: SourceOffset,
    pub(super) fresh: Option<Active>,
    pub(super) revisit: Option<Active>,
    // The slices behind the fresh one, in order.
    pub(super) planned: VecDeque<TimeRange>,
    // Where the fresh slice would end if all of it were old enough.
    pub(super) fresh_whole_to: InstantMs,
    // A query stands at the platform of which no publication says so.
    pub(super) unsaid: bool,
    pub(super) resting: bool,
    pub(super) finished_at: Option<InstantMs>,
    pub(super) closed: bool,
    // What is not compared yet is left to the command.
    pub(super) uncompared: bool,
    pub(super) watermark_said_at: InstantMs,
    pub(super) paused: BTreeMap<Kind, InstantMs>,
    // The later reading that was begun last: the others have their turn before it.
    pub(super) served: Option<Kind>,
}

impl Plan {
    /// A plan that goes on from an offset as [`crate::extract::split`] finds it, or begins at `extract.start`.
    ///
    /// # Errors
    /// When the stored offset belongs to another start.
    pub fn new(settings: PlanSettings, stored: Option<SourceOffset>) -> Result<Plan, OffsetError> {
        let mut offset =
            stored.unwrap_or_else(|| SourceOffset::new(settings.extract_start).looking_back(settings.lookback_ms));
        if offset.extract_start != settings.extract_start {
            return Err(OffsetError::StartDiffers {
                configured: format_instant(settings.extract_start),
                stored: format_instant(offset.extract_start),
            });
        }
        offset.plan_generation = offset.plan_generation.max(1);
        offset.plan.clone_from(&settings.plan);
        settings.rules.align(&mut offset);
        let first = |slice| Again { kind: Kind::First, slice, open_before: 0, ended_since: None };
        let fresh = offset.slice.take().map(|mut slice| {
            // `extract.end` may have been moved into the slice.
            slice.to = settings.extract_end.map_or(slice.to, |end| slice.to.min(end.max(slice.resume_from + 1)));
            Active::resumed(first(slice), settings.keeps_tokens(Kind::First))
        });
        // An age that is no longer configured is not read on.
        let kept = |again: &Again| match again.kind {
            Kind::Revisit { age_ms } => settings.rules.ages_ms.contains(&age_ms),
            _ => true,
        };
        let again = offset.again.take().filter(kept);
        let revisit = again.map(|again| {
            let keeps = settings.keeps_tokens(again.kind);
            Active::resumed(again, keeps)
        });
        let planned = ahead::restored(&settings, &offset, fresh.as_ref());
        let mut plan = Plan {
            settings,
            offset,
            fresh,
            revisit,
            planned,
            fresh_whole_to: InstantMs::MIN,
            unsaid: false,
            resting: false,
            finished_at: None,
            closed: false,
            served: None,
            uncompared: false,
            watermark_said_at: InstantMs::MIN,
            paused: BTreeMap::new(),
        };
        if let Some(active) = &plan.fresh {
            plan.fresh_whole_to = plan.slice_end(active.reading.slice.from);
        }
        Ok(plan)
    }

    /// What is published before the first page: the watermark as far as it is known, and the plan's new generation.
    pub fn opening(&mut self, now: InstantMs) -> Staged {
        self.note_finished(now);
        self.closed = self.may_close();
        let watermark = self.watermark(now);
        self.stage(Publication { watermark: Some(watermark), ..Publication::default() })
    }

    /// What is due besides pages: the closing watermark, the current one again after an hour, or the names of queries that
    /// were submitted, so that whoever goes on after a crash knows of them.
    pub fn housekeeping(&mut self, now: InstantMs) -> Option<Staged> {
        self.note_finished(now);
        let closes = !self.closed && self.may_close();
        let repeats = WATERMARK_REPEAT_MS <= now.saturating_sub(self.watermark_said_at);
        if !closes && !repeats {
            return self.unsaid.then(|| self.stage(Publication::default()));
        }
        self.closed = self.closed || closes;
        let watermark = self.watermark(now);
        Some(self.stage(Publication { watermark: Some(watermark), ..Publication::default() }))
    }

    /// What `lane` does next at `now`; begins a slice when none is under way.
    pub fn next(&mut self, lane: Lane, now: Now) -> Next {
        self.let_go_of_old_token(lane, now.first);
        let active = match lane {
            Lane::Fresh => self.next_fresh(now.first),
            Lane::Revisit => self.next_revisit(now),
        };
        match active {
            Ok(active) => Next::Ask(active.ask()),
            Err(wait_ms) => Next::Wait(wait_ms),
        }
    }

    /// A token that has outlived its dialect's promise may lead anywhere: the query begins anew at the last published
    /// instant.
    fn let_go_of_old_token(&mut self, lane: Lane, now: InstantMs) {
        let active = match lane {
            Lane::Fresh => self.fresh.as_mut(),
            Lane::Revisit => self.revisit.as_mut(),
        };
        let life_ms = |active: &Active| self.settings.shape(active.reading.kind)?.token_life_ms();
        if let Some(active) = active
            && let Some(life_ms) = life_ms(active)
            && active.cursor.token().is_some()
            && life_ms <= now.saturating_sub(active.token_since)
        {
            active.cursor.dropped();
            active.reading.slice.rewind();
        }
    }

    fn poll_ms(&self) -> u64 {
        u64::try_from(self.settings.rules.poll_ms).unwrap_or(1).max(1)
    }

    /// How long a slice is that begins now.
    pub(super) fn slice_ms(&self) -> DurationMs {
        self.offset.pace.slice_ms(self.settings.pace)
    }

    fn next_fresh(&mut self, now: InstantMs) -> Result<&Active, u64> {
        let poll_ms = self.poll_ms();
        if std::mem::take(&mut self.resting) {
            return Err(poll_ms);
        }
        if self.fresh.is_none() {
            let from = self.offset.cursor;
            let old_enough = floor_second(now - self.settings.freshness_delay_ms);
            if self.fresh_is_finished() || old_enough <= from {
                self.note_finished(now);
                return Err(poll_ms);
            }
            self.fresh_whole_to = self.next_slice_end();
            let to = self.fresh_whole_to.min(old_enough);
            let slice = SliceReading::new(from, to);
            self.fresh = Some(Active::new(Again { kind: Kind::First, slice, open_before: 0, ended_since: None }));
        }
        self.fresh.as_ref().ok_or(poll_ms)
    }

    fn next_revisit(&mut self, now: Now) -> Result<&Active, u64> {
        let poll_ms = self.poll_ms();
        if self.revisit.is_none() {
            self.revisit = self.next_retry(now.first).map(Active::new);
        }
        if self.revisit.is_none() {
            self.settings.rules.expire(&mut self.offset, now.first);
            let settings = &self.settings;
            let waiting = Waiting { paused: &self.paused, served: self.served };
            let by_again =
                |kind: Kind| settings.revisit_dialect.is_some_and(|again| kind.is_at_least(again.from_age_ms));
            let now_of = |kind| if by_again(kind) { now.again } else { now.first };
            match settings.rules.due(&self.offset, self.fresh_standing(), &now_of, waiting) {
                Due::Read { kind, from, to } => {
                    self.served = Some(kind);
                    let (ended_since, open_before) = match kind {
                        Kind::OpenDay { day } => {
                            let (since, open) = self.settings.rules.ended_since(&self.offset, day);
                            (Some(since), open)
                        }
                        _ => (None, 0),
                    };
                    let mut slice = SliceReading::new(from, to);
                    slice.window_ms =
                        self.offset.pace.window_ms.filter(|length_ms| *length_ms < to - from).unwrap_or(0);
                    self.revisit = Some(Active::new(Again { kind, slice, open_before, ended_since }));
                }
                Due::At(at) => {
                    // By the clock that is ahead; where that is not the one which is meant, it is looked at again then.
                    let now = now.first.max(now.again);
                    return Err(u64::try_from(at.saturating_sub(now)).unwrap_or(1).clamp(1, poll_ms));
                }
                Due::Nothing => return Err(poll_ms),
            }
        }
        self.revisit.as_ref().ok_or(poll_ms)
    }

    /// Where the plan stands, once everything that it staged is confirmed.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            cursor: self.offset.cursor,
            open: self.offset.open_days.iter().map(|open_day| open_day.open).sum(),
            open_given_up: self.offset.open_given_up,
            held: self.offset.held.len() as u64,
            complete: self.closed && self.offset.retries.is_empty() && self.comparable().is_none(),
            settled: self.closed
                && self.offset.retries.is_empty()
                && self.revisit.is_none()
                && self.settings.rules.settled(&self.offset),
        }
    }

    /// Slices that are in hand now.
    #[must_use]
    pub fn in_hand(&self) -> InHand {
        let active = || self.fresh.iter().chain(&self.revisit);
        let failing = active().filter(|active| 0 < active.cursor.failures()).count();
        let waiting = self.paused.keys().filter(|kind| active().all(|active| active.reading.kind != **kind)).count();
        let at_it = active().filter(|active| active.reading.kind == Kind::Retry).count();
        let asked_for = self.offset.retries.len().saturating_sub(at_it);
        InHand { running: (active().count() - failing) as u64, retrying: (failing + waiting + asked_for) as u64 }
    }

    /// Whether the first readings have reached `extract.end`.
    #[must_use]
    pub fn fresh_is_finished(&self) -> bool {
        self.fresh.is_none() && self.settings.extract_end.is_some_and(|end| end <= self.offset.cursor)
    }

    pub(super) fn note_finished(&mut self, now: InstantMs) {
        if self.fresh_is_finished() && self.finished_at.is_none() {
            self.finished_at = Some(now);
        }
    }

    fn fresh_standing(&self) -> Fresh {
        Fresh { cursor: self.offset.cursor, finished_at: self.finished_at }
    }

    fn may_close(&self) -> bool {
        let done = |finished_at| self.settings.rules.done_up_to(&self.offset, finished_at);
        self.fresh_is_finished() && self.finished_at.is_some_and(done)
    }

    pub(super) fn watermark(&mut self, now: InstantMs) -> Watermark {
        self.watermark_said_at = now;
        Watermark {
            org_id: self.settings.origin.org_id.clone(),
            source_partition: self.settings.source_partition.clone(),
            watermark: self.offset.cursor,
            interactions_offsets: Vec::new(),
            plan_generation: self.offset.plan_generation,
            plan_size: i32::try_from(self.settings.plan.len()).unwrap_or(i32::MAX),
            extract_start: self.offset.extract_start,
            held: self.offset.held.clone(),
            closed: self.closed,
            written_at: now,
        }
    }

    pub(super) fn slice_status(&self, active: &Active, state: SliceState, now: InstantMs) -> SliceStatus {
        let slice = &active.reading.slice;
        let native_count = slice.native_total();
        let native = native_count.filter(|native| 0 < *native);
        let variance = native.map(|native| (slice.read_total() - native) as f64 / native as f64);
        SliceStatus {
            org_id: self.settings.origin.org_id.clone(),
            source_partition: self.settings.source_partition.clone(),
            from: slice.from,
            to: slice.to,
            revisit_ms: match active.reading.kind {
                // It takes the place of the first reading that failed.
                Kind::First | Kind::Retry => 0,
                Kind::Revisit { age_ms } => age_ms,
                // A day's daily reading belongs to no age of the settings: the age it is read at stands for it.
                Kind::OpenDay { day } => now - day,
            },
            state,
            pages: slice.pages,
            rows: slice.counts.rows,
            open_rows: slice.counts.open_rows(),
            native_count,
            variance,
            attempts: slice.attempts,
            windows: Some(slice.windows()),
            last_error_class: active.last_error_class.clone(),
            written_at: now,
        }
    }

    pub(super) fn stage(&mut self, mut publication: Publication) -> Staged {
        let mut offset = self.offset.clone();
        let stored = |active: &Active| active.stored(self.settings.keeps_tokens(active.reading.kind));
        offset.slice = self.fresh.as_ref().map(stored);
        offset.again = self.revisit.as_ref().map(|active| Again { slice: stored(active), ..active.reading.clone() });
        publication.offset = offset.to_json();
        self.unsaid = false;
        Staged { publication, standing: self.standing(), gave_up: None }
    }
}
