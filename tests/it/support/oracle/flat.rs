//! Pure: the legs of flat rows.

use handletime::config::typed::{DigitalHandle, RulesConfig};
use handletime::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, PhaseKind};
use handletime::domain::media::Dialect;

use super::leg::{Leg, Moved, Said};

/// Every row is a leg; a row of type transfer makes a transfer as well.
pub fn said(reading: &Interaction, config: &RulesConfig) -> Said {
    let legs: Vec<Leg> = reading.legs.iter().map(|row| leg(reading, row, config)).collect();
    let reports = legs.iter().filter(|leg| leg.transfer_row && !leg.malformed && leg.is_over());
    let transfers = reports.map(|leg| Moved {
        conversation_id: reading.interaction_id.clone(),
        at: leg.start,
        kind: "UNKNOWN",
        from_queue: leg.queue.clone(),
        from_user: leg.user.clone(),
        to_queue: None,
        to_user: None,
        target_wait_ms: None,
        target_handle_ms: None,
        completed: false,
        malformed: false,
    });
    Said { transfers: transfers.collect(), legs }
}

fn leg(reading: &Interaction, row: &InteractionLeg, config: &RulesConfig) -> Leg {
    let mut leg = Leg::of(reading, row.media_type);
    let zero = |value: Option<i64>| value.unwrap_or(0);
    let voice = config.media_voice.contains(&row.media_type);
    let digital = config.media_digital.contains(&row.media_type);
    let abandoned = reading.status == InteractionStatus::Abandoned;
    let end = row.end.or(reading.end);
    leg.start = row.start.unwrap_or(reading.start);
    let span_ms = end.map_or(0, |end| end - leg.start);
    leg.wait_ms = row.wait_ms.unwrap_or(if abandoned { span_ms } else { 0 });
    if voice {
        leg.system_hold_ms = zero(row.system_hold_ms).min(zero(row.hold_ms));
        leg.hold_ms = zero(row.hold_ms) - leg.system_hold_ms;
        leg.wrap_ms = zero(row.wrap_ms);
        let others_ms = zero(row.hold_ms) + leg.wrap_ms + zero(row.dialing_ms) + zero(row.contacting_ms);
        // METRICS scenario 19, row c.
        let derived_ms = row.reported_handle_ms.map(|reported_ms| (reported_ms - others_ms).max(0));
        leg.talk_ms = row.talk_ms.or(derived_ms).unwrap_or(0);
        leg.handle_ms = leg.talk_ms + leg.hold_ms + leg.wrap_ms;
        leg.genesys_ms = leg.talk_ms + others_ms;
        leg.parts_known = true;
    }
    if digital {
        leg.active_ms = end.zip(row.agent_wrap_at).map(|(end, at)| (end - at).max(0));
        // Where the dialect has no column for it, the platform's handle time stands for it.
        let no_column = matches!(reading.source, Dialect::ConversationMetrics | Dialect::ReportQueries);
        let agent_ms = zero(row.agent_ms.or(row.reported_handle_ms.filter(|_| no_column)));
        leg.elapsed_ms = Some(agent_ms);
        leg.handle_ms = match (config.digital_handle, leg.active_ms) {
            (DigitalHandle::Active, Some(active_ms)) => active_ms,
            _ => agent_ms,
        };
        // The platform knows nothing of `kpi.digital.handle`.
        leg.genesys_ms = agent_ms;
    }
    leg.genesys_ms = row.reported_handle_ms.unwrap_or(leg.genesys_ms);
    leg.end = end.or(leg.is_over().then_some(leg.start + leg.wait_ms + leg.handle_ms + leg.system_hold_ms));
    if row.queue_id.is_some() && !row.transfer_row {
        leg.arrival = Some(leg.start);
        leg.answered_at = (leg.is_over() && !abandoned).then_some(leg.start + leg.wait_ms);
        leg.abandoned_at = leg.end.filter(|_| abandoned);
    }
    leg.queue.clone_from(&row.queue_id);
    leg.queue_name.clone_from(&row.queue_name);
    leg.user.clone_from(&row.user_id);
    leg.skill_set.clone_from(&row.skill_set);
    leg.language.clone_from(&row.language);
    leg.code_id.clone_from(&row.wrapup_code_id);
    leg.code_name.clone_from(&row.wrapup_code_name);
    leg.target_ms = row.service_level_target_ms;
    (leg.transfer_row, leg.lost) = (row.transfer_row, abandoned);
    leg.malformed = [
        row.wait_ms,
        row.talk_ms,
        row.hold_ms,
        row.system_hold_ms,
        row.wrap_ms,
        row.agent_ms,
        row.dialing_ms,
        row.contacting_ms,
        row.reported_handle_ms,
        row.transfers,
    ]
    .into_iter()
    .any(|value| zero(value) < 0)
        || end.is_some_and(|end| end < leg.start);
    if leg.malformed {
        (leg.wait_ms, leg.handle_ms) = (0, 0);
    } else {
        leg.transfers = vec![leg.end.unwrap_or(leg.start); zero(row.transfers) as usize];
        lay(&mut leg, voice);
    }
    leg
}

/// Wrap before the end, hold before it, talk before it; all of a digital leg's time as talk; none before the start.
fn lay(leg: &mut Leg, voice: bool) {
    let Some(mut to) = leg.end else {
        return;
    };
    let talk_ms = if voice { leg.talk_ms } else { leg.handle_ms };
    for (kind, length_ms) in
        [(PhaseKind::Wrap, leg.wrap_ms), (PhaseKind::CustomerHold, leg.hold_ms), (PhaseKind::Talk, talk_ms)]
    {
        let from = leg.start.max(to - length_ms);
        leg.spans.push((kind, from, to));
        to = from;
    }
}
