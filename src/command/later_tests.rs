//! Sources whose answers come later, against the simulator: what is cut off, fails or lags is read whole in the end, and
//! two dialects never flap a row. Edge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::demo_topics::{self, Store};
use super::fixture::{Platform, Truths, all_read, assert_no_row_flaps, publisher};
use super::pipeline::{self, STOP};
use crate::cli::SimulatedDialect;
use crate::config::Settings;
use crate::config::typed::{RevisitDialect, SourceConfig};
use crate::dedupe::decision::{Decision, Reading, decide};
use crate::domain::interaction::Interaction;
use crate::domain::media::Dialect;
use crate::domain::slice::SliceState;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, TimeRange, parse_instant};
use crate::embedded;
use crate::embedded::log::Log;
use crate::extract::task::SourceTask;
use crate::genesys::quota::Backoff;
use crate::process::start;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::clock::Clock;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::faults::FaultScript;
use crate::simulate::row::id_text;
use crate::simulate::server::{History, SimulatorOptions};

const MINUTE_MS: i64 = 60_000;

fn from() -> InstantMs {
    parse_instant("2026-01-05T00:00:00Z").unwrap()
}

/// Keeps what a source publishes.
#[derive(Clone, Default)]
struct Collector {
    publications: Arc<Mutex<Vec<Publication>>>,
}

impl Publish for Collector {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        Ok(Claimed::default())
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        self.publications.lock().unwrap().push(publication.clone());
        Ok(())
    }
}

impl Collector {
    fn interactions(&self) -> Vec<Interaction> {
        self.publications.lock().unwrap().iter().flat_map(|publication| publication.interactions.clone()).collect()
    }
}

/// Settings of a hurried source over what begins before `to`.
fn settings(platform: &Platform, dialect: SimulatedDialect, to: InstantMs) -> Settings {
    let mut settings = platform.settings(dialect, TimeRange { from: from(), to });
    for source in &mut settings.sources {
        source.poll_interval = Duration::from_millis(4);
        source.slice_ms = 6 * HOUR_MS;
    }
    settings
}

/// Runs a source until `done` says that it is; what it published.
async fn collected(source: &SourceConfig, settled: bool) -> Collector {
    let collector = Collector::default();
    let task = SourceTask::new(source, Box::new(collector.clone())).unwrap();
    let task = task.with_backoff(Backoff { first_ms: 2, most_ms: 20 });
    let (progress, shutdown, began) = (task.progress(), Shutdown::default(), Instant::now());
    let watch = async {
        loop {
            let at = progress.snapshot();
            if at.complete && (at.settled || !settled) {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{at:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shutdown.trigger();
    };
    let (report, ()) = tokio::join!(task.run(shutdown.clone()), watch);
    report.unwrap();
    collector
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_is_cut_off_at_its_limit_is_asked_again_for_less_time_until_all_is_read() {
    let history = SimulatedDialect::ReportQueries.exactly(5, from(), 1, 3_000).unwrap();
    let total = history.total();
    let platform = Platform::start(history, SimulatorOptions::default()).await;
    let settings = settings(&platform, SimulatedDialect::ReportQueries, from() + DAY_MS);
    let source = SourceConfig { query_limit_rows: 150, retries_max: 3, ..settings.sources[0].clone() };
    let collector = collected(&source, false).await;
    let ids: BTreeSet<String> = collector.interactions().into_iter().map(|read| read.interaction_id).collect();
    assert_eq!(ids.len() as u64, total);
    let publications = collector.publications.lock().unwrap().clone();
    assert!(publications.iter().all(|publication| publication.dead_letters.is_empty()));
    let slices = publications.iter().filter_map(|publication| publication.slice.as_ref());
    let done: Vec<_> = slices.filter(|slice| slice.state == SliceState::Done).collect();
    assert!(done.iter().any(|slice| slice.last_error_class.as_deref() == Some("too_much")), "{done:?}");
    assert_eq!(platform.simulator.open_queries(), 0, "every query was deleted");
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_that_fail_expire_are_cancelled_or_lose_their_cursor_cost_no_row() {
    let script = r#"
        [[rule]]
        kind = "query"
        fate = "failed"
        every = 3
        [[rule]]
        kind = "query"
        fate = "cancelled"
        every = 4
        [[rule]]
        kind = "query"
        fate = "expired"
        every = 5
        [[rule]]
        kind = "query"
        fate = "partial"
        every = 7
        [[rule]]
        kind = "token"
        every = 6
        [[rule]]
        status = 503
        every = 9
        retry_after_s = 0
    "#;
    for dialect in [SimulatedDialect::ReportQueries, SimulatedDialect::ConversationJobs] {
        let history = dialect.exactly(5, from(), 1, 2_000).unwrap();
        let total = history.total();
        let faults = FaultScript::read(script).unwrap();
        let platform = Platform::start(history, SimulatorOptions { faults, ..SimulatorOptions::default() }).await;
        let settings = settings(&platform, dialect, from() + DAY_MS);
        let source = SourceConfig { page_size: 100, slice_ms: 3 * HOUR_MS, ..settings.sources[0].clone() };
        let began = Instant::now();
        let collector = collected(&source, false).await;
        let ids: BTreeSet<String> = collector.interactions().into_iter().map(|read| read.interaction_id).collect();
        let publications = collector.publications.lock().unwrap().clone();
        let dead: Vec<_> = publications.iter().flat_map(|publication| &publication.dead_letters).collect();
        assert!(dead.is_empty(), "{}: {dead:?}", dialect.word());
        assert_eq!(ids.len() as u64, total, "{}", dialect.word());
        println!("{}: {} publications in {:?}", dialect.word(), publications.len(), began.elapsed());
        platform.stop().await;
    }
}

/// Conversations that are lived through at some thousand times the speed, and a lake that is forty minutes behind.
fn lived_through(from: InstantMs, speed: f64) -> SimulatorOptions {
    SimulatorOptions {
        clock: Clock::live(from, speed),
        availability_lag_ms: 40 * MINUTE_MS,
        query_ms_max: MINUTE_MS,
        ..SimulatorOptions::default()
    }
}

fn details(world: &Arc<ConversationWorld>) -> History {
    History::Conversations(Arc::clone(world), Shape::Details)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fresh_and_lagging_readings_of_one_conversation_never_flap_it() {
    let hours = 4;
    let world = ConversationWorld::exactly(9, from(), 1, 6_000).unwrap().with_late_wrap_max_ms(20 * MINUTE_MS);
    let world = Arc::new(world);
    let options = lived_through(from() + (10 - hours) * HOUR_MS, 3_600.0);
    let platform = Platform::start(details(&world), options).await;
    let settings = settings(&platform, SimulatedDialect::ConversationDetails, from() + 10 * HOUR_MS);
    let source = SourceConfig {
        extract_start: from() + (10 - hours) * HOUR_MS,
        revisit_dialect: Some(RevisitDialect { dialect: Dialect::ConversationJobs, page_size: 100, from_age_ms: 0 }),
        revisit_ms: vec![5 * MINUTE_MS, HOUR_MS],
        slice_ms: HOUR_MS / 2,
        leg_length_ms_max: 2 * HOUR_MS,
        ..settings.sources[0].clone()
    };
    let collector = collected(&source, true).await;
    platform.stop().await;
    let everything = Platform::start(details(&world), SimulatorOptions::default()).await;
    let once = SourceConfig {
        api_url: everything.url.parse().unwrap(),
        login_url: everything.url.parse().unwrap(),
        revisit_dialect: None,
        revisit_ms: Vec::new(),
        ..source.clone()
    };
    let last: BTreeMap<String, i64> = collected(&once, false)
        .await
        .interactions()
        .into_iter()
        .map(|read| (read.interaction_id, read.content_hash))
        .collect();
    everything.stop().await;

    let mut known: BTreeMap<String, (Reading, Dialect, Vec<i64>)> = BTreeMap::new();
    let mut made: BTreeMap<(Dialect, String), usize> = BTreeMap::new();
    let mut overtaken = 0;
    for read in collector.interactions() {
        let reading = Reading { version: read.version, content_hash: read.content_hash, rules: 1 };
        let before = known.get(&read.interaction_id);
        let decision = decide(before.map(|(reading, ..)| *reading), reading);
        *made.entry((read.source, format!("{decision:?}"))).or_default() += 1;
        if let Some((earlier, ..)) = before {
            // A lagging answer is told by its own instant, so it never passes for the younger one.
            overtaken += usize::from(read.source == Dialect::ConversationJobs && read.version < earlier.version);
        }
        match decision {
            Decision::New => {
                known.insert(read.interaction_id, (reading, read.source, vec![read.content_hash]));
            }
            Decision::Correction | Decision::Confirmation => {
                let (now, source, contents) = known.get_mut(&read.interaction_id).unwrap();
                (*now, *source) = (reading, read.source);
                if contents.last() != Some(&read.content_hash) {
                    contents.push(read.content_hash);
                }
            }
            Decision::Remeasured | Decision::Duplicate | Decision::Stale => {}
        }
    }
    let revisions: usize = known.values().map(|(.., contents)| contents.len()).sum();
    println!("{} conversations, {revisions} revisions, {overtaken} lagging readings; {made:?}", known.len());
    for (id, (.., contents)) in &known {
        let distinct: BTreeSet<&i64> = contents.iter().collect();
        assert_eq!(distinct.len(), contents.len(), "{id} went back to what it said before");
    }
    let (mut settled, mut by_job) = (0, 0);
    for told in world.told(source_range(&source), None).filter(|told| told.known_at() <= told.start + HOUR_MS) {
        let id = id_text(told.id);
        let (reading, source, _) = &known[&id];
        assert_eq!(reading.content_hash, last[&id], "{id}, last told by {source:?}");
        settled += 1;
        by_job += usize::from(*source == Dialect::ConversationJobs);
    }
    println!("{settled} settled, {by_job} of them last told by a job");
    let count = |dialect, decision: &str| made.get(&(dialect, decision.to_owned())).copied().unwrap_or(0);
    assert!(0 < count(Dialect::ConversationJobs, "Stale"), "no older reading came after a younger one: {made:?}");
    assert!(0 < count(Dialect::ConversationJobs, "Correction") && 0 < count(Dialect::ConversationJobs, "Confirmation"));
    assert!(100 < settled && 0 < by_job && 0 < overtaken);
}

fn source_range(source: &SourceConfig) -> TimeRange {
    TimeRange { from: source.extract_start, to: source.extract_end.unwrap() }
}

/// First readings as it happens, every revisit out of the lake, and in the end every record of every topic is true.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_fresh_and_again_out_of_the_lake_ends_in_the_truth() {
    let range = TimeRange { from: from(), to: from() + 6 * HOUR_MS };
    let world = ConversationWorld::at_rate(9, range, 12_000).unwrap().with_late_wrap_max_ms(20 * MINUTE_MS);
    let history = details(&Arc::new(world));
    let platform = Platform::start(history.clone(), lived_through(range.from, 36_000.0)).await;
    let mut settings = settings(&platform, SimulatedDialect::ConversationDetails, range.to);
    let source = SourceConfig {
        revisit_dialect: Some(RevisitDialect { dialect: Dialect::ConversationJobs, page_size: 1_000, from_age_ms: 0 }),
        // The longest conversation lasts three days and settles a day later.
        revisit_ms: vec![5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 25 * HOUR_MS, 120 * HOUR_MS],
        slice_ms: HOUR_MS / 2,
        ..settings.sources[0].clone()
    };
    settings.sources[0] = source.clone();
    let (log, processor) = (Log::new(4, 4), &settings.processors[0]);
    let setup = start::scene(&settings.worker, processor).setup;
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    embedded::runner::start(&mut supervisor, &log, &setup, 2, processor.transaction_interval).unwrap();
    let task = SourceTask::new(&source, publisher(&log, &source)).unwrap();
    let (progress, began) = (task.progress(), Instant::now());
    let _taken_over = pipeline::start_source(task, source.name.clone(), &mut supervisor);
    while !(progress.snapshot().settled
        && embedded::runner::is_complete(&log, &setup, range.to).unwrap()
        && all_read(&log))
    {
        assert!(began.elapsed() < Duration::from_secs(200), "{:?}", progress.snapshot());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let read = progress.snapshot();
    let topics = demo_topics::read(&settings, &Store::InProcess(log.clone())).unwrap();
    let compared = Truths::of(history.clone()).assert_of(SimulatedDialect::ConversationJobs, &topics);
    let revised = assert_no_row_flaps("first readings, and revisits out of the lake", &log, &settings);
    println!("{} conversations, {} readings, {compared} records compared", history.total(), read.rows);
    assert!(3 * history.total() < read.rows && 1_000 < compared, "{read:?}, {compared}");
    assert!(100 < revised, "{revised} rows were revised, too few to prove anything");
    shutdown.trigger();
    supervisor.join(STOP).await.unwrap();
    platform.stop().await;
}
