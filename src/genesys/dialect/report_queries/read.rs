//! A query's state, and a page of its rows. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::blank;
use super::request::Select;
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use crate::domain::media::Dialect;
use crate::domain::time::DurationMs;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::{Stage, Status};
use crate::genesys::wire::allow::Allowed::{Attributes, Object, User, Value};
use crate::genesys::wire::allow::{Allowed, kept};
use crate::genesys::wire::fields::{DURATION_MS_MAX, Paths};
use crate::genesys::wire::{Drift, MalformedRow, Page, RowRead, WireError};
use crate::genesys::wire::{media_drift, media_from_word, word_drift};

/// What of a row is passed on.
pub const ROW: Allowed = Object(&[
    ("interaction", Object(&[("id", Value), ("type", Value)])),
    ("conversation", Object(&[("id", Value), ("end", Value)])),
    ("timestamp", Value),
    ("agent", Object(&[("id", User)])),
    ("routing", Object(&[("queue", Object(&[("id", Value)]))])),
    ("wrapup", Object(&[("code", Value)])),
    ("attributes", Object(&[("custom", Attributes)])),
    (
        "metrics",
        Object(&[("queuetime", MS), ("handledtime", MS), ("talktime", MS), ("holdtime", MS), ("wraptime", MS)]),
    ),
]);

const MS: Allowed = Object(&[("ms", Value)]);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusBody {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    progress: Option<f64>,
    #[serde(default)]
    count: Option<i64>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

/// Reads the answer to a look at a query. A state that no one knows is drift, and counts as under way: the limit ends it.
///
/// # Errors
/// When it says no state.
pub fn read_status(body: &[u8]) -> Result<Status, WireError> {
    let read: StatusBody = serde_json::from_slice(body)?;
    let said = read.status.ok_or(WireError::NoStatus)?;
    let mut drift = Drift::default();
    let stage = match said.to_ascii_lowercase().as_str() {
        "pending" => Stage::Pending,
        "running" => Stage::Running,
        "completed" => Stage::Completed,
        "partial" => Stage::Partial,
        "failed" => {
            let said = match read.error {
                Some(serde_json::Value::String(text)) => text,
                Some(serde_json::Value::Null) | None => "it says no reason".to_owned(),
                Some(other) => other.to_string(),
            };
            Stage::Failed { reason: said }
        }
        _ => {
            word_drift(&mut drift, "status", &said);
            Stage::Running
        }
    };
    Ok(Status { stage, progress: read.progress, rows: read.count.filter(|count| 0 <= *count), drift })
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<Vec<&'a RawValue>>,
    #[serde(rename = "nextPageToken", default)]
    next_page_token: Option<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

/// Reads a page of rows that were asked to have the paths of `select`; of what is personal only what `privacy` allows is
/// kept.
///
/// # Errors
/// When the body as a whole is not a page. A row that cannot be read is a part of the page instead.
pub fn read_page(body: &[u8], select: &Select<'_>, privacy: &Privacy) -> Result<Page, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    let next_token = envelope.next_page_token.filter(|token| !token.is_empty());
    let mut page = Page { next_token, ..Page::default() };
    for path in envelope.unknown.keys() {
        Drift::count(&mut page.drift.unknown, path, 1);
    }
    for json in envelope.data.ok_or(WireError::NoData)? {
        let row = match read(json.get(), select, privacy, &mut page.drift) {
            Ok(interaction) => RowRead::Whole(Box::new(interaction)),
            Err(rule) => RowRead::Malformed(malformed(json.get(), rule)),
        };
        page.rows.push(row);
    }
    Ok(page)
}

fn read(json: &str, select: &Select<'_>, privacy: &Privacy, drift: &mut Drift) -> Result<Interaction, String> {
    let raw = kept(json, &ROW, privacy, drift)?;
    let paths = Paths::of(&raw)?;
    for path in select.columns() {
        if !paths.has(path) {
            Drift::count(&mut drift.missing, path, 1);
        }
    }
    let id = paths.text("interaction.id")?.ok_or("a row has an interaction.id")?;
    let start = paths.instant("timestamp")?.ok_or("a row has a timestamp")?;
    let [wait_ms, handled_ms, talk_ms, hold_ms, wrap_ms] =
        ["queuetime", "handledtime", "talktime", "holdtime", "wraptime"].map(|name| duration(&paths, name));
    let (wait_ms, handled_ms) = (wait_ms?, handled_ms?);
    let over = paths.instant("conversation.end")?.is_some();
    let mut interaction = blank::interaction(id.clone(), Dialect::ReportQueries, start, String::new());
    interaction.conversation_id = paths.text("conversation.id")?;
    let word = paths.text("interaction.type")?;
    let transfer_row = word.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("transfer"));
    let media_type = media_from_word(word.as_deref());
    if let Some(word) = word.as_deref().filter(|_| !transfer_row) {
        media_drift(drift, "interaction.type", word);
    }
    interaction.status = match (handled_ms, over) {
        (Some(_), _) => InteractionStatus::Completed,
        (None, true) => InteractionStatus::Abandoned,
        (None, false) => InteractionStatus::Open,
    };
    let code = paths.text("wrapup.code")?;
    interaction.legs.push(InteractionLeg {
        session_id: id,
        transfer_row,
        media_type,
        media_reported: word,
        queue_id: paths.text("routing.queue.id")?,
        user_id: paths.text("agent.id")?,
        start: Some(start),
        wait_ms,
        talk_ms: talk_ms?,
        hold_ms: hold_ms?,
        wrap_ms: wrap_ms?,
        reported_handle_ms: handled_ms,
        wrapup_code_id: code.clone(),
        wrapup_code_name: code,
        ..InteractionLeg::blank(LegRole::Row)
    });
    interaction.raw = raw;
    Ok(interaction)
}

/// Decimals are rounded to the whole millisecond.
fn duration(paths: &Paths<'_>, name: &str) -> Result<Option<DurationMs>, String> {
    let path = format!("metrics.{name}.ms");
    let Some(value) = paths.value(&path) else { return Ok(None) };
    let number = match serde_json::from_str::<i64>(value) {
        Ok(number) => number,
        // The cast saturates, and the range is checked below.
        Err(_) => serde_json::from_str::<f64>(value).map_err(|_| format!("{path} is a number"))?.round() as i64,
    };
    match number {
        i64::MIN..0 => Err(format!("{path} is not negative")),
        ms if DURATION_MS_MAX < ms => Err(format!("{path} is at most {DURATION_MS_MAX}")),
        ms => Ok(Some(ms)),
    }
}

fn malformed(json: &str, rule: String) -> MalformedRow {
    let paths = Paths::of(json).unwrap_or_default();
    MalformedRow {
        id: paths.text("interaction.id").ok().flatten(),
        start: paths.instant("timestamp").ok().flatten(),
        rule,
        json: json.to_owned(),
    }
}
