//! What is offered, answered, abandoned, resolved, transferred, weighted and settling. Pure.

use serde_json::json;

use super::super::input::{FinalRow, FinalStatus};
use super::super::settings::TruthSettings;
use super::rows::*;

fn waited(wait_ms: i64) -> FinalRow<'static> {
    FinalRow { wait_ms: Some(wait_ms), ..talk(60_000) }
}

fn abandoned(wait_ms: Option<i64>, length_s: i64) -> FinalRow<'static> {
    let row = voice("2024-01-15T10:00:00Z", length_s);
    FinalRow { status: FinalStatus::Abandoned, user_id: None, wait_ms, ..row }
}

#[test]
fn abandons_count_as_offered_and_short_ones_leave_the_service_level() {
    let rows = [waited(10_000), waited(130_000), waited(20_000), abandoned(Some(150_000), 150), abandoned(None, 3)];
    let expected = [
        ("offered", json!(5)),
        ("answered", json!(3)),
        ("abandoned", json!(2)),
        ("short_abandoned", json!(1)),
        ("flow_out", json!(0)),
        ("excluded_abandoned", json!(2)),
        ("excluded_no_agent", json!(0)),
        ("wait_ms_sum", json!(313_000)),
        ("wait_ms_max", json!(150_000)),
        ("answered_wait_ms_sum", json!(160_000)),
        ("asa_ms", json!(160_000.0 / 3.0)),
        ("service_level_within", json!(2)),
        ("service_level_of", json!(4)),
        ("service_level", json!(0.5)),
        ("sla_breaches", json!(1)),
    ];
    check(&only(&TruthSettings::default(), &rows), &expected);
    let exactly = abandoned(Some(10_000), 10);
    check(&only(&TruthSettings::default(), &[exactly]), &[("short_abandoned", json!(0))]);
}

#[test]
fn a_breach_is_strictly_more_than_the_threshold_and_over_kept_rows() {
    let rows = [119_999, 120_000, 120_001, 300_000, 0].map(waited);
    let expected = [("sla_breaches", json!(2)), ("handled_wait_ms_sum", json!(660_000)), ("handled", json!(5))];
    check(&only(&TruthSettings::default(), &rows), &expected);
}

#[test]
fn rows_without_a_queue_are_handled_but_not_offered() {
    let row = FinalRow { queue_id: None, ..waited(5_000) };
    let expected = [
        ("queue_id", json!("")),
        ("handled", json!(1)),
        ("offered", json!(0)),
        ("wait_ms_max", json!(0)),
        ("handled_wait_ms_sum", json!(5_000)),
        ("service_level", json!(null)),
        ("asa_ms", json!(null)),
    ];
    check(&only(&TruthSettings::default(), &[row]), &expected);
}

#[test]
fn a_transfer_row_stands_on_an_unknown_medium_and_the_column_counts() {
    let transfer = FinalRow { media: "transfer", transfers: Some(5), ..talk(15_000) };
    let dropped = FinalRow { transfers: Some(2), user_id: None, ..talk(60_000) };
    let kept = FinalRow { transfers: Some(1), ..talk(60_000) };
    let found = rows_of(&TruthSettings::default(), &[transfer, dropped, kept]);
    let expected = [
        ("media_type", json!("UNKNOWN")),
        ("excluded_transfer_row", json!(1)),
        ("excluded_transfer_row_handle_ms", json!(0)),
        ("offered", json!(0)),
        ("transfers_out", json!(0)),
        ("elapsed_agent_ms_sum", json!(null)),
        ("genesys_handle_ms_sum", json!(0)),
    ];
    check(&found[0], &expected);
    check(&found[1], &[("media_type", json!("VOICE")), ("transfers_out", json!(3)), ("handled", json!(1))]);
}

#[test]
fn weights_follow_the_published_tiers_with_their_gap() {
    let rows = [(None, 200_000), (Some(1), 300_000), (Some(2), 400_000), (Some(3), 500_000)]
        .map(|(transfers, talk_ms)| FinalRow { transfers, hold_ms: Some(60_000), ..talk(talk_ms) });
    let expected = [
        ("weht_ms", json!(427_500.0)),
        ("weht_milli_sum", json!(1_710_000_000)),
        ("weht_tier_gap", json!(1)),
        ("weht_profile", json!("published")),
    ];
    check(&only(&TruthSettings::default(), &rows), &expected);
}

#[test]
fn first_contact_resolution_is_a_decimal_and_missing_codes_are_counted() {
    let coded = |wrapup_code| FinalRow { wrapup_code, ..talk(60_000) };
    let rows = [
        coded(Some("Issue Resolved")),
        coded(Some("Issue Resolved")),
        coded(Some("Issue Resolved")),
        coded(Some("Issue Resolved")),
        coded(Some("Callback Scheduled")),
        coded(Some("Follow Up")),
        coded(None),
    ];
    let expected = [
        ("fcr_numerator", json!(5)),
        ("fcr_denominator", json!(7)),
        ("fcr_rate", json!(0.714_285_714)),
        ("wrapup_missing", json!(1)),
    ];
    check(&only(&TruthSettings::default(), &rows), &expected);
    check(&only(&TruthSettings::default(), &[coded(Some("ININ-WRAP-UP-TIMEOUT"))]), &[("fcr_rate", json!(0.0))]);
}

#[test]
fn digital_rows_settle_when_the_watermark_is_a_day_past_their_end() {
    let chat = digital("chat", 60_000);
    let end = chat.end.unwrap();
    let day = 86_400_000;
    let with = |watermark| TruthSettings { watermark: Some(watermark), ..TruthSettings::default() };
    let early = only(&with(end + day), std::slice::from_ref(&chat));
    check(
        &early,
        &[("excluded_settling", json!(1)), ("excluded_settling_handle_ms", json!(60_000)), ("offered", json!(1))],
    );
    check(&only(&with(end + day + 1), std::slice::from_ref(&chat)), &[("handled", json!(1))]);
    check(&only(&with(0), &[talk(60_000)]), &[("handled", json!(1)), ("excluded_settling", json!(0))]);
}

#[test]
fn a_row_has_one_reason_the_first_that_fits() {
    let row = FinalRow { wrapup_code: Some("Test Call"), user_id: None, ..talk(0) };
    check(&only(&TruthSettings::default(), &[row]), &[("excluded_wrapup", json!(1)), ("excluded_no_agent", json!(0))]);
    let row = FinalRow { status: FinalStatus::InProgress, end: None, ..voice("2024-01-15T10:00:00Z", 0) };
    check(&only(&TruthSettings::default(), &[row]), &[("excluded_incomplete", json!(1)), ("offered", json!(0))]);
    let backwards = FinalRow { end: Some(at("2024-01-15T09:00:00Z")), ..talk(60_000) };
    check(&only(&TruthSettings::default(), &[backwards]), &[("excluded_malformed", json!(1)), ("offered", json!(0))]);
    let negative = talk(-5);
    assert!(rows_of(&TruthSettings::default(), &[negative]).is_empty());
}
