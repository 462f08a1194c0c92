//! The shapes that this program reads: how each is asked, read and resumed. Pure.

use url::Url;

use super::asynchronous::{Asynchronous, availability_path};
use super::conversation_details;
use super::conversation_jobs;
use super::conversation_metrics;
use super::facts::Facts;
use super::interaction_details::{self, Columns};
use super::interaction_events;
pub use super::interaction_events::summary::Volumes;
use super::permission;
use super::report_queries::{self, Select};
use crate::domain::media::Dialect;
use crate::domain::selection::Group;
use crate::domain::time::{DurationMs, InstantMs};
use crate::genesys::error::{GenesysError, Told};
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::allow::Allowed;
use crate::genesys::wire::flat::FLAT_ROW;
use crate::genesys::wire::minimise::minimised;
use crate::genesys::wire::{Page, RowRead, WireError};

/// A dialect that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Flat rows, one a leg.
    InteractionDetails,
    /// Event streams, one a conversation.
    InteractionEvents,
    /// The platform's conversations.
    ConversationDetails,
    /// Flat rows, found later.
    ReportQueries,
    /// The platform's conversations, out of its lake.
    ConversationJobs,
    /// Each agent's part of a conversation.
    ConversationMetrics,
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
    /// `extract.agent.filter`.
    pub agents: Vec<String>,
    /// What is asked of each flat row.
    pub columns: Columns,
    /// `extract.forward.buffer.ms`.
    pub forward_buffer_ms: DurationMs,
    /// `privacy.attributes.allowed`.
    pub attributes: Vec<String>,
    /// `extract.query.limit.rows`.
    pub limit_rows: i64,
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
        /// Path, and a query where there is one.
        target: String,
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
            Dialect::ReportQueries => Some(Shape::ReportQueries),
            Dialect::ConversationJobs => Some(Shape::ConversationJobs),
            Dialect::ConversationMetrics => Some(Shape::ConversationMetrics),
            Dialect::Unknown => None,
        }
    }

    /// What its answers can say.
    #[must_use]
    pub fn facts(self) -> Facts {
        match self {
            Shape::InteractionDetails => interaction_details::FACTS,
            Shape::InteractionEvents => interaction_events::FACTS,
            Shape::ConversationDetails => conversation_details::FACTS,
            Shape::ReportQueries => report_queries::FACTS,
            Shape::ConversationJobs => conversation_jobs::FACTS,
            Shape::ConversationMetrics => conversation_metrics::FACTS,
        }
    }

    /// How it is asked when its answers come later; `None` when they come at once.
    #[must_use]
    pub fn asynchronous(self) -> Option<Asynchronous> {
        match self {
            Shape::ReportQueries => Some(Asynchronous::ReportQueries),
            Shape::ConversationJobs => Some(Asynchronous::ConversationJobs),
            Shape::InteractionDetails
            | Shape::InteractionEvents
            | Shape::ConversationDetails
            | Shape::ConversationMetrics => None,
        }
    }

    /// Where the instant is asked for up to which the platform has everything, in a shape that is behind; nothing is
    /// asked for beyond it.
    #[must_use]
    pub fn availability_path(self) -> Option<&'static str> {
        self.asynchronous().and_then(availability_path)
    }

    /// The request for a page. One that is answered later is the submission; its pages are gets.
    #[must_use]
    pub fn request(self, query: &Query) -> Request {
        let Query { from, to, page_size, columns, forward_buffer_ms, .. } = *query;
        let token = query.token.clone();
        match self {
            Shape::InteractionDetails => {
                let (status_filter, filter) = (query.status_filter.clone(), query.filter.clone());
                let page =
                    interaction_details::PageQuery { from, to, status_filter, filter, columns, page_size, token };
                Request::Post {
                    target: interaction_details::PATH.to_owned(),
                    body: interaction_details::request_body(&page),
                }
            }
            Shape::InteractionEvents => {
                let type_word = query.filter.as_ref().and_then(|group| group.values.first().cloned());
                let page = interaction_events::PageQuery { from, to, forward_buffer_ms, type_word, page_size, token };
                Request::Get { target: interaction_events::request_target(&page) }
            }
            Shape::ConversationDetails => {
                let page = conversation_query(query);
                Request::Post {
                    target: conversation_details::PATH.to_owned(),
                    body: conversation_details::request_body(&page),
                }
            }
            Shape::ReportQueries => later(Asynchronous::ReportQueries, query),
            Shape::ConversationJobs => later(Asynchronous::ConversationJobs, query),
            Shape::ConversationMetrics => {
                let page = conversation_metrics::PageQuery { from, to, agents: query.agents.clone(), token };
                let target = conversation_metrics::request_target(&page);
                Request::Post { target, body: conversation_metrics::request_body(&page) }
            }
        }
    }

    /// What one interaction of an answer may hold.
    fn allowed(self) -> &'static Allowed {
        match self {
            Shape::InteractionDetails => &FLAT_ROW,
            Shape::InteractionEvents => &interaction_events::INTERACTION,
            Shape::ConversationDetails | Shape::ConversationJobs => &conversation_details::CONVERSATION,
            Shape::ReportQueries => &report_queries::ROW,
            Shape::ConversationMetrics => &conversation_metrics::ENTITY,
        }
    }

    /// Reads the answer to `query`. Of what is personal only what `privacy` allows is kept, also of interactions that
    /// cannot be read.
    ///
    /// # Errors
    /// When the body as a whole is not a page.
    pub fn read(self, body: &[u8], query: &Query, privacy: &Privacy) -> Result<Page, WireError> {
        let mut page = match self {
            Shape::InteractionDetails => interaction_details::read_page(body, query.columns, privacy),
            Shape::InteractionEvents => interaction_events::read_page(body, privacy),
            Shape::ConversationDetails => conversation_details::read_page(body, &conversation_query(query), privacy),
            Shape::ConversationMetrics => conversation_metrics::read_page(body, privacy),
            Shape::ReportQueries => Asynchronous::ReportQueries.read_page(body, query, privacy),
            Shape::ConversationJobs => Asynchronous::ConversationJobs.read_page(body, query, privacy),
        }?;
        if self == Shape::InteractionEvents && interaction_events::has_come_past(&page.rows, query.to) {
            page.next_token = None;
        }
        for row in &mut page.rows {
            if let RowRead::Malformed(row) = row {
                row.json = minimised(&row.json, self.allowed(), privacy);
            }
        }
        Ok(page)
    }

    /// Where the number of interactions in the query's time is asked for, in dialects whose pages do not say it.
    #[must_use]
    pub fn volume_target(self, query: &Query) -> Option<String> {
        match self {
            Shape::InteractionEvents => Some(interaction_events::summary::request_target(query.from, query.to)),
            Shape::InteractionDetails
            | Shape::ConversationDetails
            | Shape::ConversationMetrics
            | Shape::ReportQueries
            | Shape::ConversationJobs => None,
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
            Shape::InteractionDetails
            | Shape::InteractionEvents
            | Shape::ConversationDetails
            | Shape::ReportQueries
            | Shape::ConversationJobs => true,
            Shape::ConversationMetrics => false,
        }
    }

    /// The shape whose pages count how many interactions a query of this one selects; `None` when none does.
    #[must_use]
    pub fn counted_as(self) -> Option<Shape> {
        match self {
            Shape::InteractionDetails | Shape::ConversationDetails => Some(self),
            // Both select by the days on which conversations start.
            Shape::ConversationJobs => Some(Shape::ConversationDetails),
            Shape::InteractionEvents | Shape::ConversationMetrics | Shape::ReportQueries => None,
        }
    }

    /// A refusal of `query` as this dialect means it: one that is due to the token says so.
    #[must_use]
    pub fn refusal(self, error: GenesysError, query: &Query) -> GenesysError {
        let told = match error {
            GenesysError::BadRequest { told } => told,
            GenesysError::Forbidden { told, .. } => {
                return GenesysError::Forbidden { told, help: permission::help(self) };
            }
            other => return other,
        };
        let is_token = match self {
            Shape::InteractionEvents => interaction_events::is_cursor_gone(&told, query.token.is_some()),
            // Who asks for the pages of asynchronous queries knows which request was refused.
            Shape::InteractionDetails | Shape::ConversationMetrics | Shape::ReportQueries | Shape::ConversationJobs => {
                false
            }
            Shape::ConversationDetails if conversation_details::is_too_much(&told, &conversation_query(query)) => {
                return GenesysError::TooMuch { reason: told.to_string() };
            }
            Shape::ConversationDetails => {
                conversation_details::is_past_the_last_page(&told, &conversation_query(query))
            }
        };
        if is_token { GenesysError::TokenGone { told } } else { GenesysError::BadRequest { told } }
    }

    /// Whether the platform promises that rows lie within the bounds, so that others show that it read them otherwise.
    #[must_use]
    pub fn keeps_bounds(self) -> bool {
        self.asynchronous().is_some_and(Asynchronous::keeps_bounds)
    }

    /// Refuses a first page whose query selects more than the platform gives: nothing of it is worth publishing.
    ///
    /// # Errors
    /// [`GenesysError::TooMuch`] then.
    pub fn whole(self, page: Page, query: &Query) -> Result<Page, GenesysError> {
        let reason = match self {
            Shape::ConversationDetails => conversation_details::too_many(page.total, &conversation_query(query)),
            _ => None,
        };
        match reason {
            Some(reason) => Err(GenesysError::TooMuch { reason }),
            None => Ok(page),
        }
    }

    /// The token of the next page, where an answer names the page by its address; `api_url` is `genesys.api.url`.
    ///
    /// # Errors
    /// When the address lies elsewhere.
    pub fn next_token(self, said: String, api_url: &Url) -> Result<String, WireError> {
        match self {
            Shape::ConversationMetrics => conversation_metrics::next_page(&said, api_url),
            _ => Ok(said),
        }
    }

    /// How long a page token is good for; an older one is not used any more. `None`: the platform says when it is gone.
    #[must_use]
    pub fn token_life_ms(self) -> Option<DurationMs> {
        (self == Shape::InteractionEvents).then_some(interaction_events::CURSOR_LIFE_MS)
    }

    /// Whether the same page may be asked for again after a failure of this class; else the query begins anew at the
    /// last published instant.
    #[must_use]
    pub fn token_survives(self, failure_class: &str) -> bool {
        let passing = ["rate_limited", "unavailable", "transient", "auth_expired"];
        let durable = self == Shape::ConversationDetails || self.token_survives_restart();
        durable && passing.contains(&failure_class)
    }

    /// Whether a restarted source may go on with the page token of the one before.
    #[must_use]
    pub fn token_survives_restart(self) -> bool {
        self.asynchronous().is_some()
    }

    /// Whether a refusal means that a server does not have one of the columns that it need not have; `answered` tells
    /// whether it ever answered: one that did not may refuse without naming the column.
    #[must_use]
    pub fn refuses_columns(self, told: &Told, columns: Columns, answered: bool) -> bool {
        let unnamed = columns == Columns::All && told.status == 400 && !answered;
        match self {
            Shape::InteractionDetails => unnamed || columns.refused_by(told),
            Shape::ReportQueries => unnamed || Select { columns, attributes: &[] }.refused_by(told),
            Shape::InteractionEvents
            | Shape::ConversationDetails
            | Shape::ConversationMetrics
            | Shape::ConversationJobs => false,
        }
    }
}

fn later(of: Asynchronous, query: &Query) -> Request {
    let text = of.request_text(query);
    if query.token.is_some() {
        Request::Get { target: text }
    } else {
        Request::Post { target: of.submission(query).0.to_owned(), body: text }
    }
}

fn conversation_query(query: &Query) -> conversation_details::PageQuery {
    let Query { from, to, page_size, .. } = *query;
    conversation_details::PageQuery { from, to, filter: query.filter.clone(), page_size, token: query.token.clone() }
}
