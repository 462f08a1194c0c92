//! `handletime bench processor`: a backlog worked off, beside a bare consumer of the same records. Edge.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::status::ExitStatus;
use super::super::table::lined_up;
use super::arguments;
use super::backlog::Backlog;
use super::bare::{self, Bare};
use super::beside;
use super::broker::Stage;
use super::figures::{Figure, keep, verdict};
use super::load::{Loaded, load};
use super::machine::Machine;
use super::measure::{self, Run};
use super::written::{self, Written};
use crate::cli::BenchProcessorArgs;

/// Share of the bare consumer's records a second that a processor must reach.
const SHARE_OF_BARE_MIN: f64 = 0.4;

/// A run and the bare consumer before it.
#[derive(Clone, Copy, Debug, Serialize)]
struct Pair {
    processor: Run,
    bare: Bare,
}

#[derive(Debug, Serialize)]
struct Results<'a> {
    loaded_interactions: u64,
    loaded_bytes: u64,
    runs: &'a [Pair],
    written: &'a BTreeMap<String, Written>,
    interactions_per_s: Figure,
    cpu_us_per_interaction: Figure,
    share_of_bare: Figure,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub fn run(args: &BenchProcessorArgs) -> anyhow::Result<ExitStatus> {
    let machine = Machine::here();
    println!("{}", machine.line());
    let settings = arguments::settings(&args.broker)?;
    let stage = Stage::new(&settings, args.broker.keep)?;
    let loaded = load(&stage, &Backlog::new(args.broker.seed, args.backlog.interactions, args.backlog.days)?)?;
    let (mut pairs, mut by_topic) = (Vec::new(), BTreeMap::new());
    for number in 1..=args.backlog.runs {
        let bare = bare::measure(&settings.text)?;
        stage.reset()?;
        let (processor, running) = measure::run(&stage, &settings)?;
        running.stop()?;
        by_topic = written::by_topic(&stage)?;
        println!("run {number}: {}", one_line(&processor, &bare, loaded.interactions));
        pairs.push(Pair { processor, bare });
        if let Some(command) = &args.beside {
            beside::run(command, &stage, loaded.interactions)?;
        }
    }
    stage.leave()?;
    let met = report(args, &machine, &loaded, &pairs, &by_topic)?;
    Ok(if met { ExitStatus::Success } else { ExitStatus::Failure })
}

fn one_line(run: &Run, bare: &Bare, interactions: u64) -> String {
    format!(
        "{:.0} interactions/s, {:.2} us of CPU each; bare consumer {:.0} records/s, {:.2} us; others took {:.1} s of CPU",
        run.rate(interactions),
        run.cpu_us(interactions),
        rate_of(bare),
        bare.cpu_s * 1e6 / bare.records.max(1) as f64,
        run.others_s,
    )
}

fn rate_of(bare: &Bare) -> f64 {
    bare.records as f64 / bare.seconds.max(0.001)
}

/// The ratio of rates, pair by pair: what disturbs a run often disturbs its neighbour too.
fn share_of_bare(pairs: &[Pair], interactions: u64) -> Figure {
    Figure::of(pairs.iter().map(|pair| pair.processor.rate(interactions) / rate_of(&pair.bare)))
}

fn report(
    args: &BenchProcessorArgs,
    machine: &Machine,
    loaded: &Loaded,
    pairs: &[Pair],
    by_topic: &BTreeMap<String, Written>,
) -> anyhow::Result<bool> {
    let count = loaded.interactions;
    let of = |figure: &dyn Fn(&Pair) -> f64| Figure::of(pairs.iter().map(figure));
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let rate = of(&|pair| pair.processor.rate(count));
    let cpu_us = of(&|pair| pair.processor.cpu_us(count));
    let share = share_of_bare(pairs, count);
    let from_start = of(&|pair| count as f64 / pair.processor.seconds_from_start);
    let lines: Vec<Vec<String>> = [
        ("", "processor".to_owned(), "bare consumer".to_owned()),
        ("interactions/s", rate.text(0), of(&|pair| rate_of(&pair.bare)).text(0)),
        ("the same from the start of the process", from_start.text(0), String::new()),
        ("CPU an interaction, us", cpu_us.text(2), of(&|pair| pair.bare.cpu_s * 1e6 / count as f64).text(2)),
        (
            "peak memory, MiB",
            of(&|pair| mib(pair.processor.memory_peak_bytes)).text(0),
            of(&|pair| mib(pair.bare.memory_peak_bytes)).text(0),
        ),
        ("transactions, legs room", of(&|pair| pair.processor.legs_transactions as f64).text(0), String::new()),
        (
            "transactions, intervals room",
            of(&|pair| pair.processor.intervals_transactions as f64).text(0),
            String::new(),
        ),
    ]
    .into_iter()
    .map(|(name, ours, bare)| vec![name.to_owned(), ours, bare])
    .collect();
    println!("\nmedian of {} (least to most), {count} interactions, kpi.topics={}", pairs.len(), args.broker.topics);
    print!("{}", lined_up(&lines, |column| column == 0));
    println!();
    print!("{}", lined_up(&written_lines(by_topic, count), |column| column == 0));
    let met = SHARE_OF_BARE_MIN <= share.median;
    println!(
        "\nshare of the bare consumer's rate {} %   target at least {:.0} %: {}",
        Figure { median: share.median * 100.0, least: share.least * 100.0, most: share.most * 100.0 }.text(1),
        SHARE_OF_BARE_MIN * 100.0,
        verdict(met)
    );
    let results = Results {
        loaded_interactions: count,
        loaded_bytes: loaded.bytes,
        runs: pairs,
        written: by_topic,
        interactions_per_s: rate,
        cpu_us_per_interaction: cpu_us,
        share_of_bare: share,
    };
    let arguments = serde_json::json!({
        "interactions": args.backlog.interactions, "days": args.backlog.days, "partitions": args.broker.partitions,
        "tasks": args.broker.tasks, "topics": args.broker.topics,
        "transaction_interval_ms": args.broker.transaction_interval_ms,
    });
    keep(args.broker.json.as_deref(), machine, "processor", arguments, results)?;
    Ok(met)
}

fn written_lines(by_topic: &BTreeMap<String, Written>, interactions: u64) -> Vec<Vec<String>> {
    let line = |name: &str, written: &Written| {
        let each = |count: u64| count as f64 / interactions.max(1) as f64;
        let purged = if written.purged == 0 { String::new() } else { format!("{} offsets purged", written.purged) };
        vec![name.to_owned(), format!("{:.3}", each(written.records)), format!("{:.1}", each(written.bytes)), purged]
    };
    let mut lines = vec![["written an interaction", "records", "bytes", ""].map(str::to_owned).to_vec()];
    let mut sum = Written::default();
    for (name, written) in by_topic.iter().filter(|(_, written)| 0 < written.records) {
        lines.push(line(name, written));
        sum.records += written.records;
        sum.bytes += written.bytes;
    }
    lines.push(line("all", &sum));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_taken_pair_by_pair() {
        let pair = |seconds, bare_seconds| Pair {
            processor: Run { seconds, ..Run::default() },
            bare: Bare { records: 100, seconds: bare_seconds, ..Bare::default() },
        };
        let share = share_of_bare(&[pair(2.0, 1.0), pair(20.0, 10.0), pair(4.0, 1.0)], 100);
        assert_eq!((share.median, share.least), (0.5, 0.25));
    }

    #[test]
    fn what_is_written_is_told_by_topic_and_in_all() {
        let written = |records, bytes| Written { records, bytes, purged: 0 };
        let by_topic = BTreeMap::from([("legs".to_owned(), written(10, 400)), ("progress".to_owned(), written(1, 10))]);
        let lines = written_lines(&by_topic, 10);
        assert_eq!(lines[1][..3], ["legs", "1.000", "40.0"]);
        assert_eq!(lines[3][..3], ["all", "1.100", "41.0"]);
    }
}
