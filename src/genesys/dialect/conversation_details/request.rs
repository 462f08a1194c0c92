//! What is asked for, and what a refusal of it means. Pure.

use serde::Serialize;

use super::super::facts::Facts;
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::error::Told;

/// Where pages are asked for, below `genesys.api.url`.
pub const PATH: &str = "/api/v2/analytics/conversations/details/query";

/// Results that the platform gives of one query, over all pages.
pub const RESULTS_MAX: i64 = 100_000;

/// What the records can say.
pub const FACTS: Facts = Facts {
    queue: true,
    agent: true,
    media: true,
    parts: true,
    system_hold: true,
    agent_time: false,
    wait: true,
    wrapup_code: true,
    transfers: true,
    direction: true,
    conversation: true,
    positions: true,
    whole_conversations: true,
    native_count: true,
};

/// One page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// First start, included.
    pub from: InstantMs,
    /// Last start; the server may include it.
    pub to: InstantMs,
    /// Most conversations a page.
    pub page_size: u32,
    /// The page's number as text; `None` for the first.
    pub token: Option<String>,
}

impl PageQuery {
    /// The page's number, from 1.
    #[must_use]
    pub fn page_number(&self) -> i64 {
        self.token.as_deref().and_then(|token| token.parse().ok()).filter(|number| 0 < *number).unwrap_or(1)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    interval: String,
    order: &'static str,
    order_by: &'static str,
    paging: Paging,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Paging {
    page_size: u32,
    page_number: i64,
}

/// The request's body as JSON.
///
/// # Panics
/// Never: text and numbers always serialize.
#[must_use]
pub fn request_body(query: &PageQuery) -> String {
    let body = Body {
        interval: format!("{}/{}", format_instant(query.from), format_instant(query.to)),
        order: "asc",
        order_by: "conversationStart",
        paging: Paging { page_size: query.page_size, page_number: query.page_number() },
    };
    serde_json::to_string(&body).expect("text and numbers always serialize")
}

/// Whether a page was refused because it lies behind the last that the platform gives of one query.
#[must_use]
pub fn is_past_the_last_page(told: &Told, query: &PageQuery) -> bool {
    let named = ["100000", "100,000", "agination"].iter().any(|word| told.names(word));
    told.status == 400 && 1 < query.page_number() && named
}

/// What shows on the first page of a query that its last ones will be refused; `None`: all of it can be had.
#[must_use]
pub fn too_many(total: Option<i64>, query: &PageQuery) -> Option<String> {
    let total = total.filter(|total| RESULTS_MAX < *total && query.page_number() == 1)?;
    Some(format!("the query has {total} results, and the platform gives {RESULTS_MAX}"))
}
