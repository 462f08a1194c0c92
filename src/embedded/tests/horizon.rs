//! What comes too late, lasts too long, or is let go of. Edge: over the in-process log.

use crate::config::typed::RulesConfig;
use crate::domain::attribution::Basis;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::progress::Room;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, format_instant, parse_instant};
use crate::embedded::driver::Driver;
use crate::embedded::task::read_progress;
use crate::timeline::tests::{default_rules_config, flat_row, with};

const PT30M: &str = "kpi.queue.pt30m";

fn at(text: &str) -> InstantMs {
    parse_instant(text).unwrap()
}

fn call(id: &str, start: InstantMs, end: InstantMs) -> Interaction {
    with(flat_row(id, &format_instant(start), &format_instant(end)), |leg| leg.talk_ms = Some(60_000))
}

fn driver() -> Driver {
    Driver::new(default_rules_config(), (1, 2), "2024-01-01T00:00:00Z")
}

fn handled(driver: &Driver) -> i64 {
    driver.rows(PT30M).values().map(|row| row.handled).sum()
}

#[test]
fn what_began_beyond_the_horizon_is_a_dead_letter_and_changes_nothing() {
    let mut driver = driver();
    let watermark = at("2024-01-20T00:00:00Z");
    let horizon = watermark - driver.setup.rules.config.horizon_ms;
    driver.watermark(watermark);
    driver.publish(&[call("late", horizon, horizon + HOUR_MS), call("in time", horizon + 1, horizon + HOUR_MS)]);
    driver.run();
    assert_eq!(driver.dead_letters(), [("beyond_horizon".to_owned(), "late".to_owned())]);
    assert_eq!((handled(&driver), driver.legs().len()), (1, 1));
    let headers = driver.records("dead-letters").remove(0).1.headers;
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap();
    assert_eq!(header("__connect.errors.topic"), b"interactions");
    assert_eq!(header("__connect.errors.offset"), b"0");
}

#[test]
fn a_correction_within_the_horizon_restates_and_one_beyond_it_does_not() {
    let mut driver = driver();
    let end = at("2024-01-10T10:00:00Z");
    let reading = call("a", end - HOUR_MS, end);
    driver.publish(std::slice::from_ref(&reading));
    let expiry = end + driver.setup.rules.config.horizon_ms;
    driver.watermark(expiry - 1);
    let corrected = |version: i64, talk_ms: i64| {
        let mut again = with(reading.clone(), |leg| leg.talk_ms = Some(talk_ms));
        again.version = version;
        again
    };
    driver.publish(&[corrected(reading.version + 1, 70_000)]);
    driver.watermark(expiry);
    driver.publish(&[corrected(reading.version + 2, 80_000)]);
    driver.run();
    let sum: i64 = driver.rows(PT30M).values().map(|row| row.handle_ms_sum).sum();
    assert_eq!(sum, 70_000);
    assert_eq!(driver.dead_letters(), [("beyond_horizon".to_owned(), "a".to_owned())]);
}

#[test]
fn what_lasts_longer_than_the_longest_leg_is_a_dead_letter_and_changes_nothing() {
    let mut driver = driver();
    let start = at("2024-01-02T00:00:00Z");
    let longest = start + driver.setup.rules.config.leg_length_ms_max;
    driver.publish(&[call("longest", start, longest), call("longer", start, longest + 1)]);
    // Without a reported end the leg's length is what its parts make of it.
    let mut endless = with(call("endless", start, start), |leg| {
        (leg.end, leg.talk_ms) = (None, Some(15 * DAY_MS));
    });
    (endless.end, endless.version) = (None, endless.version);
    endless.content_hash = endless.computed_hash();
    driver.publish(&[endless]);
    driver.run();
    let letters = driver.dead_letters();
    let expected = ["longer", "endless"].map(|id| ("too_long".to_owned(), id.to_owned()));
    assert_eq!(letters, expected);
    assert_eq!((handled(&driver), driver.legs().len()), (1, 1));
}

#[test]
fn durations_that_do_not_fit_between_start_and_end_stay_within_them_under_apportioned() {
    let rules = RulesConfig { attribution: vec![Basis::Apportioned], ..default_rules_config() };
    let mut driver = Driver::new(rules, (1, 1), "2024-01-01T00:00:00Z");
    let end = at("2024-01-10T10:10:00Z");
    driver.publish(&[with(call("a", end - 900_000, end), |leg| leg.talk_ms = Some(40 * DAY_MS))]);
    driver.watermark(end);
    driver.publish(&[with(call("b", end - 900_000, end), |leg| leg.talk_ms = Some(40 * DAY_MS))]);
    driver.run();
    let lengths: Vec<(String, i64)> =
        driver.rows(PT30M).values().map(|row| (format_instant(row.interval_start), row.handle_ms_sum)).collect();
    let expected = [("2024-01-10T09:30:00.000Z", 600_000), ("2024-01-10T10:00:00.000Z", 80 * DAY_MS - 600_000)];
    assert_eq!(lengths, expected.map(|(start, length_ms)| (start.to_owned(), length_ms)));
}

#[test]
fn what_is_held_stays_bounded_however_long_the_source_runs() {
    let mut driver = driver();
    let mut held = 0;
    for day in 0..40 {
        let start = at("2024-01-01T00:00:00Z") + day * DAY_MS;
        for number in 0..10 {
            driver.publish(&[call(&format!("{day}-{number}"), start + number * HOUR_MS, start + number * HOUR_MS + 1)]);
        }
        driver.watermark(start + DAY_MS);
        driver.run();
        if day == 9 {
            held = driver.interactions_held();
        }
    }
    assert_eq!((driver.interactions_held(), held), (50, 50), "the horizon's five days");
    driver.restart().unwrap();
    assert_eq!(driver.interactions_held(), 50);
}

#[test]
fn a_leg_that_ends_before_it_starts_is_counted_once_within_the_horizon() {
    let mut driver = driver();
    let start = at("2024-01-10T10:00:00Z");
    let odd = call("odd", start, start - 6 * DAY_MS);
    driver.publish(std::slice::from_ref(&odd));
    driver.watermark(start);
    let mut again = with(odd, |leg| leg.talk_ms = Some(70_000));
    again.version += 1;
    driver.publish(&[again]);
    driver.run();
    let malformed: i64 = driver.rows(PT30M).values().map(|row| row.excluded_malformed).sum();
    assert_eq!(malformed, 1);
    assert_eq!(driver.dead_letters().len(), 2, "each reading is looked at by somebody");
}

#[test]
fn an_interaction_that_has_lost_its_legs_is_taken_back_once() {
    let mut driver = driver();
    let start = at("2024-01-10T10:00:00Z");
    let mut reading = call("a", start, start + HOUR_MS);
    driver.publish(std::slice::from_ref(&reading));
    let mut without = reading.clone();
    (without.legs, without.version) = (Vec::new(), reading.version + 1);
    without.content_hash = without.computed_hash();
    driver.publish(&[without]);
    driver.run();
    assert_eq!((handled(&driver), driver.legs().len()), (0, 0));
    reading.version += 2;
    driver.publish(&[reading]);
    driver.run();
    assert_eq!((handled(&driver), driver.legs().len()), (1, 1));
}

#[test]
fn an_open_interaction_is_held_for_the_longest_leg() {
    let mut driver = driver();
    let start = at("2024-01-02T10:00:00Z");
    let mut open = call("open", start, start);
    (open.end, open.status, open.legs[0].end) = (None, InteractionStatus::Open, None);
    open.content_hash = open.computed_hash();
    driver.publish(&[open.clone()]);
    driver.watermark(start + driver.setup.rules.config.leg_length_ms_max - 1);
    let mut over = call("open", start, start + 13 * DAY_MS);
    over.version = open.version + 1;
    driver.publish(&[over]);
    driver.run();
    assert_eq!((handled(&driver), driver.dead_letters()), (1, Vec::new()));
}

#[test]
fn the_floor_of_legs_never_goes_back_although_nothing_is_held() {
    let mut driver = driver();
    let floor = |driver: &Driver| read_progress(&driver.log, Room::Legs, 0).unwrap().unwrap().legs_floor_offset;
    let start = at("2024-01-02T10:00:00Z");
    driver.publish(&[call("a", start, start + 1)]);
    driver.run();
    driver.publish(&[call("b", start + DAY_MS, start + DAY_MS + 1)]);
    driver.run();
    driver.watermark(start + DAY_MS / 2 + driver.setup.rules.config.horizon_ms);
    driver.run();
    driver.watermark(start + DAY_MS / 2 + driver.setup.rules.config.horizon_ms + HOUR_MS);
    driver.run();
    let before = floor(&driver);
    assert!(0 < before, "the first row is no longer needed");
    driver.watermark(start + 20 * DAY_MS);
    driver.run();
    driver.watermark(start + 21 * DAY_MS);
    driver.run();
    assert!(before <= floor(&driver));
    // What retention then removes is no gap, even when it takes everything, commit markers included.
    let end = driver.log.end_offset("legs", 0);
    driver.log.delete_before("legs", 0, end);
    driver.restart().unwrap();
}

#[test]
fn what_was_let_go_of_is_not_taken_back_although_its_leg_row_still_stands() {
    let mut driver = driver();
    let start = at("2024-01-10T10:00:00Z");
    let first = call("a", start, start + 1);
    driver.publish(std::slice::from_ref(&first));
    driver.watermark(start + 1 + driver.setup.rules.config.horizon_ms);
    // It comes again within the horizon, as a leg of a conversation: its first row has another key.
    let mut again = call("a", start + HOUR_MS, start + 2 * HOUR_MS);
    (again.conversation_id, again.version) = (Some("C1".to_owned()), first.version + 1);
    driver.publish(std::slice::from_ref(&again));
    driver.run();
    driver.restart().unwrap();
    let mut corrected = with(again, |leg| leg.talk_ms = Some(90_000));
    corrected.version += 1;
    driver.publish(&[corrected]);
    driver.run();
    let handle_ms: i64 = driver.rows(PT30M).values().map(|row| row.handle_ms_sum).sum();
    assert_eq!((handled(&driver), handle_ms, driver.legs().len()), (2, 150_000, 2));
}
