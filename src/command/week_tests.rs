//! A seeded week by each dialect, over the in-process log: every record equals the truth of what the dialect can say. Edge.
//!
//! Simulator, source and processor are the real ones; there is no broker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;

use super::demo_run;
use super::demo_topics::Topics;
use super::pipeline::STOP;
use crate::cli::{DemoArgs, SimulatedDialect};
use crate::config::Settings;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, parse_instant};
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::comparison::compare;
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};
use crate::simulate::truth::settings::TruthSettings;

const DAYS: u32 = 7;
const INTERACTIONS: u64 = 2_100;

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

fn assert_true(dialect: SimulatedDialect, topics: &Topics, history: &History) {
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
        compared += comparison.compared;
    }
    assert!(5_000 < compared, "{}: {compared} records are too few to prove anything", dialect.word());
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
    assert_true(dialect, &topics, &history);
    println!("{}: {:?}", dialect.word(), began.elapsed());
}

/// One line a dialect: its test, and whether the server takes `to` as included.
macro_rules! weeks {
    ($($name:ident: $dialect:ident, $to_inclusive:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            settled_week(SimulatedDialect::$dialect, $to_inclusive).await;
        }
    )*};
}

weeks! {
    a_week_of_flat_rows_is_true: InteractionDetails, true;
    a_week_of_flat_rows_from_a_half_open_server_is_true: InteractionDetails, false;
    a_week_of_events_is_true: InteractionEvents, true;
    a_week_of_conversations_is_true: ConversationDetails, false;
    a_week_of_agents_metrics_is_true: ConversationMetrics, true;
}
