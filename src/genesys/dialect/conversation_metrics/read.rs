//! An answer's entities: one leg each, as the agent's part is told. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use crate::domain::media::Dialect;
use crate::genesys::dialect::blank;
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::allow::{Allowed, kept};
use crate::genesys::wire::fields::Paths;
use crate::genesys::wire::{Drift, MalformedRow, Page, RowRead, WireError};

/// What an entity may say, by the names of answers and by those of requests. None of it is personal: it is what `raw`
/// keeps.
pub const ENTITY: Allowed = Allowed::Object(&[
    ("conversation_id", Allowed::Value),
    ("start_time", Allowed::Value),
    ("end_time", Allowed::Value),
    ("agent_id", Allowed::User),
    ("t_handle", Allowed::Value),
    ("t_acw", Allowed::Value),
    ("t_hold", Allowed::Value),
    ("conversationId", Allowed::Value),
    ("startTime", Allowed::Value),
    ("endTime", Allowed::Value),
    ("agentId", Allowed::User),
    ("tHandle", Allowed::Value),
    ("tAcw", Allowed::Value),
    ("tHold", Allowed::Value),
    ("conversation", Allowed::Object(&[("id", Allowed::Value)])),
    ("attributes", Allowed::Attributes),
    ("agent", Allowed::Object(&[("id", Allowed::User), ("name", Allowed::Dropped)])),
    (
        "metrics",
        Allowed::Object(&[
            ("t_handle", Allowed::Value),
            ("t_acw", Allowed::Value),
            ("t_hold", Allowed::Value),
            ("tHandle", Allowed::Value),
            ("tAcw", Allowed::Value),
            ("tHold", Allowed::Value),
        ]),
    ),
]);

const CONVERSATION: [&str; 3] = ["conversation_id", "conversationId", "conversation.id"];
const START: [&str; 2] = ["start_time", "startTime"];
const END: [&str; 2] = ["end_time", "endTime"];
const AGENT: [&str; 3] = ["agent_id", "agentId", "agent.id"];
const HANDLE: [&str; 4] = ["t_handle", "tHandle", "metrics.t_handle", "metrics.tHandle"];
const ACW: [&str; 4] = ["t_acw", "tAcw", "metrics.t_acw", "metrics.tAcw"];
const HOLD: [&str; 4] = ["t_hold", "tHold", "metrics.t_hold", "metrics.tHold"];

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    entities: Option<Vec<&'a RawValue>>,
    #[serde(default, alias = "nextPageUri")]
    next_page_uri: Option<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

/// Reads an answer; of what is personal only what `privacy` allows is kept. The page's token is the address of the next
/// page as it stands.
///
/// # Errors
/// When the body as a whole is not a page. An entity that cannot be read is a part of the page instead.
pub fn read_page(body: &[u8], privacy: &Privacy) -> Result<Page, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    let mut page = Page { next_token: envelope.next_page_uri.filter(|uri| !uri.is_empty()), ..Page::default() };
    for path in envelope.unknown.keys() {
        Drift::count(&mut page.drift.unknown, path, 1);
    }
    let is_empty = page.drift.unknown.is_empty() && page.next_token.is_none();
    let entities = match envelope.entities {
        Some(entities) => entities,
        // Without a hit there may be no list.
        None if is_empty => Vec::new(),
        None => return Err(WireError::NoEntities),
    };
    for json in entities {
        let row = match read(json.get(), privacy, &mut page.drift) {
            Ok(interaction) => RowRead::Whole(Box::new(interaction)),
            Err(rule) => RowRead::Malformed(malformed(json.get(), rule)),
        };
        page.rows.push(row);
    }
    Ok(page)
}

/// The first of several names that has a value.
fn first<T>(names: &[&str], read: impl Fn(&str) -> Result<Option<T>, String>) -> Result<Option<T>, String> {
    for name in names {
        if let Some(value) = read(name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

fn read(json: &str, privacy: &Privacy, drift: &mut Drift) -> Result<Interaction, String> {
    let raw = kept(json, &ENTITY, privacy, drift)?;
    let paths = Paths::of(&raw)?;
    let text = |names: &[&str]| first(names, |name| paths.text(name));
    let instant = |names: &[&str]| first(names, |name| paths.instant(name));
    let millis = |names: &[&str]| first(names, |name| paths.millis(name));
    let conversation_id = text(&CONVERSATION)?.ok_or("an entity has a conversation_id")?;
    let start = instant(&START)?.ok_or("an entity has a start_time")?;
    let end = instant(&END)?;
    let agent_id = text(&AGENT)?;
    let id = interaction_id(&conversation_id, agent_id.as_deref());
    let leg = InteractionLeg {
        session_id: id.clone(),
        user_id: agent_id,
        start: Some(start),
        end,
        hold_ms: millis(&HOLD)?,
        wrap_ms: millis(&ACW)?,
        reported_handle_ms: millis(&HANDLE)?,
        ..InteractionLeg::blank(LegRole::Row)
    };
    for (column, names) in
        [("agent_id", &AGENT[..]), ("end_time", &END), ("t_handle", &HANDLE), ("t_acw", &ACW), ("t_hold", &HOLD)]
    {
        if names.iter().all(|name| paths.value(name).is_none()) {
            Drift::count(&mut drift.missing, column, 1);
        }
    }
    Ok(Interaction {
        conversation_id: Some(conversation_id),
        status: if end.is_some() { InteractionStatus::Completed } else { InteractionStatus::Open },
        end,
        legs: vec![leg],
        ..blank::interaction(id, Dialect::ConversationMetrics, start, raw)
    })
}

/// A conversation in which nobody was the agent has a part of its own, of the agent "".
fn interaction_id(conversation_id: &str, agent_id: Option<&str>) -> String {
    format!("{conversation_id}:{}", agent_id.unwrap_or_default())
}

fn malformed(json: &str, rule: String) -> MalformedRow {
    let paths = Paths::of(json).unwrap_or_default();
    let text = |names: &[&str]| first(names, |name| paths.text(name)).ok().flatten();
    MalformedRow {
        id: text(&CONVERSATION).map(|id| interaction_id(&id, text(&AGENT).as_deref())),
        start: first(&START, |name| paths.instant(name)).ok().flatten(),
        rule,
        json: json.to_owned(),
    }
}
