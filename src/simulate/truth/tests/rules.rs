//! Which rows are kept, and what their handle time is. Pure.

use serde_json::json;

use super::super::input::FinalRow;
use super::super::settings::TruthSettings;
use super::rows::*;

#[test]
fn null_hold_and_null_wrap_count_as_zero() {
    let first = FinalRow { wrap_ms: Some(40_000), ..talk(200_000) };
    let second = FinalRow { hold_ms: Some(0), ..talk(100_000) };
    let expected = [
        ("handled", json!(2)),
        ("handle_ms_sum", json!(340_000)),
        ("aht_ms", json!(170_000.0)),
        ("wrap_ratio", json!(0.117_647)),
    ];
    check(&only(&TruthSettings::default(), &[first, second]), &expected);
}

#[test]
fn digital_media_use_the_agent_duration_alone() {
    let rows = [
        digital("chat", 420_000),
        FinalRow { talk_ms: Some(300_000), ..digital("email", 900_000) },
        digital("social", 60_000),
        FinalRow { talk_ms: Some(100_000), hold_ms: Some(0), wrap_ms: Some(20_000), ..digital("voice", 999_999) },
        digital("message", 600_000),
    ];
    let found = rows_of(&TruthSettings::default(), &rows);
    let handles: Vec<(&str, i64)> =
        found.iter().map(|row| (row["media_type"].as_str().unwrap(), row["handle_ms_sum"].as_i64().unwrap())).collect();
    let expected =
        [("CHAT", 420_000), ("EMAIL", 900_000), ("MESSAGE", 600_000), ("SOCIAL", 60_000), ("VOICE", 120_000)];
    assert_eq!(handles, expected);
    check(&found[0], &[("talk_ms_sum", json!(0)), ("parts_handled", json!(0)), ("wrap_ratio", json!(null))]);
    check(&found[0], &[("elapsed_agent_ms_sum", json!(420_000)), ("active_agent_ms_sum", json!(0))]);
    check(&found[4], &[("elapsed_agent_ms_sum", json!(null)), ("genesys_handle_ms_sum", json!(120_000))]);
    let mut literal = TruthSettings::default();
    literal.set("kpi.media.digital", "chat,email,social").unwrap();
    check(&rows_of(&literal, &rows)[2], &[("handled", json!(0)), ("excluded_unmapped_media", json!(1))]);
}

#[test]
fn zero_durations_are_dropped_and_counted() {
    let rows = [
        talk(300_000),
        FinalRow { hold_ms: Some(0), wrap_ms: Some(0), ..talk(0) },
        voice("2024-01-15T10:00:00Z", 5),
        FinalRow { wrap_ms: Some(30_000), ..talk(150_000) },
    ];
    let expected = [
        ("handled", json!(2)),
        ("handle_ms_sum", json!(480_000)),
        ("aht_ms", json!(240_000.0)),
        ("excluded_zero_duration", json!(2)),
        ("answered", json!(4)),
    ];
    check(&only(&TruthSettings::default(), &rows), &expected);
}

#[test]
fn talk_under_three_seconds_is_dropped_and_exactly_three_is_not() {
    let rows: Vec<FinalRow> =
        [2_999, 3_000, 3_001].map(|talk_ms| FinalRow { wrap_ms: Some(10_000), ..talk(talk_ms) }).to_vec();
    let expected = [
        ("handled", json!(2)),
        ("handle_ms_sum", json!(26_001)),
        ("aht_ms", json!(13_000.5)),
        ("excluded_short_talk", json!(1)),
        ("excluded_short_talk_handle_ms", json!(12_999)),
    ];
    check(&only(&TruthSettings::default(), &rows), &expected);
    let mut strict = TruthSettings::default();
    strict.set("kpi.talk.min.exclusive", "true").unwrap();
    check(&only(&strict, &rows), &[("handled", json!(1)), ("excluded_short_talk", json!(2))]);
    let chat = FinalRow { talk_ms: Some(1), ..digital("chat", 2_000) };
    check(&only(&TruthSettings::default(), &[chat]), &[("handled", json!(1)), ("excluded_short_talk", json!(0))]);
}

#[test]
fn internal_queues_have_no_row_and_test_calls_and_rows_without_agent_are_counted() {
    let rows = [
        talk(300_000),
        talk(500_000),
        FinalRow { queue_id: Some("QA_Review"), ..talk(60_000) },
        FinalRow { queue_id: Some("a-uuid"), queue_name: Some("Training_Simulation"), ..talk(30_000) },
        FinalRow { queue_id: Some("System_Health"), ..talk(5_000) },
        FinalRow { wrapup_code: Some("Test Call"), ..talk(240_000) },
        FinalRow { user_id: None, ..talk(200_000) },
    ];
    let expected = [
        ("queue_id", json!("Q1")),
        ("handled", json!(2)),
        ("aht_ms", json!(400_000.0)),
        ("excluded_queue", json!(0)),
        ("excluded_wrapup", json!(1)),
        ("excluded_wrapup_handle_ms", json!(240_000)),
        ("excluded_no_agent", json!(1)),
        ("offered", json!(4)),
        ("answered", json!(4)),
    ];
    check(&only(&TruthSettings::default(), &rows), &expected);
    let mut included = TruthSettings::default();
    included.set("kpi.included.queues", "Q2").unwrap();
    assert!(rows_of(&included, &rows).is_empty());
}

#[test]
fn p90_is_the_nearest_rank_of_the_interval_and_not_a_mean_of_ranks() {
    let seconds = [100, 120, 150, 180, 200, 240, 300, 360, 420, 900];
    let rows: Vec<FinalRow> = seconds.iter().map(|seconds| talk(seconds * 1_000)).collect();
    check(&only(&TruthSettings::default(), &rows), &[("aht_ms", json!(297_000.0)), ("p90_handle_ms", json!(420_000))]);
    let halves: Vec<FinalRow> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| moved(row, row.start + if number < 5 { 0 } else { 1_800_000 }))
        .collect();
    let half_hours = rows_of(&TruthSettings::default(), &halves);
    assert_eq!((&half_hours[0]["p90_handle_ms"], &half_hours[1]["p90_handle_ms"]), (&json!(200_000), &json!(900_000)));
    check(&only(&topic("kpi.queue.pt1h"), &halves), &[("p90_handle_ms", json!(420_000))]);
    let many: Vec<FinalRow> = (0..1_001).map(|_| talk(4_097_001)).collect();
    check(&only(&TruthSettings::default(), &many), &[("p90_handle_ms", json!(4_096_000))]);
}

#[test]
fn a_start_on_a_half_hour_belongs_to_the_half_hour_that_begins() {
    let starts = ["10:29:59.999", "10:30:00.000", "10:59:59.999", "11:00:00.000"];
    let rows: Vec<FinalRow> =
        starts.iter().map(|start| moved(&talk(60_000), at(&format!("2024-01-15T{start}Z")))).collect();
    let found = rows_of(&TruthSettings::default(), &rows);
    let handled: Vec<(i64, i64)> =
        found.iter().map(|row| (row["interval_start"].as_i64().unwrap(), row["handled"].as_i64().unwrap())).collect();
    let ten = at("2024-01-15T10:00:00Z");
    let part = TruthSettings { from: Some(ten + 1), to: Some(ten + 3_600_000), ..TruthSettings::default() };
    check(&only(&part, &rows), &[("interval_start", json!(ten + 1_800_000))]);
    assert_eq!(handled, [(ten, 1), (ten + 1_800_000, 2), (ten + 3_600_000, 1)]);
}
