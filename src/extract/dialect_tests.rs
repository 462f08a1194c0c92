//! Tests of the running source in its other dialects, against a server in memory. Edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::task::SourceReport;
use super::task_tests::{Log, run_until_complete, task};
use crate::config::typed::SourceConfig;
use crate::domain::interaction::Interaction;
use crate::domain::media::Dialect;
use crate::domain::slice::SliceState;
use crate::domain::time::{format_instant, parse_instant};
use crate::genesys::fixture::{Asked, Reaction, Server, ok};

const ROWS: i64 = 120;
const EVERY_MS: i64 = 60_000;

fn names(target: &str) -> Option<Reaction> {
    let (path, query) = target.split_once('?')?;
    let kind = path.strip_prefix("/api/v2/routing/")?;
    let target_ms = json!({"call": {"serviceLevel": {"percentage": 0.8, "durationMs": 30_000}}});
    let entities = match (kind, query.contains("id=")) {
        // The list lacks a queue that is new.
        ("queues", false) => json!([{"id": "q-1", "name": "Sales", "mediaSettings": target_ms}]),
        ("queues", true) => json!([{"id": "q-new", "name": "New"}]),
        ("wrapupcodes", false) => json!([{"id": "w-1", "name": "Sale"}]),
        ("skills", false) => json!([{"id": "s-1", "name": "German"}]),
        ("languages", _) => return Some(Reaction::Status(403, None, "{}".to_owned())),
        _ => json!([]),
    };
    Some(ok(json!({"entities": entities, "pageCount": 1}).to_string()))
}

/// The path and query of every request, in order.
type Seen = Arc<Mutex<Vec<String>>>;

async fn platform(answer: impl Fn(&Asked<'_>, usize) -> Reaction + Send + Sync + 'static) -> (Server, Seen) {
    let seen = Seen::default();
    let asked_for = Arc::clone(&seen);
    let server = Server::start_with(move |asked| {
        let number = {
            let mut seen = asked_for.lock().unwrap();
            seen.push(asked.target.to_owned());
            seen.iter().filter(|target| !target.starts_with("/api/v2/routing/") && !is_summary(target)).count()
        };
        names(asked.target)
            .unwrap_or_else(|| if is_summary(asked.target) { summary(asked) } else { answer(asked, number) })
    })
    .await;
    (server, seen)
}

fn is_summary(target: &str) -> bool {
    target.starts_with("/api/v2/analytics/interactions/summary?")
}

fn summary(asked: &Asked<'_>) -> Reaction {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(asked.target.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
    let instant = |name: &str| parse_instant(&query[name]).unwrap();
    let volume = (0..ROWS).filter(|n| (instant("since")..instant("until")).contains(&(n * EVERY_MS))).count();
    ok(json!({"interactionVolume": volume}).to_string())
}

fn interaction(number: i64) -> Value {
    let at = |after_ms: i64| format_instant(number * EVERY_MS + after_ms);
    let queue = if number == 60 || number == 61 { "q-new" } else { "q-1" };
    json!({"id": format!("i-{number:04}"), "type": "voice", "events": [
        {"eventType": "talk", "timestamp": at(2_000), "duration": 30.5, "agent": {"id": "a"},
         "routing": {"queue": {"id": queue}, "skill": {"id": "s-1"}}},
        {"eventType": "wait", "timestamp": at(0), "duration": 2, "routing": {"queue": {"id": queue}}},
        {"eventType": "wrapUp", "timestamp": at(32_500), "duration": 5, "wrapUp": {"code": "Sale"}}]})
}

fn events_page(asked: &Asked<'_>) -> Reaction {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(asked.target.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
    assert!(asked.target.starts_with("/api/v2/analytics/interactions/detail?"), "{}", asked.target);
    let instant = |name: &str| parse_instant(&query[name]).unwrap();
    let size: usize = query["pageSize"].parse().unwrap();
    let skip: usize = query["cursor"].parse().unwrap_or(0);
    let selected: Vec<Value> =
        (0..ROWS).filter(|n| (instant("since")..instant("until")).contains(&(n * EVERY_MS))).map(interaction).collect();
    let next = (skip + size < selected.len()).then(|| (skip + size).to_string());
    let shown: Vec<&Value> = selected.iter().skip(skip).take(size).collect();
    ok(json!({"interactions": shown, "nextPageToken": next}).to_string())
}

fn config(server: &Server, dialect: Dialect) -> SourceConfig {
    SourceConfig { dialect, revisit_ms: Vec::new(), ..server.config() }
}

/// Runs the source until it is complete; what it published.
async fn run(config: &SourceConfig) -> Log {
    let log = Arc::default();
    let task = task(config, &log, |_| None);
    assert_eq!(run_until_complete(task).await.unwrap(), SourceReport::Stopped);
    std::mem::take(&mut *log.lock().unwrap())
}

fn distinct(log: &Log) -> BTreeMap<String, Interaction> {
    let all = log.publications.iter().flat_map(|publication| publication.interactions.clone());
    all.map(|read| (read.interaction_id.clone(), read)).collect()
}

#[tokio::test]
async fn events_are_read_with_a_buffer_and_what_begins_in_it_is_left_to_the_next_slice() {
    let (server, seen) = platform(|asked, _| events_page(asked)).await;
    let config = SourceConfig { forward_buffer_ms: 1_800_000, ..config(&server, Dialect::InteractionEvents) };
    let log = run(&config).await;
    assert_eq!((log.ids().len() as i64, distinct(&log).len() as i64), (ROWS, ROWS));
    let first = seen.lock().unwrap().iter().find(|target| target.contains("/detail?")).unwrap().clone();
    assert!(first.contains("until=1970-01-01T01%3A00%3A00.000Z"), "{first}");
    let seen = seen.lock().unwrap();
    let summaries: Vec<_> = seen.iter().filter(|target| is_summary(target)).collect();
    // Each of the four slices is counted, and the five minutes before its end.
    assert_eq!(summaries.len(), 8);
    assert!(summaries[1].contains("since=1970-01-01T00%3A25%3A00.000Z&until=1970-01-01T00%3A30"), "{summaries:?}");
    let watermark = log.publications.iter().filter_map(|publication| publication.watermark.as_ref()).next().unwrap();
    assert_eq!(watermark.source_partition, "interaction-events");
}

#[tokio::test]
async fn names_are_joined_and_an_unknown_id_is_looked_up_once() {
    let (server, seen) = platform(|asked, _| events_page(asked)).await;
    let log = run(&config(&server, Dialect::InteractionEvents)).await;
    let read = distinct(&log);
    let leg = |id: &str| read[id].legs.iter().find(|leg| leg.user_id.is_some()).unwrap().clone();
    let known = leg("i-0000");
    assert_eq!((known.queue_name.as_deref(), known.service_level_target_ms), (Some("Sales"), Some(30_000)));
    assert_eq!((known.skill_set.as_str(), leg("i-0060").queue_name.as_deref()), ("German", Some("New")));
    assert_eq!(read["i-0000"].dispositions[0].code_name.as_deref(), Some("Sale"));
    assert_eq!(read["i-0000"].content_hash, read["i-0000"].computed_hash());
    assert_eq!(read["i-0000"].org_id, "acme");
    let seen = seen.lock().unwrap();
    let asked = |part: &str| seen.iter().filter(|target| target.contains(part)).count();
    assert_eq!(
        (asked("queues?id=q-new&"), asked("?id="), asked("/queues?pageNumber=1&"), asked("languages")),
        (1, 1, 1, 1)
    );
    assert!(seen[..4].iter().all(|target| target.starts_with("/api/v2/routing/")), "{seen:?}");
}

#[tokio::test]
async fn an_expired_cursor_resumes_at_the_last_published_instant() {
    let (server, _) = platform(|asked, number| match number {
        3 => Reaction::Status(400, None, r#"{"message":"The cursor has expired","code":"bad.request"}"#.to_owned()),
        7 => Reaction::Status(410, None, r#"{"message":"gone"}"#.to_owned()),
        _ => events_page(asked),
    })
    .await;
    let log = run(&config(&server, Dialect::InteractionEvents)).await;
    let (published, distinct) = (log.ids().len() as i64, distinct(&log).len() as i64);
    assert_eq!(distinct, ROWS);
    // The last row before each break stands twice.
    assert_eq!(published, ROWS + 2);
}

fn conversation(number: i64) -> Value {
    let at = |after_ms: i64| format_instant(number * EVERY_MS + after_ms);
    json!({"conversationId": format!("c-{number:04}"), "conversationStart": at(0), "conversationEnd": at(45_000),
        "participants": [{"participantId": "p", "purpose": "agent", "userId": "u", "sessions": [{"sessionId": "s",
            "mediaType": "voice", "segments": [{"segmentType": "interact", "queueId": "q-1", "segmentStart": at(0),
            "segmentEnd": at(40_000)}, {"segmentType": "wrapup", "wrapUpCode": "w-1", "segmentStart": at(40_000),
            "segmentEnd": at(45_000)}]}]}]})
}

/// Answers with the whole UTC day, whatever part of it is asked for.
fn day_page(asked: &Asked<'_>) -> Reaction {
    assert_eq!(asked.target, "/api/v2/analytics/conversations/details/query");
    let body: Value = serde_json::from_str(asked.body).unwrap();
    let size = body["paging"]["pageSize"].as_i64().unwrap();
    let first = (body["paging"]["pageNumber"].as_i64().unwrap() - 1) * size;
    let shown: Vec<Value> = (first..(first + size).min(ROWS)).map(conversation).collect();
    let mut page = json!({"totalHits": ROWS});
    if !shown.is_empty() {
        page["conversations"] = shown.into();
    }
    ok(page.to_string())
}

fn details_config(server: &Server) -> SourceConfig {
    SourceConfig { page_size: 7, ..config(server, Dialect::ConversationDetails) }
}

#[tokio::test]
async fn conversations_of_the_whole_day_are_published_by_their_own_slice_alone() {
    let (server, _) = platform(|asked, _| day_page(asked)).await;
    let log = run(&details_config(&server)).await;
    assert_eq!((log.ids().len() as i64, distinct(&log).len() as i64), (ROWS, ROWS));
    let read = &distinct(&log)["c-0000"];
    let leg = &read.legs[0];
    assert_eq!((leg.wrapup_code_id.as_deref(), leg.wrapup_code_name.as_deref()), (Some("w-1"), Some("Sale")));
    let statuses = log.publications.iter().filter_map(|publication| publication.slice.as_ref());
    let done: Vec<_> = statuses.filter(|slice| slice.state == SliceState::Done).collect();
    assert_eq!(done.iter().map(|slice| slice.rows).collect::<Vec<_>>(), [30, 30, 30, 30]);
    assert!(done.iter().all(|slice| slice.variance == Some(0.0) && slice.native_count == Some(ROWS)), "{done:?}");
}

#[tokio::test]
async fn a_passing_failure_keeps_the_page_number_and_a_lost_query_publishes_nothing_of_before_again() {
    let pages = Arc::new(Mutex::new(Vec::new()));
    let asked_pages = Arc::clone(&pages);
    let (server, _) = platform(move |asked, number| {
        let body: Value = serde_json::from_str(asked.body).unwrap();
        asked_pages.lock().unwrap().push(body["paging"]["pageNumber"].as_i64().unwrap());
        match number {
            3 => Reaction::Status(503, None, "{}".to_owned()),
            5 => Reaction::Status(400, None, r#"{"message":"Pagination may not exceed 100000 results."}"#.to_owned()),
            _ => day_page(asked),
        }
    })
    .await;
    let log = run(&details_config(&server)).await;
    assert_eq!(distinct(&log).len() as i64, ROWS);
    // The row at which the query began anew stands twice.
    assert_eq!(log.ids().len() as i64, ROWS + 1);
    assert_eq!(pages.lock().unwrap()[..7], [1, 2, 3, 3, 4, 1, 2]);
}

/// Answers with what starts in the interval, and refuses one that selects more than `hits_max`.
fn limited_page(asked: &Asked<'_>, hits_max: i64, by_number: bool) -> Reaction {
    let body: Value = serde_json::from_str(asked.body).unwrap();
    let (from, to) = body["interval"].as_str().unwrap().split_once('/').unwrap();
    let range = parse_instant(from).unwrap()..parse_instant(to).unwrap();
    let size = body["paging"]["pageSize"].as_u64().unwrap() as usize;
    let skip = (body["paging"]["pageNumber"].as_u64().unwrap() as usize - 1) * size;
    let selected: Vec<i64> = (0..ROWS).filter(|n| range.contains(&(n * EVERY_MS))).collect();
    let is_too_much = hits_max < selected.len() as i64;
    if is_too_much && !by_number {
        let told = r#"{"message":"Too many results. Tip: query smaller intervals","code":"bad.request"}"#;
        return Reaction::Status(400, None, told.to_owned());
    }
    let shown: Vec<Value> = selected.iter().skip(skip).take(size).map(|number| conversation(*number)).collect();
    let total = if is_too_much { 100_001 } else { selected.len() };
    ok(json!({"conversations": shown, "totalHits": total}).to_string())
}

#[tokio::test]
async fn a_query_that_selects_too_much_is_asked_for_in_windows_however_that_is_told() {
    for by_number in [false, true] {
        let (server, seen) = platform(move |asked, _| limited_page(asked, 8, by_number)).await;
        let log = run(&details_config(&server)).await;
        assert_eq!((log.ids().len() as i64, distinct(&log).len() as i64), (ROWS, ROWS), "each once");
        let letters: usize = log.publications.iter().map(|publication| publication.dead_letters.len()).sum();
        assert_eq!(letters, 0);
        let statuses = log.publications.iter().filter_map(|publication| publication.slice.as_ref());
        let done: Vec<_> = statuses.filter(|slice| slice.state == SliceState::Done).collect();
        // 30 minutes and 15 select too much, seven and a half do not; what comes after is that short at once.
        assert!(done.iter().all(|slice| slice.variance == Some(0.0)), "{done:?}");
        assert_eq!((done[0].windows, done[0].attempts - done[0].pages), (Some(4), 2));
        assert_eq!((done[1].windows, done[1].to - done[1].from), (Some(1), 450_000));
        let refused: i64 = done.iter().map(|slice| slice.attempts - slice.pages).sum();
        assert!(refused <= 5 && !seen.lock().unwrap().is_empty(), "{refused} queries selected too much");
    }
}

#[tokio::test]
async fn a_second_that_selects_too_much_is_dead_lettered_and_held_and_the_source_goes_on() {
    let (server, _) = platform(|asked, _| limited_page(asked, 0, true)).await;
    let config = SourceConfig { slice_ms: 60_000, extract_end: Some(120_000), ..details_config(&server) };
    let log = run(&config).await;
    let letters: Vec<_> = log.publications.iter().flat_map(|publication| &publication.dead_letters).collect();
    assert_eq!(letters.iter().map(|letter| letter.reason.as_str()).collect::<Vec<_>>(), ["slice_failed"; 2]);
    assert!(letters[0].rule.contains("too_much: ") && letters[0].rule.contains("100001 results"), "{letters:?}");
    let last = log.publications.iter().filter_map(|publication| publication.watermark.as_ref()).next_back().unwrap();
    assert_eq!((last.held[0].from, last.held[0].to, last.closed), (0, 120_000, true));
}
