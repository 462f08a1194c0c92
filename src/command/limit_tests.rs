//! A simulated day of a platform that gives little of one query, read whole in windows. Edge.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::demo_run;
use super::pipeline::STOP;
use super::replay_platform;
use crate::cli::{DemoArgs, SimulatedDialect};
use crate::domain::time::{DAY_MS, HOUR_MS, parse_instant};
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};

const DIALECT: SimulatedDialect = SimulatedDialect::ConversationDetails;
const INTERACTIONS: u64 = 500;

/// The ids that are read of a day, in slices of six hours.
async fn ids(history: &History, hits_max: u64) -> Vec<Vec<u8>> {
    let from = parse_instant("2026-01-01T00:00:00Z").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let args = DemoArgs {
        seed: 5,
        interactions: INTERACTIONS,
        days: 1,
        listen,
        dialect: None,
        bootstrap_servers: None,
        exit: true,
    };
    let settings = demo_run::settings(&args, DIALECT, &format!("http://{listen}"), from, from + DAY_MS).unwrap();
    let mut source = settings.sources[0].clone();
    source.slice_ms = 6 * HOUR_MS;
    source.quota_requests_per_second = 5_000.0;
    source.poll_interval = Duration::from_millis(2);
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let options = SimulatorOptions { requests_per_second: 1_000_000, hits_max, ..SimulatorOptions::default() };
    let (until, simulator) = (shutdown.clone(), Simulator::new(history.clone(), options));
    supervisor.start("simulator", async move {
        serve(listener, Arc::new(simulator), until).await.map_err(|error| error.to_string())
    });
    let read = replay_platform::read(&source, from, from + DAY_MS).await.unwrap();
    shutdown.trigger();
    supervisor.join(STOP).await.unwrap();
    read.into_iter().filter_map(|record| record.key).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_a_platform_that_gives_little_of_one_query_is_read_whole_and_each_interaction_once() {
    let from = parse_instant("2026-01-01T00:00:00Z").unwrap();
    let history = DIALECT.exactly(5, from, 1, INTERACTIONS).unwrap();
    let all: BTreeSet<Vec<u8>> = ids(&history, u64::MAX).await.into_iter().collect();
    assert_eq!(all.len() as u64, INTERACTIONS);
    // A query also selects what began earlier that day and lasts: less than this, and no window would be short enough.
    let narrowed = ids(&history, 60).await;
    assert_eq!(narrowed.len(), all.len(), "none twice");
    assert_eq!(narrowed.into_iter().collect::<BTreeSet<_>>(), all);
}
