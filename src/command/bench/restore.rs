//! `handletime bench restore`: a processor that holds a large state is started again. Edge.

use serde::Serialize;

use super::super::status::ExitStatus;
use super::super::table::lined_up;
use super::arguments;
use super::backlog::Backlog;
use super::broker::Stage;
use super::child::Processor;
use super::figures::{Figure, keep};
use super::load::load;
use super::machine::Machine;
use super::measure;
use crate::cli::BenchRestoreArgs;

/// One restart.
#[derive(Clone, Copy, Debug, Serialize)]
struct Restart {
    /// Seconds from the start of the process until all tasks had their state.
    seconds: f64,
    /// Time on cores, in seconds, until shortly after.
    cpu_s: f64,
    /// The most memory that the process had by then.
    memory_peak_bytes: u64,
    /// Records that were read for the state.
    records: u64,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub fn run(args: &BenchRestoreArgs) -> anyhow::Result<ExitStatus> {
    let machine = Machine::here();
    println!("{}", machine.line());
    let settings = arguments::settings(&args.broker)?;
    let stage = Stage::new(&settings, args.broker.keep)?;
    let loaded = load(&stage, &Backlog::new(args.broker.seed, args.backlog.interactions, args.backlog.days)?)?;
    let (made, running) = measure::run(&stage, &settings)?;
    running.stop()?;
    println!("the state was made in {:.1} s, with {:.1} s of CPU", made.seconds, made.cpu_s);
    // A task a partition in each of the two rooms.
    let tasks = 2 * usize::try_from(args.broker.partitions)?;
    let mut restarts = Vec::new();
    for number in 1..=args.backlog.runs {
        let mut processor = Processor::start(&settings.text)?;
        let (running, records) = processor.wait_until_running(tasks)?;
        let usage = processor.usage()?;
        let seconds = running.saturating_duration_since(processor.started()).as_secs_f64();
        let (cpu_s, memory_peak_bytes) = (usage.cpu.as_secs_f64(), usage.memory_peak_bytes);
        println!("restart {number}: {seconds:.2} s, {records} records, {cpu_s:.2} s of CPU");
        processor.stop()?;
        restarts.push(Restart { seconds, cpu_s, memory_peak_bytes, records });
    }
    stage.leave()?;
    let of = |figure: &dyn Fn(&Restart) -> f64| Figure::of(restarts.iter().map(figure));
    let lines = [
        ("from the start of the process until it runs, s", of(&|one| one.seconds).text(2)),
        ("CPU, s", of(&|one| one.cpu_s).text(2)),
        ("peak memory, MiB", of(&|one| one.memory_peak_bytes as f64 / f64::from(1 << 20)).text(0)),
        ("records read", of(&|one| one.records as f64).text(0)),
    ];
    let lines: Vec<Vec<String>> = lines.into_iter().map(|(name, figure)| vec![name.to_owned(), figure]).collect();
    println!("\nmedian of {} (least to most), a state of {} interactions", restarts.len(), loaded.interactions);
    print!("{}", lined_up(&lines, |column| column == 0));
    let arguments = serde_json::json!({
        "interactions": args.backlog.interactions, "days": args.backlog.days, "partitions": args.broker.partitions,
        "tasks": args.broker.tasks, "topics": args.broker.topics,
    });
    keep(args.broker.json.as_deref(), &machine, "restore", arguments, &restarts)?;
    Ok(ExitStatus::Success)
}
