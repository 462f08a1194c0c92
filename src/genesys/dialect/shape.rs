//! The shapes that this program reads: how each is asked, read and resumed. Pure.

use super::conversation_details;
use super::facts::Facts;
use super::interaction_details::{self, Columns};
use super::interaction_events;
pub use super::interaction_events::summary::Volumes;
use crate::domain::media::Dialect;
use crate::domain::selection::Group;
use crate::domain::time::{DurationMs, InstantMs};
use crate::genesys::contact_hash::ContactHash;
use crate::genesys::error::GenesysError;
use crate::genesys::wire::{Page, WireError};

/// A dialect that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Flat rows, one a leg.
    InteractionDetails,
    /// Event streams, one a conversation.
    InteractionEvents,
    /// The platform's conversations.
    ConversationDetails,
}

/// One page to ask for, in any dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// First start, included.
    pub from: InstantMs,
    /// Last start; the server may include it.
    pub to: InstantMs,
    /// Where the page begins; `None` begins a query.
    pub token: Option<String>,
    /// Most rows a page.
    pub page_size: u32,
    /// `extract.status.filter`.
    pub status_filter: Option<String>,
    /// What of the interactions is asked for; `None`: everything.
    pub filter: Option<Group>,
    /// What is asked of each flat row.
    pub columns: Columns,
    /// `extract.forward.buffer.ms`.
    pub forward_buffer_ms: DurationMs,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A GET of a path with its query.
    Get {
        /// Path and query.
        target: String,
    },
    /// A POST of a JSON body.
    Post {
        /// Path.
        path: &'static str,
        /// Body.
        body: String,
    },
}

impl Request {
    /// What tells this request from others: the body, or the path with its query.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Request::Get { target } => target,
            Request::Post { body, .. } => body,
        }
    }
}

impl Shape {
    /// The shape of a dialect; `None` when it is not built.
    #[must_use]
    pub fn of(dialect: Dialect) -> Option<Shape> {
        match dialect {
            Dialect::InteractionDetails => Some(Shape::InteractionDetails),
            Dialect::InteractionEvents => Some(Shape::InteractionEvents),
            Dialect::ConversationDetails => Some(Shape::ConversationDetails),
            Dialect::ConversationMetrics | Dialect::ReportQueries | Dialect::ConversationJobs | Dialect::Unknown => {
                None
            }
        }
    }

    /// What its answers can say.
    #[must_use]
    pub fn facts(self) -> Facts {
        match self {
            Shape::InteractionDetails => interaction_details::FACTS,
            Shape::InteractionEvents => interaction_events::FACTS,
            Shape::ConversationDetails => conversation_details::FACTS,
        }
    }

    /// The request for a page.
    #[must_use]
    pub fn request(self, query: &Query) -> Request {
        let Query { from, to, page_size, columns, forward_buffer_ms, .. } = *query;
        let token = query.token.clone();
        match self {
            Shape::InteractionDetails => {
                let (status_filter, filter) = (query.status_filter.clone(), query.filter.clone());
                let page =
                    interaction_details::PageQuery { from, to, status_filter, filter, columns, page_size, token };
                Request::Post { path: interaction_details::PATH, body: interaction_details::request_body(&page) }
            }
            Shape::InteractionEvents => {
                let type_word = query.filter.as_ref().and_then(|group| group.values.first().cloned());
                let page = interaction_events::PageQuery { from, to, forward_buffer_ms, type_word, page_size, token };
                Request::Get { target: interaction_events::request_target(&page) }
            }
            Shape::ConversationDetails => {
                let page = conversation_query(query);
                Request::Post { path: conversation_details::PATH, body: conversation_details::request_body(&page) }
            }
        }
    }

    /// Reads the answer to `query`; with `contact_hash` the customers of dialects that name them are hashed.
    ///
    /// # Errors
    /// When the body as a whole is not a page.
    pub fn read(self, body: &[u8], query: &Query, contact_hash: Option<&ContactHash>) -> Result<Page, WireError> {
        match self {
            Shape::InteractionDetails => interaction_details::read_page(body, query.columns),
            Shape::InteractionEvents => interaction_events::read_page(body),
            Shape::ConversationDetails => {
                conversation_details::read_page(body, &conversation_query(query), contact_hash)
            }
        }
    }

    /// Where the number of interactions in the query's time is asked for, in dialects whose pages do not say it.
    #[must_use]
    pub fn volume_target(self, query: &Query) -> Option<String> {
        match self {
            Shape::InteractionEvents => Some(interaction_events::summary::request_target(query.from, query.to)),
            Shape::InteractionDetails | Shape::ConversationDetails => None,
        }
    }

    /// Reads the answer to [`Shape::volume_target`].
    ///
    /// # Errors
    /// When the body is no such answer.
    pub fn read_volumes(self, body: &[u8]) -> Result<Volumes, WireError> {
        interaction_events::summary::read_volumes(body)
    }

    /// Whether requests can ask for a part of the interactions.
    #[must_use]
    pub fn filters(self) -> bool {
        match self {
            Shape::InteractionDetails | Shape::InteractionEvents | Shape::ConversationDetails => true,
        }
    }

    /// A refusal of `query` as this dialect means it: one that is due to the token says so.
    #[must_use]
    pub fn refusal(self, error: GenesysError, query: &Query) -> GenesysError {
        let GenesysError::BadRequest { told } = error else { return error };
        let is_token = match self {
            Shape::InteractionDetails => false,
            Shape::InteractionEvents => interaction_events::is_cursor_gone(&told, query.token.is_some()),
            Shape::ConversationDetails => {
                conversation_details::is_past_the_last_page(&told, &conversation_query(query))
            }
        };
        if is_token { GenesysError::TokenGone { told } } else { GenesysError::BadRequest { told } }
    }

    /// Whether the same page may be asked for again after a failure of this class; else the query begins anew at the
    /// last published instant.
    #[must_use]
    pub fn token_survives(self, failure_class: &str) -> bool {
        let passing = ["rate_limited", "unavailable", "transient", "auth_expired"];
        self == Shape::ConversationDetails && passing.contains(&failure_class)
    }
}

fn conversation_query(query: &Query) -> conversation_details::PageQuery {
    let Query { from, to, page_size, .. } = *query;
    conversation_details::PageQuery { from, to, filter: query.filter.clone(), page_size, token: query.token.clone() }
}
