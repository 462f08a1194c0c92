//! Edge: whatever is published in whatever order, and whatever befalls the tasks meanwhile.

use handletime::topology::record::topic;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::conversations::conversation;
use super::flat_rows::reading;
use super::history::{History, histories};
use super::play::Play;

/// Events of a history at most.
const EVENTS_MAX: usize = 40;

fn cases(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::Direct("proptest-regressions/it/any_history.txt");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

fn rows_are_recomputed(history: &History) {
    let play = Play::all(history, true);
    assert_eq!(play.differences(), Vec::<String>::new());
    let mut letters = play.book.dead_letters.clone();
    letters.sort();
    let mut found = Vec::new();
    for (_, record) in play.all.records(topic::DEAD_LETTERS) {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let reason = record.headers.iter().find(|(name, _)| name == "handletime.reason").unwrap();
        found.push((text(&reason.1), text(record.key.as_deref().unwrap())));
    }
    found.sort();
    assert_eq!(found, letters);
    assert_eq!(play.interactions_held(), 0, "all has expired at the closing watermark");
}

proptest! {
    #![proptest_config(cases(40))]

    // The rows are those that a plain recomputation from the readings gives, and every committed record on the way keeps
    // the rules of the audit.
    #[test]
    fn rows_of_flat_readings_are_those_of_a_plain_recomputation(history in histories(reading(), EVENTS_MAX)) {
        rows_are_recomputed(&history);
    }

    #[test]
    fn rows_of_conversations_are_those_of_a_plain_recomputation(history in histories(conversation(), EVENTS_MAX)) {
        rows_are_recomputed(&history);
    }

    // How readings fall into transactions, aborts and restarts change no field of any row, names and targets included.
    #[test]
    fn rows_do_not_depend_on_transactions_aborts_and_restarts(
        history in prop_oneof![histories(reading(), EVENTS_MAX), histories(conversation(), EVENTS_MAX)],
    ) {
        let (with, without) = (Play::all(&history, true), Play::all(&history, false));
        prop_assert_eq!(with.audit.comparable(), without.audit.comparable());
    }

    // From `legs` and `progress` alone every retraction comes out right: everything else goes before the corrections come.
    #[test]
    fn from_legs_and_progress_alone_retractions_come_out_right(
        history in prop_oneof![histories(reading(), EVENTS_MAX), histories(conversation(), EVENTS_MAX)],
        cut in any::<prop::sample::Index>(),
    ) {
        let (before, after) = history.events.split_at(cut.index(history.events.len()));
        let mut play = Play::new(&history);
        before.iter().for_each(|event| play.event(event));
        play.all.run(1_000).unwrap();
        play.forget();
        for topic in [topic::INTERACTIONS, topic::CONTRIBUTIONS] {
            let mut partitions = 0..play.all.log.partitions(topic);
            prop_assert!(partitions.all(|partition| play.all.log.read(topic, partition, 0, 1).is_empty()));
        }
        after.iter().for_each(|event| play.event(event));
        play.close();
        prop_assert_eq!(play.differences(), Vec::<String>::new());
    }

    // What is held in memory is what lies within the horizon.
    #[test]
    fn what_is_held_is_what_lies_within_the_horizon(
        history in prop_oneof![histories(reading(), EVENTS_MAX), histories(conversation(), EVENTS_MAX)],
    ) {
        let mut play = Play::new(&history);
        history.events.iter().for_each(|event| play.event(event));
        play.all.run(1_000).unwrap();
        play.all.restart().unwrap();
        prop_assert_eq!(play.interactions_held(), play.book.held());
    }
}
