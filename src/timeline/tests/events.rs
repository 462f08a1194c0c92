//! Conversations of events: holds, stays in queues, visits of agents, wrap-up codes. Pure.

use super::sample_conversations::{Line, at};
use super::{default_rules_config, events_conversation, rules_of};
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::{Interaction, InteractionStatus, PhaseKind};
use crate::domain::leg::Leg;
use crate::domain::media::MediaType;
use crate::domain::time::parse_instant;
use crate::timeline::contact::contacts;
use crate::timeline::measure::measure;
use crate::timeline::{custom, phases};

fn legs_of(read: &Interaction) -> Vec<Leg> {
    measure(read, &rules_of(default_rules_config()), None).legs
}

fn legs(lines: &[Line<'_>]) -> Vec<Leg> {
    legs_of(&events_conversation("c", lines))
}

fn ids(legs: &[Leg]) -> Vec<&str> {
    legs.iter().map(|leg| leg.session_id.as_str()).collect()
}

/// METRICS scenario 1.
#[test]
fn holds_by_the_system_are_no_handle_time() {
    let legs = legs(&[
        ("wait", "10:02:00", "10:02:30", "Q1", ""),
        ("talk", "10:02:30", "10:05:30", "Q1", "A1"),
        ("hold", "10:05:30", "10:06:10", "Q1", "A1"),
        ("talk", "10:06:10", "10:07:10", "Q1", "A1"),
        ("system", "10:07:10", "10:07:35", "Q1", "A1"),
        ("system", "10:07:35", "10:07:40", "Q1", "A1"),
        ("talk", "10:07:40", "10:08:00", "Q1", "A1"),
        ("wrap", "10:08:00", "10:08:50", "Q1", "A1"),
    ]);
    let [leg] = legs.as_slice() else { panic!("one leg: {legs:?}") };
    assert_eq!((leg.wait_ms, leg.talk_ms, leg.customer_hold_ms), (30_000, 260_000, 40_000));
    assert_eq!((leg.system_hold_ms, leg.wrap_ms, leg.handle_ms), (30_000, 50_000, 350_000));
    assert_eq!((leg.start, leg.end), (Some(at("10:02:00")), Some(at("10:08:50"))));
    assert_eq!((leg.arrival, leg.answered_at), (Some(at("10:02:00")), Some(at("10:02:30"))));
    assert_eq!(leg.genesys_handle_ms, Some(380_000), "hold of either kind");
    assert!(leg.kept && leg.offered && leg.flags.is_empty());
    let positions = phases::decode(&leg.phases).unwrap();
    assert_eq!((positions.len(), positions[0].kind), (8, PhaseKind::Wait));
}

/// METRICS scenario 8.
#[test]
fn parked_time_of_a_conversation_is_elapsed_and_not_active() {
    let mut read = events_conversation(
        "c",
        &[
            ("talk", "2024-05-06T15:00:00", "2024-05-06T15:04:00", "Q1", "A3"),
            ("parked", "2024-05-06T15:04:00", "2024-05-07T10:00:00", "Q1", "A3"),
            ("talk", "2024-05-07T10:00:00", "2024-05-07T10:06:00", "Q1", "A3"),
            ("wrap", "2024-05-07T10:06:00", "2024-05-07T10:07:00", "Q1", "A3"),
        ],
    );
    read.legs[0].media_type = MediaType::Message;
    read.version = parse_instant("2024-05-07T12:00:00Z").unwrap();
    assert_eq!(legs_of(&read)[0].drop_reason, Some(DropReason::Settling));
    read.version = parse_instant("2024-05-08T10:07:00.001Z").unwrap();
    let leg = legs_of(&read).remove(0);
    assert!(leg.kept && leg.parts_known);
    assert_eq!((leg.elapsed_agent_ms, leg.active_agent_ms), (Some(68_820_000), Some(660_000)));
    assert_eq!(leg.handle_ms, 660_000);
}

#[test]
fn a_stay_that_nobody_answered_was_abandoned() {
    let mut legs = legs(&[("wait", "10:00:00", "10:02:30", "Q1", "")]);
    let leg = legs.remove(0);
    assert_eq!((leg.drop_reason, leg.wait_ms), (Some(DropReason::Abandoned), 150_000));
    assert_eq!((leg.abandoned_at, leg.session_id.as_str()), (Some(at("10:02:30")), "Q1"));
    assert!(leg.offered && !leg.short_abandoned && leg.service_level_of && leg.answered_at.is_none());
}

#[test]
fn a_short_abandon_is_one_and_outside_the_service_level() {
    let leg = legs(&[("wait", "10:00:00", "10:00:03", "Q1", "")]).remove(0);
    assert!(leg.offered && leg.short_abandoned && !leg.service_level_of);
}

#[test]
fn a_stay_flowed_out_when_the_contact_went_on_elsewhere() {
    let legs = legs(&[
        ("wait", "10:00:00", "10:01:00", "Q1", ""),
        ("wait", "10:01:00", "10:01:20", "Q2", ""),
        ("talk", "10:01:20", "10:03:20", "Q2", "A2"),
    ]);
    assert_eq!(ids(&legs), ["Q1", "Q2/A2"]);
    assert_eq!((legs[0].drop_reason, legs[0].flow_out_at), (Some(DropReason::FlowOut), Some(at("10:01:00"))));
    assert!(legs[0].offered && legs[0].abandoned_at.is_none());
    assert_eq!((legs[1].wait_ms, legs[1].handle_ms, legs[1].kept), (20_000, 120_000, true));
}

#[test]
fn after_call_work_elsewhere_is_no_sign_that_the_contact_went_on() {
    let legs = legs(&[
        ("talk", "09:58:00", "10:00:00", "Q1", "A1"),
        ("transfer", "10:00:00", "10:00:00", "Q2", "A1"),
        ("wait", "10:00:00", "10:00:10", "Q2", ""),
        ("wrap", "10:00:12", "10:00:40", "Q1", "A1"),
    ]);
    assert_eq!((ids(&legs), legs[1].abandoned_at), (vec!["Q1/A1", "Q2"], Some(at("10:00:10"))));
}

#[test]
fn everything_of_an_open_conversation_is_incomplete() {
    let mut read = events_conversation(
        "c",
        &[
            ("wait", "10:00:00", "10:00:20", "Q1", ""),
            ("talk", "10:00:20", "10:02:00", "Q1", "A1"),
            ("transfer", "10:02:00", "10:02:00", "Q2", "A1"),
            ("wait", "10:02:00", "10:02:10", "Q2", ""),
        ],
    );
    (read.status, read.end) = (InteractionStatus::Open, None);
    let measured = measure(&read, &rules_of(default_rules_config()), None);
    assert_eq!(ids(&measured.legs), ["Q1/A1", "Q2"]);
    for leg in &measured.legs {
        assert_eq!((leg.drop_reason, leg.offered, leg.end), (Some(DropReason::Incomplete), false, None));
        assert_eq!(leg.transfers, [0]);
    }
    assert!(measured.legs[1].abandoned_at.is_none() && measured.transfers.is_empty());
    assert!(measured.contradictions.is_empty() && contacts(&measured.legs).is_empty());
}

///
#[test]
fn a_second_visit_to_the_same_pair_after_a_transfer_is_a_leg_of_its_own() {
    let mut read = events_conversation(
        "c",
        &[
            ("wait", "10:00:00", "10:00:10", "Q1", ""),
            ("talk", "10:00:10", "10:02:10", "Q1", "A1"),
            ("transfer", "10:02:10", "10:02:10", "Q2", ""),
            ("wrap", "10:02:10", "10:02:40", "Q1", "A1"),
            ("code", "10:02:11", "", "First", "A1"),
            ("wait", "10:02:10", "10:02:30", "Q2", ""),
            ("talk", "10:02:30", "10:03:30", "Q2", "A2"),
            ("transfer", "10:03:30", "10:03:30", "Q1", ""),
            ("wait", "10:03:30", "10:03:35", "Q1", ""),
            ("talk", "10:03:35", "10:04:35", "Q1", "A1"),
            ("wrap", "10:04:35", "10:04:55", "Q1", "A1"),
            ("code", "10:04:36", "", "Second", ""),
            ("code", "10:04:40", "", "Last", "A1"),
        ],
    );
    let legs = legs_of(&read);
    assert_eq!(ids(&legs), ["Q1/A1", "Q1/A1#1", "Q2/A2"]);
    let figures = |leg: &Leg| (leg.wait_ms, leg.talk_ms, leg.wrap_ms, leg.transfers_out);
    assert_eq!(figures(&legs[0]), (10_000, 120_000, 30_000, 1));
    assert_eq!(figures(&legs[1]), (5_000, 60_000, 20_000, 0));
    assert_eq!(figures(&legs[2]), (20_000, 60_000, 0, 1));
    let codes: Vec<_> = legs.iter().map(|leg| leg.wrapup_code_name.as_deref()).collect();
    assert_eq!(codes, [Some("First"), Some("Last"), None]);
    assert!(legs.iter().all(|leg| leg.kept && leg.offered));
    read.transfers.clear();
    let whole = legs_of(&read);
    assert_eq!(ids(&whole), ["Q1#1", "Q1/A1", "Q2/A2"], "without a transfer the agent had one visit");
    assert_eq!(whole[1].talk_ms, 180_000);
}

#[test]
fn an_alert_that_nobody_answered_is_no_stay_and_splits_none() {
    let legs = legs(&[
        ("wait", "10:00:00", "10:00:20", "Q1", ""),
        ("alert", "10:00:20", "10:00:27", "Q1", "A1"),
        ("wait", "10:00:27", "10:00:40", "Q1", ""),
        ("alert", "10:00:35", "10:00:40", "Q1", "A2"),
        ("talk", "10:00:40", "10:01:40", "Q1", "A2"),
    ]);
    assert_eq!(ids(&legs), ["Q1/A1", "Q1/A2"]);
    assert!(!legs[0].offered && legs[0].arrival.is_none());
    assert_eq!(legs[0].drop_reason, Some(DropReason::ZeroDuration));
    assert_eq!((legs[1].wait_ms, legs[1].arrival), (33_000, Some(at("10:00:00"))), "it waits on while it rings");
    assert!(legs[1].flags.is_empty());
}

#[test]
fn a_stay_begins_anew_after_contact_or_a_transfer() {
    let legs = legs(&[
        ("wait", "10:00:00", "10:00:20", "Q1", ""),
        ("wait", "10:00:20", "10:00:30", "Q1", ""),
        ("talk", "10:00:30", "10:01:30", "Q1", "A1"),
        ("transfer", "10:01:30", "10:01:30", "Q1", "A1"),
        ("wait", "10:01:30", "10:02:30", "Q1", ""),
    ]);
    assert_eq!(ids(&legs), ["Q1#1", "Q1/A1"]);
    assert_eq!((legs[0].wait_ms, legs[0].drop_reason), (60_000, Some(DropReason::Abandoned)));
    assert_eq!((legs[1].wait_ms, legs[1].offered), (30_000, true));
}

///
#[test]
fn a_talk_without_length_is_an_answer() {
    let legs = legs(&[
        ("wait", "10:00:00", "10:00:20", "Q1", ""),
        ("talk", "10:00:20", "10:00:20", "Q1", "A1"),
        ("wrap", "10:00:20", "10:00:50", "Q1", "A1"),
    ]);
    assert_eq!((ids(&legs), legs[0].answered_at), (vec!["Q1/A1"], Some(at("10:00:20"))));
    assert_eq!((legs[0].drop_reason, legs[0].offered), (Some(DropReason::ShortTalk), true));
}

#[test]
fn a_wait_that_names_the_agent_is_that_agents_or_a_stay_of_its_queue() {
    let own = legs(&[("wait", "10:00:00", "10:00:20", "Q1", "A1"), ("talk", "10:00:20", "10:01:20", "Q1", "A1")]);
    assert_eq!((ids(&own), own[0].wait_ms, own[0].offered), (vec!["Q1/A1"], 20_000, true));
    let left = legs(&[("wait", "10:00:00", "10:00:20", "Q1", "A1"), ("alert", "10:00:10", "10:00:20", "Q1", "A1")]);
    assert_eq!(ids(&left), ["Q1", "Q1/A1"]);
    assert_eq!((left[0].drop_reason, left[0].user_id.as_deref()), (Some(DropReason::Abandoned), None));
    assert!(!left[1].offered);
}

#[test]
fn agents_in_conference_are_legs_that_overlap() {
    let legs = legs(&[
        ("wait", "10:00:00", "10:00:10", "Q1", ""),
        ("talk", "10:00:10", "10:05:10", "Q1", "A1"),
        ("talk", "10:02:10", "10:04:10", "Q1", "A2"),
    ]);
    assert_eq!(ids(&legs), ["Q1/A1", "Q1/A2"]);
    assert_eq!((legs[0].handle_ms, legs[1].handle_ms), (300_000, 120_000));
    assert!(legs[0].offered && !legs[1].offered && legs[1].kept);
}

#[test]
fn a_callback_is_measured_as_voice_with_its_dialing_beside_it() {
    let mut read = events_conversation(
        "c",
        &[
            ("wait", "10:00:00", "10:20:00", "Q1", ""),
            ("dialing", "10:20:00", "10:20:15", "Q1", "A1"),
            ("talk", "10:20:15", "10:22:15", "Q1", "A1"),
        ],
    );
    read.legs.iter_mut().for_each(|leg| leg.media_type = MediaType::Callback);
    let leg = legs_of(&read).remove(0);
    assert_eq!((leg.handle_ms, leg.dialing_ms, leg.genesys_handle_ms), (120_000, 15_000, Some(135_000)));
    assert_eq!((leg.wait_ms, leg.sla_breach), (1_200_000, true));
}

///
#[test]
fn custom_kpis_are_evaluated_over_the_legs_fields() {
    let mut config = default_rules_config();
    let kpi = |name: &str, sum: &str, over: &str| crate::config::typed::CustomKpi {
        name: name.to_owned(),
        sum: sum.to_owned(),
        over: over.to_owned(),
    };
    config.custom = vec![
        kpi("share", "double(talk_ms) / 3000.0", "1"),
        kpi("a", "talk_ms + wrap_ms", "media_type == 'VOICE' && queue_id == 'Q1'"),
        kpi("null", "active_agent_ms == null ? 7 : 8", "kept"),
    ];
    let read = events_conversation("c", &[("talk", "10:00:00", "10:00:10", "Q1", "A1")]);
    let leg = measure(&read, &rules_of(config.clone()), None).legs.remove(0);
    let expected = [(10_000_000_000, 1_000_000), (7_000_000, 1_000_000), (3_333_333, 1_000_000)];
    assert_eq!(custom::decode(&leg.custom).as_deref(), Some(expected.as_slice()));
    assert!(leg.flags.is_empty());
    config.custom =
        vec![kpi("a", "active_agent_ms + 1", "2"), kpi("b", "talk_ms / 0", "nowhere"), kpi("c", "'x'", "-1")];
    let leg = measure(&read, &rules_of(config), None).legs.remove(0);
    let expected = [(0, 2_000_000), (0, 0), (0, -1_000_000)];
    assert_eq!(custom::decode(&leg.custom).as_deref(), Some(expected.as_slice()));
    assert_eq!((leg.flags.as_slice(), leg.kept), (["CUSTOM_FAILED".to_owned()].as_slice(), true));
    assert_eq!((custom::decode(&[0]), custom::decode(&[1, 2]), custom::decode(&[2])), (Some(vec![]), None, None));
}
