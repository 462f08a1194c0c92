//! What happened in a conversation, in its final form: queue visits, agents' sessions, transfers. Pure.

use super::super::centre::{WRAPUP_CODES, stable_id, wrapup_id};
use super::super::row::Kind;
use super::super::truth::conversation::Stretch;
use crate::domain::time::{DurationMs, InstantMs};

/// A stretch of an agent's session, `[from, to)`; its length may be zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What the time was spent on: anything but the wait and the wrap-up.
    pub kind: Stretch,
    /// First instant.
    pub from: InstantMs,
    /// First instant after it.
    pub to: InstantMs,
}

/// How a stay in a queue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitEnd {
    /// The session of that number answered.
    Answered(u8),
    /// The customer left.
    Abandoned,
    /// The contact went on to a flow.
    FlowOut,
}

/// A stay in a queue, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// An index into the centre's queues.
    pub queue: u8,
    /// Arrival.
    pub from: InstantMs,
    /// When it was left.
    pub to: InstantMs,
    /// How.
    pub end: VisitEnd,
    /// Skills asked for: bit n is the centre's skill n.
    pub skills: u8,
    /// Language asked for: an index into the centre's languages.
    pub language: Option<u8>,
}

/// A wrap-up code as an agent or the platform sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// An index into the centre's codes.
    Listed(u8),
    /// One that the routing API does not list, as after its deletion.
    Unlisted,
}

impl Code {
    /// Its id.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Code::Listed(code) => wrapup_id(usize::from(code)),
            Code::Unlisted => stable_id(5, 0),
        }
    }

    /// Its name, where the routing API knows one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Code::Listed(code) => WRAPUP_CODES.get(usize::from(code)).map(|(name, _)| *name),
            Code::Unlisted => None,
        }
    }
}

/// After-call work, `[from, to)`; it may begin before the talk has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrap {
    /// First instant.
    pub from: InstantMs,
    /// First instant after it.
    pub to: InstantMs,
    /// Its length as the platform's metric has it.
    pub metric_ms: DurationMs,
    /// When a late one becomes known; `None`: as it happens.
    pub known_at: Option<InstantMs>,
    /// The code, if one was set.
    pub code: Option<Code>,
}

/// How the platform's metrics of a session deviate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// They add up.
    None,
    /// The handle time is larger than its parts by so much.
    Excess(DurationMs),
    /// There is no metric of the talk.
    NoTalk,
}

/// What one agent did in one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentSession {
    /// An index into the centre's agents.
    pub agent: u8,
    /// The queue that it belongs to.
    pub queue: Option<u8>,
    /// The visit that it answered: a place in [`Conversation::visits`].
    pub visit: Option<u8>,
    /// Its stretches without the wrap-up, in the order of time.
    pub parts: Vec<Part>,
    /// Its wrap-up.
    pub wrap: Option<Wrap>,
    /// Two agents speak at once.
    pub conference: bool,
    /// How its metrics deviate.
    pub quirk: Quirk,
}

impl AgentSession {
    /// The time spent on `kinds`, as reported.
    #[must_use]
    pub fn total_ms(&self, kinds: &[Stretch]) -> DurationMs {
        self.parts.iter().filter(|part| kinds.contains(&part.kind)).map(|part| part.to - part.from).sum()
    }

    /// First instant after everything but the wrap-up.
    #[must_use]
    pub fn parts_end(&self) -> Option<InstantMs> {
        self.parts.iter().map(|part| part.to).max()
    }

    /// First instant after all of it.
    #[must_use]
    pub fn end(&self) -> Option<InstantMs> {
        self.parts_end().max(self.wrap.map(|wrap| wrap.to))
    }

    /// Whether agent and customer spoke.
    #[must_use]
    pub fn talked(&self) -> bool {
        self.parts.iter().any(|part| part.kind == Stretch::Talk)
    }

    /// Wrap-up that lies before everything else.
    #[must_use]
    pub fn wraps_first(&self) -> bool {
        let before = |wrap: Wrap, part: &Part| wrap.to <= part.from && wrap.from < part.from;
        self.wrap.is_some_and(|wrap| !self.parts.is_empty() && self.parts.iter().all(|part| before(wrap, part)))
    }

    /// The platform's handle time; `None` when nothing was handled.
    #[must_use]
    pub fn reported_handle_ms(&self) -> Option<DurationMs> {
        let counted =
            [Stretch::Talk, Stretch::CustomerHold, Stretch::SystemHold, Stretch::Dialing, Stretch::Contacting];
        let handled = self.wrap.is_some() || self.parts.iter().any(|part| counted.contains(&part.kind));
        let excess_ms = if let Quirk::Excess(excess_ms) = self.quirk { excess_ms } else { 0 };
        let wrap_ms = self.wrap.map_or(0, |wrap| wrap.metric_ms);
        handled.then(|| self.total_ms(&counted) + wrap_ms + excess_ms)
    }
}

/// Where a transfer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A queue.
    Queue(u8),
    /// An agent.
    Agent(u8),
}

/// What followed a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The visit of that number.
    Visit(u8),
    /// The session of that number.
    Session(u8),
    /// Nothing.
    Nothing,
}

/// A transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The session that transfers.
    pub session: u8,
    /// When.
    pub at: InstantMs,
    /// After a consultation; else at once.
    pub consult: bool,
    /// Where to.
    pub to: Target,
    /// What followed.
    pub next: Next,
}

/// What the platform tells of a conversation until it tells more of it, or something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// From this instant on the conversation itself is told.
    pub until: InstantMs,
    /// What is told before: complete in itself.
    pub told: Box<Conversation>,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its id, as [`super::super::row::id_text`] writes it.
    pub id: u128,
    /// First instant.
    pub start: InstantMs,
    /// Until when the customer was in the menu; `start`: there was none.
    pub menu_until: InstantMs,
    /// The centre called the customer.
    pub outbound: bool,
    /// Medium.
    pub kind: Kind,
    /// Stays in queues, in the order of time.
    pub visits: Vec<Visit>,
    /// Agents' sessions, in the order of time.
    pub sessions: Vec<AgentSession>,
    /// Transfers, in the order of time.
    pub transfers: Vec<Transfer>,
    /// It was closed once, and opened again or corrected since.
    pub earlier: Option<Earlier>,
}

impl Conversation {
    /// What conversations are sorted by.
    #[must_use]
    pub fn position(&self) -> (InstantMs, u128) {
        (self.start, self.id)
    }

    /// First instant after the customer's part.
    #[must_use]
    pub fn customer_until(&self) -> InstantMs {
        let parts = self.sessions.iter().filter_map(AgentSession::parts_end);
        self.visits.iter().map(|visit| visit.to).chain(parts).chain([self.menu_until]).max().unwrap_or(self.start)
    }

    /// First instant after everything, wrap-ups included.
    #[must_use]
    pub fn end(&self) -> InstantMs {
        self.sessions.iter().filter_map(AgentSession::end).fold(self.customer_until(), InstantMs::max)
    }

    /// When all of it is known: its end, or that of the latest late wrap-up's arrival.
    #[must_use]
    pub fn known_at(&self) -> InstantMs {
        let late = self.sessions.iter().filter_map(|session| session.wrap?.known_at);
        late.fold(self.end(), InstantMs::max)
    }

    /// The first transfer that a session made.
    #[must_use]
    pub fn transfer_of(&self, session: usize) -> Option<&Transfer> {
        self.transfers.iter().find(|transfer| usize::from(transfer.session) == session)
    }

    /// A number that looks arbitrary, for the telling of this conversation alone.
    #[must_use]
    pub fn salt(&self, parts: [u64; 3]) -> u64 {
        super::super::chance::mix(&[self.id as u64, (self.id >> 64) as u64, parts[0], parts[1], parts[2]])
    }
}
