//! Rules that change at a local midnight. Edge: over the in-process log.

use crate::config::typed::{RulesChange, RulesConfig};
use crate::domain::interaction::Interaction;
use crate::domain::progress::{Progress, Room};
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, format_instant, parse_instant};
use crate::embedded::driver::{ALL, Driver};
use crate::embedded::task::read_progress;
use crate::embedded::{EmbeddedError, EmbeddedTask};
use crate::timeline::tests::{default_rules_config, flat_row, rules_of, with};
use crate::topology::TopologyError;

const PT30M: &str = "kpi.queue.pt30m";
const EVE: &str = "2024-01-15T10:00:00Z";
/// The clock is far ahead of the watermark, so the watermark alone says when.
const MIDNIGHT: &str = "2024-01-16T00:00:00Z";
const LATE: &str = "2024-01-15T23:50:00Z";
const LATE_ROW: &str = "2024-01-15T23:30:00Z";
const AFTER: &str = "2024-01-16T00:00:00Z";

fn at(text: &str) -> InstantMs {
    parse_instant(text).unwrap()
}

/// Four seconds of talk: kept by the default rules, too short for those that ask for five.
fn short_call(id: &str, start: &str) -> Interaction {
    let end = format_instant(at(start) + 60_000);
    with(flat_row(id, start, &end), |leg| leg.talk_ms = Some(4_000))
}

fn five_seconds() -> RulesConfig {
    RulesConfig { talk_min_ms: 5_000, sla_threshold_ms: 1, ..default_rules_config() }
}

/// Two partitions of each room; the watermark stands in the afternoon of the first day, when the rules change.
fn changed() -> Driver {
    let mut driver = Driver::new(default_rules_config(), (2, 2), "2024-01-15T00:00:00Z");
    driver.publish(&["a", "b", "c", "d"].map(|id| short_call(id, EVE)));
    driver.watermark(at("2024-01-15T14:00:00Z"));
    driver.run();
    driver.setup.rules = rules_of(five_seconds());
    driver.setup.rules_change = RulesChange::FromNextDay;
    driver.restart().unwrap();
    driver
}

fn all_progress(driver: &Driver) -> Vec<Progress> {
    let places = [(Room::Legs, 0), (Room::Legs, 1), (Room::Intervals, 0), (Room::Intervals, 1)];
    places.iter().map(|(room, partition)| read_progress(&driver.log, *room, *partition).unwrap().unwrap()).collect()
}

/// Handled, short, and the rules' version of the row.
fn row(driver: &Driver, start: &str) -> (i64, i64, String, i64) {
    let row = driver.row(PT30M, "Q1", start).unwrap();
    (row.handled, row.excluded_short_talk, row.rules_version, row.sla_threshold_ms)
}

fn versions() -> (String, String) {
    (rules_of(default_rules_config()).version, rules_of(five_seconds()).version)
}

#[test]
fn the_day_before_keeps_the_old_rules_and_the_day_after_has_the_new_ones() {
    let mut driver = changed();
    driver.publish(&[short_call("late", LATE), short_call("new", AFTER)]);
    driver.run();
    let (old, new) = versions();
    assert_eq!(row(&driver, EVE), (4, 0, old.clone(), 120_000));
    assert_eq!(row(&driver, LATE_ROW), (1, 0, old, 120_000));
    assert_eq!(row(&driver, AFTER), (0, 1, new, 1));
}

#[test]
fn all_tasks_agree_on_the_midnight_and_go_on_from_it_after_a_restart() {
    let mut driver = changed();
    driver.run();
    let (old, new) = versions();
    for progress in all_progress(&driver) {
        assert_eq!((progress.rules_version, progress.rules_changed_at), (new.clone(), Some(at(MIDNIGHT))));
        assert_eq!(progress.previous_rules_text, Some(rules_of(default_rules_config()).text));
    }
    driver.restart().unwrap();
    driver.publish(&[short_call("late", LATE), short_call("new", AFTER)]);
    driver.run();
    assert_eq!(row(&driver, LATE_ROW).2, old);
    assert_eq!(row(&driver, AFTER), (0, 1, new, 1));
}

#[test]
fn a_correction_of_what_began_before_the_midnight_is_measured_by_the_old_rules() {
    let mut driver = changed();
    driver.watermark(at(MIDNIGHT) + HOUR_MS);
    let mut corrected = with(short_call("a", EVE), |leg| leg.talk_ms = Some(4_500));
    corrected.version += HOUR_MS;
    driver.publish(&[corrected]);
    driver.run();
    let (old, _) = versions();
    assert_eq!(row(&driver, EVE), (4, 0, old.clone(), 120_000));
    assert_eq!(driver.row(PT30M, "Q1", EVE).unwrap().handle_ms_sum, 16_500);
    assert_eq!(driver.leg("a").rules_version, old);
}

#[test]
fn a_task_waits_until_the_first_one_has_decided() {
    let mut driver = Driver::new(default_rules_config(), (2, 2), "2024-01-15T00:00:00Z");
    driver.run();
    driver.tasks.clear();
    driver.setup.rules = rules_of(five_seconds());
    driver.setup.rules_change = RulesChange::FromNextDay;
    let take_over =
        |driver: &Driver, room, partition| EmbeddedTask::take_over(&driver.log, room, partition, driver.setup.clone());
    for (room, partition) in [(Room::Legs, 1), (Room::Intervals, 0)] {
        let refused = take_over(&driver, room, partition).unwrap_err();
        assert!(matches!(refused, EmbeddedError::Topology { source: TopologyError::RulesAwaited, .. }), "{refused:?}");
    }
    take_over(&driver, Room::Legs, 0).unwrap();
    take_over(&driver, Room::Legs, 1).unwrap();
    take_over(&driver, Room::Intervals, 0).unwrap();
}

#[test]
fn a_second_change_waits_until_nothing_before_the_first_can_change() {
    let mut driver = changed();
    driver.run();
    let six = RulesConfig { talk_min_ms: 6_000, ..five_seconds() };
    driver.setup.rules = rules_of(six);
    let config = &driver.setup.rules.config;
    let possible = at(MIDNIGHT) + config.horizon_ms + config.leg_length_ms_max;
    let refused = driver.restart().unwrap_err();
    let EmbeddedError::Topology { source: TopologyError::RulesTooSoon { possible_at, .. }, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(possible_at, possible);
    driver.setup.rules = rules_of(five_seconds());
    driver.restart().unwrap();
    driver.watermark(possible + 2 * DAY_MS);
    driver.run();
    let forgotten = all_progress(&driver);
    assert!(forgotten.iter().all(|progress| progress.previous_rules_text.is_none()), "{forgotten:?}");
    driver.setup.rules = rules_of(RulesConfig { talk_min_ms: 6_000, ..five_seconds() });
    driver.restart().unwrap();
    driver.tasks[0].step(ALL).unwrap();
    let changed_at = all_progress(&driver)[0].rules_changed_at;
    assert_eq!(changed_at, Some(possible + 3 * DAY_MS));
}

#[test]
fn what_decides_which_rows_there_are_cannot_change_from_a_day_on() {
    let mut driver = changed();
    driver.run();
    let rules = RulesConfig { grace_ms: HOUR_MS, talk_min_ms: 1, ..five_seconds() };
    driver.setup.rules = rules_of(rules);
    let refused = driver.restart().unwrap_err();
    let EmbeddedError::Topology { source: TopologyError::RulesShape { keys }, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(keys, "kpi.grace.ms");
}
