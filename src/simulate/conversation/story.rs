//! What can happen in a conversation, and how often. Edge: drawn from a seeded generator.

use super::super::row::Kind;
use super::super::truth::conversation::Stretch;
use super::model::{Next, Part, Quirk, Target, Transfer, VisitEnd, Wrap};
use super::stage::{MIN, S, Stage};

impl Stage<'_> {
    /// Plays the whole conversation.
    pub fn play(&mut self) {
        if self.told.kind == Kind::Voice && self.draw.chance(80) {
            return self.call_out();
        }
        let menu = self.told.kind == Kind::Voice && self.draw.chance(300);
        if menu {
            self.stay_in_menu();
        }
        let queue = self.draw.queue();
        match self.draw.below(1_000) {
            0..6 => {
                if !menu {
                    self.stay_in_menu();
                }
            }
            6..12 => self.wrap_up_first(queue),
            12..75 if self.told.kind != Kind::Callback => self.wait_in_vain(queue),
            75..105 => {
                let wait_ms = self.patience_ms();
                let visit = self.visit(queue, wait_ms);
                self.told.visits[usize::from(visit)].end = VisitEnd::FlowOut;
                self.at += self.draw.between(0, 3 * S);
                let other = self.other_queue(queue);
                if self.draw.chance(200) { self.wait_in_vain(other) } else { self.be_handled(other) }
            }
            _ => self.be_handled(queue),
        }
    }

    fn stay_in_menu(&mut self) {
        self.at += self.draw.between(5 * S, 40 * S);
        self.told.menu_until = self.at;
    }

    fn call_out(&mut self) {
        self.told.outbound = true;
        let agent = self.new_agent();
        let session = self.session(agent, None);
        self.keep_talk_metric(session);
        let dials_ms = self.draw.between(2 * S, 8 * S);
        self.part(session, Stretch::Dialing, dials_ms);
        let contacts_ms = self.draw.between(3 * S, 20 * S);
        self.part(session, Stretch::Contacting, contacts_ms);
        if !self.draw.chance(120) {
            self.interact(session);
        }
        self.wrap(session, None);
    }

    /// The agent's wrap-up is reported before the talk: no such thing can have happened.
    fn wrap_up_first(&mut self, queue: u8) {
        let agent = self.new_agent();
        let session = self.session(agent, Some(queue));
        let (from, to) = (self.at, self.at + 20 * S);
        self.told.sessions[session].quirk = Quirk::None;
        self.told.sessions[session].wrap = Some(Wrap { from, to, metric_ms: to - from, known_at: None, code: None });
        self.at = to + 10 * S;
        let talk_ms = self.draw.between(20 * S, 4 * MIN);
        self.part(session, Stretch::Talk, talk_ms);
    }

    fn wait_in_vain(&mut self, queue: u8) {
        let wait_ms = self.patience_ms();
        let visit = self.visit(queue, wait_ms);
        if self.draw.chance(150) {
            self.ring_in_vain(visit);
        }
    }

    fn be_handled(&mut self, queue: u8) {
        let wait_ms = self.wait_ms();
        let visit = self.visit(queue, wait_ms);
        if self.draw.chance(80) {
            self.ring_in_vain(visit);
        }
        let agent = self.new_agent();
        let session = self.answer(visit, agent);
        self.interact(session);
        let spoken = matches!(self.told.kind, Kind::Voice | Kind::Callback);
        match self.draw.below(1_000) {
            0..35 => self.hand_over_to_queue(session),
            35..60 if spoken => self.hand_over_to_queue(session),
            60..68 if spoken => self.queue_again(session),
            68..73 => self.hand_over_to_nothing(session, queue),
            73..85 if spoken => self.hand_over_to_agent(session),
            85..105 if spoken => self.consult(session),
            105..125 if spoken => self.confer(session),
            _ => self.wrap(session, None),
        }
    }

    /// A transfer made now.
    fn transfer(&mut self, session: usize, to: Target, next: Next, consult: bool) {
        self.told.transfers.push(Transfer { session: session as u8, at: self.at, consult, to, next });
    }

    /// Blind, to another queue; there the next agent answers, or nobody does, or the customer comes back.
    fn hand_over_to_queue(&mut self, session: usize) {
        let queue = self.told.sessions[session].queue.unwrap_or(0);
        let other = self.other_queue(queue);
        let next = Next::Visit(self.told.visits.len() as u8);
        self.transfer(session, Target::Queue(other), next, false);
        let came_from = (queue, self.told.sessions[session].agent);
        self.wrap(session, Some(MIN));
        if self.draw.chance(100) {
            self.at += self.draw.between(1, 500);
        }
        if self.draw.chance(220) {
            return self.wait_in_vain(other);
        }
        let wait_ms = self.draw.round_wait();
        let visit = self.visit(other, wait_ms);
        let agent = self.new_agent();
        let second = self.answer(visit, agent);
        self.interact(second);
        if self.draw.chance(200) { self.come_back(second, came_from) } else { self.wrap(second, None) }
    }

    /// Back to the queue and the agent that the contact came from.
    fn come_back(&mut self, session: usize, (queue, agent): (u8, u8)) {
        let next = Next::Visit(self.told.visits.len() as u8);
        self.transfer(session, Target::Queue(queue), next, false);
        self.wrap(session, Some(MIN));
        let wait_ms = self.draw.between(MIN, 4 * MIN);
        let visit = self.visit(queue, wait_ms);
        let third = self.answer(visit, agent);
        self.interact(third);
        self.wrap(third, None);
    }

    /// Blind, to the very queue that the contact came out of; the same agent answers again.
    fn queue_again(&mut self, session: usize) {
        let place = (self.told.sessions[session].queue.unwrap_or(0), self.told.sessions[session].agent);
        self.come_back(session, place);
    }

    /// Blind, to a queue in which no wait follows.
    fn hand_over_to_nothing(&mut self, session: usize, queue: u8) {
        let mut other = self.other_queue(queue);
        while self.told.visits.iter().any(|visit| visit.queue == other) {
            other = self.other_queue(other);
        }
        self.transfer(session, Target::Queue(other), Next::Nothing, false);
        self.wrap(session, Some(MIN));
    }

    /// Blind, straight to an agent.
    fn hand_over_to_agent(&mut self, session: usize) {
        let agent = self.new_agent();
        let next = Next::Session(self.told.sessions.len() as u8);
        self.transfer(session, Target::Agent(agent), next, false);
        self.wrap(session, Some(MIN));
        let second = self.session(agent, None);
        let rings_ms = self.draw.between(S, 6 * S);
        self.part(second, Stretch::Alert, rings_ms);
        self.interact(second);
        self.wrap(second, None);
    }

    /// The customer holds while two agents speak; then the second has both.
    fn consult(&mut self, session: usize) {
        let agent = self.new_agent();
        let second = self.session(agent, None);
        let asked_at = self.at;
        let rings_ms = self.draw.between(S, 6 * S);
        self.part(second, Stretch::Alert, rings_ms);
        let agreed_ms = self.draw.between(10 * S, 2 * MIN);
        self.at += agreed_ms;
        let held = Part { kind: Stretch::CustomerHold, from: asked_at, to: self.at };
        self.told.sessions[session].parts.push(held);
        self.transfer(session, Target::Agent(agent), Next::Session(second as u8), true);
        self.wrap(session, Some(MIN));
        let talk_ms = self.draw.between(20 * S, 6 * MIN);
        self.at += talk_ms;
        let talk = Part { kind: Stretch::Talk, from: self.at - talk_ms - agreed_ms, to: self.at };
        self.told.sessions[second].parts.push(talk);
        self.wrap(second, None);
    }

    /// A second agent joins; both leave together.
    fn confer(&mut self, session: usize) {
        let queue = self.told.sessions[session].queue.filter(|_| self.draw.chance(500));
        let agent = self.new_agent();
        let joined_after_ms = self.draw.between(5 * S, MIN);
        let together_ms = self.draw.between(20 * S, 5 * MIN);
        let second = self.session(agent, queue);
        self.part(session, Stretch::Talk, joined_after_ms + together_ms);
        let rings_ms = self.draw.between(S, 5 * S);
        let joined_at = self.at - together_ms;
        let ring = Part { kind: Stretch::Alert, from: joined_at - rings_ms, to: joined_at };
        let talk = Part { kind: Stretch::Talk, from: joined_at, to: self.at };
        self.told.sessions[second].parts.extend([ring, talk]);
        for number in [session, second] {
            self.told.sessions[number].conference = true;
            self.wrap(number, None);
        }
    }
}
