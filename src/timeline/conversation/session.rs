//! Measures one leg of a conversation: an agent's visit with the stay that it answered, or a stay alone. Pure.

use super::pairing::Left;
use super::visits::{AgentVisit, QueueVisit};
use crate::domain::interaction::{Interaction, InteractionLeg, Phase, PhaseKind};
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;
use crate::timeline::overlap::{Clipped, clip, length_ms, sort};
use crate::timeline::rules::{Formula, Rules};
use crate::timeline::{blank, contradiction, phases, talk};

/// A leg with its facts, before transfers are linked and outcomes decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The leg.
    pub leg: Leg,
    /// Its phases as reported, in order.
    pub phases: Vec<Phase>,
    /// An agent talked.
    pub talked: bool,
    /// The rules that it breaks.
    pub contradictions: Vec<String>,
}

/// The leg of an agent's visit.
#[must_use]
pub fn of_agent(
    interaction: &Interaction,
    visit: &AgentVisit<'_>,
    stay: Option<&QueueVisit<'_>>,
    rules: &Rules,
) -> Draft {
    let said = visit.said;
    let mut all: Vec<Phase> = stay.iter().flat_map(|stay| stay.phases.clone()).chain(visit.phases.clone()).collect();
    sort(&mut all);
    let clipped = clip(&all, rules.config.overlap_tolerance_ms);
    let mut leg = blank::leg(interaction, said, rules);
    leg.session_id.clone_from(&visit.session_id);
    place(&mut leg, interaction, said, &all, &clipped);
    let waited = stay.map(|stay| stay.start).or(visit.own_wait());
    leg.arrival = waited.filter(|_| said.queue_id.is_some());
    leg.answered_at = leg.arrival.and(visit.first_talk());
    let platform_wait_ms = stay.and_then(|stay| stay.wait_ms).or(said.wait_ms.filter(|_| leg.arrival.is_some()));
    leg.wait_ms = platform_wait_ms.unwrap_or_else(|| length_ms(&clipped.phases, PhaseKind::Wait));
    if let Some(stay) = stay {
        inherit(&mut leg, said, stay.said);
    }
    lengths(&mut leg, said, &clipped.phases, rules);
    let talked = said.user_id.is_some() && (visit.first_talk().is_some() || said.talk_ms.is_some_and(|ms| 0 < ms));
    let figures = [Some(said), stay.map(|stay| stay.said)];
    let mut contradictions: Vec<String> =
        figures.into_iter().flatten().filter_map(|said| contradiction::of_figures(said, interaction)).collect();
    contradictions.extend(contradiction::of_phases(&all));
    Draft { leg, phases: all, talked, contradictions }
}

/// The leg of a stay in a queue that no agent answered.
#[must_use]
pub fn of_stay(interaction: &Interaction, stay: &QueueVisit<'_>, left: Left, rules: &Rules) -> Draft {
    let said = stay.said;
    let clipped = clip(&stay.phases, rules.config.overlap_tolerance_ms);
    let mut leg = blank::leg(interaction, said, rules);
    leg.session_id.clone_from(&stay.session_id);
    leg.user_id = None;
    place(&mut leg, interaction, said, &stay.phases, &clipped);
    leg.start = Some(stay.start);
    if blank::is_over(interaction.status) {
        leg.end = Some(stay.end);
    }
    leg.arrival = Some(stay.start);
    leg.wait_ms = stay.wait_ms.unwrap_or_else(|| length_ms(&clipped.phases, PhaseKind::Wait));
    match left {
        Left::Open => {}
        Left::Abandoned(at) => leg.abandoned_at = Some(at),
        Left::FlowOut(at) => leg.flow_out_at = Some(at),
    }
    leg.parts_known = rules.formula(leg.media_type) != Formula::Unmapped;
    leg.genesys_handle_ms = Some(0);
    let figures = contradiction::of_figures(said, interaction);
    let contradictions = figures.into_iter().chain(contradiction::of_phases(&stay.phases)).collect();
    Draft { leg, phases: stay.phases.clone(), talked: false, contradictions }
}

/// Start, end and positions. A leg without positions has the times of its session.
fn place(leg: &mut Leg, interaction: &Interaction, said: &InteractionLeg, all: &[Phase], clipped: &Clipped) {
    leg.start = Some(all.first().map_or(said.start.unwrap_or(interaction.start), |phase| phase.start));
    let last = all.iter().map(|phase| phase.end).max();
    // A session that has ended in a conversation that goes on may be of several visits, each with an end of its own.
    leg.end = if blank::is_over(interaction.status) {
        last.or(said.end).or(interaction.end).or(leg.start)
    } else {
        said.end.map(|end| last.unwrap_or(end))
    };
    leg.phases = phases::encode(&clipped.phases);
    if clipped.large {
        leg.flags.push("OVERLAP_LARGE".to_owned());
    }
}

/// What the stay knows of the queue, and the agent's session does not.
fn inherit(leg: &mut Leg, said: &InteractionLeg, stay: &InteractionLeg) {
    leg.queue_name = leg.queue_name.take().or_else(|| stay.queue_name.clone());
    for (own, other) in [(&mut leg.skill_set, &stay.skill_set), (&mut leg.language, &stay.language)] {
        if own.is_empty() {
            own.clone_from(other);
        }
    }
    if said.service_level_target_ms.is_none()
        && let Some(target_ms) = stay.service_level_target_ms
    {
        leg.service_level_target_ms = target_ms;
    }
}

/// All lengths but the wait: the platform's sums where the session carries any, else what the phases add up to.
fn lengths(leg: &mut Leg, said: &InteractionLeg, phases: &[Phase], rules: &Rules) {
    let formula = rules.formula(leg.media_type);
    let reported =
        [said.talk_ms, said.hold_ms, said.wrap_ms, said.dialing_ms, said.contacting_ms, said.reported_handle_ms];
    let length = |kind: PhaseKind| length_ms(phases, kind);
    leg.system_hold_ms = said.system_hold_ms.unwrap_or_else(|| length(PhaseKind::SystemHold));
    if reported.iter().any(Option::is_some) {
        let (talk_ms, flag) = talk::reported(said, leg.source);
        leg.flags.extend(flag.map(str::to_owned));
        leg.talk_ms = talk_ms;
        leg.customer_hold_ms = said.hold_ms.unwrap_or(0) - said.system_hold_ms.unwrap_or(0);
        leg.wrap_ms = said.wrap_ms.unwrap_or(0);
        leg.dialing_ms = said.dialing_ms.unwrap_or(0);
        leg.contacting_ms = said.contacting_ms.unwrap_or(0);
    } else {
        leg.talk_ms = length(PhaseKind::Talk);
        leg.customer_hold_ms = length(PhaseKind::CustomerHold);
        leg.wrap_ms = length(PhaseKind::Wrap);
        leg.dialing_ms = length(PhaseKind::Dialing);
        leg.contacting_ms = length(PhaseKind::Contacting);
    }
    let held_ms = leg.customer_hold_ms + counted_system_hold_ms(leg, said);
    let all_ms = leg.talk_ms + held_ms + leg.wrap_ms + leg.dialing_ms + leg.contacting_ms;
    leg.genesys_handle_ms = Some(said.reported_handle_ms.unwrap_or(all_ms));
    leg.parts_known = formula != Formula::Unmapped;
    if leg.parts_known {
        leg.handle_ms = leg.talk_ms + leg.customer_hold_ms + leg.wrap_ms;
    }
    if formula == Formula::Digital {
        leg.active_agent_ms = Some(length(PhaseKind::Talk) + length(PhaseKind::Wrap));
        leg.elapsed_agent_ms = Some(elapsed_ms(phases));
    }
}

/// The platform's handle time counts segments of type hold alone; an event of hold is one whatever caused it.
fn counted_system_hold_ms(leg: &Leg, said: &InteractionLeg) -> i64 {
    let events = leg.source == crate::domain::media::Dialect::InteractionEvents;
    if events { leg.system_hold_ms } else { said.system_hold_ms.unwrap_or(0) }
}

/// First interaction to the end of all work; 0 where there was none.
fn elapsed_ms(phases: &[Phase]) -> i64 {
    let work = [PhaseKind::Talk, PhaseKind::CustomerHold, PhaseKind::SystemHold, PhaseKind::Wrap, PhaseKind::Parked];
    let talk: Option<InstantMs> = phases.iter().find(|phase| phase.kind == PhaseKind::Talk).map(|phase| phase.start);
    let end = phases.iter().filter(|phase| work.contains(&phase.kind)).map(|phase| phase.end).max();
    talk.zip(end).map_or(0, |(talk, end)| end - talk)
}
