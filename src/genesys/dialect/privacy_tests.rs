//! Tests that no dialect lets anything personal through that is not allowed by name. Pure.

use serde_json::{Value, json};

use super::conversation_details::CONVERSATION;
use super::interaction_details::Columns;
use super::shape::{Query, Shape};
use crate::config::privacy::{DROPPED_FIELDS, PrivacyConfig};
use crate::config::secret::Secret;
use crate::domain::interaction::Interaction;
use crate::domain::media::MediaType;
use crate::extract::normalize::{self, Origin};
use crate::genesys::fixture::offline_config;
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::allow::Allowed;
use crate::genesys::wire::{Drift, RowRead};

/// What every personal value holds, and no other.
const PERSONAL: &str = "personal";

/// Every field that says who somebody is, as the platform's own record has them; all but `userId`, which rows need.
const PARTICIPANT: [&str; 3] = ["participantName", "externalContactId", "externalOrganizationId"];
const SESSION: [&str; 16] = [
    "ani",
    "dnis",
    "sessionDnis",
    "addressFrom",
    "addressTo",
    "addressOther",
    "addressSelf",
    "callbackUserName",
    "remote",
    "remoteNameDisplayable",
    "journeyCustomerId",
    "outboundContactId",
    "protocolCallId",
    "videoAddressSelf",
    "screenShareAddressSelf",
    "aFieldOfTomorrow",
];
const SESSION_LISTS: [&str; 4] = ["bcc", "cc", "callbackNumbers", "destinationAddresses"];
const SEGMENT: [&str; 2] = ["wrapUpNote", "subject"];

fn with(mut object: Value, names: &[&str], value: impl Fn(&str) -> Value) -> Value {
    for name in names {
        object[*name] = value(name);
    }
    object
}

fn text(name: &str) -> Value {
    format!("{PERSONAL} {name}").into()
}

fn conversation() -> Value {
    let segment = json!({"segmentType": "interact", "segmentStart": "2024-01-01T10:00:00Z", "queueId": "q-1",
        "segmentEnd": "2024-01-01T10:01:00Z", "wrapUpTags": [text("tag")],
        "properties": [{"propertyType": "x", "property": text("property")}]});
    let session = json!({"sessionId": "s-1", "mediaType": "voice", "direction": "inbound",
        "segments": [with(segment, &SEGMENT, text)], "flow": {"flowId": "f-1", "flowName": text("flow"),
        "transferTargetAddress": text("target"), "transferTargetName": text("target")}});
    let session = with(with(session, &SESSION, text), &SESSION_LISTS, |name| json!([text(name)]));
    let participant = |purpose: &str, id: &str| {
        let one = json!({"participantId": id, "purpose": purpose, "userId": "u-1", "sessions": [session],
            "attributes": {"case_priority": "high", "customerPin": text("pin"), (text("key").as_str().unwrap()): "x"}});
        with(one, &PARTICIPANT, text)
    };
    json!({"conversationId": "c-1", "conversationStart": "2024-01-01T10:00:00Z", "originatingDirection": "inbound",
        "conversationEnd": "2024-01-01T10:01:00Z", "externalTag": text("tag"), "surveys": [{"x": text("survey")}],
        "participants": [participant("customer", "p-1"), participant("agent", "p-2")]})
}

fn events() -> Value {
    let event = |kind: &str, second: u32| {
        with(
            json!({"eventType": kind, "timestamp": format!("2024-01-01T10:00:{second:02}Z"), "duration": 5,
                "agent": {"id": "u-1", "name": text("agent")}, "routing": {"queue": {"id": "q-1"}},
                "note": {"by": text("note")}}),
            &SESSION,
            text,
        )
    };
    let one = json!({"id": "c-1", "type": "voice", "attributes": {"case_priority": "high", "pin": text("pin")},
        "customer": {"name": text("customer")}, "events": [event("wait", 0), event("talk", 5)]});
    with(with(one, &PARTICIPANT, text), &SESSION_LISTS, |name| json!([text(name)]))
}

fn flat() -> Value {
    let row = json!({"id": "i-1", "type": "voice", "status": "completed", "queueId": "q-1", "agentId": "u-1",
        "startTimestamp": "2024-01-01T10:00:00Z", "talkDuration": 60_000, "customer": {"name": text("customer")},
        "attributes": {"case_priority": "high", "pin": text("pin")}});
    with(with(with(row, &SESSION, text), &PARTICIPANT, text), &SESSION_LISTS, |name| json!([text(name)]))
}

fn metrics() -> Value {
    let entity = json!({"conversation_id": "c-1", "start_time": "2024-01-01T10:00:00Z", "agent_id": "u-1",
        "end_time": "2024-01-01T10:05:00Z", "t_handle": 60_000, "t_acw": 5_000, "t_hold": 0,
        "agent": {"name": text("agent")}, "customer": {"name": text("customer")},
        "attributes": {"case_priority": "high", "pin": text("pin")}});
    with(with(with(entity, &SESSION, text), &PARTICIPANT, text), &SESSION_LISTS, |name| json!([text(name)]))
}

fn report() -> Value {
    let row = json!({"interaction.id": "i-1", "interaction.type": "voice", "timestamp": "2024-01-01T10:00:00Z",
        "conversation": {"id": "c-1", "end": "2024-01-01T10:05:00Z"}, "metrics.handledtime.ms": 60_000,
        "agent": {"id": "u-1", "name": text("agent")}, "customer": {"name": text("customer")},
        "attributes.custom": {"case_priority": "high", "pin": text("pin")}});
    with(with(with(row, &SESSION, text), &PARTICIPANT, text), &SESSION_LISTS, |name| json!([text(name)]))
}

/// Each dialect, the body around its interactions, and one with everything personal.
fn dialects() -> Vec<(Shape, &'static str, Value)> {
    vec![
        (Shape::InteractionDetails, "data", flat()),
        (Shape::InteractionEvents, "interactions", events()),
        (Shape::ConversationDetails, "conversations", conversation()),
        (Shape::ConversationMetrics, "entities", metrics()),
        (Shape::ReportQueries, "data", report()),
        (Shape::ConversationJobs, "conversations", conversation()),
    ]
}

fn privacy(settings: PrivacyConfig) -> Privacy {
    let mut config = offline_config();
    config.privacy = settings;
    Privacy::of(&config)
}

fn query() -> Query {
    Query {
        from: 0,
        to: 4_102_444_800_000,
        token: None,
        page_size: 100,
        status_filter: None,
        filter: None,
        columns: Columns::All,
        forward_buffer_ms: 0,
        agents: Vec::new(),
        attributes: Vec::new(),
        limit_rows: 1_000,
    }
}

fn rows(shape: Shape, list: &str, one: &Value, privacy: &Privacy) -> (Vec<RowRead>, Drift) {
    let body = json!({list: [one]}).to_string();
    let page = shape.read(body.as_bytes(), &query(), privacy).unwrap();
    (page.rows, page.drift)
}

fn record(shape: Shape, list: &str, one: &Value, privacy: &Privacy) -> Interaction {
    let dialect = crate::domain::media::Dialect::InteractionDetails;
    let origin = Origin { org_id: "acme".to_owned(), dialect, media_default: MediaType::Voice };
    match rows(shape, list, one, privacy).0.remove(0) {
        RowRead::Row(row) => normalize::interaction(*row, &origin, 1, 2),
        RowRead::Whole(read) => normalize::whole(*read, &origin, 1, 2),
        RowRead::Malformed(row) => panic!("{shape:?}: {}", row.rule),
    }
}

#[test]
fn nothing_personal_reaches_a_record_a_counter_or_a_dead_letter_by_default() {
    for (shape, list, one) in dialects() {
        assert!(one.to_string().contains(PERSONAL));
        let none = Privacy::default();
        let read = record(shape, list, &one, &none);
        let told = format!("{read:?} {:?}", rows(shape, list, &one, &none).1);
        assert!(!told.contains(PERSONAL) && !told.contains("high"), "{shape:?}: {told}");
        assert!(read.raw.contains("u-1") && read.contact_hash.is_none(), "{shape:?}: {}", read.raw);
        let mut broken = one.clone();
        let start = match shape {
            Shape::ConversationDetails | Shape::ConversationJobs => "conversationStart",
            Shape::ReportQueries => "timestamp",
            Shape::ConversationMetrics => "start_time",
            _ => "startTimestamp",
        };
        broken[start] = json!({"of": text("start")});
        let RowRead::Malformed(row) = rows(shape, list, &broken, &none).0.remove(0) else {
            panic!("{shape:?}: not set aside")
        };
        let told = format!("{row:?}");
        assert!(!told.contains(PERSONAL) && row.json.contains("u-1"), "{shape:?}: {told}");
        let whole = privacy(PrivacyConfig { whole_dead_letters: true, ..PrivacyConfig::default() });
        let RowRead::Malformed(row) = rows(shape, list, &broken, &whole).0.remove(0) else {
            panic!("{shape:?}: not set aside")
        };
        assert_eq!(serde_json::from_str::<Value>(&row.json).unwrap(), broken);
    }
}

#[test]
fn an_attribute_that_is_allowed_by_name_is_kept_and_counted_where_it_is_missing() {
    let allowed = ["case_priority", "case_number"].map(str::to_owned).to_vec();
    let privacy = privacy(PrivacyConfig { attributes_allowed: allowed, ..PrivacyConfig::default() });
    for (shape, list, one) in dialects() {
        let read = record(shape, list, &one, &privacy);
        assert!(read.raw.contains("high") && !format!("{read:?}").contains(PERSONAL), "{shape:?}: {}", read.raw);
        let missing = rows(shape, list, &one, &privacy).1.missing;
        assert!(missing.keys().any(|path| path.ends_with("case_number")), "{shape:?}: {missing:?}");
    }
}

#[test]
fn attributes_of_another_type_set_that_interaction_aside_alone() {
    let allowed = vec!["case_priority".to_owned()];
    let privacy = privacy(PrivacyConfig { attributes_allowed: allowed, ..PrivacyConfig::default() });
    for (shape, list, one) in dialects() {
        for (attributes, rule) in [(json!("x"), "is a JSON object"), (json!({"case_priority": 3}), "is text")] {
            let mut broken = one.clone();
            match shape {
                Shape::ConversationDetails | Shape::ConversationJobs => {
                    broken["participants"][0]["attributes"] = attributes;
                }
                Shape::ReportQueries => broken["attributes.custom"] = attributes,
                _ => broken["attributes"] = attributes,
            }
            let body = json!({list: [one, broken, one]}).to_string();
            let rows = shape.read(body.as_bytes(), &query(), &privacy).unwrap().rows;
            let RowRead::Malformed(row) = &rows[1] else { panic!("{shape:?}: {:?}", rows[1]) };
            assert!(row.rule.contains("attributes") && row.rule.ends_with(rule), "{shape:?}: {}", row.rule);
            assert!(!matches!(rows[0], RowRead::Malformed(_)) && !matches!(rows[2], RowRead::Malformed(_)));
        }
    }
}

#[test]
fn a_field_that_is_allowed_by_name_is_kept_and_no_other() {
    let allowed = vec!["dnis".to_owned()];
    let privacy = privacy(PrivacyConfig { fields_allowed: allowed, ..PrivacyConfig::default() });
    let raw = record(Shape::ConversationDetails, "conversations", &conversation(), &privacy).raw;
    assert_eq!((raw.matches(PERSONAL).count(), raw.matches("personal dnis").count()), (2, 2), "{raw}");
}

#[test]
fn agents_and_customers_are_hashed_under_keys_of_their_own() {
    let key = |text: &str| Some(Secret::new(text.to_owned()));
    let settings = PrivacyConfig {
        contact_hash_key: key("0123456789abcdef"),
        user_hash_key: key("fedcba9876543210"),
        ..PrivacyConfig::default()
    };
    let privacy = privacy(settings);
    let hashed = privacy.user("u-1".to_owned());
    for (shape, list, one) in dialects() {
        let read = record(shape, list, &one, &privacy);
        let told = format!("{read:?}");
        assert!(!told.contains("u-1") && !told.contains(PERSONAL), "{shape:?}: {told}");
        assert!(read.legs.iter().any(|leg| leg.user_id.as_ref() == Some(&hashed)), "{shape:?}: {told}");
        assert!(read.raw.contains(&hashed));
        let tells = matches!(shape, Shape::ConversationDetails | Shape::ConversationJobs);
        assert_eq!(read.contact_hash.is_some(), tells);
    }
}

#[test]
fn the_fields_that_can_be_allowed_are_those_that_are_dropped() {
    fn dropped(allowed: &Allowed, into: &mut Vec<&'static str>) {
        match allowed {
            Allowed::Expected(of) | Allowed::List(of) => dropped(of, into),
            Allowed::Object(fields) => {
                for (name, allowed) in *fields {
                    match allowed {
                        Allowed::Dropped => into.push(name),
                        allowed => dropped(allowed, into),
                    }
                }
            }
            _ => {}
        }
    }
    let mut names = Vec::new();
    dropped(&CONVERSATION, &mut names);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, DROPPED_FIELDS);
    let personal = PARTICIPANT.iter().chain(&SESSION[..15]).chain(&SESSION_LISTS).chain(&SEGMENT);
    assert!(personal.chain(&["wrapUpTags", "properties"]).all(|name| names.contains(name)));
}
