//! A leg that has its identity and attributes, and no measures yet. Pure.

use super::carries::carries;
use super::rules::Rules;
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus};
use crate::domain::leg::Leg;

/// What the reading says of who, where and when; every length is 0, every outcome unset.
#[must_use]
pub fn leg(interaction: &Interaction, said: &InteractionLeg, rules: &Rules) -> Leg {
    let excluded = rules.queue_excluded(said.queue_id.as_deref(), said.queue_name.as_deref());
    Leg {
        org_id: interaction.org_id.clone(),
        conversation_id: interaction.conversation_id.clone().unwrap_or_else(|| interaction.interaction_id.clone()),
        participant_id: said.participant_id.clone(),
        session_id: said.session_id.clone(),
        interaction_id: interaction.interaction_id.clone(),
        source: interaction.source,
        version: interaction.version,
        content_hash: interaction.content_hash,
        rules_version: rules.version.clone(),
        status: interaction.status,
        start: None,
        arrival: None,
        answered_at: None,
        abandoned_at: None,
        flow_out_at: None,
        end: None,
        queue_id: said.queue_id.clone(),
        queue_name: said.queue_name.clone(),
        user_id: said.user_id.clone(),
        media_type: said.media_type,
        media_reported: said.media_reported.clone(),
        direction: said.direction.clone(),
        contact_direction: interaction.direction.clone(),
        contact_hash: interaction.contact_hash.clone(),
        skill_set: said.skill_set.clone(),
        language: said.language.clone(),
        wait_ms: 0,
        talk_ms: 0,
        customer_hold_ms: 0,
        system_hold_ms: 0,
        wrap_ms: 0,
        dialing_ms: 0,
        contacting_ms: 0,
        handle_ms: 0,
        parts_known: false,
        reported_handle_ms: said.reported_handle_ms,
        handle_mismatch_ms: None,
        genesys_handle_ms: None,
        active_agent_ms: None,
        elapsed_agent_ms: None,
        wrapup_code_id: said.wrapup_code_id.clone(),
        wrapup_code_name: said.wrapup_code_name.clone(),
        transfers_out: 0,
        transfers: vec![0],
        transferred_in_at: None,
        phases: vec![1],
        custom: vec![0],
        kept: false,
        drop_reason: None,
        transfer_row: said.transfer_row,
        // a dialect that names no queue is not left out for naming none.
        queue_excluded: excluded && carries(interaction.source).queue,
        offered: false,
        short_abandoned: false,
        sla_breach: false,
        service_level_target_ms: said.service_level_target_ms.unwrap_or(rules.config.service_level_ms),
        service_level_within: false,
        service_level_of: false,
        resolved: false,
        weight: 1.0,
        weight_gap: false,
        flags: Vec::new(),
    }
}

/// Whether the interaction was over when it was read.
#[must_use]
pub fn is_over(status: InteractionStatus) -> bool {
    !matches!(status, InteractionStatus::Open | InteractionStatus::Unknown)
}
