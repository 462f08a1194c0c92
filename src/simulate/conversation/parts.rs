//! Each agent's part of a conversation: all its sessions together, as one row. Pure.

use super::super::centre::{QUEUES, agent_id};
use super::super::row::id_text;
use super::super::truth::conversation::Stretch;
use super::super::truth::input::{FinalRow, FinalStatus};
use super::model::{AgentSession, Code, Conversation, Wrap};
use super::seen::Moment;
use crate::domain::time::{DurationMs, InstantMs};

/// One agent's part; where no agent had any, the conversation is one part of nobody.
#[derive(Clone, Copy, Debug)]
pub struct AgentPart<'a> {
    /// The conversation.
    pub told: &'a Conversation,
    /// An index into the centre's agents.
    pub agent: Option<u8>,
}

/// What of a part is known at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// First instant after all of it; `None`: it goes on.
    pub end: Option<InstantMs>,
    /// The platform's handle time.
    pub handle_ms: Option<DurationMs>,
    /// After-call work.
    pub wrap_ms: Option<DurationMs>,
    /// Hold of either kind.
    pub hold_ms: Option<DurationMs>,
}

/// The parts of a conversation, in the order of the agents' indexes.
pub fn of(told: &Conversation) -> impl Iterator<Item = AgentPart<'_>> {
    let mut agents: Vec<Option<u8>> =
        told.sessions.iter().filter(|session| begins(session).is_some()).map(|session| Some(session.agent)).collect();
    agents.sort_unstable();
    agents.dedup();
    if agents.is_empty() {
        agents.push(None);
    }
    agents.into_iter().map(move |agent| AgentPart { told, agent })
}

fn begins(session: &AgentSession) -> Option<InstantMs> {
    session.parts.iter().map(|part| part.from).chain(session.wrap.map(|wrap| wrap.from)).min()
}

impl<'a> AgentPart<'a> {
    fn sessions(self) -> impl Iterator<Item = &'a AgentSession> {
        self.told.sessions.iter().filter(move |session| Some(session.agent) == self.agent)
    }

    /// First instant.
    #[must_use]
    pub fn start(self) -> InstantMs {
        self.sessions().filter_map(begins).min().unwrap_or(self.told.start)
    }

    /// What parts are sorted by.
    #[must_use]
    pub fn position(self) -> (InstantMs, u128) {
        // Within one conversation parts differ by their agent, which the lowest bits of the id make room for.
        (self.start(), self.told.id.wrapping_add(self.agent.map_or(0, |agent| u128::from(agent) + 1)))
    }

    /// What is known of it at the moment; `None`: it has not begun.
    #[must_use]
    pub fn known(self, moment: Moment) -> Option<Known> {
        if !moment.has_come(self.start()) {
            return None;
        }
        let told = moment.of(self.told);
        if self.agent.is_none() {
            return Some(Known { end: moment.end(told), ..Known::default() });
        }
        let mut known = Known::default();
        let mut is_over = true;
        let add = |sum: &mut Option<DurationMs>, ms: DurationMs| *sum = Some(sum.unwrap_or(0) + ms);
        let of_agent = |session: &&AgentSession| Some(session.agent) == self.agent;
        let begun = |session: &&AgentSession| begins(session).is_some_and(|at| moment.has_come(at));
        for session in told.sessions.iter().filter(of_agent).filter(begun) {
            let wrapped = |wrap: &Wrap| moment.wrap(wrap).is_some_and(|seen| seen.to.is_some());
            let end = session.end().filter(|end| moment.has_come(*end));
            let Some(end) = end.filter(|_| session.wrap.as_ref().is_none_or(wrapped)) else {
                is_over = false;
                continue;
            };
            known.end = known.end.max(Some(end));
            if let Some(handle_ms) = session.reported_handle_ms() {
                add(&mut known.handle_ms, handle_ms);
            }
            if let Some(wrap) = session.wrap {
                add(&mut known.wrap_ms, wrap.metric_ms);
            }
            let holds = [Stretch::CustomerHold, Stretch::SystemHold];
            if session.parts.iter().any(|part| holds.contains(&part.kind)) {
                add(&mut known.hold_ms, session.total_ms(&holds));
            }
        }
        known.end = known.end.filter(|_| is_over);
        Some(known)
    }

    /// Everything that there is to know of the part, as one row.
    #[must_use]
    pub fn final_row(self) -> FinalRow<'static> {
        let known = self.known(Moment(None)).unwrap_or_default();
        let queue = self.sessions().find_map(|session| session.queue).map(|queue| &QUEUES[usize::from(queue)]);
        let visit = self.sessions().find_map(|session| session.visit);
        let visit = visit.map(|visit| self.told.visits[usize::from(visit)]);
        let transfers = self.told.transfers.iter().filter(|transfer| {
            let made_by = self.told.sessions.get(usize::from(transfer.session));
            made_by.is_some_and(|session| Some(session.agent) == self.agent)
        });
        FinalRow {
            id: format!("{}:{}", id_text(self.told.id), self.agent.map(agent_id).unwrap_or_default()),
            media: self.told.kind.word(),
            status: FinalStatus::Completed,
            queue_id: queue.map(|queue| queue.id),
            queue_name: queue.map(|queue| queue.name),
            service_level_target_ms: queue.and_then(|queue| queue.service_level_target_ms(self.told.kind)),
            user_id: self.agent.map(agent_id),
            start: self.start(),
            end: known.end,
            wait_ms: visit.map(|visit| visit.to - visit.from),
            talk_ms: None,
            hold_ms: known.hold_ms,
            wrap_ms: known.wrap_ms,
            agent_ms: None,
            handle_ms: known.handle_ms,
            wrapup_code: self.sessions().find_map(|session| session.wrap?.code).and_then(Code::name),
            transfers: Some(transfers.count() as i64),
            agent_wrap_at: None,
        }
    }
}
