//! A flat row as a report query tells it, and what a correct reader knows of it in the end. Pure.
//!
//! The report has one figure for all of an agent's time, and none for how the row ended or when.

use serde_json::{Map, Value, json};

use super::super::centre::{QUEUES, WRAPUP_CODES, agent_id};
use super::super::chance::mix;
use super::super::form::Form;
use super::super::restriction;
use super::super::row::{Kind, Outcome, Row, id_text};
use super::super::truth::input::FinalRow;
use super::super::truth::settings::TruthSettings;
use super::super::world::final_row;
use crate::domain::time::{DurationMs, format_instant};
use crate::genesys::dialect::facts::Facts;
use crate::genesys::dialect::report_queries;

/// The attributes that flows set here, with the words that they take.
const ATTRIBUTES: [(&str, [&str; 3]); 2] =
    [("customer_segment", ["enterprise", "business", "consumer"]), ("case_priority", ["high", "normal", "low"])];

/// The lengths of time that a report has, each `None` while it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// `metrics.queuetime.ms`.
    pub queue_ms: Option<DurationMs>,
    /// `metrics.handledtime.ms`.
    pub handled_ms: Option<DurationMs>,
    /// `metrics.talktime.ms`.
    pub talk_ms: Option<DurationMs>,
    /// `metrics.holdtime.ms`.
    pub hold_ms: Option<DurationMs>,
    /// `metrics.wraptime.ms`.
    pub wrap_ms: Option<DurationMs>,
}

/// The row's figures in a form.
#[must_use]
pub fn figures(row: &Row, form: Form) -> Figures {
    let measured = |value: Option<i32>| value.filter(|_| form.measured()).map(DurationMs::from);
    let (talk_ms, hold_ms) = (measured(row.talk_ms), measured(row.hold_ms));
    let wrap_ms = row.wrap_ms.filter(|_| form.wrapped()).map(DurationMs::from);
    let spoken = matches!(row.kind, Kind::Voice | Kind::Callback | Kind::Transfer);
    let handled_ms = if spoken {
        [talk_ms, hold_ms, wrap_ms].into_iter().flatten().sum()
    } else {
        measured(row.agent_ms).unwrap_or(0)
    };
    let abandoned = row.outcome == Outcome::Abandoned;
    let waited_ms = if abandoned { Some(row.end - row.start) } else { None };
    Figures {
        queue_ms: measured(row.wait_ms).or(waited_ms.filter(|_| form.measured())),
        handled_ms: (form.measured() && !abandoned).then_some(handled_ms),
        talk_ms,
        hold_ms,
        wrap_ms,
    }
}

/// What a correct reader of reports knows of the row: no end of its own, no status, no count of transfers.
#[must_use]
pub fn known(row: &Row) -> FinalRow<'_> {
    let Figures { queue_ms, handled_ms, talk_ms, hold_ms, wrap_ms } = figures(row, Form::Final);
    FinalRow {
        end: None,
        wait_ms: queue_ms,
        talk_ms,
        hold_ms,
        wrap_ms,
        handle_ms: handled_ms,
        ..restriction::row(final_row(row), report_queries::FACTS)
    }
}

/// The settings for a history of such rows. A server need not tell the agents, so that a row without one is counted all
/// the same.
#[must_use]
pub fn known_settings(settings: &TruthSettings) -> TruthSettings {
    restriction::settings(settings, Facts { agent: false, ..report_queries::FACTS })
}

/// How the rows of one query are told.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The paths.
    pub select: &'a [String],
    /// As objects in objects, else each path as one name.
    pub nested: bool,
    /// The history's seed.
    pub seed: u64,
}

impl Telling<'_> {
    /// The row as JSON.
    #[must_use]
    pub fn row(&self, row: &Row, form: Form) -> Value {
        let mut object = Map::new();
        for path in self.select {
            let value = self.value(row, form, path);
            // Attributes stand in an object of their own either way; one that was not set is not there.
            match path.strip_prefix("attributes.custom.") {
                Some(_) if value.is_null() => {}
                Some(name) => {
                    let custom = object.entry("attributes.custom").or_insert_with(|| json!({}));
                    custom[name] = value;
                }
                None if self.nested => put(&mut object, path, value),
                None => {
                    object.insert(path.clone(), value);
                }
            }
        }
        Value::Object(object)
    }

    fn value(&self, row: &Row, form: Form, path: &str) -> Value {
        let figures = figures(row, form);
        match path {
            "interaction.id" => json!(id_text(row.id)),
            "interaction.type" => json!(row.kind.word()),
            "conversation.id" => json!(id_text(row.conversation)),
            "timestamp" => json!(format_instant(row.start)),
            "agent.id" => json!(row.agent.filter(|_| form.measured()).map(agent_id)),
            "routing.queue.id" => json!(row.queue.map(|queue| QUEUES[usize::from(queue)].id)),
            "wrapup.code" => {
                json!(row.wrapup.filter(|_| form.wrapped()).map(|code| WRAPUP_CODES[usize::from(code)].0))
            }
            "conversation.end" => json!(form.end(row).map(format_instant)),
            "metrics.queuetime.ms" => json!(figures.queue_ms),
            "metrics.handledtime.ms" => json!(figures.handled_ms),
            "metrics.talktime.ms" => json!(figures.talk_ms),
            "metrics.holdtime.ms" => json!(figures.hold_ms),
            "metrics.wraptime.ms" => json!(figures.wrap_ms),
            path => self.attribute(row, path),
        }
    }

    /// One row in eight was routed by a flow that does not set the attribute.
    fn attribute(&self, row: &Row, path: &str) -> Value {
        let name = path.strip_prefix("attributes.custom.").unwrap_or(path);
        let Some((number, (_, words))) = ATTRIBUTES.iter().enumerate().find(|(_, (known, _))| *known == name) else {
            return Value::Null;
        };
        let salt = mix(&[self.seed, row.id as u64, number as u64]);
        if salt.is_multiple_of(8) { Value::Null } else { json!(words[(salt >> 8) as usize % words.len()]) }
    }
}

/// Puts a value where a dotted path leads.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = object.entry(head).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
