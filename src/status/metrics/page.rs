//! The reference page of all metrics, `docs/metrics.md`, out of their table. Pure.

use std::fmt::Write;

use super::table::{Kind, Metric, table};

const HEAD: &str = "\
# Metrics

This page is made from the table in `src/status/metrics/table.rs`; `UPDATE_GOLDEN=1 cargo test --lib \
status::metrics` writes it anew.

A process tells its numbers in Prometheus' text format at `/metrics`. Counters count since the process started. Labels \
are bounded: connectors, tasks, partitions and words of closed sets, never the ids of queues, agents or interactions. \
KPIs themselves are no metrics: they stand in the topics, one row a queue, medium and interval. A sample that is not \
known is left out. Transactions that were aborted add to nothing but the count of aborted ones.

What is ready to run lies in `docker/prometheus/` (scraping, and alert rules that say what to do) and in \
`docker/grafana/` (a dashboard for those who use the figures and one for those who run the program). The first has what \
tells how far figures can be relied on: freshness, completeness, rows by result, restatements, excluded legs.
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut out = HEAD.to_owned();
    let mut group = "";
    for metric in table() {
        let of = group_of(metric);
        if of != group {
            group = of;
            line(
                &mut out,
                &format!("\n## {group}\n\n| metric | type | unit | labels | meaning |\n|---|---|---|---|---|"),
            );
        }
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, kind, unit) = (metric.name, metric.kind.word(), metric.unit);
        line(&mut out, &format!("| `{name}` | {kind} | {unit} | {} | {} |", labels.join(", "), metric.sentence));
    }
    out
}

fn group_of(metric: &Metric) -> &'static str {
    match metric.name.split('_').nth(1) {
        _ if metric.name.starts_with("process_") => "The process",
        Some("source") => "Sources",
        Some("processor") => "Processors",
        Some("kafka") => "Kafka clients",
        _ => "The program and its connectors",
    }
}

/// Names of all samples: a histogram has several.
#[must_use]
pub fn sample_names() -> Vec<String> {
    let of = |metric: &Metric| match metric.kind {
        Kind::Histogram => ["_bucket", "_sum", "_count"].iter().map(|end| format!("{}{end}", metric.name)).collect(),
        Kind::Counter | Kind::Gauge => vec![metric.name.to_owned()],
    };
    table().flat_map(of).collect()
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a String takes every text");
}
