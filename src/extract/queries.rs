//! Asks what is answered later: submits, looks until it is done, reads a page. Edge.
//!
//! All of the waiting for one page is inside one future, which may be dropped at any time: the table of queries knows what
//! stands at the platform, and the next one who asks for the same goes on with it. Queries that are over are deleted by
//! whoever tends the table (`extract::tending`), so that no page waits for that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::extent::Extent;
use crate::domain::causes::causes;
use crate::domain::time::{DurationMs, InstantMs, format_instant};
use crate::genesys::client::GenesysClient;
use crate::genesys::counters::add;
use crate::genesys::dialect::asynchronous::Asynchronous;
use crate::genesys::dialect::shape::Query;
use crate::genesys::error::{GenesysError, Told};
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::flights::{Flights, InFlight, Task, Wants};
use crate::genesys::query::machine::{Due, Pace, Status, UNANSWERED_MAX};
use crate::genesys::query::token::PageToken;
use crate::genesys::wire::{Drift, Page};

/// Pages of a partial result that are read to count its rows. Too small: the count is only a beginning; too large: a
/// server that goes in circles is read for long.
const COUNTED_PAGES_MAX: u32 = 10_000;

/// Asks for the pages of asynchronous queries.
#[derive(Debug)]
pub struct Queries {
    client: Arc<GenesysClient>,
    // The table's time is counted from here.
    began: Instant,
    flights: Mutex<Flights>,
    // What looks have shown that no one knows.
    drift: Mutex<Drift>,
    // A query was submitted: there is something to store, and the next ones may follow.
    changed: Notify,
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

impl Queries {
    /// Asks with `client`, and looks at the pace given; at most `most` queries stand at the platform at once that were
    /// submitted ahead of their turn, the one that is read among them.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, pace: Pace, most: usize) -> Queries {
        let flights = Mutex::new(Flights::new(pace, most));
        Queries { client, began: Instant::now(), flights, drift: Mutex::default(), changed: Notify::new() }
    }

    /// The page that `query` names, and the platform's instant at which its query was submitted: what it speaks for. The
    /// first page of a query waits until the query is done; one that stands at the platform already under the text
    /// `asked` is not submitted again.
    ///
    /// # Errors
    /// [`GenesysError::TooMuch`] when the platform found only a part, or took too long; [`GenesysError::QueryFailed`] when
    /// it came to nothing; [`GenesysError::TokenGone`] when the query or its page is gone; else as requests fail.
    pub async fn page(
        &self,
        rank: Rank,
        of: Asynchronous,
        query: &Query,
        asked: &str,
        privacy: &Privacy,
    ) -> Result<(Page, InstantMs), GenesysError> {
        let place = match query.token.as_deref() {
            None => self.begin(rank, of, query, asked).await?,
            Some(text) => self.go_on(of, query, asked, place_of(text)?),
        };
        let read = self.read(rank, of, query, &place, privacy).await;
        let mut page = read.inspect_err(|error| {
            // Of a query that stands the same page can be had later. Any other refusal may be its end.
            if !error.is_passing() {
                self.flights().over(&place.query_id);
            }
        })?;
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
                self.flights().over(&place.query_id);
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

    /// Submits a query, which stands in the table from then on.
    pub(super) async fn submit(
        &self,
        rank: Rank,
        of: Asynchronous,
        query: &Query,
        asked: &str,
    ) -> Result<InFlight, GenesysError> {
        let (path, body) = of.submission(query);
        let answer = self.client.submit(rank, path, body).await?;
        let submitted = in_flight(of, query, asked, of.submitted_id(&answer.body)?, answer.sent_at);
        self.flights().submitted(submitted.clone(), self.now_ms(), self.client.chance());
        self.changed.notify_one();
        let (from, to) = (format_instant(query.from), format_instant(query.to));
        tracing::debug!(query_id = submitted.query_id, from, to, "query submitted");
        Ok(submitted)
    }

    /// A submission ahead of its turn failed.
    pub(super) fn not_submitted(&self, error: &GenesysError) {
        tracing::warn!(reason = causes(error), "a query could not be submitted ahead of its turn");
        self.flights().refused(error.retry_after_ms(), self.now_ms(), self.client.chance());
    }

    /// There is nothing to ask for under that text.
    pub(super) fn nothing_to_ask(&self, asked: &str) {
        self.flights().nothing_to_ask(asked);
    }

    /// Looks how far a query is.
    ///
    /// # Errors
    /// When it is not known any more, or too many looks in a row got no answer: the query is over.
    pub(super) async fn look(&self, rank: Rank, of: Asynchronous, query_id: &str) -> Result<(), GenesysError> {
        match self.status(rank, of, query_id).await {
            Ok(status) => {
                let Status { stage, progress, rows, drift } = &status;
                // A query may take a day: whoever waits for it sees that it gets on.
                tracing::info!(query_id, ?stage, progress, rows, "query looked at");
                self.drifted(drift);
                self.flights().told(query_id, &status, self.now_ms(), self.client.chance());
                Ok(())
            }
            Err(error) => {
                let (at_least_ms, chance) = (error.retry_after_ms(), self.client.chance());
                let unanswered = self.flights().unanswered(query_id, at_least_ms, self.now_ms(), chance);
                if error.leaves_open() && unanswered < UNANSWERED_MAX {
                    tracing::warn!(query_id, reason = causes(&error), unanswered, "a look at a query failed");
                    return Ok(());
                }
                self.flights().over(query_id);
                Err(of.page_refusal(error))
            }
        }
    }

    /// Deletes a query. A client that may not delete reads all the same: the platform forgets its queries by itself, only
    /// later.
    pub(super) async fn delete(&self, rank: Rank, of: Asynchronous, query_id: &str) {
        match self.client.delete(rank, &of.status_target(query_id)).await {
            Ok(_) => {
                tracing::debug!(query_id, "query deleted");
                self.flights().gone(query_id);
            }
            Err(error) if error.is_passing() => {
                tracing::info!(query_id, reason = causes(&error), "a query could not be deleted yet");
                let (at_least_ms, chance) = (error.retry_after_ms(), self.client.chance());
                self.flights().not_deleted(query_id, at_least_ms, self.now_ms(), chance);
            }
            Err(error) => {
                tracing::info!(query_id, reason = causes(&error), "a query could not be deleted");
                self.flights().gone(query_id);
            }
        }
    }

    /// A query that this program cannot ask about: it is left to the platform.
    pub(super) fn forget(&self, query_id: &str) {
        self.flights().gone(query_id);
    }

    /// Takes in what an earlier program left at the platform.
    pub fn adopt(&self, left: &[InFlight]) {
        self.flights().adopt(left, self.client.now(), self.now_ms());
    }

    /// Only these queries are known to whoever goes on.
    pub fn keep_only(&self, known: &[InFlight]) {
        self.flights().keep_only(known);
    }

    /// Takes in what is to stand at the platform from now on.
    pub fn want(&self, wants: Wants) {
        self.flights().want(wants);
    }

    /// What is to be done with the table now, and the instant of what comes later.
    #[must_use]
    pub fn next_task(&self) -> Task {
        self.flights().next(self.now_ms())
    }

    /// The instant that the table's time means.
    #[must_use]
    pub fn instant(&self, at_ms: DurationMs) -> Instant {
        self.began + Duration::from_millis(u64::try_from(at_ms).unwrap_or(0))
    }

    /// How many queries may stand at the platform ahead of the one that is read.
    #[must_use]
    pub fn ahead_max(&self) -> usize {
        self.flights().ahead_max()
    }

    /// Whether a query of that text stands at the platform.
    #[must_use]
    pub fn stands(&self, asked: &str) -> bool {
        self.flights().stands(asked)
    }

    /// Waits until a query was submitted since the last time.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// All queries that stand at the platform.
    #[must_use]
    pub fn in_flight(&self) -> Vec<InFlight> {
        self.flights().all()
    }

    /// What looks have shown since the last call that no one knows.
    #[must_use]
    pub fn take_drift(&self) -> Drift {
        std::mem::take(&mut *self.drift.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until the first page of the query can be read; submits it if nobody has.
    async fn begin(&self, rank: Rank, of: Asynchronous, query: &Query, asked: &str) -> Result<Place, GenesysError> {
        let known = self.flights().taken(asked);
        let InFlight { query_id, submitted_at, .. } = match known {
            Some(known) => known,
            None => {
                let submitted = self.submit(rank, of, query, asked).await?;
                self.flights().taken(asked).unwrap_or(submitted)
            }
        };
        let (from, to) = (format_instant(query.from), format_instant(query.to));
        let due = self.until_done(rank, of, &query_id).await?;
        let place = Place { found: self.flights().found(&query_id), query_id, submitted_at, rows: 0, page: None };
        let query_id = &place.query_id;
        match due {
            Due::Count => {
                let extent = self.counted(rank, of, query, &place).await;
                let told = |at: Option<InstantMs>| at.map_or_else(|| "nowhere".to_owned(), format_instant);
                let (rows, first, last) = (extent.rows, told(extent.first), told(extent.last));
                tracing::warn!(query_id, from, to, rows, first, last, "the platform found only a part of the rows");
                self.flights().over(query_id);
                let reason =
                    format!("query {query_id} is partial: {rows} rows, the first at {first}, the last at {last}");
                Err(GenesysError::TooMuch { reason })
            }
            Due::TooLong => {
                tracing::warn!(query_id, from, to, "the query took too long");
                self.flights().over(query_id);
                let hours = self.flights().pace().limit_ms / 3_600_000;
                Err(GenesysError::TooMuch { reason: format!("query {query_id} was not done within {hours} h") })
            }
            Due::Failed { reason } => {
                self.flights().over(query_id);
                Err(GenesysError::QueryFailed { reason: format!("query {query_id} is {reason}") })
            }
            Due::Read | Due::Look { .. } => Ok(place),
        }
    }

    /// Goes on with a query whose first page was read, perhaps by an earlier program.
    fn go_on(&self, of: Asynchronous, query: &Query, asked: &str, place: Place) -> Place {
        let known = in_flight(of, query, asked, place.query_id.clone(), place.submitted_at);
        self.flights().reading(known, self.now_ms());
        place
    }

    /// Looks at the query until something else is due.
    async fn until_done(&self, rank: Rank, of: Asynchronous, query_id: &str) -> Result<Due, GenesysError> {
        loop {
            let Some(due) = self.flights().due_of(query_id) else {
                return Err(gone("the query is not known any more"));
            };
            let Due::Look { at_ms } = due else { return Ok(due) };
            tokio::time::sleep_until(self.instant(at_ms)).await;
            // Who tends the table may have looked meanwhile.
            if self.flights().due_of(query_id) == Some(Due::Look { at_ms }) {
                self.look(rank, of, query_id).await?;
            }
        }
    }

    async fn status(&self, rank: Rank, of: Asynchronous, query_id: &str) -> Result<Status, GenesysError> {
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
        if extent.is_outside(query.from, query.to) {
            add(&self.client.counters().bounds_alerts, 1);
            let (first, last) = (extent.first.map(format_instant), extent.last.map(format_instant));
            let (from, to) = (format_instant(query.from), format_instant(query.to));
            let query_id = &place.query_id;
            tracing::warn!(query_id, from, to, first, last, "rows lie outside the bounds of their query");
        }
    }

    fn drifted(&self, seen: &Drift) {
        let mut drift = self.drift.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, count) in &seen.unknown {
            Drift::count(&mut drift.unknown, path, *count);
        }
    }

    fn now_ms(&self) -> DurationMs {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn flights(&self) -> std::sync::MutexGuard<'_, Flights> {
        // What is behind is plain data that no holder leaves half-changed.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_flight(of: Asynchronous, query: &Query, asked: &str, query_id: String, submitted_at: InstantMs) -> InFlight {
    let (dialect, asked) = (of.dialect().word().to_owned(), asked.to_owned());
    InFlight { query_id, dialect, from: query.from, to: query.to, asked, submitted_at }
}

fn gone(message: &str) -> GenesysError {
    GenesysError::TokenGone { told: Told { message: message.to_owned(), ..Told::default() } }
}

fn place_of(text: &str) -> Result<Place, GenesysError> {
    let Some(PageToken { query_id, submitted_at, rows, found, page }) = PageToken::from_text(text) else {
        return Err(gone("the stored page token is none of an asynchronous query"));
    };
    Ok(Place { query_id, submitted_at, rows, found, page: Some(page) })
}
