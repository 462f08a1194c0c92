//! What the pure topology costs on one core: both rooms, without a broker. Edge: it reads the clock.
//!
//! `cargo bench --bench topology` prints interactions per second with and without decoding, the bytes that are written
//! for each interaction, and what an interaction costs among a million beside what it costs among a hundred thousand.
//! `cargo bench --bench topology -- --once 100000 queue` runs one history of that size once, for a profiler.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use handletime::avro::Codec;
use handletime::config::canonical::{canonical_text, rules_version};
use handletime::config::rules_of;
use handletime::config::typed::RulesChange;
use handletime::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use handletime::domain::media::{Dialect, MediaType};
use handletime::domain::progress::Room;
use handletime::domain::time::{DAY_MS, HOUR_MS, InstantMs, parse_instant};
use handletime::domain::watermark::Watermark;
use handletime::simulate::row::{Outcome, Row, id_text};
use handletime::simulate::world::World;
use handletime::timeline::rules::Rules;
use handletime::topology::record::{InputRecord, Produce, topic};
use handletime::topology::setup::TaskSetup;
use handletime::topology::task::Task;

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

fn interaction(row: &Row) -> Interaction {
    let media = MediaType::from_word(row.kind.word());
    let length = |ms: Option<i32>| ms.map(i64::from);
    let id = id_text(row.id);
    let leg = InteractionLeg {
        role: LegRole::Row,
        participant_id: String::new(),
        session_id: id.clone(),
        transfer_row: row.kind.word() == "transfer",
        media_type: media,
        media_reported: Some(row.kind.word().to_owned()),
        queue_id: row.queue.map(|queue| format!("queue-{queue}")),
        queue_name: None,
        user_id: row.agent.map(|agent| format!("agent-{agent}")),
        direction: None,
        start: Some(row.start),
        end: Some(row.end),
        wait_ms: length(row.wait_ms),
        talk_ms: length(row.talk_ms),
        hold_ms: length(row.hold_ms),
        system_hold_ms: None,
        wrap_ms: length(row.wrap_ms),
        agent_ms: length(row.agent_ms),
        dialing_ms: None,
        contacting_ms: None,
        reported_handle_ms: None,
        agent_wrap_at: row.agent_wrap_at(),
        wrapup_code_id: row.wrapup.map(|code| format!("code-{code}")),
        wrapup_code_name: None,
        transfers: row.transfers.map(i64::from),
        skill_set: String::new(),
        language: String::new(),
        service_level_target_ms: None,
        abandoned_at: None,
        flow_out_at: None,
        phases: Vec::new(),
    };
    let mut one = Interaction {
        org_id: "acme".to_owned(),
        interaction_id: id,
        conversation_id: Some(id_text(row.conversation)),
        source: Dialect::InteractionDetails,
        version: row.start + 2 * DAY_MS,
        extracted_at: row.start + 2 * DAY_MS,
        content_hash: 0,
        status: match row.outcome {
            Outcome::Completed => InteractionStatus::Completed,
            Outcome::Abandoned => InteractionStatus::Abandoned,
        },
        start: row.start,
        end: Some(row.end),
        legs: vec![leg],
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: String::new(),
    };
    one.content_hash = one.computed_hash();
    one
}

fn setup(topics: &str) -> TaskSetup {
    let settings = BTreeMap::from([("kpi.topics".to_owned(), topics.to_owned())]);
    let config = rules_of(&settings).expect("sound settings");
    let text = canonical_text(&config);
    let version = rules_version(&text);
    TaskSetup {
        rules: Rules::new(config, text, version),
        rules_change: RulesChange::Refuse,
        interactions_partitions: 1,
        contributions_partitions: 1,
        connector: "bench".to_owned(),
    }
}

/// One task of each room, joined by hand.
struct Rooms {
    legs: Task,
    intervals: Task,
    input_offset: i64,
    contributions_offset: i64,
    watermarks: i64,
    written: BTreeMap<String, (u64, u64)>,
}

impl Rooms {
    fn new(setup: &TaskSetup) -> Rooms {
        let task = |room| {
            let mut task = Task::new(room, setup.clone(), 0, None).expect("a task");
            task.restored().expect("nothing to restore");
            task
        };
        Rooms {
            legs: task(Room::Legs),
            intervals: task(Room::Intervals),
            input_offset: 0,
            contributions_offset: 0,
            watermarks: 0,
            written: BTreeMap::new(),
        }
    }

    fn watermark(&mut self, at: InstantMs, closed: bool) {
        let watermark = Watermark {
            org_id: "acme".to_owned(),
            source_partition: "interaction-details".to_owned(),
            watermark: at,
            interactions_offsets: vec![self.input_offset],
            plan_generation: 1,
            plan_size: 1,
            extract_start: parse_instant(FROM).expect("an instant"),
            held: Vec::new(),
            closed,
            written_at: at,
        };
        let value = Codec::<Watermark>::default().framed(&watermark).expect("it follows its schema");
        let record = InputRecord { offset: self.watermarks, key: None, value: Some(&value) };
        self.legs.watermark(record).expect("a watermark");
        self.watermarks += 1;
    }

    /// Commits what is staged in the first room, hands it to the second, and commits there.
    fn commit(&mut self) {
        let outputs = self.legs.outputs(0).expect("outputs");
        self.count(&outputs);
        self.legs.promote(Some(self.input_offset));
        for record in outputs.iter().filter(|record| record.topic == topic::CONTRIBUTIONS) {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            let input = InputRecord { offset: self.contributions_offset, key, value };
            self.intervals.input(input).expect("a contribution");
            self.contributions_offset += 1;
        }
        let outputs = self.intervals.outputs(0).expect("outputs");
        self.count(&outputs);
        self.intervals.promote(None);
    }

    fn count(&mut self, outputs: &[Produce]) {
        for record in outputs {
            let family = record.topic.split('.').take(2).collect::<Vec<_>>().join(".");
            let counted = self.written.entry(family).or_default();
            counted.0 += 1;
            let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len) as u64;
            counted.1 += length(&record.key) + length(&record.value);
        }
    }

    /// Everything, in batches; the watermark follows the starts as a source's would.
    fn run(&mut self, history: &History) {
        self.watermark(parse_instant(FROM).expect("an instant"), false);
        self.commit();
        for (batch, starts) in history.encoded.chunks(BATCH).zip(history.starts.chunks(BATCH)) {
            for (key, value) in batch {
                let record =
                    InputRecord { offset: self.input_offset, key: Some(key.as_bytes()), value: Some(value.as_slice()) };
                self.legs.input(record).expect("an interaction");
                self.input_offset += 1;
            }
            let reached = starts.last().map_or(0, |last| *last) - HOUR_MS;
            self.watermark(reached.max(parse_instant(FROM).expect("an instant")), false);
            self.commit();
        }
        self.watermark(history.close, true);
        self.commit();
    }
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
        let setup = setup(topics);
        group.bench_function(format!("{name}, decoding included"), |bencher| {
            bencher.iter_batched(|| Rooms::new(&setup), |mut rooms| rooms.run(&small), BatchSize::PerIteration);
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
        let setup = setup(topics);
        let whole = cost_us(history, || Rooms::new(&setup).run(history));
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
        let mut rooms = Rooms::new(&setup(topics));
        rooms.run(history);
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
            Rooms::new(&setup(topics)).run(&history);
            let us = (on_core() - began).as_secs_f64() * 1e6 / history.encoded.len() as f64;
            println!("{topics}: {us:.2} us each");
        }
        Some(_) => panic!("--once takes a number of interactions and a list of topics"),
        None => benches(),
    }
}
