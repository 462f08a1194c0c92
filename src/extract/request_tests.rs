//! Tests of holds, requests and missing rows with a running source, a server and a publisher in memory. Edge.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::task::{SourceReport, SourceTask};
use super::task_tests::run_until_complete;
use crate::config::typed::SourceConfig;
use crate::domain::slice::SliceState;
use crate::domain::time::{TimeRange, format_instant, parse_instant};
use crate::genesys::fixture::{Reaction, Server, ok};
use crate::genesys::quota::Backoff;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError, Request};
use crate::runtime::shutdown::Shutdown;

const ROWS: i64 = 120;
const EVERY_MS: i64 = 60_000;
const HALF_HOUR: i64 = 1_800_000;
const SECOND_SLICE: TimeRange = TimeRange { from: HALF_HOUR, to: 2 * HALF_HOUR };

/// What was published, and what operators ask.
#[derive(Default)]
struct Desk {
    publications: Vec<Publication>,
    offset: Option<String>,
    requests: Vec<Request>,
}

#[derive(Clone, Default)]
struct DeskPublisher {
    desk: Arc<Mutex<Desk>>,
    looked: usize,
}

impl Publish for DeskPublisher {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        self.looked = 0;
        Ok(Claimed { offset: self.desk.lock().unwrap().offset.clone(), ..Claimed::default() })
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        let mut desk = self.desk.lock().unwrap();
        desk.offset = Some(publication.offset.clone());
        desk.publications.push(publication.clone());
        Ok(())
    }

    fn request(&mut self) -> Result<Option<Request>, PublishError> {
        let desk = self.desk.lock().unwrap();
        let new = desk.requests.get(self.looked..).and_then(|new| new.last()).cloned();
        self.looked = desk.requests.len();
        Ok(new)
    }
}

impl DeskPublisher {
    fn ask(&self, range: TimeRange) {
        let mut desk = self.desk.lock().unwrap();
        let number = desk.requests.len() as i64 + 1;
        desk.requests.push(Request { number, ranges: vec![range], lost: Vec::new() });
    }

    fn held(&self) -> Vec<TimeRange> {
        let desk = self.desk.lock().unwrap();
        let mut said = desk.publications.iter().filter_map(|publication| publication.watermark.as_ref());
        said.next_back().unwrap().held.clone()
    }

    fn ids(&self) -> Vec<String> {
        let desk = self.desk.lock().unwrap();
        let read = desk.publications.iter().flat_map(|publication| &publication.interactions);
        read.map(|read| read.interaction_id.clone()).collect()
    }

    fn task(&self, config: &SourceConfig) -> SourceTask {
        let publisher = DeskPublisher { looked: 0, ..self.clone() };
        SourceTask::new(config, Box::new(publisher)).unwrap().with_backoff(Backoff { first_ms: 2, most_ms: 20 })
    }
}

/// How a platform refuses.
type Refusal = fn() -> Reaction;

fn row(number: i64) -> Value {
    let start = number * EVERY_MS;
    json!({"id": format!("i-{number:04}"), "type": "voice", "status": "completed", "queueId": "q", "agentId": "a",
        "talkDuration": 40_000, "holdDuration": null, "wrapUpDuration": 5_000, "agentDuration": null,
        "startTimestamp": format_instant(start), "endTimestamp": format_instant(start + 45_000)})
}

/// All rows of the query on one page, without those that `is_lost`; the total counts them all.
fn page(body: &str, is_lost: impl Fn(i64) -> bool) -> Reaction {
    let body: Value = serde_json::from_str(body).unwrap();
    let instant = |key: &str| parse_instant(body["dateRange"][key].as_str().unwrap()).unwrap();
    let selected: Vec<i64> =
        (0..ROWS).filter(|n| (instant("from")..=instant("to")).contains(&(n * EVERY_MS))).collect();
    let shown: Vec<Value> = selected.iter().copied().filter(|n| !is_lost(*n)).map(row).collect();
    ok(json!({"data": shown, "size": 100, "total": selected.len()}).to_string())
}

fn first_of(body: &str) -> i64 {
    let body: Value = serde_json::from_str(body).unwrap();
    parse_instant(body["dateRange"]["from"].as_str().unwrap()).unwrap()
}

fn config(server: &Server) -> SourceConfig {
    SourceConfig { retries_max: 3, revisit_ms: Vec::new(), poll_interval: Duration::from_millis(20), ..server.config() }
}

/// A platform that refuses the second half hour until it is repaired.
async fn platform(reaction: impl Fn() -> Reaction + Send + Sync + 'static) -> (Server, Arc<AtomicBool>) {
    let repaired = Arc::new(AtomicBool::new(false));
    let works = Arc::clone(&repaired);
    let server = Server::start(move |body| {
        if !works.load(Ordering::Acquire) && SECOND_SLICE.contains(first_of(body)) {
            return reaction();
        }
        page(body, |_| false)
    })
    .await;
    (server, repaired)
}

#[tokio::test]
async fn a_held_slice_is_read_at_the_next_start_when_it_was_asked_for_meanwhile() {
    let (server, repaired) = platform(|| Reaction::Status(500, None, String::new())).await;
    let desk = DeskPublisher::default();
    run_until_complete(desk.task(&config(&server))).await.unwrap();
    assert_eq!((desk.held(), desk.ids().len() as i64), (vec![SECOND_SLICE], ROWS - 30));
    repaired.store(true, Ordering::Release);
    run_until_complete(desk.task(&config(&server))).await.unwrap();
    assert_eq!(desk.held(), [SECOND_SLICE], "nobody asked");
    desk.ask(TimeRange { from: 0, to: i64::MAX });
    let task = desk.task(&config(&server));
    let progress = task.progress();
    run_until_complete(task).await.unwrap();
    assert_eq!((desk.held(), desk.ids().len() as i64), (Vec::new(), ROWS));
    assert_eq!(progress.snapshot().held, 0);
    let desk = desk.desk.lock().unwrap();
    let last = desk.publications.iter().filter_map(|publication| publication.slice.as_ref()).next_back().unwrap();
    assert_eq!((last.from, last.state, last.rows, last.revisit_ms), (HALF_HOUR, SliceState::Done, 30, 0));
}

#[tokio::test]
async fn a_running_source_takes_a_request_up() {
    let (server, repaired) = platform(|| Reaction::Status(500, None, String::new())).await;
    let desk = DeskPublisher::default();
    let task = desk.task(&config(&server));
    let (progress, shutdown) = (task.progress(), Shutdown::default());
    let look = async {
        let began = Instant::now();
        while !progress.snapshot().complete {
            assert!(began.elapsed() < Duration::from_secs(30), "{:?}", progress.snapshot());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(progress.snapshot().held, 1);
        repaired.store(true, Ordering::Release);
        desk.ask(SECOND_SLICE);
        while 0 < progress.snapshot().held {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", progress.snapshot());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shutdown.trigger();
    };
    let (report, ()) = tokio::join!(task.run(shutdown.clone()), look);
    assert_eq!(report.unwrap(), SourceReport::Stopped);
    assert_eq!((desk.held(), desk.ids().len() as i64), (Vec::new(), ROWS));
}

#[tokio::test]
async fn each_class_of_failure_is_dead_lettered_by_its_name_and_held_and_the_source_goes_on() {
    let refusals: [(&str, Refusal); 7] = [
        ("unavailable", || Reaction::Status(503, None, "{}".to_owned())),
        ("rate_limited", || Reaction::Status(429, Some(("retry-after", "0.01".to_owned())), "{}".to_owned())),
        ("bad_request", || Reaction::Status(400, None, r#"{"message":"no"}"#.to_owned())),
        ("forbidden", || Reaction::Status(403, None, r#"{"message":"no"}"#.to_owned())),
        ("token_gone", || Reaction::Status(410, None, "{}".to_owned())),
        ("bad_body", || ok("<html>")),
        ("transient", || Reaction::Truncated("{\"data\":[".to_owned())),
    ];
    for (class, reaction) in refusals {
        let (server, _) = platform(reaction).await;
        let desk = DeskPublisher::default();
        run_until_complete(desk.task(&config(&server))).await.unwrap();
        assert_eq!(desk.held(), [SECOND_SLICE], "{class}");
        assert_eq!(desk.ids().len() as i64, ROWS - 30, "{class}");
        let desk = desk.desk.lock().unwrap();
        let letters: Vec<_> = desk.publications.iter().flat_map(|publication| &publication.dead_letters).collect();
        assert_eq!((letters.len(), letters[0].reason.as_str()), (1, "slice_failed"), "{class}");
        assert!(letters[0].rule.contains(&format!("3 times in a row; last: {class}: ")), "{}", letters[0].rule);
        let slices = desk.publications.iter().filter_map(|publication| publication.slice.as_ref());
        let failed: Vec<_> = slices.filter(|slice| slice.state == SliceState::Failed).collect();
        assert_eq!((failed.len(), failed[0].last_error_class.as_deref()), (1, Some(class)));
        assert!(desk.publications.last().unwrap().watermark.as_ref().unwrap().closed, "{class}");
    }
}

#[tokio::test]
async fn an_answer_without_some_of_its_rows_is_found_by_the_total_and_repaired_by_the_second_reading() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |body| {
        let first = first_of(body);
        // Twice at the end of the slice it is short of the total, and once more where that is looked at again.
        let short = SECOND_SLICE.contains(first) && asked.fetch_add(1, Ordering::AcqRel) < 2;
        page(body, move |number| short && number % 3 == 1)
    })
    .await;
    let desk = DeskPublisher::default();
    run_until_complete(desk.task(&config(&server))).await.unwrap();
    let ids: std::collections::BTreeSet<_> = desk.ids().into_iter().collect();
    assert_eq!((ids.len() as i64, desk.held()), (ROWS, Vec::new()));
    let desk = desk.desk.lock().unwrap();
    let mut slices = desk.publications.iter().filter_map(|publication| publication.slice.as_ref());
    let done = slices.rfind(|slice| slice.from == HALF_HOUR && slice.state == SliceState::Done).unwrap();
    assert_eq!((done.rows, done.windows, done.last_error_class.as_deref()), (30, Some(2), Some("volume")));
    assert!(desk.publications.iter().all(|publication| publication.dead_letters.is_empty()));
}

#[tokio::test]
async fn rows_that_stay_missing_hold_exactly_their_slice() {
    let server = Server::start(|body| page(body, |number| number == 40)).await;
    let desk = DeskPublisher::default();
    run_until_complete(desk.task(&config(&server))).await.unwrap();
    assert_eq!((desk.held(), desk.ids().contains(&"i-0041".to_owned())), (vec![SECOND_SLICE], true));
    let desk = desk.desk.lock().unwrap();
    let letters: Vec<_> = desk.publications.iter().flat_map(|publication| &publication.dead_letters).collect();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].rule.contains("volume: the platform counts"), "{}", letters[0].rule);
    assert!(letters[0].value.as_ref().is_some_and(|body| body.starts_with(b"{")), "the request");
}
