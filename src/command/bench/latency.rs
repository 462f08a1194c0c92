//! `handletime bench latency`: from a raw record to the row that counts it. Edge.
//!
//! Every queue's interactions go to one partition, so a row counts them in the order in which they were appended: a row
//! that has counted `n` has counted the first `n`. An interaction is clocked before its record is handed over, in a
//! transaction like a source's; it ends when a reader of committed records has the row.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::super::status::ExitStatus;
use super::super::table::lined_up;
use super::arguments;
use super::backlog::{origin, read};
use super::broker::Stage;
use super::child::Processor;
use super::figures::{keep, percentile, verdict};
use super::load::Publisher;
use super::machine::Machine;
use crate::cli::BenchLatencyArgs;
use crate::domain::family::Family;
use crate::domain::time::{DAY_MS, InstantMs, format_instant};
use crate::emit::row::RowRecord;
use crate::kafka::reader::{Polled, Reader, input};
use crate::process::scene::Scene;
use crate::process::takeover::wall_clock_ms;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::topology::row_codecs::RowCodecs;

/// The rows that are waited for.
const ROWS: &str = "kpi.queue.pt30m";
/// Time between two appended batches: a page a moment, as a source with many small slices has them.
const BATCH_EVERY: Duration = Duration::from_millis(10);
/// Queues, together over all partitions.
const QUEUES: u64 = 64;
/// How long the last rows are waited for.
const LAST_WITHIN: Duration = Duration::from_secs(30);
/// The 99th percentile must not be above.
const P99_MAX: Duration = Duration::from_millis(500);

/// What a row is of: a queue and when its interval starts.
type Key = (String, InstantMs);

/// Interactions of a row, as far as it has not counted them, and how many it has counted.
#[derive(Debug, Default)]
struct Waiting {
    appended: VecDeque<Instant>,
    counted: usize,
}

impl Waiting {
    /// The row has counted so many; the instants of those that are new among them.
    fn counts(&mut self, so_many: usize) -> impl Iterator<Item = Instant> + '_ {
        let new = so_many.saturating_sub(self.counted).min(self.appended.len());
        self.counted += new;
        self.appended.drain(..new)
    }
}

type Board = Arc<Mutex<BTreeMap<Key, Waiting>>>;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Results {
    interactions: usize,
    p50_ms: f64,
    p99_ms: f64,
    p99_9_ms: f64,
    most_ms: f64,
    appended_per_s: f64,
    cpu_s: f64,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub fn run(args: &BenchLatencyArgs) -> anyhow::Result<ExitStatus> {
    let machine = Machine::here();
    println!("{}", machine.line());
    let settings = arguments::settings(&args.broker)?;
    let stage = Stage::new(&settings, args.broker.keep)?;
    // A plan that begins the day before, so that today's rows are owned.
    let publisher = Publisher::new(&stage.scene, wall_clock_ms() - 2 * DAY_MS)?;
    let mut processor = Processor::start(&settings.text)?;
    processor.wait_until_running(2 * usize::try_from(args.broker.partitions)?)?;
    let board = Board::default();
    let appending = Appending { publisher, rate: args.rate, board: Arc::clone(&board), appended: 0 };
    let (warm, all) = (Duration::from_secs(args.warm_up), Duration::from_secs(args.warm_up + args.seconds));
    let began = Instant::now();
    let done = Shutdown::default();
    let mut appender = Supervisor::new(done.clone());
    let ended = done.clone();
    let failure: Arc<Mutex<Option<String>>> = Arc::default();
    let failed = Arc::clone(&failure);
    appender.start_thread("appending", move || {
        let outcome = appending.run(began, all);
        *failed.lock().unwrap_or_else(PoisonError::into_inner) = outcome.err().map(|error| format!("{error:#}"));
        ended.trigger();
        Ok(())
    })?;
    let mut taken = follow(&stage.scene, &board, &done, began + warm)?;
    if let Some(cause) = failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        anyhow::bail!("appending interactions: {cause}");
    }
    let cpu_s = processor.usage()?.cpu.as_secs_f64();
    processor.stop()?;
    stage.leave()?;
    taken.sort_unstable();
    let results = results(&taken, args.seconds, cpu_s);
    let met = report(args, &results);
    let arguments = serde_json::json!({
        "rate": args.rate, "seconds": args.seconds, "partitions": args.broker.partitions, "tasks": args.broker.tasks,
        "topics": args.broker.topics, "transaction_interval_ms": args.broker.transaction_interval_ms,
    });
    keep(args.broker.json.as_deref(), &machine, "latency", arguments, results)?;
    Ok(if met { ExitStatus::Success } else { ExitStatus::Failure })
}

fn results(sorted: &[Duration], seconds: u64, cpu_s: f64) -> Results {
    let ms = |share| percentile(sorted, share).map_or(0.0, |of| of.as_secs_f64() * 1e3);
    Results {
        interactions: sorted.len(),
        p50_ms: ms(0.5),
        p99_ms: ms(0.99),
        p99_9_ms: ms(0.999),
        most_ms: ms(1.0),
        appended_per_s: sorted.len() as f64 / seconds as f64,
        cpu_s,
    }
}

fn report(args: &BenchLatencyArgs, results: &Results) -> bool {
    let ms = |of: f64| format!("{of:.0}");
    let lines = [
        ["interactions", "a second", "p50, ms", "p99, ms", "p99.9, ms", "most, ms", "processor's CPU, s"]
            .map(str::to_owned),
        [
            results.interactions.to_string(),
            format!("{:.0}", results.appended_per_s),
            ms(results.p50_ms),
            ms(results.p99_ms),
            ms(results.p99_9_ms),
            ms(results.most_ms),
            format!("{:.1}", results.cpu_s),
        ],
    ];
    println!("\nfrom a raw record appended to its row readable, kpi.topics={}", args.broker.topics);
    print!("{}", lined_up(&lines.map(|line| line.to_vec()), |_| false));
    let met = 0 < results.interactions && results.p99_ms <= P99_MAX.as_secs_f64() * 1e3;
    println!("\np99   target at most {} ms: {}", P99_MAX.as_millis(), verdict(met));
    met
}

/// Reads the rows until all that was appended is counted; how long each took that was appended from `warm` on.
fn follow(scene: &Scene, board: &Board, done: &Shutdown, warm: Instant) -> anyhow::Result<Vec<Duration>> {
    let name = scene.names.topic(ROWS);
    let reader = Reader::new(&scene.worker, &format!("{}bench", scene.worker.topic_prefix), "bench.rows")?;
    let partitions = 0..scene.setup.contributions_partitions;
    reader.assign(&partitions.map(|partition| (name.clone(), partition, 0)).collect::<Vec<_>>())?;
    let codecs = RowCodecs::default();
    let mut taken = Vec::new();
    let mut ended: Option<Instant> = None;
    loop {
        match reader.poll(Duration::from_millis(20))? {
            Polled::Record(record) => {
                let now = Instant::now();
                let row = codecs.read_framed_row(Family::Queue, input(&record).value.unwrap_or_default())?;
                let RowRecord::Queue(row) = row else { continue };
                let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(waiting) = board.get_mut(&(row.queue_id.clone(), row.interval_start)) else { continue };
                let counted = waiting.counts(usize::try_from(row.handled)?);
                taken.extend(counted.filter(|at| warm <= *at).map(|at| now.saturating_duration_since(at)));
            }
            Polled::Nothing if done.requested() => {
                let since = *ended.get_or_insert_with(Instant::now);
                let left: usize = board
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .values()
                    .map(|waiting| waiting.appended.len())
                    .sum();
                if left == 0 {
                    return Ok(taken);
                }
                let waited = LAST_WITHIN < since.elapsed();
                anyhow::ensure!(
                    !waited,
                    "{left} interactions are in no row {} s after the last",
                    LAST_WITHIN.as_secs()
                );
            }
            Polled::Nothing => {}
            Polled::OutOfRange => anyhow::bail!("rows were removed while they were read"),
        }
    }
}

/// Appends interactions at a steady rate, whatever becomes of them.
struct Appending {
    publisher: Publisher,
    rate: u64,
    board: Board,
    appended: u64,
}

impl Appending {
    fn run(mut self, began: Instant, all: Duration) -> anyhow::Result<()> {
        let mut due = began;
        while began.elapsed() < all {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            due += BATCH_EVERY;
            let wanted = u64::try_from(began.elapsed().as_micros())? * self.rate / 1_000_000;
            if self.appended < wanted {
                self.append(wanted)?;
            }
        }
        Ok(())
    }

    /// One transaction of all that is due by now.
    fn append(&mut self, wanted: u64) -> anyhow::Result<()> {
        let partitions = u64::try_from(self.publisher.partitions())?;
        let ended_ms = wall_clock_ms() - 1_000;
        let rows: Vec<String> = (self.appended..wanted).map(|number| row(number, ended_ms)).collect();
        let interactions = read(&rows.join(","), &origin(), ended_ms + 500)?;
        let mut records = Vec::with_capacity(interactions.len());
        for (number, interaction) in (self.appended..).zip(&interactions) {
            let partition = i32::try_from(number % QUEUES % partitions)?;
            records.push(self.publisher.record(interaction, Some(partition))?);
        }
        let now = Instant::now();
        for interaction in &interactions {
            let queue = interaction.legs.first().and_then(|leg| leg.queue_id.clone()).unwrap_or_default();
            let interval = interaction.start.div_euclid(1_800_000) * 1_800_000;
            let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
            board.entry((queue, interval)).or_default().appended.push_back(now);
        }
        self.publisher.publish(&records)?;
        self.appended = wanted;
        Ok(())
    }
}

/// A completed voice row that began three minutes before it ended.
fn row(number: u64, ended_ms: InstantMs) -> String {
    let (start, end) = (format_instant(ended_ms - 180_000), format_instant(ended_ms));
    let queue = number % QUEUES;
    let agent = number % 400;
    format!(
        r#"{{"id":"{number:032x}","conversationId":"c{number:031x}","type":"voice","status":"completed","queueId":"bench-{queue}","agentId":"agent-{agent}","talkDuration":140000,"holdDuration":10000,"wrapUpDuration":20000,"agentDuration":170000,"waitDuration":10000,"transfers":0,"wrapUpCode":"Sale","startTimestamp":"{start}","endTimestamp":"{end}"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_those_first_that_were_appended_first() {
        let mut waiting = Waiting::default();
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        waiting.appended.extend([at(0), at(1), at(2)]);
        assert_eq!(waiting.counts(2).collect::<Vec<_>>(), [at(0), at(1)]);
        assert_eq!(waiting.counts(2).count(), 0);
        waiting.appended.push_back(at(3));
        assert_eq!(waiting.counts(4).collect::<Vec<_>>(), [at(2), at(3)]);
        assert_eq!(waiting.counts(9).count(), 0);
    }

    #[test]
    fn what_is_appended_is_read_as_a_handled_voice_leg() {
        let read = read(&row(65, 1_000_000_000), &origin(), 0).unwrap();
        assert_eq!(read[0].legs[0].queue_id.as_deref(), Some("bench-1"));
        assert_eq!(read[0].end.map(|end| end - read[0].start), Some(180_000));
    }

    #[test]
    fn a_slow_hundredth_is_a_missed_target() {
        let ms = Duration::from_millis;
        let mut taken: Vec<Duration> = (0..1_000).map(|_| ms(100)).collect();
        let args = crate::cli::BenchLatencyArgs { rate: 1, seconds: 1, warm_up: 0, broker: broker() };
        assert!(report(&args, &results(&taken, 1, 0.0)));
        taken.splice(985.., (0..15).map(|_| ms(501)));
        assert!(!report(&args, &results(&taken, 1, 0.0)));
        assert!(!report(&args, &results(&[], 1, 0.0)));
    }

    fn broker() -> crate::cli::BenchBrokerArgs {
        use clap::Parser;
        match crate::cli::Cli::try_parse_from(["handletime", "bench", "latency"]).unwrap().command {
            crate::cli::Command::Bench(args) => match args.what {
                crate::cli::Bench::Latency(args) => args.broker,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
}
