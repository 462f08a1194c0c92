//! A job's state, a page of its conversations, and how far the lake is. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::media::Dialect;
use crate::domain::time::{InstantMs, parse_instant};
use crate::genesys::dialect::conversation_details::read_rows;
use crate::genesys::privacy::Privacy;
use crate::genesys::query::machine::{Stage, Status};
use crate::genesys::wire::{Drift, Page, WireError, word_drift};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusBody {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error_message: Option<String>,
}

/// Reads the answer to a look at a job. A state that no one knows is drift, and counts as under way: the limit ends it.
///
/// # Errors
/// When it says no state.
pub fn read_status(body: &[u8]) -> Result<Status, WireError> {
    let read: StatusBody = serde_json::from_slice(body)?;
    let told = read.state.ok_or(WireError::NoStatus)?;
    let word = told.to_ascii_uppercase();
    let mut drift = Drift::default();
    let said = read.error_message.unwrap_or_else(|| "it says no reason".to_owned());
    let stage = match word.as_str() {
        "QUEUED" => Stage::Pending,
        "FULFILLED" => Stage::Completed,
        "FAILED" | "CANCELLED" | "EXPIRED" => {
            Stage::Failed { reason: format!("{}: {said}", word.to_ascii_lowercase()) }
        }
        // The platform's word for a job that is being worked on.
        "PENDING" => Stage::Running,
        _ => {
            word_drift(&mut drift, "state", &told);
            Stage::Running
        }
    };
    Ok(Status { stage, progress: None, rows: None, drift })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow, default)]
    conversations: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    data_availability_date: Option<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

/// Reads a page of conversations; of what is personal only what `privacy` allows is kept.
///
/// # Errors
/// When the body as a whole is not a page. A conversation that cannot be read is a part of the page instead.
pub fn read_page(body: &[u8], privacy: &Privacy) -> Result<Page, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    let mut page = Page {
        next_token: envelope.cursor.filter(|cursor| !cursor.is_empty()),
        speaks_for: envelope.data_availability_date.as_deref().and_then(parse_instant),
        ..Page::default()
    };
    for path in envelope.unknown.keys() {
        Drift::count(&mut page.drift.unknown, path, 1);
    }
    let list = envelope.conversations.unwrap_or_default();
    page.rows = read_rows(&list, Dialect::ConversationJobs, privacy, &mut page.drift);
    Ok(page)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Availability {
    #[serde(default)]
    data_availability_date: Option<String>,
}

/// Reads the instant before which the lake has everything.
///
/// # Errors
/// When it is not said.
pub fn read_availability(body: &[u8]) -> Result<InstantMs, WireError> {
    let read: Availability = serde_json::from_slice(body)?;
    read.data_availability_date.as_deref().and_then(parse_instant).ok_or(WireError::NoAvailability)
}
