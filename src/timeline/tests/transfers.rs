//! From which leg a transfer goes, to which, and what becomes of it. Pure.

use super::sample_conversations::{Line, at};
use super::{default_rules_config, details_conversation, events_conversation, rules_of};
use crate::domain::interaction::Interaction;
use crate::domain::transfer::TransferKind;
use crate::timeline::contact::contacts;
use crate::timeline::measure::{Measured, measure};
use crate::timeline::transfers::decode;

fn measured(read: &Interaction) -> Measured {
    measure(read, &rules_of(default_rules_config()), None)
}

const SCENARIO_7: [Line<'_>; 9] = [
    ("wait", "09:10:00", "09:10:20", "Q1", ""),
    ("talk", "09:10:20", "09:12:20", "Q1", "A1"),
    ("transfer", "09:12:20", "09:12:20", "Q2", ""),
    ("wrap", "09:12:20", "09:12:50", "Q1", "A1"),
    ("wait", "09:12:20", "09:13:05", "Q2", ""),
    ("talk", "09:13:05", "09:15:05", "Q2", "A2"),
    ("hold", "09:15:05", "09:15:25", "Q2", "A2"),
    ("talk", "09:15:25", "09:17:25", "Q2", "A2"),
    ("wrap", "09:17:25", "09:18:25", "Q2", "A2"),
];

/// METRICS scenario 7.
#[test]
fn a_transfer_links_two_legs_of_one_contact() {
    let measured = measured(&events_conversation("C7", &SCENARIO_7));
    let handles: Vec<_> = measured.legs.iter().map(|leg| (leg.session_id.as_str(), leg.handle_ms)).collect();
    assert_eq!(handles, [("Q1/A1", 150_000), ("Q2/A2", 320_000)]);
    let [transfer] = measured.transfers.as_slice() else { panic!("one transfer: {measured:?}") };
    assert_eq!((transfer.conversation_id.as_str(), transfer.transfer_seq), ("C7", 0));
    assert_eq!(transfer.transfer_time, at("09:12:20"));
    assert_eq!((transfer.from_queue_id.as_deref(), transfer.from_user_id.as_deref()), (Some("Q1"), Some("A1")));
    assert_eq!((transfer.to_queue_id.as_deref(), transfer.to_user_id.as_deref()), (Some("Q2"), Some("A2")));
    assert_eq!((transfer.target_wait_ms, transfer.target_handle_ms), (Some(45_000), Some(320_000)));
    assert!(transfer.completed && !transfer.malformed);
    let (one, two) = (&measured.legs[0], &measured.legs[1]);
    assert_eq!((one.transfers_out, decode(&one.transfers)), (1, Some(vec![(0, at("09:12:20"))])));
    assert_eq!((two.transferred_in_at, one.transferred_in_at), (Some(at("09:12:20")), None));
    let contacts = contacts(&measured.legs);
    let [contact] = contacts.as_slice() else { panic!("one contact: {contacts:?}") };
    assert_eq!((contact.legs, contact.handled, contact.handle_ms), (2, 2, 470_000));
    assert_eq!((contact.start, contact.end), (at("09:10:00"), Some(at("09:18:25"))));
    assert_eq!(contact.direction, "inbound");
}

#[test]
fn a_transfer_that_ends_in_the_queue_is_not_completed() {
    let measured = measured(&events_conversation("c", &SCENARIO_7[..5]));
    let transfer = &measured.transfers[0];
    assert_eq!((transfer.target_wait_ms, transfer.target_handle_ms), (Some(45_000), None));
    assert!(!transfer.completed && !transfer.malformed && transfer.to_user_id.is_none());
    assert_eq!(contacts(&measured.legs)[0].legs, 2);
}

/// The real platform says neither queue nor agent.
#[test]
fn a_blind_transfer_leads_to_what_begins_next() {
    let lines = [
        ("wait", "09:10:00", "09:10:20", "Q1", ""),
        ("talk", "09:10:20", "09:12:20", "Q1", "A1"),
        ("blind", "09:12:20", "", "", "A1"),
        ("wait", "09:12:19.600", "09:13:05", "Q2", ""),
        ("alert", "09:12:40", "09:12:50", "Q2", "A2"),
        ("talk", "09:13:05", "09:15:05", "Q2", "A3"),
    ];
    let measured = measured(&details_conversation("c", &lines));
    let transfer = &measured.transfers[0];
    assert_eq!((transfer.kind, transfer.from_user_id.as_deref()), (TransferKind::Blind, Some("A1")));
    assert_eq!((transfer.to_queue_id.as_deref(), transfer.to_user_id.as_deref()), (Some("Q2"), Some("A3")));
    assert_eq!((transfer.target_wait_ms, transfer.target_handle_ms), (Some(45_400), Some(120_000)));
    assert!(transfer.completed);
}

#[test]
fn a_transfer_to_an_agent_needs_no_wait() {
    let lines = [
        ("talk", "09:10:20", "09:12:20", "Q1", "A1"),
        ("blind", "09:12:20", "", "", "A1"),
        ("talk", "09:12:25", "09:14:25", "", "A2"),
    ];
    for read in [details_conversation("c", &lines), events_conversation("c", &lines)] {
        let measured = measured(&read);
        let transfer = &measured.transfers[0];
        assert_eq!((transfer.to_queue_id.as_deref(), transfer.to_user_id.as_deref()), (None, Some("A2")));
        assert_eq!((transfer.target_wait_ms, transfer.target_handle_ms), (Some(0), Some(120_000)));
        assert!(transfer.completed && measured.contradictions.is_empty());
    }
}

#[test]
fn a_consult_transfer_leads_to_the_agent_who_was_consulted() {
    let lines = [
        ("talk", "09:10:00", "09:12:00", "Q1", "A1"),
        ("hold", "09:12:00", "09:13:00", "Q1", "A1"),
        ("talk", "09:11:00", "09:11:30", "", "A0"),
        ("talk", "09:12:10", "09:16:00", "", "A2"),
        ("consult", "09:13:00", "", "", "A1"),
        ("talk", "09:13:00.500", "09:14:00", "", "A3"),
    ];
    let measured = measured(&details_conversation("c", &lines));
    assert_eq!(measured.transfers[0].to_user_id.as_deref(), Some("A2"), "A0 is gone, A3 came later");
    let blind = [lines[0], ("consult", "09:13:00", "", "", "A1"), lines[5]];
    let measured = self::measured(&details_conversation("c", &blind));
    assert_eq!(measured.transfers[0].to_user_id.as_deref(), Some("A3"), "nobody was consulted");
}

#[test]
fn transfers_are_numbered_in_time_and_no_leg_is_the_target_of_two() {
    let lines = [
        ("talk", "09:00:00", "09:01:00", "Q1", "A1"),
        ("transfer", "09:02:00", "09:02:00", "Q2", "A2"),
        ("transfer", "09:01:00", "09:01:00", "Q2", "A1"),
        ("wait", "09:01:00", "09:01:10", "Q2", ""),
        ("talk", "09:01:10", "09:02:00", "Q2", "A2"),
        ("wait", "09:02:00", "09:02:30", "Q2", ""),
        ("talk", "09:02:30", "09:03:00", "Q2", "A3"),
    ];
    let measured = measured(&events_conversation("c", &lines));
    let to: Vec<_> = measured.transfers.iter().map(|one| (one.transfer_seq, one.to_user_id.as_deref())).collect();
    assert_eq!(to, [(0, Some("A2")), (1, Some("A3"))]);
    let mut within = lines;
    // Both within a second: without a memory both would lead to A2.
    within[1] = ("transfer", "09:01:00.400", "", "Q2", "A1");
    let to: Vec<_> = self::measured(&events_conversation("c", &within)).transfers;
    assert_eq!((to[0].to_user_id.as_deref(), to[1].to_user_id.as_deref()), (Some("A2"), Some("A3")));
    assert_eq!(self::measured(&events_conversation("c", &within)).legs[0].transfers_out, 2);
}

#[test]
fn a_transfer_that_no_agent_made_is_of_the_stay_that_it_ended() {
    let lines = [
        ("wait", "09:00:00", "09:01:00", "Q1", ""),
        ("transfer", "09:01:00", "09:01:00", "Q2", ""),
        ("wait", "09:01:00", "09:01:10", "Q2", ""),
        ("talk", "09:01:10", "09:02:00", "Q2", "A2"),
    ];
    let measured = measured(&events_conversation("c", &lines));
    let transfer = &measured.transfers[0];
    assert_eq!((transfer.from_queue_id.as_deref(), transfer.from_user_id.as_deref()), (Some("Q1"), None));
    assert_eq!(transfer.to_user_id.as_deref(), Some("A2"));
    assert_eq!((measured.legs[0].transfers_out, measured.legs[1].transfers_out), (1, 0));
}
