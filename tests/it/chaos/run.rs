//! Edge: a run over a cluster of three brokers in which something happens all the time.
//!
//! `tests/run --chaos` makes a long one of it; its length and its seed come by the environment.

use std::time::{Duration, Instant};

use handletime::domain::media::Dialect;
use handletime::domain::time::{HOUR_MS, TimeRange, parse_instant};
use handletime::simulate::world::World;

use super::cluster::{BROKERS, Cluster};
use super::crew::{Crew, Who};
use super::events::Stage;
use super::readings::assert_readings;
use super::schedule::{Processor, Schedule};
use super::standing::standing;
use crate::support::checker::Rules;
use crate::support::settings::Settings;
use crate::support::simulator::Simulator;
use crate::support::topics::{self, Isolation};
use crate::support::verdict::{Truth, assert_true_and_by_the_rules};

/// Minutes of events; absent: one event of each kind.
const MINUTES_VARIABLE: &str = "HANDLETIME_TEST_CHAOS_MINUTES";
/// Another seed than the kept one.
const SEED_VARIABLE: &str = "HANDLETIME_TEST_CHAOS_SEED";
/// So many events happen in a run of so many minutes.
const EVENTS_MIN: usize = 20;
const MINUTES_OF_MANY: u64 = 5;
/// Chooses what happens when; another number is another run.
const SEED: u64 = 1;
const PARTITIONS: i32 = 3;

const FROM: &str = "2026-01-01T00:00:00Z";
/// `kpi.grace.ms` where nothing else is set.
const GRACE_MS: i64 = 4_500_000;
/// The contact centre's own seed where nothing else is set.
const WORLD_SEED: u64 = 7;
/// What the processes take to begin, and the last answers to become rows.
const AROUND: Duration = Duration::from_secs(10);
/// From the last reading to true rows, on a machine that compiles meanwhile.
const EQUAL_LIMIT: Duration = Duration::from_secs(90);
/// A transaction that nobody ends is ended by its broker after ten seconds, which looks for such every ten seconds.
const DECIDED_LIMIT: Duration = Duration::from_secs(40);

/// How much flows.
struct Size {
    to: &'static str,
    per_day: u64,
    /// Ages at which what was read is read again; at the last of them everything has ended, is settled and corrected.
    revisits: &'static str,
    last_revisit_ms: i64,
    /// Options of the platform.
    more: &'static [&'static str],
}

/// Half a day, of which the longest interaction takes six hours.
const SHORT: Size = Size {
    to: "2026-01-01T12:00:00Z",
    per_day: 40_000,
    revisits: "3600000,10800000,25200000",
    last_revisit_ms: 7 * HOUR_MS,
    more: &[],
};

/// A day; records are corrected up to sixty hours after their end.
const LONG: Size = Size {
    to: "2026-01-02T00:00:00Z",
    per_day: 200_000,
    revisits: "3600000,10800000,25200000,93600000,244800000",
    last_revisit_ms: 68 * HOUR_MS,
    more: &["--restate"],
};

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a whole number: {text}")))
}

#[test]
fn rows_equal_the_truth_whatever_happens_to_brokers_processes_and_the_network() {
    let seed = number(SEED_VARIABLE).unwrap_or(SEED);
    let minutes = number(MINUTES_VARIABLE);
    let shape = (BROKERS, PARTITIONS);
    let (schedule, size) = match minutes {
        None => (Schedule::short(seed, shape), SHORT),
        Some(minutes) => (Schedule::long(seed, shape, minutes * 60_000), LONG),
    };
    let again = minutes.map_or_else(String::new, |minutes| format!(" --minutes {minutes}"));
    eprintln!("chaos with seed {seed}; to repeat it: tests/run --chaos{again} --seed {seed}");
    for planned in schedule.all() {
        eprintln!("  from {:6.1} s on: {}", planned.at_ms as f64 / 1_000.0, planned.event);
    }
    let begun = Instant::now();
    let cluster = Cluster::start();
    // The whole group of them is in place before the first partition has to be.
    cluster.wait_until_whole();
    eprintln!("chaos: the cluster took {:?}", begun.elapsed());

    let range = TimeRange { from: instant(FROM), to: instant(size.to) };
    let world = World::at_rate(WORLD_SEED, range, size.per_day).unwrap();
    let flow = Duration::from_millis(schedule.length_ms()) + AROUND;
    let told_ms = range.to - range.from + size.last_revisit_ms + HOUR_MS;
    let speed = told_ms as f64 / flow.as_millis() as f64;
    let simulator = platform(&size, speed);
    let settings = settings(&cluster, &size, &simulator);
    let crew = Crew::new(settings, cluster.far());
    let stage = Stage::new(&cluster, &crew);
    for who in [Who::Source, Who::Processor(Processor::Near), Who::Processor(Processor::Far)] {
        crew.start(who);
    }
    let happened = stage.play(&schedule);
    stage.say("all has happened");
    stage.wait_until(flow);
    let truth = Truth::of(&simulator);
    if !truth.are_equal_within(crew.settings(), EQUAL_LIMIT) {
        eprintln!("{}", standing(crew.settings()));
        truth.assert_equal(crew.settings());
    }
    stage.say("rows are as they should be");
    crew.assert_alive();
    for who in crew.running() {
        let status = crew.end(who, Duration::from_secs(20)).expect("it was running a moment ago");
        assert_eq!(status.code(), Some(0), "{who:?} was asked to stop");
    }

    let settings = crew.settings();
    assert_all_is_decided(settings);
    let opens_again = size.more.contains(&"--restate");
    let rules = Rules { grace_ms: GRACE_MS, extract_end: range.to, history_end: None, opens_again };
    let (rows, records) = assert_true_and_by_the_rules(settings, &truth, rules);
    let readings = assert_readings(settings, &world, &simulator.requests());
    let events: usize = happened.values().sum();
    eprintln!("chaos with seed {seed} took {:?}: {events} events: {happened:?}", begun.elapsed());
    eprintln!(
        "  {rows} rows equal the truth; {records} records of rows, legs and progress keep the rules; {readings:?}"
    );
    eprintln!(
        "  {} takeovers, {} interruptions",
        crew.lines_with(" restored "),
        crew.lines_with("it takes over again")
    );
    let planned = schedule.all();
    for kind in planned.iter().map(|planned| planned.event.kind()) {
        assert!(happened.contains_key(kind), "no {kind}: {happened:?}");
    }
    assert!(minutes.is_none_or(|minutes| minutes < MINUTES_OF_MANY) || EVENTS_MIN <= events, "only {events} events");
    // What one lane does may leave the other nothing to do, now and then.
    assert!(planned.len() * 4 <= events * 5, "{events} of {} events came about", planned.len());
}

fn instant(text: &str) -> i64 {
    parse_instant(text).expect("an instant")
}

fn platform(size: &Size, speed: f64) -> Simulator {
    let (per_day, speed) = (size.per_day.to_string(), speed.to_string());
    // Speed is a ratio, and both lengths are in milliseconds: simulated seconds a second.
    let world = ["--from", FROM, "--to", size.to, "--interactions-per-day", &per_day];
    let time = ["--live", "--speed", &speed, "--late-wrap-max-ms", "3600000"];
    Simulator::start("chaos", Dialect::InteractionDetails, &[&world[..], &time, size.more].concat())
}

fn settings(cluster: &Cluster, size: &Size, simulator: &Simulator) -> Settings {
    Settings::at((&cluster.near(), BROKERS as i32), "chaos", PARTITIONS, simulator)
        .source("extract.start", FROM)
        .source("extract.end", size.to)
        .source("extract.revisit.ms", size.revisits)
        // By the local clock, between which and the platform's there is a factor of hundreds.
        .source("extract.poll.interval.ms", "500")
        .processor("kpi.settling.ms", "600000")
}

/// # Panics
/// When a transaction is open somewhere although nobody works any more.
fn assert_all_is_decided(settings: &Settings) {
    let at = settings.bootstrap_servers();
    let topics = [settings.prefix(), "__consumer_offsets"].into_iter().flat_map(|prefix| topics::list(at, prefix));
    let topics: Vec<String> = topics.map(|(topic, _)| topic).collect();
    let begun = Instant::now();
    loop {
        let undecided: Vec<String> = topics.iter().filter_map(|topic| undecided(at, topic)).collect();
        if undecided.is_empty() {
            return;
        }
        assert!(begun.elapsed() < DECIDED_LIMIT, "open transactions: {}", undecided.join(", "));
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn undecided(at: &str, topic: &str) -> Option<String> {
    let [ends, decided] =
        [Isolation::ReadUncommitted, Isolation::ReadCommitted].map(|isolation| topics::ends_to(at, topic, isolation));
    (ends != decided).then(|| format!("{topic} is decided up to {decided:?} of {ends:?}"))
}
