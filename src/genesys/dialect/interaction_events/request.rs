//! What is asked for, and what a refusal of it means. Pure.

use super::super::facts::Facts;
use crate::domain::time::{DurationMs, InstantMs, format_instant};
use crate::genesys::error::Told;

/// Where pages are asked for, below `genesys.api.url`.
pub const PATH: &str = "/api/v2/analytics/interactions/detail";

/// Twenty-four hours: a cursor's life. An older one may lead to stale or partial pages without saying so.
pub const CURSOR_LIFE_MS: DurationMs = 86_400_000;

/// What the events can say.
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
    direction: false,
    conversation: true,
    positions: true,
    whole_conversations: true,
    // The summary.
    native_count: true,
};

/// One page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// First start, included.
    pub from: InstantMs,
    /// Last start that is wanted.
    pub to: InstantMs,
    /// How far beyond `to` events are asked for.
    pub forward_buffer_ms: DurationMs,
    /// The one type that the source partition reads; `None`: every.
    pub type_word: Option<String>,
    /// Most interactions a page.
    pub page_size: u32,
    /// The last page's cursor; `None` for the first page of a query.
    pub token: Option<String>,
}

/// The request's path and query.
#[must_use]
pub fn request_target(query: &PageQuery) -> String {
    let until = query.to.saturating_add(query.forward_buffer_ms);
    let mut target = url::form_urlencoded::Serializer::new(String::new());
    target
        .append_pair("view", "interactionDetail")
        .append_pair("since", &format_instant(query.from))
        .append_pair("until", &format_instant(until))
        .append_pair("pageSize", &query.page_size.to_string())
        .append_pair("cursor", query.token.as_deref().unwrap_or(""));
    if let Some(word) = &query.type_word {
        target.append_pair("type", word);
    }
    format!("{PATH}?{}", target.finish())
}

/// Whether a refused request was refused for its cursor.
#[must_use]
pub fn is_cursor_gone(told: &Told, with_cursor: bool) -> bool {
    let named = ["cursor", "Cursor", "nextPageToken", "page token"].iter().any(|word| told.names(word));
    with_cursor && told.status == 400 && named
}
