//! Measures one leg of a flat dialect: durations as reported, positions laid backwards from the end. Pure.

use super::phases;
use super::rules::{Formula, Rules};
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, Phase, PhaseKind};
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;

/// The leg's facts; the outcomes are still unset: `outcome::decide` fills them.
///
/// Null durations count as 0. A digital leg's talk, hold and wrap columns are not read: its parts are unknown.
#[must_use]
pub fn facts(interaction: &Interaction, said: &InteractionLeg, rules: &Rules) -> Leg {
    let formula = rules.formula(said.media_type);
    let start = said.start.unwrap_or(interaction.start);
    let reported_end = said.end.or(interaction.end);
    let abandoned = interaction.status == InteractionStatus::Abandoned;
    let wait_ms = match said.wait_ms {
        Some(wait_ms) => wait_ms,
        // Nobody answered: all of the row's time was wait.
        None if abandoned => reported_end.map_or(0, |end| end - start),
        None => 0,
    };
    let parts_known = formula == Formula::Voice;
    let part = |reported: Option<i64>| if parts_known { reported.unwrap_or(0) } else { 0 };
    let (talk_ms, hold_ms, wrap_ms) = (part(said.talk_ms), part(said.hold_ms), part(said.wrap_ms));
    let system_hold_ms = part(said.system_hold_ms).min(hold_ms);
    let customer_hold_ms = hold_ms - system_hold_ms;
    let (dialing_ms, contacting_ms) = (said.dialing_ms.unwrap_or(0), said.contacting_ms.unwrap_or(0));
    let handle_ms = match formula {
        Formula::Voice => talk_ms + customer_hold_ms + wrap_ms,
        Formula::Digital => said.agent_ms.unwrap_or(0),
        Formula::Unmapped => 0,
    };
    let over = interaction.status != InteractionStatus::Open && interaction.status != InteractionStatus::Unknown;
    let mut flags = Vec::new();
    let end = match reported_end {
        Some(end) => Some(end),
        None if over => {
            flags.push("END_DERIVED".to_owned());
            Some(start + wait_ms + handle_ms + system_hold_ms)
        }
        None => None,
    };
    let digital = |value: Option<i64>| if formula == Formula::Digital { value } else { None };
    let active_agent_ms = match (end, said.agent_wrap_at) {
        (Some(end), Some(from)) => digital(Some((end - from).max(0))),
        _ => None,
    };
    let genesys_handle_ms = said.reported_handle_ms.unwrap_or(match formula {
        Formula::Voice => talk_ms + hold_ms + wrap_ms + dialing_ms + contacting_ms,
        Formula::Digital | Formula::Unmapped => handle_ms,
    });
    let in_queue = said.queue_id.is_some() && !said.transfer_row;
    let laid = laid_backwards(start, end, formula, [talk_ms, customer_hold_ms, wrap_ms], handle_ms);
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
        start: Some(start),
        arrival: in_queue.then_some(start),
        answered_at: (in_queue && over && !abandoned).then_some(start + wait_ms),
        abandoned_at: if in_queue && abandoned { end } else { None },
        flow_out_at: None,
        end,
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
        wait_ms,
        talk_ms,
        customer_hold_ms,
        system_hold_ms,
        wrap_ms,
        dialing_ms,
        contacting_ms,
        handle_ms,
        parts_known,
        reported_handle_ms: said.reported_handle_ms,
        handle_mismatch_ms: None,
        genesys_handle_ms: Some(genesys_handle_ms),
        active_agent_ms,
        elapsed_agent_ms: digital(Some(said.agent_ms.unwrap_or(0))),
        wrapup_code_id: said.wrapup_code_id.clone(),
        wrapup_code_name: said.wrapup_code_name.clone(),
        transfers_out: said.transfers.unwrap_or(0),
        transfers: vec![0],
        transferred_in_at: None,
        phases: phases::encode(&laid),
        custom: vec![0],
        kept: false,
        drop_reason: None,
        transfer_row: said.transfer_row,
        queue_excluded: rules.queue_excluded(said.queue_id.as_deref(), said.queue_name.as_deref()),
        offered: false,
        short_abandoned: false,
        sla_breach: false,
        service_level_target_ms: said.service_level_target_ms.unwrap_or(rules.config.service_level_ms),
        service_level_within: false,
        service_level_of: false,
        resolved: false,
        weight: 1.0,
        weight_gap: false,
        flags,
    }
}

/// The sentence that names the contradiction within a leg, if there is one.
#[must_use]
pub fn contradiction(said: &InteractionLeg, interaction: &Interaction) -> Option<String> {
    let start = said.start.unwrap_or(interaction.start);
    if let Some(end) = said.end.or(interaction.end)
        && end < start
    {
        return Some("a leg ends before it starts".to_owned());
    }
    let durations = [
        ("wait", said.wait_ms),
        ("talk", said.talk_ms),
        ("hold", said.hold_ms),
        ("system hold", said.system_hold_ms),
        ("wrap", said.wrap_ms),
        ("agent duration", said.agent_ms),
        ("dialing", said.dialing_ms),
        ("contacting", said.contacting_ms),
        ("handle time", said.reported_handle_ms),
        ("transfers", said.transfers),
    ];
    let negative = durations.into_iter().find(|(_, value)| value.is_some_and(|value| value < 0));
    negative.map(|(name, _)| format!("{name} is negative"))
}

/// Wrap last, before it customer hold, before it talk; a digital leg's agent time as one talk phase. None of it lies before
/// the leg's start: a leg whose durations do not fit has the rest of them at its end, and touches no row before its own.
fn laid_backwards(
    start: InstantMs,
    end: Option<InstantMs>,
    formula: Formula,
    [talk_ms, customer_hold_ms, wrap_ms]: [i64; 3],
    handle_ms: i64,
) -> Vec<Phase> {
    let Some(end) = end else {
        return Vec::new();
    };
    let lengths = match formula {
        Formula::Voice => {
            vec![(PhaseKind::Wrap, wrap_ms), (PhaseKind::CustomerHold, customer_hold_ms), (PhaseKind::Talk, talk_ms)]
        }
        Formula::Digital | Formula::Unmapped => vec![(PhaseKind::Talk, handle_ms)],
    };
    let mut phases = Vec::with_capacity(lengths.len());
    let mut to = end;
    for (kind, length_ms) in lengths {
        let from = (to - length_ms).max(start);
        if from < to {
            phases.push(Phase { kind, start: from, end: to });
            to = from;
        }
    }
    phases.reverse();
    phases
}
