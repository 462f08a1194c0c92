//! The platform's side of a comparison: what it adds up, what it counts, what it has. Edge: asks, ranked last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::jobs::Jobs;
use super::ours::Amount;
use super::theirs::{Handled, Outward, Theirs};
use super::volume::Told;
use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};
use crate::extract::normalize::{self, Origin};
use crate::extract::queries::Queries;
use crate::genesys::aggregates::ask::{Aggregates, Sums};
use crate::genesys::aggregates::metrics::{ATTEMPTED, CONNECTED, CONTACTING, Cell, DIALING, HANDLE, MetricsQuery};
use crate::genesys::client::GenesysClient;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Shape};
use crate::genesys::error::GenesysError;
use crate::genesys::insist::Insistence;
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::Pace;
use crate::genesys::quota::Backoff;
use crate::genesys::wire::{Page, RowRead};

/// Pages of one query. More than any has; a server whose tokens never end is not asked for ever.
const PAGES_MAX: usize = 100_000;

/// Conversations that one page of the synchronous query holds at most.
const CONVERSATIONS_A_PAGE: u32 = 100;

/// A query for less time than this is not cut in two any more.
const PART_MS_MIN: DurationMs = 1_000;

/// Asks the platform of one source.
#[derive(Debug)]
pub struct Platform {
    client: Arc<GenesysClient>,
    aggregates: Aggregates,
    queries: Queries,
    shape: Option<Shape>,
    insistence: Insistence,
    origin: Origin,
    status_filter: Option<String>,
    agents: Vec<String>,
    page_size: u32,
    slice_ms: DurationMs,
    limit_rows: i64,
    // Where legs name no queue, all of the platform's are one.
    by_queue: bool,
    // Whether nothing that is told of a leg has dialing and contacting in it.
    lacks_dialing: bool,
    jobs: Option<Jobs>,
}

/// In which shape the interactions of a dialect are counted: its own, for jobs the synchronous one. `None` for
/// dialects that say no count.
#[must_use]
pub fn counting_shape(dialect: Dialect) -> Option<Shape> {
    match dialect {
        Dialect::InteractionDetails
        | Dialect::InteractionEvents
        | Dialect::ConversationDetails
        | Dialect::ReportQueries => Shape::of(dialect),
        Dialect::ConversationJobs => Shape::of(Dialect::ConversationDetails),
        Dialect::ConversationMetrics | Dialect::Unknown => None,
    }
}

impl Platform {
    /// Asks with `client` what `config`'s source reads.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, config: &SourceConfig) -> Platform {
        Platform {
            aggregates: Aggregates::new(Arc::clone(&client), config, Rank::Later),
            queries: Queries::new(Arc::clone(&client), Pace::from_first(config.query_poll_ms), 0),
            client,
            shape: counting_shape(config.dialect),
            insistence: Insistence::default(),
            origin: Origin {
                org_id: config.org_id.clone(),
                dialect: config.dialect,
                media_default: config.media_default,
            },
            status_filter: config.status_filter.clone(),
            agents: config.agents.clone(),
            page_size: config.page_size,
            slice_ms: config.slice_ms,
            limit_rows: config.query_limit_rows,
            jobs: Jobs::of(config),
            by_queue: Shape::of(config.dialect).is_none_or(|shape| shape.facts().queue),
            lacks_dialing: config.dialect == Dialect::InteractionEvents,
        }
    }

    /// The same with another backoff, so that tests of failures need not wait.
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Platform {
        let insistence = Insistence::with_backoff(backoff);
        Platform { insistence, aggregates: self.aggregates.insisting(insistence), ..self }
    }

    /// Now, by the platform's clock.
    #[must_use]
    pub fn now(&self) -> InstantMs {
        self.client.now()
    }

    /// What is read by queries that are answered later, if anything.
    #[must_use]
    pub fn jobs(&self) -> Option<&Jobs> {
        self.jobs.as_ref()
    }

    /// Handles and their time, of those completed in `[from, to)`: by queue, where both sides name queues.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn handled(&self, range: TimeRange) -> Result<Handled, GenesysError> {
        let outward: &[&'static str] =
            if self.lacks_dialing { &[DIALING, CONTACTING, ATTEMPTED, CONNECTED] } else { &[] };
        let query = MetricsQuery {
            range,
            granularity: None,
            zone: None,
            group_by: if self.by_queue { vec!["queueId"] } else { Vec::new() },
            users: self.agents.clone(),
            metrics: [HANDLE].iter().chain(outward).copied().collect(),
        };
        let cells = match self.aggregates.sums(&query).await? {
            Sums::Cells(cells) => cells,
            Sums::Total(_) if !self.agents.is_empty() => {
                let why = "the guide's aggregates cannot be asked for the agents of extract.agent.filter alone";
                return Ok(Handled::NotSaid(why));
            }
            Sums::Total(total) => {
                let handled = Amount { count: total.count, handle_ms: total.handle_ms };
                return Ok(Handled::Whole(Theirs::of(handled)));
            }
        };
        let nothing = Theirs { outward: self.lacks_dialing.then(Outward::default), ..Theirs::default() };
        if !self.by_queue {
            return Ok(Handled::Whole(cells.iter().fold(nothing, added)));
        }
        let mut by_queue: BTreeMap<String, Theirs> = BTreeMap::new();
        for cell in &cells {
            let known = by_queue.entry(cell.queue_id().to_owned()).or_insert(nothing);
            *known = added(*known, cell);
        }
        Ok(Handled::ByQueue(by_queue))
    }

    /// How many interactions start in `[from, to)`; `None` where the platform does not say that of such a range.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn volume(&self, range: TimeRange) -> Result<Option<i64>, GenesysError> {
        let Some(shape) = self.shape.filter(|shape| shape.asynchronous().is_none()) else { return Ok(None) };
        if shape == Shape::ConversationDetails {
            return self.conversations(range).await;
        }
        let query = Query { page_size: 1, ..self.query(shape, range) };
        if let Some(target) = shape.volume_target(&query) {
            let answer = self.insistence.on(|| self.client.get(Rank::Later, &target)).await?;
            return Ok(shape.read_volumes(&answer.body)?.all);
        }
        Ok(self.insistence.on(|| self.page(shape, &query)).await?.total)
    }

    /// How many conversations the synchronous query counts; `None` unless the range is one of whole UTC days: it counts
    /// all that start on the days that a range touches.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn conversations(&self, range: TimeRange) -> Result<Option<i64>, GenesysError> {
        if [range.from, range.to].iter().any(|at| at.rem_euclid(DAY_MS) != 0) {
            return Ok(None);
        }
        let shape = Shape::ConversationDetails;
        let query = Query { page_size: 1, ..self.query(shape, range) };
        Ok(self.insistence.on(|| self.page(shape, &query)).await?.total)
    }

    /// The interactions that start in `[from, to)`; `None` where they cannot be asked for again.
    ///
    /// # Errors
    /// As [`GenesysError`] says, after the attempts are spent.
    pub async fn interactions(&self, range: TimeRange) -> Result<Option<Vec<Told>>, GenesysError> {
        let Some(shape) = self.shape else { return Ok(None) };
        let longest_ms = match shape {
            // Nothing is gained by asking for less: a page number does not die, and a query takes its time.
            Shape::ConversationDetails | Shape::ReportQueries => DAY_MS,
            // A token that dies costs one of them.
            _ => self.slice_ms,
        };
        let mut all = Vec::new();
        let mut left = vec![range];
        while let Some(TimeRange { from, to }) = left.pop() {
            let length_ms = to - from;
            let part = TimeRange { from, to: from + length_ms.min(longest_ms) };
            if part.to < to {
                left.push(TimeRange { from: part.to, to });
            }
            match self.insistence.on(|| self.part(shape, part)).await {
                Ok(told) => all.extend(told),
                Err(GenesysError::TooMuch { .. }) if PART_MS_MIN < part.to - from => {
                    let half = from + (part.to - from) / 2;
                    left.push(TimeRange { from: half, to: part.to });
                    left.push(TimeRange { from, to: half });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(all))
    }

    async fn part(&self, shape: Shape, part: TimeRange) -> Result<Vec<Told>, GenesysError> {
        let mut query = self.query(shape, part);
        let mut told = Vec::new();
        for _ in 0..PAGES_MAX {
            let page = shape.whole(self.page(shape, &query).await?, &query)?;
            for row in page.rows {
                let read = match row {
                    RowRead::Row(row) => normalize::interaction(*row, &self.origin, 0, 0),
                    RowRead::Whole(read) => normalize::whole(*read, &self.origin, 0, 0),
                    // It is set aside by whoever reads it, under its own id.
                    RowRead::Malformed(row) => {
                        let named = row.id.zip(row.start).filter(|(_, start)| part.contains(*start));
                        told.extend(named.map(|(id, start)| Told { id, start, queues: BTreeSet::new() }));
                        continue;
                    }
                };
                if part.contains(read.start) {
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

    fn query(&self, shape: Shape, range: TimeRange) -> Query {
        let most = if shape == Shape::ConversationDetails { CONVERSATIONS_A_PAGE } else { u32::MAX };
        Query {
            from: range.from,
            to: range.to,
            token: None,
            page_size: self.page_size.min(most),
            status_filter: self.status_filter.clone(),
            filter: None,
            agents: self.agents.clone(),
            columns: Columns::Guide,
            forward_buffer_ms: 0,
            attributes: Vec::new(),
            limit_rows: self.limit_rows,
        }
    }

    async fn page(&self, shape: Shape, query: &Query) -> Result<Page, GenesysError> {
        if let Some(of) = shape.asynchronous() {
            let (_, text) = of.submission(&Query { token: None, ..query.clone() });
            let asked = self.queries.page(Rank::Later, of, query, &text, &Privacy::default()).await;
            if !asked.as_ref().is_ok_and(|(page, _)| page.next_token.is_some()) {
                // A query is read to its end before the next one is asked for.
                self.queries.keep_only(&[]);
                self.queries.delete_the_rest(Rank::Later).await;
            }
            return asked.map(|(page, _)| page).map_err(|error| shape.refusal(error, query));
        }
        let answer = self.client.ask(Rank::Later, &shape.request(query)).await;
        let answer = answer.map_err(|error| shape.refusal(error, query))?;
        Ok(shape.read(&answer.body, query, &Privacy::default())?)
    }
}

/// With what a cell says besides.
fn added(known: Theirs, cell: &Cell) -> Theirs {
    let handled = cell.stats(HANDLE);
    let outward = known.outward.map(|outward| Outward {
        unanswered: outward.unanswered + cell.stats(ATTEMPTED).count - cell.stats(CONNECTED).count,
        dialing_contacting_ms: outward.dialing_contacting_ms + cell.stats(DIALING).sum + cell.stats(CONTACTING).sum,
    });
    Theirs { handled: known.handled + Amount { count: handled.count, handle_ms: handled.sum }, outward }
}
