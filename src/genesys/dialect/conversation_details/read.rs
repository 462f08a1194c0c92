//! An answer's conversations: agents' sessions and stays in queues as legs, nothing derived. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::customer::identity;
use super::fields::{CONVERSATION, PURPOSES};
use super::record::{Conversation, Session, at, said};
use super::request::PageQuery;
use super::session::{agent_leg, queue_leg};
use super::transfers::transfers;
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus};
use crate::domain::media::Dialect;
use crate::domain::time::InstantMs;
use crate::genesys::dialect::blank;
use crate::genesys::privacy::Privacy;
use crate::genesys::wire::allow::kept;
use crate::genesys::wire::fields::Paths;
use crate::genesys::wire::{Drift, MalformedRow, Page, RowRead, WireError};
use crate::genesys::wire::{media_drift, media_from_word, word_drift};

const SEGMENT_TYPES: [&str; 22] = [
    "alert",
    "barging",
    "callback",
    "coaching",
    "contacting",
    "converting",
    "delay",
    "dialing",
    "hold",
    "interact",
    "ivr",
    "monitoring",
    "parked",
    "scheduled",
    "screenmonitoring",
    "sharing",
    "system",
    "transmitting",
    "unknown",
    "uploading",
    "voicemail",
    "wrapup",
];

/// Conversations that one query can be paged through; the platform refuses the page behind.
const PAGED_MAX: i64 = 100_000;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    conversations: Option<Vec<&'a RawValue>>,
    #[serde(rename = "totalHits", default)]
    total_hits: Option<i64>,
    #[serde(default)]
    #[expect(dead_code, reason = "known, so that it is not counted as drift")]
    aggregations: Option<serde::de::IgnoredAny>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde::de::IgnoredAny>,
}

/// Reads the answer to `query`; of what is personal only what `privacy` allows is kept.
///
/// # Errors
/// When the body as a whole is not a page. A conversation that cannot be read is a part of the page instead.
pub fn read_page(body: &[u8], query: &PageQuery, privacy: &Privacy) -> Result<Page, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    let total = envelope.total_hits.filter(|total| 0 <= *total);
    let mut page = Page { total, ..Page::default() };
    for path in envelope.unknown.keys() {
        Drift::count(&mut page.drift.unknown, path, 1);
    }
    // Without a hit there is no list.
    let list = envelope.conversations.unwrap_or_default();
    page.rows = read_rows(&list, Dialect::ConversationDetails, privacy, &mut page.drift);
    let (number, size) = (query.page_number(), i64::from(query.page_size));
    // Each answer says its own total, so one that moves is followed. A total that lags behind must not end the query:
    // only a short page does, or the place up to which a query can be paged.
    let read_so_far = number.saturating_mul(size);
    let is_full = size <= page.rows.len() as i64;
    let more = total.is_some_and(|total| read_so_far < total) || (is_full && read_so_far < PAGED_MAX);
    page.next_token = more.then(|| (number + 1).to_string());
    Ok(page)
}

/// Reads conversations as `source` tells them; of what is personal only what `privacy` allows is kept.
pub fn read_rows(list: &[&RawValue], source: Dialect, privacy: &Privacy, drift: &mut Drift) -> Vec<RowRead> {
    let row = |json: &str, drift: &mut Drift| match read(json, source, privacy, drift) {
        Ok(mut interaction) => {
            interaction.contact_hash = privacy.contact(|| identity(json));
            RowRead::Whole(Box::new(interaction))
        }
        Err(rule) => RowRead::Malformed(malformed(json, rule)),
    };
    list.iter().map(|json| row(json.get(), drift)).collect()
}

fn read(json: &str, source: Dialect, privacy: &Privacy, drift: &mut Drift) -> Result<Interaction, String> {
    let raw = kept(json, &CONVERSATION, privacy, drift)?;
    let conversation: Conversation = serde_json::from_str(&raw).map_err(|error| format!("of another type: {error}"))?;
    let id = said(conversation.conversation_id).ok_or("a conversation has a conversationId")?;
    let start = at("conversationStart", conversation.conversation_start.as_deref())?;
    let start = start.ok_or("a conversation has a conversationStart")?;
    let end_said = at("conversationEnd", conversation.conversation_end.as_deref())?;
    let mut interaction = blank::interaction(id.clone(), source, start, raw);
    let (mut segments, mut ended, mut latest_end) = (0_usize, 0_usize, None::<InstantMs>);
    for participant in conversation.participants.unwrap_or_default() {
        let purpose = participant.purpose.unwrap_or_default().to_ascii_lowercase();
        if !purpose.is_empty() && !PURPOSES.contains(&purpose.as_str()) {
            word_drift(drift, "purpose", &purpose);
        }
        let (participant_id, user_id) = (said(participant.participant_id), said(participant.user_id));
        for mut raw_session in participant.sessions.unwrap_or_default() {
            let session = raw_session.read()?;
            count_words(&session, drift);
            segments += session.segments.len();
            ended += session.segments.iter().filter(|segment| segment.end.is_some()).count();
            latest_end = latest_end.max(session.segments.iter().filter_map(|segment| segment.end).max());
            let leg = match purpose.as_str() {
                _ if session.is_empty() => continue,
                "agent" | "user" => agent_leg(&session),
                "acd" => queue_leg(&session),
                _ => continue,
            };
            let session_id = said(raw_session.session_id);
            if matches!(purpose.as_str(), "agent" | "user") {
                let made = transfers(&session, session_id.as_deref(), user_id.as_deref(), start)?;
                interaction.transfers.extend(made);
            }
            let word = said(raw_session.media_type);
            let media_type = media_from_word(word.as_deref());
            if let Some(word) = &word {
                media_drift(drift, "mediaType", word);
            }
            interaction.legs.push(InteractionLeg {
                participant_id: participant_id.clone().unwrap_or_default(),
                session_id: session_id.unwrap_or_default(),
                user_id: user_id.clone(),
                direction: said(raw_session.direction),
                media_type,
                media_reported: word,
                ..leg
            });
        }
    }
    let is_over = end_said.is_some() || (0 < segments && ended == segments);
    interaction.status = if is_over { InteractionStatus::Completed } else { InteractionStatus::Open };
    interaction.end = end_said.or(latest_end.filter(|_| is_over));
    interaction.direction = said(conversation.originating_direction);
    interaction.conversation_id = Some(id);
    Ok(interaction)
}

fn count_words(session: &Session, drift: &mut Drift) {
    for segment in &session.segments {
        if !SEGMENT_TYPES.contains(&segment.word.as_str()) {
            word_drift(drift, "segmentType", &segment.word);
        }
    }
}

fn malformed(json: &str, rule: String) -> MalformedRow {
    let paths = Paths::of(json).unwrap_or_default();
    MalformedRow {
        id: paths.text("conversationId").ok().flatten(),
        start: paths.instant("conversationStart").ok().flatten(),
        rule,
        json: json.to_owned(),
    }
}
