//! When which time is read again, and what a finished reading settles. Pure.
//!
//! A reading of `[from, to)` whose first page was asked for at `s` is a revisit of age `a` for the whole slice when
//! `to <= s − a`. The cursor of `a`, if it lies in `[from, to)`, then moves to `to`. So history that is first read when
//! it is older than every age needs no revisit, and one late reading serves several ages.

use std::collections::BTreeMap;

use super::slice::SliceReading;
use super::source_offset::{Kind, OpenDay, RevisitCursor, SourceOffset};
use crate::domain::time::{DAY_MS, DurationMs, InstantMs};

/// An open interaction may have ended a while before the platform says so. Too small: an end that was reported late is
/// never published; too large: more interactions are published again for nothing.
const ENDED_MARGIN_MS: DurationMs = DAY_MS;

/// Divides an age into the least length of its revisits. Too small: revisits come late for their age; too large: many
/// small requests.
const STEPS_OF_AN_AGE: DurationMs = 8;

/// The settings that revisits go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisitRules {
    /// `extract.revisit.ms`, ascending.
    pub ages_ms: Vec<DurationMs>,
    /// `extract.slice.ms`.
    pub slice_ms: DurationMs,
    /// `extract.poll.interval.ms`.
    pub poll_ms: DurationMs,
    /// `kpi.leg.length.ms.max`: older days are not asked for.
    pub leg_length_ms_max: DurationMs,
}

/// Where the first readings stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Everything before it was read once.
    pub cursor: InstantMs,
    /// When the first readings reached `extract.end`; `None` while they go on.
    pub finished_at: Option<InstantMs>,
}

/// What has to wait.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// Kinds that wait until an instant.
    pub paused: &'a BTreeMap<Kind, InstantMs>,
    /// The kind that was begun last.
    pub served: Option<Kind>,
}

/// What the revisit lane does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Read `[from, to)` again.
    Read {
        /// Why.
        kind: Kind,
        /// First instant, included.
        from: InstantMs,
        /// Last instant, excluded.
        to: InstantMs,
    },
    /// Nothing before this platform's instant.
    At(InstantMs),
    /// Nothing that is known yet.
    Nothing,
}

/// Whole seconds, so that a server that knows only those cuts at the same instant.
#[must_use]
pub fn floor_second(at: InstantMs) -> InstantMs {
    at.div_euclid(1_000) * 1_000
}

/// The first whole second at or after `at`: before it, [`floor_second`] falls short of what is waited for.
fn whole_second(at: InstantMs) -> InstantMs {
    floor_second(at + 999)
}

impl RevisitRules {
    /// Gives every configured age a cursor and forgets the others. A new age begins where a longer one stands: what was
    /// read at that age needs no reading at a younger one.
    pub fn align(&self, offset: &mut SourceOffset) {
        let known = std::mem::take(&mut offset.revisits);
        for &age_ms in &self.ages_ms {
            let cursor = known.iter().filter(|revisit| age_ms <= revisit.age_ms).map(|revisit| revisit.cursor).max();
            offset.revisits.push(RevisitCursor { age_ms, cursor: cursor.unwrap_or(offset.first_read()) });
        }
    }

    /// How much source time has to have come to an age before it is read again.
    #[must_use]
    pub fn least_ms(&self, age_ms: DurationMs) -> DurationMs {
        (age_ms / STEPS_OF_AN_AGE).max(self.poll_ms).min(self.slice_ms)
    }

    /// What to read again, at the present `now_of` its kind. Of what is due together the youngest age comes first; but what
    /// was begun last comes behind all others, or a young age whose queries take long would leave the older ones no turn.
    #[must_use]
    pub fn due(
        &self,
        offset: &SourceOffset,
        fresh: Fresh,
        now_of: &dyn Fn(Kind) -> InstantMs,
        waiting: Waiting<'_>,
    ) -> Due {
        let ages = offset.revisits.iter().map(|revisit| {
            let kind = Kind::Revisit { age_ms: revisit.age_ms };
            match waiting.paused.get(&kind) {
                Some(until) if now_of(kind) < *until => Due::At(*until),
                _ => self.age_due(*revisit, fresh, now_of(kind)),
            }
        });
        let days = offset.open_days.iter().map(|open_day| {
            let kind = Kind::OpenDay { day: open_day.day };
            self.day_due(offset, *open_day, now_of(kind), waiting.paused.get(&kind).copied())
        });
        let mut next: Option<InstantMs> = None;
        let mut first = None;
        let behind_served = |kind| waiting.served.is_none_or(|served| served < kind);
        for due in ages.chain(days) {
            match due {
                Due::Read { kind, .. } if behind_served(kind) => return due,
                Due::Read { .. } => first = first.or(Some(due)),
                Due::At(at) => next = Some(next.map_or(at, |next| next.min(at))),
                Due::Nothing => {}
            }
        }
        first.unwrap_or_else(|| next.map_or(Due::Nothing, Due::At))
    }

    fn day_due(&self, offset: &SourceOffset, open_day: OpenDay, now: InstantMs, paused: Option<InstantMs>) -> Due {
        let at = paused.unwrap_or(InstantMs::MIN).max(open_day.read_at + DAY_MS);
        let from = open_day.day.max(offset.first_read());
        let to = (open_day.day + DAY_MS).min(self.last_cursor(offset));
        if to <= from {
            return Due::Nothing;
        }
        if at <= now { Due::Read { kind: Kind::OpenDay { day: open_day.day }, from, to } } else { Due::At(at) }
    }

    fn age_due(&self, revisit: RevisitCursor, fresh: Fresh, now: InstantMs) -> Due {
        let RevisitCursor { age_ms, cursor } = revisit;
        if fresh.cursor <= cursor {
            return Due::Nothing;
        }
        let longest_ms = self.slice_ms.max(DAY_MS);
        let least_ms = self.least_ms(age_ms);
        let to = (cursor + longest_ms).min(floor_second(now - age_ms)).min(fresh.cursor);
        let last_piece = fresh.finished_at.is_some() && to == fresh.cursor;
        let wanted = fresh.finished_at.is_some_and(|at| cursor < floor_second(at - age_ms));
        if cursor < to && (least_ms <= to - cursor || last_piece || wanted) {
            return Due::Read { kind: Kind::Revisit { age_ms }, from: cursor, to };
        }
        if least_ms <= fresh.cursor - cursor {
            return Due::At(whole_second(cursor + least_ms + age_ms));
        }
        if fresh.finished_at.is_some() { Due::At(whole_second(fresh.cursor + age_ms)) } else { Due::Nothing }
    }

    /// Whether everything that fell due before `finished_at` has been read again.
    #[must_use]
    pub fn done_up_to(&self, offset: &SourceOffset, finished_at: InstantMs) -> bool {
        let ages = offset.revisits.iter().all(|r| floor_second(finished_at - r.age_ms).min(offset.cursor) <= r.cursor);
        ages && offset.open_days.iter().all(|open_day| finished_at < open_day.read_at + DAY_MS)
    }

    /// Whether nothing will be read again, ever, unless the first readings go on.
    #[must_use]
    pub fn settled(&self, offset: &SourceOffset) -> bool {
        offset.revisits.iter().all(|revisit| offset.cursor <= revisit.cursor) && offset.open_days.is_empty()
    }

    /// Everything before this had its last planned reading.
    fn last_cursor(&self, offset: &SourceOffset) -> InstantMs {
        offset.revisits.last().map_or(offset.cursor, |revisit| revisit.cursor)
    }

    /// Takes in a finished reading (the fresh cursor has moved already, if it was a first one).
    pub fn finished(&self, offset: &mut SourceOffset, kind: Kind, slice: &SliceReading, open_before: i64) {
        let asked_at = slice.first_asked_at.unwrap_or(InstantMs::MIN);
        if let Kind::OpenDay { day } = kind {
            for open_day in offset.open_days.iter_mut().filter(|open_day| open_day.day == day) {
                open_day.open += slice.counts.open_rows() - open_before;
                open_day.read_at = asked_at;
            }
            offset.open_days.retain(|open_day| 0 < open_day.open);
            return;
        }
        let last_before = self.last_cursor(offset);
        for revisit in &mut offset.revisits {
            let old_enough = slice.to <= asked_at.saturating_sub(revisit.age_ms);
            if old_enough && slice.range().contains(revisit.cursor) {
                revisit.cursor = slice.to;
            }
        }
        // What is read behind the last age is read there by no other reading.
        let behind = kind == Kind::Retry && slice.to <= last_before;
        let was_last = offset.revisits.is_empty() || behind || last_before < self.last_cursor(offset);
        if was_last {
            for (&day, &open) in &slice.counts.open {
                add_open(offset, day, open, asked_at);
            }
        }
    }

    /// Only interactions that ended since then are published when an open day is read again.
    #[must_use]
    pub fn ended_since(&self, offset: &SourceOffset, day: InstantMs) -> (InstantMs, i64) {
        let open_day = offset.open_days.iter().find(|open_day| open_day.day == day);
        open_day.map_or((InstantMs::MIN, 0), |open_day| (open_day.read_at - ENDED_MARGIN_MS, open_day.open))
    }

    /// Gives up days that are older than an interaction may be long; answers how many open ones were given up.
    pub fn expire(&self, offset: &mut SourceOffset, now: InstantMs) -> i64 {
        let before = offset.open_given_up;
        let too_old = |open_day: &OpenDay| self.leg_length_ms_max < now - (open_day.day + DAY_MS);
        offset.open_given_up += offset.open_days.iter().filter(|d| too_old(d)).map(|d| d.open).sum::<i64>();
        offset.open_days.retain(|open_day| !too_old(open_day));
        offset.open_given_up - before
    }
}

fn add_open(offset: &mut SourceOffset, day: InstantMs, open: i64, read_at: InstantMs) {
    match offset.open_days.binary_search_by_key(&day, |open_day| open_day.day) {
        Ok(index) => {
            let open_day = &mut offset.open_days[index];
            open_day.open += open;
            open_day.read_at = open_day.read_at.min(read_at);
        }
        Err(index) => offset.open_days.insert(index, OpenDay { day, open, read_at }),
    }
}

#[cfg(test)]
mod tests;
