//! `handletime slices`: what became of each slice of source time, and reading held ones again. Edge.

use anyhow::Context;
use chrono_tz::Tz;

use super::broker_failure;
use super::loaded::loaded_worker;
use super::slices_retry;
use super::slices_table::{Listed, Wanted, table, total};
use super::status::ExitStatus;
use crate::avro::Codec;
use crate::cli::{SlicesCommand, SlicesListArgs};
use crate::config::typed::WorkerConfig;
use crate::domain::slice::SliceStatus;
use crate::domain::time::{InstantMs, TimeRange, parse_instant};
use crate::process::rows;
use crate::publish::stored::{self, Stored};
use crate::topology::record::topic;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(command: SlicesCommand) -> anyhow::Result<ExitStatus> {
    match command {
        SlicesCommand::List(args) => list(args).await,
        SlicesCommand::Retry(args) => slices_retry::run(args).await,
    }
}

async fn list(args: SlicesListArgs) -> anyhow::Result<ExitStatus> {
    let worker = match loaded_worker(&args.config) {
        Ok(worker) => worker,
        Err(status) => return Ok(status),
    };
    let (wanted, zone) = match wanted(&args) {
        Ok(wanted) => wanted,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    let read = move || read(&worker).map_err(|error| broker_failure::told(&worker, error));
    let (mut slices, strange) = tokio::task::spawn_blocking(read).await.context("reading slices")??;
    slices.retain(|slice| wanted.takes(slice));
    print!("{}", table(&slices, zone));
    println!("{}", total(&slices));
    if 0 < strange {
        eprintln!("{strange} slices were written by another version of this program and are not listed");
    }
    Ok(ExitStatus::Success)
}

fn wanted(args: &SlicesListArgs) -> anyhow::Result<(Wanted, Tz)> {
    let range = range_of(args.from.as_deref(), args.to.as_deref())?;
    let zone = args.zone.parse();
    let zone =
        zone.map_err(|_| anyhow::anyhow!("--zone must be an IANA time zone such as Europe/Berlin: {}", args.zone))?;
    Ok((Wanted { range, states: args.state.clone(), pipeline: args.pipeline.clone() }, zone))
}

/// The range that `--from` and `--to` name; what is absent bounds nothing.
///
/// # Errors
/// When an option is no instant, or the range is empty.
pub fn range_of(from: Option<&str>, to: Option<&str>) -> anyhow::Result<TimeRange> {
    let instant = |option: &str, text: Option<&str>, absent: InstantMs| match text {
        None => Ok(absent),
        Some(text) => parse_instant(text)
            .with_context(|| format!("{option} must be an instant such as 2026-01-01T00:00:00Z: {text}")),
    };
    let range = TimeRange { from: instant("--from", from, InstantMs::MIN)?, to: instant("--to", to, InstantMs::MAX)? };
    anyhow::ensure!(range.from < range.to, "--to must be after --from");
    Ok(range)
}

/// The newest record of every slice, by source and time, and how many records are of another version.
fn read(worker: &WorkerConfig) -> anyhow::Result<(Vec<Listed>, u64)> {
    let sources = stored::read(worker)?;
    let codec = Codec::<SliceStatus>::default();
    let mut newest = std::collections::BTreeMap::new();
    rows::each(worker, &format!("{}{}", worker.topic_prefix, topic::SLICES), |key, value| {
        newest.insert(key.to_vec(), value.map(|value| codec.read_framed(value).ok()));
        Ok(())
    })?;
    let (mut slices, mut strange) = (Vec::new(), 0);
    for (key, status) in newest {
        match status {
            Some(Some(status)) => slices.push(listed(&key, status, &sources)),
            Some(None) => strange += 1,
            None => {}
        }
    }
    let order = |slice: &Listed| {
        let SliceStatus { org_id, source_partition, from, revisit_ms, .. } = &slice.status;
        (slice.pipeline.clone(), org_id.clone(), source_partition.clone(), *from, *revisit_ms)
    };
    slices.sort_by_key(order);
    Ok((slices, strange))
}

fn listed(key: &[u8], status: SliceStatus, sources: &[Stored]) -> Listed {
    let key = String::from_utf8_lossy(key);
    let pipeline = key.split('|').next().unwrap_or_default().to_owned();
    let range = TimeRange { from: status.from, to: status.to };
    let of_org = |stored: &&Stored| stored.of.pipeline == pipeline && stored.of.org_id == status.org_id;
    let holds = |stored: &Stored| stored.offset.held.iter().any(|held| held.intersects(&range));
    let own = sources.iter().filter(of_org).find(|stored| stored.of.source_partition == status.source_partition);
    // What an earlier plan held is held by the source partitions of the newest one.
    let held = own.map_or_else(|| sources.iter().filter(of_org).any(holds), holds);
    Listed { pipeline, status, held }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_all_of_time_unless_it_is_said_and_never_empty() {
        assert_eq!(range_of(None, None).unwrap(), TimeRange { from: InstantMs::MIN, to: InstantMs::MAX });
        let day = range_of(Some("1970-01-01T00:00:00Z"), Some("1970-01-02T00:00:00Z")).unwrap();
        assert_eq!((day.from, day.to), (0, 86_400_000));
        assert!(range_of(Some("1970-01-02T00:00:00Z"), Some("1970-01-02T00:00:00Z")).is_err());
        assert!(range_of(Some("yesterday"), None).unwrap_err().to_string().contains("--from"));
    }
}
