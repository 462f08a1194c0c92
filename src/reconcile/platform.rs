//! The platform's side of a comparison: what it adds up, what it counts, what it has. Edge: asks, ranked last.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::ours::Amount;
use super::volume::Told;
use crate::config::typed::SourceConfig;
use crate::domain::causes::causes;
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};
use crate::extract::normalize::{self, Origin};
use crate::genesys::aggregates::PATH;
use crate::genesys::aggregates::metrics::{self, HANDLE, MetricsQuery};
use crate::genesys::client::GenesysClient;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Shape};
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;
use crate::genesys::quota::Backoff;
use crate::genesys::wire::{Page, RowRead};

/// Failed attempts at one question before the comparison is given up. Too few: a moment's trouble ends it; too many: a
/// platform in trouble is asked for a long time by something that can wait a day.
const ATTEMPTS_MAX: u32 = 5;

/// Pages of one slice. More than any slice has; a server whose tokens never end is not asked for ever.
const PAGES_MAX: usize = 100_000;

/// Asks the platform of one source.
#[derive(Debug)]
pub struct Platform {
    client: Arc<GenesysClient>,
    shape: Option<Shape>,
    backoff: Backoff,
    origin: Origin,
    status_filter: Option<String>,
    agents: Vec<String>,
    page_size: u32,
    slice_ms: DurationMs,
    // Where legs name no queue, all of the platform's are one.
    by_queue: bool,
    reads_jobs: bool,
}

/// In which shape the interactions of a dialect are counted: its own, for jobs the synchronous one. `None` for
/// dialects that say no count.
#[must_use]
pub fn counting_shape(dialect: Dialect) -> Option<Shape> {
    match dialect {
        Dialect::InteractionDetails | Dialect::InteractionEvents | Dialect::ConversationDetails => Shape::of(dialect),
        Dialect::ConversationJobs => Shape::of(Dialect::ConversationDetails),
        Dialect::ConversationMetrics | Dialect::ReportQueries | Dialect::Unknown => None,
    }
}

impl Platform {
    /// Asks with `client` what `config`'s source reads.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, config: &SourceConfig) -> Platform {
        Platform {
            client,
            shape: counting_shape(config.dialect),
            backoff: Backoff::default(),
            origin: Origin {
                org_id: config.org_id.clone(),
                dialect: config.dialect,
                media_default: config.media_default,
            },
            status_filter: config.status_filter.clone(),
            agents: config.agents.clone(),
            page_size: config.page_size,
            slice_ms: config.slice_ms,
            reads_jobs: [Some(config.dialect), config.revisit_dialect.map(|(dialect, _)| dialect)]
                .contains(&Some(Dialect::ConversationJobs)),
            by_queue: Shape::of(config.dialect).is_none_or(|shape| shape.facts().queue),
        }
    }

    /// The same with another backoff, so that tests of failures need not wait.
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Platform {
        Platform { backoff, ..self }
    }

    /// Now, by the platform's clock.
    #[must_use]
    pub fn now(&self) -> InstantMs {
        self.client.now()
    }

    /// Whether interactions are read by jobs, if only again, whose counts have a check of their own.
    #[must_use]
    pub fn reads_jobs(&self) -> bool {
        self.reads_jobs
    }

    /// Handles and their time by queue, of those completed in `[from, to)`; what was in no queue has the id "", as has
    /// everything where the dialect names no queues.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn handled(&self, range: TimeRange) -> Result<BTreeMap<String, Amount>, GenesysError> {
        let query = MetricsQuery {
            range,
            granularity: None,
            zone: None,
            group_by: if self.by_queue { vec!["queueId"] } else { Vec::new() },
            users: self.agents.clone(),
            metrics: vec![HANDLE],
        };
        let body = metrics::request_body(&query);
        let answer = self.insist(|| self.client.post(Rank::Later, PATH, body.clone())).await?;
        let mut by_queue: BTreeMap<String, Amount> = BTreeMap::new();
        for cell in metrics::read(&answer.body)? {
            let stats = cell.stats(HANDLE);
            let amount = Amount { count: stats.count, handle_ms: stats.sum };
            *by_queue.entry(cell.queue_id().to_owned()).or_default() += amount;
        }
        Ok(by_queue)
    }

    /// How many interactions start in `[from, to)`; `None` where the platform does not say that of such a range.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn volume(&self, range: TimeRange) -> Result<Option<i64>, GenesysError> {
        let Some(shape) = self.shape else { return Ok(None) };
        let whole_days = [range.from, range.to].iter().all(|at| at.rem_euclid(DAY_MS) == 0);
        if shape == Shape::ConversationDetails && !whole_days {
            // It counts all that start on the days that a range touches.
            return Ok(None);
        }
        let query = Query { page_size: 1, ..self.query(range, Columns::Guide) };
        if let Some(target) = shape.volume_target(&query) {
            let answer = self.insist(|| self.client.get(Rank::Later, &target)).await?;
            return Ok(shape.read_volumes(&answer.body)?.all);
        }
        Ok(self.insist(|| self.page(shape, &query)).await?.total)
    }

    /// The interactions that start in `[from, to)`; `None` where they cannot be asked for at once.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn interactions(&self, range: TimeRange) -> Result<Option<Vec<Told>>, GenesysError> {
        let Some(shape) = self.shape else { return Ok(None) };
        let mut all = Vec::new();
        let mut from = range.from;
        while from < range.to {
            // Slice by slice: a token that dies costs one of them.
            let slice = TimeRange { from, to: (from + self.slice_ms).min(range.to) };
            all.extend(self.insist(|| self.slice(shape, slice)).await?);
            from = slice.to;
        }
        Ok(Some(all))
    }

    async fn slice(&self, shape: Shape, slice: TimeRange) -> Result<Vec<Told>, GenesysError> {
        let mut query = self.query(slice, Columns::Guide);
        let mut told = Vec::new();
        for _ in 0..PAGES_MAX {
            let page = self.page(shape, &query).await?;
            for row in page.rows {
                let read = match row {
                    RowRead::Row(row) => normalize::interaction(*row, &self.origin, 0, 0),
                    RowRead::Whole(read) => normalize::whole(*read, &self.origin, 0, 0),
                    // It is set aside by whoever reads it, under its own id.
                    RowRead::Malformed(row) => {
                        let named = row.id.zip(row.start).filter(|(_, start)| slice.contains(*start));
                        told.extend(named.map(|(id, start)| Told { id, start, queues: BTreeSet::new() }));
                        continue;
                    }
                };
                if slice.contains(read.start) {
                    let queues = read.legs.into_iter().filter_map(|leg| leg.queue_id).collect();
                    told.push(Told { id: read.interaction_id, start: read.start, queues });
                }
            }
            match page.next_token {
                Some(token) => query.token = Some(token),
                None => return Ok(told),
            }
        }
        Err(GenesysError::TooMuch { reason: format!("more than {PAGES_MAX} pages") })
    }

    fn query(&self, range: TimeRange, columns: Columns) -> Query {
        Query {
            from: range.from,
            to: range.to,
            token: None,
            page_size: self.page_size,
            status_filter: self.status_filter.clone(),
            filter: None,
            agents: self.agents.clone(),
            columns,
            forward_buffer_ms: 0,
            attributes: Vec::new(),
            limit_rows: 1,
        }
    }

    async fn page(&self, shape: Shape, query: &Query) -> Result<Page, GenesysError> {
        let answer = self.client.ask(Rank::Later, &shape.request(query)).await;
        let answer = answer.map_err(|error| shape.refusal(error, query))?;
        Ok(shape.read(&answer.body, query, &Privacy::default())?)
    }

    /// Asks until there is an answer, unless asking again cannot help.
    async fn insist<T, F: Future<Output = Result<T, GenesysError>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, GenesysError> {
        let mut failures = 0;
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures += 1;
            if error.is_configuration() || ATTEMPTS_MAX <= failures {
                return Err(error);
            }
            tracing::debug!(class = error.class(), reason = causes(&error), failures, "asking for a comparison again");
            let wait_ms = if error.repaired() && failures == 1 {
                0
            } else {
                self.backoff.wait_ms(failures, rand::random::<f64>(), error.retry_after_ms())
            };
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }
}
