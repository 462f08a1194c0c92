//! `handletime bench growth`: ten times the interactions, in the same days and in ten times as many. Edge.

use serde::Serialize;

use super::super::status::ExitStatus;
use super::super::table::lined_up;
use super::arguments::{self, Written};
use super::backlog::Backlog;
use super::broker::Stage;
use super::figures::{Figure, keep, verdict};
use super::load::load;
use super::machine::Machine;
use super::measure::{self, Run};
use crate::cli::BenchGrowthArgs;

/// How many times the interactions.
const TIMES: u32 = 10;
/// How many times the CPU they may cost.
const CPU_TIMES_MAX: f64 = 12.5;

/// The runs over one backlog.
#[derive(Debug, Serialize)]
struct Series {
    interactions: u64,
    days: u32,
    runs: Vec<Run>,
    cpu_us_per_interaction: Figure,
    memory_peak_mib: Figure,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub fn run(args: &BenchGrowthArgs) -> anyhow::Result<ExitStatus> {
    let machine = Machine::here();
    println!("{}", machine.line());
    let settings = arguments::settings(&args.broker)?;
    let many = args.interactions * u64::from(TIMES);
    let small = series(args, &settings, args.interactions, args.days)?;
    let denser = series(args, &settings, many, args.days)?;
    let longer = series(args, &settings, many, args.days * TIMES)?;
    let all = [small, denser, longer];
    let times = all.each_ref().map(|series| {
        f64::from(TIMES) * series.cpu_us_per_interaction.median / all[0].cpu_us_per_interaction.median.max(0.001)
    });
    let head = ["interactions", "days", "CPU each, us", "peak memory, MiB", "CPU, times the first"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for (series, times) in all.iter().zip(times) {
        let times = if series.interactions == all[0].interactions { String::new() } else { format!("{times:.1}") };
        let (cpu, memory) = (series.cpu_us_per_interaction.text(2), series.memory_peak_mib.text(0));
        lines.push(vec![series.interactions.to_string(), series.days.to_string(), cpu, memory, times]);
    }
    println!();
    print!("{}", lined_up(&lines, |_| false));
    let met = times[1..].iter().all(|times| *times <= CPU_TIMES_MAX);
    println!("\n{TIMES} times the interactions   target at most {CPU_TIMES_MAX} times the CPU: {}", verdict(met));
    let arguments = serde_json::json!({
        "partitions": args.broker.partitions, "tasks": args.broker.tasks, "topics": args.broker.topics,
        "transaction_interval_ms": args.broker.transaction_interval_ms,
    });
    keep(args.broker.json.as_deref(), &machine, "growth", arguments, &all)?;
    Ok(if met { ExitStatus::Success } else { ExitStatus::Failure })
}

fn series(args: &BenchGrowthArgs, settings: &Written, interactions: u64, days: u32) -> anyhow::Result<Series> {
    let stage = Stage::new(settings, args.broker.keep)?;
    load(&stage, &Backlog::new(args.broker.seed, interactions, days)?)?;
    let mut runs = Vec::new();
    for number in 1..=args.runs {
        stage.reset()?;
        let (run, running) = measure::run(&stage, settings)?;
        running.stop()?;
        println!("{interactions} in {days} days, run {number}: {:.2} us of CPU each", run.cpu_us(interactions));
        runs.push(run);
    }
    stage.leave()?;
    Ok(Series {
        interactions,
        days,
        cpu_us_per_interaction: Figure::of(runs.iter().map(|run| run.cpu_us(interactions))),
        memory_peak_mib: Figure::of(runs.iter().map(|run| run.memory_peak_bytes as f64 / f64::from(1 << 20))),
        runs,
    })
}
