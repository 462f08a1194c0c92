//! Tests of jobs' requests, states and pages. Pure.

use serde_json::{Value, json};

use super::*;
use crate::config::privacy::PrivacyConfig;
use crate::config::secret::Secret;
use crate::config::typed::SourceConfig;
use crate::domain::interaction::Interaction;
use crate::domain::media::Dialect;
use crate::domain::selection::{Dimension, Group};
use crate::domain::time::parse_instant;
use crate::genesys::dialect::conversation_details;
use crate::genesys::fixture::offline_config;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::Stage;
use crate::genesys::wire::{Page, RowRead, WireError};

fn at(text: &str) -> i64 {
    parse_instant(text).unwrap()
}

fn conversation() -> Value {
    json!({"conversationId": "c-1", "conversationStart": "2024-04-29T17:31:40.000Z",
        "conversationEnd": "2024-04-29T17:38:17.974Z", "originatingDirection": "inbound", "participants": [
        {"participantId": "p1", "purpose": "customer", "externalContactId": "x-1", "sessions": [
            {"sessionId": "s1", "mediaType": "voice", "ani": "tel:+1"}]},
        {"participantId": "p3", "purpose": "agent", "userId": "u1", "sessions": [{"sessionId": "s3",
            "mediaType": "voice", "segments": [{"segmentType": "interact", "queueId": "q1",
            "segmentStart": "2024-04-29T17:32:00.080Z", "segmentEnd": "2024-04-29T17:38:14.974Z"}],
            "metrics": [{"name": "tTalk", "value": 374_894, "emitDate": "2024-04-29T17:38:14.974Z"}]}]}]})
}

fn read(page: Page) -> Interaction {
    match page.rows.into_iter().next().unwrap() {
        RowRead::Whole(read) => *read,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn a_submission_asks_for_what_starts_and_names_neither_pages_nor_aggregations() {
    let (path, body) = submission(at("2024-04-29T17:30:00Z"), at("2024-04-29T18:00:00Z"), None);
    assert_eq!(path, "/api/v2/analytics/conversations/details/jobs");
    let body: Value = serde_json::from_str(&body).unwrap();
    let expected = json!({"interval": "2024-04-29T17:30:00.000Z/2024-04-29T18:00:00.000Z", "order": "asc",
        "orderBy": "conversationStart", "startOfDayIntervalMatching": true});
    assert_eq!(body, expected);
}

#[test]
fn a_submission_of_a_part_filters_segments_as_a_query_does() {
    let group = Group::new(Dimension::Media, ["voice".to_owned(), "chat".to_owned()]);
    let body: Value = serde_json::from_str(&submission(0, 1, Some(&group)).1).unwrap();
    let predicate =
        |value: &str| json!({"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": value});
    assert_eq!(body["segmentFilters"], json!([{"type": "or", "predicates": [predicate("chat"), predicate("voice")]}]));
}

#[test]
fn ids_and_cursors_go_where_they_belong() {
    assert_eq!(submitted_id(br#"{"jobId":"j-1"}"#).unwrap(), "j-1");
    assert!(matches!(submitted_id(br#"{}"#), Err(WireError::NoQuery)));
    assert_eq!(status_target("j-1"), "/api/v2/analytics/conversations/details/jobs/j-1");
    let first = "/api/v2/analytics/conversations/details/jobs/j-1/results?pageSize=100";
    assert_eq!(results_target("j-1", None, 100), first);
    assert_eq!(results_target("j-1", Some("a=b&c"), 100), format!("{first}&cursor=a%3Db%26c"));
}

#[test]
fn every_state_of_a_job_is_known_and_those_that_come_to_nothing_say_why() {
    let stage = |body: Value| read_status(body.to_string().as_bytes()).unwrap().stage;
    assert_eq!(stage(json!({"state": "QUEUED"})), Stage::Pending);
    assert_eq!(stage(json!({"state": "PENDING"})), Stage::Running);
    assert_eq!(stage(json!({"state": "FULFILLED", "expirationDate": "x"})), Stage::Completed);
    let failed = |reason: &str| Stage::Failed { reason: reason.to_owned() };
    assert_eq!(stage(json!({"state": "FAILED", "errorMessage": "too big"})), failed("failed: too big"));
    assert_eq!(stage(json!({"state": "CANCELLED"})), failed("cancelled: it says no reason"));
    assert_eq!(stage(json!({"state": "EXPIRED"})), failed("expired: it says no reason"));
    assert!(matches!(read_status(b"{}"), Err(WireError::NoStatus)));
    // What no one knows goes on, and is told.
    let read = |word: &str| read_status(json!({"state": word}).to_string().as_bytes()).unwrap();
    let odd = read("RESTING");
    assert_eq!((odd.stage, odd.drift.unknown.get("state=RESTING")), (Stage::Running, Some(&1)));
    assert!(["QUEUED", "PENDING", "FULFILLED", "FAILED"].iter().all(|word| read(word).drift.unknown.is_empty()));
}

#[test]
fn a_page_speaks_for_the_availability_date_and_ends_without_a_cursor() {
    let body =
        json!({"conversations": [conversation()], "cursor": "c", "dataAvailabilityDate": "2024-04-29T20:00:00Z"});
    let page = read_page(body.to_string().as_bytes(), &Privacy::default()).unwrap();
    assert_eq!((page.next_token.as_deref(), page.speaks_for), (Some("c"), Some(at("2024-04-29T20:00:00Z"))));
    assert_eq!((page.total, page.drift.unknown.len()), (None, 0));
    let last = read_page(b"{}", &Privacy::default()).unwrap();
    assert!(last.next_token.is_none() && last.rows.is_empty() && last.speaks_for.is_none());
    assert_eq!(
        read_availability(br#"{"dataAvailabilityDate":"2024-04-29T20:00:00Z"}"#).unwrap(),
        at("2024-04-29T20:00:00Z")
    );
    assert!(matches!(read_availability(b"{}"), Err(WireError::NoAvailability)));
}

/// The jobs tell what the query tells, and the attributes that participants have besides.
#[test]
fn a_job_and_a_query_give_the_same_content_for_the_same_conversation() {
    let key = Some(Secret::new("a key of sixteen or more".to_owned()));
    let config = PrivacyConfig { contact_hash_key: key, ..PrivacyConfig::default() };
    let privacy = Privacy::of(&SourceConfig { privacy: config, ..offline_config() });
    let mut told = conversation();
    told["participants"][0]["attributes"] = json!({"ssn": "123-45-6789"});
    let of_job = json!({"conversations": [told]}).to_string();
    let of_query = json!({"conversations": [conversation()], "totalHits": 1}).to_string();
    let query = conversation_details::PageQuery { from: 0, to: 1, page_size: 100, filter: None, token: None };
    let one = read(read_page(of_job.as_bytes(), &privacy).unwrap());
    let other = read(conversation_details::read_page(of_query.as_bytes(), &query, &privacy).unwrap());
    assert_eq!(one.computed_hash(), other.computed_hash());
    assert_eq!((&one.legs, &one.contact_hash, &one.raw), (&other.legs, &other.contact_hash, &other.raw));
    assert!(one.contact_hash.is_some() && !one.raw.contains("123-45"));
    assert_eq!((one.source, other.source), (Dialect::ConversationJobs, Dialect::ConversationDetails));
}
