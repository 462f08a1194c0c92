//! Tests of the running source with several queries at the platform at once, against a server in memory. Edge.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::query_tests::{ROWS, distinct, platform, run, several};
use super::source_offset::SourceOffset;
use super::task::SourceReport;
use super::task_tests::{Log, run_until_complete, task};
use crate::config::typed::SourceConfig;
use crate::genesys::fixture::{Reaction, Server, ok};
use crate::runtime::shutdown::Shutdown;

const RUNNING: &str = r#"{"status":"running"}"#;

/// Twelve slices of ten minutes.
fn config(server: &Server) -> SourceConfig {
    SourceConfig { slice_ms: 600_000, ..several(server) }
}

/// Most queries that stood at the platform at once.
fn most_in_flight(seen: &[String]) -> i64 {
    let mut now = 0;
    let counts = seen.iter().map(|what| {
        now += i64::from(what == "submit") - i64::from(what.starts_with("delete"));
        now
    });
    counts.max().unwrap_or(0)
}

#[tokio::test]
async fn queries_of_the_next_slices_are_answered_while_one_is_read_and_rows_come_in_order() {
    // The first query is not done before four of them stand there.
    let submitted = AtomicUsize::new(0);
    let (server, state) = platform(move |what, _| {
        let count = submitted.fetch_add(usize::from(what == "submit"), Ordering::AcqRel);
        (what == "look q-0" && count < 4).then(|| ok(RUNNING))
    })
    .await;
    let log = run(&config(&server)).await;
    let ids = log.ids();
    assert_eq!((ids.len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    assert!(ids.is_sorted(), "slices are published in their order");
    let state = state.lock().unwrap();
    assert_eq!((state.count("submit"), state.count("delete")), (12, 12), "{:?}", state.seen);
    assert_eq!(most_in_flight(&state.seen), 4, "{:?}", state.seen);
    // Nothing of them is left to be stored.
    let offset = SourceOffset::from_json(&log.publications.last().unwrap().offset).unwrap();
    assert!(offset.in_flight.len() <= 1, "{offset:?}");
}

#[tokio::test]
async fn a_source_of_one_at_a_time_submits_the_next_query_only_when_the_last_one_was_read() {
    let (server, state) = platform(|_, _| None).await;
    run(&SourceConfig { queries_in_flight_max: 1, ..config(&server) }).await;
    let seen = &state.lock().unwrap().seen;
    // The deletion of the one before may come a moment later.
    assert!(most_in_flight(seen) <= 2, "{seen:?}");
    for number in 1..12 {
        let submitted = seen.iter().enumerate().filter(|(_, what)| *what == "submit").nth(number).unwrap().0;
        let read = seen.iter().rposition(|what| *what == format!("page q-{} 7", number - 1)).unwrap();
        assert!(read < submitted, "{number}: {seen:?}");
    }
}

/// Runs the source until as many queries as may be stand at the platform and the offset says so, then stops it.
async fn stopped_while_pending(config: &SourceConfig, log: &Arc<Mutex<Log>>) {
    let (source, shutdown) = (task(config, log, |_| None), Shutdown::default());
    let said = || {
        let log = log.lock().unwrap();
        let offset = log.publications.last().map(|publication| publication.offset.clone());
        offset.map_or(0, |offset| SourceOffset::from_json(&offset).unwrap().in_flight.len())
    };
    let watch = async {
        let began = Instant::now();
        while said() < 4 {
            assert!(began.elapsed() < Duration::from_secs(60), "the offset names {} queries", said());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        shutdown.trigger();
    };
    let (report, ()) = tokio::join!(source.run(shutdown.clone()), watch);
    assert_eq!(report.unwrap(), SourceReport::Stopped);
}

/// A platform on which no query is done before the flag is set.
fn not_before(flag: &Arc<AtomicBool>) -> impl Fn(&str, usize) -> Option<Reaction> + Send + Sync + 'static {
    let flag = Arc::clone(flag);
    move |what, _| (what.starts_with("look") && !flag.load(Ordering::Acquire)).then(|| ok(RUNNING))
}

#[tokio::test]
async fn a_restarted_source_goes_on_with_the_queries_that_were_pending() {
    let flag = Arc::default();
    let (server, state) = platform(not_before(&flag)).await;
    let (config, log): (_, Arc<Mutex<Log>>) = (config(&server), Arc::default());
    stopped_while_pending(&config, &log).await;
    assert_eq!(state.lock().unwrap().count("delete"), 0, "they are still needed");
    flag.store(true, Ordering::Release);
    run_until_complete(task(&config, &log, |_| None)).await.unwrap();
    let ids = log.lock().unwrap().ids();
    assert_eq!((ids.len() as i64, ids.iter().collect::<BTreeSet<_>>().len() as i64), (ROWS, ROWS));
    let state = state.lock().unwrap();
    assert_eq!((state.count("submit"), state.count("delete")), (12, 12), "{:?}", state.seen);
}

#[tokio::test]
async fn queries_that_are_gone_after_a_restart_are_submitted_anew() {
    let flag = Arc::default();
    let gone = |what: &str| ["look q-1", "look q-3"].contains(&what);
    let pending = not_before(&flag);
    let forgets = Arc::clone(&flag);
    let (server, state) = platform(move |what, before| match forgets.load(Ordering::Acquire) && gone(what) {
        true => Some(Reaction::Status(404, None, r#"{"message":"unknown","code":"not.found"}"#.to_owned())),
        false => pending(what, before),
    })
    .await;
    let (config, log): (_, Arc<Mutex<Log>>) = (config(&server), Arc::default());
    stopped_while_pending(&config, &log).await;
    flag.store(true, Ordering::Release);
    run_until_complete(task(&config, &log, |_| None)).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    assert!(log.publications.iter().all(|publication| publication.dead_letters.is_empty()));
    assert_eq!(state.lock().unwrap().count("submit"), 14, "{:?}", state.lock().unwrap().seen);
}

#[tokio::test]
async fn what_a_source_of_other_settings_left_is_deleted_and_never_read() {
    let flag = Arc::default();
    let (server, state) = platform(not_before(&flag)).await;
    let (config, log): (_, Arc<Mutex<Log>>) = (config(&server), Arc::default());
    stopped_while_pending(&config, &log).await;
    flag.store(true, Ordering::Release);
    // A query of another limit is another query, although it is for the same slice.
    let other = SourceConfig { query_limit_rows: 400_000, ..config };
    run_until_complete(task(&other, &log, |_| None)).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    let state = state.lock().unwrap();
    for number in 0..4 {
        assert_eq!(state.count(&format!("page q-{number} ")), 0, "{:?}", state.seen);
        let deleted = format!("delete q-{number}");
        assert_eq!(state.seen.iter().filter(|what| **what == deleted).count(), 1, "{:?}", state.seen);
    }
    assert_eq!((state.count("submit"), state.count("delete")), (16, 16));
}

#[tokio::test]
async fn submissions_ahead_that_are_refused_cost_no_attempt_at_a_slice() {
    // Only one query at a time is let in, as a platform does that limits them.
    let standing = Mutex::new(0_i64);
    let (server, state) = platform(move |what, _| {
        let mut standing = standing.lock().unwrap();
        match what {
            "submit" if 1 <= *standing => Some(Reaction::Status(429, None, r#"{"message":"too many"}"#.to_owned())),
            "submit" => {
                *standing += 1;
                None
            }
            _ if what.starts_with("delete") => {
                *standing -= 1;
                None
            }
            _ => None,
        }
    })
    .await;
    let config = SourceConfig { slice_ms: 1_800_000, ..config(&server) };
    let log: Arc<Mutex<Log>> = Arc::default();
    let source = task(&config, &log, |_| None);
    let progress = source.progress();
    run_until_complete(source).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    assert_eq!((progress.snapshot().slices_failed, progress.snapshot().held), (0, 0));
    assert!(4 < state.lock().unwrap().count("submit"));
}

#[tokio::test]
async fn a_planned_slice_of_which_there_is_too_much_is_read_in_halves_and_the_next_ones_stay() {
    let (server, state) = platform(|what, _| (what == "look q-1").then(|| ok(r#"{"status":"partial"}"#))).await;
    let config = SourceConfig { slice_ms: 1_800_000, ..config(&server) };
    let log = run(&config).await;
    assert_eq!((log.ids().len() as i64, distinct(&log) as i64), (ROWS, ROWS));
    let state = state.lock().unwrap();
    assert_eq!((state.count("submit"), state.count("delete")), (6, 6), "four slices, one of them in two");
    assert_eq!((state.count("page q-2 0"), state.count("page q-3 0")), (1, 1), "{:?}", state.seen);
}
