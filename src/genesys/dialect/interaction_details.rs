//! The flat rows of `POST /api/v2/analytics/interactions/details`: one row a leg, page tokens of single use. Pure.
//!
//! `dateRange` selects by the row's start; rows are sorted by start, then id. A server may take `to` as included or
//! not: the reader leaves rows at or after `to` to the next slice, so neither loses anything. A page token works once
//! and is gone after any answer but 200; the one who asks then begins again at the last published instant.

use serde::Serialize;

use super::facts::Facts;
use crate::domain::selection::{Dimension, Group};
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::error::Told;
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::{self, Page, WireError};

/// Where pages are asked for, below `genesys.api.url`.
pub const PATH: &str = "/api/v2/analytics/interactions/details";

/// What the rows can say; wait, transfers, wrap-up code and conversation only where the server has those columns.
pub const FACTS: Facts = Facts {
    queue: true,
    agent: true,
    media: true,
    parts: true,
    system_hold: false,
    agent_time: true,
    wait: true,
    wrapup_code: true,
    transfers: true,
    direction: false,
    conversation: true,
    positions: false,
    whole_conversations: false,
    native_count: true,
};

/// The columns that every server of this dialect has.
const GUIDE_COLUMNS: [&str; 11] = [
    "id",
    "type",
    "status",
    "queueId",
    "agentId",
    "talkDuration",
    "holdDuration",
    "wrapUpDuration",
    "agentDuration",
    "startTimestamp",
    "endTimestamp",
];

/// Columns that a server may have besides.
const OPTIONAL_COLUMNS: [&str; 5] = ["conversationId", "waitDuration", "wrapUpCode", "transfers", "agentWrapTimestamp"];

/// Which columns are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// All that the reader understands.
    All,
    /// Only those that every server has: after a server refused one of the others.
    Guide,
}

impl Columns {
    /// The names, in the order in which they are asked for.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let mut names = GUIDE_COLUMNS.to_vec();
        if self == Columns::All {
            names.extend(OPTIONAL_COLUMNS);
        }
        names
    }

    /// Whether a refusal names one of the columns that a server need not have.
    #[must_use]
    pub fn refused_by(self, told: &Told) -> bool {
        self == Columns::All && OPTIONAL_COLUMNS.iter().any(|name| told.names(name))
    }
}

/// One page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// First start, included.
    pub from: InstantMs,
    /// Last start; the server may include it.
    pub to: InstantMs,
    /// `extract.status.filter`: one status, or several separated by commas.
    pub status_filter: Option<String>,
    /// What the source partition reads; `None`: everything.
    pub filter: Option<Group>,
    /// What is asked of each row.
    pub columns: Columns,
    /// Most rows a page.
    pub page_size: u32,
    /// The last page's token; `None` for the first page of a query.
    pub token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    view: &'static str,
    date_range: DateRange,
    filters: Vec<Filter<'a>>,
    select: Vec<&'static str>,
    group_by: [&'static str; 0],
    size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<&'a str>,
}

#[derive(Serialize)]
struct DateRange {
    from: String,
    to: String,
    timezone: &'static str,
}

#[derive(Serialize)]
struct Filter<'a> {
    dimension: &'static str,
    operator: &'static str,
    value: Vec<&'a str>,
}

/// The request's body as JSON.
///
/// # Panics
/// Never: text and numbers always serialize.
#[must_use]
pub fn request_body(query: &PageQuery) -> String {
    let statuses: Vec<&str> = query
        .status_filter
        .iter()
        .flat_map(|words| words.split(','))
        .map(str::trim)
        .filter(|w| !w.is_empty())
        .collect();
    let operator = |values: &[&str]| if values.len() == 1 { "equal" } else { "in" };
    let status = Filter { dimension: "status", operator: operator(&statuses), value: statuses };
    let part = query.filter.as_ref().map(|group| {
        let dimension = match group.dimension {
            Dimension::Media => "type",
            Dimension::Queue => "queueId",
        };
        let value: Vec<&str> = group.values.iter().map(String::as_str).collect();
        Filter { dimension, operator: operator(&value), value }
    });
    let filters = [status].into_iter().chain(part).filter(|filter| !filter.value.is_empty()).collect();
    let body = Body {
        view: "interactionDetails",
        date_range: DateRange { from: format_instant(query.from), to: format_instant(query.to), timezone: "UTC" },
        filters,
        select: query.columns.names(),
        group_by: [],
        size: query.page_size,
        next_page_token: query.token.as_deref(),
    };
    serde_json::to_string(&body).expect("text, numbers and lists of them always serialize")
}

/// Reads an answer; of what is personal only what `privacy` allows is kept.
///
/// # Errors
/// When the body as a whole is not a page. A row that cannot be read is a part of the page instead.
pub fn read_page(body: &[u8], columns: Columns, privacy: &Privacy) -> Result<Page, WireError> {
    wire::read_page(body, &columns.names(), privacy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_instant;

    fn query() -> PageQuery {
        PageQuery {
            from: parse_instant("2024-01-01T00:00:00Z").unwrap(),
            to: parse_instant("2024-01-01T00:30:00Z").unwrap(),
            status_filter: None,
            filter: None,
            columns: Columns::All,
            page_size: 1000,
            token: None,
        }
    }

    fn body(query: &PageQuery) -> serde_json::Value {
        serde_json::from_str(&request_body(query)).unwrap()
    }

    #[test]
    fn the_request_is_the_guides_without_a_status_filter_and_with_an_explicit_zone() {
        let body = body(&query());
        assert_eq!(body["view"], "interactionDetails");
        assert_eq!(body["dateRange"]["from"], "2024-01-01T00:00:00.000Z");
        assert_eq!(body["dateRange"]["to"], "2024-01-01T00:30:00.000Z");
        assert_eq!(body["dateRange"]["timezone"], "UTC");
        assert_eq!(body["filters"], serde_json::json!([]));
        assert_eq!(body["groupBy"], serde_json::json!([]));
        assert_eq!(body["size"], 1000);
        assert!(body.get("nextPageToken").is_none());
        let select = body["select"].as_array().unwrap();
        assert_eq!(select.len(), 16);
        assert!(!select.contains(&"handleTime".into()), "the platform's own handle time includes system hold");
    }

    #[test]
    fn the_status_filter_and_the_token_go_into_the_body() {
        let mut query = query();
        query.status_filter = Some("completed".to_owned());
        query.token = Some("t-1".to_owned());
        query.columns = Columns::Guide;
        let one = body(&query);
        let filter = serde_json::json!([{"dimension": "status", "operator": "equal", "value": ["completed"]}]);
        assert_eq!(one["filters"], filter);
        assert_eq!(one["nextPageToken"], "t-1");
        assert_eq!(one["select"].as_array().unwrap().len(), 11);
        query.status_filter = Some("completed, abandoned".to_owned());
        assert_eq!(body(&query)["filters"][0]["operator"], "in");
        assert_eq!(body(&query)["filters"][0]["value"], serde_json::json!(["completed", "abandoned"]));
    }

    #[test]
    fn a_part_of_the_interactions_is_asked_for_by_type_or_queue() {
        let group = |dimension, values: &[&str]| Group::new(dimension, values.iter().map(|value| (*value).to_owned()));
        let mut query = query();
        query.status_filter = Some("completed".to_owned());
        query.filter = Some(group(Dimension::Media, &["voice"]));
        let voice = serde_json::json!({"dimension": "type", "operator": "equal", "value": ["voice"]});
        assert_eq!(body(&query)["filters"][1], voice);
        query.filter = Some(group(Dimension::Queue, &["q-2", "q-1"]));
        let queues = serde_json::json!({"dimension": "queueId", "operator": "in", "value": ["q-1", "q-2"]});
        assert_eq!(body(&query)["filters"][1], queues);
    }

    #[test]
    fn only_a_refusal_that_names_an_optional_column_asks_for_fewer() {
        let told = |message: &str| Told { status: 400, message: message.to_owned(), ..Told::default() };
        assert!(Columns::All.refused_by(&told("unknown column agentWrapTimestamp in select")));
        assert!(!Columns::All.refused_by(&told("the interval is too long")));
        assert!(!Columns::Guide.refused_by(&told("unknown column wrapUpCode")));
    }
}
