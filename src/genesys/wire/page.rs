//! The shapes of answers: every field optional, nested or dotted, whole or decimal; unknown ones are counted. Pure.
//!
//! One row that cannot be read never spoils the page: it comes out as [`RowRead::Malformed`] with the rule it broke.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::allow::Pairs;
use super::fields::DURATION_MS_MAX;
use super::flat::ATTRIBUTES;
use super::words::told_name;
use crate::domain::interaction::Interaction;
use crate::domain::time::{DurationMs, InstantMs, parse_instant};
use crate::genesys::privacy::Privacy;
use crate::genesys::reference::Names;

/// Why an answer is no page.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not JSON, cut off, or of another shape.
    #[error("the answer is not the JSON that the dialect says")]
    Json(#[from] serde_json::Error),
    /// JSON, but without the list of rows.
    #[error("the answer has no list `data`")]
    NoData,
    /// JSON, but without the list of interactions.
    #[error("the answer has no list `interactions`")]
    NoInteractions,
    /// JSON, but without an id that a query can be asked for by.
    #[error("the answer names no query")]
    NoQuery,
    /// JSON, but without how far a query is.
    #[error("the answer does not say how far the query is")]
    NoStatus,
    /// JSON, but without the instant up to which there is data.
    #[error("the answer has no `dataAvailabilityDate`")]
    NoAvailability,
    /// JSON, but without the list of entities.
    #[error("the answer has no list `entities`")]
    NoEntities,
    /// The next page lies at another place than the last one: no login is sent there.
    #[error("the answer names a next page that is not at {asked} with a query: {uri}")]
    NextPageElsewhere {
        /// The address that it names, cut short.
        uri: String,
        /// The address that was asked.
        asked: String,
    },
}

/// One answer.
#[derive(Debug, Default)]
pub struct Page {
    /// In the platform's order.
    pub rows: Vec<RowRead>,
    /// Where the next page begins; `None` at the end.
    pub next_token: Option<String>,
    /// How many rows the platform says the query selects.
    pub total: Option<i64>,
    /// How many interactions the platform says start in what was asked for, where it says that apart.
    pub starts: Option<i64>,
    /// How many interactions start in the last minutes before the query's end, where that was asked for.
    pub recent: Option<i64>,
    /// The instant that the answer speaks for, where the platform says an earlier one than that of the request.
    pub speaks_for: Option<InstantMs>,
    /// What the answer had that was not expected, and the reverse.
    pub drift: Drift,
    /// The names that the rows' ids had when the answer came.
    pub names: Arc<Names>,
}

/// One row of an answer.
#[derive(Debug)]
pub enum RowRead {
    /// Readable.
    Row(Box<Row>),
    /// A whole conversation, as its dialect's reader gives it: without tenant, version and hash.
    Whole(Box<Interaction>),
    /// Not readable: a dead letter.
    Malformed(MalformedRow),
}

impl RowRead {
    /// First instant of the row's leg, where that much could be read.
    #[must_use]
    pub fn start(&self) -> Option<InstantMs> {
        match self {
            RowRead::Row(row) => Some(row.start),
            RowRead::Whole(interaction) => Some(interaction.start),
            RowRead::Malformed(row) => row.start,
        }
    }

    /// What tells the row from others: its id, or, where that could not be read, all of it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            RowRead::Row(row) => &row.id,
            RowRead::Whole(interaction) => &interaction.interaction_id,
            RowRead::Malformed(row) => &row.json,
        }
    }
}

/// A flat row, as reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The row's own id.
    pub id: String,
    /// Medium, or `transfer`.
    pub type_word: Option<String>,
    /// `completed`, `abandoned`, `inProgress`.
    pub status_word: Option<String>,
    /// Queue.
    pub queue_id: Option<String>,
    /// Agent.
    pub agent_id: Option<String>,
    /// The contact that several rows belong to.
    pub conversation_id: Option<String>,
    /// Disposition.
    pub wrap_up_code: Option<String>,
    /// Time in queue.
    pub wait_ms: Option<DurationMs>,
    /// Talk.
    pub talk_ms: Option<DurationMs>,
    /// Hold.
    pub hold_ms: Option<DurationMs>,
    /// After-call work.
    pub wrap_ms: Option<DurationMs>,
    /// All agent time of a digital leg.
    pub agent_ms: Option<DurationMs>,
    /// Transfers that the leg made.
    pub transfers: Option<i64>,
    /// First instant.
    pub start: InstantMs,
    /// First instant after it.
    pub end: Option<InstantMs>,
    /// When a digital leg's wrap-up began.
    pub agent_wrap_at: Option<InstantMs>,
    /// The row's JSON, known fields only, each value's text untouched.
    pub raw: String,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedRow {
    /// Its id, if that was readable.
    pub id: Option<String>,
    /// Its start, if that was readable.
    pub start: Option<InstantMs>,
    /// The rule that it broke.
    pub rule: String,
    /// The row as it came.
    pub json: String,
}

/// Counts of what was not expected, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Fields that no one knows; they are dropped.
    pub unknown: BTreeMap<String, u64>,
    /// Columns that were asked for and are not there.
    pub missing: BTreeMap<String, u64>,
}

/// Paths that are told apart. Too small: a new field hides behind others; too large: keys that are data fill memory.
pub(super) const DRIFT_PATHS_MAX: usize = 200;

impl Drift {
    /// Counts `amount` more of `path` in `counts`; beyond the limit of paths they are counted together.
    pub fn count(counts: &mut BTreeMap<String, u64>, path: &str, amount: u64) {
        if let Some(count) = counts.get_mut(path) {
            *count += amount;
        } else if counts.len() < DRIFT_PATHS_MAX {
            counts.insert(path.to_owned(), amount);
        } else {
            *counts.entry("(others)".to_owned()).or_default() += amount;
        }
    }
}

/// Every known field: its name, and the nested or dotted paths that mean the same. None of them is personal: they are
/// what `raw` keeps.
const FIELDS: [(&str, &[&str]); 16] = [
    ("id", &["interaction.id"]),
    ("type", &["interaction.type"]),
    ("status", &["interaction.status"]),
    ("queueId", &["queue.id", "routing.queue.id"]),
    ("agentId", &["agent.id"]),
    ("talkDuration", &["metrics.talkDuration"]),
    ("holdDuration", &["metrics.holdDuration"]),
    ("wrapUpDuration", &["metrics.wrapUpDuration"]),
    ("agentDuration", &["metrics.agentDuration"]),
    ("startTimestamp", &["interaction.startTimestamp"]),
    ("endTimestamp", &["interaction.endTimestamp"]),
    ("conversationId", &["conversation.id"]),
    ("waitDuration", &["metrics.waitDuration"]),
    ("wrapUpCode", &["wrapUp.code"]),
    ("transfers", &["metrics.transfers"]),
    ("agentWrapTimestamp", &["interaction.agentWrapTimestamp"]),
];

/// How deep a row's objects are looked into.
const DEPTH_MAX: usize = 6;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<Vec<&'a RawValue>>,
    #[serde(rename = "nextPageToken", default)]
    next_page_token: Option<String>,
    #[serde(default)]
    total: Option<f64>,
    #[serde(default)]
    #[expect(dead_code, reason = "known, so that it is not counted as drift")]
    size: Option<serde::de::IgnoredAny>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

/// Reads an answer whose rows were asked to have `columns`; of what is personal only what `privacy` allows is kept.
///
/// # Errors
/// When the body as a whole is not a page.
pub fn read_page(body: &[u8], columns: &[&str], privacy: &Privacy) -> Result<Page, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    let mut page = Page {
        next_token: envelope.next_page_token.filter(|token| !token.is_empty()),
        // A count is whole and small; the cast saturates.
        total: envelope.total.filter(|total| 0.0 <= *total).map(|total| total as i64),
        ..Page::default()
    };
    for path in envelope.unknown.keys() {
        Drift::count(&mut page.drift.unknown, path, 1);
    }
    for json in envelope.data.ok_or(WireError::NoData)? {
        let row = read_row(json.get(), columns, privacy, &mut page.drift);
        page.rows.push(row);
    }
    Ok(page)
}

/// The known fields of one row: for each of [`FIELDS`] the text of its value.
struct Fields<'a> {
    values: [Option<&'a str>; FIELDS.len()],
    privacy: &'a Privacy,
    // What is in no list and allowed by name: its path and the text of its value.
    allowed: Vec<(String, &'a str)>,
}

fn read_row(json: &str, columns: &[&str], privacy: &Privacy, drift: &mut Drift) -> RowRead {
    let mut fields = Fields { values: [None; FIELDS.len()], privacy, allowed: Vec::new() };
    let read = fields.collect(json, "", 0, drift).and_then(|()| {
        for column in columns {
            if fields.value(column).is_none() {
                Drift::count(&mut drift.missing, column, 1);
            }
        }
        fields.row()
    });
    match read {
        Ok(row) => RowRead::Row(Box::new(row)),
        Err(rule) => RowRead::Malformed(MalformedRow {
            id: fields.text("id").ok().flatten(),
            start: fields.instant("startTimestamp").ok().flatten(),
            rule,
            json: json.to_owned(),
        }),
    }
}

impl<'a> Fields<'a> {
    fn collect(&mut self, json: &'a str, prefix: &str, depth: usize, drift: &mut Drift) -> Result<(), String> {
        let object: BTreeMap<String, &'a RawValue> =
            serde_json::from_str(json).map_err(|_| "a row is a JSON object".to_owned())?;
        for (key, value) in object {
            let path = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            let by_name = FIELDS.iter().position(|(name, _)| *name == path);
            let by_path = || FIELDS.iter().position(|(_, paths)| paths.contains(&path.as_str()));
            if let Some(index) = by_name {
                self.values[index] = Some(value.get());
            } else if let Some(index) = by_path() {
                self.values[index] = self.values[index].or(Some(value.get()));
            } else if path == ATTRIBUTES {
                self.attributes(value.get(), drift)?;
            } else if self.privacy.keeps_field(path.rsplit('.').next().unwrap_or(&path)) {
                self.allowed.push((path, value.get()));
            } else if value.get().starts_with('{') && depth < DEPTH_MAX {
                self.collect(value.get(), &path, depth + 1, drift)?;
            } else {
                Drift::count(&mut drift.unknown, told_name(&path), 1);
            }
        }
        Ok(())
    }

    /// Whatever is not allowed is not even looked at: its names and values are a customer's.
    fn attributes(&mut self, json: &'a str, drift: &mut Drift) -> Result<(), String> {
        if json == "null" {
            return Ok(());
        }
        let pairs: Pairs<'a> = serde_json::from_str(json).map_err(|_| format!("{ATTRIBUTES} is a JSON object"))?;
        for name in self.privacy.attributes() {
            let path = format!("{ATTRIBUTES}.{name}");
            match pairs.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.get()) {
                None => Drift::count(&mut drift.missing, &path, 1),
                Some(text) if text.starts_with('"') || text == "null" => self.allowed.push((path, text)),
                Some(_) => return Err(format!("{path} is text")),
            }
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        FIELDS.iter().position(|(known, _)| *known == name).and_then(|index| self.values[index])
    }

    fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.value(name) {
            None | Some("null") => Ok(None),
            Some(text) => match serde_json::from_str::<String>(text) {
                Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
                Err(_) => Err(format!("{name} is text")),
            },
        }
    }

    fn number(&self, name: &str) -> Result<Option<i64>, String> {
        let Some(text) = self.value(name).filter(|text| *text != "null") else { return Ok(None) };
        let number = match serde_json::from_str::<i64>(text) {
            Ok(number) => number,
            // Decimals are rounded to the whole unit; the cast saturates and the range is checked below.
            Err(_) => serde_json::from_str::<f64>(text).map_err(|_| format!("{name} is a number"))?.round() as i64,
        };
        if number < 0 {
            return Err(format!("{name} is not negative"));
        }
        if DURATION_MS_MAX < number {
            return Err(format!("{name} is at most {DURATION_MS_MAX}"));
        }
        Ok(Some(number))
    }

    fn instant(&self, name: &str) -> Result<Option<InstantMs>, String> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        parse_instant(&text).map(Some).ok_or_else(|| format!("{name} is an ISO-8601 instant with its zone"))
    }

    fn row(&self) -> Result<Row, String> {
        Ok(Row {
            id: self.text("id")?.ok_or("a row has an id")?,
            type_word: self.text("type")?,
            status_word: self.text("status")?,
            queue_id: self.text("queueId")?,
            agent_id: self.text("agentId")?.map(|id| self.privacy.user(id)),
            conversation_id: self.text("conversationId")?,
            wrap_up_code: self.text("wrapUpCode")?,
            wait_ms: self.number("waitDuration")?,
            talk_ms: self.number("talkDuration")?,
            hold_ms: self.number("holdDuration")?,
            wrap_ms: self.number("wrapUpDuration")?,
            agent_ms: self.number("agentDuration")?,
            transfers: self.number("transfers")?,
            start: self.instant("startTimestamp")?.ok_or("a row has a startTimestamp")?,
            end: self.instant("endTimestamp")?,
            agent_wrap_at: self.instant("agentWrapTimestamp")?,
            raw: self.raw(),
        })
    }

    fn raw(&self) -> String {
        let mut raw = String::with_capacity(384);
        raw.push('{');
        for ((name, _), value) in FIELDS.iter().zip(self.values) {
            let Some(value) = value else { continue };
            raw.push_str(if raw.len() == 1 { "\"" } else { ",\"" });
            raw.push_str(name);
            raw.push_str("\":");
            if *name == "agentId" && self.privacy.hashes_users() {
                let id: Option<String> = serde_json::from_str(value).ok();
                let id = id.filter(|id| !id.is_empty()).map(|id| self.privacy.user(id));
                raw.push_str(&serde_json::Value::from(id).to_string());
            } else {
                raw.push_str(value);
            }
        }
        for (path, value) in &self.allowed {
            raw.push_str(if raw.len() == 1 { "" } else { "," });
            raw.push_str(&serde_json::Value::String(path.clone()).to_string());
            raw.push(':');
            raw.push_str(value);
        }
        raw.push('}');
        raw
    }
}
