//! Tests of the running source in `conversation-metrics`: next pages, refusals, what is asked for. Edge.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::task::{SourceError, SourceReport};
use super::task_tests::{Log, run_until_complete, task};
use crate::config::typed::SourceConfig;
use crate::domain::causes::causes;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::{format_instant, parse_instant};
use crate::genesys::fixture::{Asked, Reaction, Server, ok};

const PATH: &str = "/api/v2/analytics/conversations/details/query";
const PARTS: i64 = 120;
const EVERY_MS: i64 = 60_000;
const PAGE: usize = 10;

fn entity(number: i64) -> Value {
    let start = number * EVERY_MS;
    json!({"conversation_id": format!("c-{:04}", number / 2), "agent_id": format!("a-{}", number % 2),
        "start_time": format_instant(start), "end_time": format_instant(start + 45_000), "t_handle": 45_000,
        "t_hold": null, "t_acw": 5_000})
}

/// The page that is asked for; where the next one lies is said by `address`.
fn page(asked: &Asked<'_>, address: impl Fn(usize) -> String) -> Reaction {
    if !asked.target.starts_with(PATH) {
        return Reaction::Status(404, None, r#"{"message":"not here","code":"not.found"}"#.to_owned());
    }
    let body: Value = serde_json::from_str(asked.body).unwrap();
    let instant = |name: &str| parse_instant(body[name].as_str().unwrap()).unwrap();
    let skip: usize = asked.target.split_once("?page=").map_or(0, |(_, page)| page.parse().unwrap());
    let agents = body["filter"]["agentId"]["in"].as_array().cloned();
    let wanted = |number: &i64| {
        let of = entity(*number);
        let asked_for = agents.as_ref().is_none_or(|agents| agents.contains(&of["agent_id"]));
        // This server takes `date_to` as included.
        (instant("date_from")..=instant("date_to")).contains(&(number * EVERY_MS)) && asked_for
    };
    let selected: Vec<Value> = (0..PARTS).filter(wanted).map(entity).collect();
    let shown: Vec<&Value> = selected.iter().skip(skip).take(PAGE).collect();
    let next = (skip + PAGE < selected.len()).then(|| address(skip + PAGE));
    ok(json!({"entities": shown, "next_page_uri": next}).to_string())
}

fn config(server: &Server) -> SourceConfig {
    let dialect = Dialect::ConversationMetrics;
    SourceConfig { dialect, freshness_delay_ms: 1_800_000, revisit_ms: Vec::new(), ..server.config() }
}

async fn run(config: &SourceConfig) -> Log {
    let log = Arc::default();
    assert_eq!(run_until_complete(task(config, &log, |_| None)).await.unwrap(), SourceReport::Stopped);
    std::mem::take(&mut *log.lock().unwrap())
}

#[tokio::test]
async fn next_pages_are_asked_for_with_the_same_body_until_there_is_none() {
    let seen: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let asked_for = Arc::clone(&seen);
    let server = Server::start_with(move |asked| {
        if asked.target.starts_with(PATH) {
            asked_for.lock().unwrap().push((asked.target.to_owned(), asked.body.to_owned()));
        }
        page(asked, |skip| format!("{PATH}?page={skip}"))
    })
    .await;
    let log = run(&config(&server)).await;
    let ids = log.ids();
    assert_eq!((ids.len() as i64, ids.iter().collect::<BTreeSet<_>>().len() as i64), (PARTS, PARTS));
    assert!(ids.contains(&"c-0007:a-1".to_owned()));
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen[..4].iter().map(|(target, _)| target.as_str()).collect::<Vec<_>>(),
        [PATH.to_owned(), format!("{PATH}?page=10"), format!("{PATH}?page=20"), format!("{PATH}?page=30"),]
    );
    assert!(seen[..4].iter().all(|(_, body)| *body == seen[0].1));
    let legs = log.publications.iter().flat_map(|publication| &publication.interactions).flat_map(|read| &read.legs);
    for leg in legs {
        assert_eq!((leg.media_type, leg.reported_handle_ms, leg.hold_ms), (MediaType::Voice, Some(45_000), None));
    }
}

#[tokio::test]
async fn an_empty_page_with_a_next_one_is_passed_wherever_it_stands() {
    let server = Server::start_with(|asked| {
        // Before each page of this server's there is one that is empty, the first one included.
        let skip = asked.target.split_once("?page=").map_or("0", |(_, page)| page).to_owned();
        match skip.strip_prefix('+') {
            _ if !asked.target.starts_with(PATH) => page(asked, |_| String::new()),
            None => ok(json!({"entities": [], "next_page_uri": format!("?page=+{skip}")}).to_string()),
            Some(skip) => {
                let target = format!("{PATH}?page={skip}");
                page(&Asked { target: &target, ..*asked }, |skip| format!("?page={skip}"))
            }
        }
    })
    .await;
    let ids = run(&config(&server)).await.ids();
    assert_eq!((ids.len() as i64, ids.iter().collect::<BTreeSet<_>>().len() as i64), (PARTS, PARTS));
}

#[tokio::test]
async fn only_the_agents_of_the_filter_are_read() {
    let server = Server::start_with(|asked| page(asked, |skip| format!("?page={skip}"))).await;
    let log = run(&SourceConfig { agents: vec!["a-1".to_owned()], ..config(&server) }).await;
    assert_eq!(log.ids().len() as i64, PARTS / 2);
    assert!(log.ids().iter().all(|id| id.ends_with(":a-1")));
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_followed_and_the_slice_is_given_up_with_its_address() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let asked_for = Arc::clone(&seen);
    let server = Server::start_with(move |asked| {
        asked_for.lock().unwrap().push(asked.target.to_owned());
        page(asked, |skip| format!("/api/v2/users?page={skip}"))
    })
    .await;
    let log = run(&SourceConfig { retries_max: 2, ..config(&server) }).await;
    let letters: Vec<_> = log.publications.iter().flat_map(|publication| &publication.dead_letters).collect();
    assert_eq!(letters.len(), 4, "one a slice");
    assert!(letters[0].rule.contains("/api/v2/users?page=10"), "{}", letters[0].rule);
    assert!(seen.lock().unwrap().iter().all(|target| !target.starts_with("/api/v2/users")));
}

#[tokio::test]
async fn a_missing_permission_is_named_with_what_to_do() {
    let forbidden = r#"{"message":"You are not authorized.","code":"not.authorized","contextId":"c-9"}"#;
    let server = Server::start_with(move |_| Reaction::Status(403, None, forbidden.to_owned())).await;
    let log = Arc::default();
    let error = run_until_complete(task(&config(&server), &log, |_| None)).await.unwrap_err();
    assert!(matches!(error, SourceError::Refused(_)));
    let text = causes(&error);
    for part in ["context id c-9", "analytics:conversation:view", "View Analytics", "extract.agent.filter"] {
        assert!(text.contains(part), "{text}");
    }
}
