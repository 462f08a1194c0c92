//! An interaction as read once from the platform: the record of the topic `interactions`. Pure.
//!
//! The field order of every struct here is the field order of its schema in `schemas/`: Avro writes by position.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh64::Xxh64;

use super::media::{Dialect, MediaType};
use super::time::{DurationMs, InstantMs};
use super::transfer::TransferKind;

/// Largest record of an interaction: the JSON of a long conversation, with room to spare. Whoever keeps interactions must
/// take records of this size.
pub const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Whether an interaction was over when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InteractionStatus {
    /// Still going on: it will be read again.
    Open,
    /// Over, after an agent or a flow handled it.
    Completed,
    /// Over, because the customer left before an answer.
    Abandoned,
    /// A status that this build does not know; treated as open.
    Unknown,
}

/// What a reading's leg stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LegRole {
    /// A row of a flat dialect: a leg in itself.
    Row,
    /// What one agent did in one session.
    Agent,
    /// A stay in a queue: part of the leg of the agent that answered it, or a leg when nobody did.
    Queue,
    /// A role that this build does not know.
    Unknown,
}

/// What a stretch of a leg's time was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PhaseKind {
    /// In a queue.
    Wait,
    /// Ringing at an agent.
    Alert,
    /// Agent dials out.
    Dialing,
    /// Outbound attempt before the customer is there.
    Contacting,
    /// Agent and customer interact.
    Talk,
    /// The customer is on hold by the agent.
    CustomerHold,
    /// On hold by the system: never handle time.
    SystemHold,
    /// The moment of a transfer.
    Transfer,
    /// After-call work.
    Wrap,
    /// An asynchronous conversation set aside.
    Parked,
    /// Anything else.
    Unknown,
}

/// One stretch of a leg's time, `[start, end)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Phase {
    /// What the time was spent on.
    pub kind: PhaseKind,
    /// First instant.
    pub start: InstantMs,
    /// First instant after it.
    pub end: InstantMs,
}

/// What one reading says of one leg. Absent facts are `None`; nothing is derived here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InteractionLeg {
    /// The platform's participant id; empty in the flat dialects.
    pub participant_id: String,
    /// The platform's session id; the row's own id in the flat dialects.
    pub session_id: String,
    /// What it stands for.
    pub role: LegRole,
    /// The row only reports a transfer and is no leg of its own.
    pub transfer_row: bool,
    /// The medium, `Unknown` when the reported word maps to none.
    pub media_type: MediaType,
    /// The medium's word as reported.
    pub media_reported: Option<String>,
    /// Queue that routed the leg.
    pub queue_id: Option<String>,
    /// Its name at reading.
    pub queue_name: Option<String>,
    /// Agent.
    pub user_id: Option<String>,
    /// `inbound` or `outbound`, where the dialect says.
    pub direction: Option<String>,
    /// First instant of the leg.
    pub start: Option<InstantMs>,
    /// First instant after the leg.
    pub end: Option<InstantMs>,
    /// Time in queue.
    pub wait_ms: Option<DurationMs>,
    /// Interaction with the customer.
    pub talk_ms: Option<DurationMs>,
    /// All reported hold, system hold included.
    pub hold_ms: Option<DurationMs>,
    /// The part of `hold_ms` that the system caused.
    pub system_hold_ms: Option<DurationMs>,
    /// After-call work.
    pub wrap_ms: Option<DurationMs>,
    /// All of a digital leg's agent time in one figure.
    pub agent_ms: Option<DurationMs>,
    /// Outbound dialing.
    pub dialing_ms: Option<DurationMs>,
    /// Outbound contacting.
    pub contacting_ms: Option<DurationMs>,
    /// The platform's own handle time.
    pub reported_handle_ms: Option<DurationMs>,
    /// When the agent's wrap-up of a digital leg began being counted.
    pub agent_wrap_at: Option<InstantMs>,
    /// Disposition.
    pub wrapup_code_id: Option<String>,
    /// Its name at reading; `None` when it resolves to none.
    pub wrapup_code_name: Option<String>,
    /// Transfers that the leg made.
    pub transfers: Option<i64>,
    /// Sorted skill names joined by three pipes; empty for none.
    pub skill_set: String,
    /// Language; empty for none.
    pub language: String,
    /// The queue's own service-level target for the medium.
    pub service_level_target_ms: Option<DurationMs>,
    /// When the platform says that the customer left the queue.
    pub abandoned_at: Option<InstantMs>,
    /// When the platform says that the contact left the queue to a flow.
    pub flow_out_at: Option<InstantMs>,
    /// Positions in time, where the dialect has them: as reported, in any order, overlapping or not.
    pub phases: Vec<Phase>,
}

impl InteractionLeg {
    /// A leg of which nothing is known but its role: what a reader does not say is absent.
    #[must_use]
    pub fn blank(role: LegRole) -> InteractionLeg {
        InteractionLeg {
            participant_id: String::new(),
            session_id: String::new(),
            role,
            transfer_row: false,
            media_type: MediaType::Unknown,
            media_reported: None,
            queue_id: None,
            queue_name: None,
            user_id: None,
            direction: None,
            start: None,
            end: None,
            wait_ms: None,
            talk_ms: None,
            hold_ms: None,
            system_hold_ms: None,
            wrap_ms: None,
            agent_ms: None,
            dialing_ms: None,
            contacting_ms: None,
            reported_handle_ms: None,
            agent_wrap_at: None,
            wrapup_code_id: None,
            wrapup_code_name: None,
            transfers: None,
            skill_set: String::new(),
            language: String::new(),
            service_level_target_ms: None,
            abandoned_at: None,
            flow_out_at: None,
            phases: Vec::new(),
        }
    }
}

/// A transfer as reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InteractionTransfer {
    /// When it was made.
    pub at: InstantMs,
    /// How.
    pub kind: TransferKind,
    /// Session of the leg that transfers, where the dialect says.
    pub session_id: Option<String>,
    /// Agent that transfers, where the dialect says.
    pub user_id: Option<String>,
    /// Target queue, where the dialect says.
    pub to_queue_id: Option<String>,
    /// Target agent, where the dialect says.
    pub to_user_id: Option<String>,
}

/// A wrap-up code as reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InteractionDisposition {
    /// When it was set.
    pub at: InstantMs,
    /// Session of the leg that it belongs to, where the dialect says.
    pub session_id: Option<String>,
    /// Agent, where the dialect says.
    pub user_id: Option<String>,
    /// Code.
    pub code_id: Option<String>,
    /// Its name at reading; `None` when it resolves to none.
    pub code_name: Option<String>,
}

/// An interaction as read once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Tenant, as `genesys.org.id` names it.
    pub org_id: String,
    /// The record's key.
    pub interaction_id: String,
    /// The whole contact, where the dialect names it.
    pub conversation_id: Option<String>,
    /// The dialect it was read by.
    pub source: Dialect,
    /// The instant that the answer speaks for, on the platform's clock, never going back within a source partition.
    pub version: InstantMs,
    /// When it was read, on the platform's clock.
    pub extracted_at: InstantMs,
    /// [`Interaction::computed_hash`].
    pub content_hash: i64,
    /// Whether it was over.
    pub status: InteractionStatus,
    /// First instant of the interaction.
    pub start: InstantMs,
    /// First instant after it, when it is over.
    pub end: Option<InstantMs>,
    /// What was said of each leg.
    pub legs: Vec<InteractionLeg>,
    /// How the conversation began, `inbound` or `outbound`, where the dialect says.
    pub direction: Option<String>,
    /// Keyed hash of who the customer is, where `privacy.contact.hash.key` is set.
    pub contact_hash: Option<String>,
    /// Transfers; empty in the flat dialects, whose rows count them.
    pub transfers: Vec<InteractionTransfer>,
    /// Wrap-up codes with the time at which they were set; empty in the flat dialects.
    pub dispositions: Vec<InteractionDisposition>,
    /// The untouched JSON, minus personal fields.
    pub raw: String,
}

impl Interaction {
    /// XXH64 (seed 0) of everything that the measures read, independent of the order of legs, phases, transfers and
    /// dispositions.
    ///
    /// WARNING: a change here makes every stored hash differ, so every re-reading would count as a correction.
    #[must_use]
    pub fn computed_hash(&self) -> i64 {
        let mut hash = Xxh64::new(0);
        hash.update(&[self.status as u8]);
        hash.update(&self.start.to_le_bytes());
        hash.update(&self.end.unwrap_or(i64::MIN).to_le_bytes());
        let mut parts: Vec<Vec<u8>> = self.legs.iter().map(canonical_leg).collect();
        // What a flat row never has adds nothing to the hash of one.
        parts.extend(self.transfers.iter().map(canonical_transfer));
        parts.extend(self.dispositions.iter().map(canonical_disposition));
        for (tag, text) in [(b'd', &self.direction), (b'c', &self.contact_hash)] {
            parts.extend(text.as_ref().map(|text| [&[tag], text.as_bytes()].concat()));
        }
        parts.sort_unstable();
        for part in &parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.digest().cast_signed()
    }
}

fn put_text(out: &mut Vec<u8>, value: Option<&str>) {
    match value {
        Some(value) => {
            out.extend_from_slice(&(value.len() as u32 + 1).to_le_bytes());
            out.extend_from_slice(value.as_bytes());
        }
        None => out.extend_from_slice(&0u32.to_le_bytes()),
    }
}

fn canonical_transfer(transfer: &InteractionTransfer) -> Vec<u8> {
    let mut out = vec![b't', transfer.kind as u8];
    out.extend_from_slice(&transfer.at.to_le_bytes());
    for text in [&transfer.session_id, &transfer.user_id, &transfer.to_queue_id, &transfer.to_user_id] {
        put_text(&mut out, text.as_deref());
    }
    out
}

fn canonical_disposition(disposition: &InteractionDisposition) -> Vec<u8> {
    let mut out = vec![b'w'];
    out.extend_from_slice(&disposition.at.to_le_bytes());
    for text in [&disposition.session_id, &disposition.user_id, &disposition.code_id, &disposition.code_name] {
        put_text(&mut out, text.as_deref());
    }
    out
}

fn canonical_leg(leg: &InteractionLeg) -> Vec<u8> {
    let mut out = Vec::with_capacity(192);
    let mut text = |value: Option<&str>| put_text(&mut out, value);
    text(Some(&leg.participant_id));
    text(Some(&leg.session_id));
    text(leg.media_reported.as_deref());
    text(leg.queue_id.as_deref());
    text(leg.queue_name.as_deref());
    text(leg.user_id.as_deref());
    text(leg.direction.as_deref());
    text(leg.wrapup_code_id.as_deref());
    text(leg.wrapup_code_name.as_deref());
    text(Some(&leg.skill_set));
    text(Some(&leg.language));
    out.extend_from_slice(&[u8::from(leg.transfer_row), leg.media_type as u8]);
    for number in [
        leg.start,
        leg.end,
        leg.wait_ms,
        leg.talk_ms,
        leg.hold_ms,
        leg.system_hold_ms,
        leg.wrap_ms,
        leg.agent_ms,
        leg.dialing_ms,
        leg.contacting_ms,
        leg.reported_handle_ms,
        leg.agent_wrap_at,
        leg.transfers,
        leg.service_level_target_ms,
    ] {
        // i64::MIN stands for "absent": no instant or length of time has that value.
        out.extend_from_slice(&number.unwrap_or(i64::MIN).to_le_bytes());
    }
    let mut phases = leg.phases.clone();
    phases.sort_unstable();
    for phase in &phases {
        out.push(phase.kind as u8);
        out.extend_from_slice(&phase.start.to_le_bytes());
        out.extend_from_slice(&phase.end.to_le_bytes());
    }
    if leg.role != LegRole::Row {
        out.push(leg.role as u8);
        for at in [leg.abandoned_at, leg.flow_out_at] {
            out.extend_from_slice(&at.unwrap_or(i64::MIN).to_le_bytes());
        }
    }
    out
}
