//! Reads what is asked of aggregates, in either shape, and says exactly what is wrong with it. Pure.

use chrono_tz::Tz;
use serde_json::Value;

use super::super::query::Refusal;
use super::emitted::Emitted;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange, parse_instant};

/// The longest interval, and the most intervals of an answer.
const INTERVAL_MS_MAX: DurationMs = 100 * DAY_MS;
const INTERVALS_MAX: i64 = 20_000;

const FIELDS: [&str; 12] = [
    "interval",
    "granularity",
    "timeZone",
    "groupBy",
    "filter",
    "metrics",
    "flattenMultivaluedDimensions",
    "views",
    "alternateTimeDimension",
    "queryType",
    "sortMetric",
    "limit",
];

/// Dimensions that can be grouped by and filtered on here.
const DIMENSIONS: [&str; 5] = ["queueId", "mediaType", "userId", "direction", "originatingDirection"];

/// How long an interval is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many milliseconds, counted from the range's start.
    Fixed(DurationMs),
    /// A local day.
    DayOf(Tz),
}

/// What is asked, in the platform's own shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsQuery {
    /// Emissions in `[from, to)`.
    pub range: TimeRange,
    /// Length of an interval; `None`: the range is one.
    pub step: Option<Step>,
    /// Dimensions of the groups.
    pub group_by: Vec<String>,
    /// Metrics.
    pub metrics: Vec<String>,
    any: bool,
    predicates: Vec<(String, String)>,
}

/// What is asked, in the guide's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketsQuery {
    /// Emissions in `[from, to)`.
    pub range: TimeRange,
    /// Length of a bucket.
    pub step: Step,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AggregatesQuery {
    /// In the platform's own shape.
    Metrics(MetricsQuery),
    /// In the guide's.
    Buckets(BucketsQuery),
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

/// Reads a body in either shape; `metrics_known` are those that the history has.
///
/// # Errors
/// The first rule that the request breaks.
pub fn read(body: &Value, metrics_known: &[&str]) -> Result<AggregatesQuery, Refusal> {
    let Some(fields) = body.as_object() else { return refuse("bad.request", "The request body must be an object.") };
    if fields.contains_key("date_range") || fields.contains_key("view") {
        return read_buckets(body).map(AggregatesQuery::Buckets);
    }
    if let Some(field) = fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return refuse("bad.request", format!("Unrecognized field \"{field}\" in the request body."));
    }
    let text = fields.get("interval").and_then(Value::as_str).unwrap_or_default();
    let range = match text.split_once('/') {
        Some((from, to)) => range(from, to)?,
        None => return refuse("bad.request", "interval is required: two ISO-8601 instants with a slash between them"),
    };
    let zone = match fields.get("timeZone").and_then(Value::as_str) {
        None => None,
        Some(word) => match word.parse::<Tz>() {
            Ok(zone) => Some(zone),
            Err(_) => return refuse("invalid.value", format!("Value [{word}] is no time zone such as Europe/Berlin")),
        },
    };
    let step = match (fields.get("granularity").and_then(Value::as_str), zone) {
        (None, _) => None,
        (Some("P1D"), Some(zone)) => Some(Step::DayOf(zone)),
        (Some(word), _) => Some(step(word, range)?),
    };
    let metrics = words(fields.get("metrics"), "metrics")?;
    if metrics.is_empty() {
        return refuse("bad.request", "metrics is required");
    }
    known(&metrics, metrics_known, "metrics")?;
    let group_by = words(fields.get("groupBy"), "groupBy")?;
    known(&group_by, &DIMENSIONS, "groupBy")?;
    let (any, predicates) = filter(fields.get("filter"))?;
    Ok(AggregatesQuery::Metrics(MetricsQuery { range, step, group_by, metrics, any, predicates }))
}

fn read_buckets(body: &Value) -> Result<BucketsQuery, Refusal> {
    let text = |outer: &str, name: &str| body[outer][name].as_str().unwrap_or_default().to_owned();
    let range = range(&text("date_range", "start"), &text("date_range", "end"))?;
    if text("view", "name") != "conversations" {
        return refuse("invalid.value", "view.name must be conversations");
    }
    for metric in body["view"]["metrics"].as_array().into_iter().flatten() {
        let name = metric["name"].as_str().unwrap_or_default();
        if !["count", "handle-time"].contains(&name) {
            return refuse("invalid.value", format!("the view conversations has no metric [{name}]"));
        }
    }
    if text("group_by", "by") != "time" {
        return refuse("invalid.value", "group_by.by must be time");
    }
    Ok(BucketsQuery { range, step: step(&text("group_by", "interval"), range)? })
}

fn range(from: &str, to: &str) -> Result<TimeRange, Refusal> {
    let (Some(from), Some(to)) = (parse_instant(from), parse_instant(to)) else {
        return refuse("invalid.date", format!("not two ISO-8601 instants: {from}, {to}"));
    };
    if to <= from || INTERVAL_MS_MAX < to - from {
        return refuse("bad.request", "The interval must begin before it ends and not exceed 100 days.");
    }
    Ok(TimeRange { from, to })
}

fn step(word: &str, range: TimeRange) -> Result<Step, Refusal> {
    let minutes = match word {
        "PT15M" => 15,
        "PT30M" => 30,
        "PT1H" => 60,
        "P1D" => 1_440,
        _ => return refuse("invalid.value", format!("Value [{word}] is no ISO-8601 period such as PT30M")),
    };
    let step_ms = minutes * 60_000;
    if INTERVALS_MAX < (range.to - range.from) / step_ms {
        return refuse("bad.request", "the interval has too many parts of that length");
    }
    Ok(Step::Fixed(step_ms))
}

fn words(given: Option<&Value>, field: &str) -> Result<Vec<String>, Refusal> {
    match given {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        Some(_) => refuse("bad.request", format!("{field} must be a list of words")),
    }
}

fn known(words: &[String], all: &[&str], field: &str) -> Result<(), Refusal> {
    match words.iter().find(|word| !all.contains(&word.as_str())) {
        None => Ok(()),
        Some(word) => {
            let allowed = all.join(", ");
            refuse(
                "invalid.value",
                format!("Value [{word}] is not valid for field type [{field}]. Allowable values are: {allowed}"),
            )
        }
    }
}

/// Whether one predicate is enough, and the predicates.
type Filter = (bool, Vec<(String, String)>);

fn filter(given: Option<&Value>) -> Result<Filter, Refusal> {
    let Some(filter) = given.filter(|given| !given.is_null()) else { return Ok((false, Vec::new())) };
    let any = match filter["type"].as_str() {
        Some("and") => false,
        Some("or") => true,
        _ => return refuse("bad.request", "filter must be one object whose type is and, or or"),
    };
    let mut predicates = Vec::new();
    for predicate in filter["predicates"].as_array().into_iter().flatten() {
        let dimension = predicate["dimension"].as_str().unwrap_or_default().to_owned();
        known(std::slice::from_ref(&dimension), &DIMENSIONS, "dimension")?;
        match predicate["value"].as_str() {
            Some(value) => predicates.push((dimension, value.to_owned())),
            None => return refuse("bad.request", "a predicate needs a value"),
        }
    }
    Ok((any, predicates))
}

impl MetricsQuery {
    /// Whether the filter lets a figure through, and its metric is asked for.
    #[must_use]
    pub fn wants(&self, one: &Emitted) -> bool {
        let mut hits = self.predicates.iter().map(|(name, value)| one.dimension(name).as_ref() == Some(value));
        let let_through = if self.any { hits.any(|hit| hit) } else { hits.all(|hit| hit) };
        let_through && self.metrics.iter().any(|metric| metric == one.metric)
    }
}

/// The interval that an instant lies in; the first and the last may be cut short.
#[must_use]
pub fn interval_of(at: InstantMs, range: TimeRange, step: Option<Step>) -> TimeRange {
    let whole = match step {
        None => range,
        Some(Step::Fixed(step_ms)) => {
            let from = range.from + (at - range.from).div_euclid(step_ms) * step_ms;
            TimeRange { from, to: from + step_ms }
        }
        Some(Step::DayOf(zone)) => interval_at(at, Grain::P1d, zone),
    };
    TimeRange { from: whole.from.max(range.from), to: whole.to.min(range.to) }
}
