//! A report query: what its body asks for, by the platform's rules, and its rows in pages. Pure.

use std::borrow::Cow;

use serde_json::Value;

use super::super::centre::QUEUES;
use super::super::form::Form;
use super::super::page::OddRow;
use super::super::query::Refusal;
use super::super::row::Row;
use super::super::world::World;
use super::desk::{Entry, Fate};
use super::mark::Mark;
use super::telling::{self, Telling};
use crate::domain::time::{InstantMs, TimeRange, parse_instant};

/// Rows that one query gives at most.
pub const LIMIT_MAX: usize = 10_000_000;

/// Rows of one page.
pub const PAGE_ROWS: usize = 500;

/// Paths that may be selected, besides attributes.
const PATHS: [&str; 13] = [
    "interaction.id",
    "interaction.type",
    "conversation.id",
    "timestamp",
    "metrics.queuetime.ms",
    "metrics.handledtime.ms",
    "agent.id",
    "routing.queue.id",
    "metrics.talktime.ms",
    "metrics.holdtime.ms",
    "metrics.wraptime.ms",
    "wrapup.code",
    "conversation.end",
];

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportQuery {
    /// Starts that are asked for; an inclusive end is already one millisecond further.
    pub range: TimeRange,
    /// Paths of each row.
    pub select: Vec<String>,
    /// Most rows.
    pub limit: usize,
    /// Only this type.
    pub kind: Option<String>,
    /// Only this queue, by its id.
    pub queue: Option<String>,
    /// Only rows with at least this handle time.
    pub handled_ms_min: Option<i64>,
}

/// A page of rows.
#[derive(Clone, Debug)]
pub struct ReportPage {
    /// The rows.
    pub data: Vec<Value>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Mark>,
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

/// `start` and `end` as they stand in the body; `None` when they cannot be read.
#[must_use]
pub fn named_bounds(body: &Value) -> Option<TimeRange> {
    let instant = |name: &str| body.get(name).and_then(Value::as_str).and_then(parse_instant);
    Some(TimeRange { from: instant("start")?, to: instant("end")? })
}

/// Reads a submission. `to_inclusive`: a row that starts exactly at `end` is part of the answer.
///
/// # Errors
/// The first rule that the request breaks.
pub fn read(body: &Value, to_inclusive: bool) -> Result<ReportQuery, Refusal> {
    let instant = |name: &str| match body.get(name).and_then(Value::as_str) {
        None => refuse("bad.request", format!("{name} is required")),
        Some(text) => match parse_instant(text).filter(|_| text.ends_with('Z')) {
            Some(at) => Ok(at),
            None => refuse("invalid.date", format!("{name} is no ISO-8601 instant in UTC: {text}")),
        },
    };
    let (from, to) = (instant("start")?, instant("end")?);
    if to < from {
        return refuse("invalid.date", "end lies before start");
    }
    let limit = match body.get("limit") {
        None | Some(Value::Null) => LIMIT_MAX,
        Some(limit) => match limit.as_u64().and_then(|limit| usize::try_from(limit).ok()) {
            Some(limit) if (1..=LIMIT_MAX).contains(&limit) => limit,
            _ => return refuse("invalid.value", format!("limit must be a number from 1 to {LIMIT_MAX}")),
        },
    };
    let range = TimeRange { from, to: if to_inclusive { to + 1 } else { to } };
    let mut query = ReportQuery { range, select: select(body)?, limit, kind: None, queue: None, handled_ms_min: None };
    let clauses = body.pointer("/filter/clauses").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for clause in clauses {
        let text = |name: &str| clause.get(name).and_then(Value::as_str).unwrap_or_default();
        match (text("path"), text("operator"), clause.get("value")) {
            ("interaction.type", "eq", Some(Value::String(kind))) => query.kind = Some(kind.clone()),
            ("routing.queue.id", "eq", Some(Value::String(queue))) => query.queue = Some(queue.clone()),
            ("metrics.handledtime.ms", "gte", Some(Value::Number(least))) => query.handled_ms_min = least.as_i64(),
            (path, operator, _) => {
                return refuse("invalid.value", format!("filters here do not know [{path} {operator}]"));
            }
        }
    }
    Ok(query)
}

fn select(body: &Value) -> Result<Vec<String>, Refusal> {
    let given = body.get("select").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if given.is_empty() {
        return refuse("bad.request", "select names no path");
    }
    let known = |path: &str| PATHS.contains(&path) || path.starts_with("attributes.custom.");
    given
        .iter()
        .map(|path| match path.as_str() {
            Some(path) if known(path) => Ok(path.to_owned()),
            _ => refuse("invalid.value", format!("select names an unknown path: {path}")),
        })
        .collect()
}

impl ReportQuery {
    /// What the query itself lets become of it: a wildcard is written out into more than the platform can hold, and more
    /// rows than the limit are cut off, with or without a word.
    #[must_use]
    pub fn own_fate(&self, world: &World, moment: Option<InstantMs>, number: u64) -> Fate {
        if self.select.iter().any(|path| path.contains('*')) {
            Fate::Failed
        } else if number % 2 == 1 && self.limit < self.matching(world, moment, None).take(self.limit + 1).count() {
            Fate::Partial
        } else {
            Fate::Completed
        }
    }

    fn matching<'a>(
        &'a self,
        world: &'a World,
        moment: Option<InstantMs>,
        after: Option<(InstantMs, u128)>,
    ) -> impl Iterator<Item = (Cow<'a, Row>, Form)> {
        let to = moment.map_or(self.range.to, |now| self.range.to.min(now + 1));
        world.rows(TimeRange { to, ..self.range }, after).filter_map(move |row| {
            let (row, form) = world.told(row, moment)?;
            let of_kind = self.kind.as_ref().is_none_or(|kind| kind == row.kind.word());
            let queue_id = row.queue.map(|queue| QUEUES[usize::from(queue)].id);
            let of_queue = self.queue.as_deref().is_none_or(|queue| queue_id == Some(queue));
            let handled = || telling::figures(&row, form).handled_ms;
            let long = self.handled_ms_min.is_none_or(|least| handled().is_some_and(|ms| least <= ms));
            (of_kind && of_queue && long).then_some((row, form))
        })
    }

    fn found<'a>(
        &'a self,
        world: &'a World,
        entry: &'a Entry,
        after: Option<(InstantMs, u128)>,
    ) -> impl Iterator<Item = (Cow<'a, Row>, Form)> {
        self.matching(world, entry.moment.0, after).filter(move |(row, _)| !entry.lacks(world.seed(), row.id))
    }

    /// How many rows the query says that it has found.
    #[must_use]
    pub fn count(&self, world: &World, entry: &Entry) -> usize {
        if entry.fate == Fate::Short {
            return self.matching(world, entry.moment.0, None).take(self.limit).count();
        }
        self.found(world, entry, None).take(self.limit).count()
    }

    /// The page behind `mark`, or the first one; of at most so many rows.
    #[must_use]
    pub fn page(&self, world: &World, odd: &[OddRow], entry: &Entry, mark: Option<Mark>, rows: usize) -> ReportPage {
        let (after, served) = mark.map_or((None, 0), |mark| (Some(mark.after), mark.served));
        let room = rows.min(self.limit.saturating_sub(served));
        let telling = Telling { select: &self.select, nested: entry.number % 2 == 1, seed: world.seed() };
        let mut data = Vec::with_capacity(room);
        let (mut last, mut more) = (None, false);
        for (row, form) in self.found(world, entry, after) {
            if data.len() == room {
                more = served + room < self.limit;
                break;
            }
            data.push(telling.row(&row, form));
            last = Some(row.position());
        }
        let served = served + data.len();
        // What the script tells stands on the page whose rows surround it, and is no part of its size.
        let odd_from = after.map_or(self.range.from, |(start, _)| start + 1);
        let odd_to = if more { last.map_or(self.range.to, |(start, _)| start + 1) } else { self.range.to };
        data.extend(odd.iter().filter(|odd| odd_from <= odd.at && odd.at < odd_to).map(|odd| odd.json.clone()));
        ReportPage { data, next: last.filter(|_| more).map(|after| Mark { after, served }) }
    }
}
