//! A report by interval, whichever shape it was asked in: counts and handle times, empty intervals included. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::shape::unreadable;
use super::{interval_report, metrics};
use crate::config::typed::AggregatesShape;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::time::{InstantMs, TimeRange, format_instant};
use crate::genesys::wire::WireError;

/// The figures of one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Conversations, or handles where the platform counts those.
    pub count: i64,
    /// Handle time in all.
    pub handle_ms: i64,
}

impl Interval {
    /// Handle time divided by the count; `None` when nothing is counted.
    #[must_use]
    pub fn average_ms(&self) -> Option<f64> {
        (self.count != 0).then(|| self.handle_ms as f64 / self.count as f64)
    }
}

/// The intervals of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What is asked for: whole intervals.
    pub range: TimeRange,
    /// Their length.
    pub grain: Grain,
    /// The zone whose days are meant by a grain of days.
    pub zone: Tz,
}

/// Every interval that touches a range, in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    cut: Cut,
    /// By the interval's first instant.
    pub intervals: BTreeMap<InstantMs, Interval>,
}

impl Report {
    /// A report of zeros.
    #[must_use]
    pub fn empty(cut: Cut) -> Report {
        let mut intervals = BTreeMap::new();
        let mut at = cut.range.from;
        while at < cut.range.to {
            let TimeRange { from, to } = interval_at(at, cut.grain, cut.zone);
            intervals.insert(from, Interval::default());
            at = to;
        }
        Report { cut, intervals }
    }

    /// Adds to the interval that `at` lies in.
    pub fn add(&mut self, at: InstantMs, figures: Interval) {
        let from = interval_at(at, self.cut.grain, self.cut.zone).from;
        let known = self.intervals.entry(from).or_default();
        *known = Interval { count: known.count + figures.count, handle_ms: known.handle_ms + figures.handle_ms };
    }

    /// Adds what the platform says of one of its own intervals, which may be shorter than ours.
    ///
    /// # Errors
    /// When it reaches over the end of one of ours: then the platform counts days otherwise, and its figures are of none.
    pub fn add_interval(&mut self, theirs: TimeRange, figures: Interval) -> Result<(), WireError> {
        let ours = interval_at(theirs.from, self.cut.grain, self.cut.zone);
        if ours.to < theirs.to {
            let (from, to, zone) = (format_instant(theirs.from), format_instant(theirs.to), self.cut.zone.name());
            return Err(unreadable(format!("the platform's interval {from}/{to} is no part of an interval of {zone}")));
        }
        self.add(theirs.from, figures);
        Ok(())
    }

    /// All intervals together.
    #[must_use]
    pub fn total(&self) -> Interval {
        let add = |sum: Interval, one: &Interval| Interval {
            count: sum.count + one.count,
            handle_ms: sum.handle_ms + one.handle_ms,
        };
        self.intervals.values().fold(Interval::default(), add)
    }
}

/// The request's body as JSON.
#[must_use]
pub fn request_body(shape: AggregatesShape, cut: Cut) -> String {
    match shape {
        AggregatesShape::Buckets => interval_report::request_body(cut),
        AggregatesShape::Metrics => metrics::request_body(&metrics::report_query(cut)),
    }
}

/// Reads the answer.
///
/// # Errors
/// When the body is no such answer.
pub fn read(shape: AggregatesShape, body: &[u8], cut: Cut) -> Result<Report, WireError> {
    match shape {
        AggregatesShape::Buckets => interval_report::read(body, cut),
        AggregatesShape::Metrics => metrics::read_report(body, cut),
    }
}

/// The ISO-8601 period of a grain.
#[must_use]
pub fn period(grain: Grain) -> &'static str {
    match grain {
        Grain::Pt15m => "PT15M",
        Grain::Pt30m => "PT30M",
        Grain::Pt1h => "PT1H",
        Grain::P1d => "P1D",
    }
}
