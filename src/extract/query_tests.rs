//! Tests of the running source over queries that are answered later, against a server in memory. Edge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::queries::Queries;
use super::task_tests::{Log, run_until_complete, task};
use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::time::{format_instant, parse_instant};
use crate::genesys::client::GenesysClient;
use crate::genesys::counters::read;
use crate::genesys::dialect::asynchronous::Asynchronous;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::Query;
use crate::genesys::error::GenesysError;
use crate::genesys::fixture::{Asked, Reaction, Server, ok};
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::flights::Task;
use crate::genesys::query::machine::Pace;
use crate::genesys::query::token::PageToken;
use crate::genesys::wire::Page;
use crate::publish::contract::PublishError;
use crate::runtime::shutdown::Shutdown;

pub(super) const ROWS: i64 = 120;
const EVERY_MS: i64 = 60_000;
const PAGE: i64 = 7;
const SUBMIT: &str = "/api/v2/analytics/conversations/details/query";
const REPORTS: &str = "/api/v2/analytics/report-queries/";

/// What a script does with a request of the server; `None`: the server answers it.
type Script = dyn Fn(&str, usize) -> Option<Reaction> + Send + Sync;

#[derive(Default)]
pub(super) struct State {
    queries: BTreeMap<String, (i64, i64, usize)>,
    /// Every request for data as `verb what`, in order.
    pub(super) seen: Vec<String>,
}

impl State {
    /// How many requests begin so.
    pub(super) fn count(&self, of: &str) -> usize {
        self.seen.iter().filter(|what| what.starts_with(of)).count()
    }
}

/// Two hours of rows, one a minute; a query is done at its second look. `script` is asked first, with what is asked and
/// how often that was asked before.
pub(super) async fn platform(
    script: impl Fn(&str, usize) -> Option<Reaction> + Send + Sync + 'static,
) -> (Server, Arc<Mutex<State>>) {
    let state: Arc<Mutex<State>> = Arc::default();
    let (kept, script): (_, Box<Script>) = (Arc::clone(&state), Box::new(script));
    let server = Server::start_with(move |asked| {
        if asked.target.starts_with("/api/v2/routing/") {
            return Reaction::Status(404, None, r#"{"message":"no names here","code":"not.found"}"#.to_owned());
        }
        let mut state = kept.lock().unwrap();
        let what = what(asked);
        let before = state.seen.iter().filter(|seen| **seen == what).count();
        state.seen.push(what.clone());
        script(&what, before).unwrap_or_else(|| answer(asked, &mut state))
    })
    .await;
    (server, state)
}

/// `submit`, `look q-0`, `page q-0 7`, `delete q-0`.
fn what(asked: &Asked<'_>) -> String {
    let Some(rest) = asked.target.strip_prefix(REPORTS) else { return "submit".to_owned() };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let page = query.strip_prefix("pageToken=").unwrap_or("0");
    match (asked.method, path.strip_suffix("/results")) {
        ("DELETE", _) => format!("delete {path}"),
        (_, Some(id)) => format!("page {id} {page}"),
        (_, None) => format!("look {path}"),
    }
}

fn answer(asked: &Asked<'_>, state: &mut State) -> Reaction {
    let gone = || Reaction::Status(404, None, r#"{"message":"gone","code":"not.found"}"#.to_owned());
    let what = what(asked);
    let words: Vec<&str> = what.split(' ').collect();
    match words[..] {
        ["submit"] => {
            assert_eq!(asked.target, SUBMIT);
            let body: Value = serde_json::from_str(asked.body).unwrap();
            let instant = |key: &str| parse_instant(body[key].as_str().unwrap()).unwrap();
            let id = format!("q-{}", state.queries.len());
            state.queries.insert(id.clone(), (instant("start"), instant("end"), 0));
            ok(json!({"queryId": id, "status": "pending"}).to_string())
        }
        ["look", id] => match state.queries.get_mut(id) {
            None => gone(),
            Some((_, _, looks)) => {
                *looks += 1;
                let status = if *looks < 2 { "running" } else { "completed" };
                ok(json!({"id": id, "status": status, "progress": 0.95}).to_string())
            }
        },
        ["page", id, skip] => match state.queries.get(id) {
            None => gone(),
            Some((from, to, _)) => rows_page(*from, *to, skip.parse().unwrap()),
        },
        ["delete", id] => match state.queries.remove(id) {
            None => gone(),
            // The id is not given again.
            Some(_) => {
                state.queries.insert(format!("deleted {id}"), (0, 0, 0));
                Reaction::Status(204, None, String::new())
            }
        },
        _ => panic!("{what}"),
    }
}

fn rows_page(from: i64, to: i64, skip: i64) -> Reaction {
    let selected: Vec<i64> = (0..ROWS).filter(|n| (from..=to).contains(&(n * EVERY_MS))).collect();
    let shown: Vec<Value> = selected.iter().skip(skip as usize).take(PAGE as usize).map(|n| row(*n)).collect();
    let next = (skip + PAGE < selected.len() as i64).then(|| (skip + PAGE).to_string());
    ok(json!({"data": shown, "nextPageToken": next}).to_string())
}

fn row(number: i64) -> Value {
    json!({"interaction.id": format!("i-{number:04}"), "interaction.type": "voice", "conversation.id": "c",
        "timestamp": format_instant(number * EVERY_MS), "metrics.queuetime.ms": 5_000, "metrics.handledtime.ms": 40_000,
        "agent.id": "a", "routing.queue.id": "q"})
}

/// A source of one query at a time, so that the order of its requests is known.
fn config(server: &Server) -> SourceConfig {
    SourceConfig { queries_in_flight_max: 1, ..several(server) }
}

/// A source of several queries at a time.
pub(super) fn several(server: &Server) -> SourceConfig {
    SourceConfig { dialect: Dialect::ReportQueries, revisit_ms: Vec::new(), query_poll_ms: 2, ..server.config() }
}

/// Runs the source until it is complete; what it published.
pub(super) async fn run(config: &SourceConfig) -> Log {
    let log = Arc::default();
    run_until_complete(task(config, &log, |_| None)).await.unwrap();
    std::mem::take(&mut *log.lock().unwrap())
}

pub(super) fn distinct(log: &Log) -> usize {
    log.ids().into_iter().collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn a_query_is_submitted_looked_at_read_page_by_page_and_deleted() {
    let (server, state) = platform(|_, _| None).await;
    let log = run(&config(&server)).await;
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    let first_query =
        ["submit", "look q-0", "look q-0", "page q-0 0", "page q-0 7", "page q-0 14", "page q-0 21", "page q-0 28"];
    let seen = state.lock().unwrap().seen.clone();
    assert_eq!(seen[..first_query.len()], first_query);
    let mut next = [seen[first_query.len()].as_str(), seen[first_query.len() + 1].as_str()];
    next.sort_unstable();
    assert_eq!(next, ["delete q-0", "submit"], "no page waits for the deletion");
    let count = |verb: &str| seen.iter().filter(|what| what.starts_with(verb)).count();
    assert_eq!((count("submit"), count("look"), count("delete")), (4, 8, 4));
}

#[tokio::test]
async fn a_page_that_is_refused_for_a_while_is_asked_for_again_and_no_other() {
    let (server, state) = platform(|what, before| match (what, before) {
        ("page q-0 14", 0) => Some(Reaction::Status(503, None, String::new())),
        ("page q-0 14", 1) => Some(Reaction::Status(429, Some(("retry-after", "0".to_owned())), String::new())),
        ("look q-1", 0 | 1) => Some(Reaction::Status(500, None, String::new())),
        ("look q-1", 2) => Some(ok("{}")),
        ("page q-2 7", 0) => Some(Reaction::Status(401, None, String::new())),
        _ => None,
    })
    .await;
    let log = run(&config(&server)).await;
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    let seen = state.lock().unwrap().seen.clone();
    let count = |of: &str| seen.iter().filter(|what| what.starts_with(of)).count();
    assert_eq!((count("submit"), count("page q-0 14"), count("page q-0 7"), count("page q-2 0")), (4, 3, 1, 1));
    assert_eq!(count("look q-1"), 5, "three without an answer, one under way, one done");
}

#[tokio::test]
async fn a_restarted_source_reads_on_where_the_old_one_stopped() {
    let (server, state) = platform(|_, _| None).await;
    let log: Arc<Mutex<Log>> = Arc::default();
    // The opening, the query that was submitted, and two pages.
    let stopped = task(&config(&server), &log, |tried| (tried == 5).then(|| PublishError::Fatal("stop".to_owned())));
    stopped.run(Shutdown::default()).await.unwrap_err();
    let published = log.lock().unwrap().ids().len() as i64;
    assert_eq!(published, 2 * PAGE);
    run_until_complete(task(&config(&server), &log, |_| None)).await.unwrap();
    let ids = log.lock().unwrap().ids();
    assert_eq!((ids.len() as i64, ids.into_iter().collect::<BTreeSet<_>>().len() as i64), (ROWS, ROWS));
    let seen = state.lock().unwrap().seen.clone();
    let count = |of: &str| seen.iter().filter(|what| what.starts_with(of)).count();
    assert_eq!((count("submit"), count("page q-0 0"), count("page q-0 7")), (4, 1, 1), "{seen:?}");
}

#[tokio::test]
async fn a_query_that_is_gone_after_a_restart_or_between_two_pages_is_asked_anew_without_loss() {
    let (server, state) = platform(|what, _| match what {
        "page q-0 14" => Some(Reaction::Status(410, None, String::new())),
        "page q-3 7" => Some(Reaction::Status(400, None, r#"{"message":"bad token"}"#.to_owned())),
        _ => None,
    })
    .await;
    let log = run(&config(&server)).await;
    // The last row before each break stands twice.
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS + 2, ROWS));
    let seen = state.lock().unwrap().seen.clone();
    assert!(seen.contains(&"delete q-0".to_owned()), "the query that was left behind is deleted: {seen:?}");
    assert_eq!(seen.iter().filter(|what| *what == "submit").count(), 6);
}

#[tokio::test]
async fn a_query_that_fails_is_asked_anew_and_a_refused_deletion_disturbs_nothing() {
    let (server, state) = platform(|what, before| match (what, before) {
        ("look q-1", 0) => Some(ok(r#"{"status":"failed","error":"Internal Server Error"}"#)),
        (what, _) if what.starts_with("delete") => Some(Reaction::Status(403, None, String::new())),
        _ => None,
    })
    .await;
    let log = run(&config(&server)).await;
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    assert_eq!(state.lock().unwrap().seen.iter().filter(|what| *what == "submit").count(), 5);
    let classes: Vec<&str> = log
        .publications
        .iter()
        .filter_map(|publication| publication.slice.as_ref()?.last_error_class.as_deref())
        .collect();
    assert!(classes.contains(&"query_failed"), "{classes:?}");
}

#[tokio::test]
async fn rows_far_outside_the_bounds_are_kept_and_counted_as_an_alert() {
    let stray = json!({"interaction.id": "stray", "timestamp": "1970-01-01T05:00:00Z", "metrics.handledtime.ms": 1});
    let near = json!({"interaction.id": "near", "timestamp": "1970-01-01T00:30:00.500Z", "metrics.handledtime.ms": 1});
    let (server, _) = platform(move |what, _| {
        let page = || ok(json!({"data": [row(0), stray, near], "nextPageToken": "7"}).to_string());
        (what == "page q-0 0").then(page)
    })
    .await;
    let config = config(&server);
    let log: Arc<Mutex<Log>> = Arc::default();
    let source = task(&config, &log, |_| None);
    let progress = source.progress();
    run_until_complete(source).await.unwrap();
    let ids = log.lock().unwrap().ids();
    assert_eq!(ids.iter().filter(|id| *id == "stray").count(), 1);
    assert!(!ids.contains(&"near".to_owned()), "half a second is a matter of rounding: the next slice has it");
    assert_eq!(progress.snapshot().bounds_alerts, 1);
}

fn asked_for(limit_rows: i64) -> Query {
    Query {
        from: 0,
        to: 30 * EVERY_MS,
        token: None,
        page_size: 100,
        status_filter: None,
        filter: None,
        agents: Vec::new(),
        columns: Columns::All,
        forward_buffer_ms: 0,
        attributes: Vec::new(),
        limit_rows,
    }
}

/// Reads all pages of a query; the last one, or why there is none. What is over is deleted then.
async fn last_page(server: &Server, limit_rows: i64) -> (Result<(Page, i64), GenesysError>, Arc<GenesysClient>) {
    let client = Arc::new(GenesysClient::new(&server.config()).unwrap());
    let queries = Queries::new(Arc::clone(&client), Pace { limit_ms: 60, ..Pace::from_first(5) }, 1);
    let mut query = asked_for(limit_rows);
    let mut page = page_of(&queries, &query).await;
    for _ in 0..20 {
        let Some(token) = page.as_ref().ok().and_then(|(page, _)| page.next_token.clone()) else { break };
        query.token = Some(token);
        page = page_of(&queries, &query).await;
    }
    while let Task::Delete(over) = queries.next_task() {
        queries.delete(Rank::First, Asynchronous::ReportQueries, &over.query_id).await;
    }
    (page, client)
}

async fn page_of(queries: &Queries, query: &Query) -> Result<(Page, i64), GenesysError> {
    queries.page(Rank::First, Asynchronous::ReportQueries, query, "asked", &Privacy::default()).await
}

#[tokio::test]
async fn a_partial_result_is_counted_deleted_and_too_much() {
    let (server, state) = platform(|what, _| (what == "look q-0").then(|| ok(r#"{"status":"partial"}"#))).await;
    let GenesysError::TooMuch { reason } = last_page(&server, 500).await.0.unwrap_err() else { panic!() };
    let expected = "query q-0 is partial: 31 rows, the first at 1970-01-01T00:00:00.000Z, the last at \
                    1970-01-01T00:30:00.000Z";
    assert_eq!(reason, expected);
    assert_eq!(state.lock().unwrap().seen.last().unwrap(), "delete q-0");
}

#[tokio::test]
async fn as_many_rows_as_the_limit_are_too_much_and_one_fewer_are_not() {
    let (server, _) = platform(|_, _| None).await;
    let (page, client) = last_page(&server, 32).await;
    assert_eq!((page.unwrap().0.rows.len() as i64, read(&client.counters().bounds_alerts)), (31 % PAGE, 0));
    let GenesysError::TooMuch { reason } = last_page(&server, 31).await.0.unwrap_err() else { panic!() };
    assert!(reason.starts_with("31 rows from 1970-01-01T00:00:00.000Z to "), "{reason}");
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_deleted_and_too_much() {
    let (server, state) =
        platform(|what, _| (what == "look q-0").then(|| ok(r#"{"status":"running","progress":1.0}"#))).await;
    let error = last_page(&server, 500).await.0.unwrap_err();
    assert!(matches!(error, GenesysError::TooMuch { .. }), "{error}");
    assert_eq!(state.lock().unwrap().seen.last().unwrap(), "delete q-0");
}

#[tokio::test]
async fn a_dropped_wait_leaves_a_query_that_the_next_one_who_asks_for_the_same_goes_on_with() {
    let (server, state) =
        platform(|what, before| (what == "look q-0" && before < 3).then(|| ok(r#"{"status":"running"}"#))).await;
    let client = Arc::new(GenesysClient::new(&server.config()).unwrap());
    let queries = Queries::new(client, Pace { longest_ms: 20, ..Pace::from_first(20) }, 1);
    let query = asked_for(500);
    // Longer than a submission takes, and shorter than the first look.
    let dropped = async {
        tokio::select! {
            page = page_of(&queries, &query) => panic!("{page:?}"),
            () = async { while !queries.stands("asked") { tokio::task::yield_now().await } } => {}
        }
    };
    dropped.await;
    let (page, submitted_at) = page_of(&queries, &query).await.unwrap();
    let token = PageToken::from_text(page.next_token.as_deref().unwrap()).unwrap();
    assert_eq!((token.query_id.as_str(), token.submitted_at, token.rows), ("q-0", submitted_at, PAGE));
    let seen = state.lock().unwrap().seen.clone();
    let count = |of: &str| seen.iter().filter(|what| what.starts_with(of)).count();
    assert_eq!((count("submit"), count("delete")), (1, 0), "{seen:?}");
}
