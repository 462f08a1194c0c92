//! A leg as measured and judged: the record of the compacted topic `legs`, which is the state of the legs task. Pure.
//!
//! The row is sufficient: from it and `progress` alone, all that the leg ever contributed can be taken back. So it holds
//! outcomes (kept, offered, breach, weight), not only facts: rules that change later must not change a retraction.

use serde::{Deserialize, Serialize};

use super::exclusion::DropReason;
use super::interaction::InteractionStatus;
use super::media::{Dialect, MediaType};
use super::time::{DurationMs, InstantMs};

/// Identity of a leg. An erasure marker has empty participant and session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegKey {
    /// Tenant.
    pub org_id: String,
    /// The conversation; the row's own id where a flat dialect names no conversation.
    pub conversation_id: String,
    /// Participant; empty in the flat dialects.
    pub participant_id: String,
    /// Session; the row's own id in the flat dialects.
    pub session_id: String,
}

/// A leg: one agent session, or one queue visit that no agent answered.
///
/// The field order is that of `schemas/Leg.avsc`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// As in the key.
    pub org_id: String,
    /// As in the key.
    pub conversation_id: String,
    /// As in the key.
    pub participant_id: String,
    /// As in the key.
    pub session_id: String,
    /// The interaction that it was read in; legs of one interaction are replaced together.
    pub interaction_id: String,
    /// Dialect.
    pub source: Dialect,
    /// Version of the reading.
    pub version: InstantMs,
    /// Content hash of the whole reading.
    pub content_hash: i64,
    /// `rules_version` that the outcomes were decided by.
    pub rules_version: String,
    /// Whether the interaction was over.
    pub status: InteractionStatus,
    /// First instant of the leg.
    pub start: Option<InstantMs>,
    /// Arrival in the queue.
    pub arrival: Option<InstantMs>,
    /// When an agent answered.
    pub answered_at: Option<InstantMs>,
    /// When the customer left.
    pub abandoned_at: Option<InstantMs>,
    /// When the contact left to a flow.
    pub flow_out_at: Option<InstantMs>,
    /// First instant after the leg.
    pub end: Option<InstantMs>,
    /// Queue.
    pub queue_id: Option<String>,
    /// Its name at reading.
    pub queue_name: Option<String>,
    /// Agent.
    pub user_id: Option<String>,
    /// Medium.
    pub media_type: MediaType,
    /// The medium's word as reported.
    pub media_reported: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: Option<String>,
    /// How the conversation began, `inbound` or `outbound`.
    pub contact_direction: Option<String>,
    /// Keyed hash of who the customer is, where `privacy.contact.hash.key` is set.
    pub contact_hash: Option<String>,
    /// Sorted skill names joined by three pipes.
    pub skill_set: String,
    /// Language.
    pub language: String,
    /// Time in queue.
    pub wait_ms: DurationMs,
    /// Talk.
    pub talk_ms: DurationMs,
    /// Hold by the agent.
    pub customer_hold_ms: DurationMs,
    /// Hold by the system; not in `handle_ms`.
    pub system_hold_ms: DurationMs,
    /// After-call work.
    pub wrap_ms: DurationMs,
    /// Dialing.
    pub dialing_ms: DurationMs,
    /// Contacting.
    pub contacting_ms: DurationMs,
    /// Handle time by the medium's formula.
    pub handle_ms: DurationMs,
    /// Whether talk, hold and wrap are known.
    pub parts_known: bool,
    /// The platform's own handle time.
    pub reported_handle_ms: Option<DurationMs>,
    /// Reported less ours, when it is more than the tolerance.
    pub handle_mismatch_ms: Option<DurationMs>,
    /// Handle time as the platform counts it.
    pub genesys_handle_ms: Option<DurationMs>,
    /// Digital: without idle time.
    pub active_agent_ms: Option<DurationMs>,
    /// Digital: as reported, idle time included.
    pub elapsed_agent_ms: Option<DurationMs>,
    /// Disposition.
    pub wrapup_code_id: Option<String>,
    /// Its name.
    pub wrapup_code_name: Option<String>,
    /// Transfers that the leg made.
    pub transfers_out: i64,
    /// Rows of `transfers` that the leg made; format byte 0: none.
    #[serde(with = "serde_bytes")]
    pub transfers: Vec<u8>,
    /// When the transfer was made that the leg is the target of.
    pub transferred_in_at: Option<InstantMs>,
    /// Positions in time, laid out as the schema says.
    #[serde(with = "serde_bytes")]
    pub phases: Vec<u8>,
    /// Stored results of custom KPIs; format byte 0: none.
    #[serde(with = "serde_bytes")]
    pub custom: Vec<u8>,
    /// Counted as handled.
    pub kept: bool,
    /// Why not.
    pub drop_reason: Option<DropReason>,
    /// The row only reports a transfer.
    pub transfer_row: bool,
    /// Its queue is excluded: it makes no queue row.
    pub queue_excluded: bool,
    /// Counted as offered.
    pub offered: bool,
    /// Abandoned after less than `kpi.short.abandon.ms`.
    pub short_abandoned: bool,
    /// The wait is longer than `kpi.sla.threshold.ms`.
    pub sla_breach: bool,
    /// Service-level target in force.
    pub service_level_target_ms: DurationMs,
    /// Counted in the numerator of the service level.
    pub service_level_within: bool,
    /// Counted in the denominator of the service level.
    pub service_level_of: bool,
    /// The disposition resolves the contact.
    pub resolved: bool,
    /// WEHT weight.
    pub weight: f64,
    /// The leg has the number of transfers that the weight's tiers leave out.
    pub weight_gap: bool,
    /// Notes on what was odd, such as `HANDLE_MISMATCH`.
    pub flags: Vec<String>,
}

impl Leg {
    /// The leg's key.
    #[must_use]
    pub fn key(&self) -> LegKey {
        LegKey {
            org_id: self.org_id.clone(),
            conversation_id: self.conversation_id.clone(),
            participant_id: self.participant_id.clone(),
            session_id: self.session_id.clone(),
        }
    }
}
