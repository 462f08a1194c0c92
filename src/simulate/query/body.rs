//! Reads the body of a details request by the platform's rules, and says exactly what is wrong with one. Pure.

use chrono_tz::Tz;
use serde_json::Value;

use crate::domain::time::{TimeRange, parse_instant};

/// Rows that one page holds at most; also the size of a request that names none.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// A column of the flat row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `id`.
    Id,
    /// `type`.
    Type,
    /// `status`.
    Status,
    /// `queueId`.
    QueueId,
    /// `agentId`.
    AgentId,
    /// `talkDuration`, ms.
    Talk,
    /// `holdDuration`, ms.
    Hold,
    /// `wrapUpDuration`, ms.
    WrapUp,
    /// `agentDuration`, ms.
    Agent,
    /// `startTimestamp`.
    Start,
    /// `endTimestamp`.
    End,
    /// `conversationId`.
    ConversationId,
    /// `waitDuration`, ms.
    Wait,
    /// `wrapUpCode`, a name.
    WrapUpCode,
    /// `transfers`, a count.
    Transfers,
    /// `agentWrapTimestamp`.
    AgentWrap,
}

/// Every column and its name; the first eleven are those of a request without `select`.
pub const COLUMNS: [(Column, &str); 16] = [
    (Column::Id, "id"),
    (Column::Type, "type"),
    (Column::Status, "status"),
    (Column::QueueId, "queueId"),
    (Column::AgentId, "agentId"),
    (Column::Talk, "talkDuration"),
    (Column::Hold, "holdDuration"),
    (Column::WrapUp, "wrapUpDuration"),
    (Column::Agent, "agentDuration"),
    (Column::Start, "startTimestamp"),
    (Column::End, "endTimestamp"),
    (Column::ConversationId, "conversationId"),
    (Column::Wait, "waitDuration"),
    (Column::WrapUpCode, "wrapUpCode"),
    (Column::Transfers, "transfers"),
    (Column::AgentWrap, "agentWrapTimestamp"),
];

const COLUMNS_DEFAULT: usize = 11;

/// Grouping by one of these makes a group for nearly every row.
const HIGH_CARDINALITY: [&str; 5] = ["id", "contactId", "conversationId", "interactionId", "agentId"];

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// `status`.
    Status,
    /// `type`.
    Type,
    /// `queueId`.
    QueueId,
    /// `agentId`.
    AgentId,
    /// `id`.
    Id,
}

/// One filter; a row passes when its value is among `values`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What it looks at.
    pub dimension: Dimension,
    /// What it lets through.
    pub values: Vec<String>,
}

/// A request that the platform understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailsQuery {
    /// Starts that are asked for; an inclusive `to` is already one millisecond further.
    pub range: TimeRange,
    /// All of them must let a row through.
    pub filters: Vec<Filter>,
    /// The columns to answer, in order.
    pub select: Vec<Column>,
    /// Rows a page.
    pub size: usize,
}

/// A request that the platform refuses with 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error body's `code`.
    pub code: &'static str,
    /// The error body's `message`.
    pub message: String,
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

/// Reads a request. `to_inclusive`: a row that starts exactly at `to` is part of the answer.
///
/// # Errors
/// The first rule that the request breaks.
pub fn read(body: &Value, to_inclusive: bool) -> Result<DetailsQuery, Refusal> {
    if body.get("view").and_then(Value::as_str) != Some("interactionDetails") {
        return refuse("bad.request", "view must be interactionDetails");
    }
    let mut range = date_range(body)?;
    if to_inclusive {
        range.to += 1;
    }
    let filters = list(body, "filters")?.iter().map(filter).collect::<Result<_, _>>()?;
    group_by(body)?;
    let size = match body.get("size") {
        None | Some(Value::Null) => PAGE_ROWS_MAX,
        Some(size) => match size.as_u64().and_then(|size| usize::try_from(size).ok()) {
            Some(size) if (1..=PAGE_ROWS_MAX).contains(&size) => size,
            _ => return refuse("invalid.value", format!("size must be a number from 1 to {PAGE_ROWS_MAX}")),
        },
    };
    Ok(DetailsQuery { range, filters, select: select(body)?, size })
}

/// `dateRange` as it stands in the body, `to` as written; `None` when it cannot be read.
#[must_use]
pub fn named_range(body: &Value) -> Option<TimeRange> {
    let range = body.get("dateRange")?;
    let instant = |name: &str| range.get(name).and_then(Value::as_str).and_then(parse_instant);
    Some(TimeRange { from: instant("from")?, to: instant("to")? })
}

fn date_range(body: &Value) -> Result<TimeRange, Refusal> {
    let Some(range) = body.get("dateRange").filter(|range| range.is_object()) else {
        return refuse("bad.request", "dateRange is required");
    };
    let text = |name: &str| match range.get(name).and_then(Value::as_str) {
        Some(text) => Ok(text),
        None => refuse("bad.request", format!("dateRange.{name} is required")),
    };
    let instant = |name: &str| {
        let text = text(name)?;
        match parse_instant(text).filter(|_| text.ends_with('Z')) {
            Some(at) => Ok(at),
            None => refuse("invalid.date", format!("dateRange.{name} is no ISO-8601 instant in UTC: {text}")),
        }
    };
    let (from, to) = (instant("from")?, instant("to")?);
    let timezone = text("timezone")?;
    if timezone.parse::<Tz>().is_err() {
        return refuse("invalid.value", format!("dateRange.timezone is no IANA time zone: {timezone}"));
    }
    if to < from {
        return refuse("invalid.date", "dateRange.to lies before dateRange.from");
    }
    Ok(TimeRange { from, to })
}

fn list<'a>(body: &'a Value, name: &str) -> Result<&'a [Value], Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => refuse("bad.request", format!("{name} must be a list")),
    }
}

fn filter(filter: &Value) -> Result<Filter, Refusal> {
    let dimension = match filter.get("dimension").and_then(Value::as_str).unwrap_or_default() {
        "status" => Dimension::Status,
        "type" => Dimension::Type,
        "queueId" => Dimension::QueueId,
        "agentId" => Dimension::AgentId,
        "id" => Dimension::Id,
        other => return refuse("invalid.value", format!("filters cannot look at the dimension [{other}]")),
    };
    let values: Vec<String> = match filter.get("value") {
        Some(Value::String(value)) => vec![value.clone()],
        Some(Value::Array(values)) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => return refuse("bad.request", "a filter's value must be a text or a list of texts"),
    };
    match filter.get("operator").and_then(Value::as_str).unwrap_or_default() {
        "in" => {}
        "equal" if values.len() == 1 => {}
        "equal" => return refuse("invalid.value", "the operator equal takes exactly one value"),
        other => return refuse("invalid.value", format!("filters know the operators equal and in, not [{other}]")),
    }
    Ok(Filter { dimension, values })
}

fn group_by(body: &Value) -> Result<(), Refusal> {
    let groups = list(body, "groupBy")?;
    let high = |group: &&Value| group.as_str().is_some_and(|group| HIGH_CARDINALITY.contains(&group));
    match (groups.iter().find(high), groups.first()) {
        (Some(group), _) => {
            refuse("groupByTooManyBuckets", format!("groupBy {group} exceeds the limit of 10000 buckets"))
        }
        (None, Some(group)) => refuse("bad.request", format!("the view interactionDetails cannot group by {group}")),
        (None, None) => Ok(()),
    }
}

fn select(body: &Value) -> Result<Vec<Column>, Refusal> {
    let names = list(body, "select")?;
    if names.is_empty() {
        return Ok(COLUMNS[..COLUMNS_DEFAULT].iter().map(|(column, _)| *column).collect());
    }
    names
        .iter()
        .map(|name| match COLUMNS.iter().find(|(_, known)| name.as_str() == Some(known)) {
            Some((column, _)) => Ok(*column),
            None => refuse("invalid.value", format!("select names an unknown column: {name}")),
        })
        .collect()
}
