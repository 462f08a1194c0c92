//! Reads what is asked of conversations by the platform's rules, and says exactly what is wrong with it. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::centre::QUEUES;
use super::super::query::Refusal;
use super::super::row::id_text;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailsQuery {
    /// The interval as written.
    pub interval: TimeRange,
    /// Conversations a page.
    pub size: usize,
    /// From 1.
    pub page: usize,
    /// Latest first.
    pub descending: bool,
    filters: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Filter {
    any: bool,
    predicates: Vec<Predicate>,
    clauses: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Predicate {
    dimension: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    NotExists,
    Matches(String),
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
    let mut filters = Vec::new();
    for name in ["conversationFilters", "segmentFilters"] {
        match fields.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(given)) => {
                for one in given {
                    filters.push(filter(one, 0)?);
                }
            }
            Some(_) => return refuse("bad.request", format!("{name} must be a list")),
        }
    }
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

/// `depth`: a clause holds no clauses.
fn filter(given: &Value, depth: u8) -> Result<Filter, Refusal> {
    let any = match given.get("type").and_then(Value::as_str) {
        Some("and") => false,
        Some("or") => true,
        _ => return refuse("bad.request", "a filter's type must be and, or or"),
    };
    let list = |name: &str| given.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if 0 < depth && !list("clauses").is_empty() {
        return refuse("bad.request", "a clause cannot hold clauses");
    }
    let predicates = list("predicates").iter().map(predicate).collect::<Result<_, _>>()?;
    let clauses = list("clauses").iter().map(|clause| filter(clause, depth + 1)).collect::<Result<_, _>>()?;
    Ok(Filter { any, predicates, clauses })
}

fn predicate(given: &Value) -> Result<Predicate, Refusal> {
    let known =
        ["conversationId", "conversationStart", "conversationEnd", "originatingDirection", "mediaType", "queueId"];
    let dimension = given.get("dimension").and_then(Value::as_str).unwrap_or_default();
    if !known.contains(&dimension) {
        let allowed = known.join(", ");
        return refuse("invalid.value", format!("filters here look at {allowed}, not at [{dimension}]"));
    }
    let value = given.get("value").and_then(Value::as_str);
    let test = match (given.get("operator").and_then(Value::as_str).unwrap_or("matches"), value) {
        ("exists", _) => Test::Exists,
        ("notExists", _) => Test::NotExists,
        ("matches", Some(value)) => Test::Matches(value.to_owned()),
        ("matches", None) => return refuse("bad.request", "the operator matches needs a value"),
        (other, _) => return refuse("invalid.value", format!("filters know no operator [{other}]")),
    };
    Ok(Predicate { dimension: dimension.to_owned(), test })
}

impl DetailsQuery {
    /// Where conversations must start: on a UTC day that the interval touches, and not after it.
    #[must_use]
    pub fn starts(&self) -> TimeRange {
        TimeRange { from: self.interval.from.div_euclid(DAY_MS) * DAY_MS, to: self.interval.to }
    }

    /// Whether a conversation that starts there is part of the answer: its lifetime touches the interval, and the
    /// filters let it through.
    #[must_use]
    pub fn wants(&self, told: &Conversation, moment: Moment) -> bool {
        let lasts_to = moment.end(told).map_or(InstantMs::MAX, |end| end.max(told.start + 1));
        self.interval.from < lasts_to && self.filters.iter().all(|filter| filter.lets(told, moment))
    }
}

impl Filter {
    fn lets(&self, told: &Conversation, moment: Moment) -> bool {
        let mut all = self.predicates.iter().map(|predicate| predicate.holds(told, moment));
        let mut clauses = self.clauses.iter().map(|clause| clause.lets(told, moment));
        if self.any {
            all.any(|holds| holds) || clauses.any(|holds| holds)
        } else {
            all.all(|holds| holds) && clauses.all(|holds| holds)
        }
    }
}

impl Predicate {
    fn holds(&self, told: &Conversation, moment: Moment) -> bool {
        let values = self.values(told, moment);
        match &self.test {
            Test::Exists => !values.is_empty(),
            Test::NotExists => values.is_empty(),
            Test::Matches(value) => values.contains(value),
        }
    }

    fn values(&self, told: &Conversation, moment: Moment) -> Vec<String> {
        use crate::domain::time::format_instant;
        match self.dimension.as_str() {
            "conversationId" => vec![id_text(told.id)],
            "conversationStart" => vec![format_instant(told.start)],
            "conversationEnd" => moment.end(told).map(format_instant).into_iter().collect(),
            "originatingDirection" => vec![if told.outbound { "outbound" } else { "inbound" }.to_owned()],
            "mediaType" => vec![told.kind.word().to_owned()],
            _ => {
                let visits = told.visits.iter().filter(|visit| moment.has_come(visit.from)).map(|visit| visit.queue);
                let begun = |at: Option<InstantMs>| at.is_some_and(|at| moment.has_come(at));
                let sessions =
                    told.sessions.iter().filter(|session| begun(session.parts.first().map(|part| part.from)));
                visits
                    .chain(sessions.filter_map(|session| session.queue))
                    .map(|queue| QUEUES[usize::from(queue)].id.to_owned())
                    .collect()
            }
        }
    }
}
