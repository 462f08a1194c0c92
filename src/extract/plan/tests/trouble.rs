//! Queries that select too much, and answers that lack rows. Pure.

use super::world::*;
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::TimeRange;
use crate::extract::pace::PaceRules;
use crate::extract::plan::{Lane, Now, PlanSettings, Step};
use crate::extract::source_offset::SourceOffset;

/// Two rows a second in the first minutes, then one a minute.
fn dense() -> Vec<FakeRow> {
    let row = |number: i64| {
        let start = if number < 1_200 { number * 500 } else { (number - 1_190) * MINUTE };
        FakeRow { id: format!("i-{number:05}"), start, end: start + 1_000 }
    };
    (0..1_500).map(row).collect()
}

fn world_of(platform: FakePlatform, now: i64) -> World {
    World::new(platform, PlanSettings { retries_max: 3, ..settings() }, now)
}

fn last_of(world: &World, from: i64) -> &SliceStatus {
    world.slices.iter().rfind(|slice| slice.from == from && slice.revisit_ms == 0).unwrap()
}

#[test]
fn a_query_that_selects_too_much_is_narrowed_until_it_fits_and_is_no_failed_attempt() {
    let mut platform = FakePlatform::new(dense(), 20);
    platform.hits_max = 100;
    let mut world = world_of(platform, 30 * DAY);
    world.run_until_settled();
    world.check_everything_read();
    assert!(world.dead_letters.is_empty(), "{:?}", world.dead_letters);
    let first = last_of(&world, 0);
    // 30 min, 15, 7.5, 3.75, 1 min 52 s, 56 s: 112 rows are still too many; 28 s fit. Twenty-two of these reach beyond
    // the dense minutes; the following are longer and longer.
    assert_eq!((first.state, first.rows, first.native_count), (SliceState::Done, 1_200 + 20, Some(1_220)));
    assert_eq!((first.windows, first.variance), (Some(27), Some(0.0)));
    assert_eq!(first.attempts, first.pages + 6, "each of six refusals is an attempt, and nothing was asked for twice");
    let ids: std::collections::BTreeSet<_> = world.interactions.iter().map(|read| &read.interaction_id).collect();
    assert_eq!(ids.len(), world.interactions.len(), "no row is read twice");
}

#[test]
fn a_narrowed_slice_goes_on_where_it_was_after_a_restart_at_any_step() {
    for steps in 0..90 {
        let mut platform = FakePlatform::new(dense(), 20);
        platform.hits_max = 100;
        let mut world = world_of(platform, 30 * DAY);
        for _ in 0..steps {
            world.step(Lane::Fresh, Fault::None);
        }
        world.step(Lane::Fresh, Fault::CrashAfter);
        world.run_until_settled();
        world.check_everything_read();
        assert!(world.dead_letters.is_empty());
        // What is read again: rows of the one instant at which it resumed.
        let twice = world.interactions.len() - world.platform.rows.iter().filter(|row| row.start < 6 * HOUR).count();
        assert!(twice <= 1, "{twice} rows twice after {steps} steps");
        assert_eq!(last_of(&world, 0).native_count, Some(1_220));
    }
}

#[test]
fn revisits_and_open_days_are_narrowed_too() {
    let mut rows = dense();
    rows[77].end = 3 * DAY;
    let mut platform = FakePlatform::new(rows, 20);
    platform.hits_max = 100;
    let mut world = world_of(platform, HOUR);
    world.run_until_settled();
    world.check_everything_read();
    assert!(world.dead_letters.is_empty());
    let narrowed = |from_ms: i64, to_ms: i64| {
        let done = world.slices.iter().filter(|slice| slice.state == SliceState::Done);
        done.filter(|slice| (from_ms..to_ms).contains(&slice.revisit_ms)).any(|slice| slice.windows > Some(1))
    };
    assert!(narrowed(HOUR, HOUR + 1), "the revisit of an hour");
    assert!(narrowed(HOUR + 1, i64::MAX), "the day that had an open interaction");
}

#[test]
fn a_second_that_selects_too_much_is_left_out_and_the_slice_is_held_with_the_rest_of_it_read() {
    let mut rows = dense();
    rows.extend((0..150).map(|n| FakeRow { id: format!("t-{n:03}"), start: 5 * MINUTE, end: 6 * MINUTE }));
    let mut platform = FakePlatform::new(rows, 20);
    platform.hits_max = 100;
    let mut world = world_of(platform, 30 * DAY);
    world.run_until_settled();
    let held = TimeRange { from: 0, to: 30 * MINUTE };
    assert_eq!(world.watermarks.last().unwrap().held, [held]);
    let letter = &world.dead_letters[0];
    assert_eq!((world.dead_letters.len(), letter.reason.as_str()), (1, "slice_failed"));
    assert!(letter.rule.starts_with("the slice could not be read whole: too_much"), "{}", letter.rule);
    let first = last_of(&world, 0);
    assert_eq!((first.state, first.last_error_class.as_deref()), (SliceState::Failed, Some("too_much")));
    // All but the second with the 150 rows, and the two others in it.
    assert_eq!((first.rows, first.native_count), (1_218, None));
    assert_eq!(world.plan.standing().cursor, 6 * HOUR);
}

#[test]
fn a_platform_that_gives_no_row_is_not_asked_for_every_second() {
    let mut platform = FakePlatform::new(rows(3_600, 6_000, 1_000), 20);
    platform.hits_max = 0;
    let mut world = world_of(platform, 30 * DAY);
    world.run_until_settled();
    assert_eq!(world.watermarks.last().unwrap().held, [TimeRange { from: 0, to: 6 * HOUR }]);
    assert!(world.platform.requests < 12 * 100, "{}", world.platform.requests);
}

#[test]
fn the_split_is_told_with_its_range_its_rows_and_the_new_length() {
    let mut plan = crate::extract::plan::Plan::new(settings(), None).unwrap();
    plan.opening(30 * DAY);
    plan.next(Lane::Fresh, Now::of(30 * DAY));
    let failure = crate::extract::plan::Failure { class: "too_much", text: "120000 hits", request: "" };
    let Step::Narrowed(split) = plan.failed(Lane::Fresh, failure, 30 * DAY) else { panic!("not narrowed") };
    assert_eq!((split.from, split.to, split.window_ms, split.rows), (0, 30 * MINUTE, 15 * MINUTE, 0));
}

#[test]
fn rows_that_an_answer_lacks_are_found_by_their_number_and_read_by_the_second_reading() {
    let mut platform = FakePlatform::new(rows(2_000, 5_000, 1_000), 100);
    platform.thinned = 2..3;
    let mut world = world_of(platform, 30 * DAY);
    world.run_until_settled();
    world.check_everything_read();
    let first = last_of(&world, 0);
    assert_eq!((first.state, first.rows, first.windows), (SliceState::Done, 360, Some(2)));
    assert_eq!((first.last_error_class.as_deref(), first.variance), (Some("volume"), Some(0.0)));
    assert!(world.dead_letters.is_empty() && world.watermarks.last().unwrap().held.is_empty());
    assert!(world.slices.iter().filter(|slice| slice.from != 0).all(|slice| slice.windows == Some(1)));
}

#[test]
fn a_revisit_that_lacks_rows_twice_is_held_and_does_not_stand_in_the_way() {
    let mut world = world_of(FakePlatform::new(rows(2_000, 10_000, 100_000), 100), HOUR);
    world.run_until(|world| 59 * MINUTE <= world.plan.standing().cursor);
    world.platform.lost = 40;
    world.now += DAY;
    world.run_until_settled();
    let failed: Vec<_> = world.slices.iter().filter(|slice| slice.state == SliceState::Failed).collect();
    assert!(failed.iter().all(|slice| slice.revisit_ms == HOUR) && failed.len() == 1, "{failed:?}");
    let held = &world.watermarks.last().unwrap().held;
    assert_eq!(held[..], [TimeRange { from: failed[0].from, to: failed[0].to }]);
    assert!(world.watermarks.last().unwrap().closed);
}

#[test]
fn what_is_missing_survives_a_restart_between_the_readings() {
    let mut platform = FakePlatform::new(rows(720, 30_000, 1_000), 20);
    platform.lost = 9;
    let mut world = world_of(platform, 30 * DAY);
    world.run_until(|world| world.slices.last().is_some_and(|s| s.last_error_class.as_deref() == Some("volume")));
    let stored = SourceOffset::from_json(world.committed.as_deref().unwrap()).unwrap();
    assert!(stored.slice.is_some_and(|slice| slice.reread && slice.counts.rows == 0));
    world.restart();
    world.run_until_settled();
    assert_eq!(world.dead_letters.len(), 1);
    assert!(world.dead_letters[0].rule.contains("and 60 were read, twice"), "{}", world.dead_letters[0].rule);
    assert_eq!(world.watermarks.last().unwrap().held, [TimeRange { from: 0, to: 30 * MINUTE }]);
}

#[test]
fn slices_get_shorter_in_dense_traffic_and_longer_after_it_and_a_restart_goes_on_so() {
    let mut platform = FakePlatform::new(dense(), 20);
    platform.hits_max = 10_000;
    let pace = PaceRules { least_ms: MINUTE, most_ms: 30 * MINUTE, rows: 200 };
    let settings = PlanSettings { pace, extract_end: Some(3 * HOUR), ..settings() };
    let mut world = World::new(platform, settings, 30 * DAY);
    world.platform.rows.iter_mut().for_each(|row| {
        row.start += HOUR;
        row.end += HOUR;
    });
    world.run_until(|world| HOUR < world.plan.standing().cursor);
    world.restart();
    world.run_until_settled();
    world.check_everything_read();
    let done = world.slices.iter().filter(|slice| slice.state == SliceState::Done);
    let lengths: Vec<i64> = done.map(|slice| (slice.to - slice.from) / 1_000).collect();
    // 1220 rows in half an hour: 200 are expected in 295 s.
    assert_eq!(lengths, [1_800, 1_800, 1_800, 295, 590, 1_180, 1_800, 1_535], "{lengths:?}");
}

#[test]
fn a_slice_after_one_that_selected_too_much_is_as_short_as_what_fitted() {
    let mut platform = FakePlatform::new(dense(), 20);
    platform.hits_max = 100;
    let mut world = world_of(platform, 30 * DAY);
    world.run_until_settled();
    let done = world.slices.iter().filter(|slice| slice.state == SliceState::Done);
    let lengths: Vec<i64> = done.map(|slice| (slice.to - slice.from) / 1_000).collect();
    // 28 s fitted, and a slice is never shorter than extract.slice.ms.min.
    assert_eq!(lengths[..6], [1_800, 60, 120, 240, 480, 960]);
}
