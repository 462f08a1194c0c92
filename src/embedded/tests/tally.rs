//! What tasks count, and that an aborted transaction counts as that alone. Edge: over the in-process log.

use crate::domain::interaction::Interaction;
use crate::domain::progress::Room;
use crate::domain::time::parse_instant;
use crate::embedded::driver::{ALL, Driver};
use crate::process::board::Reports;
use crate::timeline::tests::{default_rules_config, flat_row, with};

fn call(id: &str, talk_ms: i64) -> Interaction {
    with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), |leg| leg.talk_ms = Some(talk_ms))
}

fn newer(interaction: Interaction) -> Interaction {
    let version = interaction.version + 1;
    Interaction { version, ..interaction }
}

fn driver() -> Driver {
    Driver::new(default_rules_config(), (1, 1), "2024-01-15T00:00:00Z")
}

fn reports(driver: &mut Driver, room: Room) -> Reports {
    driver.task(room, 0).board().all()
}

#[test]
fn readings_count_by_decision_and_legs_once_for_each_reason_that_they_are_left_out_for() {
    let mut driver = driver();
    let short = call("short", 1_000);
    driver.publish(&[call("kept", 60_000), short.clone(), short.clone(), newer(short)]);
    driver.publish(&[newer(call("kept", 2_000))]);
    driver.run();
    let tally = reports(&mut driver, Room::Legs).tally;
    let decisions = [("confirmation", 1), ("correction", 1), ("duplicate", 1), ("new", 2)];
    assert_eq!(tally.decisions, decisions.into());
    assert_eq!(tally.excluded, [("short_talk", 2)].into(), "a confirmation leaves nothing out anew");
    assert_eq!((tally.rows.len(), tally.dead_letters.len()), (0, 0));
}

#[test]
fn rows_count_by_result_and_those_that_had_closed_by_age() {
    let mut driver = driver();
    driver.publish(&[call("a", 60_000)]);
    driver.run();
    let provisional = reports(&mut driver, Room::Intervals).tally;
    assert!(provisional.rows["provisional"] > 0 && provisional.rows.len() == 1, "{provisional:?}");
    driver.close(parse_instant("2024-01-16T00:00:00Z").unwrap());
    driver.run();
    driver.publish(&[newer(call("a", 90_000))]);
    driver.run();
    let tally = reports(&mut driver, Room::Intervals).tally;
    let rows = provisional.rows["provisional"];
    assert_eq!(tally.rows, [("corrected", rows), ("final", rows), ("provisional", rows)].into());
    assert_eq!(tally.restatements, [("older", rows)].into());
}

#[test]
fn an_aborted_transaction_is_counted_as_aborted_and_what_it_held_once_it_is_committed() {
    let mut driver = driver();
    driver.run();
    let before = [Room::Legs, Room::Intervals].map(|room| reports(&mut driver, room));
    let lasting = call("long", 60_000);
    driver.publish(&[call("a", 60_000), call("short", 1_000), with(lasting, |leg| leg.talk_ms = Some(-5))]);
    driver.task(Room::Legs, 0).step_aborted(ALL).unwrap();
    let mut aborted = reports(&mut driver, Room::Legs);
    let report = aborted.running.get_mut(&(Room::Legs, 0)).unwrap();
    assert_eq!(std::mem::take(&mut report.aborted), 1);
    assert_eq!((&aborted.tally, &aborted.running), (&before[0].tally, &before[0].running));
    driver.task(Room::Legs, 0).step(ALL).unwrap();
    let legs = reports(&mut driver, Room::Legs);
    assert_eq!((legs.tally.decisions["new"], legs.tally.excluded["short_talk"]), (3, 1));
    assert_eq!(legs.tally.dead_letters.get("malformed"), Some(&1), "{:?}", legs.tally);
    assert_eq!(legs.running[&(Room::Legs, 0)].records, before[0].running[&(Room::Legs, 0)].records + 3);
    driver.task(Room::Intervals, 0).step_aborted(ALL).unwrap();
    assert_eq!(reports(&mut driver, Room::Intervals).tally, before[1].tally);
    driver.task(Room::Intervals, 0).step(ALL).unwrap();
    let rows = reports(&mut driver, Room::Intervals).tally.rows;
    let published = driver.records("kpi.queue.pt30m").len() as u64;
    assert!(published <= rows["provisional"] && rows.len() == 1, "{rows:?}");
}
