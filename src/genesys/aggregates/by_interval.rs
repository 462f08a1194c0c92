//! A report by interval, whichever shape it was asked in: counts and handle times, empty intervals included. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::{interval_report, metrics};
use crate::domain::interval::{Grain, interval_at};
use crate::domain::media::Dialect;
use crate::domain::time::{InstantMs, TimeRange};
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

/// Every interval that touches a range, in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    grain: Grain,
    /// By the interval's first instant.
    pub intervals: BTreeMap<InstantMs, Interval>,
}

impl Report {
    /// A report of zeros.
    #[must_use]
    pub fn empty(range: TimeRange, grain: Grain) -> Report {
        let mut intervals = BTreeMap::new();
        let mut at = range.from;
        while at < range.to {
            let TimeRange { from, to } = interval_at(at, grain, Tz::UTC);
            intervals.insert(from, Interval::default());
            at = to;
        }
        Report { grain, intervals }
    }

    /// Adds to the interval that `at` lies in: the first of a range may begin inside one.
    pub fn add(&mut self, at: InstantMs, figures: Interval) {
        let from = interval_at(at, self.grain, Tz::UTC).from;
        let known = self.intervals.entry(from).or_default();
        *known = Interval { count: known.count + figures.count, handle_ms: known.handle_ms + figures.handle_ms };
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

/// In which shape a report is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportShape {
    /// The guide's: buckets.
    Buckets,
    /// The platform's own: metrics.
    Metrics,
}

impl ReportShape {
    /// The shape that the host of a dialect serves.
    #[must_use]
    pub fn of(dialect: Dialect) -> ReportShape {
        match dialect {
            Dialect::ConversationDetails | Dialect::ConversationJobs => ReportShape::Metrics,
            _ => ReportShape::Buckets,
        }
    }

    /// The request's body as JSON.
    #[must_use]
    pub fn request_body(self, range: TimeRange, grain: Grain) -> String {
        match self {
            ReportShape::Buckets => interval_report::request_body(range, grain),
            ReportShape::Metrics => metrics::request_body(&metrics::report_query(range, grain)),
        }
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// When the body is no such answer.
    pub fn read(self, body: &[u8], range: TimeRange, grain: Grain) -> Result<Report, WireError> {
        match self {
            ReportShape::Buckets => interval_report::read(body, range, grain),
            ReportShape::Metrics => metrics::read_report(body, range, grain),
        }
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
