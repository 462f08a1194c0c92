//! Interactions and legs of which nothing is known yet: what a reader does not say is absent. Pure.

use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::InstantMs;

/// An interaction without legs. Tenant, version and hash are for the one who knows them.
pub(super) fn interaction(id: String, source: Dialect, start: InstantMs, raw: String) -> Interaction {
    Interaction {
        org_id: String::new(),
        interaction_id: id,
        conversation_id: None,
        source,
        version: 0,
        extracted_at: 0,
        content_hash: 0,
        status: InteractionStatus::Open,
        start,
        end: None,
        legs: Vec::new(),
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw,
    }
}

/// A leg that only has a role.
pub(super) fn leg(role: LegRole) -> InteractionLeg {
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
