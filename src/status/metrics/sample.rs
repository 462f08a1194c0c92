//! Takes a metric's numbers out of the vitals. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::process::Process;
use super::table::{From, Metric, STATES};
use crate::status::vitals::{Histogram, ProcessorVitals, SourceVitals, Vitals};

/// A number with its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What follows the metric's name, as `_bucket`; empty for most.
    pub suffix: &'static str,
    /// Names and values of the labels, in order.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub value: f64,
}

impl Metric {
    /// All samples of the metric; none where nothing is known.
    #[must_use]
    pub fn samples(&self, vitals: &Vitals, process: &Process) -> Vec<Sample> {
        let one = |value: Option<f64>| value.map(|value| self.sample(&[], value)).into_iter().collect();
        match self.from {
            From::Process(of) => one(of(process)),
            From::Once(of) => one(of(vitals)),
            From::Info(of) => vec![self.sample(&[of(vitals)], 1.0)],
            From::ConnectorState => {
                let of = |at: &crate::status::vitals::ConnectorVitals| {
                    self.sample(&[&at.name, kind(&at.kind), state(&at.state)], 1.0)
                };
                vitals.connectors.iter().map(of).collect()
            }
            From::TaskState => {
                let tasks = vitals.connectors.iter().flat_map(|of| of.tasks.iter().map(move |task| (of, task)));
                tasks
                    .map(|(of, task)| self.sample(&[&of.name, &task.id.to_string(), state(&task.state)], 1.0))
                    .collect()
            }
            From::SourceInfo => {
                let of = |at: &SourceVitals| {
                    self.sample(&[&at.connector, &at.task.to_string(), &at.pipeline, &at.org_id], 1.0)
                };
                vitals.sources.iter().map(of).collect()
            }
            From::Source(of) => {
                let one = |at: &SourceVitals| {
                    of(at, vitals).map(|value| self.sample(&[&at.connector, &at.task.to_string()], value))
                };
                vitals.sources.iter().filter_map(one).collect()
            }
            From::SourceBy(words, of) => {
                let all = |at: &SourceVitals| self.by_word(&[&at.connector, &at.task.to_string()], words, of(at));
                vitals.sources.iter().flat_map(all).collect()
            }
            From::ProcessorBy(words, of) => {
                let all = |at: &ProcessorVitals| self.by_word(&[&at.connector, &at.pipeline], words, of(at));
                vitals.processors.iter().flat_map(all).collect()
            }
            From::ProcessorHistogram(of) => {
                let all = |at: &ProcessorVitals| self.histogram(&[&at.connector, &at.pipeline], of(at));
                vitals.processors.iter().flat_map(all).collect()
            }
            From::Partition(of) => {
                let tasks = vitals.processors.iter().flat_map(|at| at.tasks.iter().map(move |task| (at, task)));
                let one = |(at, task): (&ProcessorVitals, &crate::status::vitals::PartitionVitals)| {
                    let partition = task.partition.to_string();
                    of(task).map(|value| self.sample(&[&at.connector, &at.pipeline, &task.room, &partition], value))
                };
                tasks.filter_map(one).collect()
            }
            From::RoundTrip => {
                let both = vitals.kafka.round_trip_s.map(|(p50, p99)| [("50", p50), ("99", p99)]);
                both.into_iter().flatten().map(|(percentile, value)| self.sample(&[percentile], value)).collect()
            }
        }
    }

    fn sample(&self, values: &[&str], value: f64) -> Sample {
        let labels = self.labels.iter().copied().zip(values.iter().map(|value| (*value).to_owned())).collect();
        Sample { suffix: "", labels, value }
    }

    /// One a word: those that are there, and those that are always there.
    fn by_word(&self, place: &[&str], words: &[&str], counts: &BTreeMap<String, u64>) -> Vec<Sample> {
        let all: BTreeSet<&str> = words.iter().copied().chain(counts.keys().map(String::as_str)).collect();
        let value = |word: &str| counts.get(word).copied().unwrap_or(0) as f64;
        all.into_iter().map(|word| self.sample(&[place, &[word]].concat(), value(word))).collect()
    }

    fn histogram(&self, place: &[&str], histogram: &Histogram) -> Vec<Sample> {
        let named = |suffix, value| Sample { suffix, ..self.sample(place, value) };
        let bucket = |bound: String, count: u64| {
            let mut sample = named("_bucket", count as f64);
            sample.labels.push(("le", bound));
            sample
        };
        let buckets = histogram.buckets.iter().map(|(bound, count)| bucket(bound.to_string(), *count));
        let rest = [
            bucket("+Inf".to_owned(), histogram.count),
            named("_sum", histogram.sum_s),
            named("_count", histogram.count as f64),
        ];
        buckets.chain(rest).collect()
    }
}

/// The state, or that it is none of the known ones: labels stay bounded whatever a worker of another version says.
fn state(word: &str) -> &'static str {
    STATES.iter().copied().find(|known| *known == word).unwrap_or("UNKNOWN")
}

fn kind(word: &str) -> &'static str {
    ["source", "sink"].into_iter().find(|known| *known == word).unwrap_or("unknown")
}
