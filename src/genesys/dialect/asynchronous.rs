//! The shapes whose queries are answered later: how each is submitted, looked at, read and deleted. Pure.

use super::shape::{Query, Shape};
use super::{conversation_jobs, report_queries};
use crate::domain::media::Dialect;
use crate::domain::time::InstantMs;
use crate::genesys::error::GenesysError;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::Status;
use crate::genesys::query::token::PageToken;
use crate::genesys::wire::{Page, WireError};

/// A shape of asynchronous queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asynchronous {
    /// Flat rows.
    ReportQueries,
    /// The platform's conversations.
    ConversationJobs,
}

impl Asynchronous {
    /// The shape that this is the asking of.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Asynchronous::ReportQueries => Shape::ReportQueries,
            Asynchronous::ConversationJobs => Shape::ConversationJobs,
        }
    }

    /// Its dialect.
    #[must_use]
    pub fn dialect(self) -> Dialect {
        match self {
            Asynchronous::ReportQueries => Dialect::ReportQueries,
            Asynchronous::ConversationJobs => Dialect::ConversationJobs,
        }
    }

    /// The shape of a dialect's word; `None` when that dialect answers at once, or is not known.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Asynchronous> {
        [Asynchronous::ReportQueries, Asynchronous::ConversationJobs].into_iter().find(|of| of.dialect().word() == word)
    }

    /// Path and body of the request that submits `query`.
    #[must_use]
    pub fn submission(self, query: &Query) -> (&'static str, String) {
        match self {
            Asynchronous::ReportQueries => {
                let bounds = (query.from, query.to);
                report_queries::submission(bounds, &select(query), query.filter.as_ref(), query.limit_rows)
            }
            Asynchronous::ConversationJobs => {
                conversation_jobs::submission(query.from, query.to, query.filter.as_ref())
            }
        }
    }

    /// The id in the answer to a submission; it can stand in a path.
    ///
    /// # Errors
    /// When there is none.
    pub fn submitted_id(self, body: &[u8]) -> Result<String, WireError> {
        match self {
            Asynchronous::ReportQueries => report_queries::submitted_id(body),
            Asynchronous::ConversationJobs => conversation_jobs::submitted_id(body),
        }
    }

    /// Where the state is asked for, and where the query is deleted.
    #[must_use]
    pub fn status_target(self, id: &str) -> String {
        match self {
            Asynchronous::ReportQueries => report_queries::status_target(id),
            Asynchronous::ConversationJobs => conversation_jobs::status_target(id),
        }
    }

    /// Reads the answer to a look.
    ///
    /// # Errors
    /// When it says no state.
    pub fn read_status(self, body: &[u8]) -> Result<Status, WireError> {
        match self {
            Asynchronous::ReportQueries => report_queries::read_status(body),
            Asynchronous::ConversationJobs => conversation_jobs::read_status(body),
        }
    }

    /// Where a page is asked for; `page` of `None` is the first.
    #[must_use]
    pub fn results_target(self, id: &str, page: Option<&str>, page_size: u32) -> String {
        match self {
            Asynchronous::ReportQueries => report_queries::results_target(id, page),
            Asynchronous::ConversationJobs => conversation_jobs::results_target(id, page, page_size),
        }
    }

    /// Reads a page; its token is the platform's own.
    ///
    /// # Errors
    /// When the body as a whole is not a page.
    pub fn read_page(self, body: &[u8], query: &Query, privacy: &Privacy) -> Result<Page, WireError> {
        match self {
            Asynchronous::ReportQueries => report_queries::read_page(body, &select(query), privacy),
            Asynchronous::ConversationJobs => conversation_jobs::read_page(body, privacy),
        }
    }

    /// Most rows that the query asks for: as many mean that there are more.
    #[must_use]
    pub fn limit_rows(self, query: &Query) -> Option<i64> {
        match self {
            Asynchronous::ReportQueries => Some(query.limit_rows),
            Asynchronous::ConversationJobs => None,
        }
    }

    /// Whether the platform promises that rows lie within the bounds, so that others show that it read them otherwise.
    #[must_use]
    pub fn keeps_bounds(self) -> bool {
        self == Asynchronous::ReportQueries
    }

    /// The request that leads to the page which `query` names: the submission, or the page itself.
    #[must_use]
    pub fn request_text(self, query: &Query) -> String {
        match query.token.as_deref().and_then(PageToken::from_text) {
            None => self.submission(query).1,
            Some(token) => self.results_target(&token.query_id, Some(&token.page), query.page_size),
        }
    }

    /// A refused page: the query or its token is gone, whatever status says so.
    #[must_use]
    pub fn page_refusal(self, error: GenesysError) -> GenesysError {
        match error {
            GenesysError::BadRequest { told } => GenesysError::TokenGone { told },
            other => other,
        }
    }
}

/// Where the instant is asked for up to which the shape has everything, in a shape that is behind.
#[must_use]
pub fn availability_path(of: Asynchronous) -> Option<&'static str> {
    (of == Asynchronous::ConversationJobs).then_some(conversation_jobs::AVAILABILITY_PATH)
}

/// Reads the answer to [`availability_path`].
///
/// # Errors
/// When it says no instant.
pub fn read_availability(body: &[u8]) -> Result<InstantMs, WireError> {
    conversation_jobs::read_availability(body)
}

fn select(query: &Query) -> report_queries::Select<'_> {
    report_queries::Select { columns: query.columns, attributes: &query.attributes }
}
