//! The platform's rules for the body of a details request. Pure.

use serde_json::{Value, json};

use super::*;

fn body() -> Value {
    json!({
        "view": "interactionDetails",
        "dateRange": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:30:00Z", "timezone": "Europe/Berlin"},
        "filters": [
            {"dimension": "status", "operator": "equal", "value": ["completed"]},
            {"dimension": "type", "operator": "in", "value": ["voice", "chat"]},
        ],
        "select": ["id", "endTimestamp"],
        "groupBy": [],
        "size": 1000,
    })
}

fn code(change: impl Fn(&mut Value)) -> &'static str {
    let mut body = body();
    change(&mut body);
    read(&body, true).map_or_else(|refusal| refusal.code, |_| "accepted")
}

#[test]
fn the_guides_request_is_understood() {
    let query = read(&body(), false).unwrap();
    assert_eq!(query.range.to - query.range.from, 1_800_000);
    assert_eq!(read(&body(), true).unwrap().range.to, query.range.to + 1);
    assert_eq!(query.filters[1].values, ["voice", "chat"]);
    assert_eq!((query.select, query.size), (vec![Column::Id, Column::End], 1_000));
    assert_eq!(code(|body| body["select"] = json!(null)), "accepted");
}

#[test]
fn each_broken_rule_is_refused_with_its_code() {
    assert_eq!(code(|body| body["view"] = json!("interactionDetail")), "bad.request");
    assert_eq!(code(|body| body["dateRange"]["from"] = json!("2026-01-01")), "invalid.date");
    assert_eq!(code(|body| body["dateRange"]["from"] = json!("2026-01-01T00:00:00+00:00")), "invalid.date");
    assert_eq!(code(|body| body["dateRange"]["to"] = json!("2025-01-01T00:00:00Z")), "invalid.date");
    assert_eq!(code(|body| body["dateRange"]["timezone"] = json!("Mars/Olympus")), "invalid.value");
    assert_eq!(code(|body| body["dateRange"]["timezone"] = json!(null)), "bad.request");
    assert_eq!(code(|body| body["filters"][0]["dimension"] = json!("colour")), "invalid.value");
    assert_eq!(code(|body| body["filters"][0]["operator"] = json!("like")), "invalid.value");
    assert_eq!(code(|body| body["filters"][0]["value"] = json!(["completed", "abandoned"])), "invalid.value");
    assert_eq!(code(|body| body["select"] = json!(["id", "handleTime"])), "invalid.value");
    for size in [json!(0), json!(1_001), json!(-1), json!("many"), json!(1.5)] {
        assert_eq!(code(|body| body["size"] = size.clone()), "invalid.value");
    }
    assert_eq!(code(|body| body["groupBy"] = json!(["agentId"])), "groupByTooManyBuckets");
    assert_eq!(code(|body| body["groupBy"] = json!(["type"])), "bad.request");
}
