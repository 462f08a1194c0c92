//! The interval report: how many conversations and how much handle time in each interval of a range. Pure.
//!
//! ```text
//! {"date_range": {"start", "end"}, "view": {"name", "metrics": [{"name": "count"}, {"name": "handle-time"}]},
//!  "group_by": {"by": "time", "interval": "PT1H"}}
//! → {"buckets": [{"interval": start, "metrics": {"count": n, "handle-time": seconds in total}}]}
//! ```

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::json;

use super::by_interval::{Cut, Interval, Report, period};
use super::shape::unreadable;
use crate::domain::interval::Grain;
use crate::domain::time::{InstantMs, format_instant, parse_instant};
use crate::genesys::wire::WireError;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    buckets: Option<Vec<Bucket>>,
}

#[derive(Deserialize)]
struct Bucket {
    #[serde(default)]
    interval: Option<String>,
    #[serde(default)]
    metrics: Option<BTreeMap<String, Option<f64>>>,
}

/// The request's body as JSON. This shape knows no zones: the days of another than UTC are asked for in pieces that
/// every zone's midnights lie between.
#[must_use]
pub fn request_body(cut: Cut) -> String {
    let Cut { range, grain, zone } = cut;
    let asked = if grain == Grain::P1d && zone != Tz::UTC { Grain::Pt15m } else { grain };
    json!({
        "date_range": {"start": format_instant(range.from), "end": format_instant(range.to)},
        "view": {"name": "conversations", "metrics": [{"name": "count"}, {"name": "handle-time"}]},
        "group_by": {"by": "time", "interval": period(asked)},
    })
    .to_string()
}

/// Reads the answer; the handle time is a total in seconds and becomes milliseconds, rounded to the nearest. A missing
/// or null figure is 0, as is a whole interval that the platform leaves out.
///
/// # Errors
/// When the body is no such answer, or a bucket does not say where it begins.
pub fn read(body: &[u8], cut: Cut) -> Result<Report, WireError> {
    let answer: Answer = serde_json::from_slice(body)?;
    let mut report = Report::empty(cut);
    for bucket in answer.buckets.unwrap_or_default() {
        let from = begins(bucket.interval.as_deref())?;
        let metrics = bucket.metrics.unwrap_or_default();
        let figure = |name: &str| metrics.get(name).copied().flatten().unwrap_or(0.0);
        // A count is whole; the casts saturate.
        let (count, handle_ms) = (figure("count") as i64, (figure("handle-time") * 1_000.0).round() as i64);
        report.add(from, Interval { count, handle_ms });
    }
    Ok(report)
}

/// The first instant of a bucket: a start, or a start and an end with a slash between them.
fn begins(interval: Option<&str>) -> Result<InstantMs, WireError> {
    let text = interval.unwrap_or_default();
    let start = text.split_once('/').map_or(text, |(start, _)| start);
    parse_instant(start).ok_or_else(|| unreadable(format!("a bucket must say where it begins, and says {text:?}")))
}
