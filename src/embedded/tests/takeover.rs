//! What a task checks and restores when it takes a partition over. Edge: over the in-process log.

use crate::config::typed::RulesConfig;
use crate::domain::contribution::{Contribution, ContributionKey};
use crate::domain::interaction::Interaction;
use crate::domain::progress::Room;
use crate::domain::time::{HOUR_MS, parse_instant};
use crate::embedded::EmbeddedError;
use crate::embedded::driver::{ALL, Driver};
use crate::timeline::tests::{default_rules_config, flat_row, rules_of, with};
use crate::topology::TopologyError;
use crate::topology::record::{Produce, topic};

const PT30M: &str = "kpi.queue.pt30m";
const TEN: &str = "2024-01-15T10:00:00Z";

fn call(id: &str, talk_ms: i64) -> Interaction {
    let mut row = with(flat_row(id, "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), |leg| {
        (leg.wait_ms, leg.talk_ms, leg.wrap_ms) = (Some(5_000), Some(talk_ms), Some(7_000));
    });
    row.version += talk_ms;
    row
}

fn calls(talk_ms: i64) -> Vec<Interaction> {
    (0..12).map(|number| call(&format!("call-{number}"), talk_ms + number * 1_000)).collect()
}

fn driven() -> Driver {
    let mut driver = Driver::new(super::all_bases(), (2, 3), "2024-01-15T00:00:00Z");
    driver.publish(&calls(60_000));
    driver.run();
    driver
}

fn refusal(driver: &mut Driver) -> TopologyError {
    match driver.restart() {
        Err(EmbeddedError::Topology { source, .. }) => source,
        other => panic!("expected a refusal, not {other:?}"),
    }
}

#[test]
fn from_legs_and_progress_alone_every_retraction_comes_out_right() {
    let mut driver = driven();
    for topic in [topic::INTERACTIONS, topic::CONTRIBUTIONS, topic::WATERMARKS] {
        for partition in 0..driver.log.partitions(topic) {
            driver.log.delete_before(topic, partition, driver.log.end_offset(topic, partition));
        }
    }
    driver.restart().unwrap();
    // Every one moves to another queue, and back to half of the handle time.
    let moved = |row: Interaction| with(row, |leg| leg.queue_id = Some("Q2".to_owned()));
    driver.publish(&calls(90_000).into_iter().map(moved).collect::<Vec<_>>());
    driver.run();
    for topic in super::PT30M_OF_BASES {
        let left = driver.row(topic, "Q1", TEN).unwrap();
        assert_eq!((left.offered, left.handled, left.handle_ms_sum, left.wait_ms_max), (0, 0, 0, 0), "{topic}");
        let row = driver.row(topic, "Q2", TEN).unwrap();
        assert_eq!((row.handled, row.handle_ms_sum), (12, 12 * 97_000 + 66_000), "{topic}");
    }
}

#[test]
fn an_aborted_transaction_leaves_nothing_and_its_repetition_gives_the_same() {
    let outcome = |aborts: bool| {
        let mut driver = Driver::new(super::all_bases(), (2, 2), "2024-01-15T00:00:00Z");
        driver.publish(&calls(60_000));
        driver.watermark(parse_instant("2024-01-15T12:00:00Z").unwrap());
        driver.publish(&calls(61_000));
        driver.close(parse_instant("2024-01-16T00:00:00Z").unwrap());
        for _ in 0..20 {
            let log = driver.log.clone();
            for task in &mut driver.tasks {
                if aborts {
                    let before = log.transactions();
                    task.step_aborted(5).unwrap();
                    task.step_aborted(3).unwrap();
                    assert_eq!(log.transactions(), before);
                }
                task.step(3).unwrap();
            }
        }
        let topics = ["legs", "contributions", "kpi.queue.pt30m.completion"].map(|topic| {
            let plain =
                |(partition, record): (i32, crate::embedded::log::LogRecord)| (partition, record.offset, record.key);
            driver.records(topic).into_iter().map(plain).collect::<Vec<_>>()
        });
        let mut rows = driver.rows(PT30M);
        rows.values_mut().for_each(|row| row.computed_at = 0);
        (topics, rows)
    };
    assert_eq!(outcome(false), outcome(true));
}

#[test]
fn a_watermark_is_passed_on_at_taking_over_also_when_the_first_transaction_is_aborted() {
    let mut driver = driven();
    driver.restart().unwrap();
    let passed = |driver: &Driver| {
        let all = driver.all::<ContributionKey, Contribution>(topic::CONTRIBUTIONS);
        all.into_iter().filter(|(_, contribution)| contribution.as_ref().unwrap().watermark.is_some()).count()
    };
    let before = passed(&driver);
    driver.task(Room::Legs, 0).step_aborted(ALL).unwrap();
    driver.task(Room::Legs, 0).step(ALL).unwrap();
    assert_eq!(passed(&driver), before + 3, "to each intervals task");
    assert!(!driver.task(Room::Legs, 0).step(ALL).unwrap(), "once");
}

#[test]
fn revisions_go_on_through_restarts() {
    let mut driver = driven();
    let before = driver.row(PT30M, "Q1", TEN).unwrap().revision;
    driver.restart().unwrap();
    driver.publish(&[call("one more", 60_000)]);
    driver.run();
    assert_eq!(driver.row(PT30M, "Q1", TEN).unwrap().revision, before + 1);
}

#[test]
fn changed_rules_refuse_and_name_the_settings() {
    let mut driver = driven();
    let rules = RulesConfig { talk_min_ms: 1, grace_ms: HOUR_MS, ..super::all_bases() };
    driver.setup.rules = rules_of(rules);
    let refusal = refusal(&mut driver);
    assert!(matches!(&refusal, TopologyError::RulesChanged { keys } if keys == "kpi.grace.ms, kpi.talk.min.ms"));
    driver.setup.rules = rules_of(super::all_bases());
    driver.restart().unwrap();
}

#[test]
fn other_partition_counts_refuse_and_name_the_topic() {
    let mut driver = driven();
    driver.setup.interactions_partitions = 1;
    let refused = refusal(&mut driver);
    assert!(matches!(refused, TopologyError::PartitionCount { topic: "interactions", found: 1, expected: 2 }));
    driver.setup.interactions_partitions = 2;
    driver.setup.contributions_partitions = 4;
    let refused = refusal(&mut driver);
    assert!(matches!(refused, TopologyError::PartitionCount { topic: "contributions", found: 4, expected: 3 }));
}

#[test]
fn output_without_progress_refuses() {
    for (output, room) in [(topic::LEGS, Room::Legs), (PT30M, Room::Intervals)] {
        let mut driver = Driver::new(default_rules_config(), (1, 1), "2024-01-15T00:00:00Z");
        let stray = Produce {
            topic: output.to_owned(),
            partition: Some(0),
            key: Some(vec![1]),
            value: Some(vec![1]),
            ..Produce::default()
        };
        driver.log.append(vec![stray], 0).unwrap();
        let refused = refusal(&mut driver);
        assert!(
            matches!(&refused, TopologyError::OutputWithoutProgress { topic, partition: 0 } if topic == output),
            "{room:?}: {refused}"
        );
    }
}

#[test]
fn input_that_was_deleted_before_it_was_read_refuses_and_names_the_range() {
    let mut driver = Driver::new(default_rules_config(), (1, 1), "2024-01-15T00:00:00Z");
    driver.run();
    driver.publish(&calls(60_000));
    driver.log.delete_before(topic::INTERACTIONS, 0, 4);
    let refused = refusal(&mut driver);
    assert!(matches!(&refused, TopologyError::Gap { topic, log_start: 4, needed: 0, .. } if topic == "interactions"));
}

#[test]
fn a_task_that_is_taken_over_can_commit_nothing_more() {
    let mut driver = driven();
    let mut old = driver.tasks.remove(0);
    let _new = crate::embedded::EmbeddedTask::take_over(&driver.log, Room::Legs, 0, driver.setup.clone()).unwrap();
    driver.publish(&calls(70_000));
    let transactions = driver.log.transactions();
    assert!(matches!(old.step(ALL), Err(EmbeddedError::Fenced { room: "legs", partition: 0 })));
    assert_eq!(driver.log.transactions(), transactions);
}

#[test]
fn no_interaction_is_read_before_a_watermark_says_where_the_rows_begin() {
    let mut driver = Driver::new(default_rules_config(), (1, 1), "2024-01-14T12:00:00Z");
    let early =
        with(flat_row("early", "2024-01-14T13:00:00Z", "2024-01-14T13:10:00Z"), |leg| leg.talk_ms = Some(60_000));
    driver.publish(&[early, call("in range", 60_000)]);
    driver.run();
    // Rows begin at the first local midnight that is read whole; what lies before makes a leg row alone.
    assert_eq!((driver.legs().len(), driver.rows(PT30M).len()), (2, 1));
}

#[test]
fn commit_markers_at_the_end_of_the_input_are_passed_over_once() {
    let mut driver = driven();
    for task in &driver.tasks {
        let (room, partition) = task.place();
        let input = crate::topology::task::Task::input_topic(room);
        assert_eq!(task.task().progress().input_offset, driver.log.end_offset(input, partition));
        assert_eq!(task.lag(), 0);
    }
    let transactions = driver.log.transactions();
    driver.run();
    assert_eq!(driver.log.transactions(), transactions, "an idle task commits nothing");
}
