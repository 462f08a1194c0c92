//! `handletime slices retry`: leaves a request that the running source takes, or the next one that starts. Edge.

use anyhow::Context;

use super::broker_failure;
use super::loaded::loaded;
use super::slices::range_of;
use super::status::ExitStatus;
use crate::cli::SlicesRetryArgs;
use crate::config::typed::{SourceConfig, WorkerConfig};
use crate::domain::time::{TimeRange, format_instant};
use crate::publish::asked::{Split, ask, split};
use crate::publish::stored;

/// Runs the command: status 0 when there is something to read again and it was asked for, 2 when there is not.
///
/// # Errors
/// When the broker does not take it.
pub async fn run(args: SlicesRetryArgs) -> anyhow::Result<ExitStatus> {
    let settings = match loaded(&args.config) {
        Ok(settings) => settings,
        Err(status) => return Ok(status),
    };
    let range = match range_of(args.from.as_deref(), args.to.as_deref()) {
        Ok(range) => range,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    let of_pipeline =
        |source: &&SourceConfig| args.pipeline.as_ref().is_none_or(|pipeline| *pipeline == source.pipeline);
    let sources: Vec<SourceConfig> = settings.sources.iter().filter(of_pipeline).cloned().collect();
    if sources.is_empty() {
        eprintln!("handletime: {} has no such GenesysSource", args.config.display());
        return Ok(ExitStatus::Usage);
    }
    let worker = settings.worker;
    let retry = move || retry(&worker, &sources, range).map_err(|error| broker_failure::told(&worker, error));
    tokio::task::spawn_blocking(retry).await.context("asking the sources")?
}

fn retry(worker: &WorkerConfig, sources: &[SourceConfig], range: TimeRange) -> anyhow::Result<ExitStatus> {
    let (mut asked, mut refused) = (0, 0);
    for stored in stored::read(worker)? {
        let is_of = |source: &&SourceConfig| source.pipeline == stored.of.pipeline && source.org_id == stored.of.org_id;
        let Some(source) = sources.iter().find(is_of) else { continue };
        let Split { wanted, too_old } = split(&stored, range, source.horizon_ms);
        refused += too_old.len();
        for range in &too_old {
            eprintln!(
                "{}: {} is older than kpi.lateness.horizon.ms: nothing in it can be restated by reading it again; \
                 rebuild its rows with `handletime replay --source platform`",
                stored.of.source_partition,
                shown(*range)
            );
        }
        if wanted.is_empty() {
            continue;
        }
        ask(worker, &stored, &wanted)?;
        asked += wanted.len();
        for range in &wanted {
            println!("{}: {} is read again", stored.of.source_partition, shown(*range));
        }
    }
    if asked == 0 {
        let why = if refused == 0 { "nothing is held there" } else { "nothing that is held there can be read again" };
        eprintln!("handletime: {why}");
        return Ok(ExitStatus::Usage);
    }
    println!(
        "a running source takes this up within a minute, another one when it starts; `handletime slices list --state held` \
         says what is left"
    );
    Ok(ExitStatus::Success)
}

fn shown(range: TimeRange) -> String {
    format!("[{}, {})", format_instant(range.from), format_instant(range.to))
}
