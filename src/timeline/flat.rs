//! Measures one leg of a flat dialect: durations as reported, positions laid backwards from the end. Pure.

use super::carries::carries;
use super::rules::{Formula, Rules};
use super::{blank, phases, talk};
use crate::config::typed::DigitalHandle;
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, Phase, PhaseKind};
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;
use crate::domain::transfer::{Transfer, TransferKind};

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
    let mut flags = Vec::new();
    let parts_known = formula == Formula::Voice;
    let part = |reported: Option<i64>| if parts_known { reported.unwrap_or(0) } else { 0 };
    let (talk_ms, talk_flag) = if parts_known { talk::reported(said, interaction.source) } else { (0, None) };
    flags.extend(talk_flag.map(str::to_owned));
    let (hold_ms, wrap_ms) = (part(said.hold_ms), part(said.wrap_ms));
    let system_hold_ms = part(said.system_hold_ms).min(hold_ms);
    let customer_hold_ms = hold_ms - system_hold_ms;
    let (dialing_ms, contacting_ms) = (said.dialing_ms.unwrap_or(0), said.contacting_ms.unwrap_or(0));
    let platform_ms = if carries(interaction.source).agent_time { None } else { said.reported_handle_ms };
    let agent_ms = said.agent_ms.or(platform_ms).unwrap_or(0);
    let over = blank::is_over(interaction.status);
    let end = match reported_end {
        Some(end) => Some(end),
        None if over => {
            flags.push("END_DERIVED".to_owned());
            let handled_ms = match formula {
                Formula::Voice => talk_ms + hold_ms + wrap_ms,
                Formula::Digital => agent_ms,
                Formula::Unmapped => 0,
            };
            Some(start + wait_ms + handled_ms)
        }
        None => None,
    };
    let digital = |value: Option<i64>| if formula == Formula::Digital { value } else { None };
    let active_agent_ms = match (end, said.agent_wrap_at) {
        (Some(end), Some(from)) => digital(Some((end - from).max(0))),
        _ => None,
    };
    let handle_ms = match (formula, rules.config.digital_handle) {
        (Formula::Voice, _) => talk_ms + customer_hold_ms + wrap_ms,
        (Formula::Digital, DigitalHandle::AgentDuration) => agent_ms,
        (Formula::Digital, DigitalHandle::Active) => active_agent_ms.unwrap_or(agent_ms),
        (Formula::Unmapped, _) => 0,
    };
    let genesys_handle_ms = said.reported_handle_ms.unwrap_or(match formula {
        Formula::Voice => talk_ms + hold_ms + wrap_ms + dialing_ms + contacting_ms,
        Formula::Digital => agent_ms,
        Formula::Unmapped => 0,
    });
    let in_queue = said.queue_id.is_some() && !said.transfer_row;
    let laid = laid_backwards(start, end, formula, [talk_ms, customer_hold_ms, wrap_ms], handle_ms);
    Leg {
        start: Some(start),
        arrival: in_queue.then_some(start),
        answered_at: (in_queue && over && !abandoned).then_some(start + wait_ms),
        abandoned_at: if in_queue && abandoned { end } else { None },
        end,
        wait_ms,
        talk_ms,
        customer_hold_ms,
        system_hold_ms,
        wrap_ms,
        dialing_ms,
        contacting_ms,
        handle_ms,
        parts_known,
        genesys_handle_ms: Some(genesys_handle_ms),
        active_agent_ms,
        elapsed_agent_ms: digital(Some(agent_ms)),
        transfers_out: said.transfers.unwrap_or(0),
        phases: phases::encode(&laid),
        flags,
        ..blank::leg(interaction, said, rules)
    }
}

/// The transfer that a transfer row reports, once it is over; the row says neither how nor where to.
#[must_use]
pub fn transfer(leg: &Leg) -> Option<Transfer> {
    let transfer_time = leg.start?;
    (leg.transfer_row && blank::is_over(leg.status)).then(|| Transfer {
        org_id: leg.org_id.clone(),
        conversation_id: leg.interaction_id.clone(),
        transfer_seq: 0,
        transfer_time,
        kind: TransferKind::Unknown,
        from_queue_id: leg.queue_id.clone(),
        from_user_id: leg.user_id.clone(),
        to_queue_id: None,
        to_user_id: None,
        target_wait_ms: None,
        target_handle_ms: None,
        completed: false,
        malformed: false,
        version: leg.version,
        rules_version: leg.rules_version.clone(),
    })
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
