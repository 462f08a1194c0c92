//! Asks what is answered later: submits, looks until it is done, reads a page, deletes after the last. Edge.
//!
//! All of the waiting is inside one future, which may be dropped at any time: the query that it leaves behind is deleted
//! when its lane submits the next one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::plan::Lane;
use crate::domain::causes::causes;
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::client::GenesysClient;
use crate::genesys::counters::add;
use crate::genesys::dialect::asynchronous::Asynchronous;
use crate::genesys::dialect::shape::Query;
use crate::genesys::error::{GenesysError, Told};
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::{AsyncQuery, Due, Pace, Status, UNANSWERED_MAX};
use crate::genesys::query::token::PageToken;
use crate::genesys::wire::{Page, RowRead};

/// How far outside its bounds a row may lie before it shows that the platform reads them otherwise, in milliseconds.
const OUTSIDE_MS: i64 = 1_000;

/// Pages of a partial result that are read to count its rows. Too small: the count is only a beginning; too large: a
/// server that goes in circles is read for long.
const COUNTED_PAGES_MAX: u32 = 10_000;

/// Asks for the pages of asynchronous queries.
#[derive(Debug)]
pub struct Queries {
    client: Arc<GenesysClient>,
    pace: Pace,
    // The query that each lane has open.
    open: Mutex<[Option<(Asynchronous, String)>; 2]>,
}

/// A page of a query that is done.
struct Place {
    query_id: String,
    submitted_at: InstantMs,
    rows: i64,
    // How many rows the platform says that it has.
    found: Option<i64>,
    page: Option<String>,
}

/// The rows of an answer: how many, and when they begin.
#[derive(Default)]
struct Extent {
    rows: i64,
    first: Option<InstantMs>,
    last: Option<InstantMs>,
}

impl Extent {
    fn add(&mut self, rows: &[RowRead]) {
        self.rows += rows.len() as i64;
        for start in rows.iter().filter_map(RowRead::start) {
            self.first = Some(self.first.map_or(start, |first| first.min(start)));
            self.last = self.last.max(Some(start));
        }
    }
}

impl Queries {
    /// Asks with `client`, and looks at the pace given.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, pace: Pace) -> Queries {
        Queries { client, pace, open: Mutex::default() }
    }

    /// The page that `query` names, and the platform's instant at which its query was submitted: what it speaks for. The
    /// first page of a query waits until the query is done.
    ///
    /// # Errors
    /// [`GenesysError::TooMuch`] when the platform found only a part, or took too long; [`GenesysError::QueryFailed`] when
    /// it came to nothing; [`GenesysError::TokenGone`] when the query or its page is gone; else as requests fail.
    pub async fn page(
        &self,
        lane: Lane,
        rank: Rank,
        of: Asynchronous,
        query: &Query,
        privacy: &Privacy,
    ) -> Result<(Page, InstantMs), GenesysError> {
        let place = match query.token.as_deref() {
            None => self.begin(lane, rank, of, query).await?,
            Some(text) => place_of(text)?,
        };
        let mut page = self.read(rank, of, query, &place, privacy).await?;
        let mut extent = Extent::default();
        extent.add(&page.rows);
        if of.keeps_bounds() {
            self.check_bounds(query, &place, &extent);
        }
        let rows = place.rows + extent.rows;
        page.total = place.found;
        match page.next_token.take() {
            Some(next) => {
                let Place { query_id, submitted_at, found, .. } = place;
                page.next_token = Some(PageToken { query_id, submitted_at, rows, found, page: next }.to_text());
            }
            None => {
                self.delete(lane, rank, of, &place.query_id).await;
                if of.limit_rows(query).is_some_and(|limit| limit <= rows) {
                    let (from, to) = (format_instant(query.from), format_instant(query.to));
                    let query_id = &place.query_id;
                    tracing::warn!(query_id, rows, from, to, "as many rows as the limit: there are more");
                    let reason = format!("{rows} rows from {from} to {to} reach extract.query.limit.rows");
                    return Err(GenesysError::TooMuch { reason });
                }
            }
        }
        Ok((page, place.submitted_at))
    }

    /// Submits the query and waits until its first page can be read.
    async fn begin(&self, lane: Lane, rank: Rank, of: Asynchronous, query: &Query) -> Result<Place, GenesysError> {
        let left_behind = self.opened()[lane as usize].clone();
        if let Some((of, id)) = left_behind {
            self.delete(lane, rank, of, &id).await;
        }
        let (path, body) = of.submission(query);
        let answer = self.client.submit(rank, path, body).await?;
        let query_id = of.submitted_id(&answer.body)?;
        self.opened()[lane as usize] = Some((of, query_id.clone()));
        let (from, to) = (format_instant(query.from), format_instant(query.to));
        tracing::debug!(query_id, from, to, "query submitted");
        let mut place = Place { query_id, submitted_at: answer.sent_at, rows: 0, found: None, page: None };
        let (due, found) = self.until_done(rank, of, &place.query_id).await?;
        place.found = found;
        let query_id = &place.query_id;
        match due {
            Due::Count => {
                let extent = self.counted(rank, of, query, &place).await;
                let told = |at: Option<InstantMs>| at.map_or_else(|| "nowhere".to_owned(), format_instant);
                let (rows, first, last) = (extent.rows, told(extent.first), told(extent.last));
                tracing::warn!(query_id, from, to, rows, first, last, "the platform found only a part of the rows");
                self.delete(lane, rank, of, query_id).await;
                let reason =
                    format!("query {query_id} is partial: {rows} rows, the first at {first}, the last at {last}");
                Err(GenesysError::TooMuch { reason })
            }
            Due::TooLong => {
                tracing::warn!(query_id, from, to, "the query took too long");
                self.delete(lane, rank, of, query_id).await;
                let hours = self.pace.limit_ms / 3_600_000;
                Err(GenesysError::TooMuch { reason: format!("query {query_id} was not done within {hours} h") })
            }
            Due::Failed { reason } => {
                self.delete(lane, rank, of, query_id).await;
                Err(GenesysError::QueryFailed { reason: format!("query {query_id} is {reason}") })
            }
            Due::Read | Due::Look { .. } => Ok(place),
        }
    }

    /// Looks at the query until something else is due; how many rows it has, where the last look says it.
    async fn until_done(
        &self,
        rank: Rank,
        of: Asynchronous,
        query_id: &str,
    ) -> Result<(Due, Option<i64>), GenesysError> {
        let began = Instant::now();
        let elapsed_ms = || i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut asked = AsyncQuery::submitted(self.pace, rand::random::<f64>());
        let mut found = None;
        loop {
            let Due::Look { at_ms } = asked.due() else { return Ok((asked.due(), found)) };
            tokio::time::sleep_until(began + Duration::from_millis(at_ms.unsigned_abs())).await;
            match self.look(rank, of, query_id).await {
                Ok(status) => {
                    let Status { stage, progress, rows } = &status;
                    tracing::debug!(query_id, ?stage, progress, rows, "query looked at");
                    found = *rows;
                    asked.told(&status, elapsed_ms(), rand::random::<f64>());
                }
                Err(error) => {
                    let unanswered = asked.unanswered(elapsed_ms(), rand::random::<f64>());
                    if !may_be_fine(&error) || UNANSWERED_MAX <= unanswered {
                        return Err(of.page_refusal(error));
                    }
                    tracing::warn!(query_id, reason = causes(&error), unanswered, "a look at a query failed");
                }
            }
        }
    }

    async fn look(&self, rank: Rank, of: Asynchronous, query_id: &str) -> Result<Status, GenesysError> {
        let answer = self.client.get(rank, &of.status_target(query_id)).await?;
        Ok(of.read_status(&answer.body)?)
    }

    async fn read(
        &self,
        rank: Rank,
        of: Asynchronous,
        query: &Query,
        place: &Place,
        privacy: &Privacy,
    ) -> Result<Page, GenesysError> {
        let target = of.results_target(&place.query_id, place.page.as_deref(), query.page_size);
        let answer = self.client.get(rank, &target).await.map_err(|error| of.page_refusal(error))?;
        Ok(of.shape().read(&answer.body, query, privacy)?)
    }

    /// How many rows a partial result has, and where: it is not used, but never thrown away without saying so.
    async fn counted(&self, rank: Rank, of: Asynchronous, query: &Query, place: &Place) -> Extent {
        let mut extent = Extent::default();
        let mut place = Place { query_id: place.query_id.clone(), page: None, ..*place };
        for _ in 0..COUNTED_PAGES_MAX {
            match self.read(rank, of, query, &place, &Privacy::default()).await {
                Ok(page) => {
                    extent.add(&page.rows);
                    match page.next_token {
                        Some(next) => place.page = Some(next),
                        None => break,
                    }
                }
                Err(error) => {
                    let query_id = &place.query_id;
                    tracing::warn!(query_id, reason = causes(&error), "a partial result could not be counted whole");
                    break;
                }
            }
        }
        extent
    }

    fn check_bounds(&self, query: &Query, place: &Place, extent: &Extent) {
        let early = extent.first.is_some_and(|first| first < query.from - OUTSIDE_MS);
        let late = extent.last.is_some_and(|last| query.to + OUTSIDE_MS < last);
        if early || late {
            add(&self.client.counters().bounds_alerts, 1);
            let (first, last) = (extent.first.map(format_instant), extent.last.map(format_instant));
            let (from, to) = (format_instant(query.from), format_instant(query.to));
            let query_id = &place.query_id;
            tracing::warn!(query_id, from, to, first, last, "rows lie outside the bounds of their query");
        }
    }

    /// A client that may not delete reads all the same: the platform forgets its queries by itself, only later.
    async fn delete(&self, lane: Lane, rank: Rank, of: Asynchronous, query_id: &str) {
        self.opened()[lane as usize] = None;
        match self.client.delete(rank, &of.status_target(query_id)).await {
            Ok(_) => tracing::debug!(query_id, "query deleted"),
            Err(error) => tracing::info!(query_id, reason = causes(&error), "a query could not be deleted"),
        }
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, [Option<(Asynchronous, String)>; 2]> {
        // What is behind is plain data that no holder leaves half-changed.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place_of(text: &str) -> Result<Place, GenesysError> {
    let Some(PageToken { query_id, submitted_at, rows, found, page }) = PageToken::from_text(text) else {
        let message = "the stored page token is none of an asynchronous query".to_owned();
        return Err(GenesysError::TokenGone { told: Told { message, ..Told::default() } });
    };
    Ok(Place { query_id, submitted_at, rows, found, page: Some(page) })
}

/// Whether the query may be fine although it could not be looked at.
fn may_be_fine(error: &GenesysError) -> bool {
    error.is_passing() || matches!(error, GenesysError::BadBody(_))
}
