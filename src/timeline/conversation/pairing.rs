//! Which agent answered which stay in a queue, and what became of the other stays. Pure.

use std::cmp::Reverse;

use super::agents::is_contact;
use super::visits::{AgentVisit, QueueVisit};
use crate::domain::time::{DurationMs, InstantMs};

/// For each stay, the agent visit that answered it.
///
/// From the latest stay to the earliest, each takes the first answer in its queue at its end or later, less the tolerance of
/// clocks, that no later stay has taken; where there is none, the first since its start. An agent with a wait of its own
/// has been answered for already, and a stay that the platform ended has none.
#[must_use]
pub fn answers(agents: &[AgentVisit<'_>], stays: &[QueueVisit<'_>], tolerance_ms: DurationMs) -> Vec<Option<usize>> {
    let mut answered: Vec<Option<usize>> = vec![None; stays.len()];
    let mut taken: Vec<bool> = agents.iter().map(|agent| agent.own_wait().is_some()).collect();
    let mut order: Vec<usize> = (0..stays.len()).collect();
    order.sort_by_key(|at| Reverse((stays[*at].start, &stays[*at].session_id)));
    for at in order {
        let stay = &stays[at];
        if stay.abandoned_at.is_some() || stay.flow_out_at.is_some() || stay.said.queue_id.is_none() {
            continue;
        }
        let first_since = |since: InstantMs| {
            let fits = |index: usize| {
                let agent = &agents[index];
                let talk = agent.first_talk().filter(|talk| since <= *talk)?;
                (!taken[index] && agent.said.queue_id == stay.said.queue_id).then_some((talk, index))
            };
            (0..agents.len()).filter_map(fits).min()
        };
        let at_the_end = first_since((stay.end - tolerance_ms).max(stay.start));
        if let Some((_, index)) = at_the_end.or_else(|| first_since(stay.start)) {
            taken[index] = true;
            answered[at] = Some(index);
        }
    }
    answered
}

/// How a stay ended that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It has not ended, or the conversation has not.
    Open,
    /// The customer left.
    Abandoned(InstantMs),
    /// The contact went on elsewhere.
    FlowOut(InstantMs),
}

/// What became of a stay that nobody answered: as the platform says; else it flowed out if the customer was with an agent or
/// in a queue from its end on, and was abandoned if not. After-call work is no sign that the contact went on.
#[must_use]
pub fn left(at: usize, stays: &[QueueVisit<'_>], agents: &[AgentVisit<'_>], over: bool) -> Left {
    let stay = &stays[at];
    if let Some(flow_out_at) = stay.flow_out_at {
        return Left::FlowOut(flow_out_at);
    }
    if let Some(abandoned_at) = stay.abandoned_at {
        return Left::Abandoned(abandoned_at);
    }
    if !over {
        return Left::Open;
    }
    let other_stay = stays.iter().enumerate().any(|(other, visit)| other != at && stay.end <= visit.start);
    let phases = agents.iter().flat_map(|agent| &agent.phases);
    let other_phase = phases.into_iter().any(|phase| is_contact(phase.kind) && stay.end <= phase.start);
    if other_stay || other_phase { Left::FlowOut(stay.end) } else { Left::Abandoned(stay.end) }
}
