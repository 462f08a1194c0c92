//! The two tellings of the final form, read back and set against the truth. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::row::id_text;
use super::super::retell::true_conversation;
use super::super::seen::Moment;
use super::super::shape::Shape;
use super::super::{details, events};
use super::drawn::world;
use super::*;

const ALWAYS: Moment = Moment(None);

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn agents(conversation: &Value) -> Vec<&Value> {
    let agents = list(conversation, "participants").iter().filter(|one| one["purpose"] == "agent");
    agents.flat_map(|one| list(one, "sessions")).collect()
}

fn metric_sum(session: &Value, name: &str) -> i64 {
    let metrics = list(session, "metrics").iter().filter(|metric| metric["name"] == name);
    metrics.map(|metric| metric["value"].as_i64().unwrap()).sum()
}

fn no_nulls(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().all(no_nulls),
        Value::Object(fields) => fields.values().all(no_nulls),
        _ => true,
    }
}

#[test]
fn the_metrics_of_details_add_up_to_the_truth() {
    let world = world(5_000);
    for told in world.told(world.range(), None) {
        let (json, truth) = (details::conversation(told, ALWAYS), true_conversation(told, Shape::Details));
        assert!(no_nulls(&json), "{json}");
        assert_eq!(json["conversationId"], id_text(told.id));
        let sum = |name: &str| agents(&json).iter().map(|session| metric_sum(session, name)).sum::<i64>();
        let legs = |of: fn(&super::super::super::truth::conversation::TrueLeg) -> i64| -> i64 {
            truth.legs.iter().map(of).sum()
        };
        let talk_known = told.sessions.iter().all(|session| session.quirk != super::super::model::Quirk::NoTalk);
        if talk_known {
            assert_eq!(sum("tTalk"), legs(|leg| leg.talk_ms), "{json}");
            assert_eq!(sum("tTalkComplete"), sum("tTalk"));
        } else {
            let derived = sum("tHandle") - sum("tHeld") - sum("tAcw") - sum("tDialing") - sum("tContacting");
            assert!(legs(|leg| leg.talk_ms) <= derived);
        }
        assert_eq!(sum("tHeld"), legs(|leg| leg.customer_hold_ms));
        assert_eq!(sum("tHeldComplete"), sum("tHeld"));
        assert_eq!(sum("tAcw"), legs(|leg| leg.wrap_ms));
        assert_eq!(sum("tDialing") + sum("tContacting"), legs(|leg| leg.dialing_ms + leg.contacting_ms));
        assert_eq!(sum("tHandle"), legs(|leg| leg.reported_handle_ms.unwrap_or(0)));
        assert_eq!(sum("tAnswered"), legs(|leg| leg.answered_at.map_or(0, |_| leg.wait_ms)));
        assert_eq!(sum("nTransferred"), told.transfers.len() as i64);
        assert_eq!(sum("nBlindTransferred") + sum("nConsultTransferred"), sum("nTransferred"));
        let of_queues = |name: &str| -> i64 {
            let queues = list(&json, "participants").iter().filter(|one| one["purpose"] == "acd");
            queues.flat_map(|one| list(one, "sessions")).map(|session| metric_sum(session, name)).sum()
        };
        assert_eq!(of_queues("nOffered"), told.visits.len() as i64);
        assert_eq!(of_queues("tAcd"), legs(|leg| leg.wait_ms));
        assert_eq!(of_queues("tAbandon"), legs(|leg| leg.abandoned_at.map_or(0, |_| leg.wait_ms)));
        assert_eq!(of_queues("tFlowOut"), legs(|leg| leg.flow_out_at.map_or(0, |_| leg.wait_ms)));
        let segments = agents(&json).into_iter().flat_map(|session| list(session, "segments"));
        assert!(segments.into_iter().all(|segment| segment["segmentEnd"].is_string()));
        assert_eq!(agents(&json).len(), told.sessions.len());
    }
}

#[test]
fn details_name_customers_whom_no_reader_may_let_through_and_every_session_points_at_theirs() {
    let world = world(300);
    for told in world.told(world.range(), None) {
        let json = details::conversation(told, ALWAYS);
        let customer = &list(&json, "participants")[0];
        assert_eq!(customer["purpose"], "customer");
        assert!(customer["participantName"].is_string());
        let session = &list(customer, "sessions")[0];
        assert!(session["ani"].as_str().unwrap().starts_with("tel:+1555"));
        for other in list(&json, "participants").iter().skip(1).flat_map(|one| list(one, "sessions")) {
            assert_eq!(other["peerId"], session["sessionId"]);
        }
        let ids: BTreeSet<&str> =
            list(&json, "participants").iter().map(|one| one["participantId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), list(&json, "participants").len());
    }
}

/// An event's field, nested or dotted.
fn field<'a>(event: &'a Value, path: &[&str]) -> Option<&'a str> {
    let dotted = event.get(path.join("."));
    let nested = path.iter().try_fold(event, |value, key| value.get(key));
    dotted.or(nested).and_then(Value::as_str)
}

fn milliseconds(events: &[&Value]) -> i64 {
    events.iter().map(|event| (event["duration"].as_f64().unwrap() * 1_000.0).round() as i64).sum()
}

#[test]
fn events_hold_in_any_order_what_the_truth_holds() {
    let world = world(5_000);
    let (mut unsorted, mut dotted, mut integers, mut nulls) = (0, 0, 0, 0);
    for told in world.told(world.range(), None) {
        let (json, truth) = (events::interaction(told, ALWAYS), true_conversation(told, Shape::Events));
        assert_eq!((&json["id"], &json["type"]), (&id_text(told.id).into(), &told.kind.word().into()));
        let all = list(&json, "events");
        let of = |word: &str| -> Vec<&Value> { all.iter().filter(|event| event["eventType"] == word).collect() };
        let at = |event: &&Value| parse_instant(event["timestamp"].as_str().unwrap()).unwrap();
        let starts: Vec<i64> = all.iter().map(|event| at(&event)).collect();
        assert_eq!(starts.iter().min(), Some(&told.start), "{json}");
        unsorted += i32::from(!starts.is_sorted());
        let text = json.to_string();
        dotted += i32::from(text.contains("\"routing.queue.id\""));
        nulls += i32::from(text.contains("null"));
        integers += i32::from(all.iter().any(|event| event["duration"].is_u64()));
        let legs = |of: fn(&super::super::super::truth::conversation::TrueLeg) -> i64| -> i64 {
            truth.legs.iter().map(of).sum()
        };
        assert_eq!(milliseconds(&of("wait")), legs(|leg| leg.wait_ms));
        assert_eq!(milliseconds(&of("wrapUp")), legs(|leg| leg.wrap_ms));
        assert_eq!(milliseconds(&of("hold")), legs(|leg| leg.customer_hold_ms + leg.system_hold_ms));
        let system = |event: &&Value| event["holdType"] == "system" || event["systemInitiated"] == true;
        let system: Vec<&Value> = of("hold").into_iter().filter(system).collect();
        assert_eq!(milliseconds(&system), legs(|leg| leg.system_hold_ms));
        assert!(legs(|leg| leg.talk_ms) <= milliseconds(&of("talk")));
        assert_eq!(of("transfer").len(), told.transfers.len());
        for talk in of("talk") {
            assert!(field(talk, &["agent", "id"]).is_some());
        }
        for wait in of("wait") {
            assert!(field(wait, &["routing", "queue", "id"]).is_some() && field(wait, &["agent", "id"]).is_none());
        }
        let codes: BTreeSet<&str> = of("wrapUp").iter().filter_map(|event| field(event, &["wrapUp", "code"])).collect();
        let known: BTreeSet<&str> = truth.legs.iter().filter_map(|leg| leg.wrapup_id.as_deref()).collect();
        assert_eq!(codes, known);
    }
    assert!(
        [unsorted, dotted, integers, nulls].iter().all(|count| 100 < *count),
        "{unsorted} {dotted} {integers} {nulls}"
    );
}

#[test]
fn the_same_seed_tells_the_same_bytes() {
    let bytes = || {
        let world = world(500);
        let told = world.told(world.range(), None);
        told.map(|told| format!("{}{}", events::interaction(told, ALWAYS), details::conversation(told, ALWAYS)))
            .collect::<String>()
    };
    assert_eq!(bytes(), bytes());
}
