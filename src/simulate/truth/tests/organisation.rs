//! Rows of the organisation: every leg by medium and in all, exclusions of every queue and of none, contacts. Pure.

use serde_json::json;

use super::super::conversation::Stretch::{Talk, Wait, Wrap};
use super::super::conversation::{TrueConversation, TrueLeg};
use super::super::input::FinalRow;
use super::rows::*;
use super::talks::{by_time, conversation, leg, times, told, transferred};

#[test]
fn the_mean_over_media_weighs_every_leg_alike() {
    // METRICS scenario 22.
    let mut rows = vec![talk(300_000); 80];
    rows.extend(vec![digital("chat", 900_000); 20]);
    let total = only(&topic("kpi.org-total.pt1h"), &rows);
    let expected = [
        ("media_type", json!("ALL")),
        ("handled", json!(100)),
        ("aht_ms", json!(420_000.0)),
        ("parts_handled", json!(80)),
        ("elapsed_agent_ms_sum", json!(18_000_000)),
        ("genesys_handle_ms_sum", json!(42_000_000)),
        ("contacts", json!(null)),
        ("contact_handle_ms_sum", json!(null)),
    ];
    check(&total, &expected);
    assert!(total.get("service_level_target_ms").is_none() && total.get("queue_id").is_none());
    let by_medium = rows_of(&topic("kpi.org.pt1h"), &rows);
    check(&by_medium[0], &[("media_type", json!("CHAT")), ("aht_ms", json!(900_000.0))]);
    check(&by_medium[1], &[("media_type", json!("VOICE")), ("aht_ms", json!(300_000.0))]);
    check(&by_medium[1], &[("elapsed_agent_ms_sum", json!(null))]);
}

#[test]
fn exclusions_of_every_queue_and_of_none_stand_on_the_organisations_rows() {
    let rows = [
        FinalRow { wait_ms: Some(7_000), ..talk(300_000) },
        FinalRow { queue_id: Some("QA_Review"), wait_ms: Some(5_000), transfers: Some(1), ..talk(60_000) },
        FinalRow { queue_id: Some("System_Health"), ..talk(5_000) },
        FinalRow { queue_id: None, user_id: None, transfers: Some(1), ..talk(200_000) },
        FinalRow { queue_id: None, ..talk(90_000) },
    ];
    let expected = [
        ("handled", json!(2)),
        ("handle_ms_sum", json!(390_000)),
        ("excluded_queue", json!(2)),
        ("excluded_queue_handle_ms", json!(65_000)),
        ("excluded_no_agent", json!(1)),
        ("excluded_no_agent_handle_ms", json!(200_000)),
        ("offered", json!(1)),
        ("wait_ms_sum", json!(7_000)),
        ("transfers_out", json!(1)),
    ];
    check(&only(&topic("kpi.org.pt30m"), &rows), &expected);
    check(&only(&topic("kpi.org-total.p1d.completion"), &rows), &[("excluded_queue", json!(2)), ("handled", json!(2))]);
    // The queues' rows: that of Q1, and one for what was handled without a queue, without what was dropped there.
    let queues = rows_of(&topic("kpi.queue.pt30m"), &rows);
    assert_eq!(queues.len(), 2);
    check(&queues[0], &[("queue_id", json!("")), ("handled", json!(1)), ("excluded_no_agent", json!(0))]);
    check(&queues[0], &[("transfers_out", json!(0))]);
    check(&queues[1], &[("queue_id", json!("Q1")), ("handled", json!(1)), ("excluded_queue", json!(0))]);
}

#[test]
fn a_dropped_leg_stands_at_its_own_start_under_every_basis() {
    let internal =
        FinalRow { queue_id: Some("QA_Review"), talk_ms: Some(900_000), ..voice("2024-01-15T10:25:00Z", 900) };
    for basis in ["start", "completion", "apportioned"] {
        let rows = rows_of(&topic(&format!("kpi.org.pt30m.{basis}")), std::slice::from_ref(&internal));
        assert_eq!(by_time(&rows, "excluded_queue_handle_ms"), times(&[("10:00", 900_000)]));
    }
}

/// A chat that became a call, over ten o'clock; in the call a leg of an internal queue and one that contradicts itself.
fn two_media() -> TrueConversation {
    let chat = leg("Q1", "A1", &[(Wait, "09:58:00", "09:58:10"), (Talk, "09:58:10", "09:59:10")]);
    let chat = TrueLeg { media: "chat", ..chat };
    let call = leg("Q2", "A2", &[(Talk, "10:00:00", "10:05:00"), (Wrap, "10:05:00", "10:06:00")]);
    let brief = leg("Q2", "A4", &[(Talk, "10:06:00", "10:06:01"), (Wrap, "10:06:01", "10:06:09")]);
    let internal = leg("QA_Review", "A3", &[(Talk, "09:40:00", "09:41:00")]);
    let broken = leg("Q2", "A2", &[(Wrap, "09:30:00", "09:31:00"), (Talk, "09:31:00", "09:32:00")]);
    let broken = TrueLeg { malformed: true, ..broken };
    conversation("C9", vec![broken, internal, call, brief, chat])
}

#[test]
fn a_contact_counts_once_at_its_start_under_every_basis() {
    for basis in ["start", "completion", "apportioned"] {
        let total = told(&topic(&format!("kpi.org-total.pt30m.{basis}")), &[two_media(), transferred()]);
        let contacts = by_time(&total, "contacts");
        // C7 begins at 09:10; of C9 the chat at 09:58 and the call at 10:00.
        assert_eq!(contacts, times(&[("09:00", 1), ("09:30", 1), ("10:00", 1)]), "{basis}");
        let handles = by_time(&total, "contact_handle_ms_sum");
        assert_eq!(handles, times(&[("09:00", 470_000), ("09:30", 60_000), ("10:00", 360_000)]), "{basis}");
    }
    let day = told(&topic("kpi.org.p1d"), &[two_media(), transferred()]);
    check(&day[0], &[("media_type", json!("CHAT")), ("contacts", json!(1)), ("contact_handle_ms_sum", json!(60_000))]);
    check(
        &day[1],
        &[("media_type", json!("VOICE")), ("contacts", json!(2)), ("contact_handle_ms_sum", json!(830_000))],
    );
    check(&day[1], &[("excluded_malformed", json!(1)), ("excluded_malformed_handle_ms", json!(0))]);
    check(&day[1], &[("excluded_queue", json!(1)), ("excluded_short_talk_handle_ms", json!(9_000))]);
    // Queues have no contacts.
    let queues = told(&topic("kpi.queue.p1d"), &[two_media()]);
    assert!(queues.iter().all(|row| row["contacts"].is_null() && row["queue_id"] != "QA_Review"));
}

#[test]
fn contacts_are_told_by_medium_with_the_legs_that_they_are_made_of() {
    let rows = told(&topic("contacts"), &[two_media()]);
    let chat = json!({
        "org_id": "acme", "conversation_id": "C9", "direction": "inbound", "media_type": "CHAT",
        "start": at("2024-01-15T09:58:00Z"), "end": at("2024-01-15T09:59:10Z"), "legs": 1, "handled": 1, "handle_ms": 60_000,
    });
    let call = json!({
        "org_id": "acme", "conversation_id": "C9", "direction": "inbound", "media_type": "VOICE",
        "start": at("2024-01-15T10:00:00Z"), "end": at("2024-01-15T10:06:09Z"), "legs": 2, "handled": 1, "handle_ms": 360_000,
    });
    assert_eq!(rows, [chat, call]);
    let mut internal = two_media();
    internal.legs.retain(|leg| leg.malformed || leg.queue_id.as_deref() == Some("QA_Review"));
    assert!(told(&topic("contacts"), &[internal]).is_empty());
    let mut nameless = topic("contacts");
    nameless.set("from", "2024-01-15T10:00:00Z").unwrap();
    let undirected = TrueConversation { direction: None, ..two_media() };
    let rows = told(&nameless, &[undirected]);
    assert_eq!((rows.len(), &rows[0]["direction"]), (1, &json!("")), "the chat began before");
}
