//! One page of rows as JSON. Pure.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

use super::super::centre::{QUEUES, WRAPUP_CODES, agent_id};
use super::super::chance::{happens, mix};
use super::super::form::Form;
use super::super::query::{COLUMNS, Column, DetailsQuery, Dimension};
use super::super::row::{Row, id_text};
use super::super::world::World;
use crate::domain::time::{InstantMs, TimeRange, format_instant};

/// Pages that begin with the last row of the page before, out of all: the data set is live, and rows move.
const REPEATS_SHARE: f64 = 1.0 / 7.0;

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last row served.
    pub after: (InstantMs, u128),
    /// Rows served before it and with it, without repetitions.
    pub served: usize,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows as JSON objects, separated by commas.
    pub data: String,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// Rows that match, over all pages.
    pub total: usize,
}

/// A row that the platform tells as it stands, however wrong, at its place by `at`.
#[derive(Clone, Debug, PartialEq)]
pub struct OddRow {
    /// Where it is sorted in.
    pub at: InstantMs,
    /// The JSON object.
    pub json: Value,
}

/// Builds the page behind `cursor`, or the first one. `now` of `None`: everything has happened.
#[must_use]
pub fn build(
    world: &World,
    odd: &[OddRow],
    query: &DetailsQuery,
    cursor: Option<Cursor>,
    now: Option<InstantMs>,
) -> Page {
    let range = now.map_or(query.range, |now| TimeRange { to: query.range.to.min(now + 1), ..query.range });
    let after = cursor.map(|cursor| cursor.after);
    let mut data = String::with_capacity(query.size.min(1_000) * 384);
    let mut room = query.size;
    if let Some(row) = after.filter(|after| 1 < room && repeats(world, *after)).and_then(|after| row_at(world, after))
        && let Some((row, form)) = world.told(row, now)
    {
        push_row(&mut data, &row, form, &query.select);
        room -= 1;
    }
    let mut served = cursor.map_or(0, |cursor| cursor.served);
    let mut last = None;
    let mut more = false;
    for (row, form) in matching(world, query, range, after, now) {
        if room == 0 {
            more = true;
            break;
        }
        push_row(&mut data, &row, form, &query.select);
        last = Some(row.position());
        served += 1;
        room -= 1;
    }
    // Odd rows stand on the page whose rows surround them; they are no part of its size.
    let odd_from = after.map_or(query.range.from, |(start, _)| start + 1);
    let odd_to = if more { last.map_or(range.to, |(start, _)| start + 1) } else { range.to };
    for odd in odd.iter().filter(|odd| odd_from <= odd.at && odd.at < odd_to) {
        push_separator(&mut data);
        data.push_str(&odd.json.to_string());
    }
    let total =
        if query.filters.is_empty() { world.count(range) } else { matching(world, query, range, None, now).count() };
    let next = last.filter(|_| more).map(|after| Cursor { after, served });
    Page { data, next, total }
}

fn matching<'a>(
    world: &'a World,
    query: &'a DetailsQuery,
    range: TimeRange,
    after: Option<(InstantMs, u128)>,
    now: Option<InstantMs>,
) -> impl Iterator<Item = (Cow<'a, Row>, Form)> {
    world.rows(range, after).filter_map(move |row| {
        let (row, form) = world.told(row, now)?;
        let passes = |dimension: Dimension, values: &[String]| match dimension {
            Dimension::Status => values.iter().any(|value| value == form.status(&row)),
            Dimension::Type => values.iter().any(|value| value == row.kind.word()),
            Dimension::Id => values.contains(&id_text(row.id)),
            Dimension::QueueId => {
                row.queue.is_some_and(|queue| values.iter().any(|value| value == QUEUES[usize::from(queue)].id))
            }
            Dimension::AgentId => form.measured() && row.agent.is_some_and(|agent| values.contains(&agent_id(agent))),
        };
        let all_pass = query.filters.iter().all(|filter| passes(filter.dimension, &filter.values));
        all_pass.then_some((row, form))
    })
}

fn repeats(world: &World, (start, id): (InstantMs, u128)) -> bool {
    happens(mix(&[world.seed(), start.cast_unsigned(), id as u64, (id >> 64) as u64]), REPEATS_SHARE)
}

fn row_at(world: &World, (start, id): (InstantMs, u128)) -> Option<&Row> {
    world.rows(TimeRange { from: start, to: start + 1 }, None).find(|row| row.id == id)
}

fn push_separator(out: &mut String) {
    if !out.is_empty() {
        out.push(',');
    }
}

fn push_row(out: &mut String, row: &Row, form: Form, select: &[Column]) {
    push_separator(out);
    out.push('{');
    for (number, column) in select.iter().enumerate() {
        if 0 < number {
            out.push(',');
        }
        push_column(out, row, form, *column);
    }
    out.push('}');
}

fn push_column(out: &mut String, row: &Row, form: Form, column: Column) {
    if let Some((_, name)) = COLUMNS.iter().find(|(known, _)| *known == column) {
        push(out, format_args!("\"{name}\":"));
    }
    let measured = |value: Option<i32>| value.filter(|_| form.measured());
    match column {
        Column::Id => push_text(out, Some(&id_text(row.id))),
        Column::ConversationId => push_text(out, Some(&id_text(row.conversation))),
        Column::Type => push_text(out, Some(row.kind.word())),
        Column::Status => push_text(out, Some(form.status(row))),
        Column::QueueId => push_text(out, row.queue.map(|queue| QUEUES[usize::from(queue)].id)),
        Column::AgentId => {
            push_text(out, row.agent.filter(|_| form.measured()).map(agent_id).as_deref());
        }
        Column::Talk => push_number(out, measured(row.talk_ms)),
        Column::Hold => push_number(out, measured(row.hold_ms)),
        Column::WrapUp => push_number(out, row.wrap_ms.filter(|_| form.wrapped())),
        Column::Agent => push_number(out, measured(row.agent_ms)),
        Column::Wait => push_number(out, measured(row.wait_ms)),
        Column::Transfers => push_number(out, measured(row.transfers.map(i32::from))),
        Column::WrapUpCode => {
            push_text(out, row.wrapup.filter(|_| form.wrapped()).map(|code| WRAPUP_CODES[usize::from(code)].0));
        }
        Column::Start => push_text(out, Some(&format_instant(row.start))),
        Column::End => push_text(out, form.end(row).map(format_instant).as_deref()),
        Column::AgentWrap => {
            let at = row.agent_wrap_at().filter(|_| form.wrapped());
            push_text(out, at.map(format_instant).as_deref());
        }
    }
}

/// Texts here are ids, names and instants of the simulation: none needs escaping.
fn push_text(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => push(out, format_args!("\"{text}\"")),
        None => out.push_str("null"),
    }
}

fn push_number(out: &mut String, number: Option<i32>) {
    match number {
        Some(number) => push(out, format_args!("{number}")),
        None => out.push_str("null"),
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
