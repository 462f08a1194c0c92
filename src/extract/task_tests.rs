//! Tests of the running source against a server and a publisher in memory. Edge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::source_offset::{RevisitCursor, SourceOffset};
use super::task::{SourceError, SourceReport, SourceTask};
use crate::config::secret::Secret;
use crate::config::typed::SourceConfig;
use crate::domain::causes::causes;
use crate::domain::time::{format_instant, parse_instant};
use crate::genesys::fixture::{Reaction, Server, ok};
use crate::genesys::quota::Backoff;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};
use crate::runtime::shutdown::Shutdown;

const ROWS: i64 = 120;
const EVERY_MS: i64 = 60_000;

/// Rows of two hours, one a minute; tokens work once, and every request drops those that are out.
fn page(body: &str, tokens: &mut BTreeMap<String, (i64, i64, i64)>) -> Reaction {
    let body: Value = serde_json::from_str(body).unwrap();
    let instant = |key: &str| parse_instant(body["dateRange"][key].as_str().unwrap()).unwrap();
    let (from, to, skip) = match body["nextPageToken"].as_str() {
        None => (instant("from"), instant("to"), 0),
        Some(token) => match tokens.remove(token) {
            Some(query) => query,
            None => return Reaction::Status(410, None, r#"{"message":"token used"}"#.to_owned()),
        },
    };
    let size = body["size"].as_i64().unwrap();
    let selected: Vec<i64> = (0..ROWS).filter(|n| (from..=to).contains(&(n * EVERY_MS))).collect();
    let rows: Vec<Value> = selected.iter().skip(skip as usize).take(size as usize).map(|n| row(*n)).collect();
    let mut page = json!({"data": rows, "size": size, "total": selected.len()});
    if skip + size < selected.len() as i64 {
        let token = format!("{from}-{to}-{skip}-{}", tokens.len());
        page["nextPageToken"] = token.clone().into();
        tokens.insert(token, (from, to, skip + size));
    }
    ok(page.to_string())
}

fn row(number: i64) -> Value {
    let start = number * EVERY_MS;
    json!({"id": format!("i-{number:04}"), "type": "voice", "status": "completed", "queueId": "q", "agentId": "a",
        "talkDuration": 40_000, "holdDuration": null, "wrapUpDuration": 5_000, "agentDuration": null,
        "startTimestamp": format_instant(start), "endTimestamp": format_instant(start + 45_000)})
}

pub(super) async fn platform(fault: impl Fn(usize) -> Option<Reaction> + Send + Sync + 'static) -> Server {
    let state = Mutex::new((0, BTreeMap::new()));
    Server::start(move |body| {
        let mut state = state.lock().unwrap();
        state.0 += 1;
        let page = page(body, &mut state.1);
        fault(state.0).unwrap_or(page)
    })
    .await
}

#[derive(Default)]
pub(super) struct Log {
    pub(super) publications: Vec<Publication>,
    offset: Option<String>,
    claims: usize,
}

/// Keeps what is published; `fail` is asked before each publication, counted from 1.
struct MemoryPublisher<F> {
    log: Arc<Mutex<Log>>,
    tried: usize,
    fail: F,
}

impl<F: FnMut(usize) -> Option<PublishError> + Send> Publish for MemoryPublisher<F> {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        let mut log = self.log.lock().unwrap();
        log.claims += 1;
        Ok(Claimed { offset: log.offset.clone(), ..Claimed::default() })
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        self.tried += 1;
        if let Some(error) = (self.fail)(self.tried) {
            return Err(error);
        }
        let mut log = self.log.lock().unwrap();
        log.offset = Some(publication.offset.clone());
        log.publications.push(publication.clone());
        Ok(())
    }
}

impl Log {
    pub(super) fn ids(&self) -> Vec<String> {
        let all = self.publications.iter().flat_map(|publication| &publication.interactions);
        all.map(|read| read.interaction_id.clone()).collect()
    }

    fn assert_everything_once(&self) {
        let ids = self.ids();
        assert_eq!(ids.len() as i64, ROWS);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len() as i64, ROWS);
    }
}

pub(super) fn task(
    config: &SourceConfig,
    log: &Arc<Mutex<Log>>,
    fail: impl FnMut(usize) -> Option<PublishError> + Send + 'static,
) -> SourceTask {
    let publisher = MemoryPublisher { log: Arc::clone(log), tried: 0, fail };
    SourceTask::new(config, Box::new(publisher)).unwrap().with_backoff(Backoff { first_ms: 2, most_ms: 20 })
}

/// Runs until the source says that it is complete, then asks it to stop.
pub(super) async fn run_until_complete(task: SourceTask) -> Result<SourceReport, SourceError> {
    let (progress, shutdown) = (task.progress(), Shutdown::default());
    let watch = async {
        let began = Instant::now();
        while !progress.snapshot().complete {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", progress.snapshot());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shutdown.trigger();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        report = task.run(shutdown.clone()) => report,
        () = watch => unreachable!(),
    }
}

#[tokio::test]
async fn a_bounded_source_reads_everything_once_closes_and_says_so() {
    let server = platform(|_| None).await;
    let log = Arc::default();
    let task = task(&server.config(), &log, |_| None);
    let progress = task.progress();
    assert_eq!(run_until_complete(task).await.unwrap(), SourceReport::Stopped);
    let log = log.lock().unwrap();
    log.assert_everything_once();
    let first = &log.publications[0];
    assert!(first.interactions.is_empty() && first.watermark.as_ref().is_some_and(|w| w.watermark == 0));
    assert!(log.publications.last().unwrap().watermark.as_ref().unwrap().closed);
    let snapshot = progress.snapshot();
    assert_eq!((snapshot.rows as i64, snapshot.share(), snapshot.settled), (ROWS, Some(1.0), true));
    assert_eq!((snapshot.retries, snapshot.malformed, snapshot.held), (0, 0, 0));
    // A login, four lists of names, and four slices of 30 rows, of which three answers end with the next slice's first
    // row.
    assert_eq!((server.requests(), snapshot.requests), (20, 20));
}

#[tokio::test]
async fn refusals_hangs_and_broken_answers_lose_nothing() {
    let server = platform(|number| match number % 8 {
        2 => Some(Reaction::Status(429, Some(("retry-after", "0.05".to_owned())), "{}".to_owned())),
        4 => Some(Reaction::Truncated("{\"data\":[".to_owned())),
        6 => Some(Reaction::Status(500, None, String::new())),
        7 if number < 8 => Some(Reaction::Hang),
        _ => None,
    })
    .await;
    let log = Arc::default();
    let task = task(&server.config(), &log, |_| None);
    let progress = task.progress();
    run_until_complete(task).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!(log.ids().into_iter().collect::<BTreeSet<_>>().len() as i64, ROWS);
    assert!(log.publications.iter().all(|publication| publication.dead_letters.is_empty()));
    let snapshot = progress.snapshot();
    assert!(5 <= snapshot.retries && 1 <= snapshot.rate_limited, "{snapshot:?}");
}

#[tokio::test]
async fn a_failed_publication_goes_on_from_the_committed_offset() {
    let server = platform(|_| None).await;
    let log: Arc<Mutex<Log>> = Arc::default();
    let retry = |tried: usize| (tried % 4 == 3).then(|| PublishError::Retry("broker away".to_owned()));
    run_until_complete(task(&server.config(), &log, retry)).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!(log.ids().into_iter().collect::<BTreeSet<_>>().len() as i64, ROWS);
    assert!(3 <= log.claims);
    let generations: Vec<i64> = log
        .publications
        .iter()
        .filter_map(|publication| Some(publication.watermark.as_ref()?.plan_generation))
        .collect();
    assert!(generations.iter().all(|generation| *generation == 1), "the plan is the same");
}

#[tokio::test]
async fn a_second_start_finds_everything_done() {
    let server = platform(|_| None).await;
    let log = Arc::default();
    run_until_complete(task(&server.config(), &log, |_| None)).await.unwrap();
    run_until_complete(task(&server.config(), &log, |_| None)).await.unwrap();
    log.lock().unwrap().assert_everything_once();
}

#[tokio::test]
async fn a_fenced_source_stops_quietly_and_a_fatal_publisher_is_an_error() {
    let server = platform(|_| None).await;
    let log = Arc::default();
    let fenced = task(&server.config(), &log, |tried| (tried == 3).then_some(PublishError::Fenced));
    assert_eq!(fenced.run(Shutdown::default()).await.unwrap(), SourceReport::Fenced);
    let fatal = task(&server.config(), &log, |_| Some(PublishError::Fatal("topic is compacted".to_owned())));
    let error = fatal.run(Shutdown::default()).await.unwrap_err();
    assert_eq!(causes(&error), "the source cannot publish: topic is compacted");
}

#[tokio::test]
async fn wrong_settings_are_fatal_before_the_first_page_with_the_platforms_text() {
    let server = platform(|_| None).await;
    let log = Arc::default();
    let mut config = server.config();
    config.client_secret = Secret::new("wrong".to_owned());
    let error = task(&config, &log, |_| None).run(Shutdown::default()).await.unwrap_err();
    assert!(causes(&error).contains("authentication failed"), "{}", causes(&error));
    let body = r#"{"message":"you lack analytics:report:read","code":"missing.permissions"}"#;
    let forbidding = platform(move |_| Some(Reaction::Status(403, None, body.to_owned()))).await;
    let error = task(&forbidding.config(), &log, |_| None).run(Shutdown::default()).await.unwrap_err();
    assert!(causes(&error).contains("you lack analytics:report:read"), "{}", causes(&error));
}

#[tokio::test]
async fn a_server_without_the_optional_columns_gets_the_guides_list() {
    let tokens = Mutex::new(BTreeMap::new());
    let server = Server::start(move |body| {
        if body.contains("waitDuration") {
            return Reaction::Status(400, None, r#"{"message":"unknown column waitDuration"}"#.to_owned());
        }
        page(body, &mut tokens.lock().unwrap())
    })
    .await;
    let log = Arc::default();
    run_until_complete(task(&server.config(), &log, |_| None)).await.unwrap();
    log.lock().unwrap().assert_everything_once();
}

#[tokio::test]
async fn an_expired_login_is_renewed_and_nothing_is_lost() {
    let server = Arc::new(platform(|_| None).await);
    let log: Arc<Mutex<Log>> = Arc::default();
    let (expiring, counted) = (Arc::clone(&server), Arc::clone(&log));
    let expire = move |tried: usize| {
        if tried.is_multiple_of(5) && counted.lock().unwrap().publications.len() < 12 {
            expiring.expire_tokens();
        }
        None
    };
    run_until_complete(task(&server.config(), &log, expire)).await.unwrap();
    assert_eq!(log.lock().unwrap().ids().into_iter().collect::<BTreeSet<_>>().len() as i64, ROWS);
    assert!(3 <= server.logins());
}

#[tokio::test]
async fn no_more_than_the_quota_reaches_the_platform_in_any_second() {
    let server = platform(|_| None).await;
    let mut config = server.config();
    config.quota_requests_per_second = 12.0;
    config.page_size = 3;
    config.revisit_ms = vec![300_000];
    // The second hour is read first while the first hour is read again.
    let mut offset = SourceOffset::new(0);
    offset.cursor = 3_600_000;
    offset.revisits = vec![RevisitCursor { age_ms: 300_000, cursor: 0 }];
    let log = Arc::new(Mutex::new(Log { offset: Some(offset.to_json()), ..Log::default() }));
    run_until_complete(task(&config, &log, |_| None)).await.unwrap();
    let ages: BTreeSet<i64> =
        log.lock().unwrap().publications.iter().filter_map(|p| Some(p.slice.as_ref()?.revisit_ms)).collect();
    assert_eq!(ages, BTreeSet::from([0, 300_000]));
    assert!(server.busiest_second() <= 12, "{}", server.busiest_second());
    assert!(40 <= server.requests());
}

#[tokio::test]
async fn a_stop_ends_within_the_deadline_even_while_a_page_hangs() {
    let server = platform(|number| (3 < number).then_some(Reaction::Hang)).await;
    let log = Arc::default();
    let mut config = server.config();
    config.http_read_timeout = Duration::from_secs(60);
    let task = task(&config, &log, |_| None);
    let shutdown = Shutdown::default();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        shutdown.trigger();
        Instant::now()
    };
    let (report, stopped_at) = tokio::join!(task.run(shutdown.clone()), stop);
    assert_eq!(report.unwrap(), SourceReport::Stopped);
    assert!(stopped_at.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn positions_move_only_when_the_publication_is_confirmed() {
    let server = platform(|_| None).await;
    let log = Arc::default();
    let blocked = Arc::new(Mutex::new(()));
    let held = blocked.lock().unwrap();
    let gate = Arc::clone(&blocked);
    let task = task(&server.config(), &log, move |tried| {
        if tried == 3 {
            drop(gate.lock());
        }
        None
    });
    let progress = task.progress();
    let shutdown = Shutdown::default();
    let look = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let snapshot = progress.snapshot();
        drop(held);
        shutdown.trigger();
        snapshot
    };
    let (report, snapshot) = tokio::join!(task.run(shutdown.clone()), look);
    assert_eq!(report.unwrap(), SourceReport::Stopped);
    // The opening and one page are confirmed.
    assert_eq!((snapshot.pages, snapshot.rows), (1, 10));
    // A login, four lists of names and three pages: one confirmed, one being published, one that waits for its turn.
    assert_eq!(server.requests(), 8);
}

#[tokio::test]
async fn past_the_end_revisits_come_by_the_platforms_clock_however_fast_it_runs() {
    let tokens = Mutex::new(BTreeMap::new());
    let began = Instant::now();
    let server = Server::start(move |body| {
        // Half a minute past the end at first; six hundred seconds a second.
        let at = 7_231_000 + i64::try_from(began.elapsed().as_millis()).unwrap() * 600;
        let date = chrono::DateTime::from_timestamp_millis(at).unwrap().format("%a, %d %b %Y %H:%M:%S GMT");
        let header = Some(("date", date.to_string()));
        match if body.is_empty() { ok("") } else { page(body, &mut tokens.lock().unwrap()) } {
            Reaction::Status(status, _, body) => Reaction::Status(status, header, body),
            other => other,
        }
    })
    .await;
    let log = Arc::default();
    let task = task(&server.config(), &log, |_| None);
    let (progress, shutdown) = (task.progress(), Shutdown::default());
    let look = async {
        while !progress.snapshot().settled {
            assert!(began.elapsed() < Duration::from_secs(40), "{:?}", progress.snapshot());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        shutdown.trigger();
    };
    let (report, ()) = tokio::join!(task.run(shutdown.clone()), look);
    assert_eq!(report.unwrap(), SourceReport::Stopped);
    let ids = log.lock().unwrap().ids();
    let times = |id: &str| ids.iter().filter(|published| *published == id).count();
    // The last row was read at once, at five minutes and at an hour; the first was old enough from the beginning.
    assert_eq!((times("i-0119"), times("i-0000")), (3, 1));
}
