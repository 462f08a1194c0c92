//! The stage on which a conversation is played: each act draws a visit, a session or a wrap-up and moves time on. Edge:
//! drawn from a seeded generator.

use super::super::centre::{self, CUSTOMER_QUEUES, LANGUAGES, SKILLS};
use super::super::draw::Draw;
use super::super::row::Kind;
use super::super::truth::conversation::Stretch;
use super::model::{AgentSession, Code, Conversation, Part, Quirk, Visit, VisitEnd, Wrap};
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs};

pub(super) const S: i64 = 1_000;
pub(super) const MIN: i64 = 60 * S;

const TALK_MS: [i64; 11] =
    [4 * S, 45 * S, 80 * S, 2 * MIN, 160 * S, 200 * S, 4 * MIN, 5 * MIN, 7 * MIN, 12 * MIN, 45 * MIN];
const WRITE_MS: [i64; 8] = [20 * S, 2 * MIN, 4 * MIN, 7 * MIN, 11 * MIN, 18 * MIN, 30 * MIN, 70 * MIN];
const WRAP_MS: [i64; 5] = [3 * S, 15 * S, 30 * S, MIN, 5 * MIN];
const PARKED_MS: [i64; 4] = [2 * MIN, 30 * MIN, 3 * HOUR_MS, 16 * HOUR_MS];

/// What the platform measures of the after-call work of an agent who did not answer, and how long that really lasts.
const MISSED_WRAP_MS: i64 = 57 * S;
const MISSED_WRAP_SEGMENT_MS: i64 = 61 * S;

/// A conversation in the making.
pub(super) struct Stage<'a> {
    pub draw: &'a mut Draw,
    pub told: Conversation,
    /// Now, on the stage.
    pub at: InstantMs,
}

impl Stage<'_> {
    /// A stay in a queue; how it ends is set by what follows, and until then it is abandoned.
    pub fn visit(&mut self, queue: u8, wait_ms: DurationMs) -> u8 {
        let skills = if self.draw.chance(450) { self.draw.below(1 << SKILLS.len()) as u8 } else { 0 };
        let language = self.draw.chance(300).then(|| self.draw.below(LANGUAGES.len() as u64) as u8);
        let to = self.at + wait_ms;
        self.told.visits.push(Visit { queue, from: self.at, to, end: VisitEnd::Abandoned, skills, language });
        self.at = to;
        (self.told.visits.len() - 1) as u8
    }

    /// How long an answered contact waits.
    pub fn wait_ms(&mut self) -> DurationMs {
        let wait_ms = self.draw.round_wait();
        match self.told.kind {
            Kind::Callback | Kind::Email => wait_ms * 12,
            _ => wait_ms,
        }
    }

    /// How long an abandoning customer waits.
    pub fn patience_ms(&mut self) -> DurationMs {
        match self.draw.below(10) {
            0..3 => self.draw.between(200, 9_999),
            // The length from which an abandon is no longer short.
            3 => self.draw.between(9_999, 10_001),
            _ => self.draw.between(10 * S, 6 * MIN),
        }
    }

    /// A queue that takes customers and is not `other`.
    pub fn other_queue(&mut self, other: u8) -> u8 {
        let queue = self.draw.below(CUSTOMER_QUEUES as u64 - 1) as u8;
        if queue < other { queue } else { queue + 1 }
    }

    /// An agent who has not been in this conversation yet.
    pub fn new_agent(&mut self) -> u8 {
        let mut agent = self.draw.agent();
        while self.told.sessions.iter().any(|session| session.agent == agent) {
            agent = (agent + 1) % centre::AGENTS;
        }
        agent
    }

    /// An empty session.
    pub fn session(&mut self, agent: u8, queue: Option<u8>) -> usize {
        let quirk = match self.draw.below(1_000) {
            0..10 => Quirk::Excess(self.draw.between(1, 20 * S)),
            10..16 => Quirk::NoTalk,
            _ => Quirk::None,
        };
        let (parts, wrap) = (Vec::new(), None);
        self.told.sessions.push(AgentSession { agent, queue, visit: None, parts, wrap, conference: false, quirk });
        self.told.sessions.len() - 1
    }

    /// Where somebody dials, the talk cannot be told from the handle time: then its own metric is there.
    pub fn keep_talk_metric(&mut self, session: usize) {
        let quirk = &mut self.told.sessions[session].quirk;
        if *quirk == Quirk::NoTalk {
            *quirk = Quirk::None;
        }
    }

    /// A stretch of a session, by which time moves on.
    pub fn part(&mut self, session: usize, kind: Stretch, length_ms: DurationMs) {
        let from = self.at;
        self.at += length_ms;
        self.told.sessions[session].parts.push(Part { kind, from, to: self.at });
    }

    /// An agent's telephone rings in vain while the customer waits; sometimes after-call work is counted all the same.
    pub fn ring_in_vain(&mut self, visit: u8) {
        let Visit { queue, from, to, .. } = self.told.visits[usize::from(visit)];
        if to - from < 20 * S {
            return;
        }
        let agent = self.new_agent();
        let session = self.session(agent, Some(queue));
        let session = &mut self.told.sessions[session];
        session.quirk = Quirk::None;
        let rings_until = from + self.draw.between(3 * S, 9 * S);
        session.parts.push(Part { kind: Stretch::Alert, from: from + S, to: rings_until });
        session.wrap = self.draw.chance(600).then_some(Wrap {
            from: rings_until,
            to: rings_until + MISSED_WRAP_SEGMENT_MS,
            metric_ms: MISSED_WRAP_MS,
            known_at: None,
            code: Some(Code::Listed(3)),
        });
    }

    /// An agent answers the visit: it rings within the wait, and the talk begins with its end.
    pub fn answer(&mut self, visit: u8, agent: u8) -> usize {
        let Visit { queue, from, to, .. } = self.told.visits[usize::from(visit)];
        let session = self.session(agent, Some(queue));
        self.told.visits[usize::from(visit)].end = VisitEnd::Answered(session as u8);
        // The last part of the wait, after whoever did not answer.
        let rings_ms = self.draw.between(S, 8 * S).min((to - from) / 2);
        if 0 < rings_ms {
            let ring = Part { kind: Stretch::Alert, from: to - rings_ms, to };
            self.told.sessions[session].parts.push(ring);
        }
        self.told.sessions[session].visit = Some(visit);
        if self.told.kind == Kind::Callback {
            self.keep_talk_metric(session);
            let dials_ms = self.draw.between(3 * S, 12 * S);
            self.part(session, Stretch::Dialing, dials_ms);
        }
        session
    }

    /// Agent and customer interact, by the habits of the medium.
    pub fn interact(&mut self, session: usize) {
        match self.told.kind {
            Kind::Voice | Kind::Callback => self.speak(session),
            Kind::Message => self.exchange_messages(session),
            _ => {
                let length_ms = self.draw.along(&WRITE_MS);
                self.part(session, Stretch::Talk, length_ms);
            }
        }
    }

    fn speak(&mut self, session: usize) {
        let length_ms = match self.draw.below(1_000) {
            0..6 => 0,
            6..10 => 2_999,
            10..14 => 3_000,
            14..18 => 3_001,
            18..30 => self.draw.between(500, 4_000),
            _ => self.draw.along(&TALK_MS),
        };
        let holds = if length_ms < 20 * S { 0 } else { [0, 0, 0, 1, 1, 1, 2, 3][self.draw.below(8) as usize] };
        let mut left_ms = length_ms;
        for _ in 0..holds {
            let talk_ms = self.draw.between(S, left_ms / 2);
            self.part(session, Stretch::Talk, talk_ms);
            left_ms -= talk_ms;
            let kind = if self.draw.chance(250) { Stretch::SystemHold } else { Stretch::CustomerHold };
            let hold_ms = self.draw.along(&[2 * S, 15 * S, 30 * S, MIN, 4 * MIN]);
            self.part(session, kind, hold_ms);
        }
        self.part(session, Stretch::Talk, left_ms);
    }

    fn exchange_messages(&mut self, session: usize) {
        for pause in 0..=self.draw.below(4) {
            if 0 < pause {
                let parked_ms = self.draw.along(&PARKED_MS);
                self.part(session, Stretch::Parked, parked_ms);
            }
            let length_ms = self.draw.between(20 * S, 6 * MIN);
            self.part(session, Stretch::Talk, length_ms);
        }
    }

    /// After-call work of a session that is over now. `apart`: it neither overlaps the talk nor outlasts `limit_ms`.
    pub fn wrap(&mut self, session: usize, limit_ms: Option<DurationMs>) {
        let mut length_ms = match self.draw.below(100) {
            0..10 => return,
            10..13 => 0,
            _ => self.draw.along(&WRAP_MS),
        };
        let mut from = self.at;
        let code = match self.draw.below(1_000) {
            0..20 => Some(Code::Unlisted),
            _ => self.draw.wrapup().map(Code::Listed),
        };
        let mut known_at = None;
        if let Some(limit_ms) = limit_ms {
            length_ms = length_ms.min(limit_ms);
        } else if 0 < length_ms {
            from -= self.overlap_ms(session);
            if self.draw.chance(330) {
                let soonest_ms = (2 * MIN).max(length_ms);
                let longest_ms = self.draw.late_wrap_max_ms.max(soonest_ms);
                known_at = Some(self.at + self.draw.between(soonest_ms, longest_ms));
            }
        }
        let metric_ms = if self.draw.chance(20) { (length_ms - 4 * S).max(0) } else { length_ms };
        self.told.sessions[session].wrap = Some(Wrap { from, to: from + length_ms, metric_ms, known_at, code });
    }

    /// By how much the wrap-up begins before a long enough last talk has ended.
    fn overlap_ms(&mut self, session: usize) -> DurationMs {
        let overlap_ms = match self.draw.below(1_000) {
            0..40 => self.draw.between(1, 900),
            40..45 => 1_500,
            _ => 0,
        };
        let session = &mut self.told.sessions[session];
        let long = session.parts.last().is_some_and(|part| part.kind == Stretch::Talk && 10 * S < part.to - part.from);
        if !long || overlap_ms == 0 {
            return 0;
        }
        session.quirk = Quirk::None;
        overlap_ms
    }
}
