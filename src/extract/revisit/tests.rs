//! Tests of what is read again and when. Pure.

use super::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn rules(ages_ms: &[i64]) -> RevisitRules {
    RevisitRules { ages_ms: ages_ms.to_vec(), slice_ms: 30 * MINUTE, poll_ms: MINUTE, leg_length_ms_max: 14 * DAY_MS }
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
    assert_eq!(due_at(&rules, &offset, far, 20 * DAY_MS, &BTreeMap::new()), Due::Read { kind, from: 0, to: DAY_MS });
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
    let Due::Read { kind, .. } = due_at(&rules, &offset, going_on(40 * MINUTE), 5 * HOUR, &paused) else { panic!() };
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

#[test]
fn an_old_age_has_its_turn_though_what_was_begun_last_is_not_due_any_more() {
    let rules = rules(&[5 * MINUTE, HOUR, DAY_MS]);
    let mut offset = offset(&rules, 2 * DAY_MS);
    // Nothing of the second age has come to it since it was read.
    offset.revisits[1].cursor = 2 * DAY_MS;
    let (paused, served) = (BTreeMap::new(), Some(Kind::Revisit { age_ms: HOUR }));
    let due = rules.due(&offset, going_on(2 * DAY_MS), &|_| 9 * DAY_MS, Waiting { paused: &paused, served });
    assert_eq!(due, Due::Read { kind: Kind::Revisit { age_ms: DAY_MS }, from: 0, to: DAY_MS });
}
