//! An answer's interactions: events grouped into legs by queue and agent, nothing ordered or split. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{Event, EventKind, fill_in};
use crate::domain::interaction::{
    Interaction, InteractionDisposition, InteractionLeg, InteractionStatus, InteractionTransfer, LegRole, Phase,
    PhaseKind,
};
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::InstantMs;
use crate::genesys::dialect::blank;
use crate::genesys::privacy::Privacy;
use crate::genesys::reference::skill_set;
use crate::genesys::wire::allow::{Allowed, kept};
use crate::genesys::wire::fields::Paths;
use crate::genesys::wire::{Drift, MalformedRow, Page, RowRead, WireError};
use crate::genesys::wire::{media_drift, media_from_word, status_from_word, word_drift};

/// An object of which only the id is passed on.
const ID: Allowed = Allowed::Object(&[("id", Allowed::Value), ("name", Allowed::Dropped)]);

/// What an event may say.
const EVENT: Allowed = Allowed::Object(&[
    ("eventType", Allowed::Expected(&Allowed::Value)),
    ("timestamp", Allowed::Expected(&Allowed::Value)),
    ("duration", Allowed::Value),
    ("holdType", Allowed::Word(&["system", "customer", "agent", "user"])),
    ("systemInitiated", Allowed::Value),
    ("transferType", Allowed::Word(&["blind", "consult"])),
    ("routing", Allowed::Object(&[("queue", ID), ("skill", ID)])),
    ("wrapUp", Allowed::Object(&[("code", Allowed::Value)])),
    ("agent", Allowed::Object(&[("id", Allowed::User), ("name", Allowed::Dropped)])),
]);

/// What an interaction may say. None of it is personal: it is what `raw` keeps.
pub const INTERACTION: Allowed = Allowed::Object(&[
    ("id", Allowed::Value),
    ("type", Allowed::Value),
    ("status", Allowed::Value),
    ("startTimestamp", Allowed::Value),
    ("endTimestamp", Allowed::Value),
    ("conversationStart", Allowed::Value),
    ("conversationEnd", Allowed::Value),
    (
        "interaction",
        Allowed::Object(&[
            ("id", Allowed::Value),
            ("type", Allowed::Value),
            ("status", Allowed::Value),
            ("startTimestamp", Allowed::Value),
            ("endTimestamp", Allowed::Value),
        ]),
    ),
    ("events", Allowed::List(&EVENT)),
    ("attributes", Allowed::Attributes),
]);

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    interactions: Option<Vec<&'a RawValue>>,
    #[serde(rename = "nextPageToken", default)]
    next_page_token: Option<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

/// Reads an answer; of what is personal only what `privacy` allows is kept.
///
/// # Errors
/// When the body as a whole is not a page. An interaction that cannot be read is a part of the page instead.
pub fn read_page(body: &[u8], privacy: &Privacy) -> Result<Page, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    let mut page = Page { next_token: envelope.next_page_token.filter(|token| !token.is_empty()), ..Page::default() };
    for path in envelope.unknown.keys() {
        Drift::count(&mut page.drift.unknown, path, 1);
    }
    for json in envelope.interactions.ok_or(WireError::NoInteractions)? {
        let row = match read(json.get(), privacy, &mut page.drift) {
            Ok(interaction) => RowRead::Whole(Box::new(interaction)),
            Err(rule) => RowRead::Malformed(malformed(json.get(), rule)),
        };
        page.rows.push(row);
    }
    Ok(page)
}

/// Rows in the order of their starts that show a server to sort by them. Fewer might be so by chance.
const SORTED_ROWS_MIN: usize = 10;

/// Whether a page is the last of a query for starts before `to`, although the server names another: what is asked for
/// reaches beyond `to` by the forward buffer, and where rows are sorted and have come past `to`, only such rows follow.
#[must_use]
pub fn has_come_past(rows: &[RowRead], to: InstantMs) -> bool {
    let starts: Option<Vec<InstantMs>> = rows.iter().map(RowRead::start).collect();
    starts.is_some_and(|starts| SORTED_ROWS_MIN <= starts.len() && starts.is_sorted() && starts.last() >= Some(&to))
}

fn read(json: &str, privacy: &Privacy, drift: &mut Drift) -> Result<Interaction, String> {
    let raw = kept(json, &INTERACTION, privacy, drift)?;
    let paths = Paths::of(&raw)?;
    let text = |name: &str| Ok::<_, String>(paths.text(name)?.or(paths.text(&format!("interaction.{name}"))?));
    let instant = |name: &str| Ok::<_, String>(paths.instant(name)?.or(paths.instant(&format!("interaction.{name}"))?));
    let id = text("id")?.ok_or("an interaction has an id")?;
    let mut events = Vec::new();
    for event in events_of(&paths) {
        events.push(Event::read(event.get())?);
    }
    events.sort();
    for event in events.iter().filter(|event| event.kind == EventKind::Unknown) {
        word_drift(drift, "eventType", &event.word);
    }
    let word = text("type")?;
    let media_type = media_from_word(word.as_deref());
    if word.is_none() {
        Drift::count(&mut drift.missing, "type", 1);
    }
    if let Some(word) = &word {
        media_drift(drift, "type", word);
    }
    let status_word = text("status")?;
    let status = status_word.as_deref().and_then(status_from_word);
    if let Some(word) = status_word.as_deref().filter(|_| status.is_none()) {
        word_drift(drift, "status", word);
    }
    let start_said = instant("startTimestamp")?.or(paths.instant("conversationStart")?);
    let end_said = instant("endTimestamp")?.or(paths.instant("conversationEnd")?);
    let start = events.first().map(|event| event.at).or(start_said).ok_or("an interaction has events or a start")?;
    let is_over = match status {
        Some(InteractionStatus::Open) => false,
        Some(_) => true,
        None => {
            let mut phases = events.iter().filter(|event| event.kind.is_phase());
            end_said.is_some() || (!events.is_empty() && phases.all(|event| event.duration_ms.is_some()))
        }
    };
    let end = events.iter().map(Event::end).max().or(end_said).unwrap_or(start);
    fill_in(&mut events);
    Ok(Interaction {
        conversation_id: Some(id.clone()),
        status: if is_over { InteractionStatus::Completed } else { InteractionStatus::Open },
        end: is_over.then_some(end),
        legs: legs(&events, word.as_deref(), media_type),
        transfers: transfers(&events),
        dispositions: dispositions(&events),
        ..blank::interaction(id, Dialect::InteractionEvents, start, raw)
    })
}

fn events_of<'a>(paths: &Paths<'a>) -> Vec<&'a RawValue> {
    // That it is a list has been seen.
    paths.value("events").and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default()
}

/// A leg under construction: what is known of one queue, or of one agent for one queue.
#[derive(Default)]
struct Group<'a> {
    phases: Vec<Phase>,
    skills: BTreeSet<&'a str>,
    is_over: bool,
}

fn legs(events: &[Event], word: Option<&str>, media_type: MediaType) -> Vec<InteractionLeg> {
    let mut groups: BTreeMap<(LegRole, Option<&str>, Option<&str>), Group<'_>> = BTreeMap::new();
    for event in events {
        let Some(kind) = phase_kind(event) else { continue };
        let (queue_id, agent_id) = (event.queue_id.as_deref(), event.agent_id.as_deref());
        let at_an_agent = event.kind != EventKind::Wait || agent_id.is_some();
        let role = if at_an_agent { LegRole::Agent } else { LegRole::Queue };
        let group =
            groups.entry((role, queue_id, agent_id)).or_insert_with(|| Group { is_over: true, ..Group::default() });
        group.phases.push(Phase { kind, start: event.at, end: event.end() });
        group.skills.extend(event.skill_id.as_deref());
        group.is_over &= event.duration_ms.is_some();
    }
    let leg = |((role, queue_id, agent_id), mut group): ((LegRole, Option<&str>, Option<&str>), Group<'_>)| {
        group.phases.sort_unstable();
        let queue = queue_id.unwrap_or_default();
        let session_id = match role {
            LegRole::Agent => format!("{queue}/{}", agent_id.unwrap_or_default()),
            _ => queue.to_owned(),
        };
        let end = group.phases.iter().map(|phase| phase.end).max();
        InteractionLeg {
            session_id,
            media_type,
            media_reported: word.map(str::to_owned),
            queue_id: queue_id.map(str::to_owned),
            user_id: agent_id.map(str::to_owned),
            start: group.phases.first().map(|_| earliest(&group.phases)),
            end: end.filter(|_| group.is_over),
            skill_set: skill_set(group.skills),
            phases: group.phases,
            ..InteractionLeg::blank(role)
        }
    };
    groups.into_iter().map(leg).collect()
}

fn earliest(phases: &[Phase]) -> InstantMs {
    phases.iter().map(|phase| phase.start).min().unwrap_or_default()
}

fn phase_kind(event: &Event) -> Option<PhaseKind> {
    match event.kind {
        EventKind::Wait => Some(PhaseKind::Wait),
        EventKind::Talk => Some(PhaseKind::Talk),
        EventKind::Hold if event.by_system => Some(PhaseKind::SystemHold),
        EventKind::Hold => Some(PhaseKind::CustomerHold),
        EventKind::WrapUp => Some(PhaseKind::Wrap),
        EventKind::Transfer | EventKind::Disposition | EventKind::System | EventKind::Unknown => None,
    }
}

fn transfers(events: &[Event]) -> Vec<InteractionTransfer> {
    let made = events.iter().filter(|event| event.kind == EventKind::Transfer);
    let transfer = |event: &Event| InteractionTransfer {
        at: event.at,
        kind: event.transfer_kind,
        session_id: None,
        user_id: event.agent_id.clone(),
        to_queue_id: event.queue_id.clone(),
        to_user_id: None,
    };
    made.map(transfer).collect()
}

fn dispositions(events: &[Event]) -> Vec<InteractionDisposition> {
    let set = |event: &&Event| match event.kind {
        EventKind::Disposition => true,
        EventKind::WrapUp => event.code.is_some(),
        _ => false,
    };
    let disposition = |event: &Event| InteractionDisposition {
        at: event.at,
        session_id: None,
        user_id: event.agent_id.clone(),
        code_id: event.code.clone(),
        code_name: None,
    };
    events.iter().filter(set).map(disposition).collect()
}

/// What can still be told of an interaction that cannot be read: its id, and the earliest instant that can.
fn malformed(json: &str, rule: String) -> MalformedRow {
    let paths = Paths::of(json).unwrap_or_default();
    let text = |name: &str| paths.text(name).ok().flatten();
    let at = |event: &&RawValue| Paths::of(event.get()).ok()?.instant("timestamp").ok()?;
    let earliest = events_of(&paths).iter().filter_map(at).min();
    MalformedRow {
        id: text("id").or_else(|| text("interaction.id")),
        start: earliest.or_else(|| paths.instant("startTimestamp").ok().flatten()),
        rule,
        json: json.to_owned(),
    }
}
