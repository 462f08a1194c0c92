//! When rows become final, and what restates them. Edge: over the in-process log.

use crate::domain::exclusion::DropReason;
use crate::domain::interaction::Interaction;
use crate::domain::media::MediaType;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::row::{QueueInterval, RowResult};
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, TimeRange, parse_instant};
use crate::domain::watermark::Watermark;
use crate::embedded::driver::{ALL, Driver};
use crate::embedded::task::read_progress;
use crate::timeline::tests::{default_rules_config, flat_row, with};
use crate::topology::record::topic;

const PT30M: &str = "kpi.queue.pt30m";
const TEN: &str = "2024-01-15T10:00:00Z";

fn at(text: &str) -> InstantMs {
    parse_instant(text).unwrap()
}

fn call(id: &str, talk_ms: i64) -> Interaction {
    with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), |leg| leg.talk_ms = Some(talk_ms))
}

fn row(driver: &Driver) -> QueueInterval {
    driver.row(PT30M, "Q1", TEN).unwrap()
}

fn driver(partitions: (i32, i32)) -> Driver {
    Driver::new(default_rules_config(), partitions, "2024-01-15T00:00:00Z")
}

#[test]
fn a_row_is_final_once_the_watermark_has_passed_its_end_and_grace_and_not_a_millisecond_before() {
    let mut driver = driver((3, 2));
    driver.publish(&[call("a", 60_000)]);
    let due = at("2024-01-15T10:30:00Z") + driver.setup.rules.config.grace_ms;
    driver.watermark(due - 1);
    driver.run();
    assert_eq!((row(&driver).result, row(&driver).revision), (RowResult::Provisional, 0));
    driver.watermark(due);
    driver.run();
    let last = row(&driver);
    assert_eq!((last.result, last.revision, last.source_watermark), (RowResult::Final, 1, Some(due)));
    let day = driver.row("kpi.queue.p1d", "Q1", "2024-01-15T00:00:00Z").unwrap();
    assert_eq!(day.result, RowResult::Provisional);
}

#[test]
fn a_row_waits_for_the_slowest_legs_task() {
    let mut driver = driver((2, 1));
    driver.publish(&[call("a", 60_000)]);
    driver.run();
    driver.watermark(at("2024-01-17T00:00:00Z"));
    driver.task(Room::Legs, 0).step(ALL).unwrap();
    driver.task(Room::Intervals, 0).step(ALL).unwrap();
    assert_eq!(row(&driver).result, RowResult::Provisional);
    driver.task(Room::Legs, 1).step(ALL).unwrap();
    driver.task(Room::Intervals, 0).step(ALL).unwrap();
    assert_eq!(row(&driver).result, RowResult::Final);
}

#[test]
fn a_closed_source_makes_every_row_final_whatever_its_end() {
    let mut driver = driver((2, 2));
    driver.publish(&[call("a", 60_000)]);
    driver.close(at("2024-01-15T10:12:00Z"));
    driver.run();
    for topic in [PT30M, "kpi.queue.p1d"] {
        assert!(driver.rows(topic).values().all(|row| row.result == RowResult::Final), "{topic}");
    }
}

#[test]
fn a_change_after_final_is_a_correction_and_counts_as_a_restatement() {
    let mut driver = driver((1, 1));
    driver.publish(&[call("a", 60_000)]);
    driver.watermark(at("2024-01-16T00:00:00Z"));
    driver.run();
    assert_eq!((row(&driver).result, row(&driver).restatements), (RowResult::Final, 0));
    let mut corrected = call("a", 90_000);
    corrected.version += 1;
    driver.publish(&[corrected]);
    driver.run();
    let last = row(&driver);
    assert_eq!((last.result, last.restatements, last.handle_ms_sum), (RowResult::Corrected, 1, 90_000));
    // A row that is first published after its close comes too late as well.
    let late = with(call("b", 60_000), |leg| leg.queue_id = Some("Q2".to_owned()));
    driver.publish(&[late]);
    driver.run();
    assert_eq!(driver.row(PT30M, "Q2", TEN).unwrap().result, RowResult::Corrected);
}

#[test]
fn a_held_range_keeps_rows_provisional_until_it_is_lifted() {
    let mut driver = driver((1, 1));
    driver.publish(&[call("a", 60_000)]);
    let held = TimeRange { from: at("2024-01-15T10:29:00Z"), to: at("2024-01-15T10:45:00Z") };
    driver.held(at("2024-01-16T00:00:00Z"), vec![held]);
    driver.run();
    let last = row(&driver);
    assert_eq!((last.result, last.held), (RowResult::Provisional, true));
    driver.restart().unwrap();
    driver.watermark(at("2024-01-16T00:00:00Z"));
    driver.run();
    let last = row(&driver);
    assert_eq!((last.result, last.held), (RowResult::Final, false));
}

#[test]
fn nothing_is_final_before_every_source_partition_has_passed_it() {
    let mut driver = driver((1, 1));
    let parts = ["details.voice", "details.chat", "details.not-chat+voice"];
    let say = |driver: &mut Driver, part: usize, at: InstantMs, read: &[Interaction]| {
        let source_partition = parts[part].to_owned();
        let watermark = Watermark { source_partition, plan_generation: 2, plan_size: 3, ..driver.watermark_at(at) };
        driver.publication(read, Some(watermark)).unwrap();
        driver.run();
    };
    let (day, next_day) = (at("2024-01-15T00:00:00Z"), at("2024-01-16T00:00:00Z"));
    (0..3).for_each(|part| say(&mut driver, part, day, &[]));
    say(&mut driver, 0, next_day, &[call("a", 60_000)]);
    say(&mut driver, 1, next_day, &[]);
    assert_eq!(row(&driver).result, RowResult::Provisional, "the third has not passed it");
    // What the last one brings is in the row before the row is final.
    say(&mut driver, 2, day + HOUR_MS, &[call("b", 30_000)]);
    assert_eq!((row(&driver).result, row(&driver).handle_ms_sum), (RowResult::Provisional, 90_000));
    driver.restart().unwrap();
    driver.run();
    assert_eq!(row(&driver).result, RowResult::Provisional);
    say(&mut driver, 2, next_day, &[]);
    assert_eq!((row(&driver).result, row(&driver).restatements), (RowResult::Final, 0));
}

#[test]
fn a_loss_that_is_found_after_the_close_is_said_on_the_row_until_it_is_made_good() {
    let mut driver = driver((2, 1));
    driver.publish(&[call("a", 60_000)]);
    let elsewhere = with(flat_row("b", "2024-01-15T11:10:00Z", "2024-01-15T11:20:00Z"), |leg| leg.talk_ms = Some(1));
    driver.publish(&[elsewhere]);
    let end = at("2024-01-16T06:00:00Z");
    driver.watermark(end);
    driver.run();
    assert_eq!((row(&driver).result, row(&driver).held, row(&driver).revision), (RowResult::Final, false, 0));
    let lost = TimeRange { from: at("2024-01-15T10:00:00Z"), to: at("2024-01-15T10:30:00Z") };
    driver.held(end, vec![lost]);
    driver.run();
    let held = row(&driver);
    assert_eq!((held.result, held.held, held.revision, held.restatements), (RowResult::Final, true, 1, 0));
    let other = driver.row(PT30M, "Q1", "2024-01-15T11:00:00Z").unwrap();
    assert_eq!((other.held, other.revision), (false, 0), "it does not touch the range");
    driver.restart().unwrap();
    driver.publish(&[with(call("c", 40_000), |_| {})]);
    driver.run();
    assert_eq!((row(&driver).result, row(&driver).held), (RowResult::Corrected, true));
    driver.watermark(end);
    driver.run();
    assert_eq!((row(&driver).result, row(&driver).held), (RowResult::Corrected, false));
}

#[test]
fn a_watermark_is_applied_only_after_the_input_offsets_that_it_names() {
    let mut driver = driver((1, 1));
    driver.run();
    driver.publish(&[call("a", 60_000), call("b", 60_000), call("c", 60_000)]);
    driver.watermark(at("2024-01-16T00:00:00Z"));
    let passed = |driver: &Driver| {
        let progress = read_progress(&driver.log, Room::Legs, 0).unwrap().unwrap();
        (progress.source_partitions[0].watermark, progress.watermarks_offset)
    };
    let begin = at("2024-01-15T00:00:00Z");
    driver.task(Room::Legs, 0).step(2).unwrap();
    let (watermark, position) = passed(&driver);
    assert_eq!(watermark, begin, "the third record is not read yet");
    driver.restart().unwrap();
    driver.task(Room::Legs, 0).step(2).unwrap();
    assert_eq!(passed(&driver).0, at("2024-01-16T00:00:00Z"));
    assert!(position < passed(&driver).1, "what is applied is behind the position in watermarks");
}

#[test]
fn the_position_in_watermarks_is_behind_all_that_was_applied() {
    let mut driver = driver((1, 1));
    driver.run();
    driver.publish(&[call("a", 60_000), call("b", 60_000)]);
    driver.watermark(at("2024-01-15T12:00:00Z"));
    driver.close(at("2024-01-16T00:00:00Z"));
    driver.task(Room::Legs, 0).step(1).unwrap();
    driver.task(Room::Legs, 0).step(1).unwrap();
    let progress = read_progress(&driver.log, Room::Legs, 0).unwrap().unwrap();
    assert!(progress.source_partitions[0].closed);
    assert!(driver.log.read(topic::WATERMARKS, 0, progress.watermarks_offset, 1).is_empty());
}

fn email(id: &str) -> Interaction {
    let mut row = with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), |leg| {
        (leg.media_type, leg.agent_ms) = (MediaType::Email, Some(480_000));
    });
    row.version = row.start + HOUR_MS;
    row
}

#[test]
fn settling_legs_settle_by_the_watermark_alone() {
    let mut driver = driver((2, 1));
    driver.publish(&[email("a")]);
    let settled_after = at("2024-01-15T10:20:00Z") + driver.setup.rules.config.settling_ms;
    driver.watermark(settled_after);
    driver.run();
    let row = |driver: &Driver| driver.media_row(PT30M, "Q1", MediaType::Email, TEN).unwrap();
    let last = row(&driver);
    assert_eq!((last.handled, last.excluded_settling, last.offered), (0, 1, 1));
    assert_eq!(driver.leg("a").drop_reason, Some(DropReason::Settling));
    driver.restart().unwrap();
    driver.watermark(settled_after + 1);
    driver.run();
    let last = row(&driver);
    assert_eq!((last.handled, last.excluded_settling, last.handle_ms_sum), (1, 0, 480_000));
    assert!(driver.leg("a").kept);
}

#[test]
fn settling_legs_settle_also_when_the_watermark_leaps_over_the_horizon() {
    let mut driver = driver((1, 1));
    driver.publish(&[email("a")]);
    driver.run();
    driver.watermark(at(TEN) + 30 * DAY_MS);
    driver.run();
    let last = driver.media_row(PT30M, "Q1", MediaType::Email, TEN).unwrap();
    assert_eq!((last.handled, last.excluded_settling), (1, 0));
    assert_eq!(driver.interactions_held(), 0);
}

#[test]
fn held_ranges_are_seen_on_rows_that_stood_before_any_legs_task_spoke() {
    let mut driver = driver((2, 1));
    driver.publish(&[call("a", 60_000), call("b", 60_000), call("c", 60_000), call("d", 60_000)]);
    let held = TimeRange { from: at(TEN), to: at("2024-01-15T10:30:00Z") };
    driver.held(at("2024-01-15T11:00:00Z"), vec![held]);
    driver.task(Room::Legs, 0).step(ALL).unwrap();
    driver.task(Room::Intervals, 0).step(ALL).unwrap();
    assert!(!row(&driver).held, "nothing is known of the other legs task");
    driver.log.delete_before(topic::INTERACTIONS, 1, driver.log.end_offset(topic::INTERACTIONS, 1));
    let (room, partition) = (Room::Legs, 1);
    assert!(matches!(driver.task(room, partition).step(ALL), Ok(true)));
    driver.task(Room::Intervals, 0).step(ALL).unwrap();
    assert!(row(&driver).held);
}

#[test]
fn nothing_is_published_again_when_nothing_changed() {
    let mut driver = driver((1, 1));
    driver.publish(&[call("a", 60_000)]);
    driver.watermark(at("2024-01-16T12:00:00Z"));
    driver.run();
    let published = driver.records(PT30M).len();
    driver.restart().unwrap();
    driver.watermark(at("2024-01-16T12:00:00Z"));
    driver.run();
    assert_eq!(driver.records(PT30M).len(), published);
    let progress = driver.all::<ProgressKey, Progress>(topic::PROGRESS);
    assert!(progress.len() > 2);
}
