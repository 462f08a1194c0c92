//! Held ranges that are read again on request, or by a revisit. Pure.

use super::world::*;
use crate::domain::slice::SliceState;
use crate::domain::time::TimeRange;
use crate::extract::plan::{Lane, PlanSettings};
use crate::extract::source_offset::SourceOffset;
use crate::publish::contract::Request;

const HELD: TimeRange = TimeRange { from: HOUR, to: HOUR + 30 * MINUTE };

/// A complete source with one slice held, of rows of half a minute that end at once.
fn held_one(now: i64) -> World {
    let settings = PlanSettings { retries_max: 3, ..settings() };
    let mut world = World::new(FakePlatform::new(rows(720, 30_000, 1_000), 20), settings, now);
    world.run_until(|world| world.plan.standing().cursor == HOUR);
    for _ in 0..6 {
        world.step(Lane::Fresh, Fault::Refused);
    }
    assert_eq!(world.held(), [HELD]);
    world
}

#[test]
fn a_held_range_is_read_again_on_request_and_lifted_once_it_is_read() {
    let mut world = held_one(30 * DAY);
    world.run_until_settled();
    let read = world.interactions.len();
    world.ask_again(1, &[TimeRange { from: 0, to: 6 * HOUR }]);
    let standing = world.plan.standing();
    assert!(!standing.complete && !standing.settled, "there is something to do");
    world.run_until_settled();
    world.check_everything_read();
    assert_eq!(world.interactions.len(), read + 60, "what was held and nothing else");
    assert!(world.held().is_empty() && world.watermarks.last().unwrap().closed);
    let of_slice: Vec<_> = world.slices.iter().filter(|slice| slice.from == HOUR).collect();
    let last = of_slice.last().unwrap();
    // The same key as the first reading that failed, so that its record says how it ended.
    assert_eq!((last.state, last.revisit_ms, last.rows, last.native_count), (SliceState::Done, 0, 60, Some(60)));
    assert!(world.watermarks.iter().all(|watermark| watermark.closed || watermark.plan_generation == 1));
}

#[test]
fn a_request_is_taken_once_and_survives_restarts_until_it_is_read() {
    for steps in 0..12 {
        let mut world = held_one(30 * DAY);
        world.run_until_settled();
        let read = world.interactions.len();
        world.ask_again(1, &[HELD]);
        for _ in 0..steps {
            world.step(Lane::Revisit, Fault::None);
        }
        world.restart();
        world.ask_again(1, &[HELD]);
        world.run_until_settled();
        world.check_everything_read();
        assert!(world.held().is_empty(), "after {steps} steps");
        let twice = world.interactions.len() - read - 60;
        assert!(twice <= 1, "{twice} rows twice after {steps} steps");
        let requests = world.platform.requests;
        world.restart();
        world.ask_again(1, &[HELD]);
        world.run_until_settled();
        assert_eq!(world.platform.requests, requests);
    }
}

#[test]
fn what_a_comparison_found_to_be_lost_is_held_at_once_and_until_it_is_read() {
    let settings = PlanSettings { retries_max: 3, ..settings() };
    let mut world = World::new(FakePlatform::new(rows(720, 30_000, 1_000), 20), settings, 30 * DAY);
    world.run_until_settled();
    let read = world.interactions.len();
    // The second one was never read, so nothing of it can be lost.
    let lost = vec![HELD, TimeRange { from: 40 * DAY, to: 41 * DAY }];
    world.request(Request { number: 1, ranges: Vec::new(), lost });
    assert_eq!(world.held(), [HELD]);
    assert_eq!(world.watermarks.last().unwrap().held, [HELD], "whoever counts is told at once");
    world.run_until_settled();
    assert_eq!(world.interactions.len(), read + 60, "it is read again whole");
    assert!(world.held().is_empty() && world.watermarks.last().unwrap().held.is_empty());
}

#[test]
fn a_retry_that_fails_is_dead_lettered_and_stays_held_until_the_next_request() {
    let mut world = held_one(30 * DAY);
    world.run_until_settled();
    world.ask_again(1, &[HELD]);
    for _ in 0..6 {
        world.now += MINUTE;
        world.step(Lane::Revisit, Fault::Refused);
    }
    assert_eq!((world.dead_letters.len(), world.held()), (2, &[HELD][..]));
    assert_eq!(world.slices.last().unwrap().state, SliceState::Failed);
    world.run_until_settled();
    assert_eq!(world.held(), [HELD]);
    world.ask_again(2, &[HELD]);
    world.run_until_settled();
    assert!(world.held().is_empty());
}

#[test]
fn a_part_of_a_held_range_is_lifted_alone_and_what_is_not_held_is_not_read() {
    let mut world = held_one(30 * DAY);
    world.run_until_settled();
    let requests = world.platform.requests;
    world.ask_again(1, &[TimeRange { from: 0, to: HOUR }, TimeRange { from: 2 * HOUR, to: 3 * HOUR }]);
    world.run_until_settled();
    assert_eq!(world.platform.requests, requests);
    let part = TimeRange { from: HOUR + 10 * MINUTE, to: HOUR + 20 * MINUTE };
    world.ask_again(2, &[part]);
    world.run_until_settled();
    let around = [TimeRange { to: part.from, ..HELD }, TimeRange { from: part.to, ..HELD }];
    assert_eq!(world.held(), around);
}

#[test]
fn a_hold_from_beyond_the_horizon_is_not_lifted() {
    let mut world = held_one(30 * DAY);
    world.settings.horizon_ms = 5 * HOUR;
    world.restart();
    world.run_until_settled();
    world.ask_again(1, &[HELD]);
    world.run_until_settled();
    assert_eq!(world.held(), [HELD], "it begins exactly as long before the watermark as the horizon");
    world.settings.horizon_ms = 5 * HOUR + 1;
    world.restart();
    world.ask_again(2, &[HELD]);
    world.run_until_settled();
    assert!(world.held().is_empty());
}

#[test]
fn a_revisit_that_is_whole_lifts_the_hold_of_a_first_reading() {
    let settings = PlanSettings { retries_max: 2, ..settings() };
    let mut world = World::new(FakePlatform::new(rows(720, 30_000, 1_000), 20), settings, HOUR + 31 * MINUTE);
    world.run_until(|world| world.plan.standing().cursor == HOUR);
    for _ in 0..4 {
        world.step(Lane::Fresh, Fault::Refused);
    }
    assert_eq!(world.held(), [HELD]);
    world.run_until_settled();
    world.check_everything_read();
    assert!(world.held().is_empty());
}

#[test]
fn what_a_retry_finds_open_behind_the_last_age_is_asked_for_daily() {
    let mut rows = rows(720, 30_000, 1_000);
    rows[125].end = 31 * DAY;
    let settings = PlanSettings { retries_max: 3, ..settings() };
    let settings = PlanSettings {
        rules: crate::extract::revisit::RevisitRules { leg_length_ms_max: 40 * DAY, ..settings.rules.clone() },
        ..settings
    };
    let mut world = World::new(FakePlatform::new(rows, 20), settings, 30 * DAY);
    world.run_until(|world| world.plan.standing().cursor == HOUR);
    for _ in 0..6 {
        world.step(Lane::Fresh, Fault::Refused);
    }
    world.run_until_settled();
    world.ask_again(1, &[HELD]);
    world.run_until(|world| world.held().is_empty());
    let stored = SourceOffset::from_json(world.committed.as_deref().unwrap()).unwrap();
    assert_eq!(stored.open_days.iter().map(|day| (day.day, day.open)).collect::<Vec<_>>(), [(0, 1)]);
    world.run_until_settled();
    world.check_everything_read();
}
