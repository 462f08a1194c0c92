//! Tests of requests and of reading events. Pure.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::interaction::{Interaction, InteractionStatus, LegRole, PhaseKind};
use crate::domain::media::MediaType;
use crate::domain::time::parse_instant;
use crate::domain::transfer::TransferKind;
use crate::genesys::error::Told;
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::{MalformedRow, Page, RowRead};

const START: &str = "2024-01-15T10:00:00Z";

/// An instant so many seconds after [`START`].
fn at(seconds: i64) -> i64 {
    parse_instant(START).unwrap() + seconds * 1_000
}

fn timestamp(seconds: i64) -> String {
    crate::domain::time::format_instant(at(seconds))
}

fn event(kind: &str, seconds: i64, duration: Value, more: Value) -> Value {
    let mut event = json!({"eventType": kind, "timestamp": timestamp(seconds), "duration": duration});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

/// A call: 20 s in a queue, talk, both kinds of hold, wrap-up.
fn call() -> Vec<Value> {
    let q1 = json!({"queue": {"id": "q-1"}});
    vec![
        event("wait", 0, json!(20), json!({"routing": q1})),
        event("talk", 20, json!(60.25), json!({"routing": q1, "agent": {"id": "a-1"}})),
        event("hold", 80, json!(5), json!({"holdType": "System"})),
        event("hold", 85, json!(10), json!({"holdType": "customer", "agent.id": "a-1"})),
        event("talk", 95, json!(30), json!({})),
        event("wrapUp", 125, json!(15), json!({"wrapUp": {"code": "Sale"}})),
    ]
}

fn body(interaction: &Value) -> Vec<u8> {
    json!({"interactions": [interaction], "nextPageToken": null}).to_string().into_bytes()
}

fn page(interaction: &Value) -> Page {
    read_page(&body(interaction), &Privacy::default()).unwrap()
}

fn read(interaction: &Value) -> Interaction {
    match page(interaction).rows.pop().unwrap() {
        RowRead::Whole(read) => *read,
        other => panic!("read as {other:?}"),
    }
}

fn read_events(events: Vec<Value>) -> Interaction {
    read(&json!({"id": "i-1", "type": "voice", "events": events}))
}

fn malformed(interaction: &Value) -> MalformedRow {
    match page(interaction).rows.pop().unwrap() {
        RowRead::Malformed(row) => row,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn the_request_is_the_guides_with_the_end_moved_by_the_buffer() {
    let mut query = PageQuery {
        from: at(0),
        to: at(900),
        forward_buffer_ms: 1_800_000,
        type_word: None,
        page_size: 1_000,
        token: None,
    };
    let parsed = |query: &PageQuery| -> Vec<(String, String)> {
        let target = request_target(query);
        let (path, text) = target.split_once('?').unwrap();
        assert_eq!(path, "/api/v2/analytics/interactions/detail");
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [
        pair("view", "interactionDetail"),
        pair("since", "2024-01-15T10:00:00.000Z"),
        pair("until", "2024-01-15T10:45:00.000Z"),
        pair("pageSize", "1000"),
        pair("cursor", ""),
    ];
    assert_eq!(parsed(&query), expected);
    query.token = Some("a+b/=&c".to_owned());
    assert_eq!(parsed(&query)[4], pair("cursor", "a+b/=&c"));
}

#[test]
fn only_a_refusal_that_names_the_cursor_of_a_request_with_one_means_that_it_is_gone() {
    let told = |status, message: &str| Told { status, message: message.to_owned(), ..Told::default() };
    assert!(is_cursor_gone(&told(400, "The cursor has expired."), true));
    assert!(!is_cursor_gone(&told(400, "The cursor has expired."), false));
    assert!(!is_cursor_gone(&told(400, "since is not a date"), true));
    assert!(!is_cursor_gone(&told(404, "no cursor here"), true));
}

#[test]
fn the_cursor_ends_where_it_is_null_absent_or_empty() {
    let token = |text: &str| read_page(text.as_bytes(), &Privacy::default()).unwrap().next_token;
    assert_eq!(token(r#"{"interactions":[],"nextPageToken":"c-2"}"#), Some("c-2".to_owned()));
    assert_eq!(token(r#"{"interactions":[],"nextPageToken":null}"#), None);
    assert_eq!(token(r#"{"interactions":[],"nextPageToken":""}"#), None);
    assert_eq!(token(r#"{"interactions":[]}"#), None);
    assert!(read_page(b"{}", &Privacy::default()).is_err());
    assert!(read_page(b"{\"interactions\":null}", &Privacy::default()).is_err());
}

#[test]
fn events_are_grouped_by_queue_and_agent() {
    let read = read_events(call());
    assert_eq!((read.interaction_id.as_str(), read.conversation_id.as_deref()), ("i-1", Some("i-1")));
    assert_eq!((read.status, read.start, read.end), (InteractionStatus::Completed, at(0), Some(at(140))));
    let legs: Vec<_> = read.legs.iter().map(|leg| (leg.role, leg.session_id.as_str())).collect();
    assert_eq!(legs, [(LegRole::Agent, "q-1/a-1"), (LegRole::Queue, "q-1")]);
    let agent = &read.legs[0];
    assert_eq!((agent.queue_id.as_deref(), agent.user_id.as_deref()), (Some("q-1"), Some("a-1")));
    assert_eq!((agent.media_type, agent.participant_id.as_str()), (MediaType::Voice, ""));
    assert_eq!((agent.start, agent.end, agent.talk_ms), (Some(at(20)), Some(at(140)), None));
    let phases: Vec<_> = agent.phases.iter().map(|phase| (phase.kind, phase.end - phase.start)).collect();
    let expected = [
        (PhaseKind::Talk, 60_250),
        (PhaseKind::Talk, 30_000),
        (PhaseKind::CustomerHold, 10_000),
        (PhaseKind::SystemHold, 5_000),
        (PhaseKind::Wrap, 15_000),
    ];
    assert_eq!(phases, expected);
    assert_eq!(read.legs[1].phases[0].kind, PhaseKind::Wait);
    let set = &read.dispositions[0];
    assert_eq!((set.at, set.user_id.as_deref(), set.code_id.as_deref()), (at(125), Some("a-1"), Some("Sale")));
}

#[test]
fn a_transfer_names_its_target_which_handles_nothing_until_an_event_names_it() {
    let mut events = call();
    events.truncate(2);
    events.push(event(
        "transfer",
        81,
        json!(null),
        json!({"routing": {"queue": {"id": "q-2"}}, "agent": {"id": "a-1"}, "transferType": "Consult"}),
    ));
    events.push(event("wrapUp", 81, json!(9), json!({})));
    events.push(event("wait", 82, json!(8), json!({"routing.queue": {"id": "q-2"}})));
    events.push(event("talk", 90, json!(30), json!({"agent": {"id": "a-2"}})));
    events.push(event("wrapUp", 120, json!(5), json!({})));
    let read = read_events(events);
    let legs: Vec<_> = read.legs.iter().map(|leg| (leg.session_id.as_str(), leg.phases.len())).collect();
    assert_eq!(legs, [("q-1/a-1", 2), ("q-2/a-2", 2), ("q-1", 1), ("q-2", 1)]);
    let made = &read.transfers[0];
    assert_eq!((made.at, made.kind, made.user_id.as_deref()), (at(81), TransferKind::Consult, Some("a-1")));
    assert_eq!((made.to_queue_id.as_deref(), made.to_user_id.as_deref()), (Some("q-2"), None));
    assert_eq!(read.status, InteractionStatus::Completed, "a transfer takes no time");
}

#[test]
fn without_an_agent_before_it_a_talk_has_none() {
    let read = read_events(vec![event("talk", 0, json!(5), json!({}))]);
    let leg = &read.legs[0];
    assert_eq!((leg.role, leg.session_id.as_str()), (LegRole::Agent, "/"));
    assert_eq!((leg.user_id.as_deref(), leg.queue_id.as_deref()), (None, None));
}

#[test]
fn what_is_still_under_way_is_open_unless_the_platform_says_otherwise() {
    let mut events = call();
    events[5]["duration"] = Value::Null;
    let open = read_events(events.clone());
    assert_eq!((open.status, open.end, open.legs[0].end), (InteractionStatus::Open, None, None));
    let with = |field: &str, word: &str| read(&json!({"id": "i", "type": "voice", "events": events, field: word}));
    assert_eq!(with("status", "abandoned").status, InteractionStatus::Completed);
    assert_eq!(with("endTimestamp", &timestamp(500)).status, InteractionStatus::Completed);
    assert_eq!(with("conversationEnd", &timestamp(500)).end, Some(at(125)));
    assert_eq!(with("status", "inProgress").status, InteractionStatus::Open);
    let held = json!({"id": "i", "type": "voice", "events": call(), "status": "inProgress"});
    assert_eq!(read(&held).status, InteractionStatus::Open);
    assert_eq!(read(&json!({"id": "i", "events": [], "startTimestamp": START})).status, InteractionStatus::Open);
}

#[test]
fn one_that_cannot_be_read_is_set_aside_alone() {
    let good = json!({"id": "i-1", "type": "voice", "events": call()});
    let cases = [
        (event("talk", 30, json!(-0.0001), json!({})), "duration is not negative"),
        (event("talk", 30, json!("12"), json!({})), "duration is a number"),
        (event("talk", 30, json!(1), json!({"timestamp": "2024-13-01T00:00:00Z"})), "timestamp is an ISO-8601 instant"),
        (event("talk", 30, json!(1), json!({"timestamp": null})), "an event has a timestamp"),
        (event("talk", 30, json!(1), json!({"agent": {"id": 7}})), "agent.id is text"),
        (event("talk", 30, json!(1), json!({"eventType": null})), "an event has an eventType"),
    ];
    for (bad, rule) in cases {
        let events = json!([event("wait", 7, json!(1), json!({})), bad]);
        let row = malformed(&json!({"id": "i-2", "events": events}));
        assert!(row.rule.starts_with(rule), "{} for {bad}", row.rule);
        assert_eq!((row.id.as_deref(), row.start), (Some("i-2"), Some(at(7))));
        let three = json!({"interactions": [good, {"id": "i-2", "events": events}, good]}).to_string();
        let rows = read_page(three.as_bytes(), &Privacy::default()).unwrap().rows;
        assert!(matches!(rows.as_slice(), [RowRead::Whole(_), RowRead::Malformed(_), RowRead::Whole(_)]));
    }
    assert_eq!(malformed(&json!({"events": call()})).rule, "an interaction has an id");
    assert_eq!(malformed(&json!({"id": "i", "events": []})).rule, "an interaction has events or a start");
    assert_eq!(malformed(&json!({"id": "i", "events": {}})).rule, "events is a list");
    assert_eq!(malformed(&json!(17)).rule, "a row is a JSON object");
}

#[test]
fn raw_has_nothing_personal_and_what_no_one_knows_is_counted() {
    let mut events = call();
    events.push(event("coffee", 300, json!(4), json!({"agent": {"id": "a-9", "name": "Ann"}, "note": "+49 123"})));
    events.push(event("system", 310, json!(4), json!({})));
    let interaction = json!({"id": "i-1", "type": "carrierPigeon", "status": "odd", "events": events,
        "ani": "+49 123", "customer": {"name": "Ann"}});
    let page = page(&interaction);
    let RowRead::Whole(read) = &page.rows[0] else { panic!("not read") };
    assert!(!read.raw.contains("Ann") && !read.raw.contains("+49") && read.raw.contains("60.25"), "{}", read.raw);
    let unknown: Vec<&str> = page.drift.unknown.keys().map(String::as_str).collect();
    let expected = ["ani", "customer", "eventType=coffee", "events.note", "status=odd", "type=carrierPigeon"];
    assert_eq!(unknown, expected);
    let phases: usize = read.legs.iter().map(|leg| leg.phases.len()).sum();
    assert_eq!((phases, read.end), (6, Some(at(314))));
    let leg = &read.legs[0];
    assert_eq!((leg.media_type, leg.media_reported.as_deref()), (MediaType::Unknown, Some("carrierPigeon")));
}

fn any_event() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec!["wait", "talk", "hold", "transfer", "wrapUp", "disposition", "system", "x"]);
    let id = |ids: &'static [&'static str]| prop::option::of(prop::sample::select(ids));
    let duration = prop::option::of(0..4_i64);
    (kinds, 0..4_i64, duration, id(&["a-1", "a-2"]), id(&["q-1", "q-2"]), id(&["Sale", "Lost"]), any::<bool>())
        .prop_map(|(kind, seconds, duration, agent, queue, code, flag)| {
            event(
                kind,
                seconds,
                json!(duration),
                json!({"agent": {"id": agent}, "routing": {"queue": {"id": queue}, "skill": {"id": code}},
                    "wrapUp": {"code": code}, "systemInitiated": flag}),
            )
        })
}

proptest! {
    /// For all events E and permutations p: read(p(E)) = read(E), but for the text of `raw`.
    #[test]
    fn the_order_in_which_events_come_means_nothing(
        (events, shuffled) in prop::collection::vec(any_event(), 1..9)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let (mut one, mut other) = (read_events(events), read_events(shuffled));
        one.raw.clear();
        other.raw.clear();
        prop_assert_eq!(one.computed_hash(), other.computed_hash());
        prop_assert_eq!(one, other);
    }
}

/// Interactions that begin at these minutes, and a further page.
fn begun_at(minutes: &[i64]) -> Vec<u8> {
    let one = |minute: &i64| {
        json!({"id": format!("i-{minute}"), "type": "voice", "events": [
            {"eventType": "talk", "timestamp": crate::domain::time::format_instant(minute * 60_000), "duration": 5}]})
    };
    let interactions: Vec<Value> = minutes.iter().map(one).collect();
    json!({"interactions": interactions, "nextPageToken": "t"}).to_string().into_bytes()
}

#[test]
fn sorted_rows_that_have_come_past_the_slice_end_the_query_and_others_do_not() {
    let is_last = |minutes: &[i64], to: i64| {
        let rows = read_page(&begun_at(minutes), &Privacy::default()).unwrap().rows;
        has_come_past(&rows, to * 60_000)
    };
    let sorted: Vec<i64> = (0..10).collect();
    assert!(is_last(&sorted, 9), "a row at the end of the slice is the next slice's, and so is what follows");
    assert!(!is_last(&sorted, 10));
    assert!(!is_last(&sorted[1..], 9), "nine rows in order may be chance");
    let mut unsorted = sorted.clone();
    unsorted.swap(2, 3);
    assert!(!is_last(&unsorted, 9));
}
