//! A simulated day of a platform that gives little of one query, read whole in windows. Edge.

use std::collections::BTreeSet;
use std::time::Duration;

use super::fixture::Platform;
use super::replay_platform;
use crate::cli::SimulatedDialect;
use crate::domain::time::{DAY_MS, HOUR_MS, TimeRange, parse_instant};
use crate::simulate::server::{History, SimulatorOptions};

const DIALECT: SimulatedDialect = SimulatedDialect::ConversationDetails;
const INTERACTIONS: u64 = 500;

/// The ids that are read of a day, in slices of six hours.
async fn ids(history: &History, hits_max: u64) -> Vec<Vec<u8>> {
    let from = parse_instant("2026-01-01T00:00:00Z").unwrap();
    let day = TimeRange { from, to: from + DAY_MS };
    let platform = Platform::start(history.clone(), SimulatorOptions { hits_max, ..SimulatorOptions::default() }).await;
    let mut source = platform.settings(DIALECT, day).sources[0].clone();
    source.slice_ms = 6 * HOUR_MS;
    source.poll_interval = Duration::from_millis(2);
    let read = replay_platform::read(&source, day.from, day.to).await.unwrap();
    platform.stop().await;
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
