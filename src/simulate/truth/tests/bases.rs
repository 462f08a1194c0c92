//! Attribution: the same row under the three bases, over midnight, and where its columns exceed it. Pure.

use serde_json::json;

use super::super::input::FinalRow;
use super::rows::*;

const HALF_HOUR: i64 = 1_800_000;

fn over_midnight() -> FinalRow<'static> {
    FinalRow {
        wait_ms: Some(30_000),
        talk_ms: Some(360_000),
        wrap_ms: Some(210_000),
        ..voice("2024-01-15T23:55:00Z", 600)
    }
}

fn figures(topic_name: &str, rows: &[FinalRow<'static>], field: &str) -> Vec<(String, i64)> {
    rows_of(&topic(topic_name), rows)
        .iter()
        .map(|row| (row["local_start"].as_str().unwrap()[..16].to_owned(), row[field].as_i64().unwrap()))
        .collect()
}

fn named(figures: &[(&str, i64)]) -> Vec<(String, i64)> {
    figures.iter().map(|(name, figure)| ((*name).to_owned(), *figure)).collect()
}

#[test]
fn a_row_over_midnight_is_counted_once_under_every_basis() {
    let rows = [over_midnight()];
    let late = "2024-01-15T23:30";
    let early = "2024-01-16T00:00";
    assert_eq!(figures("kpi.queue.pt30m", &rows, "handle_ms_sum"), named(&[(late, 570_000)]));
    let completion = figures("kpi.queue.pt30m.completion", &rows, "handle_ms_sum");
    assert_eq!(completion, named(&[(late, 0), (early, 570_000)]));
    let apportioned = figures("kpi.queue.pt30m.apportioned", &rows, "handle_ms_sum");
    assert_eq!(apportioned, named(&[(late, 270_000), (early, 300_000)]));
    let handled = figures("kpi.queue.pt30m.apportioned", &rows, "handled");
    assert_eq!(handled, named(&[(late, 1), (early, 0)]));
    let wraps = figures("kpi.queue.pt30m.apportioned", &rows, "wrap_ms_sum");
    assert_eq!(wraps, named(&[(late, 0), (early, 210_000)]));
}

#[test]
fn the_local_day_of_a_row_is_that_of_its_zone() {
    let mut settings = topic("kpi.queue.p1d.apportioned");
    settings.set("kpi.zone", "America/New_York").unwrap();
    let day = only(&settings, &[over_midnight()]);
    let expected = [
        ("interval_start", json!(at("2024-01-15T05:00:00Z"))),
        ("interval_end", json!(at("2024-01-16T05:00:00Z"))),
        ("interval_length_s", json!(86_400)),
        ("local_date", json!(19_737)),
        ("local_start", json!("2024-01-15T00:00:00-05:00")),
        ("utc_offset_s", json!(-18_000)),
        ("handle_ms_sum", json!(570_000)),
    ];
    check(&day, &expected);
    settings.set("kpi.zone", "UTC").unwrap();
    assert_eq!(rows_of(&settings, &[over_midnight()]).len(), 2);
}

#[test]
fn completion_puts_each_figure_where_it_is_complete() {
    let row = FinalRow {
        wait_ms: Some(1_500_000),
        talk_ms: Some(1_500_000),
        wrap_ms: Some(900_000),
        transfers: Some(1),
        ..voice("2024-01-15T10:10:00Z", 3_900)
    };
    let found = rows_of(&topic("kpi.queue.pt30m.completion"), std::slice::from_ref(&row));
    assert_eq!(found.len(), 3);
    check(&found[0], &[("offered", json!(1)), ("wait_ms_sum", json!(1_500_000)), ("answered", json!(0))]);
    check(&found[1], &[("answered", json!(1)), ("answered_wait_ms_sum", json!(1_500_000)), ("handled", json!(0))]);
    check(&found[2], &[("handled", json!(1)), ("handled_wait_ms_sum", json!(1_500_000)), ("sla_breaches", json!(1))]);
    check(&found[2], &[("transfers_out", json!(1)), ("handle_ms_sum", json!(2_400_000)), ("offered", json!(0))]);
    let dropped = FinalRow { user_id: None, ..row };
    let found = rows_of(&topic("kpi.queue.pt30m.completion"), &[dropped]);
    check(&found[0], &[("excluded_no_agent", json!(1)), ("excluded_no_agent_handle_ms", json!(2_400_000))]);
    check(&found[2], &[("handled", json!(0)), ("transfers_out", json!(1))]);
}

#[test]
fn an_end_on_a_boundary_completes_in_the_interval_that_begins() {
    let row = FinalRow { talk_ms: Some(600_000), ..voice("2024-01-15T10:20:00Z", 600) };
    let completion = figures("kpi.queue.pt30m.completion", std::slice::from_ref(&row), "handled");
    assert_eq!(completion, named(&[("2024-01-15T10:00", 0), ("2024-01-15T10:30", 1)]));
    let apportioned = figures("kpi.queue.pt30m.apportioned", &[row], "handle_ms_sum");
    assert_eq!(apportioned, named(&[("2024-01-15T10:00", 600_000)]));
}

#[test]
fn columns_that_exceed_the_row_have_their_rest_at_its_end_and_totals_agree() {
    let row = FinalRow {
        talk_ms: Some(400_000),
        hold_ms: Some(200_000),
        wrap_ms: Some(100_000),
        ..voice("2024-01-15T10:30:00Z", 300)
    };
    let found = rows_of(&topic("kpi.queue.pt30m.apportioned"), std::slice::from_ref(&row));
    assert_eq!(found.len(), 1, "no row before the row's own start");
    check(&found[0], &[("interval_start", json!(at("2024-01-15T10:30:00Z"))), ("talk_ms_sum", json!(400_000))]);
    check(
        &found[0],
        &[("customer_hold_ms_sum", json!(200_000)), ("wrap_ms_sum", json!(100_000)), ("handled", json!(1))],
    );
    check(&found[0], &[("aht_ms", json!(null)), ("p90_handle_ms", json!(null)), ("weht_ms", json!(null))]);
    check(&found[0], &[("wrap_ratio", json!(100.0 / 700.0)), ("weht_milli_sum", json!(500_000_000))]);
    for topic_name in ["kpi.queue.pt15m", "kpi.queue.pt15m.completion", "kpi.queue.pt1h.apportioned"] {
        let total: i64 =
            figures(topic_name, std::slice::from_ref(&row), "genesys_handle_ms_sum").iter().map(|(_, ms)| ms).sum();
        assert_eq!(total, 700_000, "{topic_name}");
    }
}

#[test]
fn a_digital_row_is_laid_back_from_its_end_as_a_whole() {
    let row = FinalRow { end: Some(at("2024-01-15T11:10:00Z")), ..digital("chat", 2_400_000) };
    let row = FinalRow { agent_wrap_at: Some(at("2024-01-15T11:09:00Z")), ..row };
    let found = rows_of(&topic("kpi.queue.pt30m.apportioned"), &[row]);
    let handles: Vec<(i64, i64)> = found
        .iter()
        .map(|row| {
            (
                (row["interval_start"].as_i64().unwrap() - at("2024-01-15T10:00:00Z")) / HALF_HOUR,
                row["handle_ms_sum"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(handles, [(0, 0), (1, 1_800_000), (2, 600_000)]);
    check(&found[0], &[("elapsed_agent_ms_sum", json!(2_400_000)), ("active_agent_ms_sum", json!(60_000))]);
    check(&found[1], &[("parts_handle_ms_sum", json!(0)), ("wrap_ratio", json!(null))]);
}

#[test]
fn the_vendors_table_comes_out_under_completion_and_apportioned() {
    let calls = [
        FinalRow { talk_ms: Some(1_800_000), ..voice("2024-01-15T09:35:00Z", 1_800) },
        FinalRow { talk_ms: Some(960_000), ..voice("2024-01-15T09:16:00Z", 960) },
    ];
    let (nine, half_past, ten) = ("2024-01-15T09:00", "2024-01-15T09:30", "2024-01-15T10:00");
    let completion = figures("kpi.queue.pt30m.completion", &calls, "handle_ms_sum");
    assert_eq!(completion, named(&[(nine, 0), (half_past, 960_000), (ten, 1_800_000)]));
    let apportioned = figures("kpi.queue.pt30m.apportioned", &calls, "handle_ms_sum");
    assert_eq!(apportioned, named(&[(nine, 840_000), (half_past, 1_620_000), (ten, 300_000)]));
}
