//! The platform's own aggregates: counts and sums of metrics, by queue or medium, by interval. Pure.
//!
//! A metric counts in the interval in which it was emitted, whole; handle time when the handling was complete. Groups,
//! intervals and metrics without a figure are left out of the answer.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::by_interval::{Cut, Interval, Report, period};
use super::shape::unreadable;
use crate::domain::interval::Grain;
use crate::domain::time::{TimeRange, format_instant, parse_instant};
use crate::genesys::wire::WireError;

/// The handle time of an agent's session, emitted when all of it is over.
pub const HANDLE: &str = "tHandle";

/// The time that an agent dialed.
pub const DIALING: &str = "tDialing";

/// The time from the end of dialing until the customer was there, or was not.
pub const CONTACTING: &str = "tContacting";

/// Calls that were made to customers.
pub const ATTEMPTED: &str = "nOutboundAttempted";

/// Those of them that a customer answered.
pub const CONNECTED: &str = "nOutboundConnected";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsQuery {
    /// Emissions in `[from, to)`.
    pub range: TimeRange,
    /// Intervals of this length; `None`: the whole range as one.
    pub granularity: Option<Grain>,
    /// The zone whose days a granularity of days means; UTC when absent.
    pub zone: Option<Tz>,
    /// Dimensions, as `queueId` and `mediaType`.
    pub group_by: Vec<&'static str>,
    /// Only sessions of these agents; empty: of all.
    pub users: Vec<String>,
    /// Metrics, as [`HANDLE`].
    pub metrics: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    interval: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    granularity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    group_by: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter<'a>>,
    metrics: &'a [&'static str],
}

/// One object, where a details query takes a list.
#[derive(Serialize)]
struct Filter<'a> {
    r#type: &'static str,
    predicates: Vec<Predicate<'a>>,
}

#[derive(Serialize)]
struct Predicate<'a> {
    r#type: &'static str,
    dimension: &'static str,
    value: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    results: Option<Vec<WireGroup>>,
}

#[derive(Deserialize)]
struct WireGroup {
    #[serde(default)]
    group: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    data: Option<Vec<WireCell>>,
}

#[derive(Deserialize)]
struct WireCell {
    #[serde(default)]
    interval: Option<String>,
    #[serde(default)]
    metrics: Option<Vec<WireMetric>>,
}

#[derive(Deserialize)]
struct WireMetric {
    #[serde(default)]
    metric: Option<String>,
    #[serde(default)]
    stats: Option<WireStats>,
}

#[derive(Deserialize)]
struct WireStats {
    #[serde(default)]
    count: Option<f64>,
    #[serde(default)]
    sum: Option<f64>,
}

/// Count and sum of one metric; timers are in milliseconds, counters have no sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// How often it was emitted.
    pub count: i64,
    /// What the emissions add up to.
    pub sum: i64,
}

/// One group in one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The group's values by dimension; one without a value is absent, as the queue of what was in none.
    pub group: BTreeMap<String, String>,
    /// The interval.
    pub interval: TimeRange,
    /// The metrics that have a figure.
    pub metrics: BTreeMap<String, Stats>,
}

impl Cell {
    /// A metric; zeros where there is no figure.
    #[must_use]
    pub fn stats(&self, metric: &str) -> Stats {
        self.metrics.get(metric).copied().unwrap_or_default()
    }

    /// The queue's id; empty for what was in none.
    #[must_use]
    pub fn queue_id(&self) -> &str {
        self.group.get("queueId").map_or("", String::as_str)
    }
}

/// The request's body as JSON.
///
/// # Panics
/// Never: text always serializes.
#[must_use]
pub fn request_body(query: &MetricsQuery) -> String {
    let body = Body {
        interval: format!("{}/{}", format_instant(query.range.from), format_instant(query.range.to)),
        granularity: query.granularity.map(period),
        time_zone: query.zone.map(Tz::name),
        group_by: &query.group_by,
        filter: of_users(&query.users),
        metrics: &query.metrics,
    };
    serde_json::to_string(&body).expect("text always serializes")
}

fn of_users(users: &[String]) -> Option<Filter<'_>> {
    let predicates = users.iter().map(|value| Predicate { r#type: "dimension", dimension: "userId", value }).collect();
    (!users.is_empty()).then_some(Filter { r#type: "or", predicates })
}

/// Reads the answer.
///
/// # Errors
/// When the body is no such answer, or an interval in it cannot be read.
pub fn read(body: &[u8]) -> Result<Vec<Cell>, WireError> {
    let answer: Answer = serde_json::from_slice(body)?;
    let mut cells = Vec::new();
    for WireGroup { group, data } in answer.results.unwrap_or_default() {
        let said = group.unwrap_or_default().into_iter().filter_map(|(name, value)| Some((name, value?)));
        let group: BTreeMap<String, String> = said.collect();
        for cell in data.unwrap_or_default() {
            let interval = interval(cell.interval.as_deref().unwrap_or_default())?;
            let mut metrics: BTreeMap<String, Stats> = BTreeMap::new();
            for WireMetric { metric, stats } in cell.metrics.unwrap_or_default() {
                let (Some(name), Some(stats)) = (metric, stats) else { continue };
                // Whole numbers that may be written with a point; the casts saturate.
                let (count, sum) = (stats.count.unwrap_or(0.0) as i64, stats.sum.unwrap_or(0.0) as i64);
                // One that stands twice, as under two media, is both together.
                let known = metrics.entry(name).or_default();
                *known = Stats { count: known.count + count, sum: known.sum + sum };
            }
            cells.push(Cell { group: group.clone(), interval, metrics });
        }
    }
    Ok(cells)
}

/// The interval report in this shape.
#[must_use]
pub fn report_query(cut: Cut) -> MetricsQuery {
    let Cut { range, grain, zone } = cut;
    MetricsQuery {
        range,
        granularity: Some(grain),
        // Days alone depend on it.
        zone: Some(zone).filter(|zone| grain == Grain::P1d && *zone != Tz::UTC),
        group_by: Vec::new(),
        users: Vec::new(),
        metrics: vec![HANDLE],
    }
}

/// Reads the answer to [`report_query`]: handles and their time, all groups together.
///
/// # Errors
/// As [`read`], and when the platform cuts days otherwise than it was asked to.
pub fn read_report(body: &[u8], cut: Cut) -> Result<Report, WireError> {
    let mut report = Report::empty(cut);
    for cell in read(body)? {
        let Stats { count, sum } = cell.stats(HANDLE);
        report.add_interval(cell.interval, Interval { count, handle_ms: sum })?;
    }
    Ok(report)
}

fn interval(text: &str) -> Result<TimeRange, WireError> {
    let read = text.split_once('/').and_then(|(from, to)| Some((parse_instant(from)?, parse_instant(to)?)));
    let (from, to) = read.ok_or_else(|| {
        unreadable(format!("an interval must be two instants with a slash between them, and is {text:?}"))
    })?;
    Ok(TimeRange { from, to })
}
