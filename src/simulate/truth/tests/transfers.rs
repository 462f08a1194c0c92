//! Transfers: on the rows of both queues, and one row each. Pure.

use serde_json::json;

use super::super::conversation::Stretch::{Talk, Wait, Wrap};
use super::super::conversation::{TrueConversation, TrueLeg, TrueTransfer, TrueTransferKind};
use super::super::input::FinalRow;
use super::rows::*;
use super::talks::{conversation, leg, told, transferred};

#[test]
fn a_transferred_conversation_is_two_legs_one_contact_and_one_transfer() {
    // METRICS scenario 7.
    let queues = told(&topic("kpi.queue.pt30m"), &[transferred()]);
    assert_eq!(queues.len(), 2);
    let first = [
        ("queue_id", json!("Q1")),
        ("queue_name", json!("Name of Q1")),
        ("handled", json!(1)),
        ("handle_ms_sum", json!(150_000)),
        ("transfers_out", json!(1)),
        ("transfers_in", json!(0)),
        ("weht_milli_sum", json!(180_000_000)),
    ];
    check(&queues[0], &first);
    let second = [
        ("queue_id", json!("Q2")),
        ("handle_ms_sum", json!(320_000)),
        ("customer_hold_ms_sum", json!(20_000)),
        ("transfers_out", json!(0)),
        ("transfers_in", json!(1)),
    ];
    check(&queues[1], &second);
    let org = told(&topic("kpi.org.pt30m"), &[transferred()]);
    let expected = [
        ("aht_ms", json!(235_000.0)),
        ("contacts", json!(1)),
        ("contact_handle_ms_sum", json!(470_000)),
        ("transfers_out", json!(1)),
        ("transfers_in", json!(1)),
    ];
    check(&org[0], &expected);
    let row = json!({
        "org_id": "acme", "conversation_id": "C7", "transfer_seq": 0, "transfer_time": at("2024-01-15T09:12:20Z"),
        "kind": "BLIND", "from_queue_id": "Q1", "from_user_id": "A1", "to_queue_id": "Q2", "to_user_id": "A2",
        "target_wait_ms": 45_000, "target_handle_ms": 320_000, "completed": true, "malformed": false,
    });
    assert_eq!(told(&topic("transfers"), &[transferred()]), [row]);
}

#[test]
fn transfers_count_at_their_own_time_under_completion_and_at_the_legs_starts_else() {
    // The call goes over ten o'clock; the transfer is made at 10:00:30, the target's wait began at 09:59:50.
    let made_at = at("2024-01-15T10:00:30Z");
    let moved = || {
        let mut first = leg("Q1", "A1", &[(Talk, "09:50:00", "10:00:30"), (Wrap, "10:00:30", "10:40:00")]);
        let mut second = leg("Q2", "A2", &[(Wait, "09:59:50", "10:00:40"), (Talk, "10:00:40", "10:05:00")]);
        let (to_queue_id, target) = (Some("Q2".to_owned()), Some(1));
        first.transfers =
            vec![TrueTransfer { at: made_at, kind: TrueTransferKind::Consult, to_queue_id, target, malformed: false }];
        second.transferred_in_at = Some(made_at);
        conversation("C1", vec![first, second])
    };
    for (basis, expected) in [("start", "09:30"), ("completion", "10:00"), ("apportioned", "09:30")] {
        let rows = told(&topic(&format!("kpi.queue.pt30m.{basis}")), &[moved()]);
        for field in ["transfers_out", "transfers_in"] {
            let counted: Vec<&str> = rows
                .iter()
                .filter(|row| row[field] == 1)
                .map(|row| &row["local_start"].as_str().unwrap()[11..16])
                .collect();
            assert_eq!(counted, [expected], "{basis} {field}");
        }
    }
}

/// A leg that transfers to a queue where nobody waits, later to an agent who takes it, then to an outside number.
fn three_transfers() -> TrueConversation {
    let mut first = leg("Q1", "A1", &[(Talk, "10:00:00", "10:10:00")]);
    let second = leg("", "A2", &[(Talk, "10:05:00", "10:07:00"), (Wrap, "10:07:00", "10:07:30")]);
    let second = TrueLeg { transferred_in_at: Some(at("2024-01-15T10:05:00Z")), ..second };
    let transfer = |time: &str, to_queue: Option<&str>, target| TrueTransfer {
        at: at(&format!("2024-01-15T{time}Z")),
        kind: TrueTransferKind::Unknown,
        to_queue_id: to_queue.map(str::to_owned),
        target,
        malformed: to_queue.is_some(),
    };
    first.transfers = vec![
        transfer("10:02:00", Some("Q9"), None),
        transfer("10:05:00", None, Some(1)),
        transfer("10:09:00", None, None),
    ];
    first.malformed = true;
    conversation("C3", vec![first, second])
}

#[test]
fn a_transfer_to_a_queue_without_a_wait_is_malformed_unless_it_is_kept() {
    let rows = told(&topic("transfers"), &[three_transfers()]);
    let brief: Vec<_> = rows
        .iter()
        .map(|row| {
            ["transfer_seq", "to_queue_id", "to_user_id", "target_wait_ms", "target_handle_ms"]
                .map(|field| row[field].clone())
        })
        .collect();
    let null = || json!(null);
    assert_eq!(brief[0], [json!(0), json!("Q9"), null(), null(), null()]);
    assert_eq!(brief[1], [json!(1), null(), json!("A2"), json!(0), json!(150_000)]);
    assert_eq!(brief[2], [json!(2), null(), null(), null(), null()]);
    let said = |field: &str| rows.iter().map(|row| row[field] == true).collect::<Vec<_>>();
    assert_eq!((said("malformed"), said("completed")), (vec![true, false, false], vec![false, true, false]));

    let dropped = told(&topic("kpi.org.p1d"), &[three_transfers()]);
    check(&dropped[0], &[("excluded_malformed", json!(1)), ("transfers_out", json!(0)), ("handled", json!(1))]);
    let mut keep = topic("kpi.org.p1d");
    keep.set("kpi.transfer.without.wait", "keep").unwrap();
    let kept = told(&keep, &[three_transfers()]);
    check(&kept[0], &[("excluded_malformed", json!(0)), ("transfers_out", json!(3)), ("handled", json!(2))]);
    // Three transfers weigh 1.5, none 1: 600 s and 150 s.
    check(&kept[0], &[("weht_milli_sum", json!(1_050_000_000)), ("transfers_in", json!(1))]);
}

#[test]
fn a_target_that_nobody_answered_has_a_wait_and_no_handle_time() {
    let mut lost = transferred();
    let abandoned = leg("Q2", "", &[(Wait, "09:12:20", "09:13:05")]);
    lost.legs[1] = TrueLeg { abandoned_at: Some(abandoned.end), transferred_in_at: Some(abandoned.start), ..abandoned };
    let rows = told(&topic("transfers"), &[lost.clone()]);
    check(&rows[0], &[("target_wait_ms", json!(45_000)), ("target_handle_ms", json!(null))]);
    check(&rows[0], &[("to_user_id", json!(null)), ("completed", json!(false)), ("malformed", json!(false))]);
    let queues = told(&topic("kpi.queue.p1d"), &[lost]);
    check(&queues[1], &[("transfers_in", json!(1)), ("abandoned", json!(1)), ("handled", json!(0))]);
}

#[test]
fn a_flat_row_of_type_transfer_is_a_transfer_of_which_little_is_known() {
    let transfer = FinalRow { id: "T1".to_owned(), media: "transfer", ..talk(15_000) };
    let expected = json!({
        "org_id": "acme", "conversation_id": "T1", "transfer_seq": 0, "transfer_time": at("2024-01-15T10:00:00Z"),
        "kind": "UNKNOWN", "from_queue_id": "Q1", "from_user_id": "A1", "to_queue_id": null, "to_user_id": null,
        "target_wait_ms": null, "target_handle_ms": null, "completed": false, "malformed": false,
    });
    let rows = [transfer.clone(), talk(60_000)];
    assert_eq!(rows_of(&topic("transfers"), &rows), [expected]);
    assert!(rows_of(&topic("contacts"), &rows).is_empty());
    let mut later = topic("transfers");
    later.set("from", "2024-01-15T10:00:01Z").unwrap();
    assert!(rows_of(&later, &rows).is_empty());
    let homeless = FinalRow { queue_id: None, ..transfer };
    assert!(rows_of(&topic("kpi.queue.pt30m"), std::slice::from_ref(&homeless)).is_empty());
    let org = only(&topic("kpi.org.pt30m"), &[homeless]);
    check(&org, &[("media_type", json!("UNKNOWN")), ("excluded_transfer_row", json!(1)), ("offered", json!(0))]);
}
