//! What each dialect can say of a leg: a rule about what it cannot say is off for it. Pure.

use crate::domain::media::Dialect;

/// What a dialect can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carries {
    /// Who the agent was.
    pub agent: bool,
    /// Which queue routed the leg.
    pub queue: bool,
    /// Talk as a figure of its own on every row; where it cannot, a row without it has unknown talk, not none.
    pub talk: bool,
    /// The agent's time of a digital leg as one figure; where it cannot, the platform's handle time stands for it.
    pub agent_time: bool,
    /// An interaction is a whole conversation, with all of its legs.
    pub conversation: bool,
}

const ROW: Carries = Carries { agent: true, queue: true, talk: true, agent_time: true, conversation: false };
const CONVERSATION: Carries = Carries { conversation: true, ..ROW };

/// The table.
#[must_use]
pub fn carries(dialect: Dialect) -> Carries {
    match dialect {
        Dialect::InteractionDetails | Dialect::Unknown => ROW,
        Dialect::ConversationMetrics => Carries { queue: false, agent_time: false, ..ROW },
        Dialect::ReportQueries => Carries { agent: false, talk: false, agent_time: false, ..ROW },
        Dialect::InteractionEvents | Dialect::ConversationDetails | Dialect::ConversationJobs => CONVERSATION,
    }
}
