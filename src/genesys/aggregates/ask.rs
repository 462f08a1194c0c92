//! Asks for aggregates in the shape that the host answers, and asks again where that helps. Edge.

use std::sync::{Arc, OnceLock};

use chrono_tz::Tz;

use super::by_interval::{self, Cut, Interval, Report};
use super::metrics::{self, Cell, MetricsQuery};
use super::shape::{is_of_the_shape, own, shapes};
use super::{PATH, interval_report};
use crate::config::typed::{AggregatesShape, SourceConfig};
use crate::domain::interval::Grain;
use crate::domain::time::TimeRange;
use crate::genesys::client::GenesysClient;
use crate::genesys::error::GenesysError;
use crate::genesys::insist::Insistence;
use crate::genesys::limiter::Rank;
use crate::genesys::wire::WireError;

/// What the platform adds up of a range, as far as the shape tells it.
#[derive(Clone, Debug, PartialEq)]
pub enum Sums {
    /// By group, interval and metric.
    Cells(Vec<Cell>),
    /// All together: how many handles, and their time.
    Total(Interval),
}

/// Asks the platform of one source.
#[derive(Debug)]
pub struct Aggregates {
    client: Arc<GenesysClient>,
    shapes: &'static [AggregatesShape],
    // The one that was answered.
    settled: OnceLock<AggregatesShape>,
    rank: Rank,
    insistence: Insistence,
}

impl Aggregates {
    /// Asks with `client` as `config` says, with this rank.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, config: &SourceConfig, rank: Rank) -> Aggregates {
        let shapes = shapes(config.aggregates, config.dialect);
        Aggregates { client, shapes, settled: OnceLock::new(), rank, insistence: Insistence::default() }
    }

    /// The same with another patience.
    #[must_use]
    pub fn insisting(self, insistence: Insistence) -> Aggregates {
        Aggregates { insistence, ..self }
    }

    /// The interval report.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn report(&self, cut: Cut) -> Result<Report, GenesysError> {
        let body = |shape| by_interval::request_body(shape, cut);
        self.ask(body, |shape, body| by_interval::read(shape, body, cut)).await
    }

    /// What `query` asks for, or as much of it as the guide's shape can say: all of its range together.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn sums(&self, query: &MetricsQuery) -> Result<Sums, GenesysError> {
        // Short pieces, which lie in the range whole wherever it begins.
        let cut = Cut { range: query.range, grain: Grain::Pt15m, zone: Tz::UTC };
        let body = |shape| match shape {
            AggregatesShape::Metrics => metrics::request_body(query),
            AggregatesShape::Buckets => interval_report::request_body(cut),
        };
        let read = |shape, body: &[u8]| match shape {
            AggregatesShape::Metrics => metrics::read(body).map(Sums::Cells),
            AggregatesShape::Buckets => {
                interval_report::read(body, cut).map(|report| Sums::Total(within(&report, cut.range)))
            }
        };
        self.ask(body, read).await
    }

    async fn ask<T>(
        &self,
        body: impl Fn(AggregatesShape) -> String,
        read: impl Fn(AggregatesShape, &[u8]) -> Result<T, WireError>,
    ) -> Result<T, GenesysError> {
        let (mut left, settled) = (self.shapes, self.settled.get());
        loop {
            let Some((first, rest)) = settled.map(|shape| (shape, &[][..])).or(left.split_first()) else {
                return Err(GenesysError::BadBody(super::shape::unreadable("no shape to ask for".to_owned())));
            };
            let (shape, body) = (*first, body(*first));
            let answer = self.insistence.on(|| self.client.post(self.rank, PATH, body.clone())).await;
            let outcome = answer.and_then(|answer| Ok(read(shape, own(shape, &answer.body)?)?));
            match outcome {
                Err(error) if !rest.is_empty() && is_of_the_shape(&error) => left = rest,
                Err(error) => return Err(error),
                Ok(read) => {
                    if settled.is_none() && self.settled.set(shape).is_ok() {
                        tracing::debug!(?shape, "the host answers aggregates in this shape");
                    }
                    return Ok(read);
                }
            }
        }
    }
}

/// What a report says of the intervals that begin in the range: a server may answer more than was asked for.
fn within(report: &Report, range: TimeRange) -> Interval {
    let inside = report.intervals.range(range.from..range.to).map(|(_, figures)| figures);
    inside.fold(Interval::default(), |sum, one| Interval {
        count: sum.count + one.count,
        handle_ms: sum.handle_ms + one.handle_ms,
    })
}
