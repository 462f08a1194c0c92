//! Adds emitted figures up to the answer, in either shape. Groups, intervals and metrics without one are left out. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::centre::SERVICE_LEVEL_TARGET;
use super::emitted::Emitted;
use super::query::{BucketsQuery, MetricsQuery, interval_of};
use super::service_level::SERVICE_LEVEL;
use crate::domain::time::{InstantMs, TimeRange, format_instant};

#[derive(Clone, Copy, Debug)]
struct Stats {
    count: i64,
    sum: i64,
    min: i64,
    max: i64,
}

impl Stats {
    fn new() -> Stats {
        Stats { count: 0, sum: 0, min: i64::MAX, max: i64::MIN }
    }

    fn take(&mut self, value: i64) {
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Timers have all four, counters count only, and the service level is a ratio beside its target.
    fn told(&self, metric: &str) -> Value {
        if metric == SERVICE_LEVEL {
            return json!({
                "ratio": self.sum as f64 / self.count as f64,
                "numerator": self.sum,
                "denominator": self.count,
                "target": SERVICE_LEVEL_TARGET,
            });
        }
        if metric.starts_with('n') {
            return json!({"count": self.count});
        }
        json!({"count": self.count, "sum": self.sum, "min": self.min, "max": self.max})
    }
}

type Group = BTreeMap<String, String>;
type Cells = BTreeMap<(InstantMs, InstantMs), BTreeMap<&'static str, Stats>>;

/// The answer in the platform's own shape. The medium stands in every group, asked for or not.
#[must_use]
pub fn metrics(query: &MetricsQuery, emitted: impl Iterator<Item = Emitted>) -> Value {
    let mut groups: BTreeMap<Group, Cells> = BTreeMap::new();
    for one in emitted.filter(|one| query.wants(one)) {
        let names = query.group_by.iter().map(String::as_str).chain(["mediaType"]);
        let group: Group = names.filter_map(|name| Some((name.to_owned(), one.dimension(name)?))).collect();
        let TimeRange { from, to } = interval_of(one.at, query.range, query.step);
        let cell = groups.entry(group).or_default().entry((from, to)).or_default();
        cell.entry(one.metric).or_insert_with(Stats::new).take(one.value);
    }
    let results: Vec<Value> = groups
        .into_iter()
        .map(|(group, cells)| {
            let data: Vec<Value> = cells
                .into_iter()
                .map(|((from, to), metrics)| {
                    let told =
                        |(metric, stats): (&&'static str, &Stats)| json!({"metric": metric, "stats": stats.told(metric)});
                    let metrics: Vec<Value> = metrics.iter().map(told).collect();
                    json!({"interval": format!("{}/{}", format_instant(from), format_instant(to)), "metrics": metrics})
                })
                .collect();
            let group: Map<String, Value> = group.into_iter().map(|(name, value)| (name, json!(value))).collect();
            json!({"group": group, "data": data})
        })
        .collect();
    json!({"results": results})
}

/// The answer in the guide's shape: how many handles, and their time in seconds in total.
#[must_use]
pub fn buckets(query: &BucketsQuery, emitted: impl Iterator<Item = Emitted>) -> Value {
    let mut buckets: BTreeMap<InstantMs, Stats> = BTreeMap::new();
    for one in emitted.filter(|one| one.metric == "tHandle") {
        let interval = interval_of(one.at, query.range, Some(query.step));
        buckets.entry(interval.from).or_insert_with(Stats::new).take(one.value);
    }
    let told = |(from, stats): (InstantMs, Stats)| {
        let seconds = stats.sum as f64 / 1_000.0;
        json!({"interval": format_instant(from), "metrics": {"count": stats.count, "handle-time": seconds}})
    };
    json!({"buckets": buckets.into_iter().map(told).collect::<Vec<_>>()})
}
