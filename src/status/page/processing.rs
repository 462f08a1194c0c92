//! Points five and nine: what processors have done with interactions: lag, results, exclusions, restatements. Pure.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::tables::{counted, framed, section, state, summed};
use super::words::{Clock, NONE, count, length};
use crate::status::vitals::{Histogram, PartitionVitals, ProcessorVitals, SourceVitals};

pub(super) fn processing(sources: &[SourceVitals], all: &[ProcessorVitals], clock: &Clock) -> Markup {
    let dead = summed(sources.iter().map(|source| &source.dead_letters).chain(all.iter().map(|one| &one.dead_letters)));
    let excluded = summed(all.iter().map(|one| &one.excluded));
    let decisions = summed(all.iter().map(|one| &one.decisions));
    let rows = summed(all.iter().map(|one| &one.rows));
    html! {
        (section("outcomes", "What became of interactions", "Nothing is dropped without being counted: by the reason, since the process started.", &html! {
            div.blocks {
                (counted("Dead letters", "Reason", &dead, "None so far."))
                (counted("Legs not counted", "Reason", &excluded, "None so far."))
                (counted("Read again", "Decision", &decisions, "None so far."))
                (counted("Rows", "Result", &rows, "None so far."))
                (restated(&summed(all.iter().map(|one| &one.restatements))))
            }
        }))
        @if !all.is_empty() {
            (section("processing", "Processing", "Each task is one partition of one room. Its position, its output and its progress are one transaction.", &html! {
                @for processor in all { (tasks(processor, clock)) }
            }))
        }
    }
}

/// Rows that were said again after they were final, by the age of their interval.
fn restated(counts: &BTreeMap<String, u64>) -> Markup {
    let ages = [("1h", "up to 1 h"), ("24h", "up to 24 h"), ("7d", "up to 7 d"), ("older", "older")];
    let of = |age: &str| counts.get(age).copied().unwrap_or(0);
    html! {
        div.block {
            h3 { "Restated after final" }
            @if counts.is_empty() {
                p.none { "None so far." }
            } @else { table.narrow {
                caption.unseen { "Restatements by the age of the interval" }
                thead { tr { th scope="col" { "Age of the interval" } th.number scope="col" { "Rows" } } }
                tbody { @for (age, words) in ages { tr { th scope="row" { (words) } td.number { (count(of(age))) } } } }
            } }
        }
    }
}

fn tasks(processor: &ProcessorVitals, clock: &Clock) -> Markup {
    let name = format!("Tasks of {}", processor.connector);
    html! {
        h3 { (processor.connector) span.dim { " pipeline " (processor.pipeline) } }
        (framed(&name, &html! {
            table {
                caption.unseen { (name) }
                thead { tr {
                    th scope="col" { "Task" } th scope="col" { "State" } th.number scope="col" { "Next offset" }
                    th.number scope="col" { "Lag" } th.number scope="col" { "Waits" } th.number scope="col" { "Committed" }
                    th.number scope="col" { "Aborted" } th.number scope="col" { "Records" } th.number scope="col" { "Watermark" }
                } }
                tbody { @for task in &processor.tasks { (row(task, clock)) } }
            }
        }))
        (commits(&processor.commit_latency))
    }
}

fn row(task: &PartitionVitals, clock: &Clock) -> Markup {
    let waits = task.lag_ms.map_or_else(|| NONE.to_owned(), |ms| length(i64::try_from(ms).unwrap_or(i64::MAX)));
    html! {
        tr {
            th scope="row" { (task.room) span.dim { " / " (task.partition) } }
            td {
                @match task.restoring {
                    Some((passed, all)) => {
                        (state("restoring"))
                        span.when { (count(passed)) " of " (count(all)) " offsets" }
                        progress max=(all.max(1)) value=(passed) aria-label=(format!("Restoring {} {}", task.room, task.partition)) {}
                    }
                    None => (state("RUNNING"))
                }
            }
            td.number { (count(task.input_offset)) }
            td.number { (task.lag_records.map_or_else(|| NONE.to_owned(), count)) }
            td.number { (waits) }
            td.number { (count(task.committed)) }
            td.number { (count(task.aborted)) }
            td.number { (count(task.records)) }
            td.number { @match task.watermark { Some(at) => (clock.at(at)), None => (NONE) } }
        }
    }
}

fn commits(histogram: &Histogram) -> Markup {
    let mean = (0 < histogram.count).then(|| histogram.sum_s / histogram.count as f64);
    // The bound that 99 of 100 are at or below.
    let wanted = histogram.count.saturating_sub(histogram.count / 100);
    let p99 = histogram.buckets.iter().find(|(_, below)| wanted <= *below).map(|(bound, _)| *bound);
    html! {
        @if let Some(mean) = mean {
            p.note {
                (count(histogram.count)) " commits, " (format!("{:.0} ms", 1_000.0 * mean)) " on average"
                @if let Some(p99) = p99 { ", 99 of 100 within " (format!("{:.0} ms", 1_000.0 * p99)) }
                "."
            }
        }
    }
}
