//! Hand-made rows, and what is asked of the rows that they come to. Pure.

use serde_json::Value;

use super::super::input::{FinalRow, FinalStatus};
use super::super::of;
use super::super::settings::TruthSettings;
use crate::domain::time::{InstantMs, parse_instant};

pub(super) fn at(text: &str) -> InstantMs {
    parse_instant(text).unwrap()
}

/// A completed voice row on Q1 with an agent, `length_s` seconds long.
pub(super) fn voice(start: &str, length_s: i64) -> FinalRow<'static> {
    FinalRow {
        id: "row-1".to_owned(),
        media: "voice",
        status: FinalStatus::Completed,
        queue_id: Some("Q1"),
        queue_name: None,
        service_level_target_ms: None,
        user_id: Some("A1".to_owned()),
        start: at(start),
        end: Some(at(start) + length_s * 1_000),
        wait_ms: None,
        talk_ms: None,
        hold_ms: None,
        wrap_ms: None,
        agent_ms: None,
        handle_ms: None,
        wrapup_code: None,
        transfers: None,
        agent_wrap_at: None,
    }
}

/// The same row at another time.
pub(super) fn moved(row: &FinalRow<'static>, start: InstantMs) -> FinalRow<'static> {
    FinalRow { start, end: row.end.map(|end| end - row.start + start), ..row.clone() }
}

/// A voice row of talk alone, at ten o'clock.
pub(super) fn talk(talk_ms: i64) -> FinalRow<'static> {
    FinalRow { talk_ms: Some(talk_ms), ..voice("2024-01-15T10:00:00Z", 1_000) }
}

pub(super) fn digital(media: &'static str, agent_ms: i64) -> FinalRow<'static> {
    FinalRow { media, agent_ms: Some(agent_ms), ..voice("2024-01-15T10:10:00Z", agent_ms / 1_000) }
}

pub(super) fn rows_of(settings: &TruthSettings, rows: &[FinalRow<'static>]) -> Vec<Value> {
    of(settings, rows.iter().cloned()).rows().collect()
}

pub(super) fn topic(topic: &str) -> TruthSettings {
    TruthSettings::of_topic(topic).unwrap()
}

/// The one row that the rows come to.
pub(super) fn only(settings: &TruthSettings, rows: &[FinalRow<'static>]) -> Value {
    let mut found = rows_of(settings, rows);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

pub(super) fn check(row: &Value, expected: &[(&str, Value)]) {
    for (field, value) in expected {
        let close = match (row[*field].as_f64(), value.as_f64()) {
            (Some(is), Some(expected)) => (is - expected).abs() <= 1e-6 * expected.abs().max(1.0),
            _ => row[*field] == *value,
        };
        assert!(close, "{field}: {} instead of {value} in {row}", row[*field]);
    }
}
