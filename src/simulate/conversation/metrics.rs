//! Agents' parts as `conversation-metrics` tells them: what is asked, one page of it, and where the next one lies. Pure.

use serde_json::{Map, Value, json};

use super::super::centre::agent_id;
use super::super::chance::mix;
use super::super::page::OddRow;
use super::super::query::Refusal;
use super::super::row::id_text;
use super::parts::AgentPart;
use super::seen::Moment;
use super::world::ConversationWorld;
use crate::domain::time::{InstantMs, TimeRange, format_instant, parse_instant};

/// Entities of a page, unless the simulator is told otherwise: what the guide takes for usual.
pub const PAGE_MAX: usize = 1_000;

/// Fields that the body may have.
const FIELDS: [&str; 5] = ["interval", "date_from", "date_to", "select", "filter"];

/// Columns that may be selected, and their names in answers.
const COLUMNS: [(&str, &str); 7] = [
    ("conversationId", "conversation_id"),
    ("startTime", "start_time"),
    ("endTime", "end_time"),
    ("tHandle", "t_handle"),
    ("tAcw", "t_acw"),
    ("tHold", "t_hold"),
    ("agentId", "agent_id"),
];

/// A request that the platform understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsQuery {
    /// Starts that are asked for.
    pub range: TimeRange,
    /// The columns to answer, by their names in answers.
    pub select: Vec<&'static str>,
    /// Only these agents; `None`: all.
    pub agents: Option<Vec<String>>,
}

/// Whether a body is of this dialect: other dialects ask the same path.
#[must_use]
pub fn is_meant(body: &Value) -> bool {
    body.get("date_from").is_some() || body.get("date_to").is_some()
}

/// `date_from` and `date_to` as they stand in the body; `None` when they cannot be read.
#[must_use]
pub fn named_dates(body: &Value) -> Option<TimeRange> {
    let instant = |name: &str| body.get(name).and_then(Value::as_str).and_then(parse_instant);
    Some(TimeRange { from: instant("date_from")?, to: instant("date_to")? })
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

/// Reads a request. `to_inclusive`: a part that starts exactly at `date_to` is in the answer.
///
/// # Errors
/// The first rule that the request breaks.
pub fn read(body: &Value, to_inclusive: bool) -> Result<MetricsQuery, Refusal> {
    let Some(fields) = body.as_object() else { return refuse("bad.request", "The request body must be an object.") };
    if let Some(field) = fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return refuse("bad.request", format!("Unrecognized field \"{field}\" in the request body."));
    }
    if fields.get("interval").and_then(Value::as_str).is_none_or(|interval| !interval.starts_with('P')) {
        return refuse("bad.request", "interval must be an ISO-8601 duration such as PT30M");
    }
    let Some(mut range) = named_dates(body) else {
        return refuse("invalid.date", "date_from and date_to must be ISO-8601 instants in UTC");
    };
    if range.to < range.from {
        return refuse("invalid.date", "date_to lies before date_from");
    }
    range.to += i64::from(to_inclusive);
    let select = match fields.get("select") {
        None | Some(Value::Null) => COLUMNS.iter().map(|(_, answered)| *answered).collect(),
        Some(Value::Array(names)) => names.iter().map(column).collect::<Result<_, _>>()?,
        Some(_) => return refuse("bad.request", "select must be a list"),
    };
    let agents = match fields.get("filter") {
        None | Some(Value::Null) => None,
        Some(filter) => {
            let ids = filter.get("agentId").and_then(|test| test.get("in")).and_then(Value::as_array);
            let Some(ids) = ids.filter(|ids| ids.iter().all(Value::is_string)) else {
                return refuse("invalid.value", "a filter here is {\"agentId\": {\"in\": [ids]}}");
            };
            Some(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
    };
    Ok(MetricsQuery { range, select, agents })
}

fn column(name: &Value) -> Result<&'static str, Refusal> {
    match COLUMNS.iter().find(|(asked, _)| name.as_str() == Some(asked)) {
        Some((_, answered)) => Ok(answered),
        None => refuse("invalid.value", format!("select names an unknown column: {name}")),
    }
}

/// A page of entities.
#[derive(Clone, Debug)]
pub struct MetricsPage {
    /// The entities.
    pub entities: Vec<Value>,
    /// Behind what the next page begins; `None` on the last one.
    pub next: Option<(InstantMs, u128)>,
}

/// Builds the page of at most `size` entities behind `after`, or the first one.
#[must_use]
pub fn page(
    world: &ConversationWorld,
    odd: &[OddRow],
    query: &MetricsQuery,
    (after, size): (Option<(InstantMs, u128)>, usize),
    moment: Moment,
) -> MetricsPage {
    let asked = |part: &AgentPart<'_>| match (&query.agents, part.agent) {
        (None, _) => true,
        (Some(agents), Some(agent)) => agents.contains(&agent_id(agent)),
        (Some(_), None) => false,
    };
    let parts = world.parts(query.range).into_iter().filter(asked);
    let mut entities = Vec::new();
    let (mut last, mut more) = (None, false);
    for part in parts.filter(|part| after.is_none_or(|after| after < part.position())) {
        let Some(entity) = entity(part, &query.select, moment) else { continue };
        if entities.len() == size {
            more = true;
            break;
        }
        entities.push(entity);
        last = Some(part.position());
    }
    // What the script tells stands on the page whose entities surround it, and is no part of its size.
    let odd_from = after.map_or(query.range.from, |(start, _)| start + 1);
    let odd_to = if more { last.map_or(query.range.to, |(start, _)| start + 1) } else { query.range.to };
    entities.extend(odd.iter().filter(|odd| odd_from <= odd.at && odd.at < odd_to).map(|odd| odd.json.clone()));
    MetricsPage { entities, next: last.filter(|_| more) }
}

/// The entity at a position once more.
#[must_use]
pub fn at(world: &ConversationWorld, query: &MetricsQuery, at: (InstantMs, u128), moment: Moment) -> Option<Value> {
    let range = TimeRange { from: at.0, to: at.0 + 1 };
    let part = world.parts(range).into_iter().find(|part| part.position() == at)?;
    entity(part, &query.select, moment)
}

/// What is not known is null in some entities and absent in others.
fn entity(part: AgentPart<'_>, select: &[&str], moment: Moment) -> Option<Value> {
    let known = part.known(moment)?;
    let mut entity = Map::new();
    for (number, name) in (0_u64..).zip(select) {
        let value = match *name {
            "conversation_id" => Some(json!(id_text(part.told.id))),
            "start_time" => Some(json!(format_instant(part.start()))),
            "end_time" => known.end.map(|end| json!(format_instant(end))),
            "agent_id" => part.agent.map(|agent| json!(agent_id(agent))),
            "t_handle" => known.handle_ms.map(Value::from),
            "t_acw" => known.wrap_ms.map(Value::from),
            _ => known.hold_ms.map(Value::from),
        };
        let silent = part.told.salt([0x6d65_7472, number, 0]).is_multiple_of(2);
        match value {
            Some(value) => drop(entity.insert((*name).to_owned(), value)),
            None if silent => {}
            None => drop(entity.insert((*name).to_owned(), Value::Null)),
        }
    }
    Some(Value::Object(entity))
}

/// The address of the page behind `after`: good for one selection alone.
#[must_use]
pub fn next_page_uri(seed: u64, path: &str, query: &MetricsQuery, after: (InstantMs, u128)) -> String {
    let seal = seal(seed, query, after);
    format!("{path}?page={:x}-{:032x}-{seal:016x}", after.0.cast_unsigned(), after.1)
}

/// Behind what the page of that address begins; `None` when it was never given to this selection.
#[must_use]
pub fn read_page(seed: u64, query: &MetricsQuery, text: &str) -> Option<(InstantMs, u128)> {
    let parts: Vec<&str> = text.split('-').collect();
    let &[start, id, sealed] = parts.as_slice() else { return None };
    let start = u64::from_str_radix(start, 16).ok()?.cast_signed();
    let after = (start, u128::from_str_radix(id, 16).ok()?);
    (u64::from_str_radix(sealed, 16).ok()? == seal(seed, query, after)).then_some(after)
}

fn seal(seed: u64, query: &MetricsQuery, (start, id): (InstantMs, u128)) -> u64 {
    let texts = query.agents.iter().flatten().map(String::as_str).chain(query.select.iter().copied());
    let text = texts.flat_map(str::bytes).fold(1_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let numbers = [query.range.from, query.range.to, start].map(i64::cast_unsigned);
    mix(&[seed, numbers[0], numbers[1], numbers[2], id as u64, (id >> 64) as u64, text])
}
