//! Processors and their tasks. Pure.

use super::{From, Kind, Metric, count, counter, gauge, seconds};

const PARTITION: &[&str] = &["connector", "pipeline", "room", "partition"];
const DECISIONS: &[&str] = &["new", "correction", "confirmation", "remeasured", "duplicate", "stale", "settled"];
const EXCLUDED: &[&str] = &[
    "malformed",
    "incomplete",
    "settling",
    "transfer_row",
    "queue",
    "wrapup",
    "abandoned",
    "flow_out",
    "no_agent",
    "unmapped_media",
    "zero_duration",
    "short_talk",
];
const LETTERS: &[&str] = &["unreadable", "unsupported_command", "beyond_horizon", "too_long", "malformed"];
const PROCESSOR: &[&str] = &["connector", "pipeline"];

fn offset(number: i64) -> Option<f64> {
    Some(number as f64)
}

/// One a processor of which tasks run here, or one a partition of a room.
pub(in crate::status::metrics) static TABLE: &[Metric] = &[
    counter(
        "handletime_processor_excluded_legs_total",
        "legs",
        &["connector", "pipeline", "reason"],
        From::ProcessorBy(EXCLUDED, |processor| &processor.excluded),
        "Legs that came to be left out, by reason; a leg that is left out for another reason later counts again",
    ),
    counter(
        "handletime_processor_dead_letters_total",
        "records",
        &["connector", "pipeline", "reason"],
        From::ProcessorBy(LETTERS, |processor| &processor.dead_letters),
        "Dead letters by reason",
    ),
    counter(
        "handletime_processor_readings_total",
        "interactions",
        &["connector", "pipeline", "decision"],
        From::ProcessorBy(DECISIONS, |processor| &processor.decisions),
        "Readings of interactions, by what each was to what was known; settled: digital legs whose figures cannot move any more",
    ),
    counter(
        "handletime_processor_restated_rows_total",
        "rows",
        &["connector", "pipeline", "age"],
        From::ProcessorBy(&["1h", "24h", "7d", "older"], |processor| &processor.restatements),
        "Rows written after they had closed, by how long ago their interval had ended",
    ),
    counter(
        "handletime_processor_rows_total",
        "rows",
        &["connector", "pipeline", "result"],
        From::ProcessorBy(&["provisional", "final", "corrected"], |processor| &processor.rows),
        "KPI rows written, by result",
    ),
    Metric {
        name: "handletime_processor_commit_duration_seconds",
        kind: Kind::Histogram,
        unit: "seconds",
        labels: PROCESSOR,
        from: From::ProcessorHistogram(|processor| &processor.commit_latency),
        sentence: "How long transactions took, from their beginning until the broker had committed them",
    },
    gauge(
        "handletime_processor_input_offset",
        "",
        PARTITION,
        From::Partition(|task| offset(task.input_offset)),
        "Committed next offset of the task's input",
    ),
    gauge(
        "handletime_processor_lag_records",
        "records",
        PARTITION,
        From::Partition(|task| task.lag_records.map(|records| records as f64)),
        "Offsets of the input that wait, as of some seconds ago; missing while a task reads no input",
    ),
    gauge(
        "handletime_processor_lag_seconds",
        "seconds",
        PARTITION,
        From::Partition(|task| task.lag_ms.map(|ms| ms as f64 / 1_000.0)),
        "Age of the oldest input record that is not committed; 0 when none waits",
    ),
    counter(
        "handletime_processor_records_total",
        "records",
        PARTITION,
        From::Partition(|task| count(task.records)),
        "Input records of committed transactions",
    ),
    counter(
        "handletime_processor_transactions_committed_total",
        "transactions",
        PARTITION,
        From::Partition(|task| count(task.committed)),
        "Transactions committed",
    ),
    counter(
        "handletime_processor_transactions_aborted_total",
        "transactions",
        PARTITION,
        From::Partition(|task| count(task.aborted)),
        "Transactions that were begun and not committed",
    ),
    gauge(
        "handletime_processor_watermark_timestamp_seconds",
        "seconds",
        PARTITION,
        From::Partition(|task| task.watermark.map(seconds)),
        "The source watermark that the task has passed, the lowest of its organisations",
    ),
    gauge(
        "handletime_processor_restore_passed_offsets",
        "",
        PARTITION,
        From::Partition(|task| task.restoring.and_then(|(passed, _)| count(passed))),
        "Offsets of the task's state that are behind it; only while it restores its state",
    ),
    gauge(
        "handletime_processor_restore_offsets",
        "",
        PARTITION,
        From::Partition(|task| task.restoring.and_then(|(_, all)| count(all))),
        "Offsets of the task's state in all; only while it restores its state",
    ),
];
