//! The dialects that tell what happened in conversations. Pure.

use crate::genesys::dialect::facts::Facts;
use crate::genesys::dialect::{conversation_details, conversation_metrics, interaction_events};

/// How a conversation is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `interaction-events`: a list of timed events.
    Events,
    /// `conversation-details`: participants, sessions, segments and metrics.
    Details,
    /// `conversation-metrics`: each agent's part by itself, as three lengths of time.
    Metrics,
}

impl Shape {
    /// What its answers can say.
    #[must_use]
    pub fn facts(self) -> Facts {
        match self {
            Shape::Events => interaction_events::FACTS,
            Shape::Details => conversation_details::FACTS,
            Shape::Metrics => conversation_metrics::FACTS,
        }
    }
}
