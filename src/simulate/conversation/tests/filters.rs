//! Filters of details queries, each held against what one gets by filtering the unfiltered answer by hand. Pure.

use serde_json::{Value, json};

use super::super::filter::METRICS;
use super::super::page::details_page;
use super::super::query::read_details;
use super::super::seen::Moment;
use super::*;
use crate::domain::time::{DAY_MS, HOUR_MS};

/// The example of a query that the platform's API is described with, to the letter.
const EXAMPLE: &str = r#"{"interval":"2024-01-15T00:00:00.000Z/2024-01-16T00:00:00.000Z","order":"asc","orderBy":"conversationStart",
 "paging":{"pageSize":100,"pageNumber":1},
 "segmentFilters":[{"type":"and","predicates":[{"dimension":"mediaType","value":"voice"},{"dimension":"purpose","value":"agent"}]}],
 "conversationFilters":[{"type":"and","predicates":[{"metric":"tHandle","range":{"gte":1}}]}]}"#;

fn start() -> InstantMs {
    parse_instant("2024-01-15T00:00:00Z").unwrap()
}

fn world() -> ConversationWorld {
    ConversationWorld::exactly(7, start(), 1, 1_500).unwrap()
}

fn example() -> Value {
    serde_json::from_str(EXAMPLE).unwrap()
}

/// The example with other filters.
fn filtered(field: &str, filters: &Value) -> Value {
    let mut body = example();
    let fields = body.as_object_mut().unwrap();
    fields.retain(|name, _| !name.ends_with("Filters"));
    fields.insert(field.to_owned(), filters.clone());
    body
}

/// All pages of an answer; its count is as many.
fn answered(world: &ConversationWorld, body: &Value, moment: Moment) -> Vec<Value> {
    let mut found = Vec::new();
    let mut body = body.clone();
    for page in 1..=20 {
        body["paging"]["pageNumber"] = json!(page);
        let answer = details_page(world, &[], &read_details(&body).unwrap(), moment);
        let Some(told) = answer.get("conversations") else {
            assert_eq!(answer["totalHits"], json!(found.len()), "{body}");
            return found;
        };
        found.extend(told.as_array().unwrap().clone());
    }
    panic!("twenty pages are not all: {body}");
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

/// Whether one segment is as wanted: its participant, its session, and itself.
fn has_segment(told: &Value, wanted: impl Fn(&Value, &Value, &Value) -> bool) -> bool {
    list(told, "participants").any(|participant| {
        list(participant, "sessions")
            .any(|session| list(session, "segments").any(|segment| wanted(participant, session, segment)))
    })
}

/// What a metric adds up to over the sessions; `None`: no session has it.
fn total(told: &Value, name: &str) -> Option<i64> {
    let sessions = list(told, "participants").flat_map(|participant| list(participant, "sessions"));
    let metrics = sessions.flat_map(|session| list(session, "metrics")).filter(|metric| metric["name"] == name);
    metrics.map(|metric| metric["value"].as_i64().unwrap()).reduce(|sum, one| sum + one)
}

fn length(told: &Value) -> Option<i64> {
    let instant = |name: &str| parse_instant(told[name].as_str()?);
    Some(instant("conversationEnd")? - instant("conversationStart")?)
}

#[test]
fn the_example_of_the_api_selects_spoken_conversations_that_an_agent_handled() {
    let world = world();
    let all = answered(&world, &filtered("segmentFilters", &json!([])), Moment(None));
    assert_eq!(all.len(), 1_500);
    let by_hand = |told: &&Value| {
        has_segment(told, |participant, session, _| {
            participant["purpose"] == "agent" && session["mediaType"] == "voice"
        }) && total(told, "tHandle").is_some_and(|sum| 1 <= sum)
    };
    let expected: Vec<&Value> = all.iter().filter(by_hand).collect();
    assert!(500 < expected.len() && expected.len() < 1_400, "{}", expected.len());
    let found = answered(&world, &example(), Moment(None));
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
}

/// The field, its filters, and the same by hand.
type Case = (&'static str, Value, Box<dyn Fn(&Value) -> bool>);

fn and(predicates: Value) -> Value {
    json!([{"type": "and", "predicates": predicates}])
}

fn of_segments() -> Vec<Case> {
    let billing = super::super::super::centre::QUEUES[0].id;
    let agent = super::super::super::centre::agent_id(5);
    let field = "segmentFilters";
    let purpose =
        |word: &str| json!({"type": "dimension", "dimension": "purpose", "operator": "matches", "value": word});
    let queue = json!({"dimension": "queueId", "value": billing});
    vec![
        (field, and(json!([purpose("ivr")])), Box::new(|told| has_segment(told, |one, _, _| one["purpose"] == "ivr"))),
        // One segment must be both.
        (
            field,
            and(json!([purpose("agent"), queue])),
            Box::new(move |told| {
                has_segment(told, |one, _, segment| one["purpose"] == "agent" && segment["queueId"] == billing)
            }),
        ),
        // Two segments may be one each.
        (
            field,
            json!([and(json!([purpose("ivr")]))[0], and(json!([queue]))[0]]),
            Box::new(move |told| {
                has_segment(told, |one, _, _| one["purpose"] == "ivr")
                    && has_segment(told, |_, _, segment| segment["queueId"] == billing)
            }),
        ),
        (
            field,
            and(json!([{"dimension": "userId", "value": agent}])),
            Box::new(move |told| has_segment(told, |one, _, _| one["userId"] == agent.as_str())),
        ),
        (
            field,
            and(json!([purpose("Agent"), {"dimension": "queueId", "operator": "notExists"}])),
            Box::new(|told| {
                has_segment(told, |one, _, segment| one["purpose"] == "agent" && segment["queueId"].is_null())
            }),
        ),
        (
            field,
            json!([{"type": "or", "predicates": [{"dimension": "direction", "value": "outbound"}], "clauses": [
                {"type": "and", "predicates": [purpose("acd"), {"dimension": "mediaType", "value": "chat"}]},
            ]}]),
            Box::new(|told| {
                has_segment(told, |one, session, _| {
                    session["direction"] == "outbound" || one["purpose"] == "acd" && session["mediaType"] == "chat"
                })
            }),
        ),
    ]
}

fn of_conversations() -> Vec<Case> {
    let field = "conversationFilters";
    let range = |metric: &str, range: Value| json!({"type": "metric", "metric": metric, "range": range});
    vec![
        (
            field,
            and(json!([range("tHandle", json!({"gt": 60_000, "lte": 300_000}))])),
            Box::new(|told| total(told, "tHandle").is_some_and(|ms| 60_000 < ms && ms <= 300_000)),
        ),
        (
            field,
            and(json!([range("tAcw", json!({"lt": 30_000.5})), range("tAnswered", json!({"gte": 20_000}))])),
            Box::new(|told| {
                total(told, "tAcw").is_some_and(|ms| ms <= 30_000)
                    && total(told, "tAnswered").is_some_and(|ms| 20_000 <= ms)
            }),
        ),
        (
            field,
            and(json!([{"metric": "nTransferred", "operator": "exists"}])),
            Box::new(|told| total(told, "nTransferred").is_some()),
        ),
        (
            field,
            and(json!([{"metric": "tHandle", "operator": "notExists"}, {"metric": "tAbandon", "operator": "exists"}])),
            Box::new(|told| total(told, "tHandle").is_none() && total(told, "tAbandon").is_some()),
        ),
        (
            field,
            and(json!([{"metric": "nOffered", "value": "2"}])),
            Box::new(|told| total(told, "nOffered") == Some(2)),
        ),
        (
            field,
            and(json!([range("tConversationDuration", json!({"gte": 600_000}))])),
            Box::new(|told| length(told).is_some_and(|ms| 600_000 <= ms)),
        ),
        (
            field,
            json!([{"type": "or", "predicates": [
                {"dimension": "originatingDirection", "value": "outbound"},
                {"dimension": "conversationEnd", "operator": "notExists"},
                range("tAbandon", json!({"gte": 0})),
            ]}]),
            Box::new(|told| {
                told["originatingDirection"] == "outbound"
                    || told["conversationEnd"].is_null()
                    || total(told, "tAbandon").is_some()
            }),
        ),
    ]
}

#[test]
fn every_kind_of_filter_selects_what_one_gets_by_hand_over_or_still_going_on() {
    let world = world();
    // Before the evening's conversations, in the middle of those of the afternoon, and after all.
    for moment in [Moment(Some(start() + 15 * HOUR_MS)), Moment(None)] {
        let all = answered(&world, &filtered("segmentFilters", &json!([])), moment);
        for (field, filters, by_hand) in of_segments().into_iter().chain(of_conversations()) {
            let expected: Vec<&Value> = all.iter().filter(|told| by_hand(told)).collect();
            assert!(
                !expected.is_empty() && expected.len() < all.len(),
                "{} of {}: {filters}",
                expected.len(),
                all.len()
            );
            let found = answered(&world, &filtered(field, &filters), moment);
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filters}");
        }
    }
}

#[test]
fn every_metric_that_can_be_asked_for_is_there_in_some_conversations() {
    let world = ConversationWorld::exactly(7, start(), 1, 4_000).unwrap();
    for metric in METRICS {
        let mut body = filtered("conversationFilters", &and(json!([{"metric": metric, "operator": "exists"}])));
        body["paging"] = json!({"pageSize": 1, "pageNumber": 1});
        let answer = details_page(&world, &[], &read_details(&body).unwrap(), Moment(None));
        assert!(answer["totalHits"].as_u64().is_some_and(|hits| 0 < hits), "{metric}: {answer}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_refused_by_its_name() {
    let refusal = |field: &str, predicate: Value| {
        let refused = read_details(&filtered(field, &and(json!([predicate])))).unwrap_err();
        (refused.code, refused.message)
    };
    for (field, predicate, code, named) in [
        ("conversationFilters", json!({"metric": "tVoicemail", "range": {"gte": 1}}), "invalid.value", "[tVoicemail]"),
        ("conversationFilters", json!({"dimension": "purpose", "value": "agent"}), "invalid.value", "[purpose]"),
        ("segmentFilters", json!({"dimension": "ani", "value": "1"}), "invalid.value", "[ani]"),
        (
            "segmentFilters",
            json!({"metric": "tSegmentDuration", "range": {"gt": 1}}),
            "invalid.value",
            "[tSegmentDuration]",
        ),
        ("segmentFilters", json!({"type": "property", "property": "x", "value": "1"}), "invalid.value", "[x]"),
        ("segmentFilters", json!({"dimension": "purpose", "range": {"gt": 1}}), "invalid.value", "[purpose]"),
        ("segmentFilters", json!({"dimension": "purpose", "operator": "like"}), "invalid.value", "[like]"),
        ("conversationFilters", json!({"metric": "tHandle", "value": "much"}), "invalid.value", "[tHandle]"),
        ("conversationFilters", json!({"metric": "tHandle", "range": {"over": 1}}), "bad.request", "gte"),
        ("conversationFilters", json!({"metric": "tHandle", "range": {}}), "bad.request", "at least one"),
        ("conversationFilters", json!({"metric": "tHandle"}), "bad.request", "value or a range"),
        (
            "conversationFilters",
            json!({"type": "metric", "dimension": "conversationId", "value": "1"}),
            "bad.request",
            "type",
        ),
        ("segmentFilters", json!({}), "bad.request", "one dimension or one metric"),
    ] {
        let (is, message) = refusal(field, predicate.clone());
        assert!(is == code && message.contains(named), "{predicate}: {is}: {message}");
    }
}

#[test]
fn a_day_without_conversations_has_none_whatever_is_asked() {
    let mut body = example();
    body["interval"] = json!("2024-02-01T00:00:00Z/2024-02-02T00:00:00Z");
    assert!(start() + DAY_MS < parse_instant("2024-02-01T00:00:00Z").unwrap());
    assert_eq!(answered(&world(), &body, Moment(None)), Vec::<Value>::new());
}
