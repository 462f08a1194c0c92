//! Tests of the running source against answers that move or are cut off while they are read. Edge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::task::SourceReport;
use super::task_tests::{Log, run_until_complete, task};
use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::slice::SliceState;
use crate::domain::time::{format_instant, parse_instant};
use crate::genesys::fixture::{Asked, Reaction, Server, ok};
use crate::runtime::clock::unix_us;

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

fn conversation(number: i64, from: i64) -> Value {
    let start = from + number * MINUTE_MS;
    json!({"conversationId": format!("c-{number:04}"), "conversationStart": format_instant(start),
        "conversationEnd": format_instant(start + 30_000), "participants": []})
}

async fn run(config: &SourceConfig) -> Log {
    let log = Arc::default();
    assert_eq!(run_until_complete(task(config, &log, |_| None)).await.unwrap(), SourceReport::Stopped);
    std::mem::take(&mut *log.lock().unwrap())
}

/// A page of conversations that all start within the interval.
fn details_page(asked: &Asked<'_>, told: &[Value]) -> Reaction {
    let body: Value = serde_json::from_str(asked.body).unwrap();
    let (from, to) = body["interval"].as_str().unwrap().split_once('/').unwrap();
    let (from, to) = (parse_instant(from).unwrap(), parse_instant(to).unwrap());
    let start = |one: &Value| parse_instant(one["conversationStart"].as_str().unwrap()).unwrap();
    let wanted: Vec<&Value> = told.iter().filter(|one| (from..to).contains(&start(one))).collect();
    let size = body["paging"]["pageSize"].as_u64().unwrap() as usize;
    let skip = (body["paging"]["pageNumber"].as_u64().unwrap() as usize - 1) * size;
    let shown: Vec<&&Value> = wanted.iter().skip(skip).take(size).collect();
    ok(json!({"conversations": shown, "totalHits": wanted.len()}).to_string())
}

fn details(server: &Server) -> SourceConfig {
    let dialect = Dialect::ConversationDetails;
    SourceConfig { dialect, slice_ms: 2 * HOUR_MS, page_size: 10, revisit_ms: Vec::new(), ..server.config() }
}

/// What is published of conversations 1 to 99, one a minute, while `change` happens between two pages of their first
/// reading. All but the last minutes of them are old enough for a revisit.
async fn moved(change: impl Fn(&mut Vec<Value>, i64) + Send + Sync + 'static) -> (Vec<String>, Vec<String>) {
    let start = unix_us() / 1_000_000 * 1_000 - 130 * MINUTE_MS;
    let requests = AtomicUsize::new(0);
    let told: Mutex<Vec<Value>> = Mutex::new((1..100).map(|number| conversation(number, start)).collect());
    let server = Server::start(move |body| {
        let mut told = told.lock().unwrap();
        if requests.fetch_add(1, Ordering::AcqRel) == 3 {
            change(&mut told, start);
        }
        details_page(&Asked { method: "POST", target: "", body }, &told)
    })
    .await;
    let end = Some(start + 100 * MINUTE_MS);
    let log = run(&SourceConfig {
        extract_start: start,
        extract_end: end,
        revisit_ms: vec![40 * MINUTE_MS],
        ..details(&server)
    })
    .await;
    assert!(log.publications.last().unwrap().watermark.as_ref().unwrap().held.is_empty());
    let (mut first, mut all) = (Vec::new(), Vec::new());
    let mut is_first = true;
    for publication in &log.publications {
        let ids = publication.interactions.iter().map(|read| read.interaction_id.clone());
        all.extend(ids.clone());
        first.extend(ids.filter(|_| is_first));
        let done = |slice: &crate::domain::slice::SliceStatus| slice.state == SliceState::Done;
        is_first &= !publication.slice.as_ref().is_some_and(done);
    }
    (first, all)
}

fn distinct(ids: &[String]) -> BTreeSet<&str> {
    ids.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn what_comes_in_behind_the_reader_is_read_by_the_revisit_and_what_stands_on_two_pages_is_no_loss() {
    let (first, all) = moved(|told, start| told.insert(0, conversation(0, start))).await;
    // The last row of the third page moved to the fourth.
    assert_eq!((first.len(), first.iter().filter(|id| *id == "c-0030").count()), (100, 2));
    assert!(!first.contains(&"c-0000".to_owned()));
    assert_eq!(distinct(&all).len(), 100);
}

#[tokio::test]
async fn what_stands_on_no_page_because_another_went_away_is_missed_by_the_count_and_read_at_once() {
    let (first, all) = moved(|told, _| drop(told.remove(0))).await;
    // The first row of the fourth page moved to the third, which was read: 98 of the 99 that the first page counted.
    assert_eq!((first.len(), first.contains(&"c-0031".to_owned())), (2 * 98, true));
    assert_eq!(distinct(&all).len(), 99, "the one that went away was read before it did");
}

#[tokio::test]
async fn more_results_than_a_query_gives_are_refused_before_the_first_of_them_is_published() {
    let pages = Arc::new(Mutex::new(Vec::new()));
    let asked_for = Arc::clone(&pages);
    let server = Server::start(move |body| {
        let body: Value = serde_json::from_str(body).unwrap();
        asked_for.lock().unwrap().push(body["paging"]["pageNumber"].as_i64().unwrap());
        let shown: Vec<Value> = (0..10).map(|number| conversation(number, 0)).collect();
        ok(json!({"conversations": shown, "totalHits": 100_001}).to_string())
    })
    .await;
    let log = run(&SourceConfig { retries_max: 1, extract_end: Some(2 * HOUR_MS), ..details(&server) }).await;
    assert_eq!(log.ids().len(), 0);
    assert!(pages.lock().unwrap().iter().all(|page| *page == 1));
    let last = log.publications.iter().filter_map(|publication| publication.slice.as_ref()).next_back().unwrap();
    assert_eq!((last.state, last.last_error_class.as_deref()), (SliceState::Failed, Some("too_much")));
}

#[tokio::test]
async fn a_revisit_of_events_asks_as_far_beyond_its_slice_as_its_age_and_the_first_reading_as_its_buffer() {
    let seen: Arc<Mutex<Vec<(i64, i64)>>> = Arc::default();
    let asked_for = Arc::clone(&seen);
    let server = Server::start_with(move |asked| {
        let Some((_, query)) = asked.target.split_once("interactions/detail?") else {
            return Reaction::Status(404, None, "{}".to_owned());
        };
        let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let instant = |name: &str| parse_instant(&query[name]).unwrap();
        asked_for.lock().unwrap().push((instant("since"), instant("until")));
        ok(r#"{"interactions": [], "nextPageToken": null}"#)
    })
    .await;
    let now = unix_us() / 1_000_000 * 1_000;
    // Too young for its first reading to count as the revisit, and old enough for the revisit of its older half.
    let (start, end) = (now - 90 * MINUTE_MS, now - 45 * MINUTE_MS);
    let config = SourceConfig {
        dialect: Dialect::InteractionEvents,
        extract_start: start,
        extract_end: Some(end),
        slice_ms: HOUR_MS,
        forward_buffer_ms: 1_800_000,
        revisit_ms: vec![HOUR_MS],
        ..server.config()
    };
    let _ = run(&config).await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], (start, end + 1_800_000));
    let (since, until) = seen[1];
    assert_eq!(since, start);
    assert!((now..now + MINUTE_MS).contains(&until), "{} after its own end", until - now + HOUR_MS);
}
