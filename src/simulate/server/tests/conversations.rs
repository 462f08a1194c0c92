//! Conversations over HTTP: events, volume, details, names; errors, limit and faults as for rows. Edge.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{History, SimulatorOptions};
use super::client::*;
use crate::domain::time::{HOUR_MS, parse_instant};
use crate::simulate::clock::Clock;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::faults::FaultScript;

const EVENTS: &str = "/api/v2/analytics/interactions/detail?view=interactionDetail";
const DAY: &str = "since=2026-01-05T00:00:00Z&until=2026-01-06T00:00:00Z";
const QUERY: &str = "/api/v2/analytics/conversations/details/query";

fn history() -> History {
    let world = ConversationWorld::exactly(7, parse_instant(FROM).unwrap(), 1, 1_000).unwrap();
    History::Conversations(Arc::new(world), Shape::Details)
}

async fn platform() -> Platform {
    Platform::telling(history(), SimulatorOptions::default()).await
}

fn day(page: usize) -> Value {
    json!({
        "interval": "2026-01-05T00:00:00.000Z/2026-01-06T00:00:00.000Z",
        "paging": {"pageSize": 100, "pageNumber": page},
    })
}

#[tokio::test]
async fn events_are_paged_by_cursors_that_can_be_used_again() {
    let platform = platform().await;
    let mut ids = BTreeSet::new();
    let mut cursor = String::new();
    for _ in 0..5 {
        let path = format!("{EVENTS}&{DAY}&pageSize=300&cursor={cursor}");
        let page = platform.get(&path).await;
        assert_eq!(page.status, 200);
        let page = page.json();
        assert_eq!(page["interactions"], platform.get(&path).await.json()["interactions"]);
        ids.extend(page["interactions"].as_array().unwrap().iter().map(|one| one["id"].to_string()));
        match page["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(ids.len(), 1_000);
    let summary = platform.get(&format!("/api/v2/analytics/interactions/summary?{DAY}")).await.json();
    assert_eq!(summary["interactionVolume"], json!(1_000));
    assert_eq!(platform.get("/api/v2/analytics/interactions/summary?since=x").await.status, 400);
    let asked = platform.requests().await;
    assert_eq!(asked[1]["from"], json!(parse_instant(FROM).unwrap()));
    assert_eq!((&asked[1]["page_token"], &asked[3]["page_token"]), (&json!(false), &json!(true)));
    platform.stop().await;
}

#[tokio::test]
async fn a_cursor_is_dead_after_a_day_of_the_platforms_time_and_the_answer_names_it() {
    // All has happened, and twelve hours pass in half a second.
    let clock = Clock::live(parse_instant("2026-01-20T00:00:00Z").unwrap(), 86_400.0);
    let platform = Platform::telling(history(), SimulatorOptions { clock, ..SimulatorOptions::default() }).await;
    let first = platform.get(&format!("{EVENTS}&{DAY}&pageSize=300")).await.json();
    let cursor = first["nextPageToken"].as_str().unwrap();
    let again = format!("{EVENTS}&{DAY}&pageSize=300&cursor={cursor}");
    assert_eq!(platform.get(&again).await.status, 200);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let dead = platform.get(&again).await;
    assert_eq!((dead.status, dead.json()["code"].clone()), (400, json!("invalid.value")));
    assert!(dead.json()["message"].as_str().unwrap().contains(cursor));
    let stranger = platform.get(&format!("{EVENTS}&{DAY}&cursor=made-up")).await;
    assert!(stranger.status == 400 && stranger.text.contains("made-up"));
    platform.stop().await;
}

#[tokio::test]
async fn details_are_paged_by_number_and_found_by_id() {
    let platform = platform().await;
    let mut ids = Vec::new();
    for page in 1..=10 {
        let answer = platform.post(QUERY, &day(page)).await.json();
        assert_eq!(answer["totalHits"], json!(1_000));
        let conversations = answer["conversations"].as_array().unwrap();
        ids.extend(conversations.iter().map(|one| one["conversationId"].as_str().unwrap().to_owned()));
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1_000);
    let past = platform.post(QUERY, &day(11)).await.json();
    assert_eq!(past, json!({"totalHits": 1_000}));
    let one = platform.get(&format!("/api/v2/analytics/conversations/{}/details", ids[5])).await.json();
    assert_eq!(one["conversationId"], json!(ids[5]));
    let both = format!("/api/v2/analytics/conversations/details?id={}%2C{},nobody", ids[5], ids[700]);
    let both = platform.get(&both).await.json();
    assert_eq!(both["conversations"][0], one);
    assert_eq!(both["conversations"].as_array().unwrap().len(), 2);
    assert_eq!(platform.get("/api/v2/analytics/conversations/none/details").await.status, 404);
    assert_eq!(platform.get("/api/v2/analytics/conversations/details").await.status, 400);
    platform.stop().await;
}

#[tokio::test]
async fn the_example_of_the_api_is_answered_as_it_stands_and_what_is_refused_is_named() {
    let example = r#"{"interval":"2024-01-15T00:00:00.000Z/2024-01-16T00:00:00.000Z","order":"asc","orderBy":"conversationStart",
 "paging":{"pageSize":100,"pageNumber":1},
 "segmentFilters":[{"type":"and","predicates":[{"dimension":"mediaType","value":"voice"},{"dimension":"purpose","value":"agent"}]}],
 "conversationFilters":[{"type":"and","predicates":[{"metric":"tHandle","range":{"gte":1}}]}]}"#;
    let world = ConversationWorld::exactly(7, parse_instant("2024-01-15T00:00:00Z").unwrap(), 1, 400).unwrap();
    let platform =
        Platform::telling(History::Conversations(Arc::new(world), Shape::Details), SimulatorOptions::default()).await;
    let mut body: Value = serde_json::from_str(example).unwrap();
    let answer = platform.post(QUERY, &body).await.json();
    assert!(answer["totalHits"].as_u64().is_some_and(|hits| 100 < hits && hits < 400), "{}", answer["totalHits"]);
    let told = answer["conversations"].as_array().unwrap();
    assert!(told.len() == 100 && told.iter().all(|one| one.to_string().contains(r#""name":"tHandle""#)));
    body["conversationFilters"][0]["predicates"][0]["metric"] = json!("tVoicemail");
    let refused = platform.post(QUERY, &body).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (400, json!("invalid.value")));
    assert!(refused.json()["message"].as_str().unwrap().contains("[tVoicemail]"), "{}", refused.text);
    platform.stop().await;
}

#[tokio::test]
async fn a_details_query_that_breaks_a_rule_is_refused_with_the_platforms_error_body() {
    let platform = platform().await;
    let far = platform.post(QUERY, &day(1_001)).await;
    assert_eq!(far.status, 400);
    assert!(far.json()["message"].as_str().unwrap().starts_with("Pagination may not exceed 100000 results."));
    let mut unknown = day(1);
    unknown["dateRange"] = json!({});
    let refused = platform.post(QUERY, &unknown).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (400, json!("bad.request")));
    assert_eq!(refused.json()["contextId"], json!(refused.header("inin-correlation-id")));
    assert_eq!(refused.header("inin-ratelimit-allowed"), "20");
    assert_eq!(platform.ask(&body(10)).await.status, 404, "flat rows are another history");
    let stranger = Platform { bearer: "unknown".to_owned(), ..platform };
    assert_eq!(stranger.post(QUERY, &day(1)).await.status, 401);
    assert_eq!(stranger.get(&format!("{EVENTS}&{DAY}")).await.status, 401);
    stranger.stop().await;
}

#[tokio::test]
async fn scripted_faults_meet_requests_for_conversations_too() {
    let script = "[[rule]]\nstatus = 503\ntimes = 2\n\n[[rule]]\nkind = \"token\"\nafter_request = 1\n";
    let options = SimulatorOptions { faults: FaultScript::read(script).unwrap(), ..SimulatorOptions::default() };
    let platform = Platform::telling(history(), options).await;
    let events = format!("{EVENTS}&{DAY}&pageSize=300");
    assert_eq!(platform.get(&events).await.status, 503);
    assert_eq!(platform.post(QUERY, &day(1)).await.status, 503);
    let page = platform.get(&events).await.json();
    let again = format!("{events}&cursor={}", page["nextPageToken"].as_str().unwrap());
    assert_eq!(platform.get(&again).await.status, 200);
    let dead = platform.get(&again).await;
    assert!(dead.status == 400 && dead.text.contains("has expired"));
    assert_eq!(platform.get(&again).await.status, 200);
    platform.stop().await;
}

#[tokio::test]
async fn what_goes_on_has_no_end_yet() {
    let clock = Clock::live(parse_instant(FROM).unwrap() + 10 * HOUR_MS, 1.0);
    let platform = Platform::telling(history(), SimulatorOptions { clock, ..SimulatorOptions::default() }).await;
    let mut open = 0;
    for page in 1..=10 {
        let answer = platform.post(QUERY, &day(page)).await.json();
        let Some(conversations) = answer["conversations"].as_array() else { break };
        open += conversations.iter().filter(|one| one.get("conversationEnd").is_none()).count();
    }
    assert!(0 < open);
    let events = platform.get(&format!("{EVENTS}&{DAY}&pageSize=10000")).await.json();
    let without = |one: &&Value| {
        let events = one["events"].as_array().unwrap();
        events.iter().any(|event| event.get("duration").is_none_or(Value::is_null))
    };
    let interactions = events["interactions"].as_array().unwrap();
    assert!(interactions.len() < 1_000 && interactions.iter().any(|one| without(&one)));
    platform.stop().await;
}

#[tokio::test]
async fn names_of_all_that_conversations_refer_to_are_listed() {
    let platform = platform().await;
    let skills = platform.get("/api/v2/routing/skills").await.json();
    assert_eq!(skills["total"], json!(4));
    let languages = platform.get("/api/v2/routing/languages").await.json();
    assert_eq!(languages["entities"][1]["name"], json!("German"));
    let users = platform.get("/api/v2/users?pageSize=100&state=any").await.json();
    assert_eq!(users["entities"].as_array().unwrap().len(), 60);
    let first = users["entities"][0].clone();
    assert_eq!(platform.get(&format!("/api/v2/users/{}", first["id"].as_str().unwrap())).await.json(), first);
    assert_eq!(platform.get("/api/v2/users/nobody").await.status, 404);
    let codes = platform.get("/api/v2/routing/wrapupcodes").await.json();
    let listed = |id: &str| codes["entities"].as_array().unwrap().iter().any(|code| code["id"] == id);
    let used = platform.post(QUERY, &day(1)).await.text;
    assert!(listed("ININ-WRAP-UP-TIMEOUT") && used.contains("\"wrapUpCode\":\"ININ-WRAP-UP-TIMEOUT\""));
    let queues = platform.get("/api/v2/routing/queues").await.json();
    let target = |medium: &str| queues["entities"][2]["mediaSettings"][medium]["serviceLevel"]["durationMs"].clone();
    assert_eq!((target("call"), target("email")), (json!(30_000), json!(3_600_000)));
    platform.stop().await;
}

#[tokio::test]
async fn the_truth_is_that_of_a_reader_of_the_dialect() {
    let world = Arc::new(ConversationWorld::exactly(7, parse_instant(FROM).unwrap(), 1, 1_000).unwrap());
    let mut sums = Vec::new();
    for shape in [Shape::Events, Shape::Details] {
        let history = History::Conversations(world.clone(), shape);
        let platform = Platform::telling(history, SimulatorOptions::default()).await;
        let text = platform.get("/simulator/truth?topic=kpi.queue.p1d").await.text;
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let sum = |name: &str| rows.iter().map(|row| row[name].as_i64().unwrap()).sum::<i64>();
        assert!(sum("answered") + sum("abandoned") + sum("flow_out") == sum("offered") && 700 < sum("offered"));
        sums.push((sum("offered"), sum("system_hold_ms_sum")));
        platform.stop().await;
    }
    // Only events tell that a transfer led into a queue in which no wait followed: such a leg is offered nowhere.
    assert!(sums[0].0 <= sums[1].0, "{sums:?}");
    assert!(sums[1].1 == 0 && 0 < sums[0].1, "details know one kind of hold");
}
