//! `handletime reconcile`: what was counted beside what the platform counts. Edge.

use std::sync::Arc;

use anyhow::Context;
use chrono_tz::Tz;

use super::broker_failure;
use super::loaded::loaded;
use super::pick;
use super::reconcile_lost;
use super::reconcile_table::tables;
use super::status::ExitStatus;
use crate::cli::ReconcileArgs;
use crate::config::Settings;
use crate::config::typed::{SourceConfig, WorkerConfig};
use crate::domain::causes::causes;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::time::{InstantMs, TimeRange, format_instant, parse_instant};
use crate::domain::watermark::Watermark;
use crate::genesys::aggregates::refusal;
use crate::genesys::client::GenesysClient;
use crate::genesys::error::GenesysError;
use crate::genesys::insist::Insistence;
use crate::kafka::names::Names;
use crate::kafka::topics::Topics;
use crate::process::{ours, reconciled};
use crate::reconcile::collect::Wanted;
use crate::reconcile::compare::{Comparison, compare};
use crate::reconcile::platform::Platform;
use crate::topology::record::topic;

/// Runs the command: status 3 when something is beyond its tolerance, 1 when nothing could be compared.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: ReconcileArgs) -> anyhow::Result<ExitStatus> {
    let settings = match loaded(&args.config) {
        Ok(settings) => settings,
        Err(status) => return Ok(status),
    };
    let chosen = pick::source(&settings, args.pipeline.as_deref()).and_then(|source| Ok((source, Asked::read(&args)?)));
    let (source, asked) = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    let names = Names::new(&settings.worker.topic_prefix, &source.pipeline);
    let wanted = wanted(&settings, source);
    let zone = wanted.rules.as_ref().map_or(Tz::UTC, |rules| rules.zone);
    let marks = blocking(&settings.worker, &names, {
        let org_id = source.org_id.clone();
        move |worker, names| reconciled::watermarks(worker, names, &org_id)
    });
    let Some(range) = asked.range(&marks.await?, zone) else {
        println!("nothing to compare: no local day of {} that is asked for was read whole", zone.name());
        return Ok(ExitStatus::Success);
    };
    println!("comparing {} to {} with {}", format_instant(range.from), format_instant(range.to), source.api_url);
    let wanted = Wanted { range, ..wanted };
    let side = blocking(&settings.worker, &names, move |worker, names| ours::read(worker, names, wanted)).await?;
    let client = Arc::new(GenesysClient::new(source)?);
    let platform = Platform::new(Arc::clone(&client), source);
    // Also tells what time it is there.
    let found = match Insistence::default().on(|| client.log_in()).await {
        Ok(()) => compare(&platform, &side, &source.org_id, range, source.slice_ms).await,
        Err(error) => Err(error),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return Ok(refused(&error)),
    };
    let records = found.records.clone();
    let org_id = source.org_id.clone();
    blocking(&settings.worker, &names, move |worker, names| {
        let all = names.source_topics(worker.topics_partitions);
        let own: Vec<_> = all.into_iter().filter(|spec| spec.name == names.topic(topic::RECONCILIATION)).collect();
        Topics::new(worker)?.ensure(&own)?;
        reconciled::publish(worker, names, &org_id, &records).map_err(anyhow::Error::from)
    })
    .await?;
    let status = print(&found);
    let (lost, source) = (found.lost.iter().map(|one| one.slice).collect::<Vec<_>>(), source.clone());
    let asked =
        blocking(&settings.worker, &names, move |worker, _| reconcile_lost::ask(worker, &source, &lost)).await?;
    for line in asked {
        println!("{line}");
    }
    Ok(status)
}

/// Says why the platform could not be asked, and what helps.
fn refused(error: &GenesysError) -> ExitStatus {
    eprintln!("handletime: the platform's own figures could not be had: {}", causes(error));
    if let Some(advice) = refusal::advice(error) {
        eprintln!("{advice}");
    }
    ExitStatus::Failure
}

fn print(found: &Comparison) -> ExitStatus {
    print!("{}", tables(&found.records));
    for note in &found.notes {
        println!("{note}");
    }
    for lost in &found.lost {
        let (from, to) = (format_instant(lost.slice.from), format_instant(lost.slice.to));
        let queues = lost.queues.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let (missing, theirs) = (lost.missing, lost.theirs);
        println!("lost: {missing} of {theirs} interactions of the slice [{from}, {to}), queues {queues}");
    }
    let beyond = found.beyond();
    println!("{} comparisons, {beyond} beyond their tolerance", found.records.len());
    if beyond == 0 { ExitStatus::Success } else { ExitStatus::Incomplete }
}

/// The rows of the source's pipeline, for any time.
fn wanted(settings: &Settings, source: &SourceConfig) -> Wanted {
    let processor = settings.processors.iter().find(|one| one.pipeline == source.pipeline);
    Wanted {
        org_id: source.org_id.clone(),
        range: TimeRange { from: InstantMs::MIN, to: InstantMs::MAX },
        rules: processor.map(|one| one.rules.clone()),
    }
}

/// What of time is asked for.
struct Asked {
    from: Option<InstantMs>,
    to: Option<InstantMs>,
}

impl Asked {
    fn read(args: &ReconcileArgs) -> anyhow::Result<Asked> {
        let instant = |option: &str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => parse_instant(text)
                .map(Some)
                .with_context(|| format!("{option} must be an instant such as 2026-01-01T00:00:00Z: {text}")),
        };
        Ok(Asked { from: instant("--from", &args.from)?, to: instant("--to", &args.to)? })
    }

    /// The whole local days that were read and are asked for, as one range; `None` when there is none.
    fn range(&self, marks: &[Watermark], zone: Tz) -> Option<TimeRange> {
        let read_from = marks.iter().map(|one| one.extract_start).max()?;
        let read_to = marks.iter().map(|one| one.watermark).min()?;
        let day = |at: InstantMs| interval_at(at, Grain::P1d, zone);
        let first = self.from.map_or(read_from, |from| from.max(read_from));
        let from = if day(first).from == first { first } else { day(first).to };
        let to = day(self.to.map_or(read_to, |to| to.min(read_to))).from;
        (from < to).then_some(TimeRange { from, to })
    }
}

/// Runs what blocks where it may.
async fn blocking<T: Send + 'static, E: Into<anyhow::Error> + Send + 'static>(
    worker: &WorkerConfig,
    names: &Names,
    work: impl FnOnce(&WorkerConfig, &Names) -> Result<T, E> + Send + 'static,
) -> anyhow::Result<T> {
    let (worker, names) = (worker.clone(), names.clone());
    let work = move || work(&worker, &names).map_err(|error| broker_failure::told(&worker, error));
    tokio::task::spawn_blocking(work).await.context("reading the broker's topics")?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: Option<&str>, to: Option<&str>, zone: Tz) -> Option<(String, String)> {
        let at = |text: &str| parse_instant(text).unwrap();
        let mark = |source_partition: &str, watermark: &str| Watermark {
            org_id: "acme".to_owned(),
            source_partition: source_partition.to_owned(),
            watermark: at(watermark),
            interactions_offsets: Vec::new(),
            plan_generation: 1,
            plan_size: 2,
            extract_start: at("2026-01-01T05:00:00Z"),
            held: Vec::new(),
            closed: false,
            written_at: 0,
        };
        let marks = [mark("voice", "2026-01-05T04:59:00Z"), mark("chat", "2026-01-04T12:00:00Z")];
        let asked = Asked { from: from.map(at), to: to.map(at) };
        asked.range(&marks, zone).map(|range| (format_instant(range.from), format_instant(range.to)))
    }

    #[test]
    fn whole_local_days_that_every_source_partition_has_read_are_compared() {
        let said = |from: &str, to: &str| Some((format!("{from}:00:00.000Z"), format!("{to}:00:00.000Z")));
        assert_eq!(range(None, None, Tz::UTC), said("2026-01-02T00", "2026-01-04T00"));
        assert_eq!(range(None, None, Tz::America__New_York), said("2026-01-01T05", "2026-01-04T05"));
        let two = (Some("2026-01-02T00:00:00Z"), Some("2026-01-03T12:00:00Z"));
        assert_eq!(range(two.0, two.1, Tz::UTC), said("2026-01-02T00", "2026-01-03T00"));
        assert_eq!(range(Some("2026-01-03T00:00:01Z"), None, Tz::UTC), None);
    }
}
