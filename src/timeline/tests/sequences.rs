//! Order, overlaps and contradictions of the phases of a leg. Pure.

use super::sample_conversations::{Line, at};
use super::{default_rules_config, events_conversation, rules_of};
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::{Phase, PhaseKind};
use crate::timeline::measure::{Measured, measure};
use crate::timeline::overlap::{Clipped, clip};
use crate::timeline::phases;

fn measured(lines: &[Line<'_>]) -> Measured {
    measure(&events_conversation("c", lines), &rules_of(default_rules_config()), None)
}

/// METRICS scenario 14 a.
#[test]
fn a_wrap_up_before_the_first_talk_is_malformed() {
    let lines = [("wrap", "15:00:10", "15:00:30", "Q1", "A1"), ("talk", "15:00:40", "15:02:20", "Q1", "A1")];
    let wrong = measured(&lines);
    assert_eq!((wrong.legs[0].drop_reason, wrong.legs[0].handle_ms), (Some(DropReason::Malformed), 0));
    assert!(wrong.contradictions[0].starts_with("WRAPUP_BEFORE_TALK"), "{:?}", wrong.contradictions);
    let before = [("talk", "15:00:00", "15:00:10", "Q1", "A1"), lines[0], lines[1]];
    let right = measured(&before);
    assert!(right.legs[0].kept && right.contradictions.is_empty(), "talk after wrap-up is in order");
}

/// METRICS scenario 14 b; only the leg that transfers is dropped.
#[test]
fn a_transfer_to_a_queue_without_a_wait_is_malformed_unless_settings_keep_it() {
    let lines = [
        ("talk", "15:05:00", "15:10:00", "Q1", "A1"),
        ("talk", "15:06:00", "15:07:00", "Q1", "A2"),
        ("transfer", "15:10:00", "15:10:00", "Q9", "A1"),
    ];
    let wrong = measured(&lines);
    assert_eq!(wrong.legs[0].drop_reason, Some(DropReason::Malformed));
    assert!(wrong.legs[1].kept && wrong.contradictions.len() == 1);
    assert!(wrong.contradictions[0].starts_with("TRANSFER_WITHOUT_TARGET_WAIT"));
    assert!(wrong.transfers[0].malformed && !wrong.transfers[0].completed);
    let mut config = default_rules_config();
    config.transfer_without_wait_is_malformed = false;
    let kept = measure(&events_conversation("c", &lines), &rules_of(config), None);
    assert!(kept.legs[0].kept && kept.contradictions.is_empty());
    assert_eq!(kept.legs[0].transfers_out, 1);
    let person = measured(&[lines[0], ("transfer", "15:10:00", "15:10:00", "", "A1")]);
    assert!(person.legs[0].kept && !person.transfers[0].malformed, "a person has no queue to wait in");
}

/// clocks differ by no more than the tolerance.
#[test]
fn a_wait_that_begins_just_before_its_transfer_follows_it() {
    let lines = |wait: &'static str| {
        [
            ("talk", "15:05:00", "15:10:00", "Q1", "A1"),
            ("transfer", "15:10:00", "15:10:00", "Q2", "A1"),
            ("wait", wait, "15:11:00", "Q2", ""),
        ]
    };
    assert!(measured(&lines("15:09:59.000")).legs[0].kept);
    assert_eq!(measured(&lines("15:09:58.999")).legs[0].drop_reason, Some(DropReason::Malformed));
}

/// METRICS scenario 14 c.
#[test]
fn an_overlap_within_the_tolerance_is_clipped_out_of_the_earlier_kind() {
    let leg = measured(&[
        ("talk", "15:20:00.000", "15:21:00.283", "Q1", "A1"),
        ("wrap", "15:21:00.000", "15:21:05.000", "Q1", "A1"),
    ])
    .legs
    .remove(0);
    assert_eq!((leg.talk_ms, leg.wrap_ms, leg.handle_ms), (60_000, 5_000, 65_000));
    assert!(leg.kept && leg.flags.is_empty());
    let positions = phases::decode(&leg.phases).unwrap();
    assert_eq!(positions[0].end, positions[1].start);
}

/// METRICS scenario 14 d.
#[test]
fn wrap_up_after_an_alert_without_talk_is_short_talk() {
    let leg = measured(&[
        ("alert", "15:30:00.000", "15:30:07.421", "Q1", "A1"),
        ("wrap", "15:30:07.421", "15:31:04.421", "Q1", "A1"),
    ])
    .legs
    .remove(0);
    assert_eq!((leg.drop_reason, leg.handle_ms), (Some(DropReason::ShortTalk), 57_000));
    assert_eq!(leg.genesys_handle_ms, Some(57_000));
}

#[test]
fn a_phase_that_ends_before_it_starts_is_malformed() {
    let wrong = measured(&[("talk", "15:00:10", "15:00:05", "Q1", "A1"), ("talk", "15:00:20", "15:00:25", "Q1", "A1")]);
    assert_eq!(wrong.legs[0].drop_reason, Some(DropReason::Malformed));
    assert_eq!(wrong.contradictions.len(), 1);
}

#[test]
fn a_large_overlap_is_clipped_kept_and_flagged() {
    let leg = measured(&[
        ("talk", "15:20:00", "15:25:00", "Q1", "A1"),
        ("hold", "15:21:00", "15:22:00", "Q1", "A1"),
        ("talk", "15:24:00", "15:26:00", "Q1", "A1"),
    ])
    .legs
    .remove(0);
    assert_eq!((leg.talk_ms, leg.customer_hold_ms), (300_000, 60_000), "the hold splits the talk");
    assert_eq!((leg.kept, leg.flags.as_slice()), (true, ["OVERLAP_LARGE".to_owned()].as_slice()));
    let positions = phases::decode(&leg.phases).unwrap();
    assert!(positions.windows(2).all(|pair| pair[0].end <= pair[1].start), "{positions:?}");
}

#[test]
fn what_has_no_length_or_no_meaning_cuts_nothing() {
    let phase = |kind: PhaseKind, start: i64, end: i64| Phase { kind, start, end };
    let all = [
        phase(PhaseKind::Talk, 0, 10_000),
        phase(PhaseKind::Wrap, 5_000, 5_000),
        phase(PhaseKind::Transfer, 2_000, 8_000),
        phase(PhaseKind::Unknown, 1_000, 9_000),
    ];
    let Clipped { phases, large } = clip(&all, 0);
    assert_eq!((phases.len(), large), (4, false));
    assert!(all.iter().all(|one| phases.contains(one)));
    let same = [phase(PhaseKind::Talk, 0, 10), phase(PhaseKind::Talk, 0, 10), phase(PhaseKind::Talk, 5, 12)];
    let expected = [phase(PhaseKind::Talk, 0, 10), phase(PhaseKind::Talk, 10, 12)];
    assert_eq!(clip(&same, 1_000), Clipped { phases: expected.to_vec(), large: false });
}

#[test]
fn a_wait_yields_to_the_talk_that_begins_before_its_end() {
    let leg = measured(&[
        ("wait", "10:00:00.000", "10:00:20.500", "Q1", ""),
        ("talk", "10:00:20.000", "10:01:20.000", "Q1", "A1"),
    ])
    .legs
    .remove(0);
    assert_eq!((leg.wait_ms, leg.talk_ms, leg.answered_at), (20_000, 60_000, Some(at("10:00:20"))));
}
