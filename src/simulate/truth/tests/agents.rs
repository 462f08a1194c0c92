//! Rows of agents: side by side, over boundaries, with what the agent is busy with. Pure.

use serde_json::json;

use super::super::conversation::Stretch::{Alert, Contacting, Dialing, Parked, Talk, Wait, Wrap};
use super::super::conversation::TrueLeg;
use super::super::input::FinalRow;
use super::rows::*;
use super::talks::{conversation, leg, told};

/// METRICS scenario 20: two calls, and a chat beside the second.
fn one_agents_hour() -> [FinalRow<'static>; 3] {
    let first = FinalRow {
        talk_ms: Some(420_000),
        hold_ms: Some(60_000),
        wrap_ms: Some(120_000),
        ..voice("2024-01-15T10:05:00Z", 600)
    };
    let second = FinalRow { talk_ms: Some(600_000), wrap_ms: Some(300_000), ..voice("2024-01-15T10:25:00Z", 900) };
    let chat = moved(&digital("chat", 300_000), at("2024-01-15T10:30:00Z"));
    [first, second, chat]
}

#[test]
fn an_agents_half_hours_come_out_under_every_basis() {
    // Handle, wrap-up, hold, count, utilisation by the sum; of the half hours from 10:00 and from 10:30.
    let expected = [
        ("start", [(1_500_000, 420_000, 60_000, 2, 0.833_333_333), (300_000, 0, 0, 1, 0.166_666_667)]),
        ("completion", [(600_000, 120_000, 60_000, 1, 0.333_333_333), (1_200_000, 300_000, 0, 2, 0.666_666_667)]),
        ("apportioned", [(900_000, 120_000, 60_000, 2, 0.5), (900_000, 300_000, 0, 1, 0.5)]),
    ];
    for (basis, halves) in expected {
        let rows = rows_of(&topic(&format!("kpi.agent-total.pt30m.{basis}")), &one_agents_hour());
        assert_eq!(rows.len(), 2, "{basis}");
        let busy = [(900_000, 0.5), (600_000, 0.333_333_333)];
        for ((row, (handle, wrap, hold, count, sum)), (busy_ms, busy)) in rows.iter().zip(halves).zip(busy) {
            let expected = [
                ("user_id", json!("A1")),
                ("media_type", json!("ALL")),
                ("thandle_ms", json!(handle)),
                ("tacw_ms", json!(wrap)),
                ("thold_ms", json!(hold)),
                ("handled", json!(count)),
                ("sum_utilisation", json!(sum)),
                ("busy_union_ms", json!(busy_ms)),
                ("busy_utilisation", json!(busy)),
                ("interval_ms", json!(1_800_000)),
                ("occupancy", json!(null)),
                ("on_queue_ms", json!(null)),
            ];
            check(row, &expected);
        }
    }
}

#[test]
fn an_agents_rows_by_medium_know_no_busy_time_and_no_dropped_row() {
    let [call, _, chat] = one_agents_hour();
    let short = FinalRow { talk_ms: Some(100), wrap_ms: Some(9_000), ..call.clone() };
    let internal = FinalRow { queue_id: Some("QA_Review"), ..call.clone() };
    let other = FinalRow { user_id: Some("A2".to_owned()), ..call.clone() };
    let rows = rows_of(&topic("kpi.agent.p1d"), &[call, chat, short, internal, other]);
    assert_eq!(rows.len(), 3);
    check(&rows[0], &[("user_id", json!("A1")), ("media_type", json!("CHAT")), ("thandle_ms", json!(300_000))]);
    check(&rows[0], &[("ttalk_ms", json!(0)), ("busy_union_ms", json!(null)), ("busy_utilisation", json!(null))]);
    check(&rows[1], &[("media_type", json!("VOICE")), ("handled", json!(1)), ("ttalk_ms", json!(420_000))]);
    check(&rows[1], &[("interval_ms", json!(86_400_000)), ("sum_utilisation", json!(600_000.0 / 86_400_000.0))]);
    check(&rows[2], &[("user_id", json!("A2")), ("handled", json!(1))]);
}

#[test]
fn a_half_hour_in_which_nothing_starts_or_ends_is_busy_all_the_same() {
    let long = FinalRow { talk_ms: Some(5_400_000), ..voice("2024-01-15T09:45:00Z", 5_400) };
    let rows = rows_of(&topic("kpi.agent-total.pt30m"), &[long]);
    let busy: Vec<i64> = rows.iter().map(|row| row["busy_union_ms"].as_i64().unwrap()).collect();
    assert_eq!(busy, [900_000, 1_800_000, 1_800_000, 900_000]);
    let handled: Vec<i64> = rows.iter().map(|row| row["handled"].as_i64().unwrap()).collect();
    assert_eq!(handled, [1, 0, 0, 0]);
}

#[test]
fn an_agent_is_busy_dialing_and_contacting_and_not_waiting_ringing_or_set_aside() {
    let outbound = leg(
        "Q1",
        "A1",
        &[
            (Contacting, "10:00:00", "10:00:04"),
            (Dialing, "10:00:04", "10:00:10"),
            (Talk, "10:00:10", "10:01:50"),
            (Wrap, "10:01:50", "10:02:10"),
        ],
    );
    let chat = leg(
        "Q1",
        "A1",
        &[
            (Wait, "10:10:00", "10:10:30"),
            (Alert, "10:10:30", "10:10:40"),
            (Talk, "10:10:40", "10:11:00"),
            (Parked, "10:11:00", "10:20:00"),
            (Wrap, "10:20:00", "10:20:05"),
        ],
    );
    let conversations =
        [conversation("C1", vec![outbound]), conversation("C2", vec![TrueLeg { media: "chat", ..chat }])];
    let rows = told(&topic("kpi.agent-total.pt1h"), &conversations);
    assert_eq!(rows.len(), 1);
    // 130 s of the call; 20 s and 5 s of the chat.
    check(&rows[0], &[("busy_union_ms", json!(155_000)), ("thandle_ms", json!(145_000)), ("handled", json!(2))]);
    check(&rows[0], &[("ttalk_ms", json!(120_000)), ("tacw_ms", json!(25_000)), ("interval_ms", json!(3_600_000))]);
}
