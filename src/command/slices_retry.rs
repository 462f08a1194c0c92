//! `handletime slices retry`: leaves a request that the running source takes, or the next one that starts. Edge.

use anyhow::Context;

use super::broker_failure;
use super::loaded::loaded;
use super::slices::range_of;
use super::source_offsets::{self, Stored};
use super::status::ExitStatus;
use crate::cli::SlicesRetryArgs;
use crate::config::typed::{SourceConfig, WorkerConfig};
use crate::domain::time::{DurationMs, TimeRange, format_instant};
use crate::extract::source_offset::without;
use crate::kafka::bounds::Bounds;
use crate::kafka::names::Names;
use crate::kafka::producer::TransactionalProducer;
use crate::publish::contract::Request;
use crate::publish::encode::request_value;
use crate::topology::record::{Produce, topic};

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
    for stored in source_offsets::read(worker)? {
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

/// Held ranges by what can be done about them.
#[derive(Debug, PartialEq, Eq)]
struct Split {
    wanted: Vec<TimeRange>,
    too_old: Vec<TimeRange>,
}

/// What of `range` is held. A part that begins beyond the horizon before the watermark would not be lifted.
fn split(stored: &Stored, range: TimeRange, horizon_ms: DurationMs) -> Split {
    let oldest = stored.offset.cursor.saturating_sub(horizon_ms);
    let held = stored.offset.held.iter().filter(|held| held.intersects(&range));
    let held = held.map(|held| TimeRange { from: held.from.max(range.from), to: held.to.min(range.to) });
    let (wanted, too_old) = held.partition(|held| oldest < held.from);
    Split { wanted, too_old }
}

fn shown(range: TimeRange) -> String {
    format!("[{}, {})", format_instant(range.from), format_instant(range.to))
}

/// Asks a source partition to hold what a comparison found to be lost, and to read it again.
///
/// # Errors
/// When the broker does not take it.
pub fn ask_for_lost(worker: &WorkerConfig, stored: &Stored, lost: &[TimeRange]) -> anyhow::Result<()> {
    leave(worker, stored, &with(&stored.asked, &[], lost))
}

fn ask(worker: &WorkerConfig, stored: &Stored, wanted: &[TimeRange]) -> anyhow::Result<()> {
    leave(worker, stored, &with(&stored.asked, wanted, &[]))
}

/// What is asked for, together with what was asked before and not taken yet: only the newest request is sure to be found.
fn with(before: &Request, wanted: &[TimeRange], lost: &[TimeRange]) -> Request {
    let joined = |before: &[TimeRange], more: &[TimeRange]| {
        let left = more.iter().fold(before.to_vec(), |left, range| without(&left, *range));
        [&left[..], more].concat()
    };
    Request { number: 0, ranges: joined(&before.ranges, wanted), lost: joined(&before.lost, lost) }
}

fn leave(worker: &WorkerConfig, stored: &Stored, request: &Request) -> anyhow::Result<()> {
    let names = Names::new(&worker.topic_prefix, &stored.of.pipeline);
    let id = names.requests_transactional_id();
    let producer = TransactionalProducer::take_over(worker, &id)?;
    producer.settle(&Bounds::new(worker, &id)?, &[(names.topic(topic::OFFSETS), 0)], &mut || {})?;
    let record = Produce {
        topic: topic::OFFSETS.to_owned(),
        partition: Some(0),
        key: Some(stored.of.request_key()),
        value: Some(request_value(request)),
        ..Produce::default()
    };
    producer.begin()?;
    producer.send(&[record], &|topic| names.topic(topic))?;
    producer.drain()?;
    producer.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{DAY_MS, HOUR_MS};
    use crate::extract::source_offset::SourceOffset;
    use crate::publish::encode::SourcePartition;

    #[test]
    fn what_is_held_is_asked_for_as_far_as_the_horizon_goes_back() {
        let held = |from, to| TimeRange { from: from * HOUR_MS, to: to * HOUR_MS };
        let of = SourcePartition {
            pipeline: "default".into(),
            org_id: "acme".into(),
            source_partition: "interaction-details".into(),
            connector: String::new(),
        };
        let mut offset = SourceOffset::new(0);
        offset.cursor = 10 * DAY_MS;
        offset.held = vec![held(1, 2), held(120, 121), held(200, 204)];
        let stored = Stored { of, offset, asked: Request::default() };
        let all = split(&stored, held(0, 240), 5 * DAY_MS);
        // Exactly as old as the horizon is too old.
        assert_eq!((all.wanted, all.too_old), (vec![held(200, 204)], vec![held(1, 2), held(120, 121)]));
        assert_eq!(split(&stored, held(0, 240), 5 * DAY_MS + 1).wanted, [held(120, 121), held(200, 204)]);
        let part = split(&stored, held(201, 203), 5 * DAY_MS);
        assert_eq!((part.wanted, part.too_old), (vec![held(201, 203)], Vec::new()));
        assert_eq!(split(&stored, held(10, 20), 5 * DAY_MS), Split { wanted: vec![], too_old: vec![] });
    }
}
