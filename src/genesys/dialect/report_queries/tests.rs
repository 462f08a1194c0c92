//! Tests of requests, states and rows of report queries. Pure.

use serde_json::{Value, json};

use super::*;
use crate::config::privacy::PrivacyConfig;
use crate::config::typed::SourceConfig;
use crate::domain::interaction::{Interaction, InteractionStatus};
use crate::domain::media::MediaType;
use crate::domain::selection::{Dimension, Group};
use crate::domain::time::parse_instant;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::error::Told;
use crate::genesys::fixture::offline_config;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::Stage;
use crate::genesys::wire::{Page, RowRead, WireError};

fn all(attributes: &[String]) -> Select<'_> {
    Select { columns: Columns::All, attributes }
}

const GUIDE: Select<'_> = Select { columns: Columns::Guide, attributes: &[] };

/// The row of the published example.
fn row() -> Value {
    json!({"interaction.id": "voice-12345", "interaction.type": "voice", "conversation.id": "conv-67890",
        "timestamp": "2024-01-01T08:15:32.100Z",
        "attributes.custom": {"customer_segment": "enterprise", "case_priority": "high"},
        "metrics.queuetime.ms": 12_500, "metrics.handledtime.ms": 340_000})
}

fn page_of(rows: Vec<Value>, select: &Select<'_>) -> Page {
    let privacy = PrivacyConfig { attributes_allowed: select.attributes.to_vec(), ..PrivacyConfig::default() };
    let privacy = Privacy::of(&SourceConfig { privacy, ..offline_config() });
    read_page(json!({"data": rows, "nextPageToken": "eyJwYWdlIjoyfQ"}).to_string().as_bytes(), select, &privacy)
        .unwrap()
}

fn read(row: Value, select: &Select<'_>) -> Interaction {
    match page_of(vec![row], select).rows.pop().unwrap() {
        RowRead::Whole(read) => *read,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn a_submission_names_instants_of_utc_and_every_path_by_itself() {
    let (from, to) = (parse_instant("2024-01-01T00:00:00Z").unwrap(), parse_instant("2024-01-01T00:30:00Z").unwrap());
    let attributes = ["case_priority".to_owned()];
    let (path, body) = submission((from, to), &all(&attributes), None, 500_000);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(path, "/api/v2/analytics/conversations/details/query");
    assert_eq!(
        (&body["start"], &body["end"]),
        (&json!("2024-01-01T00:00:00.000Z"), &json!("2024-01-01T00:30:00.000Z")),
        "the end is not shortened: a row of its last millisecond would be lost"
    );
    let rest = [&body["interval"], &body["view"], &body["group"], &body["limit"]];
    assert_eq!(rest, [&json!("PT0S"), &json!("default/conversations"), &json!([]), &json!(500_000)]);
    let select: Vec<&str> = body["select"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    assert_eq!((select.len(), select.last()), (14, Some(&"attributes.custom.case_priority")));
    assert!(select.iter().all(|path| !path.contains('*')), "{select:?}");
    assert_eq!(body["filter"], json!({"type": "and", "clauses": []}));
    let guide = submission((from, to), &GUIDE, None, 1).1;
    assert_eq!(serde_json::from_str::<Value>(&guide).unwrap()["select"].as_array().unwrap().len(), 6);
}

#[test]
fn one_medium_or_one_queue_can_be_asked_for_and_nothing_of_several() {
    let clauses = |dimension, values: &[&str]| {
        let group = Group::new(dimension, values.iter().map(|value| (*value).to_owned()));
        let body: Value = serde_json::from_str(&submission((0, 1), &GUIDE, Some(&group), 1).1).unwrap();
        body["filter"]["clauses"].clone()
    };
    let clause = |path: &str, value: &str| json!([{"type": "field", "path": path, "operator": "eq", "value": value}]);
    assert_eq!(clauses(Dimension::Media, &["voice"]), clause("interaction.type", "voice"));
    assert_eq!(clauses(Dimension::Queue, &["Q1"]), clause("routing.queue.id", "Q1"));
    assert_eq!(clauses(Dimension::Media, &["chat", "voice"]), json!([]));
}

#[test]
fn a_state_that_no_one_knows_goes_on_and_is_told() {
    let read = |word: &str| read_status(json!({"status": word}).to_string().as_bytes()).unwrap();
    let odd = read("resting");
    assert_eq!((odd.stage, odd.drift.unknown.get("status=resting")), (Stage::Running, Some(&1)));
    assert!(["pending", "running", "completed", "partial"].iter().all(|word| read(word).drift.unknown.is_empty()));
}

#[test]
fn only_a_refusal_that_names_an_optional_path_asks_for_fewer() {
    let told = |message: &str| Told { status: 400, message: message.to_owned(), ..Told::default() };
    assert!(all(&[]).refused_by(&told("select names an unknown path: routing.queue.id")));
    assert!(!all(&[]).refused_by(&told("end lies before start")));
    assert!(!GUIDE.refused_by(&told("select names an unknown path: routing.queue.id")));
}

#[test]
fn ids_and_tokens_go_where_they_belong() {
    assert_eq!(submitted_id(br#"{"queryId":"a1b2","status":"pending"}"#).unwrap(), "a1b2");
    assert!(matches!(submitted_id(br#"{"status":"pending"}"#), Err(WireError::NoQuery)));
    assert!(matches!(submitted_id(br#"{"queryId":"../users"}"#), Err(WireError::NoQuery)));
    assert_eq!(status_target("a1b2"), "/api/v2/analytics/report-queries/a1b2");
    assert_eq!(results_target("a1b2", None), "/api/v2/analytics/report-queries/a1b2/results");
    assert_eq!(
        results_target("a1b2", Some("eyJ=+/&x")),
        "/api/v2/analytics/report-queries/a1b2/results?pageToken=eyJ%3D%2B%2F%26x"
    );
}

#[test]
fn states_are_read_by_their_word_and_an_unknown_one_is_under_way() {
    let stage = |body: Value| read_status(body.to_string().as_bytes()).unwrap();
    let running = stage(json!({"id": "a", "status": "running", "progress": 0.45, "resultsUri": "/x"}));
    assert_eq!((running.stage, running.progress, running.rows), (Stage::Running, Some(0.45), None));
    assert_eq!(stage(json!({"status": "PENDING"})).stage, Stage::Pending);
    assert_eq!(stage(json!({"status": "sorting"})).stage, Stage::Running);
    let partial = stage(json!({"status": "partial", "count": 17}));
    assert_eq!((partial.stage, partial.rows), (Stage::Partial, Some(17)));
    assert_eq!(stage(json!({"status": "completed"})).stage, Stage::Completed);
    let reason = "Internal Server Error".to_owned();
    assert_eq!(stage(json!({"status": "failed", "error": reason})).stage, Stage::Failed { reason });
    assert!(matches!(read_status(b"{}"), Err(WireError::NoStatus)));
}

#[test]
fn the_published_example_is_read_with_its_handle_time_and_without_what_it_does_not_say() {
    let page = page_of(vec![row()], &GUIDE);
    assert_eq!(page.next_token.as_deref(), Some("eyJwYWdlIjoyfQ"));
    assert!(page.drift.unknown.is_empty() && page.drift.missing.is_empty(), "{:?}", page.drift);
    let read = read(row(), &GUIDE);
    let leg = &read.legs[0];
    assert_eq!((read.interaction_id.as_str(), read.conversation_id.as_deref()), ("voice-12345", Some("conv-67890")));
    assert_eq!((read.start, read.end), (parse_instant("2024-01-01T08:15:32.100Z").unwrap(), None));
    assert_eq!(read.status, InteractionStatus::Completed);
    assert_eq!((leg.media_type, leg.wait_ms, leg.reported_handle_ms), (MediaType::Voice, Some(12_500), Some(340_000)));
    assert_eq!((&leg.user_id, &leg.queue_id, leg.talk_ms, leg.end), (&None, &None, None, None));
    assert!(!read.raw.contains("enterprise"), "an attribute that no setting names is not passed on");
}

#[test]
fn nested_and_dotted_rows_are_the_same() {
    let nested = json!({"interaction": {"id": "i", "type": "chat"}, "conversation": {"id": "c", "end": "2024-01-01T09:00:00Z"},
        "timestamp": "2024-01-01T08:15:32.100Z", "agent": {"id": "a"}, "routing": {"queue": {"id": "q"}},
        "metrics": {"queuetime": {"ms": 1}, "handledtime": {"ms": 2.6}, "wraptime.ms": null}, "wrapup.code": "Sale"});
    let dotted = json!({"interaction.id": "i", "interaction.type": "chat", "conversation.id": "c",
        "conversation.end": "2024-01-01T09:00:00Z", "timestamp": "2024-01-01T08:15:32.100Z", "agent.id": "a",
        "routing.queue.id": "q", "metrics.queuetime.ms": 1, "metrics.handledtime.ms": 3, "wrapup": {"code": "Sale"}});
    let (one, other) = (read(nested, &all(&[])), read(dotted, &all(&[])));
    assert_eq!(one.legs, other.legs);
    let leg = &one.legs[0];
    assert_eq!((leg.user_id.as_deref(), leg.queue_id.as_deref()), (Some("a"), Some("q")));
    assert_eq!((leg.reported_handle_ms, leg.wrapup_code_name.as_deref()), (Some(3), Some("Sale")));
}

#[test]
fn a_row_is_over_when_it_was_handled_or_its_conversation_has_ended() {
    let status = |handled: Value, end: Value| {
        let mut row = row();
        row["metrics.handledtime.ms"] = handled;
        row["conversation.end"] = end;
        read(row, &all(&[])).status
    };
    let end = json!("2024-01-01T09:00:00Z");
    assert_eq!(status(json!(0), Value::Null), InteractionStatus::Completed);
    assert_eq!(status(json!(5), end.clone()), InteractionStatus::Completed);
    assert_eq!(status(Value::Null, end), InteractionStatus::Abandoned);
    assert_eq!(status(Value::Null, Value::Null), InteractionStatus::Open);
}

#[test]
fn named_attributes_are_kept_as_they_are_and_one_that_is_gone_is_counted() {
    let attributes = ["case_priority".to_owned(), "region".to_owned()];
    let page = page_of(vec![row()], &Select { columns: Columns::Guide, attributes: &attributes });
    assert_eq!(page.drift.missing["attributes.custom.region"], 1);
    assert_eq!(page.drift.missing.len(), 1);
    let RowRead::Whole(read) = &page.rows[0] else { panic!("{:?}", page.rows) };
    let raw: Value = serde_json::from_str(&read.raw).unwrap();
    assert_eq!(raw["attributes.custom"], json!({"case_priority": "high"}));
    assert_eq!(raw["metrics.handledtime.ms"], json!(340_000));
}

#[test]
fn a_row_that_breaks_a_rule_is_set_aside_alone() {
    let broken = |path: &str, value: Value| {
        let mut row = row();
        row[path] = value;
        let mut page = page_of(vec![self::row(), row], &GUIDE);
        match page.rows.pop().unwrap() {
            RowRead::Malformed(row) => (row.rule, row.id, row.start.is_some()),
            other => panic!("{other:?}"),
        }
    };
    let id = Some("voice-12345".to_owned());
    assert_eq!(
        broken("metrics.queuetime.ms", json!(-1)),
        ("metrics.queuetime.ms is not negative".to_owned(), id.clone(), true)
    );
    assert_eq!(broken("metrics.handledtime.ms", json!("5")).0, "metrics.handledtime.ms is a number");
    assert_eq!(broken("interaction.id", Value::Null), ("a row has an interaction.id".to_owned(), None, true));
    assert!(!broken("timestamp", json!("yesterday")).2);
}

#[test]
fn unknown_fields_and_words_are_counted_and_a_transfer_is_told() {
    let mut odd = row();
    odd["interaction.type"] = json!("telepathy");
    odd["agent.email"] = json!("ann@example.com");
    let page = page_of(vec![odd], &GUIDE);
    assert_eq!(page.drift.unknown["agent.email"], 1);
    assert_eq!(page.drift.unknown["interaction.type=telepathy"], 1);
    let mut transfer = row();
    transfer["interaction.type"] = json!("Transfer");
    let read = read(transfer, &GUIDE);
    assert!(read.legs[0].transfer_row && read.legs[0].media_type == MediaType::Unknown);
    assert!(!page_of(vec![row()], &GUIDE).drift.unknown.contains_key("interaction.type=transfer"));
}

#[test]
fn the_last_page_has_a_null_token_and_an_answer_without_rows_is_no_page() {
    let last = read_page(br#"{"data":[],"nextPageToken":null}"#, &GUIDE, &Privacy::default()).unwrap();
    assert!(last.next_token.is_none() && last.rows.is_empty());
    assert!(matches!(read_page(br#"{"nextPageToken":null}"#, &GUIDE, &Privacy::default()), Err(WireError::NoData)));
    assert!(read_page(br#"{"data":[{"#, &GUIDE, &Privacy::default()).is_err());
}
