//! `handletime report`: the KPI rows of a broker as a table; `report_platform` has the platform's own. Edge.

use anyhow::Context;
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::broker_failure;
use super::loaded::loaded_worker;
use super::pipeline::worker_at;
use super::report_platform;
use super::status::ExitStatus;
use super::table::{table, total};
use crate::cli::ReportArgs;
use crate::config::typed::WorkerConfig;
use crate::domain::attribution::Basis;
use crate::domain::contact::{Contact, ContactKey};
use crate::domain::family::Family;
use crate::domain::interval::{Grain, local_date};
use crate::domain::row::QueueInterval;
use crate::domain::time::{InstantMs, parse_instant};
use crate::emit::repeat::repeats;
use crate::emit::revised::Revised;
use crate::emit::row::RowRecord;
use crate::process::rows;
use crate::topology::record::topic;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: ReportArgs) -> anyhow::Result<ExitStatus> {
    if args.from_platform {
        return report_platform::run(&args).await;
    }
    let worker = match (&args.config, &args.bootstrap_servers) {
        (Some(path), _) => match loaded_worker(path) {
            Ok(worker) => worker,
            Err(status) => return Ok(status),
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
    if let Some(days) = args.repeat_contacts {
        return match zone(&args) {
            Ok(zone) => repeat_contacts(worker, &wanted, days, zone.unwrap_or(Tz::UTC)).await,
            Err(error) => {
                eprintln!("handletime: {error:#}");
                Ok(ExitStatus::Usage)
            }
        };
    }
    let topic = format!("{}{topic}", worker.topic_prefix);
    let read = move || rows::read(&worker, &topic, Family::Queue).map_err(|error| broker_failure::told(&worker, error));
    let read = tokio::task::spawn_blocking(read).await.context("reading rows")??;
    let is_wanted = |row: &&RowRecord| row.as_queue().is_some_and(|queue| wanted.takes(queue));
    let revised: Revised = read.values().filter(is_wanted).map(RowRecord::revisions).collect();
    let mut chosen: Vec<&QueueInterval> = read.values().filter(is_wanted).filter_map(RowRecord::as_queue).collect();
    chosen.sort_by(|a, b| {
        let order = |row: &QueueInterval| (row.interval_start, row.queue_name.clone(), row.queue_id.clone());
        order(a).cmp(&order(b)).then(a.media_type.cmp(&b.media_type))
    });
    print!("{}", table(chosen.iter().copied()));
    println!("{revised}");
    println!("{}", total(chosen.iter().copied()));
    Ok(ExitStatus::Success)
}

/// The zone of `--zone`, if it is given.
pub(super) fn zone(args: &ReportArgs) -> anyhow::Result<Option<Tz>> {
    let Some(word) = &args.zone else { return Ok(None) };
    let zone = word.parse().ok();
    zone.map(Some).with_context(|| format!("--zone must be an IANA time zone such as Europe/Berlin: {word}"))
}

/// Prints first contact resolution by repeat contact for each local day.
async fn repeat_contacts(worker: WorkerConfig, wanted: &Wanted, days: u16, zone: Tz) -> anyhow::Result<ExitStatus> {
    let name = format!("{}{}", worker.topic_prefix, topic::CONTACTS);
    let read = move || {
        rows::records::<ContactKey, Contact>(&worker, &name).map_err(|error| broker_failure::told(&worker, error))
    };
    let contacts = tokio::task::spawn_blocking(read).await.context("reading contacts")??;
    let by_date = repeats(contacts.values(), i64::from(days), zone);
    println!("{:<10}  {:>8}  {:>10}  {:>7}  {:>6}", "date", "contacts", "identified", "repeats", "FCR %");
    let (from, to) = (local_date(wanted.from, zone), local_date(wanted.to, zone));
    let asked = |date: &NaiveDate| {
        (wanted.from == InstantMs::MIN || from <= *date) && (wanted.to == InstantMs::MAX || *date < to)
    };
    for (date, day) in by_date.iter().filter(|(date, _)| asked(date)) {
        let rate = day.rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.1}", 100.0 * rate));
        println!("{date:<10}  {:>8}  {:>10}  {:>7}  {rate:>6}", day.contacts, day.identified, day.repeats);
    }
    if by_date.values().all(|day| day.identified == 0) && !by_date.is_empty() {
        eprintln!(
            "no customer is told apart: set privacy.contact.hash.key at a source that reads conversation-details"
        );
    }
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
