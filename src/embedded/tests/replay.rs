//! Rows rebuilt under other rules: aside, by their interactions, and by replacement. Edge: over the in-process log.

use std::collections::{BTreeMap, BTreeSet};

use crate::avro::Codec;
use crate::config::typed::RulesConfig;
use crate::domain::attribution::Basis;
use crate::domain::interaction::Interaction;
use crate::domain::progress::{Progress, ProgressKey, Room};
use crate::domain::row::RowResult;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, TimeRange, format_instant, parse_instant};
use crate::embedded::driver::Driver;
use crate::embedded::runner::all_tasks;
use crate::embedded::task::read_progress;
use crate::replay::aside::{Aside, Held, Rebuilt, RowId, RowRecord, row_id, slowest};
use crate::replay::difference::{Difference, decode, of_rows};
use crate::replay::replacement::replacements;
use crate::replay::rules::with_rules;
use crate::timeline::tests::{default_rules_config, flat_row, rules_of, with};
use crate::topology::intervals::IntervalsTask;
use crate::topology::record::{InputRecord, Produce, topic};

const START: &str = "2024-01-10T00:00:00Z";
const DAYS: i64 = 6;
const CALLS: i64 = DAYS * 23;

fn at(text: &str) -> InstantMs {
    parse_instant(text).unwrap()
}

/// A horizon of two days, within a history of six.
fn rules() -> RulesConfig {
    let attribution = vec![Basis::Completion, Basis::Apportioned];
    RulesConfig {
        attribution,
        horizon_ms: 2 * DAY_MS,
        settling_ms: HOUR_MS,
        leg_length_ms_max: DAY_MS,
        ..default_rules_config()
    }
}

fn others() -> RulesConfig {
    RulesConfig { talk_min_ms: 40_000, sla_threshold_ms: 7_000, excluded_wrapup_codes: Vec::new(), ..rules() }
}

/// A call every 61 minutes, with talk from 1 to 97 seconds, at three queues and for two agents.
fn call(number: i64) -> Interaction {
    let start = at(START) + number * 61 * 60_000;
    let row = flat_row(&format!("call-{number}"), &format_instant(start), &format_instant(start + 20 * 60_000));
    let mut row = with(row, |leg| {
        leg.talk_ms = Some(1_000 + (number * 31_013) % 96_000);
        leg.wait_ms = Some((number * 7_001) % 30_000);
        leg.wrap_ms = Some((number * 5_003) % 20_000);
        leg.queue_id = Some(format!("Q{}", number % 3));
        leg.user_id = Some(format!("A{}", number % 2));
        leg.wrapup_code_name = (number % 5 == 0).then(|| "Test Call".to_owned());
    });
    row.version = start + HOUR_MS;
    row
}

fn history() -> Vec<Interaction> {
    let calls = (0..CALLS).map(call);
    // Some are corrected later.
    let corrected = (0..CALLS).filter(|number| number % 11 == 0).map(|number| {
        let mut again = with(call(number), |leg| leg.talk_ms = leg.talk_ms.map(|talk_ms| talk_ms + 5_000));
        again.version += HOUR_MS;
        again
    });
    calls.chain(corrected).collect()
}

fn end() -> InstantMs {
    at(START) + DAYS * DAY_MS
}

/// Everything of the history read, one day after another, by the rules.
fn processed(rules: RulesConfig) -> Driver {
    let mut driver = Driver::new(rules, (2, 3), START);
    let history = history();
    for day in 0..DAYS {
        let from = at(START) + day * DAY_MS;
        let of_day = |row: &&Interaction| (from..from + DAY_MS).contains(&row.start);
        driver.publish(&history.iter().filter(of_day).cloned().collect::<Vec<_>>());
        driver.watermark(from + DAY_MS);
        driver.run();
    }
    driver.close(end());
    driver.run();
    driver
}

fn legs_progress(driver: &Driver) -> Vec<Progress> {
    (0..2).map(|partition| read_progress(&driver.log, Room::Legs, partition).unwrap().unwrap()).collect()
}

fn each(driver: &Driver, name: &str, take: &mut dyn FnMut(i32, InputRecord<'_>)) {
    for (partition, record) in driver.records(name) {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        take(partition, InputRecord { offset: record.offset, key, value });
    }
}

fn published(driver: &Driver) -> BTreeMap<RowId, RowRecord> {
    let mut rows = BTreeMap::new();
    for name in IntervalsTask::state_topics(&driver.setup) {
        each(driver, &name, &mut |_, record| {
            let (key, value) = (record.key.unwrap().to_vec(), record.value.unwrap().to_vec());
            rows.insert(row_id(&name, &key).unwrap(), RowRecord { key, value });
        });
    }
    rows
}

fn value(id: &RowId, record: &RowRecord) -> serde_json::Value {
    decode(&id.0, record).unwrap().value
}

/// The rows of all interactions, but those of `standing` as their legs stand, by the rules of the driver's setup.
fn aside(driver: &Driver, standing: &BTreeSet<String>) -> Rebuilt {
    let tasks = legs_progress(driver);
    let mut progress = with_rules(tasks[0].clone(), &driver.setup, None, None).unwrap();
    progress.source_partitions = slowest(&tasks);
    let mut aside = Aside::new(&driver.setup, &progress, standing.clone()).unwrap();
    each(driver, topic::LEGS, &mut |_, record| aside.leg(record).unwrap());
    each(driver, topic::INTERACTIONS, &mut |_, record| aside.reading(record).unwrap());
    aside.finish().unwrap()
}

fn differences(driver: &Driver) -> Vec<Vec<Difference>> {
    let rebuilt = aside(driver, &BTreeSet::new()).rows.into_iter().map(|(id, row)| (id, row.record)).collect();
    of_rows(&published(driver), &rebuilt).unwrap().into_values().flatten().collect()
}

/// What the command does, over the in-process log: the rules of the setup into every progress, what is held sent again,
/// the rest replaced. Returns how many were sent again, and how many rows replaced.
fn replay(driver: &mut Driver) -> (usize, usize) {
    let mut held = BTreeSet::new();
    for (partition, progress) in (0..).zip(legs_progress(driver)) {
        let progress = with_rules(progress, &driver.setup, None, None).unwrap();
        let mut task = Held::new(&driver.setup, partition, progress).unwrap();
        each(driver, topic::LEGS, &mut |of, record| {
            if of == partition {
                task.leg(record).unwrap();
            }
        });
        held.extend(task.finish().unwrap());
    }
    let rebuilt = aside(driver, &held);
    let commands = replacements(&published(driver), &rebuilt.rows, 3).unwrap();
    let replaced = commands.len();
    driver.log.append(commands, 0).unwrap();
    for (room, partition) in all_tasks(&driver.setup) {
        let progress = read_progress(&driver.log, room, partition).unwrap().unwrap();
        let progress = with_rules(progress, &driver.setup, None, None).unwrap();
        let key = ProgressKey { room: room.word().to_owned(), partition };
        let record = Produce {
            topic: topic::PROGRESS.to_owned(),
            partition: Some(partition),
            key: Some(Codec::default().framed(&key).unwrap()),
            value: Some(Codec::default().framed(&progress).unwrap()),
            ..Produce::default()
        };
        driver.log.append(vec![record], 0).unwrap();
    }
    let mut newest: BTreeMap<String, (i32, InstantMs, Produce)> = BTreeMap::new();
    for (partition, record) in driver.records(topic::INTERACTIONS) {
        let id = String::from_utf8(record.key.clone().unwrap()).unwrap();
        let read: Interaction = Codec::default().read_framed(record.value.as_deref().unwrap()).unwrap();
        let produce = Produce {
            topic: topic::INTERACTIONS.to_owned(),
            partition: Some(partition),
            key: record.key,
            value: record.value,
            ..Produce::default()
        };
        if held.contains(&id) && newest.get(&id).is_none_or(|(_, version, _)| *version < read.version) {
            newest.insert(id, (partition, read.version, produce));
        }
    }
    let sent = newest.into_values().map(|(_, _, produce)| produce).collect::<Vec<_>>();
    let count = sent.len();
    driver.log.append(sent, 0).unwrap();
    driver.restart().unwrap();
    driver.run();
    (count, replaced)
}

#[test]
fn rebuilding_aside_by_the_same_rules_finds_what_is_published() {
    let driver = processed(rules());
    assert_eq!(differences(&driver), Vec::<Vec<Difference>>::new());
    assert!(published(&driver).len() > 500);
}

#[test]
fn rebuilding_aside_by_other_rules_finds_the_fields_that_they_change_and_publishes_nothing() {
    let mut driver = processed(rules());
    let before = driver.log.transactions();
    driver.setup.rules = rules_of(others());
    let found = differences(&driver);
    let fields: BTreeSet<&str> = found.iter().flatten().map(|difference| difference.field.as_str()).collect();
    assert!(
        fields.contains("handled") && fields.contains("sla_threshold_ms") && !fields.contains("offered"),
        "{fields:?}"
    );
    assert_eq!(driver.log.transactions(), before);
}

#[test]
fn a_replay_makes_the_rows_those_of_the_new_rules_on_both_sides_of_the_horizon() {
    let mut driver = processed(rules());
    let revisions: BTreeMap<RowId, i64> =
        published(&driver).iter().map(|(id, row)| (id.clone(), value(id, row)["revision"].as_i64().unwrap())).collect();
    driver.setup.rules = rules_of(others());
    let (sent, replaced) = replay(&mut driver);
    assert!(30 < sent && sent < 60 && 500 < replaced, "{sent} sent, {replaced} replaced");
    let truth = processed(others());
    let different = of_rows(&published(&driver), &published(&truth)).unwrap();
    assert_eq!(different.values().flatten().next(), None);
    assert_eq!(differences(&driver), Vec::<Vec<Difference>>::new());
    for (id, record) in published(&driver) {
        let row = value(&id, &record);
        let before = revisions.get(&id).copied().unwrap_or(-1);
        let now = row["revision"].as_i64().unwrap();
        assert!(before <= now && now <= before + 2, "{id:?}: {before} {now}");
        assert!(before == now || row["result"] == "CORRECTED", "{row:?}");
        assert!(before == now || row["restatements"].as_i64() >= Some(1), "{row:?}");
    }
    // Corrections go on as if nothing had been.
    let mut late = with(call(CALLS - 1), |leg| leg.talk_ms = Some(50_000));
    late.version += DAY_MS;
    for driver in [&mut driver, &mut processed(others())] {
        driver.publish(std::slice::from_ref(&late));
        driver.run();
        assert_eq!(differences(driver), Vec::<Vec<Difference>>::new());
    }
}

#[test]
fn a_replay_that_is_repeated_publishes_nothing() {
    let mut driver = processed(rules());
    driver.setup.rules = rules_of(others());
    replay(&mut driver);
    let rows = published(&driver);
    assert_eq!(replay(&mut driver), (0, 0));
    assert_eq!(published(&driver), rows);
}

#[test]
fn a_replacement_lifts_a_hold_and_one_that_comes_twice_is_published_once() {
    let mut driver = Driver::new(rules(), (1, 1), START);
    driver.publish(&[call(1)]);
    let held = TimeRange { from: at(START), to: at(START) + 2 * HOUR_MS };
    driver.held(at(START) + 3 * DAY_MS, vec![held]);
    driver.run();
    let row = |driver: &Driver| driver.row("kpi.queue.pt30m", "Q1", "2024-01-10T01:00:00Z").unwrap();
    assert_eq!((row(&driver).held, row(&driver).result, row(&driver).revision), (true, RowResult::Provisional, 0));
    let rebuilt = {
        let progress = read_progress(&driver.log, Room::Legs, 0).unwrap().unwrap();
        let mut aside = Aside::new(&driver.setup, &progress, BTreeSet::new()).unwrap();
        each(&driver, topic::INTERACTIONS, &mut |_, record| aside.reading(record).unwrap());
        aside.finish().unwrap()
    };
    let commands = replacements(&published(&driver), &rebuilt.rows, 1).unwrap();
    assert!(!commands.is_empty());
    for _ in 0..2 {
        driver.log.append(commands.clone(), 0).unwrap();
        driver.run();
        assert_eq!((row(&driver).held, row(&driver).result, row(&driver).revision), (false, RowResult::Final, 1));
    }
    driver.restart().unwrap();
    driver.held(at(START) + 4 * DAY_MS, vec![held]);
    driver.run();
    assert_eq!((row(&driver).held, row(&driver).revision), (false, 1));
}
