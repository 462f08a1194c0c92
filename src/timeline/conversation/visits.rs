//! A conversation's stays with agents and in queues, each as a leg or a part of one. Pure.

use super::agents::{Acts, is_contact};
use crate::domain::interaction::{InteractionLeg, Phase, PhaseKind};
use crate::domain::time::{DurationMs, InstantMs};
use crate::timeline::overlap::{Place, sort};

/// What one agent did without handing the customer on in between.
#[derive(Clone, Debug)]
pub struct AgentVisit<'a> {
    /// What the reading says of the session.
    pub said: &'a InteractionLeg,
    /// The first visit has the reading's own id, later ones `#1`, `#2` after it.
    pub session_id: String,
    /// In order.
    pub phases: Vec<Phase>,
}

impl Acts for AgentVisit<'_> {
    fn user_id(&self) -> Option<&str> {
        self.said.user_id.as_deref()
    }

    fn session(&self) -> &str {
        &self.said.session_id
    }

    fn phases(&self) -> &[Phase] {
        &self.phases
    }
}

impl AgentVisit<'_> {
    /// When the agent answered; a talk without length is an answer too.
    #[must_use]
    pub fn first_talk(&self) -> Option<InstantMs> {
        first(&self.phases, PhaseKind::Talk)
    }

    /// When the wait began that the reading itself gives to the agent.
    #[must_use]
    pub fn own_wait(&self) -> Option<InstantMs> {
        first(&self.phases, PhaseKind::Wait)
    }
}

/// One stay in a queue.
#[derive(Clone, Debug)]
pub struct QueueVisit<'a> {
    /// What the reading says of the stay.
    pub said: &'a InteractionLeg,
    /// As of [`AgentVisit::session_id`].
    pub session_id: String,
    /// Its waits, in order.
    pub phases: Vec<Phase>,
    /// First instant.
    pub start: InstantMs,
    /// First instant after it.
    pub end: InstantMs,
    /// The platform's own figure of it.
    pub wait_ms: Option<DurationMs>,
    /// When the platform says that the customer left.
    pub abandoned_at: Option<InstantMs>,
    /// When the platform says that the contact left to a flow.
    pub flow_out_at: Option<InstantMs>,
}

fn first(phases: &[Phase], kind: PhaseKind) -> Option<InstantMs> {
    phases.iter().find(|phase| phase.kind == kind).map(|phase| phase.start)
}

/// The id of a visit by its number.
fn numbered(session_id: &str, number: usize) -> String {
    if number == 0 { session_id.to_owned() } else { format!("{session_id}#{number}") }
}

/// Splits an agent's phases, which are in order, at the transfers that the agent made: what it does with the customer after
/// one is a visit of its own. Its wrap-up belongs to the visit before.
#[must_use]
pub fn of_agent<'a>(said: &'a InteractionLeg, phases: &[Phase], transfers: &[InstantMs]) -> Vec<AgentVisit<'a>> {
    let begins = |kind: PhaseKind| is_contact(kind) || matches!(kind, PhaseKind::Wait | PhaseKind::Alert);
    let mut visits: Vec<Vec<Phase>> = vec![Vec::new()];
    let mut gone_by = 0;
    for phase in phases {
        if begins(phase.kind) {
            let place: Place = (phase.start, phase.kind);
            let before = transfers.iter().filter(|at| (**at, PhaseKind::Transfer) < place).count();
            let begun = visits.last().is_some_and(|visit| visit.iter().any(|other| begins(other.kind)));
            if gone_by < before && begun {
                visits.push(Vec::new());
            }
            gone_by = before;
        }
        if let Some(visit) = visits.last_mut() {
            visit.push(phase.clone());
        }
    }
    let numbers = visits.into_iter().enumerate();
    numbers.map(|(at, phases)| AgentVisit { said, session_id: numbered(&said.session_id, at), phases }).collect()
}

/// What can lie between two waits in a queue: contact with an agent, a wait in another queue, a transfer.
#[derive(Debug)]
pub struct Between<'a> {
    /// Phases of agents.
    pub contacts: &'a [Phase],
    /// Waits with their queues.
    pub waits: &'a [(Option<&'a str>, Phase)],
    /// Times of transfers.
    pub transfers: &'a [InstantMs],
}

impl Between<'_> {
    /// Whether the customer was out of the queue between two waits in it.
    fn parts(&self, queue_id: Option<&str>, a: &Phase, b: &Phase) -> bool {
        let contact = self.contacts.iter().any(|phase| a.start <= phase.start && phase.start < b.start);
        let elsewhere = self.waits.iter().filter(|(queue, _)| *queue != queue_id);
        let waited = elsewhere.into_iter().any(|(_, phase)| a.start < phase.start && phase.start < b.start);
        // A transfer at the start of a wait is the one that led into it.
        contact || waited || self.transfers.iter().any(|at| a.start < *at && *at <= b.start)
    }
}

/// The stays in a queue of `waits`, which are in order: as the reading tells them, or, with `between`, split where the
/// customer was elsewhere in between.
#[must_use]
pub fn of_queue<'a>(
    said: &'a InteractionLeg,
    session_id: &str,
    waits: Vec<Phase>,
    start: InstantMs,
    between: Option<&Between<'_>>,
) -> Vec<QueueVisit<'a>> {
    let mut stays: Vec<Vec<Phase>> = vec![Vec::new()];
    for phase in waits {
        let parted = match (between, stays.last().and_then(|stay| stay.last())) {
            (Some(between), Some(before)) => between.parts(said.queue_id.as_deref(), before, &phase),
            _ => false,
        };
        if parted {
            stays.push(Vec::new());
        }
        if let Some(stay) = stays.last_mut() {
            stay.push(phase);
        }
    }
    let last = stays.len() - 1;
    let visit = |(at, mut phases): (usize, Vec<Phase>)| {
        sort(&mut phases);
        let wait_ms = said.wait_ms.filter(|_| last == 0);
        let start = phases.first().map_or(said.start.unwrap_or(start), |phase| phase.start);
        let end = phases.iter().map(|phase| phase.end).max();
        QueueVisit {
            said,
            session_id: numbered(session_id, at),
            start,
            end: end.or(said.end).unwrap_or_else(|| start + wait_ms.unwrap_or(0)),
            phases,
            wait_ms,
            // What ended the last stay ended the leg.
            abandoned_at: said.abandoned_at.filter(|_| at == last),
            flow_out_at: said.flow_out_at.filter(|_| at == last),
        }
    };
    stays.into_iter().enumerate().map(visit).collect()
}
