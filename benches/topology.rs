//! What the pure topology costs on one core: both rooms, without a broker. Edge: it reads the clock.
//!
//! `cargo bench --bench topology` prints interactions per second with and without decoding, the bytes that are written
//! for each interaction, and what an interaction costs among a million beside what it costs among a hundred thousand.
//! `cargo bench --bench topology -- --once 100000 queue` runs one history of that size once, for a profiler.

mod rooms;

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use handletime::avro::Codec;
use handletime::domain::interaction::Interaction;
use handletime::domain::time::{DAY_MS, HOUR_MS, InstantMs, parse_instant};
use handletime::simulate::world::World;

use rooms::{Rooms, interaction, setup};

/// Records of one transaction, as the product takes them.
const BATCH: usize = 1_000;
/// Days over which the history spreads: what is held within the default horizon.
const DAYS: u32 = 4;
const FROM: &str = "2026-01-01T00:00:00Z";
const SMALL: u64 = 100_000;
const LARGE: u64 = 1_000_000;
/// Runs of which the median counts.
const RUNS: usize = 5;

/// The sets of topics that are measured.
const TOPICS: [(&str, &str); 2] =
    [("queue rows", "queue"), ("all topics", "queue,agent,agent-total,org,org-total,contacts,transfers")];

/// Interactions as they stand on the topic, in the order of their starts, which stand beside them.
struct History {
    encoded: Vec<(String, Vec<u8>)>,
    starts: Vec<InstantMs>,
    close: InstantMs,
}

fn history(interactions: u64) -> History {
    let from = parse_instant(FROM).expect("an instant");
    let world = World::exactly(7, from, DAYS, interactions).expect("a history");
    let codec = Codec::<Interaction>::default();
    let (mut encoded, mut starts) = (Vec::new(), Vec::new());
    for one in world.rows(world.range(), None).map(interaction) {
        encoded.push((one.interaction_id.clone(), codec.framed(&one).expect("it follows its schema")));
        starts.push(one.start);
    }
    History { encoded, starts, close: from + i64::from(DAYS) * DAY_MS }
}

/// Everything, in batches; the watermark follows the starts as a source's would.
fn run(topics: &str, history: &History) -> Rooms {
    let from = parse_instant(FROM).expect("an instant");
    let mut rooms = Rooms::new(&setup(&[("kpi.topics", topics)]), from);
    rooms.watermark(from, false);
    rooms.commit();
    for (batch, starts) in history.encoded.chunks(BATCH).zip(history.starts.chunks(BATCH)) {
        for (key, value) in batch {
            rooms.input(key, value);
        }
        let reached = starts.last().map_or(0, |last| *last) - HOUR_MS;
        rooms.watermark(reached.max(from), false);
        rooms.commit();
    }
    rooms.watermark(history.close, true);
    rooms.commit();
    rooms
}

fn decode(history: &History) {
    let codec = Codec::<Interaction>::default();
    for (_, value) in &history.encoded {
        black_box(codec.read_framed(value).expect("it was written so"));
    }
}

/// How long this thread has run; elsewhere than on Linux, how long ago the process began to measure. On a machine with
/// other work, time on a core says what a core can do, and time on the wall does not.
fn on_core() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let began = *BEGAN.get_or_init(Instant::now);
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran_ns = statistics.split_whitespace().next().and_then(|word| word.parse().ok());
    ran_ns.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

/// Median of the runs, in microseconds an interaction.
fn cost_us(history: &History, run: impl Fn()) -> f64 {
    let timed = |_| {
        let began = on_core();
        run();
        on_core() - began
    };
    let mut runs: Vec<Duration> = (0..RUNS).map(timed).collect();
    runs.sort_unstable();
    runs[RUNS / 2].as_secs_f64() * 1e6 / history.encoded.len() as f64
}

fn throughput(criterion: &mut Criterion) {
    let small = history(SMALL);
    let mut group = criterion.benchmark_group("topology");
    group.sample_size(10).throughput(Throughput::Elements(SMALL)).measurement_time(Duration::from_secs(10));
    for (name, topics) in TOPICS {
        group.bench_function(format!("{name}, decoding included"), |bencher| {
            bencher.iter_batched(|| (), |()| run(topics, &small), BatchSize::PerIteration);
        });
    }
    group.bench_function("decoding alone", |bencher| bencher.iter(|| decode(&small)));
    group.finish();
}

/// What an interaction costs in a history, printed for each set of topics.
fn costs(history: &History) -> Vec<f64> {
    let count = history.encoded.len();
    let decoding = cost_us(history, || decode(history));
    let of_topics = |(name, topics): (&str, &str)| {
        let whole = cost_us(history, || drop(run(topics, history)));
        println!(
            "{name}: {count} interactions: {whole:.2} us each, {decoding:.2} us of it decoding: {:.0} interactions/s, \
             {:.0} without decoding",
            1e6 / whole,
            1e6 / (whole - decoding),
        );
        whole
    };
    TOPICS.into_iter().map(of_topics).collect()
}

fn written(history: &History) {
    let count = history.encoded.len() as f64;
    for (name, topics) in TOPICS {
        let rooms = run(topics, history);
        for (family, (records, bytes)) in &rooms.written {
            println!(
                "{name}: {family}: {:.3} records, {:.1} bytes an interaction",
                *records as f64 / count,
                *bytes as f64 / count
            );
        }
        let bytes: u64 = rooms.written.values().map(|(_, bytes)| bytes).sum();
        println!("{name}: {:.1} bytes written an interaction", bytes as f64 / count);
    }
}

fn growth(_: &mut Criterion) {
    let small = history(SMALL);
    written(&small);
    let among_few = costs(&small);
    drop(small);
    let among_many = costs(&history(LARGE));
    for ((name, _), (few, many)) in TOPICS.into_iter().zip(among_few.iter().zip(&among_many)) {
        println!("{name}: an interaction among {LARGE} costs {:.2} times as much as among {SMALL}", many / few);
    }
}

criterion_group!(benches, throughput, growth);

fn main() {
    let words: Vec<String> = std::env::args().collect();
    match words.iter().position(|word| word == "--once").map(|at| &words[at + 1..]) {
        Some([count, topics, ..]) => {
            let history = history(count.parse().expect("a number of interactions"));
            let began = on_core();
            drop(run(topics, &history));
            let us = (on_core() - began).as_secs_f64() * 1e6 / history.encoded.len() as f64;
            println!("{topics}: {us:.2} us each");
        }
        Some(_) => panic!("--once takes a number of interactions and a list of topics"),
        None => benches(),
    }
}
