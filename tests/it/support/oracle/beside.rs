//! Pure: what stands beside the KPI rows: legs, contacts and transfers.

use std::collections::BTreeMap;

use handletime::domain::interaction::Interaction;
use handletime::domain::media::MediaType;
use handletime::domain::time::InstantMs;
use serde_json::json;

use super::judge::Fate;
use super::leg::{Leg, Moved};
use super::rows::Fields;

/// A contact: the legs of one conversation and medium.
#[derive(Clone, Debug)]
pub struct Contact {
    pub conversation_id: String,
    pub direction: String,
    pub media: MediaType,
    pub start: InstantMs,
    pub end: Option<InstantMs>,
    pub legs: i64,
    pub handled: i64,
    pub handle_ms: i64,
    pub contact_hash: Option<String>,
}

/// The contacts that a conversation makes, medium by medium.
pub fn contacts(reading: &Interaction, legs: &[(Leg, Fate)]) -> Vec<Contact> {
    let mut by_media: BTreeMap<MediaType, Vec<&(Leg, Fate)>> = BTreeMap::new();
    // What contradicts itself, goes on or is of an excluded queue is part of no contact.
    for leg in legs.iter().filter(|(_, fate)| fate.moves) {
        by_media.entry(leg.0.media).or_default().push(leg);
    }
    let contact = |(media, legs): (MediaType, Vec<&(Leg, Fate)>)| {
        let kept: Vec<i64> =
            legs.iter().filter(|(_, fate)| fate.reason.is_none()).map(|(leg, _)| leg.handle_ms).collect();
        let ends: Option<Vec<InstantMs>> = legs.iter().map(|(leg, _)| leg.end.filter(|_| leg.is_over())).collect();
        Contact {
            conversation_id: legs[0].0.conversation_id.clone(),
            direction: reading.direction.clone().unwrap_or_default(),
            media,
            start: legs.iter().map(|(leg, _)| leg.start).min().unwrap(),
            end: ends.and_then(|ends| ends.into_iter().max()),
            legs: legs.len() as i64,
            handled: kept.len() as i64,
            handle_ms: kept.iter().sum(),
            contact_hash: reading.contact_hash.clone(),
        }
    };
    by_media.into_iter().map(contact).collect()
}

fn fields<const N: usize>(said: [(&str, serde_json::Value); N]) -> Fields {
    said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Contact {
    pub fn key(&self) -> Fields {
        fields([
            ("org_id", json!("acme")),
            ("conversation_id", json!(self.conversation_id)),
            ("direction", json!(self.direction)),
            ("media_type", json!(self.media)),
        ])
    }

    pub fn fields(&self) -> Fields {
        let mut all = self.key();
        all.extend(fields([
            ("start", json!(self.start)),
            ("end", json!(self.end)),
            ("legs", json!(self.legs)),
            ("handled", json!(self.handled)),
            ("handle_ms", json!(self.handle_ms)),
            ("contact_hash", json!(self.contact_hash)),
        ]));
        all
    }
}

/// Key of the transfer that has this number within its conversation.
pub fn transfer_key(moved: &Moved, seq: usize) -> Fields {
    fields([("org_id", json!("acme")), ("conversation_id", json!(moved.conversation_id)), ("transfer_seq", json!(seq))])
}

/// Everything that its row must say.
pub fn transfer_fields(moved: &Moved, seq: usize) -> Fields {
    let mut all = transfer_key(moved, seq);
    all.extend(fields([
        ("transfer_time", json!(moved.at)),
        ("kind", json!(moved.kind)),
        ("from_queue_id", json!(moved.from_queue)),
        ("from_user_id", json!(moved.from_user)),
        ("to_queue_id", json!(moved.to_queue)),
        ("to_user_id", json!(moved.to_user)),
        ("target_wait_ms", json!(moved.target_wait_ms)),
        ("target_handle_ms", json!(moved.target_handle_ms)),
        ("completed", json!(moved.completed)),
        ("malformed", json!(moved.malformed)),
    ]));
    all
}

/// What a row of `legs` must say. How sessions are named is the product's affair, and so is what a leg that contradicts
/// itself was measured as.
pub fn leg_fields(leg: &Leg, fate: &Fate) -> Fields {
    let mut all = fields([
        ("conversation_id", json!(leg.conversation_id)),
        ("queue_id", json!(leg.queue)),
        ("user_id", json!(leg.user)),
        ("media_type", json!(leg.media)),
        ("start", json!(leg.start)),
        ("kept", json!(fate.reason.is_none())),
        ("drop_reason", json!(fate.reason.map(str::to_uppercase))),
    ]);
    if leg.malformed {
        return all;
    }
    all.extend(fields([
        ("end", json!(leg.end)),
        ("arrival", json!(leg.arrival)),
        ("answered_at", json!(leg.answered_at)),
        ("abandoned_at", json!(leg.abandoned_at)),
        ("flow_out_at", json!(leg.flow_out_at)),
        ("wait_ms", json!(leg.wait_ms)),
        ("talk_ms", json!(leg.talk_ms)),
        ("customer_hold_ms", json!(leg.hold_ms)),
        ("system_hold_ms", json!(leg.system_hold_ms)),
        ("wrap_ms", json!(leg.wrap_ms)),
        ("handle_ms", json!(leg.handle_ms)),
        ("genesys_handle_ms", json!(leg.genesys_ms)),
        ("active_agent_ms", json!(leg.active_ms)),
        ("elapsed_agent_ms", json!(leg.elapsed_ms)),
        ("wrapup_code_id", json!(leg.code_id)),
        ("wrapup_code_name", json!(leg.code_name)),
        ("transfers_out", json!(leg.transfers.len())),
        ("transferred_in_at", json!(leg.transferred_in_at)),
        ("offered", json!(fate.offered)),
        ("service_level_within", json!(fate.within)),
        ("service_level_of", json!(fate.of)),
        ("resolved", json!(fate.resolved)),
    ]));
    if fate.reason.is_none() {
        all.insert("parts_known".to_owned(), json!(leg.parts_known));
    }
    all
}
