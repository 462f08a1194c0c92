//! Properties of the whole topology under any history. Edge: over the in-process log.

use std::collections::BTreeMap;

use chrono::{Offset, TimeZone};
use proptest::prelude::*;

use super::audit::Audit;
use super::history::{BEGIN, CLOSE, EXTRACT_START, Event, History, histories};
use super::oracle::{Cell, Oracle};
use crate::domain::attribution::Basis;
use crate::domain::interaction::Interaction;
use crate::domain::progress::Room;
use crate::domain::row::{QueueInterval, QueueIntervalKey, RowResult};
use crate::embedded::driver::Driver;
use crate::topology::record::topic;
use crate::window::row_key::RowTopic;

/// Events of a history at most.
const EVENTS_MAX: usize = 45;

/// A history that is being played.
struct Play {
    driver: Driver,
    oracle: Oracle,
    audit: Audit,
    published: Vec<Interaction>,
    watermark: i64,
}

impl Play {
    fn new(history: &History) -> Play {
        let at = chrono::DateTime::from_timestamp_millis(BEGIN).unwrap().naive_utc();
        let offset_s = history.zone.from_utc_datetime(&at).offset().fix().local_minus_utc();
        Play {
            driver: Driver::new(history.rules(), history.partitions, EXTRACT_START),
            oracle: Oracle::new(BEGIN, i64::from(offset_s)),
            audit: Audit::default(),
            published: Vec::new(),
            watermark: BEGIN,
        }
    }

    /// Plays all of it; `chaos`: also what befalls the tasks.
    fn all(history: &History, chaos: bool) -> Play {
        let mut play = Play::new(history);
        for event in &history.events {
            if chaos || matches!(event, Event::Page(_) | Event::Again(_) | Event::Watermark(_)) {
                play.event(event);
            }
        }
        play.driver.close(CLOSE);
        play.oracle.watermark = CLOSE;
        play.driver.run();
        play.audit.look(&play.driver, CLOSE);
        play
    }

    fn event(&mut self, event: &Event) {
        let tasks = self.driver.tasks.len();
        match event {
            Event::Page(readings) => self.page(readings),
            Event::Again(which) if !self.published.is_empty() => {
                self.page(&[self.published[which.index(self.published.len())].clone()]);
            }
            Event::Again(_) => {}
            Event::Watermark(by_ms) => {
                self.watermark += by_ms;
                self.driver.watermark(self.watermark);
                self.oracle.watermark = self.watermark;
            }
            Event::Step(task, records_max) => {
                self.driver.tasks[task.index(tasks)].step(*records_max).unwrap();
            }
            Event::Abort(task, records_max) => {
                let transactions = self.driver.log.transactions();
                self.driver.tasks[task.index(tasks)].step_aborted(*records_max).unwrap();
                assert_eq!(self.driver.log.transactions(), transactions);
            }
            Event::Restart(task) => self.driver.restart_one(task.index(tasks)),
            Event::Forget => self.forget(),
        }
    }

    fn page(&mut self, readings: &[Interaction]) {
        self.driver.publish(readings);
        readings.iter().for_each(|reading| self.oracle.read(reading));
        self.published.extend_from_slice(readings);
    }

    /// Retention and compaction take all that the tasks' progress does not need, and all tasks begin anew.
    fn forget(&mut self) {
        self.audit.look(&self.driver, CLOSE);
        let log = &self.driver.log;
        let mut watermarks = i64::MAX;
        for task in &self.driver.tasks {
            let (room, partition) = task.place();
            let progress = task.task().progress();
            let input = crate::topology::task::Task::input_topic(room);
            log.delete_before(input, partition, progress.input_offset);
            if room == Room::Legs {
                log.delete_before(topic::LEGS, partition, progress.legs_floor_offset);
                watermarks = watermarks.min(progress.watermarks_offset);
            }
        }
        log.delete_before(topic::WATERMARKS, 0, watermarks);
        for topic in
            log.topics().iter().filter(|name| name.starts_with("kpi.") || *name == "legs" || *name == "progress")
        {
            (0..log.partitions(topic)).for_each(|partition| log.compact(topic, partition));
        }
        self.driver.restart().unwrap();
    }
}

fn all_zero(row: &QueueInterval) -> bool {
    let figures = serde_json::to_value(row).unwrap();
    let said = ["_sum", "handled", "offered", "transfers_out", "excluded_"];
    let of = |(field, _): &(&String, &serde_json::Value)| said.iter().any(|part| field.contains(part));
    figures.as_object().unwrap().iter().filter(of).all(|(_, value)| value.as_i64().unwrap_or(0) == 0)
}

/// The fields that differ: what was published, what it should be.
fn differences(found: &QueueInterval, expected: &QueueInterval) -> Vec<String> {
    let fields = |row: &QueueInterval| serde_json::to_value(row).unwrap().as_object().unwrap().clone();
    let expected = fields(expected);
    let differ = fields(found).into_iter().filter(|(field, value)| expected[field] != *value);
    differ.map(|(field, value)| format!("{field}: {value}, not {}", expected[&field])).collect()
}

fn check_rows(play: &Play) {
    let expected = play.oracle.rows();
    let mut found: BTreeMap<_, &QueueInterval> = BTreeMap::new();
    for ((topic, key), row) in play.audit.rows() {
        let grain = RowTopic::from_name(topic, Basis::Start).unwrap().grain;
        let place = (grain, key.attribution, key.interval_start, key.queue_id.clone(), key.media_type);
        let cell = expected.get(&place).cloned().unwrap_or_else(Cell::default);
        assert_eq!(differences(row, &play.oracle.row(key, &cell, row)), Vec::<String>::new(), "{topic} {key:?}");
        assert!(expected.contains_key(&place) || all_zero(row), "{topic} {key:?}");
        assert!([RowResult::Final, RowResult::Corrected].contains(&row.result), "the source is closed");
        found.insert(place, row);
    }
    for place in expected.keys() {
        assert!(found.contains_key(place), "a leg lies there but no row does: {place:?}");
    }
}

/// Rows without what may differ between two runs over the same input.
fn comparable(play: &Play) -> BTreeMap<(String, QueueIntervalKey), QueueInterval> {
    let plain = |row: &QueueInterval| QueueInterval {
        revision: 0,
        restatements: 0,
        result: RowResult::Final,
        source_watermark: None,
        computed_at: 0,
        ..row.clone()
    };
    play.audit.rows().iter().map(|(key, row)| (key.clone(), plain(row))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    // Whatever is published in whatever order, and whatever befalls the tasks meanwhile: the rows are those that a plain
    // recomputation from the readings gives, and every committed record on the way keeps the rules of the audit.
    #[test]
    fn rows_are_those_of_a_plain_recomputation(history in histories(EVENTS_MAX)) {
        let play = Play::all(&history, true);
        check_rows(&play);
        let mut letters: Vec<(String, String)> =
            play.oracle.dead_letters.iter().map(|(reason, id)| ((*reason).to_owned(), id.clone())).collect();
        let mut found = play.driver.dead_letters();
        letters.sort();
        found.sort();
        prop_assert_eq!(found, letters);
        prop_assert_eq!(play.driver.interactions_held(), 0, "all has expired at the closing watermark");
    }

    // How readings fall into transactions, aborts and restarts change no field of any row, names and targets included.
    #[test]
    fn rows_do_not_depend_on_transactions_aborts_and_restarts(history in histories(EVENTS_MAX)) {
        prop_assert_eq!(comparable(&Play::all(&history, true)), comparable(&Play::all(&history, false)));
    }

    // From `legs` and `progress` alone every retraction comes out right: everything else goes before the corrections come.
    #[test]
    fn from_legs_and_progress_alone_retractions_come_out_right(
        before in histories(EVENTS_MAX / 2),
        after in histories(EVENTS_MAX / 2),
    ) {
        let mut play = Play::new(&before);
        before.events.iter().for_each(|event| play.event(event));
        play.driver.run();
        play.forget();
        for topic in [topic::INTERACTIONS, topic::CONTRIBUTIONS] {
            let partitions = 0..play.driver.log.partitions(topic);
            prop_assert!(partitions.clone().all(|partition| play.driver.log.read(topic, partition, 0, 1).is_empty()));
        }
        after.events.iter().for_each(|event| play.event(event));
        play.driver.close(CLOSE);
        play.oracle.watermark = CLOSE;
        play.driver.run();
        play.audit.look(&play.driver, CLOSE);
        check_rows(&play);
    }

    // What is held in memory is what lies within the horizon, and what one hour's eviction has not reached yet.
    #[test]
    fn what_is_held_is_what_lies_within_the_horizon(history in histories(EVENTS_MAX)) {
        let mut play = Play::new(&history);
        for event in &history.events {
            play.event(event);
        }
        play.driver.run();
        play.driver.restart().unwrap();
        prop_assert_eq!(play.driver.interactions_held(), play.oracle.held());
    }
}
