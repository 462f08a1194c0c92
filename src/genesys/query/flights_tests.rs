//! Tests of the table of queries at the platform. Pure.

use super::flights::{Flights, InFlight, Task, Wanted, Wants};
use super::machine::{Due, Pace, Stage, Status, UNANSWERED_MAX};
use crate::domain::time::{DAY_MS, TimeRange};
use crate::genesys::wire::Drift;

fn day(number: i64) -> Wanted {
    let range = TimeRange { from: number * DAY_MS, to: (number + 1) * DAY_MS };
    Wanted { range, asked: format!("day {number}") }
}

fn query(wanted: &Wanted) -> InFlight {
    let TimeRange { from, to } = wanted.range;
    let (query_id, asked) = (format!("q-{}", wanted.asked), wanted.asked.clone());
    InFlight { query_id, dialect: "report-queries".to_owned(), from, to, asked, submitted_at: 1_000 }
}

fn wants(lane: i64, ahead: &[i64]) -> Wants {
    Wants { ahead: ahead.iter().map(|number| day(*number)).collect(), asked: vec![day(lane).asked], ..Wants::default() }
}

fn status(stage: Stage) -> Status {
    Status { stage, progress: None, rows: None, drift: Drift::default() }
}

/// A table of at most three, in which the lane has submitted day 0 and wants the others ahead.
fn begun() -> Flights {
    let mut flights = Flights::new(Pace::default(), 3);
    flights.want(wants(0, &[1, 2, 3]));
    flights.submitted(query(&day(0)), 0, 0.0);
    assert!(flights.taken("day 0").is_some());
    flights
}

#[test]
fn nothing_is_submitted_ahead_before_the_platform_took_in_a_query_of_a_lane() {
    let mut flights = Flights::new(Pace::default(), 3);
    flights.want(wants(0, &[1, 2]));
    assert_eq!(flights.next(0), Task::Nothing);
    flights.submitted(query(&day(0)), 0, 0.0);
    assert_eq!(flights.next(0), Task::Submit(day(1)));
}

#[test]
fn as_many_stand_there_as_there_may_be_and_one_that_is_over_makes_room() {
    let mut flights = begun();
    for number in [1, 2] {
        assert_eq!(flights.next(5), Task::Submit(day(number)));
        flights.submitted(query(&day(number)), 5, 0.0);
    }
    // Both are looked at ten seconds later; the lane looks at its own.
    assert_eq!(flights.next(5), Task::At(10_005));
    assert_eq!(flights.next(10_005), Task::Look(query(&day(1))));
    flights.over("q-day 0");
    flights.want(wants(1, &[2, 3]));
    assert_eq!((flights.next(6), flights.stands("day 0")), (Task::Delete(query(&day(0))), false));
    flights.gone("q-day 0");
    assert_eq!(flights.next(6), Task::Submit(day(3)));
    let left: Vec<String> = flights.all().into_iter().map(|query| query.query_id).collect();
    assert_eq!(left, ["q-day 1", "q-day 2"]);
}

#[test]
fn what_is_done_is_not_looked_at_again_and_waits_for_its_lane() {
    let mut flights = begun();
    flights.submitted(query(&day(1)), 0, 0.0);
    flights.submitted(query(&day(2)), 0, 0.0);
    flights.told("q-day 1", &status(Stage::Completed), 10_000, 0.0);
    flights.told("q-day 2", &status(Stage::Running), 10_000, 0.0);
    assert_eq!(flights.next(10_000), Task::At(30_000));
    assert_eq!(flights.taken("day 1"), Some(query(&day(1))));
    assert_eq!((flights.due_of("q-day 1"), flights.due_of("q-day 9")), (Some(Due::Read), None));
    assert_eq!(flights.due_of("q-day 2"), Some(Due::Look { at_ms: 30_000 }));
}

#[test]
fn what_is_no_longer_wanted_is_deleted_also_while_a_lane_had_it() {
    let mut flights = begun();
    flights.submitted(query(&day(1)), 0, 0.0);
    flights.want(wants(7, &[8]));
    assert_eq!(flights.next(0), Task::Delete(query(&day(0))));
    flights.gone("q-day 0");
    assert_eq!(flights.next(0), Task::Delete(query(&day(1))));
    // A lane that reads the pages of a query knows it by its name, and needs no look at it.
    flights.want(Wants { query_ids: vec!["q-day 1".to_owned()], ..wants(7, &[]) });
    assert_eq!(flights.next(0), Task::At(10_000));
    flights.reading(query(&day(1)), 0);
    assert_eq!((flights.next(0), flights.all().len()), (Task::Nothing, 1));
}

#[test]
fn what_nobody_will_know_of_is_deleted_although_it_is_wanted() {
    let mut flights = begun();
    flights.submitted(query(&day(1)), 0, 0.0);
    flights.keep_only(&[query(&day(0))]);
    assert_eq!((flights.next(0), flights.stands("day 0")), (Task::Delete(query(&day(1))), true));
}

#[test]
fn a_refused_submission_waits_longer_each_time_and_as_long_as_the_platform_asks() {
    let mut flights = begun();
    flights.refused(None, 100, 1.0);
    assert_eq!((flights.next(100), flights.next(1_100)), (Task::At(1_100), Task::Submit(day(1))));
    flights.refused(None, 1_100, 1.0);
    assert_eq!(flights.next(1_100), Task::At(3_100));
    flights.refused(Some(40_000), 3_100, 0.0);
    assert_eq!(flights.next(3_100), Task::At(43_100));
    flights.submitted(query(&day(1)), 43_100, 0.0);
    flights.refused(None, 43_100, 1.0);
    assert_eq!(flights.next(43_100), Task::At(44_100), "a submission that worked begins anew");
}

#[test]
fn what_has_nothing_to_ask_is_left_out_as_long_as_it_is_wanted() {
    let mut flights = begun();
    flights.nothing_to_ask("day 1");
    flights.want(wants(0, &[1, 2]));
    assert_eq!(flights.next(0), Task::Submit(day(2)));
    flights.want(wants(0, &[2]));
    flights.want(wants(0, &[1, 2]));
    assert_eq!(flights.next(0), Task::Submit(day(1)));
}

#[test]
fn a_deletion_is_tried_again_until_it_is_left_to_the_platform() {
    let mut flights = begun();
    flights.over("q-day 0");
    flights.want(wants(1, &[]));
    flights.not_deleted("q-day 0", Some(40_000), 0, 0.0);
    assert_eq!((flights.next(0), flights.next(40_000)), (Task::At(40_000), Task::Delete(query(&day(0)))));
    for _ in 1..UNANSWERED_MAX {
        assert_eq!(flights.all().len(), 1);
        flights.not_deleted("q-day 0", None, 40_000, 0.0);
    }
    assert_eq!((flights.next(i64::MAX), flights.all()), (Task::Nothing, Vec::new()));
}

#[test]
fn a_look_without_an_answer_comes_again_at_the_pace_and_no_sooner_than_the_platform_asked() {
    let mut flights = begun();
    assert_eq!(flights.unanswered("q-day 0", None, 10_000, 0.0), 1);
    assert_eq!(flights.due_of("q-day 0"), Some(Due::Look { at_ms: 30_000 }));
    assert_eq!(flights.unanswered("q-day 0", Some(90_000), 30_000, 0.0), 2);
    assert_eq!(flights.due_of("q-day 0"), Some(Due::Look { at_ms: 120_000 }));
}

#[test]
fn what_an_earlier_program_left_is_looked_at_at_once_or_deleted_and_never_submitted_again() {
    let mut flights = Flights::new(Pace::default(), 3);
    flights.want(wants(0, &[1]));
    let left: Vec<InFlight> = [0, 1, 5].iter().map(|number| query(&day(*number))).collect();
    for _ in 0..2 {
        flights.adopt(&left, 61_000, 500);
    }
    assert_eq!(flights.all().len(), 3);
    assert_eq!(flights.next(500), Task::Delete(query(&day(5))));
    flights.gone("q-day 5");
    assert_eq!(flights.next(500), Task::Look(query(&day(0))));
    flights.told("q-day 0", &status(Stage::Completed), 500, 0.0);
    flights.told("q-day 1", &status(Stage::Running), 500, 0.0);
    assert_eq!(flights.next(500), Task::At(20_500));
}
