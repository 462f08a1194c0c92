//! Nothing depends on the order in which a reading lists things. Pure.

use proptest::prelude::*;

use super::sample_conversations::Line;
use super::{default_rules_config, details_conversation, events_conversation, rules_of};
use crate::domain::interaction::Interaction;
use crate::timeline::measure::measure;

/// METRICS scenario 13.
#[test]
fn events_out_of_order_and_ties_are_well_formed() {
    let rules = rules_of(default_rules_config());
    let lines: [Line<'_>; 5] = [
        ("wrap", "14:05:00", "14:05:30", "Q1", "A1"),
        ("talk", "14:01:00", "14:03:00", "Q1", "A1"),
        ("hold", "14:03:00", "14:04:00", "Q1", "A1"),
        ("wait", "14:00:00", "14:01:00", "Q1", ""),
        ("talk", "14:04:00", "14:05:00", "Q1", "A1"),
    ];
    let read = events_conversation("c", &lines);
    let expected = measure(&read, &rules, None);
    let leg = &expected.legs[0];
    assert!(leg.kept && expected.legs.len() == 1 && expected.contradictions.is_empty());
    assert_eq!((leg.wait_ms, leg.talk_ms, leg.customer_hold_ms, leg.wrap_ms), (60_000, 180_000, 60_000, 30_000));
    assert_eq!((leg.handle_ms, leg.start, leg.end), (270_000, Some(read.start), Some(read.start + 330_000)));
    let tie = events_conversation(
        "c",
        &[
            ("talk", "14:10:00", "14:11:30", "Q1", "A1"),
            ("wrap", "14:11:30", "14:11:40", "Q1", "A1"),
            ("wait", "14:10:00", "14:10:00", "Q1", ""),
        ],
    );
    let leg = measure(&tie, &rules, None).legs.remove(0);
    assert_eq!((leg.handle_ms, leg.kept, leg.arrival, leg.answered_at), (100_000, true, leg.start, leg.start));
}

const KINDS: [&str; 10] = ["wait", "alert", "dialing", "talk", "hold", "system", "wrap", "parked", "transfer", "code"];

/// A line of small times, so that ties and overlaps are the rule.
fn line() -> impl Strategy<Value = (usize, u32, u32, usize, usize)> {
    (0..KINDS.len(), 0..40u32, 0..12u32, 0..3usize, 0..3usize)
}

fn shuffled(mut read: Interaction, seed: u64) -> Interaction {
    let mut state = seed | 1;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    fn shuffle<T>(list: &mut [T], next: &mut impl FnMut(usize) -> usize) {
        for at in (1..list.len()).rev() {
            list.swap(at, next(at + 1));
        }
    }
    read.legs.iter_mut().for_each(|leg| shuffle(&mut leg.phases, &mut next));
    shuffle(&mut read.legs, &mut next);
    shuffle(&mut read.transfers, &mut next);
    shuffle(&mut read.dispositions, &mut next);
    read
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_permutation_gives_the_same_legs(lines in prop::collection::vec(line(), 1..14), seed in any::<u64>()) {
        let rules = rules_of(default_rules_config());
        let texts: Vec<_> = lines
            .iter()
            .map(|(kind, from, length, queue, agent)| {
                let time = |second: u32| format!("10:00:{second:02}");
                let agent = if KINDS[*kind] == "talk" { ["A1", "A2", "A3"][*agent] } else { ["", "A1", "A2"][*agent] };
                (KINDS[*kind], time(*from), time(from + length), ["Q1", "Q2", "Q3"][*queue], agent)
            })
            .chain([("talk", "10:00:10".to_owned(), "10:00:12".to_owned(), "Q1", "A1")])
            .collect();
        let lines: Vec<Line<'_>> = texts.iter().map(|(what, from, to, queue, agent)| (*what, from.as_str(), to.as_str(), *queue, *agent)).collect();
        for read in [events_conversation("c", &lines), details_conversation("c", &lines)] {
            let expected = measure(&read, &rules, None);
            prop_assert_eq!(&measure(&shuffled(read.clone(), seed), &rules, None), &expected);
            // Every stay ended in one way, and every key is one leg's.
            for leg in expected.legs.iter().filter(|leg| leg.offered) {
                let ends = [leg.answered_at, leg.abandoned_at, leg.flow_out_at];
                prop_assert_eq!(ends.iter().flatten().count(), 1);
            }
            let keys: std::collections::BTreeSet<_> = expected.legs.iter().map(|leg| leg.key()).collect();
            prop_assert_eq!(keys.len(), expected.legs.len());
        }
    }
}
