//! Tests of requests, next pages and entities of all kinds. Pure.

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::time::parse_instant;
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::{MalformedRow, Page, RowRead, WireError};

fn at(text: &str) -> i64 {
    parse_instant(text).unwrap()
}

fn query() -> PageQuery {
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2024-01-01T00:30:00Z"));
    PageQuery { from, to, agents: Vec::new(), token: None }
}

fn page(body: &Value) -> Page {
    read_page(body.to_string().as_bytes(), &Privacy::default()).unwrap()
}

fn one(entity: &Value) -> Interaction {
    match page(&json!({"entities": [entity]})).rows.remove(0) {
        RowRead::Whole(read) => *read,
        other => panic!("{other:?}"),
    }
}

fn refused(entity: &Value) -> MalformedRow {
    match page(&json!({"entities": [entity]})).rows.remove(0) {
        RowRead::Malformed(row) => row,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_request_is_the_guides_and_a_next_page_has_the_same_body() {
    let first: Value = serde_json::from_str(&request_body(&query())).unwrap();
    assert_eq!(first["interval"], "PT30M");
    assert_eq!(
        (&first["date_from"], &first["date_to"]),
        (&json!("2024-01-01T00:00:00.000Z"), &json!("2024-01-01T00:30:00.000Z"))
    );
    assert_eq!(first["select"].as_array().unwrap().len(), 7);
    assert!(first.get("filter").is_none());
    let next = PageQuery { token: Some("page=2".to_owned()), ..query() };
    assert_eq!(request_body(&next), request_body(&query()));
    assert_eq!((request_target(&query()), request_target(&next)), (PATH.to_owned(), format!("{PATH}?page=2")));
    let filtered = PageQuery { agents: vec!["a1".to_owned(), "a2".to_owned()], ..query() };
    let body: Value = serde_json::from_str(&request_body(&filtered)).unwrap();
    assert_eq!(body["filter"], json!({"agentId": {"in": ["a1", "a2"]}}));
}

#[test]
fn a_next_page_is_followed_at_the_place_that_was_asked_and_nowhere_else() {
    let api = Url::parse("https://api.mypurecloud.ie").unwrap();
    for uri in [
        "?cursor=a%2Fb",
        "/api/v2/analytics/conversations/details/query?cursor=a%2Fb",
        "https://api.mypurecloud.ie/api/v2/analytics/conversations/details/query?cursor=a%2Fb",
        "https://api.mypurecloud.ie:443/api/v2/analytics/conversations/details/query?cursor=a%2Fb#end",
    ] {
        assert_eq!(next_page(uri, &api).unwrap(), "cursor=a%2Fb", "{uri}");
    }
    for uri in [
        "https://api.mypurecloud.de/api/v2/analytics/conversations/details/query?cursor=a",
        "http://api.mypurecloud.ie/api/v2/analytics/conversations/details/query?cursor=a",
        "https://api.mypurecloud.ie:8443/api/v2/analytics/conversations/details/query?cursor=a",
        "https://api.mypurecloud.ie@evil.example/api/v2/analytics/conversations/details/query?cursor=a",
        "//evil.example/api/v2/analytics/conversations/details/query?cursor=a",
        "/api/v2/users?cursor=a",
        "../query/other?cursor=a",
        "/api/v2/analytics/conversations/details/query",
        "/api/v2/analytics/conversations/details/query?",
        "http://[",
    ] {
        let error = next_page(uri, &api).unwrap_err();
        assert!(matches!(error, WireError::NextPageElsewhere { .. }), "{uri}");
        assert!(error.to_string().contains(uri), "{error}");
    }
    let gateway = Url::parse("http://gateway.example:8080/genesys/").unwrap();
    let with_prefix = "/genesys/api/v2/analytics/conversations/details/query?page=2";
    for uri in [with_prefix, "/api/v2/analytics/conversations/details/query?page=2"] {
        assert_eq!(next_page(uri, &gateway).unwrap(), "page=2");
    }
}

#[test]
fn an_entity_is_one_leg_of_its_agent_in_milliseconds() {
    let read = one(&json!({"conversation_id": "c-1", "start_time": "2024-01-01T00:00:01Z", "agent_id": "a-1",
        "end_time": "2024-01-01T00:06:41.000Z", "t_handle": 400_000, "t_acw": 30_000.0, "t_hold": null}));
    assert_eq!((read.interaction_id.as_str(), read.conversation_id.as_deref()), ("c-1:a-1", Some("c-1")));
    assert_eq!((read.start, read.end), (at("2024-01-01T00:00:01Z"), Some(at("2024-01-01T00:06:41Z"))));
    assert_eq!(read.status, InteractionStatus::Completed);
    let leg = &read.legs[0];
    assert_eq!(
        (leg.reported_handle_ms, leg.wrap_ms, leg.hold_ms, leg.talk_ms),
        (Some(400_000), Some(30_000), None, None)
    );
    assert_eq!((leg.user_id.as_deref(), leg.queue_id.as_deref(), leg.wait_ms), (Some("a-1"), None, None));
    assert_eq!((leg.session_id.as_str(), leg.media_reported.as_deref()), ("c-1:a-1", None));
}

#[test]
fn names_of_requests_and_nested_or_dotted_ones_mean_the_same() {
    let plain = one(&json!({"conversation_id": "c", "start_time": "2024-01-01T00:00:00Z", "agent_id": "a",
        "t_handle": 9, "t_acw": 2, "t_hold": 1}));
    for entity in [
        json!({"conversationId": "c", "startTime": "2024-01-01T00:00:00Z", "agentId": "a", "tHandle": 9, "tAcw": 2,
            "tHold": 1}),
        json!({"conversation": {"id": "c"}, "start_time": "2024-01-01T00:00:00Z", "agent": {"id": "a", "name": "Ann"},
            "metrics": {"t_handle": 9, "t_acw": 2}, "metrics.t_hold": 1}),
    ] {
        let read = one(&entity);
        assert_eq!(read.computed_hash(), plain.computed_hash());
        assert!(!read.raw.contains("Ann"));
    }
}

#[test]
fn an_open_entity_has_no_end_and_one_without_an_agent_has_an_id_too() {
    let read = one(&json!({"conversation_id": "c", "start_time": "2024-01-01T00:00:00Z"}));
    assert_eq!((read.status, read.end, read.interaction_id.as_str()), (InteractionStatus::Open, None, "c:"));
    assert_eq!(read.legs[0].user_id, None);
}

#[test]
fn what_cannot_be_read_is_set_aside_alone_with_its_rule() {
    let no_start = refused(&json!({"conversation_id": "c", "agent_id": "a"}));
    assert_eq!((no_start.rule.as_str(), no_start.id.as_deref()), ("an entity has a start_time", Some("c:a")));
    let start = "2024-01-01T00:00:00Z";
    assert_eq!(refused(&json!({"start_time": start})).rule, "an entity has a conversation_id");
    let negative = refused(&json!({"conversation_id": "c", "start_time": start, "t_acw": -1}));
    assert_eq!((negative.rule.as_str(), negative.start), ("t_acw is not negative", Some(at(start))));
    assert_eq!(
        refused(&json!({"conversation_id": "c", "start_time": start, "t_hold": "1"})).rule,
        "t_hold is a number"
    );
    assert_eq!(refused(&json!({"conversation_id": "c", "start_time": "yesterday"})).start, None);
}

#[test]
fn unknown_fields_are_counted_and_missing_ones_too() {
    let read = page(&json!({"entities": [{"conversation_id": "c", "start_time": "2024-01-01T00:00:00Z", "ani": "+1"}],
        "next_page_uri": "?page=2", "took": 3}));
    assert_eq!(read.next_token.as_deref(), Some("?page=2"));
    assert_eq!(read.drift.unknown.keys().collect::<Vec<_>>(), ["ani", "took"]);
    assert_eq!(read.drift.missing["t_handle"], 1);
}

#[test]
fn an_answer_without_a_list_is_empty_only_when_it_says_nothing_else() {
    assert!(page(&json!({})).rows.is_empty());
    assert!(page(&json!({"entities": null, "next_page_uri": null})).rows.is_empty());
    for body in [json!({"conversations": []}), json!({"next_page_uri": "?page=2"})] {
        assert!(
            matches!(read_page(body.to_string().as_bytes(), &Privacy::default()), Err(WireError::NoEntities)),
            "{body}"
        );
    }
    assert!(matches!(read_page(b"[]", &Privacy::default()), Err(WireError::Json(_))));
}
