//! Conversations of the real platform: its metrics, its sessions. Pure.

use super::sample_conversations::{Line, at};
use super::{default_rules_config, details_conversation, rules_of, with_leg};
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::leg::Leg;
use crate::domain::media::MediaType;
use crate::timeline::contact::contacts;
use crate::timeline::measure::measure;

fn legs(read: &Interaction) -> Vec<Leg> {
    measure(read, &rules_of(default_rules_config()), None).legs
}

const CALL: [Line<'_>; 5] = [
    ("wait", "10:00:00", "10:00:30", "Q1", ""),
    ("alert", "10:00:20", "10:00:30", "Q1", "A1"),
    ("talk", "10:00:30", "10:03:30", "Q1", "A1"),
    ("hold", "10:03:30", "10:04:00", "Q1", "A1"),
    ("wrap", "10:04:00", "10:04:30", "Q1", "A1"),
];

///
#[test]
fn the_platforms_metrics_are_the_durations_and_segments_the_positions() {
    let read = with_leg(details_conversation("c", &CALL), "s-A1", |leg| {
        (leg.talk_ms, leg.hold_ms, leg.wrap_ms) = (Some(179_000), Some(31_000), None);
        leg.reported_handle_ms = Some(210_000);
    });
    let read = with_leg(read, "acd-0", |leg| {
        (leg.wait_ms, leg.skill_set) = (Some(29_000), "billing".to_owned());
        (leg.service_level_target_ms, leg.queue_name) = (Some(29_000), Some("Support".to_owned()));
    });
    let legs = legs(&read);
    let [leg] = legs.as_slice() else { panic!("one leg: {legs:?}") };
    assert_eq!((leg.participant_id.as_str(), leg.session_id.as_str()), ("p-A1", "s-A1"));
    assert_eq!((leg.talk_ms, leg.customer_hold_ms, leg.wrap_ms), (179_000, 31_000, 0));
    assert_eq!((leg.handle_ms, leg.genesys_handle_ms, leg.wait_ms), (210_000, Some(210_000), 29_000));
    assert_eq!((leg.start, leg.end), (Some(at("10:00:00")), Some(at("10:04:30"))));
    assert_eq!((leg.skill_set.as_str(), leg.queue_name.as_deref()), ("billing", Some("Support")));
    assert!(leg.service_level_within && leg.kept && leg.flags.is_empty());
}

#[test]
fn a_session_with_a_handle_time_and_no_talk_has_the_rest_as_talk() {
    let read = with_leg(details_conversation("c", &CALL), "s-A1", |leg| {
        (leg.hold_ms, leg.wrap_ms, leg.reported_handle_ms) = (Some(10_000), Some(20_000), Some(90_000));
    });
    let leg = legs(&read).remove(0);
    assert_eq!(
        (leg.talk_ms, leg.handle_ms, leg.flags.as_slice()),
        (60_000, 90_000, ["TALK_DERIVED".to_owned()].as_slice())
    );
}

/// A wrap-up of an agent who did not answer is on the platform's handle time, and has no talk.
#[test]
fn the_agent_who_did_not_answer_is_short_of_talk_and_the_next_one_answered() {
    let lines = [
        ("wait", "10:00:00", "10:00:40", "Q1", ""),
        ("alert", "10:00:00", "10:00:07", "Q1", "A0"),
        ("wrap", "10:00:07", "10:01:08", "Q1", "A0"),
        ("talk", "10:00:40", "10:02:40", "Q1", "A1"),
    ];
    let read = with_leg(details_conversation("c", &lines), "s-A0", |leg| {
        (leg.wrap_ms, leg.reported_handle_ms) = (Some(57_000), Some(57_000));
    });
    let legs = legs(&read);
    assert_eq!((legs[0].drop_reason, legs[0].handle_ms), (Some(DropReason::ShortTalk), 57_000));
    assert!(!legs[0].offered && legs[1].offered && legs[1].kept);
}

#[test]
fn the_platforms_word_on_how_a_stay_ended_stands() {
    let lines = [
        ("wait", "10:00:00", "10:01:00", "Q1", ""),
        ("wait", "10:01:00", "10:02:00", "Q1", ""),
        ("talk", "10:02:00", "10:03:00", "Q1", "A1"),
    ];
    let read = with_leg(details_conversation("c", &lines), "acd-1", |leg| leg.flow_out_at = Some(at("10:02:00")));
    let flowed = legs(&read);
    assert_eq!((flowed[0].session_id.as_str(), flowed[0].drop_reason), ("acd-1", Some(DropReason::FlowOut)));
    assert_eq!((flowed[1].arrival, flowed.len()), (Some(at("10:00:00")), 2), "the first stay took the answer");
}

#[test]
fn other_legs_of_an_abandoned_conversation_are_not_abandoned() {
    let lines = [("wait", "10:00:00", "10:01:00", "Q1", ""), ("alert", "10:00:50", "10:01:00", "Q1", "A1")];
    let mut read = with_leg(details_conversation("c", &lines), "acd-0", |leg| leg.abandoned_at = Some(at("10:01:00")));
    read.status = InteractionStatus::Abandoned;
    let legs = legs(&read);
    assert_eq!(legs[0].drop_reason, Some(DropReason::Abandoned));
    assert_eq!((legs[1].drop_reason, legs[1].offered), (Some(DropReason::ZeroDuration), false));
}

///
#[test]
fn a_digital_session_is_measured_by_its_parts() {
    let mut read = with_leg(details_conversation("c", &CALL), "s-A1", |leg| {
        (leg.talk_ms, leg.hold_ms, leg.wrap_ms) = (Some(100_000), Some(20_000), Some(30_000));
    });
    read.legs.iter_mut().for_each(|leg| leg.media_type = MediaType::Chat);
    let leg = legs(&read).remove(0);
    assert_eq!((leg.handle_ms, leg.parts_known), (150_000, true));
    assert_eq!((leg.active_agent_ms, leg.elapsed_agent_ms), (Some(210_000), Some(240_000)));
    let voice = legs(&details_conversation("c", &CALL)).remove(0);
    assert_eq!((voice.active_agent_ms, voice.elapsed_agent_ms), (None, None));
}

///
#[test]
fn contacts_are_per_medium_and_leave_out_what_does_not_count() {
    let lines = [
        ("talk", "10:00:00", "10:02:00", "Q1", "A1"),
        ("talk", "10:02:00", "10:03:00", "Q1", "A2"),
        ("talk", "10:03:00", "10:03:01", "Q1", "A3"),
        ("talk", "10:04:00", "10:09:00", "QA_Review", "A4"),
    ];
    let mut read = details_conversation("c", &lines);
    read.legs[1].media_type = MediaType::Callback;
    read.contact_hash = Some("h".to_owned());
    let contacts = contacts(&legs(&read));
    let figures: Vec<_> =
        contacts.iter().map(|one| (one.media_type, one.legs, one.handled, one.handle_ms, one.end)).collect();
    let expected = [
        (MediaType::Voice, 2, 1, 120_000, Some(at("10:03:01"))),
        (MediaType::Callback, 1, 1, 60_000, Some(at("10:03:00"))),
    ];
    assert_eq!(figures, expected);
    assert_eq!(contacts[0].contact_hash.as_deref(), Some("h"));
}
