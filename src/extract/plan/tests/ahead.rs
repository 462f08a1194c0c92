//! Slices that are fixed ahead of their turn. Pure.

use super::world::*;
use crate::domain::time::TimeRange;
use crate::extract::plan::{Lane, Next, Now, Plan, PlanSettings};
use crate::extract::source_offset::SourceOffset;
use crate::genesys::query::flights::InFlight;

const NOW: i64 = 30 * DAY;

fn half_hours(numbers: impl IntoIterator<Item = i64>) -> Vec<TimeRange> {
    let half = |number| TimeRange { from: number * 30 * MINUTE, to: (number + 1) * 30 * MINUTE };
    numbers.into_iter().map(half).collect()
}

fn planned(plan: &Plan) -> Vec<TimeRange> {
    plan.planned().collect()
}

fn asked(plan: &mut Plan, now: i64) -> TimeRange {
    match plan.next(Lane::Fresh, Now::of(now)) {
        Next::Ask(ask) => ask.slice,
        Next::Wait(wait_ms) => panic!("waits {wait_ms}"),
    }
}

fn query(range: TimeRange) -> InFlight {
    InFlight {
        query_id: format!("q-{}", range.from),
        dialect: "interaction-details".to_owned(),
        from: range.from,
        to: range.to,
        asked: "x".to_owned(),
        submitted_at: NOW,
    }
}

#[test]
fn slices_follow_one_another_up_to_the_end_and_never_end_at_the_present() {
    let mut plan = Plan::new(settings(), None).unwrap();
    assert_eq!(asked(&mut plan, NOW), half_hours([0])[0]);
    plan.look_ahead(NOW, 3);
    assert_eq!(planned(&plan), half_hours(1..4));
    plan.look_ahead(NOW, 20);
    assert_eq!(planned(&plan), half_hours(1..12), "the end is after six hours");
    let mut live = Plan::new(settings(), None).unwrap();
    let now = 75 * MINUTE + 30_000;
    asked(&mut live, now);
    live.look_ahead(now, 3);
    assert_eq!(planned(&live), half_hours([1]), "the third is not over yet");
    live.look_ahead(now, 0);
    assert_eq!(planned(&live).len(), 1, "what is planned stays");
}

#[test]
fn planned_slices_are_read_in_their_order_whatever_the_traffic_teaches() {
    let mut world = World::new(FakePlatform::new(rows(300, MINUTE, 10_000), 7), settings(), NOW);
    world.settings.pace.rows = 10;
    world.plan = Plan::new(world.settings.clone(), None).unwrap();
    world.ahead = 2;
    world.run_until_settled();
    world.check_everything_read();
    let done: Vec<TimeRange> = world
        .slices
        .iter()
        .filter(|slice| slice.state == crate::domain::slice::SliceState::Done)
        .map(|slice| TimeRange { from: slice.from, to: slice.to })
        .collect();
    assert_eq!(done[..3], half_hours(0..3), "these were fixed before anything was known");
    assert!(done[3].to - done[3].from < 30 * MINUTE, "{done:?}");
    assert!(done.windows(2).all(|pair| pair[0].to == pair[1].from), "{done:?}");
}

#[test]
fn slices_of_a_day_end_at_midnight() {
    let mut day = settings();
    day.pace.most_ms = DAY;
    day.extract_start = 7 * HOUR;
    day.extract_end = Some(3 * DAY + HOUR);
    let mut plan = Plan::new(day, None).unwrap();
    assert_eq!(asked(&mut plan, NOW), TimeRange { from: 7 * HOUR, to: DAY });
    plan.look_ahead(NOW, 9);
    let range = |from, to| TimeRange { from, to };
    assert_eq!(planned(&plan), [range(DAY, 2 * DAY), range(2 * DAY, 3 * DAY), range(3 * DAY, 3 * DAY + HOUR)]);
}

/// What is planned by a program that finds these queries left at the platform.
fn found(settings: PlanSettings, left: &[TimeRange]) -> Vec<TimeRange> {
    let mut offset = SourceOffset::new(0);
    offset.in_flight = left.iter().map(|range| query(*range)).collect();
    planned(&Plan::new(settings, Some(offset)).unwrap())
}

#[test]
fn a_restarted_source_plans_what_stands_at_the_platform_and_follows() {
    assert_eq!(found(settings(), &half_hours([2, 0, 1])), half_hours(0..3));
    assert_eq!(found(settings(), &half_hours([0, 2])), half_hours([0]), "a gap: the third is asked for when it comes");
    assert_eq!(found(settings(), &half_hours([1, 2])), []);
    let mut shorter = settings();
    shorter.pace.most_ms = 10 * MINUTE;
    assert_eq!(found(shorter, &half_hours(0..3)), [], "extract.slice.ms is kept");
    let mut ended = settings();
    ended.extract_end = Some(HOUR);
    assert_eq!(found(ended, &half_hours(0..3)), half_hours(0..2));
    let mut plan = Plan::new(settings(), None).unwrap();
    plan.note_in_flight(half_hours(0..2).into_iter().map(query).collect());
    let staged = plan.housekeeping(0).unwrap();
    let stored = SourceOffset::from_json(&staged.publication.offset).unwrap();
    let mut again = Plan::new(settings(), Some(stored)).unwrap();
    assert_eq!((planned(&again), again.in_flight().len()), (half_hours(0..2), 2));
    assert_eq!(asked(&mut again, NOW), half_hours([0])[0]);
    assert_eq!(planned(&again), half_hours([1]));
}

#[test]
fn a_query_that_was_submitted_is_said_once_and_one_that_is_gone_needs_no_word() {
    let mut plan = Plan::new(settings(), None).unwrap();
    plan.opening(NOW);
    assert_eq!(plan.housekeeping(NOW), None);
    let both: Vec<InFlight> = half_hours(0..2).into_iter().map(query).collect();
    plan.note_in_flight(both.clone());
    let staged = plan.housekeeping(NOW).unwrap();
    assert!(staged.publication.watermark.is_none() && staged.publication.offset.contains("\"q-1800000\""));
    plan.note_in_flight(both[1..].to_vec());
    assert_eq!(plan.housekeeping(NOW), None);
    plan.note_in_flight(both);
    assert!(plan.housekeeping(NOW).is_some(), "it is new again");
}

#[test]
fn a_slice_that_was_planned_whole_is_no_sign_of_the_present() {
    let mut settings = settings();
    settings.pace.rows = 1_000;
    let mut world = World::new(FakePlatform::new(Vec::new(), 7), settings, NOW);
    // Fixed while slices were short, read when they are long.
    world.plan.offset.pace.slice_ms = Some(10 * MINUTE);
    let first = asked(&mut world.plan, NOW);
    world.plan.look_ahead(NOW, 2);
    assert_eq!((first.to, planned(&world.plan)[0].to), (10 * MINUTE, 20 * MINUTE));
    for _ in 0..12 {
        world.step(Lane::Fresh, Fault::None);
    }
    // Each step takes 90 ms: no poll interval lies between.
    assert!(world.slices.len() == 6 && world.now - NOW < MINUTE, "{} {}", world.slices.len(), world.now - NOW);
}
