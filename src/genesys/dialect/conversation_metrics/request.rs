//! What is asked for, and where the next page may lie. Pure.

use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use super::super::facts::Facts;
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::wire::WireError;

/// Where pages are asked for, below `genesys.api.url`.
pub const PATH: &str = "/api/v2/analytics/conversations/details/query";

/// What the entities can say.
pub const FACTS: Facts = Facts {
    queue: false,
    agent: true,
    media: false,
    // Talk is what hold and after-call work leave of the handle time.
    parts: true,
    system_hold: false,
    agent_time: false,
    wait: false,
    wrapup_code: false,
    transfers: false,
    direction: false,
    conversation: true,
    positions: false,
    whole_conversations: false,
    native_count: false,
};

/// The columns asked for, as the platform names them in a request.
const COLUMNS: [&str; 7] = ["conversationId", "startTime", "endTime", "tHandle", "tAcw", "tHold", "agentId"];

/// One page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// First start, included.
    pub from: InstantMs,
    /// Last start; the server may include it.
    pub to: InstantMs,
    /// `extract.agent.filter`: only these agents; empty: all.
    pub agents: Vec<String>,
    /// The query of the next page's address, as [`next_page`] gives it; `None` for the first page.
    pub token: Option<String>,
}

#[derive(Serialize)]
struct Body {
    interval: &'static str,
    date_from: String,
    date_to: String,
    select: [&'static str; 7],
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Value>,
}

/// The request's path, with the query that the last page named.
#[must_use]
pub fn request_target(query: &PageQuery) -> String {
    match &query.token {
        Some(token) => format!("{PATH}?{token}"),
        None => PATH.to_owned(),
    }
}

/// The request's body as JSON: the same for every page of a query.
///
/// # Panics
/// Never: text always serializes.
#[must_use]
pub fn request_body(query: &PageQuery) -> String {
    let body = Body {
        interval: "PT30M",
        date_from: format_instant(query.from),
        date_to: format_instant(query.to),
        select: COLUMNS,
        filter: (!query.agents.is_empty()).then(|| json!({"agentId": {"in": query.agents}})),
    };
    serde_json::to_string(&body).expect("text and lists of it always serialize")
}

/// The page token in a `next_page_uri`: its query. `api_url` is `genesys.api.url`, below which the last page was asked
/// for; the address may be relative to that.
///
/// # Errors
/// When it lies elsewhere, where the login must not be sent, or names no page.
pub fn next_page(uri: &str, api_url: &Url) -> Result<String, WireError> {
    let mut asked = api_url.clone();
    asked.set_path(&format!("{}{PATH}", api_url.path().trim_end_matches('/')));
    asked.set_query(None);
    let elsewhere = || WireError::NextPageElsewhere { uri: uri.chars().take(200).collect(), asked: asked.to_string() };
    let next = asked.join(uri).map_err(|_| elsewhere())?;
    // Behind a gateway the platform may leave out the gateway's own part of the path.
    let same_path = next.path() == asked.path() || next.path() == PATH;
    if next.origin() != asked.origin() || !same_path {
        return Err(elsewhere());
    }
    match next.query() {
        Some(query) if !query.is_empty() => Ok(query.to_owned()),
        _ => Err(elsewhere()),
    }
}
