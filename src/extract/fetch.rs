//! Asks for the page that the plan wants, in the configured dialect. Edge.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pace::LOOK_BACK_MS;
use super::plan::{Ask, Lane};
use super::source_offset::Kind as ReadingKind;
use crate::domain::media::MediaType;
use crate::domain::reference::Kind;
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs};
use crate::genesys::client::GenesysClient;
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::dialect::shape::{Query, Request, Shape};
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::privacy::Privacy;
use crate::genesys::reference::cache::NameCache;
use crate::genesys::wire::{Page, RowRead, status_from_word, word_drift};

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

/// What every page of a source is asked with.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// The dialect's shape.
    pub shape: Shape,
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
    /// `reference.refresh.interval.ms`.
    pub names_age_ms: DurationMs,
}

/// Fetches pages for both lanes.
#[derive(Debug)]
pub struct Fetcher {
    client: Arc<GenesysClient>,
    settings: FetchSettings,
    names: NameCache,
    guide_columns_only: AtomicBool,
    answered: AtomicBool,
    // Whether it was said that volumes cannot be checked.
    unchecked: AtomicBool,
}

impl Fetcher {
    /// A fetcher that asks with `client`.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, settings: FetchSettings) -> Fetcher {
        Fetcher {
            client,
            names: NameCache::new(settings.named.clone(), settings.names_age_ms),
            settings,
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

    /// Fetches one page, and the names of the ids in it. Safe to drop half-way; a page token of single use is lost then.
    pub async fn fetch(&self, lane: Lane, ask: Ask) -> Fetched {
        let narrow = self.guide_columns_only.load(Ordering::Acquire);
        let query = Query {
            from: ask.from,
            to: ask.to,
            token: ask.token.clone(),
            page_size: self.settings.page_size,
            status_filter: self.settings.status_filter.clone(),
            agents: self.settings.agents.clone(),
            columns: if narrow { Columns::Guide } else { Columns::All },
            forward_buffer_ms: self.forward_buffer_ms(&ask),
        };
        let request = self.settings.shape.request(&query);
        let rank = if lane == Lane::Fresh { Rank::First } else { Rank::Later };
        // At the end of a slice it is asked how dense the traffic is; a short one says it itself.
        let is_last = lane == Lane::Fresh && ask.to == ask.slice.to && LOOK_BACK_MS < ask.to - ask.slice.from;
        let look_back = Query { from: ask.to - LOOK_BACK_MS, ..query.clone() };
        let outcome = self.page(rank, &query, &request, Some(look_back).filter(|_| is_last)).await;
        Fetched { ask, request: request.text().to_owned(), outcome }
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
        rank: Rank,
        query: &Query,
        request: &Request,
        look_back: Option<Query>,
    ) -> Result<(Page, InstantMs), GenesysError> {
        // Before the page, so that a list which cannot be had costs no page token.
        self.names.prepare(&self.client, rank).await?;
        let answer = match request {
            Request::Get { target } => self.client.get(rank, target).await,
            Request::Post { path, body } => self.client.post(rank, path, body.clone()).await,
            Request::PostTo { target, body } => self.client.post(rank, target, body.clone()).await,
        };
        let answer = answer.map_err(|error| self.refusal(query, error))?;
        let mut page = with_word_drift(self.settings.shape.read(&answer.body, query, &self.settings.privacy)?);
        self.answered.store(true, Ordering::Release);
        page = self.settings.shape.whole(page, query)?;
        if let Some(said) = page.next_token.take() {
            page.next_token = Some(self.settings.shape.next_token(said, self.client.api_url())?);
        }
        if page.next_token.is_none() {
            page.starts = self.volume(rank, query).await?;
            page.recent = match look_back.filter(|_| page.starts.is_some()) {
                Some(look_back) => self.volume(rank, &look_back).await?,
                None => None,
            };
        }
        page.names = self.names.names_for(&self.client, rank, &page.rows).await?;
        let speaks_for = page.speaks_for.map_or(answer.sent_at, |at| at.min(answer.sent_at));
        Ok((page, speaks_for))
    }

    /// How many interactions the platform counts in the query's time, where a dialect asks for that apart. A server that
    /// has no such answer is not checked; one that fails to answer is asked again with the page.
    async fn volume(&self, rank: Rank, query: &Query) -> Result<Option<i64>, GenesysError> {
        let Some(target) = self.settings.shape.volume_target(query) else { return Ok(None) };
        match self.client.get(rank, &target).await {
            Ok(answer) => Ok(self.settings.shape.read_volume(&answer.body)?),
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
    fn refusal(&self, query: &Query, error: GenesysError) -> GenesysError {
        match self.settings.shape.refusal(error, query) {
            // A server that never answered may refuse without naming the column.
            GenesysError::BadRequest { told }
                if self.settings.shape == Shape::InteractionDetails
                    && (query.columns.refused_by(&told)
                        || (query.columns == Columns::All && told.status == 400 && !self.ever_answered())) =>
            {
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
        let unmapped =
            |word: &&str| MediaType::from_word(word) == MediaType::Unknown && !word.eq_ignore_ascii_case("transfer");
        if let Some(word) = row.type_word.as_deref().filter(unmapped) {
            word_drift(&mut page.drift, "type", word);
        }
    }
    page
}
