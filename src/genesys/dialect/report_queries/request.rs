//! What is asked for: the query, its state, a page of its rows. Pure.

use serde::{Deserialize, Serialize};

use super::super::facts::Facts;
use crate::domain::selection::{Dimension, Group};
use crate::domain::time::{InstantMs, format_instant};
use crate::genesys::dialect::interaction_details::Columns;
use crate::genesys::error::Told;
use crate::genesys::query::token::is_id;
use crate::genesys::wire::WireError;

/// Where queries are submitted, below `genesys.api.url`.
const SUBMIT_PATH: &str = "/api/v2/analytics/conversations/details/query";

/// Where they live.
const PATH: &str = "/api/v2/analytics/report-queries";

/// What the rows can say; agent, queue, parts and wrap-up code only where the server has those columns.
pub const FACTS: Facts = Facts {
    queue: true,
    agent: true,
    media: true,
    parts: true,
    system_hold: false,
    agent_time: false,
    wait: true,
    wrapup_code: true,
    transfers: false,
    direction: false,
    conversation: true,
    positions: false,
    whole_conversations: false,
    native_count: true,
};

/// The columns that every server of this dialect has.
const GUIDE_COLUMNS: [&str; 6] = [
    "interaction.id",
    "interaction.type",
    "conversation.id",
    "timestamp",
    "metrics.queuetime.ms",
    "metrics.handledtime.ms",
];

/// Columns that a server may have besides.
const OPTIONAL_COLUMNS: [&str; 7] = [
    "agent.id",
    "routing.queue.id",
    "metrics.talktime.ms",
    "metrics.holdtime.ms",
    "metrics.wraptime.ms",
    "wrapup.code",
    "conversation.end",
];

/// What the paths of attributes begin with.
const ATTRIBUTES: &str = "attributes.custom";

/// What is asked of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Select<'a> {
    /// All columns that the reader understands, or those that every server has.
    pub columns: Columns,
    /// `privacy.attributes.allowed`: custom attributes besides, by their names. Never all of them: the platform writes
    /// every column that a wildcard matches into the result, and fails when they are too large.
    pub attributes: &'a [String],
}

impl Select<'_> {
    /// The paths, in the order in which they are asked for.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let attributes = self.attributes.iter().map(|name| format!("{ATTRIBUTES}.{name}"));
        self.columns().into_iter().map(str::to_owned).chain(attributes).collect()
    }

    /// The same without attributes.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static str> {
        let mut columns = GUIDE_COLUMNS.to_vec();
        if self.columns == Columns::All {
            columns.extend(OPTIONAL_COLUMNS);
        }
        columns
    }

    /// Whether a refusal names one of the columns that a server need not have.
    #[must_use]
    pub fn refused_by(&self, told: &Told) -> bool {
        self.columns == Columns::All && OPTIONAL_COLUMNS.iter().any(|path| told.names(path))
    }
}

#[derive(Serialize)]
struct Body<'a> {
    interval: &'static str,
    start: String,
    end: String,
    view: &'static str,
    select: Vec<String>,
    filter: Filter<'a>,
    group: [&'static str; 0],
    limit: i64,
}

#[derive(Serialize)]
struct Filter<'a> {
    r#type: &'static str,
    clauses: Vec<Clause<'a>>,
}

#[derive(Serialize)]
struct Clause<'a> {
    r#type: &'static str,
    path: &'static str,
    operator: &'static str,
    value: &'a str,
}

/// All clauses must hold, so that one medium or one queue can be asked for, and nothing of several.
fn clauses(filter: Option<&Group>) -> Vec<Clause<'_>> {
    let Some(Group { dimension, values }) = filter else { return Vec::new() };
    let [value] = &values[..] else { return Vec::new() };
    let path = match dimension {
        Dimension::Media => "interaction.type",
        Dimension::Queue => "routing.queue.id",
    };
    vec![Clause { r#type: "field", path, operator: "eq", value }]
}

/// Path and body of the request that submits a query for what starts in `[from, to)`; `filter` of several values asks for
/// everything.
///
/// # Panics
/// Never: text and numbers always serialize.
#[must_use]
pub fn submission(
    (from, to): (InstantMs, InstantMs),
    select: &Select<'_>,
    filter: Option<&Group>,
    limit_rows: i64,
) -> (&'static str, String) {
    let body = Body {
        // The bounds are absolute, so a relative interval has no length.
        interval: "PT0S",
        start: format_instant(from),
        end: format_instant(to),
        view: "default/conversations",
        select: select.paths(),
        filter: Filter { r#type: "and", clauses: clauses(filter) },
        group: [],
        limit: limit_rows,
    };
    (SUBMIT_PATH, serde_json::to_string(&body).expect("text, numbers and lists of them always serialize"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    #[serde(default)]
    query_id: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

/// The id in the answer to a submission.
///
/// # Errors
/// When there is none, or it could not stand in a path.
pub fn submitted_id(body: &[u8]) -> Result<String, WireError> {
    let submitted: Submitted = serde_json::from_slice(body)?;
    submitted.query_id.or(submitted.id).filter(|id| is_id(id)).ok_or(WireError::NoQuery)
}

/// Where a query's state is asked for, and where it is deleted.
#[must_use]
pub fn status_target(id: &str) -> String {
    format!("{PATH}/{id}")
}

/// Where a page of its rows is asked for; `page` of `None` is the first.
#[must_use]
pub fn results_target(id: &str, page: Option<&str>) -> String {
    match page {
        None => format!("{PATH}/{id}/results"),
        Some(page) => {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("pageToken", page).finish();
            format!("{PATH}/{id}/results?{query}")
        }
    }
}
