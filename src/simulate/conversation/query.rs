//! Reads what is asked of conversations by the platform's rules, and says exactly what is wrong with it. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::query::Refusal;
use super::filter::Filters;
use super::model::Conversation;
use super::seen::Moment;
use crate::domain::time::{DAY_MS, InstantMs, TimeRange, parse_instant};

/// Interactions that one page of events holds at most.
pub const EVENTS_PAGE_MAX: usize = 10_000;

/// Conversations that one page of details holds at most, and unless asked otherwise.
pub const DETAILS_PAGE_MAX: usize = 100;
const DETAILS_PAGE: usize = 25;

/// Thirty-one days: the longest interval of a details query.
const INTERVAL_MAX_MS: i64 = 31 * DAY_MS;

/// Fields that the body of a details query may have.
const FIELDS: [&str; 10] = [
    "interval",
    "order",
    "orderBy",
    "paging",
    "conversationFilters",
    "segmentFilters",
    "evaluationFilters",
    "surveyFilters",
    "resolutionFilters",
    "aggregations",
];

/// A request for events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsQuery {
    /// Starts that are asked for.
    pub range: TimeRange,
    /// Interactions a page.
    pub size: usize,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Only this type.
    pub kind: Option<String>,
}

/// A request for details.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailsQuery {
    /// The interval as written.
    pub interval: TimeRange,
    /// Conversations a page.
    pub size: usize,
    /// From 1.
    pub page: usize,
    /// Latest first.
    pub descending: bool,
    filters: Filters,
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

/// The parameters of a request's query string.
#[must_use]
pub fn parameters(query: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// `since` and `until` as they stand in the query string; `None` when they cannot be read.
#[must_use]
pub fn named_range(parameters: &BTreeMap<String, String>) -> Option<TimeRange> {
    let instant = |name: &str| parse_instant(parameters.get(name)?);
    Some(TimeRange { from: instant("since")?, to: instant("until")? })
}

/// `since` and `until`, as both kinds of request for events need them.
///
/// # Errors
/// When one is missing or no instant in UTC, or they are the wrong way round.
pub fn since_until(parameters: &BTreeMap<String, String>) -> Result<TimeRange, Refusal> {
    let instant = |name: &str| {
        let Some(text) = parameters.get(name).filter(|text| !text.is_empty()) else {
            return refuse("bad.request", format!("{name} is required"));
        };
        match parse_instant(text).filter(|_| text.ends_with('Z')) {
            Some(at) => Ok(at),
            None => refuse("invalid.date", format!("{name} is no ISO-8601 instant in UTC: {text}")),
        }
    };
    let range = TimeRange { from: instant("since")?, to: instant("until")? };
    if range.to < range.from {
        return refuse("invalid.date", "until lies before since");
    }
    Ok(range)
}

/// Reads a request for events.
///
/// # Errors
/// The first rule that the request breaks.
pub fn read_events(parameters: &BTreeMap<String, String>) -> Result<EventsQuery, Refusal> {
    if parameters.get("view").map(String::as_str) != Some("interactionDetail") {
        return refuse("bad.request", "view must be interactionDetail");
    }
    let range = since_until(parameters)?;
    let size = match parameters.get("pageSize").map(|text| text.parse()) {
        None => EVENTS_PAGE_MAX,
        Some(Ok(size)) if (1..=EVENTS_PAGE_MAX).contains(&size) => size,
        Some(_) => {
            return refuse("invalid.value", format!("pageSize must be a number from 1 to {EVENTS_PAGE_MAX}"));
        }
    };
    let given = |name: &str| parameters.get(name).filter(|text| !text.is_empty()).cloned();
    Ok(EventsQuery { range, size, cursor: given("cursor"), kind: given("type") })
}

/// `interval` as it stands in the body; `None` when it cannot be read.
#[must_use]
pub fn named_interval(body: &Value) -> Option<TimeRange> {
    let (from, to) = body.get("interval")?.as_str()?.split_once('/')?;
    Some(TimeRange { from: parse_instant(from)?, to: parse_instant(to)? })
}

/// Reads a request for details.
///
/// # Errors
/// The first rule that the request breaks.
pub fn read_details(body: &Value) -> Result<DetailsQuery, Refusal> {
    let Some(fields) = body.as_object() else { return refuse("bad.request", "The request body must be an object.") };
    if let Some(field) = fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return refuse("bad.request", format!("Unrecognized field \"{field}\" in the request body."));
    }
    let unspecified = "You must specify a search interval that does not exceed 31 days.";
    let interval = match fields.get("interval").and_then(Value::as_str) {
        None => return refuse("bad.request", unspecified),
        Some(text) => match named_interval(body).filter(|range| range.from < range.to) {
            Some(interval) if interval.to - interval.from <= INTERVAL_MAX_MS => interval,
            Some(_) => return refuse("bad.request", unspecified),
            None => {
                return refuse("invalid.date", format!("interval is not two ISO-8601 instants in order: {text}"));
            }
        },
    };
    if !matches!(fields.get("orderBy").and_then(Value::as_str), None | Some("conversationStart")) {
        return refuse("invalid.value", "conversations here are ordered by conversationStart alone");
    }
    let descending = match fields.get("order").and_then(Value::as_str) {
        None | Some("asc" | "unordered") => false,
        Some("desc") => true,
        Some(other) => {
            let allowed = "Allowable values are: asc, desc, unordered";
            return refuse("invalid.value", format!("Value [{other}] is not valid for field type [order]. {allowed}"));
        }
    };
    let (size, page) = paging(fields.get("paging"))?;
    let filters = Filters::read(fields)?;
    Ok(DetailsQuery { interval, size, page, descending, filters })
}

fn paging(paging: Option<&Value>) -> Result<(usize, usize), Refusal> {
    let number = |name: &str, default: usize, most: usize| match paging.and_then(|paging| paging.get(name)) {
        None | Some(Value::Null) => Ok(default),
        Some(number) => match number.as_u64().and_then(|number| usize::try_from(number).ok()) {
            Some(number) if (1..=most).contains(&number) => Ok(number),
            _ => refuse("invalid.value", format!("paging.{name} must be a number from 1 to {most}")),
        },
    };
    Ok((number("pageSize", DETAILS_PAGE, DETAILS_PAGE_MAX)?, number("pageNumber", 1, 1_000_000_000)?))
}

impl DetailsQuery {
    /// Where conversations must start: on a UTC day that the interval touches, and not after it.
    #[must_use]
    pub fn starts(&self) -> TimeRange {
        TimeRange { from: self.interval.from.div_euclid(DAY_MS) * DAY_MS, to: self.interval.to }
    }

    /// Whether anything but the interval says which conversations are part of the answer.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }

    /// Whether a conversation that starts there is part of the answer: its lifetime touches the interval, and the
    /// filters let it through.
    #[must_use]
    pub fn wants(&self, told: &Conversation, moment: Moment) -> bool {
        let lasts_to = moment.end(told).map_or(InstantMs::MAX, |end| end.max(told.start + 1));
        self.interval.from < lasts_to && self.filters.let_through(told, moment)
    }
}
