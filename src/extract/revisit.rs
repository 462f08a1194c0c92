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
        let mut passed = waiting.served.is_none();
        for due in ages.chain(days) {
            match due {
                Due::Read { .. } if passed => return due,
                Due::Read { kind, .. } => {
                    first = first.or(Some(due));
                    passed = waiting.served == Some(kind);
                }
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
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;

    fn rules(ages_ms: &[i64]) -> RevisitRules {
        RevisitRules {
            ages_ms: ages_ms.to_vec(),
            slice_ms: 30 * MINUTE,
            poll_ms: MINUTE,
            leg_length_ms_max: 14 * DAY_MS,
        }
    }

    fn offset(rules: &RevisitRules, cursor: InstantMs) -> SourceOffset {
        let mut offset = SourceOffset::new(0);
        offset.cursor = cursor;
        rules.align(&mut offset);
        offset
    }

    fn read(from: InstantMs, to: InstantMs, asked_at: InstantMs) -> SliceReading {
        SliceReading { first_asked_at: Some(asked_at), ..SliceReading::new(from, to) }
    }

    fn cursors(offset: &SourceOffset) -> Vec<InstantMs> {
        offset.revisits.iter().map(|revisit| revisit.cursor).collect()
    }

    fn due_at(
        rules: &RevisitRules,
        offset: &SourceOffset,
        fresh: Fresh,
        now: InstantMs,
        paused: &BTreeMap<Kind, InstantMs>,
    ) -> Due {
        rules.due(offset, fresh, &|_| now, Waiting { paused, served: None })
    }

    fn going_on(cursor: InstantMs) -> Fresh {
        Fresh { cursor, finished_at: None }
    }

    #[test]
    fn a_slice_first_read_beyond_an_age_has_had_that_revisit() {
        let rules = rules(&[5 * MINUTE, HOUR]);
        let mut offset = offset(&rules, 30 * MINUTE);
        rules.finished(&mut offset, Kind::First, &read(0, 30 * MINUTE, 36 * MINUTE), 0);
        assert_eq!(cursors(&offset), [30 * MINUTE, 0]);
        // Exactly as old as the age counts; a millisecond less does not.
        rules.finished(&mut offset, Kind::First, &read(30 * MINUTE, HOUR, 65 * MINUTE - 1), 0);
        assert_eq!(cursors(&offset), [30 * MINUTE, 0]);
        rules.finished(&mut offset, Kind::First, &read(30 * MINUTE, HOUR, 65 * MINUTE), 0);
        assert_eq!(cursors(&offset), [HOUR, 0]);
    }

    #[test]
    fn a_gap_before_the_slice_keeps_the_cursor() {
        let rules = rules(&[5 * MINUTE]);
        let mut offset = offset(&rules, HOUR);
        rules.finished(&mut offset, Kind::First, &read(30 * MINUTE, HOUR, 10 * HOUR), 0);
        assert_eq!(cursors(&offset), [0]);
    }

    #[test]
    fn a_revisit_asks_from_its_cursor_up_to_its_age_and_never_beyond_the_first_reading() {
        let rules = rules(&[HOUR]);
        let offset = offset(&rules, 40 * MINUTE);
        let due = |now| due_at(&rules, &offset, going_on(40 * MINUTE), now, &BTreeMap::new());
        let kind = Kind::Revisit { age_ms: HOUR };
        // An eighth of the age makes it worth a request.
        assert_eq!(due(HOUR + 7 * MINUTE), Due::At(HOUR + HOUR / 8));
        assert_eq!(due(HOUR + 8 * MINUTE + 500), Due::Read { kind, from: 0, to: 8 * MINUTE });
        assert_eq!(due(9 * HOUR), Due::Read { kind, from: 0, to: 40 * MINUTE });
        let far = Fresh { cursor: 10 * DAY_MS, finished_at: None };
        assert_eq!(
            due_at(&rules, &offset, far, 20 * DAY_MS, &BTreeMap::new()),
            Due::Read { kind, from: 0, to: DAY_MS }
        );
    }

    #[test]
    fn at_the_end_the_last_piece_is_read_however_short() {
        let rules = rules(&[HOUR]);
        let mut offset = offset(&rules, 40 * MINUTE);
        offset.revisits[0].cursor = 39 * MINUTE;
        let fresh = Fresh { cursor: 40 * MINUTE, finished_at: Some(41 * MINUTE) };
        let due = |now| due_at(&rules, &offset, fresh, now, &BTreeMap::new());
        assert_eq!(due(90 * MINUTE), Due::At(100 * MINUTE));
        let kind = Kind::Revisit { age_ms: HOUR };
        assert_eq!(due(100 * MINUTE), Due::Read { kind, from: 39 * MINUTE, to: 40 * MINUTE });
        assert!(rules.done_up_to(&offset, 41 * MINUTE) && !rules.done_up_to(&offset, 100 * MINUTE));
        assert!(!rules.settled(&offset));
        offset.revisits[0].cursor = 40 * MINUTE;
        assert!(rules.settled(&offset));
    }

    #[test]
    fn a_paused_revisit_waits_while_others_go_on() {
        let rules = rules(&[5 * MINUTE, HOUR]);
        let offset = offset(&rules, 40 * MINUTE);
        let paused = BTreeMap::from([(Kind::Revisit { age_ms: 5 * MINUTE }, 10 * HOUR)]);
        let Due::Read { kind, .. } = due_at(&rules, &offset, going_on(40 * MINUTE), 5 * HOUR, &paused) else {
            panic!()
        };
        assert_eq!(kind, Kind::Revisit { age_ms: HOUR });
    }

    #[test]
    fn a_new_age_begins_where_a_longer_one_stands_and_a_dropped_one_is_forgotten() {
        let mut offset = SourceOffset::new(0);
        offset.revisits =
            vec![RevisitCursor { age_ms: 5 * MINUTE, cursor: 900 }, RevisitCursor { age_ms: HOUR, cursor: 500 }];
        rules(&[10 * MINUTE, HOUR, DAY_MS]).align(&mut offset);
        assert_eq!(cursors(&offset), [500, 500, 0]);
    }

    #[test]
    fn what_is_open_at_the_last_age_is_asked_for_daily_until_it_ended_or_is_too_old() {
        let rules = rules(&[HOUR]);
        let mut offset = offset(&rules, DAY_MS);
        let mut slice = read(0, DAY_MS, 2 * DAY_MS);
        slice.counts.open.insert(0, 3);
        rules.finished(&mut offset, Kind::Revisit { age_ms: HOUR }, &slice, 0);
        assert_eq!(offset.open_days, [OpenDay { day: 0, open: 3, read_at: 2 * DAY_MS }]);
        let due = |offset: &SourceOffset, now| due_at(&rules, offset, going_on(DAY_MS), now, &BTreeMap::new());
        assert_eq!(due(&offset, 3 * DAY_MS - 1), Due::At(3 * DAY_MS));
        let kind = Kind::OpenDay { day: 0 };
        assert_eq!(due(&offset, 3 * DAY_MS), Due::Read { kind, from: 0, to: DAY_MS });
        assert_eq!(rules.ended_since(&offset, 0), (DAY_MS, 3));
        let mut again = read(0, DAY_MS, 3 * DAY_MS);
        again.counts.open.insert(0, 1);
        rules.finished(&mut offset, kind, &again, 3);
        assert_eq!(offset.open_days, [OpenDay { day: 0, open: 1, read_at: 3 * DAY_MS }]);
        assert_eq!(rules.expire(&mut offset, 15 * DAY_MS), 0);
        assert_eq!(rules.expire(&mut offset, 15 * DAY_MS + 1), 1);
        assert_eq!((offset.open_days.len(), offset.open_given_up), (0, 1));
    }

    #[test]
    fn without_ages_the_first_reading_is_the_last() {
        let rules = rules(&[]);
        let mut offset = offset(&rules, 30 * MINUTE);
        let mut slice = read(0, 30 * MINUTE, 31 * MINUTE);
        slice.counts.open.insert(0, 2);
        rules.finished(&mut offset, Kind::First, &slice, 0);
        assert_eq!(offset.open_days, [OpenDay { day: 0, open: 2, read_at: 31 * MINUTE }]);
    }

    #[test]
    fn what_was_begun_last_comes_behind_all_others_that_are_due() {
        let rules = rules(&[5 * MINUTE, HOUR, DAY_MS]);
        let mut offset = offset(&rules, 2 * DAY_MS);
        offset.revisits[2].cursor = DAY_MS;
        offset.open_days = vec![OpenDay { day: 0, open: 1, read_at: DAY_MS }];
        let paused = BTreeMap::new();
        let mut served = None;
        let mut begun = Vec::new();
        // No reading ever ends in time: all stay due.
        for _ in 0..6 {
            let waiting = Waiting { paused: &paused, served };
            let Due::Read { kind, .. } = rules.due(&offset, going_on(2 * DAY_MS), &|_| 9 * DAY_MS, waiting) else {
                panic!("all of it is due");
            };
            begun.push(kind);
            served = Some(kind);
        }
        let all = [5 * MINUTE, HOUR, DAY_MS].map(|age_ms| Kind::Revisit { age_ms });
        let round = [&all[..], &[Kind::OpenDay { day: 0 }]].concat();
        assert_eq!(begun, [&round[..], &round[..2]].concat());
    }

    #[test]
    fn each_kind_is_due_by_the_present_of_its_own_dialect() {
        let rules = rules(&[5 * MINUTE, DAY_MS]);
        let offset = offset(&rules, 2 * DAY_MS);
        let paused = BTreeMap::new();
        // The lake is a day and a half behind.
        let now_of = |kind: Kind| if kind.is_at_least(DAY_MS) { 36 * HOUR } else { 3 * DAY_MS };
        let young = Kind::Revisit { age_ms: 5 * MINUTE };
        let due = |served| rules.due(&offset, going_on(2 * DAY_MS), &now_of, Waiting { paused: &paused, served });
        assert_eq!(due(None), Due::Read { kind: young, from: 0, to: DAY_MS });
        let old = Kind::Revisit { age_ms: DAY_MS };
        assert_eq!(due(Some(young)), Due::Read { kind: old, from: 0, to: 12 * HOUR });
    }
}
