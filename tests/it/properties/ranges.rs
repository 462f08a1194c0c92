//! Edge: a history that two pipelines share out, and one whose range moves out while it is played.

use std::collections::BTreeMap;

use handletime::avro::Codec;
use handletime::avro::schema::AvroRecord;
use handletime::config::canonical::{canonical_text, rules_version};
use handletime::config::typed::RulesConfig;
use handletime::domain::contact::{Contact, ContactKey};
use handletime::domain::interval::midnight_from;
use handletime::domain::time::{DAY_MS, InstantMs};
use handletime::domain::transfer::{Transfer, TransferKey};
use handletime::embedded::by_hand::ALL;
use handletime::timeline::rules::Rules;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde::Serialize;
use serde_json::Value;

use super::conversations::conversation;
use super::flat_rows::reading;
use super::history::{History, histories};
use super::play::Play;

/// Every record of every topic by topic and key, without what may differ between two runs over the same input.
type Standing = BTreeMap<(String, String), Value>;

fn standing(play: &Play) -> Standing {
    let mut all: Standing = BTreeMap::new();
    for (key, mut row) in play.audit.comparable() {
        // It tells the ranges apart.
        row.remove("rules_version");
        all.insert(key, Value::Object(row));
    }
    beside::<ContactKey, Contact>(play, "contacts", &mut all);
    beside::<TransferKey, Transfer>(play, "transfers", &mut all);
    all
}

fn beside<K: AvroRecord + Ord, V: AvroRecord + Serialize>(play: &Play, topic: &str, all: &mut Standing) {
    for (key, value) in play.all.rows::<K, V>(topic).unwrap() {
        let mut body = Vec::new();
        Codec::default().write_body(&key, &mut body).unwrap();
        all.insert((topic.to_owned(), format!("{body:?}")), serde_json::to_value(value).unwrap());
    }
}

fn ranged(history: &History, start: Option<InstantMs>, end: Option<InstantMs>) -> History {
    let config = RulesConfig { range_start: start, range_end: end, ..history.config.clone() };
    History { config, ..history.clone() }
}

/// A local midnight among the history's days.
fn boundary(history: &History, days: i64) -> InstantMs {
    midnight_from(history.begin + days * DAY_MS, history.config.zone)
}

fn cases(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::Direct("proptest-regressions/it/ranges.txt");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(60))]

    // Two pipelines that are given the same readings write together what one writes alone, and no record both.
    #[test]
    fn rows_of_two_ranges_are_those_of_the_undivided_run(
        history in prop_oneof![histories(reading(), 30), histories(conversation(), 30)],
        days in 1..4_i64,
    ) {
        let at = boundary(&history, days);
        let mut both = standing(&Play::all(&ranged(&history, None, Some(at)), true));
        for (key, record) in standing(&Play::all(&ranged(&history, Some(at), None), true)) {
            prop_assert!(both.insert(key.clone(), record).is_none(), "{key:?} has two writers");
        }
        prop_assert_eq!(both, standing(&Play::all(&history, false)));
    }

    // An end that moves out, at whatever moment, leaves the rows that a range without it has; or it is refused, because
    // what touches the rows that join can have been let go of.
    #[test]
    fn rows_of_a_range_that_moves_out_are_those_of_one_that_never_ended(
        mut history in prop_oneof![histories(reading(), 30), histories(conversation(), 30)],
        days in 1..4_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        // Leg rows do not hold all of a transfer.
        history.config.transfers_topic = false;
        let at = boundary(&history, days);
        let mut play = Play::new(&ranged(&history, None, Some(at)));
        let (before, after) = history.events.split_at(cut.index(history.events.len()));
        before.iter().for_each(|event| play.event(event));
        play.all.run(ALL).unwrap();
        let text = canonical_text(&history.config);
        let version = rules_version(&text);
        play.all.setup.rules = Rules::new(history.config.clone(), text, version);
        let moved = play.all.restart();
        let too_late = at + history.config.horizon_ms <= play.book.watermark;
        prop_assert_eq!(moved.is_err(), too_late, "{:?}", moved);
        if !too_late {
            after.iter().for_each(|event| play.event(event));
            play.close();
            prop_assert_eq!(standing(&play), standing(&Play::all(&history, false)));
        }
    }
}
