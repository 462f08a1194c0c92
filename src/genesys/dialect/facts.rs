//! Which facts an API shape can carry: a rule that needs another one is off for it. Pure.

/// What a dialect's answers can say. A fact that is `false` here is absent in every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The queue of a leg.
    pub queue: bool,
    /// The agent of a leg.
    pub agent: bool,
    /// The medium of a leg.
    pub media: bool,
    /// Talk, hold and wrap of a voice leg, each by itself.
    pub parts: bool,
    /// System hold told apart from the agent's.
    pub system_hold: bool,
    /// All agent time of a digital leg in one figure.
    pub agent_time: bool,
    /// Time in queue.
    pub wait: bool,
    /// The disposition.
    pub wrapup_code: bool,
    /// How many transfers a leg made.
    pub transfers: bool,
    /// Inbound or outbound.
    pub direction: bool,
    /// The conversation that several legs belong to.
    pub conversation: bool,
    /// Where in time each phase lies.
    pub positions: bool,
    /// An interaction is a whole conversation, so contacts can be told.
    pub whole_conversations: bool,
    /// How many rows the platform itself counts in a selection.
    pub native_count: bool,
}
