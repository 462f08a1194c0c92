//! A seeded week by each dialect, over the in-process log: every record equals the truth of what the dialect can say. Edge.
//!
//! Simulator, source and processor are the real ones; there is no broker.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;

use super::demo_run;
use super::demo_topics::{self, Store, Topics};
use super::pipeline::STOP;
use crate::cli::{DemoArgs, SimulatedDialect};
use crate::config::Settings;
use crate::config::typed::SourceConfig;
use crate::domain::progress::Room;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, parse_instant};
use crate::embedded;
use crate::embedded::log::Log;
use crate::embedded::publisher::EmbeddedPublisher;
use crate::embedded::task::read_progress;
use crate::extract::revisit::{Due, Fresh, RevisitRules, floor_second};
use crate::extract::source_offset::SourceOffset;
use crate::extract::task::SourceTask;
use crate::process::start;
use crate::publish::encode::{SourcePartition, read_offset};
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::clock::Clock;
use crate::simulate::comparison::compare;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};
use crate::simulate::truth::settings::TruthSettings;
use crate::simulate::world::World;
use crate::topology::record::topic;

const DAYS: u32 = 7;
const INTERACTIONS: u64 = 840;

fn from() -> InstantMs {
    parse_instant("2026-01-01T00:00:00Z").unwrap()
}

fn to() -> InstantMs {
    from() + i64::from(DAYS) * DAY_MS
}

fn args(seed: u64) -> DemoArgs {
    let listen = "127.0.0.1:0".parse().unwrap();
    DemoArgs {
        seed,
        interactions: INTERACTIONS,
        days: DAYS,
        listen,
        dialect: None,
        bootstrap_servers: None,
        exit: true,
    }
}

/// Pages so small that slices have several of them, and a quota that is not what the test waits for.
fn hurried(settings: &mut Settings) {
    for source in &mut settings.sources {
        source.slice_ms = 6 * HOUR_MS;
        source.page_size = 20;
        source.query_poll_ms = 2;
        source.quota_requests_per_second = 5_000.0;
        source.poll_interval = Duration::from_millis(2);
    }
    for processor in &mut settings.processors {
        // Few and large transactions: a row is written once or twice, not with every leg.
        processor.transaction_interval = Duration::from_secs(2);
    }
}

/// Reads a simulated history by a dialect until all is processed.
async fn processed(seed: u64, dialect: SimulatedDialect, history: &History, options: SimulatorOptions) -> Topics {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let platform = format!("http://{}", listener.local_addr().unwrap());
    let mut settings = demo_run::settings(&args(seed), dialect, &platform, from(), to()).unwrap();
    hurried(&mut settings);
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let (until, simulator) = (shutdown.clone(), Simulator::new(history.clone(), options));
    supervisor.start("simulator", async move {
        serve(listener, Arc::new(simulator), until).await.map_err(|error| error.to_string())
    });
    let topics = demo_run::in_process(&settings, to(), &mut supervisor, &shutdown).await.unwrap().unwrap();
    shutdown.trigger();
    supervisor.join(STOP).await.unwrap();
    topics
}

/// Compares every record with the truth; answers how many there were.
pub(super) fn assert_true(dialect: SimulatedDialect, topics: &Topics, history: &History) -> i64 {
    let rows = topics.rows.iter().map(|(topic, rows)| {
        let rows: Vec<Value> = rows.iter().map(|row| serde_json::to_value(row).unwrap()).collect();
        (topic, rows)
    });
    let records = topics.others.iter().map(|(topic, records)| (topic, records.clone()));
    let mut compared = 0;
    for (topic, ours) in rows.chain(records) {
        let truth: Vec<Value> = history.truth(&TruthSettings::of_topic(topic).unwrap()).rows().collect();
        let comparison = compare(topic, &ours, &truth);
        assert!(comparison.equal(), "{} {topic}: {comparison}", dialect.word());
        compared += comparison.compared as i64;
    }
    compared
}

/// Everything has happened when it is read: what the answers say in the end is the truth.
async fn settled_week(dialect: SimulatedDialect, to_inclusive: bool) {
    let seed = 11 + u64::from(to_inclusive);
    let history = dialect.exactly(seed, from(), DAYS, INTERACTIONS).unwrap();
    let (requests_per_second, metrics_page) = (1_000_000, 20);
    let options = SimulatorOptions { to_inclusive, requests_per_second, metrics_page, ..SimulatorOptions::default() };
    let began = Instant::now();
    let topics = processed(seed, dialect, &history, options).await;
    println!("{}: read {:?}", dialect.word(), began.elapsed());
    let compared = assert_true(dialect, &topics, &history);
    assert!(5_000 < compared, "{}: {compared} records are too few to prove anything", dialect.word());
    println!("{}: {:?}", dialect.word(), began.elapsed());
}

/// How far the platform's clock goes on at a time.
const STAGE_MS: i64 = 6 * HOUR_MS;

/// A week as it happens, with everything that makes a platform hard to read: late wrap-ups, e-mails that are opened again,
/// records that are corrected two days later, rows that stand on two pages. The source is started anew at each stage.
async fn week_as_it_happens(dialect: SimulatedDialect, to_inclusive: bool) {
    // One small leak a test: the clock is told to a server that may outlive the test's own frame.
    let clock: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(from())));
    let seed = 21;
    let history = match dialect.exactly(seed, from(), DAYS, INTERACTIONS).unwrap() {
        History::Rows(_) => {
            let world = World::exactly(seed, from(), DAYS, INTERACTIONS).unwrap();
            History::Rows(Arc::new(world.with_restatements()))
        }
        History::Reports(_) => {
            let world = World::exactly(seed, from(), DAYS, INTERACTIONS).unwrap();
            History::Reports(Arc::new(world.with_restatements()))
        }
        History::Conversations(_, shape) => {
            let world = ConversationWorld::exactly(seed, from(), DAYS, INTERACTIONS).unwrap();
            History::Conversations(Arc::new(world.with_restatements()), shape)
        }
    };
    let options = SimulatorOptions {
        to_inclusive,
        requests_per_second: 1_000_000,
        metrics_page: 20,
        overlapping_pages: true,
        cut_at_until: true,
        clock: Clock::Set(clock),
        // The clock stands still while a query runs.
        query_ms_max: 0,
        ..SimulatorOptions::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let platform = format!("http://{}", listener.local_addr().unwrap());
    let mut settings = demo_run::settings(&args(seed), dialect, &platform, from(), to()).unwrap();
    hurried(&mut settings);
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let (until, simulator) = (shutdown.clone(), Simulator::new(history.clone(), options));
    supervisor.start("simulator", async move {
        serve(listener, Arc::new(simulator), until).await.map_err(|error| error.to_string())
    });
    let log = Log::new(4, 4);
    let (source, processor) = (&settings.sources[0], &settings.processors[0]);
    let setup = start::scene(&settings.worker, processor).setup;
    embedded::runner::start(&mut supervisor, &log, &setup, 1, processor.transaction_interval).unwrap();
    let began = Instant::now();
    let last = to() + 30 * DAY_MS;
    for now in (from()..to() + 5 * DAY_MS).step_by(STAGE_MS as usize).chain([last]) {
        clock.store(now, Ordering::Release);
        let of = SourcePartition {
            pipeline: source.pipeline.clone(),
            org_id: source.org_id.clone(),
            source_partition: source.dialect.word().to_owned(),
            connector: source.name.clone(),
        };
        let task = SourceTask::new(source, Box::new(EmbeddedPublisher::new(log.clone(), of))).unwrap();
        let (progress, stop) = (task.progress(), Shutdown::default());
        let running = tokio::spawn(task.run(stop.clone()));
        while !(if now == last { progress.snapshot().settled } else { nothing_is_due(&log, source, now) }) {
            let stage = format!("{} at {now}: {:?}", dialect.word(), progress.snapshot());
            assert!(!running.is_finished() && began.elapsed() < Duration::from_secs(400), "{stage}");
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        stop.trigger();
        running.await.unwrap().unwrap();
    }
    println!("{}: read {:?}", dialect.word(), began.elapsed());
    while !(embedded::runner::is_complete(&log, &setup, to()).unwrap() && all_read(&log)) {
        assert!(began.elapsed() < Duration::from_secs(500), "{}: not processed", dialect.word());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let topics = demo_topics::read(&settings, &Store::InProcess(log)).unwrap();
    shutdown.trigger();
    supervisor.join(STOP).await.unwrap();
    assert_true(dialect, &topics, &history);
    println!("{}: {:?}", dialect.word(), began.elapsed());
}

/// Whether a source has read everything that it can at the platform's instant `now`, by its stored offset.
fn nothing_is_due(log: &Log, source: &SourceConfig, now: InstantMs) -> bool {
    let end = log.end_offset(topic::OFFSETS, 0);
    let records = log.read(topic::OFFSETS, 0, 0, usize::try_from(end).unwrap());
    let Some(value) = records.last().and_then(|record| record.value.as_deref()) else { return false };
    let offset = SourceOffset::from_json(&read_offset(value).unwrap().0).unwrap();
    let rules = RevisitRules {
        ages_ms: source.revisit_ms.clone(),
        slice_ms: source.slice_ms,
        poll_ms: source.poll_interval.as_millis() as i64,
        leg_length_ms_max: source.leg_length_ms_max,
    };
    let is_read = to().min(floor_second(now - source.freshness_delay_ms)) <= offset.cursor;
    let fresh = Fresh { cursor: offset.cursor, finished_at: (to() <= offset.cursor).then_some(now) };
    let due = rules.due(&offset, fresh, now, &BTreeMap::new());
    is_read && offset.slice.is_none() && offset.again.is_none() && !matches!(due, Due::Read { .. })
}

/// Whether the tasks have read all that stands on their inputs.
fn all_read(log: &Log) -> bool {
    [(Room::Legs, topic::INTERACTIONS), (Room::Intervals, topic::CONTRIBUTIONS)].into_iter().all(|(room, input)| {
        (0..log.partitions(input)).all(|partition| {
            let progress = read_progress(log, room, partition).unwrap();
            // Behind the last record there is the marker of its transaction.
            progress.is_some_and(|progress| log.end_offset(input, partition) <= progress.input_offset + 1)
        })
    })
}

/// One line a dialect: the tests' names, and whether the server takes `to` as included.
macro_rules! weeks {
    ($($settled:ident, $happening:ident: $dialect:ident, $to_inclusive:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $settled() {
            settled_week(SimulatedDialect::$dialect, $to_inclusive).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $happening() {
            week_as_it_happens(SimulatedDialect::$dialect, !$to_inclusive).await;
        }
    )*};
}

weeks! {
    a_week_of_flat_rows_is_true, a_week_of_flat_rows_is_true_as_it_happens: InteractionDetails, true;
    a_week_of_events_is_true, a_week_of_events_is_true_as_it_happens: InteractionEvents, true;
    a_week_of_conversations_is_true, a_week_of_conversations_is_true_as_it_happens: ConversationDetails, false;
    a_week_of_agents_metrics_is_true, a_week_of_agents_metrics_is_true_as_it_happens: ConversationMetrics, true;
    a_week_of_reports_is_true, a_week_of_reports_is_true_as_it_happens: ReportQueries, true;
    a_week_of_jobs_is_true, a_week_of_jobs_is_true_as_it_happens: ConversationJobs, false;
}
