//! `handletime report`: the KPI rows of a broker as a table. Edge.

use anyhow::Context;

use super::pipeline::worker_at;
use super::status::ExitStatus;
use super::table::{table, total};
use crate::cli::ReportArgs;
use crate::config;
use crate::domain::attribution::Basis;
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::row::QueueInterval;
use crate::domain::time::{InstantMs, parse_instant};
use crate::emit::row::RowRecord;
use crate::process::rows;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: ReportArgs) -> anyhow::Result<ExitStatus> {
    let worker = match (&args.config, &args.bootstrap_servers) {
        (Some(path), _) => match config::load_worker(path) {
            Ok(worker) => worker,
            Err(problems) => {
                eprintln!("{problems}");
                return Ok(ExitStatus::Usage);
            }
        },
        (None, Some(hosts)) => worker_at(hosts, &args.topic_prefix, 1),
        (None, None) => anyhow::bail!("either --config or --bootstrap-servers is needed"),
    };
    let (topic, wanted) = match wanted(&args) {
        Ok(wanted) => wanted,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    let topic = format!("{}{topic}", worker.topic_prefix);
    let read = tokio::task::spawn_blocking(move || rows::read(&worker, &topic, Family::Queue))
        .await
        .context("reading rows")??;
    let queues = read.values().filter_map(RowRecord::as_queue);
    let mut chosen: Vec<&QueueInterval> = queues.filter(|row| wanted.takes(row)).collect();
    chosen.sort_by(|a, b| {
        let order = |row: &QueueInterval| (row.interval_start, row.queue_name.clone(), row.queue_id.clone());
        order(a).cmp(&order(b)).then(a.media_type.cmp(&b.media_type))
    });
    print!("{}", table(chosen.iter().copied()));
    println!("{}", total(chosen.iter().copied()));
    Ok(ExitStatus::Success)
}

/// Which rows are asked for: those that start in `[from, to)`, of one queue or all.
#[derive(Debug)]
struct Wanted {
    from: InstantMs,
    to: InstantMs,
    queue: Option<String>,
}

impl Wanted {
    fn takes(&self, row: &QueueInterval) -> bool {
        let queue = |asked: &String| row.queue_id == *asked || row.queue_name.as_ref() == Some(asked);
        (self.from..self.to).contains(&row.interval_start) && self.queue.as_ref().is_none_or(queue)
    }
}

/// The topic without its prefix, and the rows of it that are asked for.
fn wanted(args: &ReportArgs) -> anyhow::Result<(String, Wanted)> {
    let grain = Grain::from_word(&args.grain)
        .with_context(|| format!("--grain must be pt15m, pt30m, pt1h or p1d: {}", args.grain))?;
    let mut topic = format!("kpi.queue.{}", grain.word());
    if !args.attribution.is_empty() {
        let basis = Basis::from_word(&args.attribution)
            .with_context(|| format!("--attribution must be start, completion or apportioned: {}", args.attribution))?;
        topic = format!("{topic}.{}", basis.word());
    }
    let instant = |option: &str, text: &Option<String>, absent: InstantMs| match text {
        None => Ok(absent),
        Some(text) => parse_instant(text)
            .with_context(|| format!("{option} must be an instant such as 2026-01-01T00:00:00Z: {text}")),
    };
    let (from, to) = (instant("--from", &args.from, InstantMs::MIN)?, instant("--to", &args.to, InstantMs::MAX)?);
    Ok((topic, Wanted { from, to, queue: args.queue.clone() }))
}
