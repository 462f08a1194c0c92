//! Rows that a processor owns and rows that it leaves alone, at their edges. Edge: over the in-process log.

use crate::config::canonical::{canonical_text, rules_version};
use crate::config::typed::RulesConfig;
use crate::domain::contact::{Contact, ContactKey};
use crate::domain::interaction::Interaction;
use crate::domain::progress::Room;
use crate::domain::time::{HOUR_MS, InstantMs, format_instant, parse_instant};
use crate::domain::transfer::{Transfer, TransferKey};
use crate::embedded::driver::Driver;
use crate::embedded::task::read_progress;
use crate::timeline::rules::Rules;
use crate::timeline::tests::{events_conversation, flat_row, with};
use crate::topology::record::{InputRecord, Produce, topic};
use crate::topology::task::Task;

use super::{PT30M_OF_BASES, all_bases};

const FIRST: &str = "2024-01-14T00:00:00Z";
const MIDNIGHT: &str = "2024-01-15T00:00:00Z";
const NIGHT: [&str; 2] = ["2024-01-14T23:50:00Z", "2024-01-15T00:20:00Z"];

fn at(text: &str) -> InstantMs {
    parse_instant(text).unwrap()
}

/// Talk from end to end.
fn call(id: &str, start: &str, end: &str) -> Interaction {
    with(flat_row(id, start, end), |leg| leg.talk_ms = Some(at(end) - at(start)))
}

fn ranged(start: Option<&str>, end: Option<&str>) -> RulesConfig {
    RulesConfig { range_start: start.map(at), range_end: end.map(at), ..all_bases() }
}

/// A processor of these rows to which the readings are given.
fn of(config: RulesConfig, extract_start: &str, readings: &[Interaction]) -> Driver {
    let mut driver = Driver::new(config, (1, 1), extract_start);
    driver.publish(readings);
    driver.run();
    driver
}

/// Start, handled and handle time of each row of a topic.
fn handled(driver: &Driver, topic: &str) -> Vec<(String, i64, i64)> {
    let rows = driver.rows(topic);
    rows.values().map(|row| (format_instant(row.interval_start), row.handled, row.handle_ms_sum)).collect()
}

fn rows(of: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
    of.iter().map(|(start, handled, ms)| (format_instant(at(start)), *handled, *ms)).collect()
}

fn out_of_range(driver: &mut Driver) -> u64 {
    driver.task(Room::Legs, 0).task().out_of_range()
}

/// Goes on with other rules, as a processor that was started with other settings.
fn restarted(driver: &mut Driver, config: RulesConfig) -> Result<(), String> {
    let text = canonical_text(&config);
    let version = rules_version(&text);
    driver.setup.rules = Rules::new(config, text, version);
    driver.restart().map_err(|error| crate::domain::causes::causes(&error))
}

#[test]
fn a_call_over_the_boundary_contributes_to_either_side_what_lies_there_under_every_basis() {
    let reading = [call("night", NIGHT[0], NIGHT[1])];
    let mut before = of(ranged(None, Some(MIDNIGHT)), FIRST, &reading);
    let mut after = of(ranged(Some(MIDNIGHT), None), MIDNIGHT, &reading);
    let [start, completion, apportioned] = PT30M_OF_BASES;
    let (evening, night) = ("2024-01-14T23:30:00Z", MIDNIGHT);
    assert_eq!(handled(&before, start), rows(&[(evening, 1, 1_800_000)]));
    assert_eq!(handled(&after, start), []);
    // The row of the leg's own start is there under every basis.
    assert_eq!(handled(&before, completion), rows(&[(evening, 0, 0)]));
    assert_eq!(handled(&after, completion), rows(&[(night, 1, 1_800_000)]));
    assert_eq!(handled(&before, apportioned), rows(&[(evening, 0, 600_000)]));
    assert_eq!(handled(&after, apportioned), rows(&[(night, 1, 1_200_000)]));
    // Left alone, and counted.
    assert!(0 < out_of_range(&mut before) && 0 < out_of_range(&mut after));
    let mut whole = of(ranged(None, None), FIRST, &reading);
    assert_eq!(out_of_range(&mut whole), 0);
    // Whoever owns the start's row holds the leg, and so does the other: both must be able to take it back.
    assert_eq!((before.legs().len(), after.legs().len()), (1, 1));
}

#[test]
fn a_correction_over_the_boundary_takes_back_and_adds_on_either_side() {
    let reading = call("night", NIGHT[0], NIGHT[1]);
    let mut shorter = call("night", NIGHT[0], "2024-01-14T23:55:00Z");
    shorter.version = reading.version + HOUR_MS;
    let readings = [reading, shorter];
    let before = of(ranged(None, Some(MIDNIGHT)), FIRST, &readings);
    let after = of(ranged(Some(MIDNIGHT), None), MIDNIGHT, &readings);
    for topic in PT30M_OF_BASES {
        assert_eq!(handled(&before, topic), rows(&[("2024-01-14T23:30:00Z", 1, 300_000)]), "{topic}");
        let left = handled(&after, topic);
        assert!(left.iter().all(|(_, handled, ms)| (*handled, *ms) == (0, 0)), "{topic}: {left:?}");
    }
}

#[test]
fn a_boundary_on_the_day_that_the_clocks_change_is_the_zones_midnight() {
    // New York's 3 November 2024 has 25 hours: it ends at 05:00 UTC.
    let zone = chrono_tz::Tz::America__New_York;
    let end = at("2024-11-04T05:00:00Z");
    let calls = [
        call("still", "2024-11-04T04:59:00Z", "2024-11-04T04:59:30Z"),
        call("then", "2024-11-04T05:00:00Z", "2024-11-04T05:00:30Z"),
    ];
    let first = "2024-11-03T04:00:00Z";
    let before = of(RulesConfig { zone, range_end: Some(end), ..all_bases() }, first, &calls);
    let after = of(RulesConfig { zone, range_start: Some(end), ..all_bases() }, first, &calls);
    for (topic, own) in [("kpi.queue.pt30m", "2024-11-04T04:30:00Z"), ("kpi.queue.p1d", first)] {
        assert_eq!(handled(&before, topic), rows(&[(own, 1, 30_000)]), "{topic}");
    }
    for topic in ["kpi.queue.pt30m", "kpi.queue.p1d"] {
        assert_eq!(handled(&after, topic), rows(&[("2024-11-04T05:00:00Z", 1, 30_000)]), "{topic}");
    }
}

#[test]
fn a_row_belongs_to_the_range_that_it_starts_in_where_midnight_is_no_boundary_of_its_grain() {
    // Kathmandu's midnight is 18:15 UTC, within a half hour.
    let zone = chrono_tz::Tz::Asia__Kathmandu;
    let midnight = at("2024-01-14T18:15:00Z");
    let reading = [call("after", "2024-01-14T18:20:00Z", "2024-01-14T18:21:00Z")];
    let before = of(RulesConfig { zone, range_end: Some(midnight), ..all_bases() }, "2024-01-13T18:15:00Z", &reading);
    let after = of(RulesConfig { zone, range_start: Some(midnight), ..all_bases() }, "2024-01-14T18:15:00Z", &reading);
    assert_eq!(handled(&before, "kpi.queue.pt30m"), rows(&[("2024-01-14T18:00:00Z", 1, 60_000)]));
    assert_eq!(handled(&after, "kpi.queue.pt30m"), []);
    assert_eq!(handled(&before, "kpi.queue.p1d"), []);
    assert_eq!(handled(&after, "kpi.queue.p1d"), rows(&[("2024-01-14T18:15:00Z", 1, 60_000)]));
}

#[test]
fn a_contact_and_its_transfers_belong_to_the_range_that_the_contact_starts_in() {
    let reading = [events_conversation(
        "night",
        &[
            ("wait", "2024-01-14T23:50:00", "2024-01-14T23:50:10", "Q1", ""),
            ("talk", "2024-01-14T23:50:10", "2024-01-15T00:10:00", "Q1", "A1"),
            ("blind", "2024-01-15T00:10:00", "", "Q2", "A1"),
            ("wait", "2024-01-15T00:10:00", "2024-01-15T00:10:20", "Q2", ""),
            ("talk", "2024-01-15T00:10:20", "2024-01-15T00:15:00", "Q2", "A2"),
        ],
    )];
    let contacts = |driver: &Driver| driver.all::<ContactKey, Contact>(topic::CONTACTS).len();
    let before = of(ranged(None, Some(MIDNIGHT)), FIRST, &reading);
    let after = of(ranged(Some(MIDNIGHT), None), MIDNIGHT, &reading);
    let transfers = |driver: &Driver| driver.all::<TransferKey, Transfer>(topic::TRANSFERS).len();
    assert_eq!((contacts(&before), contacts(&after)), (1, 0));
    assert_eq!(
        (transfers(&before), transfers(&after)),
        (1, 0),
        "it was made after midnight, by a contact of the day before"
    );
    assert!(!handled(&after, PT30M_OF_BASES[1]).is_empty(), "its completion is the other's all the same");
}

#[test]
fn a_range_whose_end_moves_out_gets_what_fell_outside_before_and_gets_it_once() {
    let readings = [call("night", NIGHT[0], NIGHT[1]), call("morning", "2024-01-15T08:00:00Z", "2024-01-15T08:10:00Z")];
    let mut driver = of(ranged(None, Some(MIDNIGHT)), FIRST, &readings);
    driver.close(at("2024-01-15T12:00:00Z"));
    driver.run();
    let whole = of(ranged(None, None), FIRST, &readings);
    for _ in 0..3 {
        restarted(&mut driver, ranged(None, None)).unwrap();
        driver.run();
        for topic in PT30M_OF_BASES {
            assert_eq!(handled(&driver, topic), handled(&whole, topic), "{topic}");
        }
    }
    // What was read before is known, and not measured anew for its rules having another range.
    let legs = driver.records(topic::LEGS).len();
    driver.publish(&readings);
    driver.run();
    assert_eq!(driver.records(topic::LEGS).len(), legs);
    let refused = restarted(&mut driver, ranged(None, Some(MIDNIGHT))).unwrap_err();
    assert!(refused.contains("only the end may be moved"), "{refused}");
}

#[test]
fn an_end_cannot_move_out_once_what_touches_it_can_have_been_let_go_of() {
    let mut driver = of(ranged(None, Some(MIDNIGHT)), FIRST, &[call("night", NIGHT[0], NIGHT[1])]);
    let horizon_ms = driver.setup.rules.config.horizon_ms;
    driver.watermark(at(MIDNIGHT) + horizon_ms - 1);
    driver.run();
    restarted(&mut driver, ranged(None, Some("2024-01-16T00:00:00Z"))).unwrap();
    driver.watermark(at("2024-01-16T00:00:00Z") + horizon_ms);
    driver.run();
    let refused = restarted(&mut driver, ranged(None, None)).unwrap_err();
    assert!(refused.contains("kpi.range.end cannot be moved out from 2024-01-16"), "{refused}");
}

#[test]
fn rows_before_what_is_read_whole_are_refused() {
    let mut driver = Driver::new(ranged(Some(FIRST), None), (1, 1), NIGHT[0]);
    let refused = driver.tasks.iter_mut().find_map(|task| task.step(1).err()).unwrap();
    let text = crate::domain::causes::causes(&refused);
    assert!(text.contains("kpi.range.start is 2024-01-14") && text.contains("rows before 2024-01-15"), "{text}");
}

#[test]
fn an_aborted_move_contributes_again() {
    let mut driver = of(ranged(None, Some(MIDNIGHT)), FIRST, &[call("night", NIGHT[0], NIGHT[1])]);
    let config = ranged(None, None);
    let text = canonical_text(&config);
    let version = rules_version(&text);
    driver.setup.rules = Rules::new(config, text, version);
    let progress = read_progress(&driver.log, Room::Legs, 0).unwrap();
    let mut task = Task::new(Room::Legs, driver.setup.clone(), 0, progress).unwrap();
    for (_, record) in driver.records(topic::LEGS) {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        task.restore(topic::LEGS, InputRecord { offset: record.offset, key, value }).unwrap();
    }
    task.restored().unwrap();
    let contributed = |outputs: Vec<Produce>| -> Vec<Option<Vec<u8>>> {
        let of_rows = outputs.into_iter().filter(|said| said.topic == topic::CONTRIBUTIONS);
        of_rows.map(|said| said.value).collect()
    };
    let first = contributed(task.outputs(0).unwrap());
    task.abort().unwrap();
    let again = contributed(task.outputs(0).unwrap());
    assert!(first.len() > 3 && first == again, "{} and {}", first.len(), again.len());
    task.promote(None);
    task.abort().unwrap();
    assert!(contributed(task.outputs(0).unwrap()).len() < first.len(), "once it is committed there is nothing to add");
}
