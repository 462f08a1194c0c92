//! The first point: one line, healthy, late or failing and since when; below it why, and what helps. Pure.

use maud::{Markup, html};

use super::tables::figure;
use super::words::{Clock, NONE, count, length};
use crate::status::snapshot::Snapshot;
use crate::status::verdict::{Cause, Health, Verdict};

/// Causes that are shown at once; the rest are a click away.
const CAUSES_SHOWN: usize = 5;

pub(super) fn headline(verdict: &Verdict, clock: &Clock) -> Markup {
    let (shown, folded) = verdict.causes.split_at(verdict.causes.len().min(CAUSES_SHOWN));
    html! {
        section id="verdict" class=(format!("verdict {}", verdict.health.word())) aria-labelledby="verdict-line" {
            div role="status" {
                h2 id="verdict-line" {
                    span.sign aria-hidden="true" { (sign(verdict.health)) }
                    (sentence(verdict.health))
                }
            }
            p.since { "since " (clock.at(verdict.since)) ", for " (length(clock.now - verdict.since)) }
            @if !shown.is_empty() { ol.causes { @for cause in shown { (self::cause(cause)) } } }
            @if !folded.is_empty() {
                details id="more-causes" {
                    summary { (folded.len()) " more" }
                    ol.causes { @for cause in folded { (self::cause(cause)) } }
                }
            }
        }
    }
}

fn cause(cause: &Cause) -> Markup {
    html! {
        li class=(cause.health.word()) {
            p.what { span.tag { (cause.health.word()) } " " (cause.what) }
            p.helps { (cause.helps) }
        }
    }
}

pub(super) fn sentence(health: Health) -> &'static str {
    match health {
        Health::Healthy => "Healthy",
        Health::Late => "Late",
        Health::Failing => "Failing",
    }
}

/// A shape of its own for each, besides the colour.
fn sign(health: Health) -> &'static str {
    match health {
        Health::Healthy => "●",
        Health::Late => "▲",
        Health::Failing => "✕",
    }
}

/// The four figures that are asked for first.
pub(super) fn figures(snapshot: &Snapshot) -> Markup {
    let vitals = &snapshot.vitals;
    let behind = vitals.sources.iter().filter(|source| !source.complete);
    let oldest = behind.map(|source| vitals.at + source.clock_offset_ms.unwrap_or(0) - source.watermark).max();
    let (behind, behind_note) = match oldest {
        Some(oldest) => (length(oldest), "now − oldest source watermark"),
        None if vitals.sources.is_empty() => (NONE.to_owned(), "no source runs here"),
        None => ("all read".to_owned(), "every source is complete"),
    };
    let interactions: u64 = vitals.sources.iter().map(|source| source.interactions).sum();
    let tasks = || vitals.processors.iter().flat_map(|processor| &processor.tasks);
    let lag: Option<u64> = tasks().map(|task| task.lag_records).sum();
    let lag_ms = tasks().filter_map(|task| task.lag_ms).max();
    let waiting = lag_ms.and_then(|ms| i64::try_from(ms).ok()).filter(|ms| 0 < *ms);
    let lag_note =
        waiting.map_or_else(|| "records that wait".to_owned(), |ms| format!("the oldest for {}", length(ms)));
    let rows = |result: &str| -> u64 {
        vitals.processors.iter().map(|processor| processor.rows.get(result).copied().unwrap_or(0)).sum()
    };
    let is_counted = vitals.processors.iter().any(|processor| !processor.rows.is_empty());
    let all_rows = is_counted.then(|| rows("provisional") + rows("final") + rows("corrected"));
    let rows_note = match all_rows {
        Some(_) => format!("{} final, {} corrected", count(rows("final")), count(rows("corrected"))),
        None => "not counted here".to_owned(),
    };
    html! {
        dl.figures aria-label="At a glance" {
            (figure("Behind the present", &behind, behind_note))
            (figure("Interactions published", &count(interactions), "since the process started"))
            (figure("Input lag", &lag.filter(|_| !vitals.processors.is_empty()).map_or_else(|| NONE.to_owned(), count), &lag_note))
            (figure("Rows said", &all_rows.map_or_else(|| NONE.to_owned(), count), &rows_note))
        }
    }
}
