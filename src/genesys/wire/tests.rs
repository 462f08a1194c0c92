//! Tests of reading answers. Pure.

use std::collections::BTreeMap;

use super::page::DRIFT_PATHS_MAX;
use super::*;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::privacy::Privacy;

const ROW: &str = r#"{"id":"i-1","type":"voice","status":"completed","queueId":"q-1","agentId":"a-1","talkDuration":65000,
    "holdDuration":null,"wrapUpDuration":1200.6,"agentDuration":null,"startTimestamp":"2024-01-01T10:00:00.000Z",
    "endTimestamp":"2024-01-01T10:01:06.2Z"}"#;

fn page(rows: &[&str]) -> Page {
    let body = format!(r#"{{"data":[{}],"nextPageToken":"t","size":1000,"total":45230}}"#, rows.join(","));
    read_page(body.as_bytes(), &Columns::Guide.names(), &Privacy::default()).unwrap()
}

fn row(json: &str) -> Row {
    match page(&[json]).rows.pop().unwrap() {
        RowRead::Row(row) => *row,
        RowRead::Malformed(row) => panic!("{}", row.rule),
        RowRead::Whole(_) => panic!("a flat row is no conversation"),
    }
}

fn malformed(json: &str) -> MalformedRow {
    let mut page = page(&[ROW, json, ROW]);
    assert!(matches!(page.rows[0], RowRead::Row(_)) && matches!(page.rows[2], RowRead::Row(_)));
    match page.rows.remove(1) {
        RowRead::Malformed(row) => row,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn the_guides_row_is_read_with_null_as_absent_and_decimals_rounded() {
    let row = row(ROW);
    assert_eq!((row.id.as_str(), row.type_word.as_deref()), ("i-1", Some("voice")));
    assert_eq!((row.talk_ms, row.hold_ms, row.wrap_ms, row.agent_ms), (Some(65_000), None, Some(1_201), None));
    assert_eq!(row.end.unwrap() - row.start, 66_200);
    assert_eq!((row.conversation_id, row.transfers), (None, None));
}

#[test]
fn the_envelope_carries_token_and_total() {
    let page = page(&[ROW]);
    assert_eq!((page.next_token.as_deref(), page.total), (Some("t"), Some(45_230)));
    let last = read_page(br#"{"data":[],"nextPageToken":null,"total":null}"#, &[], &Privacy::default()).unwrap();
    assert_eq!((last.next_token, last.total), (None, None));
    assert_eq!(read_page(br#"{"data":[],"nextPageToken":""}"#, &[], &Privacy::default()).unwrap().next_token, None);
}

#[test]
fn an_answer_that_broke_off_or_has_no_rows_list_is_no_page() {
    assert!(matches!(read_page(br#"{"data":[{"id":"i-1""#, &[], &Privacy::default()), Err(WireError::Json(_))));
    assert!(matches!(read_page(b"{}", &[], &Privacy::default()), Err(WireError::NoData)));
    assert!(matches!(read_page(br#"{"data":null}"#, &[], &Privacy::default()), Err(WireError::NoData)));
    assert!(read_page(b"<html>", &[], &Privacy::default()).is_err());
}

#[test]
fn nested_and_dotted_keys_mean_the_same_as_flat_ones() {
    let nested = r#"{"interaction":{"id":"i-2","startTimestamp":"2024-01-01T10:00:00Z"},"queue":{"id":"q-9"},
        "metrics.talkDuration":4000.0,"wrapUp":{"code":"Sale"},"agent.id":"a-7"}"#;
    let row = row(nested);
    assert_eq!((row.id.as_str(), row.queue_id.as_deref(), row.agent_id.as_deref()), ("i-2", Some("q-9"), Some("a-7")));
    assert_eq!((row.talk_ms, row.wrap_up_code.as_deref()), (Some(4_000), Some("Sale")));
}

#[test]
fn unknown_and_missing_fields_are_counted_by_path() {
    let json = r#"{"id":"i-3","startTimestamp":"2024-01-01T10:00:00Z","customer":{"ani":"+49123"},"subject":["x"]}"#;
    let page = page(&[json, json]);
    assert_eq!(page.drift.unknown.get("customer.ani"), Some(&2));
    assert_eq!(page.drift.unknown.get("subject"), Some(&2));
    assert_eq!(page.drift.missing.get("queueId"), Some(&2));
    assert_eq!(page.drift.missing.get("id"), None);
}

#[test]
fn raw_keeps_the_known_fields_untouched_and_nothing_personal() {
    let json =
        r#"{"id":"i-3","ani":"+49123","wrapUpDuration":12.50,"startTimestamp":"2024-01-01T10:00:00Z","note":"Ann"}"#;
    let raw = row(json).raw;
    assert_eq!(raw, r#"{"id":"i-3","wrapUpDuration":12.50,"startTimestamp":"2024-01-01T10:00:00Z"}"#);
}

#[test]
fn a_row_that_breaks_a_rule_is_set_aside_alone_with_that_rule() {
    let cases = [
        (r#"{"id":"x","startTimestamp":"2024-01-01T10:00:00Z","talkDuration":-1}"#, "talkDuration is not negative"),
        (r#"{"id":"x","startTimestamp":"2024-01-01T10:00:00Z","talkDuration":"12"}"#, "talkDuration is a number"),
        (r#"{"id":"x","startTimestamp":"2024-01-01T10:00:00Z","holdDuration":1e300}"#, "holdDuration is at most"),
        (r#"{"id":"x","startTimestamp":"2021-04-2T15:30:51.418Z"}"#, "startTimestamp is an ISO-8601 instant"),
        (r#"{"id":"x","startTimestamp":1700000000000}"#, "startTimestamp is text"),
        (r#"{"id":"x"}"#, "a row has a startTimestamp"),
        (r#"{"id":"x","startTimestamp":"2024-01-01T10:00:00Z","endTimestamp":"later"}"#, "endTimestamp is an"),
        (r#"{"id":"x","startTimestamp":"2024-01-01T10:00:00Z","queueId":7}"#, "queueId is text"),
    ];
    for (json, rule) in cases {
        let row = malformed(json);
        assert!(row.rule.starts_with(rule), "{}: {}", row.rule, json);
        assert_eq!((row.id.as_deref(), row.json.as_str()), (Some("x"), json));
    }
}

#[test]
fn no_id_is_invented() {
    for json in [r#"{"startTimestamp":"2024-01-01T10:00:00Z"}"#, r#"{"id":"","startTimestamp":"2024-01-01T10:00:00Z"}"#]
    {
        let row = malformed(json);
        assert_eq!((row.id.as_deref(), row.rule.as_str()), (None, "a row has an id"));
        assert!(row.start.is_some());
    }
    assert_eq!(malformed("17").rule, "a row is a JSON object");
    assert_eq!(malformed(r#"{"id":12,"startTimestamp":"2024-01-01T10:00:00Z"}"#).id, None);
}

#[test]
fn the_number_of_paths_that_are_told_apart_is_bounded() {
    let mut counts = BTreeMap::new();
    for number in 0..500 {
        Drift::count(&mut counts, &format!("field{number}"), 1);
    }
    assert_eq!(counts.len(), DRIFT_PATHS_MAX + 1);
    assert_eq!(counts["(others)"], 300);
}
