//! What is asked for, and what a refusal of it means. Pure.

use serde::Serialize;

use super::super::facts::Facts;
use crate::domain::selection::{Dimension, Group};
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::error::Told;

/// Where pages are asked for, below `genesys.api.url`.
pub const PATH: &str = "/api/v2/analytics/conversations/details/query";

/// Results that one query can be paged through.
const RESULTS_MAX: i64 = 100_000;

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
    /// What the source partition reads; `None`: everything.
    pub filter: Option<Group>,
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
struct Body<'a> {
    interval: String,
    order: &'static str,
    order_by: &'static str,
    paging: Paging,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segment_filters: Vec<SegmentFilter<'a>>,
}

/// Lets conversations through of which a segment satisfies a predicate.
#[derive(Serialize)]
pub(crate) struct SegmentFilter<'a> {
    r#type: &'static str,
    predicates: Vec<Predicate<'a>>,
}

#[derive(Serialize)]
struct Predicate<'a> {
    r#type: &'static str,
    dimension: &'static str,
    operator: &'static str,
    value: &'a str,
}

/// The filters of a body that asks for a group, empty for everything.
pub(crate) fn segment_filters(filter: Option<&Group>) -> Vec<SegmentFilter<'_>> {
    let Some(group) = filter else { return Vec::new() };
    let dimension = match group.dimension {
        Dimension::Media => "mediaType",
        Dimension::Queue => "queueId",
    };
    let predicate = |value| Predicate { r#type: "dimension", dimension, operator: "matches", value };
    let predicates = group.values.iter().map(|value| predicate(value.as_str())).collect();
    vec![SegmentFilter { r#type: "or", predicates }]
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
        segment_filters: segment_filters(query.filter.as_ref()),
    };
    serde_json::to_string(&body).expect("text and numbers always serialize")
}

/// Whether a page was refused because it lies behind the last that the platform gives of one query.
#[must_use]
pub fn is_past_the_last_page(told: &Told, query: &PageQuery) -> bool {
    1 < query.page_number() && names_the_limit(told)
}

/// Whether a query was refused as a whole, because it selects more than the platform gives.
#[must_use]
pub fn is_too_much(told: &Told, query: &PageQuery) -> bool {
    query.page_number() == 1 && names_the_limit(told)
}

fn names_the_limit(told: &Told) -> bool {
    told.status == 400 && ["100000", "100,000", "agination", "smaller interval"].iter().any(|word| told.names(word))
}

/// Why a query whose first page came cannot be read to its end, by the number of its results; `None` when it can.
#[must_use]
pub fn too_many(total: Option<i64>, query: &PageQuery) -> Option<String> {
    let total = total.filter(|total| query.page_number() == 1 && RESULTS_MAX < *total)?;
    Some(format!("{total} results, and {RESULTS_MAX} of one query can be paged through"))
}
