//! The filters of a details query: read by the platform's rules, and held against what is known of a conversation. Pure.
//!
//! A filter of conversations looks at the conversation as a whole and at its metrics, each added up over all of its
//! sessions. A filter of segments lets a conversation through of which one segment satisfies it; here all segments of a
//! session are alike in what can be asked of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::centre::{QUEUES, agent_id};
use super::super::query::Refusal;
use super::super::row::id_text;
use super::emitted::of_sessions;
use super::model::Conversation;
use super::seen::Moment;
use crate::domain::time::format_instant;

/// What filters of conversations can look at.
const OF_CONVERSATIONS: [&str; 4] = ["conversationEnd", "conversationId", "conversationStart", "originatingDirection"];

/// What filters of segments can look at.
const OF_SEGMENTS: [&str; 5] = ["direction", "mediaType", "purpose", "queueId", "userId"];

/// From the start of a conversation to its end; told of it and of no session.
const LENGTH: &str = "tConversationDuration";

/// Metrics that filters of conversations can look at.
pub const METRICS: [&str; 27] = [
    "nBlindTransferred",
    "nConnected",
    "nConsult",
    "nConsultTransferred",
    "nFlow",
    "nOffered",
    "nOutboundAttempted",
    "nTransferred",
    "tAbandon",
    "tAcd",
    "tAcw",
    "tAlert",
    "tAnswered",
    "tConnected",
    "tContacting",
    LENGTH,
    "tDialing",
    "tFlowOut",
    "tHandle",
    "tHeld",
    "tHeldComplete",
    "tIvr",
    "tNotResponding",
    "tPark",
    "tParkComplete",
    "tTalk",
    "tTalkComplete",
];

/// The filters of a query: all of them must let a conversation through.
#[derive(Clone, Debug, PartialEq)]
pub struct Filters {
    of_conversations: Vec<Filter>,
    of_segments: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq)]
struct Filter {
    any: bool,
    predicates: Vec<Predicate>,
    clauses: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq)]
struct Predicate {
    subject: Subject,
    test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Dimension(&'static str),
    Metric(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Exists,
    NotExists,
    Matches(String),
    /// The bounds that are named; a metric that is not there is in no range.
    Within(Vec<(Bound, f64)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Above,
    AtLeast,
    Below,
    AtMost,
}

const BOUNDS: [(&str, Bound); 4] =
    [("gt", Bound::Above), ("gte", Bound::AtLeast), ("lt", Bound::Below), ("lte", Bound::AtMost)];

/// What a predicate is held against.
#[derive(Default)]
struct Facts {
    dimensions: Vec<(&'static str, String)>,
    metrics: BTreeMap<&'static str, i64>,
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

impl Filters {
    /// Reads those of a query's body.
    ///
    /// # Errors
    /// The first rule that a filter breaks; what cannot be looked at here is named.
    pub fn read(fields: &Map<String, Value>) -> Result<Filters, Refusal> {
        // No conversation here has an evaluation, a survey or a resolution.
        for field in ["evaluationFilters", "surveyFilters", "resolutionFilters", "aggregations"] {
            if fields.get(field).and_then(Value::as_array).is_some_and(|given| !given.is_empty()) {
                return refuse("invalid.value", format!("{field} are not answered here"));
            }
        }
        let of = |field, dimensions, metrics| Vocabulary { field, dimensions, metrics }.read(fields);
        Ok(Filters {
            of_conversations: of("conversationFilters", &OF_CONVERSATIONS, &METRICS)?,
            of_segments: of("segmentFilters", &OF_SEGMENTS, &[])?,
        })
    }

    /// Whether there are none, so that every conversation passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_conversations.is_empty() && self.of_segments.is_empty()
    }

    /// Whether what is known of the conversation at the moment passes all filters.
    #[must_use]
    pub fn let_through(&self, told: &Conversation, moment: Moment) -> bool {
        let whole = || {
            let looks = self.of_conversations.iter().any(Filter::looks_at_metrics);
            let metrics = if looks { metrics_of(told, moment) } else { BTreeMap::new() };
            let facts = Facts { dimensions: dimensions_of(told, moment), metrics };
            self.of_conversations.iter().all(|filter| filter.lets(&facts))
        };
        let in_segments = || {
            let segments = segments_of(told, moment);
            self.of_segments.iter().all(|filter| segments.iter().any(|segment| filter.lets(segment)))
        };
        (self.of_conversations.is_empty() || whole()) && (self.of_segments.is_empty() || in_segments())
    }
}

impl Filter {
    fn lets(&self, facts: &Facts) -> bool {
        let mut all = self.predicates.iter().map(|predicate| predicate.holds(facts));
        let mut clauses = self.clauses.iter().map(|clause| clause.lets(facts));
        if self.any {
            all.any(|holds| holds) || clauses.any(|holds| holds)
        } else {
            all.all(|holds| holds) && clauses.all(|holds| holds)
        }
    }

    fn looks_at_metrics(&self) -> bool {
        let looks = |predicate: &Predicate| matches!(predicate.subject, Subject::Metric(_));
        self.predicates.iter().any(looks) || self.clauses.iter().any(Filter::looks_at_metrics)
    }
}

impl Predicate {
    fn holds(&self, facts: &Facts) -> bool {
        let (word, number) = match self.subject {
            Subject::Dimension(name) => (facts.dimensions.iter().find(|(known, _)| *known == name), None),
            Subject::Metric(name) => (None, facts.metrics.get(name)),
        };
        match &self.test {
            Test::Exists => word.is_some() || number.is_some(),
            Test::NotExists => word.is_none() && number.is_none(),
            Test::Matches(value) => word.is_some_and(|(_, known)| known.eq_ignore_ascii_case(value)),
            Test::Within(bounds) => number.is_some_and(|number| {
                let number = *number as f64;
                bounds.iter().all(|(bound, limit)| match bound {
                    Bound::Above => *limit < number,
                    Bound::AtLeast => *limit <= number,
                    Bound::Below => number < *limit,
                    Bound::AtMost => number <= *limit,
                })
            }),
        }
    }
}

fn dimensions_of(told: &Conversation, moment: Moment) -> Vec<(&'static str, String)> {
    let mut known = vec![
        ("conversationId", id_text(told.id)),
        ("conversationStart", format_instant(told.start)),
        ("originatingDirection", direction(told)),
    ];
    known.extend(moment.end(told).map(|end| ("conversationEnd", format_instant(end))));
    known
}

/// What each metric adds up to over all sessions.
fn metrics_of(told: &Conversation, moment: Moment) -> BTreeMap<&'static str, i64> {
    let mut sums = BTreeMap::new();
    for one in of_sessions(told, moment) {
        *sums.entry(one.metric).or_insert(0) += one.value;
    }
    if let Some(end) = moment.end(told) {
        sums.insert(LENGTH, end - told.start);
    }
    sums
}

/// What is known of the segments of each session that has one.
fn segments_of(told: &Conversation, moment: Moment) -> Vec<Facts> {
    let of = |purpose: &str, queue: Option<u8>, agent: Option<u8>| {
        let mut dimensions = vec![
            ("purpose", purpose.to_owned()),
            ("mediaType", told.kind.word().to_owned()),
            ("direction", direction(told)),
        ];
        dimensions.extend(queue.map(|queue| ("queueId", QUEUES[usize::from(queue)].id.to_owned())));
        dimensions.extend(agent.map(|agent| ("userId", agent_id(agent))));
        Facts { dimensions, ..Facts::default() }
    };
    let mut all = vec![of("customer", None, None)];
    if told.start < told.menu_until {
        all.push(of("ivr", None, None));
    }
    let begun = told.visits.iter().filter(|visit| moment.has_come(visit.from));
    all.extend(begun.map(|visit| of("acd", Some(visit.queue), None)));
    for session in &told.sessions {
        let begun = session.parts.iter().any(|part| moment.has_come(part.from));
        if begun || session.wrap.is_some_and(|wrap| moment.wrap(&wrap).is_some()) {
            all.push(of("agent", session.queue, Some(session.agent)));
        }
    }
    all
}

fn direction(told: &Conversation) -> String {
    if told.outbound { "outbound" } else { "inbound" }.to_owned()
}

/// What the filters of one field can name.
#[derive(Clone, Copy)]
struct Vocabulary {
    field: &'static str,
    dimensions: &'static [&'static str],
    metrics: &'static [&'static str],
}

impl Vocabulary {
    fn read(self, fields: &Map<String, Value>) -> Result<Vec<Filter>, Refusal> {
        match fields.get(self.field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(given)) => given.iter().map(|one| self.filter(one, 0)).collect(),
            Some(_) => refuse("bad.request", format!("{} must be a list", self.field)),
        }
    }

    /// `depth`: a clause holds no clauses.
    fn filter(self, given: &Value, depth: u8) -> Result<Filter, Refusal> {
        let any = match given.get("type").and_then(Value::as_str) {
            Some("and") => false,
            Some("or") => true,
            _ => return refuse("bad.request", "a filter's type must be and, or or"),
        };
        let list = |name: &str| given.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if 0 < depth && !list("clauses").is_empty() {
            return refuse("bad.request", "a clause cannot hold clauses");
        }
        let predicates = list("predicates").iter().map(|one| self.predicate(one)).collect::<Result<_, _>>()?;
        let clauses = list("clauses").iter().map(|clause| self.filter(clause, depth + 1)).collect::<Result<_, _>>()?;
        Ok(Filter { any, predicates, clauses })
    }

    fn predicate(self, given: &Value) -> Result<Predicate, Refusal> {
        let subject = self.subject(given)?;
        let value = match given.get("value") {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let range = given.get("range").filter(|range| !range.is_null());
        let test = match (given.get("operator").and_then(Value::as_str).unwrap_or("matches"), subject, value, range) {
            ("exists", ..) => Test::Exists,
            ("notExists", ..) => Test::NotExists,
            ("matches", Subject::Dimension(_), Some(value), None) => Test::Matches(value),
            ("matches", Subject::Dimension(name), _, Some(_)) => {
                return refuse("invalid.value", format!("the dimension [{name}] has a value and no range"));
            }
            ("matches", Subject::Metric(_), None, Some(range)) => Test::Within(bounds(range)?),
            ("matches", Subject::Metric(name), Some(value), None) => match value.parse() {
                Ok(number) => Test::Within(vec![(Bound::AtLeast, number), (Bound::AtMost, number)]),
                Err(_) => return refuse("invalid.value", format!("the metric [{name}] has no value [{value}]")),
            },
            ("matches", ..) => return refuse("bad.request", "the operator matches needs either a value or a range"),
            (other, ..) => return refuse("invalid.value", format!("filters know no operator [{other}]")),
        };
        Ok(Predicate { subject, test })
    }

    fn subject(self, given: &Value) -> Result<Subject, Refusal> {
        let name = |of: &str| given.get(of).and_then(Value::as_str);
        match (name("type"), name("dimension"), name("metric")) {
            (Some("property"), ..) => {
                let property = name("property").unwrap_or_default();
                refuse("invalid.value", format!("{} here look at no property, not at [{property}]", self.field))
            }
            (None | Some("dimension"), Some(dimension), None) => {
                self.known("dimension", self.dimensions, dimension).map(Subject::Dimension)
            }
            (None | Some("metric"), None, Some(metric)) => {
                self.known("metric", self.metrics, metric).map(Subject::Metric)
            }
            _ => refuse("bad.request", "a predicate names one dimension or one metric, as its type says"),
        }
    }

    fn known(self, kind: &str, all: &[&'static str], asked: &str) -> Result<&'static str, Refusal> {
        let found = all.iter().find(|known| **known == asked).copied();
        found.map_or_else(
            || {
                let allowed = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                let field = self.field;
                refuse(
                    "invalid.value",
                    format!("{field} here do not look at the {kind} [{asked}]. Allowable values are: {allowed}"),
                )
            },
            Ok,
        )
    }
}

fn bounds(range: &Value) -> Result<Vec<(Bound, f64)>, Refusal> {
    let wrong = "a range is an object of gt, gte, lt, lte with numbers, at least one of them";
    let Some(given) = range.as_object() else { return refuse("bad.request", wrong) };
    let mut bounds = Vec::new();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let bound = BOUNDS.iter().find(|(known, _)| known == name).map(|(_, bound)| *bound);
        match bound.zip(value.as_f64()) {
            Some(bound) => bounds.push(bound),
            None => return refuse("bad.request", wrong),
        }
    }
    if bounds.is_empty() { refuse("bad.request", wrong) } else { Ok(bounds) }
}
