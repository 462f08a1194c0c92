//! What makes a platform hard to read, where it is asked for: cut events, overlapping pages, few results; and the pages of
//! agents' metrics. Edge.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{History, SimulatorOptions};
use super::client::*;
use crate::domain::time::parse_instant;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;

const EVENTS: &str = "/api/v2/analytics/interactions/detail?view=interactionDetail&since=2026-01-05T10:00:00Z";
const QUERY: &str = "/api/v2/analytics/conversations/details/query";

async fn platform(options: SimulatorOptions) -> Platform {
    let world = ConversationWorld::exactly(7, parse_instant(FROM).unwrap(), 1, 1_000).unwrap();
    let options = SimulatorOptions { requests_per_second: Some(1_000), ..options };
    Platform::telling(History::Conversations(Arc::new(world), Shape::Metrics), options).await
}

fn day() -> Value {
    json!({"interval": "PT30M", "date_from": "2026-01-05T00:00:00Z", "date_to": "2026-01-06T00:00:00Z"})
}

fn events_of(page: &Value) -> usize {
    page["interactions"].as_array().unwrap().iter().map(|one| one["events"].as_array().unwrap().len()).sum()
}

#[tokio::test]
async fn events_at_or_after_until_are_cut_off_and_a_buffer_brings_most_of_them_back() {
    let (cuts, whole) = (
        platform(SimulatorOptions { cut_at_until: true, ..SimulatorOptions::default() }).await,
        platform(SimulatorOptions::default()).await,
    );
    let in_slice = |page: &Value, ids: &BTreeSet<String>| {
        let one_of = |one: &&Value| ids.contains(&one["id"].to_string());
        let kept: Vec<Value> = page["interactions"].as_array().unwrap().iter().filter(one_of).cloned().collect();
        events_of(&json!({"interactions": kept}))
    };
    let slice = format!("{EVENTS}&until=2026-01-05T10:30:00Z");
    let buffered = format!("{EVENTS}&until=2026-01-05T11:00:00Z");
    let all = whole.get(&slice).await.json();
    let ids: BTreeSet<String> =
        all["interactions"].as_array().unwrap().iter().map(|one| one["id"].to_string()).collect();
    let cut = in_slice(&cuts.get(&slice).await.json(), &ids);
    let with_buffer = in_slice(&cuts.get(&buffered).await.json(), &ids);
    assert!(10 < ids.len() && cut < with_buffer && with_buffer <= events_of(&all), "{cut} {with_buffer}");
}

#[tokio::test]
async fn pages_that_overlap_repeat_what_ended_the_page_before_and_leave_nothing_out() {
    let options = SimulatorOptions { overlapping_pages: true, metrics_page: 20, ..SimulatorOptions::default() };
    let platform = platform(options).await;
    let (mut told, mut last, mut repeated) = (0, Value::Null, 0);
    let mut ids = BTreeSet::new();
    for page in 1..=10 {
        let body = json!({"interval": "2026-01-05T00:00:00.000Z/2026-01-06T00:00:00.000Z",
            "paging": {"pageSize": 100, "pageNumber": page}});
        let page = platform.post(QUERY, &body).await.json();
        let conversations = page["conversations"].as_array().unwrap();
        repeated += usize::from(conversations[0]["conversationId"] == last);
        last = conversations.last().unwrap()["conversationId"].clone();
        ids.extend(conversations.iter().map(|one| one["conversationId"].to_string()));
        told += conversations.len();
    }
    assert_eq!((ids.len(), told), (1_000, 1_000 + repeated));
    assert!(0 < repeated);
}

#[tokio::test]
async fn pages_beyond_the_most_results_are_refused() {
    let platform = platform(SimulatorOptions { results_max: 300, ..SimulatorOptions::default() }).await;
    let page = |number: usize| {
        json!({"interval": "2026-01-05T00:00:00.000Z/2026-01-06T00:00:00.000Z",
            "paging": {"pageSize": 100, "pageNumber": number}})
    };
    assert_eq!(platform.post(QUERY, &page(3)).await.status, 200);
    let refused = platform.post(QUERY, &page(4)).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["message"].as_str().unwrap().starts_with("Pagination may not exceed 300 results."));
}

#[tokio::test]
async fn agents_metrics_are_paged_by_addresses_that_are_good_for_their_request_alone() {
    let platform = platform(SimulatorOptions { metrics_page: 100, ..SimulatorOptions::default() }).await;
    let (mut target, mut keys, mut nulls, mut absent) = (QUERY.to_owned(), BTreeSet::new(), 0, 0);
    let mut entities = 0;
    for _ in 0..20 {
        let page = platform.post(&target, &day()).await.json();
        for entity in page["entities"].as_array().unwrap() {
            keys.insert(format!("{}:{}", entity["conversation_id"], entity["agent_id"]));
            nulls += usize::from(entity.get("t_hold").is_some_and(Value::is_null));
            absent += usize::from(entity.get("t_hold").is_none());
            entities += 1;
        }
        let Some(next) = page["next_page_uri"].as_str() else { break };
        let other =
            json!({"interval": "PT30M", "date_from": "2026-01-05T00:00:00Z", "date_to": "2026-01-05T23:00:00Z"});
        assert_eq!(platform.post(next, &other).await.status, 400);
        next.clone_into(&mut target);
    }
    assert_eq!(keys.len(), entities, "each agent's part of a conversation once");
    assert!(1_000 < entities && 0 < nulls && 0 < absent, "{entities} {nulls} {absent}");
}

#[tokio::test]
async fn each_broken_rule_of_a_metrics_query_is_refused() {
    let platform = platform(SimulatorOptions::default()).await;
    let with = |name: &str, value: Value| {
        let mut body = day();
        body[name] = value;
        body
    };
    for (body, code) in [
        (with("interval", json!("soon")), "bad.request"),
        (with("date_to", json!("tomorrow")), "invalid.date"),
        (with("date_to", json!("2026-01-04T00:00:00Z")), "invalid.date"),
        (with("select", json!(["tHandle", "ani"])), "invalid.value"),
        (with("filter", json!({"queueId": {"in": ["q"]}})), "invalid.value"),
        (with("size", json!(5)), "bad.request"),
    ] {
        let refused = platform.post(QUERY, &body).await;
        assert_eq!((refused.status, refused.json()["code"].as_str()), (400, Some(code)), "{body}");
    }
    let agent = platform.post(QUERY, &day()).await.json()["entities"][0]["agent_id"].clone();
    let chosen = with("filter", json!({"agentId": {"in": [agent]}}));
    let page = platform.post(QUERY, &chosen).await.json();
    let entities = page["entities"].as_array().unwrap();
    assert!(!entities.is_empty() && entities.iter().all(|entity| entity["agent_id"] == agent));
    let few = platform.post(QUERY, &with("select", json!(["conversationId", "tHandle"]))).await.json();
    assert!(
        few["entities"][0]
            .as_object()
            .unwrap()
            .keys()
            .all(|key| ["conversation_id", "t_handle"].contains(&key.as_str()))
    );
}
