//! Asks for the page that the plan wants, in the configured dialect. Edge.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::narrow::{Narrowed, narrowed};
use super::pace::LOOK_BACK_MS;
use super::plan::{Ask, Lane};
use super::queries::Queries;
use super::reach::{Availability, Reach};
use super::source_offset::Kind as ReadingKind;
use super::tending::text_of;
use crate::domain::reference::Kind;
use crate::domain::selection::{Group, Selection};
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs};
use crate::genesys::client::GenesysClient;
use crate::genesys::dialect::asynchronous::read_availability;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Request, Shape};
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::Pace;
use crate::genesys::reference::cache::NameCache;
use crate::genesys::wire::{Page, RowRead, media_drift, status_from_word, word_drift};

/// A page and the platform's instant at which it was asked for.
#[derive(Debug)]
pub struct Fetched {
    /// What was asked.
    pub ask: Ask,
    /// What was sent: the request's body, or its path with the query.
    pub request: String,
    /// What came back.
    pub outcome: Result<(Page, InstantMs), GenesysError>,
}

/// How later readings ask, where they ask otherwise.
#[derive(Clone, Copy, Debug)]
pub struct AskedAgain {
    /// Their shape.
    pub shape: Shape,
    /// Its rows a page.
    pub page_size: u32,
    /// Younger revisits ask as first readings do.
    pub from_age_ms: DurationMs,
}

/// What every page of a source is asked with.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// The dialect's shape.
    pub shape: Shape,
    /// The shape of second and later readings, where it is another, and its rows a page.
    pub revisit: Option<AskedAgain>,
    /// What the source partition reads.
    pub selection: Selection,
    /// `extract.status.filter`.
    pub status_filter: Option<String>,
    /// `extract.agent.filter`.
    pub agents: Vec<String>,
    /// `extract.page.size`.
    pub page_size: u32,
    /// `extract.forward.buffer.ms`.
    pub forward_buffer_ms: DurationMs,
    /// `privacy.*`.
    pub privacy: Privacy,
    /// What has names: what stands on interactions, and what is published besides.
    pub named: Vec<Kind>,
    /// `extract.query.limit.rows`.
    pub limit_rows: i64,
    /// `extract.query.poll.ms`: how often asynchronous queries are looked at.
    pub pace: Pace,
    /// The task's share of `extract.query.in.flight.max`.
    pub in_flight_max: usize,
}

impl FetchSettings {
    /// The shape that a reading asks in, and its rows a page.
    #[must_use]
    pub fn asks(&self, kind: ReadingKind) -> (Shape, u32) {
        let again = self.revisit.filter(|again| kind.is_at_least(again.from_age_ms));
        again.map_or((self.shape, self.page_size), |again| (again.shape, again.page_size))
    }
}

/// Fetches pages for both lanes.
#[derive(Debug)]
pub struct Fetcher {
    pub(super) client: Arc<GenesysClient>,
    pub(super) settings: FetchSettings,
    names: Arc<NameCache>,
    pub(super) queries: Queries,
    availability: Availability,
    // What the query under way of each lane asks for; a page token goes on with that.
    narrowed: [Mutex<Option<Group>>; 2],
    guide_columns_only: AtomicBool,
    answered: AtomicBool,
    // Whether it was said that volumes cannot be checked.
    unchecked: AtomicBool,
}

impl Fetcher {
    /// A fetcher that asks with `client`; `names` are the organisation's, whichever source partition asks.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, settings: FetchSettings, names: Arc<NameCache>) -> Fetcher {
        Fetcher {
            queries: Queries::new(Arc::clone(&client), settings.pace, settings.in_flight_max),
            client,
            settings,
            names,
            availability: Availability::default(),
            narrowed: Default::default(),
            guide_columns_only: AtomicBool::new(false),
            answered: AtomicBool::new(false),
            unchecked: AtomicBool::new(false),
        }
    }

    /// The names of the organisation.
    #[must_use]
    pub fn names(&self) -> &NameCache {
        &self.names
    }

    /// Whether any page was ever answered: before that, a refusal means that the settings are wrong.
    #[must_use]
    pub fn ever_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }

    /// The shape that a reading asks in.
    #[must_use]
    pub fn shape(&self, kind: ReadingKind) -> Shape {
        self.settings.asks(kind).0
    }

    /// The shapes that are asked in: that of first readings, and that of later ones, which may be another.
    #[must_use]
    pub fn shapes(&self) -> [Shape; 2] {
        let first = self.settings.shape;
        [first, self.settings.revisit.map_or(first, |again| again.shape)]
    }

    /// Up to when a shape may ask; what was heard longer than `age_max` ago does not count.
    #[must_use]
    pub fn reach(&self, shape: Shape, age_max: Duration) -> Reach {
        match shape.availability_path() {
            None => Reach::Clock,
            Some(_) => self.availability.reach(age_max),
        }
    }

    /// Asks how far the platform's lake is, for a lane that reads from it.
    ///
    /// # Errors
    /// As [`GenesysError`] says.
    pub async fn ask_reach(&self, lane: Lane) -> Result<(), GenesysError> {
        let Some(path) = self.shapes().into_iter().find_map(Shape::availability_path) else { return Ok(()) };
        let rank = if lane == Lane::Fresh { Rank::First } else { Rank::Later };
        let answer = self.client.get(rank, path).await?;
        self.availability.heard(read_availability(&answer.body)?);
        Ok(())
    }

    /// Fetches one page, and the names of the ids in it. Safe to drop half-way; a page token of single use is lost then.
    pub async fn fetch(&self, lane: Lane, ask: Ask) -> Fetched {
        let shape = self.shape(ask.kind);
        let mut query = self.query(&ask);
        let rank = if lane == Lane::Fresh { Rank::First } else { Rank::Later };
        let part = self.part(ask.kind);
        let narrowed = self.narrow(lane, (rank, shape), &mut query, part).await;
        let request = shape.request(&query);
        // At the end of a slice it is asked how dense the traffic is; a short one says it itself.
        let is_last = lane == Lane::Fresh && ask.to == ask.slice.to && LOOK_BACK_MS < ask.to - ask.slice.from;
        let look_back = Query { from: ask.to - LOOK_BACK_MS, ..query.clone() };
        let outcome = match narrowed {
            Ok(None) => self.page((rank, shape), (&query, part), &request, Some(look_back).filter(|_| is_last)).await,
            Ok(Some(asked_at)) => Ok((Page { total: Some(0), ..Page::default() }, asked_at)),
            Err(error) => Err(error),
        };
        Fetched { ask, request: request.text().to_owned(), outcome }
    }

    /// The query of a page, which is not narrowed yet.
    pub(super) fn query(&self, ask: &Ask) -> Query {
        let narrow = self.guide_columns_only.load(Ordering::Acquire);
        Query {
            from: ask.from,
            to: ask.to,
            token: ask.token.clone(),
            page_size: self.settings.asks(ask.kind).1,
            status_filter: self.settings.status_filter.clone(),
            filter: None,
            agents: self.settings.agents.clone(),
            columns: if narrow { Columns::Guide } else { Columns::All },
            forward_buffer_ms: self.forward_buffer_ms(ask),
            attributes: self.settings.privacy.attributes().map(str::to_owned).collect(),
            limit_rows: self.settings.limit_rows,
        }
    }

    /// What a reading is of. What a comparison found to be lost may be of any part.
    pub(super) fn part(&self, kind: ReadingKind) -> &Selection {
        if kind == ReadingKind::Retry { &Selection::All } else { &self.settings.selection }
    }

    /// Makes the query ask for what the source partition reads; the instant of asking when that is nothing.
    async fn narrow(
        &self,
        lane: Lane,
        (rank, shape): (Rank, Shape),
        query: &mut Query,
        part: &Selection,
    ) -> Result<Option<InstantMs>, GenesysError> {
        let kept = || self.narrowed[lane as usize].lock().unwrap_or_else(PoisonError::into_inner);
        let stands = |of| self.queries.stands(&text_of(of, part, query));
        if query.token.is_none() && shape.asynchronous().is_some_and(stands) {
            // It was narrowed when it was submitted.
            *kept() = None;
        } else if query.token.is_none() {
            let asked_at = self.client.now();
            match narrowed(&self.client, rank, shape, query, (part, &self.settings.privacy)).await? {
                Narrowed::To(filter) => *kept() = filter,
                Narrowed::Nothing => return Ok(Some(asked_at)),
            }
        }
        query.filter.clone_from(&kept());
        Ok(None)
    }

    /// How far beyond the slice its events are asked for. A server may cut them off there, so a later reading asks as
    /// far as its age lets it: what outlasted the first reading's buffer is whole in the end.
    fn forward_buffer_ms(&self, ask: &Ask) -> DurationMs {
        // Whole hours, so that the pages of one query are asked for with the same end.
        let up_to_now_ms = self.client.now().div_euclid(HOUR_MS) * HOUR_MS - ask.to;
        let later_ms = match ask.kind {
            ReadingKind::First => 0,
            ReadingKind::Revisit { age_ms } => age_ms.max(up_to_now_ms),
            ReadingKind::OpenDay { .. } | ReadingKind::Retry => up_to_now_ms,
        };
        self.settings.forward_buffer_ms.max(later_ms)
    }

    async fn page(
        &self,
        (rank, shape): (Rank, Shape),
        (query, part): (&Query, &Selection),
        request: &Request,
        look_back: Option<Query>,
    ) -> Result<(Page, InstantMs), GenesysError> {
        // Before the page, so that a list which cannot be had costs no page token.
        self.names.prepare(&self.client, rank).await?;
        let asked = match shape.asynchronous() {
            Some(of) => self.queries.page(rank, of, query, &text_of(of, part, query), &self.settings.privacy).await,
            None => self.answered_at_once(rank, shape, query, request).await,
        };
        let (page, asked_at) = asked.map_err(|error| self.refusal(shape, query, error))?;
        let mut page = with_word_drift(page);
        self.answered.store(true, Ordering::Release);
        page = shape.whole(page, query)?;
        if let Some(said) = page.next_token.take() {
            page.next_token = Some(shape.next_token(said, self.client.api_url())?);
        }
        if page.next_token.is_none() {
            page.starts = self.volume(rank, shape, query, part).await?;
            page.recent = match look_back.filter(|_| page.starts.is_some()) {
                Some(look_back) => self.volume(rank, shape, &look_back, part).await?,
                None => None,
            };
        }
        page.names = self.names.names_for(&self.client, rank, &page.rows).await?;
        let speaks_for = page.speaks_for.map_or(asked_at, |at| at.min(asked_at));
        Ok((page, speaks_for))
    }

    async fn answered_at_once(
        &self,
        rank: Rank,
        shape: Shape,
        query: &Query,
        request: &Request,
    ) -> Result<(Page, InstantMs), GenesysError> {
        let answer = self.client.ask(rank, request).await?;
        Ok((shape.read(&answer.body, query, &self.settings.privacy)?, answer.sent_at))
    }

    /// How many interactions the platform counts in the query's time, where a dialect asks for that apart. A server that
    /// has no such answer is not checked; one that fails to answer is asked again with the page.
    async fn volume(
        &self,
        rank: Rank,
        shape: Shape,
        query: &Query,
        part: &Selection,
    ) -> Result<Option<i64>, GenesysError> {
        let Some(target) = shape.volume_target(query) else { return Ok(None) };
        match self.client.get(rank, &target).await {
            Ok(answer) => Ok(shape.read_volumes(&answer.body)?.of(part)),
            Err(GenesysError::BadRequest { told } | GenesysError::Forbidden { told, .. }) => {
                if !self.unchecked.swap(true, Ordering::AcqRel) {
                    tracing::warn!(%told, "the platform gives no volume to check what is read against");
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A refusal as the dialect means it. One that is due to a column which a server need not have makes all later
    /// requests ask for fewer.
    fn refusal(&self, shape: Shape, query: &Query, error: GenesysError) -> GenesysError {
        match shape.refusal(error, query) {
            GenesysError::BadRequest { told } if shape.refuses_columns(&told, query.columns, self.ever_answered()) => {
                self.guide_columns_only.store(true, Ordering::Release);
                GenesysError::ColumnsRefused { told }
            }
            other => other,
        }
    }
}

/// Counts status and type words of flat rows that no one knows, as drift of the page.
fn with_word_drift(mut page: Page) -> Page {
    for row in &page.rows {
        let RowRead::Row(row) = row else { continue };
        if let Some(word) = row.status_word.as_deref().filter(|word| status_from_word(word).is_none()) {
            word_drift(&mut page.drift, "status", word);
        }
        if let Some(word) = row.type_word.as_deref().filter(|word| !word.eq_ignore_ascii_case("transfer")) {
            media_drift(&mut page.drift, "type", word);
        }
    }
    page
}
