//! Every metric: its name, type, unit, meaning and labels, and where its numbers are. Pure.
//!
//! Labels are bounded: connectors, tasks, partitions and words of closed sets; never the ids of queues, agents or
//! interactions. Counters count since the process started.

use std::collections::BTreeMap;

use super::process::Process;
use crate::status::vitals::{Histogram, PartitionVitals, ProcessorVitals, SourceVitals, Vitals};

mod kafka;
mod processors;
mod program;
mod sources;

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by upper bound.
    Histogram,
}

impl Kind {
    /// The word of the exposition format.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// Where a metric's numbers are. `None` leaves a sample out: the number is not known.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// One of the process, as the operating system sees it.
    Process(fn(&Process) -> Option<f64>),
    /// One of the process.
    Once(fn(&Vitals) -> Option<f64>),
    /// 1, with a text of the process as the label.
    Info(fn(&Vitals) -> &str),
    /// 1 for the state of each connector.
    ConnectorState,
    /// 1 for the state of each task.
    TaskState,
    /// 1 for each task of a source, with what it reads.
    SourceInfo,
    /// One a task of a source.
    Source(fn(&SourceVitals, &Vitals) -> Option<f64>),
    /// One a task of a source and word; the words that are always there.
    SourceBy(&'static [&'static str], fn(&SourceVitals) -> &BTreeMap<String, u64>),
    /// One a processor and word; the words that are always there.
    ProcessorBy(&'static [&'static str], fn(&ProcessorVitals) -> &BTreeMap<String, u64>),
    /// A histogram a processor.
    ProcessorHistogram(fn(&ProcessorVitals) -> &Histogram),
    /// One a partition of a room.
    Partition(fn(&PartitionVitals) -> Option<f64>),
    /// The round trip to brokers, one a percentile.
    RoundTrip,
}

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Name, with the unit at its end.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Unit, in the plural; empty where it is a number of what the sentence says.
    pub unit: &'static str,
    /// What it says.
    pub sentence: &'static str,
    /// Names of its labels, in order.
    pub labels: &'static [&'static str],
    /// Where its numbers are.
    pub from: From,
}

/// States of connectors and tasks, in Connect's words; any other is `UNKNOWN`.
pub const STATES: &[&str] =
    &["UNASSIGNED", "RUNNING", "PAUSED", "STOPPED", "FAILED", "RESTARTING", "DESTROYED", "UNKNOWN"];

pub(super) const fn counter(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    from: From,
    sentence: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Counter, unit, sentence, labels, from }
}

pub(super) const fn gauge(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    from: From,
    sentence: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, sentence, labels, from }
}

pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

pub(super) fn count(number: u64) -> Option<f64> {
    Some(number as f64)
}

/// All metrics, in the order of the page and of the exposition.
pub fn table() -> impl Iterator<Item = &'static Metric> {
    [program::TABLE, sources::TABLE, processors::TABLE, kafka::TABLE].into_iter().flatten()
}
