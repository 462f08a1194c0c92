//! What is asked of conversations, and the pages that answer it. Pure.

use serde_json::{Value, json};

use super::super::model::AgentSession;
use super::super::page::{details_page, events_page, volume};
use super::super::query::{EventsQuery, parameters, read_details, read_events};
use super::super::seen::Moment;
use super::drawn::{from, world};
use super::*;
use crate::domain::time::{DAY_MS, HOUR_MS, TimeRange, format_instant};
use crate::simulate::page::OddRow;

fn interval(from: InstantMs, to: InstantMs) -> Value {
    json!({"interval": format!("{}/{}", format_instant(from), format_instant(to))})
}

fn code(body: &Value) -> &'static str {
    read_details(body).map_or_else(|refusal| refusal.code, |_| "accepted")
}

#[test]
fn each_broken_rule_of_a_details_query_is_refused() {
    let good = interval(from(), from() + 31 * DAY_MS);
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        code(&body)
    };
    assert_eq!(code(&good), "accepted");
    assert_eq!(code(&json!({})), "bad.request");
    let long = read_details(&interval(from(), from() + 31 * DAY_MS + 1)).unwrap_err();
    assert!(long.message.contains("does not exceed 31 days"));
    assert_eq!(code(&json!({"interval": "PT30M"})), "invalid.date");
    assert_eq!(with("select", json!(["a"])), "bad.request");
    assert_eq!(with("paging", json!({"pageSize": 101, "pageNumber": 1})), "invalid.value");
    assert_eq!(with("paging", json!({"pageSize": 100, "pageNumber": 0})), "invalid.value");
    assert_eq!(with("order", json!("sideways")), "invalid.value");
    let filter = |dimension: &str, operator: &str| json!([{"type": "and", "predicates": [{"dimension": dimension, "operator": operator, "value": "voice"}]}]);
    assert_eq!(with("segmentFilters", filter("mediaType", "matches")), "accepted");
    assert_eq!(with("segmentFilters", filter("colour", "matches")), "invalid.value");
    assert_eq!(with("conversationFilters", filter("conversationEnd", "exists")), "accepted");
    assert_eq!(with("conversationFilters", filter("conversationEnd", "like")), "invalid.value");
    assert_eq!(with("conversationFilters", json!([{"predicates": []}])), "bad.request");
    assert_eq!(with("evaluationFilters", json!([{"type": "and", "predicates": []}])), "invalid.value");
    assert_eq!(with("aggregations", json!([])), "accepted");
}

#[test]
fn each_broken_rule_of_a_request_for_events_is_refused() {
    let good = "view=interactionDetail&since=2026-01-05T00:00:00Z&until=2026-01-05T01:00:00Z";
    let code = |query: &str| read_events(&parameters(query)).map_or_else(|refusal| refusal.code, |_| "accepted");
    assert_eq!(code(good), "accepted");
    assert_eq!(code(&format!("{good}&pageSize=10000&cursor=")), "accepted");
    assert_eq!(code(&good.replace("interactionDetail", "interactionDetails")), "bad.request");
    assert_eq!(code(&good.replace("since=", "from=")), "bad.request");
    assert_eq!(code(&good.replace("2026-01-05T01:00:00Z", "tomorrow")), "invalid.date");
    assert_eq!(code(&good.replace("2026-01-05T01", "2026-01-04T01")), "invalid.date");
    for size in ["0", "10001", "many"] {
        assert_eq!(code(&format!("{good}&pageSize={size}")), "invalid.value");
    }
}

#[test]
fn the_pages_of_events_lead_to_the_last_one_and_the_volume_agrees() {
    let world = world(1_000);
    let query = EventsQuery { range: world.range(), size: 64, cursor: None, kind: None };
    let mut ids = Vec::new();
    let mut after = None;
    for _ in 0..20 {
        let page = events_page(&world, &[], &query, after, Moment(None));
        assert!(page.interactions.len() <= 64);
        ids.extend(page.interactions.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len()), (1_000, 1_000));
    let all = volume(&world, world.range(), None, Moment(None));
    assert_eq!(all["interactionVolume"], 1_000);
    let voice = volume(&world, world.range(), Some("voice"), Moment(None));
    assert_eq!(voice["interactionVolume"], all["byType"]["voice"]);
    let sum: u64 = all["byType"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum, 1_000);
    let open = volume(&world, world.range(), None, Moment(Some(from() + 9 * HOUR_MS)));
    assert_eq!(open["interactionVolume"], world.count(TimeRange { from: from(), to: from() + 9 * HOUR_MS + 1 }));
}

#[test]
fn a_details_query_finds_what_started_on_a_day_of_the_interval_and_lasted_into_it() {
    let world = world(2_000);
    let (since, until) = (from() + 10 * HOUR_MS, from() + 11 * HOUR_MS);
    let lasts = |told: &&Conversation| told.start < until && since < told.end().max(told.start + 1);
    let expected = world.told(world.range(), None).filter(lasts).count();
    let hits = |body: &Value, moment: Moment| -> (Vec<Value>, u64) {
        let mut found = Vec::new();
        let mut total = 0;
        for page in 1..40 {
            let mut body = body.clone();
            body["paging"] = json!({"pageSize": 100, "pageNumber": page});
            let answer = details_page(&world, &[], &read_details(&body).unwrap(), moment);
            total = answer["totalHits"].as_u64().unwrap();
            match answer.get("conversations") {
                Some(part) => found.extend(part.as_array().unwrap().clone()),
                None => break,
            }
        }
        (found, total)
    };
    let body = interval(since, until);
    let (found, total) = hits(&body, Moment(None));
    assert_eq!((found.len(), total), (expected, expected as u64));
    assert!(found.iter().any(|one| one["conversationStart"].as_str().unwrap() < format_instant(since).as_str()));
    let next_day = interval(from() + DAY_MS, from() + DAY_MS + HOUR_MS);
    let (found, _) = hits(&next_day, Moment(None));
    assert!(
        found.iter().all(|one| format_instant(from() + DAY_MS).as_str() <= one["conversationStart"].as_str().unwrap())
    );
    let closed = |body: &Value| {
        let mut body = body.clone();
        let predicate = json!({"type": "dimension", "dimension": "conversationEnd", "operator": "exists"});
        body["conversationFilters"] = json!([{"type": "and", "predicates": [predicate]}]);
        body
    };
    let moment = Moment(Some(until));
    let ((open, _), (over, _)) = (hits(&body, moment), hits(&closed(&body), moment));
    assert!(over.len() < open.len() && over.iter().all(|one| one["conversationEnd"].is_string()));
    let mut spoken = interval(since, until);
    let voice = json!({"dimension": "mediaType", "value": "voice"});
    spoken["segmentFilters"] = json!([{"type": "and", "predicates": [voice]}]);
    let voices = world.told(world.range(), None).filter(lasts).filter(|told| told.kind.word() == "voice").count();
    assert_eq!(hits(&spoken, Moment(None)).0.len(), voices);
    let nothing = details_page(&world, &[], &read_details(&interval(0, DAY_MS)).unwrap(), Moment(None));
    assert_eq!(nothing, json!({"totalHits": 0}));
    assert!(world.told(world.range(), None).any(|told| told.sessions.iter().any(AgentSession::talked)));
}

#[test]
fn what_the_script_tells_stands_once_on_a_page_of_its_time() {
    let world = world(1_000);
    let odd = [OddRow { at: from() + 10 * HOUR_MS, json: json!({"id": "odd"}) }];
    let query = EventsQuery { range: world.range(), size: 100, cursor: None, kind: None };
    let mut found = 0;
    let mut after = None;
    for _ in 0..20 {
        let page = events_page(&world, &odd, &query, after, Moment(None));
        found += page.interactions.iter().filter(|one| one["id"] == "odd").count();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found, after), (1, None));
    let holds = |body: &Value| details_page(&world, &odd, &read_details(body).unwrap(), Moment(None)).to_string();
    assert!(holds(&interval(from(), from() + DAY_MS)).contains("\"odd\""));
    assert!(!holds(&interval(from() + DAY_MS, from() + 2 * DAY_MS)).contains("\"odd\""));
}
