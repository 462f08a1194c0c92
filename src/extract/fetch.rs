//! Asks for the page that the plan wants, in the configured dialect. Edge.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::normalize::status_from_word;
use super::plan::{Ask, Lane};
use crate::domain::media::MediaType;
use crate::domain::time::InstantMs;
use crate::genesys::client::GenesysClient;
use crate::genesys::dialect::interaction_details::{self, Columns, PageQuery};
use crate::genesys::error::GenesysError;
use crate::genesys::limiter::Rank;
use crate::genesys::wire::{Drift, Page, RowRead};

/// A page and the platform's instant at which it was asked for.
#[derive(Debug)]
pub struct Fetched {
    /// What was asked.
    pub ask: Ask,
    /// The request's body.
    pub request: String,
    /// What came back.
    pub outcome: Result<(Page, InstantMs), GenesysError>,
}

/// Fetches pages for both lanes.
#[derive(Debug)]
pub struct Fetcher {
    client: Arc<GenesysClient>,
    status_filter: Option<String>,
    page_size: u32,
    guide_columns_only: AtomicBool,
    answered: AtomicBool,
}

impl Fetcher {
    /// A fetcher that asks with `client`.
    #[must_use]
    pub fn new(client: Arc<GenesysClient>, status_filter: Option<String>, page_size: u32) -> Fetcher {
        Fetcher {
            client,
            status_filter,
            page_size,
            guide_columns_only: AtomicBool::new(false),
            answered: AtomicBool::new(false),
        }
    }

    /// Whether any page was ever answered: before that, a refusal means that the settings are wrong.
    #[must_use]
    pub fn ever_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }

    /// Fetches one page. Safe to drop half-way; the page token is lost then.
    pub async fn fetch(&self, lane: Lane, ask: Ask) -> Fetched {
        let narrow = self.guide_columns_only.load(Ordering::Acquire);
        let query = PageQuery {
            from: ask.from,
            to: ask.to,
            status_filter: self.status_filter.clone(),
            columns: if narrow { Columns::Guide } else { Columns::All },
            page_size: self.page_size,
            token: ask.token.clone(),
        };
        let request = interaction_details::request_body(&query);
        let rank = if lane == Lane::Fresh { Rank::First } else { Rank::Later };
        let outcome = self.client.post(rank, interaction_details::PATH, request.clone()).await;
        let outcome = match outcome {
            Ok(answer) => interaction_details::read_page(&answer.body, query.columns)
                .map(|page| (with_word_drift(page), answer.sent_at))
                .map_err(GenesysError::from),
            Err(error) => Err(self.narrowed(query.columns, error)),
        };
        if outcome.is_ok() {
            self.answered.store(true, Ordering::Release);
        }
        Fetched { ask, request, outcome }
    }

    /// A refusal that is due to a column which a server need not have makes all later requests ask for fewer.
    fn narrowed(&self, columns: Columns, error: GenesysError) -> GenesysError {
        match error {
            // A server that never answered may refuse without naming the column.
            GenesysError::BadRequest { told }
                if columns.refused_by(&told)
                    || (columns == Columns::All && told.status == 400 && !self.ever_answered()) =>
            {
                self.guide_columns_only.store(true, Ordering::Release);
                GenesysError::ColumnsRefused { told }
            }
            other => other,
        }
    }
}

/// Counts status and type words that no one knows, as drift of the page.
fn with_word_drift(mut page: Page) -> Page {
    let mut words = Vec::new();
    for row in &page.rows {
        let RowRead::Row(row) = row else { continue };
        if let Some(word) = row.status_word.as_deref().filter(|word| status_from_word(word).is_none()) {
            words.push(format!("status={word}"));
        }
        let unmapped =
            |word: &&str| MediaType::from_word(word) == MediaType::Unknown && !word.eq_ignore_ascii_case("transfer");
        if let Some(word) = row.type_word.as_deref().filter(unmapped) {
            words.push(format!("type={word}"));
        }
    }
    for word in words {
        Drift::count(&mut page.drift.unknown, &word, 1);
    }
    page
}
