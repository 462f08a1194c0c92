//! From a reading of a conversation to the drafts of its legs, and its transfers. Pure.

use super::agents::{disposed, is_contact, transferred};
use super::hand_over::link;
use super::pairing::{answers, left};
use super::session::{Draft, of_agent, of_stay};
use super::visits::{self, AgentVisit, Between, QueueVisit};
use crate::domain::interaction::{
    Interaction, InteractionDisposition, InteractionLeg, InteractionTransfer, LegRole, Phase, PhaseKind,
};
use crate::domain::media::Dialect;
use crate::domain::time::InstantMs;
use crate::domain::transfer::Transfer;
use crate::timeline::blank;
use crate::timeline::overlap::{Place, sort};
use crate::timeline::rules::Rules;

/// The drafts of a conversation's legs, linked by its transfers, and the rows of those.
#[must_use]
pub fn drafts(interaction: &Interaction, rules: &Rules) -> (Vec<Draft>, Vec<Transfer>) {
    let mut made = interaction.transfers.clone();
    made.sort_unstable();
    // Only events are put into legs by who and where; the other dialects say where a session ends.
    let events = interaction.source == Dialect::InteractionEvents;
    let sessions = sessions(interaction);
    let by_session: Vec<Option<usize>> = made
        .iter()
        .map(|one| transferred(&sessions, one.session_id.as_deref(), one.user_id.as_deref(), one.at))
        .collect();
    let mut agents: Vec<AgentVisit<'_>> = Vec::new();
    let mut from: Vec<Option<usize>> = vec![None; made.len()];
    for (index, session) in sessions.iter().enumerate() {
        let own = |seq: &usize| by_session[*seq] == Some(index);
        let seqs: Vec<usize> = (0..made.len()).filter(own).collect();
        let at: Vec<InstantMs> = if events { seqs.iter().map(|seq| made[*seq].at).collect() } else { Vec::new() };
        let first = agents.len();
        agents.extend(visits::of_agent(session.said, &session.phases, &at));
        for seq in seqs {
            from[seq] = Some(first + current(&agents[first..], made[seq].at));
        }
    }
    let stays = stays(interaction, &mut agents, &made, events);
    let answered = answers(&agents, &stays, rules.config.overlap_tolerance_ms);
    let codes = codes(interaction, &agents);
    let mut drafts: Vec<Draft> = Vec::with_capacity(agents.len() + stays.len());
    for (index, agent) in agents.iter().enumerate() {
        let stay = answered.iter().position(|answer| *answer == Some(index)).map(|at| &stays[at]);
        let mut draft = of_agent(interaction, agent, stay, rules);
        if let Some(code) = codes[index] {
            draft.leg.wrapup_code_id.clone_from(&code.code_id);
            draft.leg.wrapup_code_name.clone_from(&code.code_name);
        }
        drafts.push(draft);
    }
    let over = blank::is_over(interaction.status);
    for (at, stay) in stays.iter().enumerate().filter(|(at, _)| answered[*at].is_none()) {
        drafts.push(of_stay(interaction, stay, left(at, &stays, &agents, over), rules));
    }
    let transfers = link(interaction, &made, &from, &mut drafts, rules);
    (drafts, transfers)
}

/// The agents' sessions before any is split, in the order of their ids.
fn sessions(interaction: &Interaction) -> Vec<AgentVisit<'_>> {
    let said = in_order(interaction, LegRole::Agent);
    let session = |said: &'_ InteractionLeg| {
        let mut phases = said.phases.clone();
        sort(&mut phases);
        phases
    };
    said.into_iter()
        .map(|said| AgentVisit { said, session_id: said.session_id.clone(), phases: session(said) })
        .collect()
}

fn in_order(interaction: &Interaction, role: LegRole) -> Vec<&InteractionLeg> {
    let mut said: Vec<&InteractionLeg> = interaction.legs.iter().filter(|leg| leg.role == role).collect();
    said.sort_by(|a, b| (&a.participant_id, &a.session_id).cmp(&(&b.participant_id, &b.session_id)));
    said
}

/// Which of an agent's visits a transfer belongs to: the last that has begun.
fn current(visits: &[AgentVisit<'_>], at: InstantMs) -> usize {
    let place: Place = (at, PhaseKind::Transfer);
    let begun = |visit: &AgentVisit<'_>| visit.phases.first().is_some_and(|phase| (phase.start, phase.kind) <= place);
    visits.iter().rposition(begun).unwrap_or(0)
}

/// All stays in queues. Waits of an agent that never answered are a stay in its queue like any other.
fn stays<'a>(
    interaction: &'a Interaction,
    agents: &mut [AgentVisit<'a>],
    made: &[InteractionTransfer],
    events: bool,
) -> Vec<QueueVisit<'a>> {
    let mut queues: Vec<(&InteractionLeg, String, Vec<Phase>)> = in_order(interaction, LegRole::Queue)
        .into_iter()
        .map(|said| (said, said.session_id.clone(), said.phases.clone()))
        .collect();
    for agent in agents.iter_mut().filter(|agent| agent.own_wait().is_some() && agent.first_talk().is_none()) {
        let (waits, rest) = std::mem::take(&mut agent.phases).into_iter().partition(|one| one.kind == PhaseKind::Wait);
        agent.phases = rest;
        match queues.iter_mut().find(|(said, ..)| said.queue_id == agent.said.queue_id) {
            Some((_, _, phases)) => phases.extend(waits as Vec<Phase>),
            None => queues.push((agent.said, agent.said.queue_id.clone().unwrap_or_default(), waits)),
        }
    }
    queues.iter_mut().for_each(|(_, _, phases)| sort(phases));
    let contacts: Vec<Phase> =
        agents.iter().flat_map(|agent| &agent.phases).filter(|phase| is_contact(phase.kind)).cloned().collect();
    let waits: Vec<(Option<&str>, Phase)> = queues
        .iter()
        .flat_map(|(said, _, phases)| phases.iter().map(|phase| (said.queue_id.as_deref(), phase.clone())))
        .collect();
    let transfers: Vec<InstantMs> = made.iter().map(|one| one.at).collect();
    let between = Between { contacts: &contacts, waits: &waits, transfers: &transfers };
    queues
        .iter()
        .flat_map(|(said, session_id, phases)| {
            let between = events.then_some(&between);
            visits::of_queue(said, session_id, phases.clone(), interaction.start, between)
        })
        .collect()
}

/// The wrap-up code of each visit: the last that was set. One that was set before any agent did anything is nobody's.
fn codes<'a>(interaction: &'a Interaction, agents: &[AgentVisit<'_>]) -> Vec<Option<&'a InteractionDisposition>> {
    let mut set: Vec<&InteractionDisposition> = interaction.dispositions.iter().collect();
    set.sort_unstable();
    let mut codes = vec![None; agents.len()];
    for one in set {
        if let Some(index) = disposed(agents, one.session_id.as_deref(), one.user_id.as_deref(), one.at) {
            codes[index] = Some(one);
        }
    }
    codes
}
