//! Edge: how long it takes until what begins on the platform is a record.

use std::collections::BTreeMap;
use std::time::Duration;

use handletime::avro::Codec;
use handletime::domain::interaction::Interaction;
use handletime::domain::media::Dialect;
use handletime::domain::time::{InstantMs, parse_instant};

use crate::support::broker;
use crate::support::settings::{Connectors, Settings};
use crate::support::simulator::Simulator;
use crate::support::topics::read_committed;

const FROM: &str = "2026-01-01T09:00:00Z";
/// Nothing is asked that is younger.
const FRESHNESS_DELAY_MS: i64 = 2_000;
/// Of the time from the platform to a row, what a record takes to its row is left over: see docs/performance.md.
const TO_A_RECORD_MAX_MS: i64 = 4_500;
/// The first polls, and the login before them.
const WARM_UP_MS: i64 = 10_000;
const RUN: Duration = Duration::from_secs(45);

/// When an interaction began, which instant of the platform its first record speaks for, and when that was written.
struct First {
    start: InstantMs,
    version: InstantMs,
    written_at: InstantMs,
}

fn first_records(settings: &Settings) -> Vec<First> {
    let codec = Codec::<Interaction>::default();
    let mut first: BTreeMap<String, First> = BTreeMap::new();
    for record in read_committed(settings.bootstrap_servers(), &settings.topic("interactions")) {
        let read = codec.read_framed(record.value.as_deref().expect("a reading")).expect("it can be read");
        let written_at = record.timestamp_ms.expect("every record has one");
        let (start, version) = (read.start, read.version);
        first.entry(read.interaction_id).or_insert(First { start, version, written_at });
    }
    first.into_values().collect()
}

#[test]
fn what_begins_is_published_within_seconds_of_the_freshness_delay() {
    // Its start is none of the platform's time.
    broker::shared();
    let world = ["--from", FROM, "--to", "2026-01-01T12:00:00Z", "--interactions-per-day", "400000"];
    let live = ["--live", "--speed", "1"];
    let simulator = Simulator::start("freshness", Dialect::InteractionDetails, &[&world[..], &live].concat());
    let settings = Settings::new("freshness", 2, &simulator)
        .without("extract.end")
        .source("extract.start", FROM)
        .source("extract.freshness.delay.ms", &FRESHNESS_DELAY_MS.to_string())
        .source("extract.poll.interval.ms", "1000");
    let mut run = settings.run("freshness", Connectors::Both, &[]);
    run.wait_for_line("source begins", Duration::from_secs(60));
    std::thread::sleep(RUN);
    run.terminate();
    assert_eq!(run.wait(Duration::from_secs(10)).code(), Some(0));

    let first = first_records(&settings);
    // Both clocks run alike; the quickest answer is taken for one that took no time.
    let offset = first.iter().map(|one| one.written_at - one.version).min().expect("something began");
    let begun = parse_instant(FROM).expect("an instant") + WARM_UP_MS;
    let since = |one: &First| one.written_at - offset - one.start - FRESHNESS_DELAY_MS;
    let mut took: Vec<i64> = first.iter().filter(|one| begun <= one.start).map(since).collect();
    took.sort_unstable();
    assert!(200 < took.len(), "only {} interactions began", took.len());
    let share = |per_cent: usize| took[(took.len() * per_cent).div_ceil(100) - 1];
    println!("{} interactions: p50 {} ms, p99 {} ms beyond the freshness delay", took.len(), share(50), share(99));
    assert!(0 <= took[0], "{} ms: it was published before it may be asked for", took[0]);
    assert!(share(99) <= TO_A_RECORD_MAX_MS, "p99 {} ms", share(99));
}
