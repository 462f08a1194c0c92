//! What a simulated platform tells: flat rows, or whole conversations. Edge: histories are drawn when first asked for.

use std::sync::Arc;

use super::super::conversation::shape::Shape;
use super::super::conversation::world::ConversationWorld;
use super::super::truth::Truth;
use super::super::truth::settings::TruthSettings;
use super::super::world::World;
use crate::domain::time::TimeRange;

/// One history.
#[derive(Clone, Debug)]
pub enum History {
    /// Flat rows, for `interaction-details`.
    Rows(Arc<World>),
    /// Conversations; both dialects tell them, and the truth is that of a reader of the one named.
    Conversations(Arc<ConversationWorld>, Shape),
}

impl From<Arc<World>> for History {
    fn from(world: Arc<World>) -> History {
        History::Rows(world)
    }
}

impl History {
    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        match self {
            History::Rows(world) => world.seed(),
            History::Conversations(world, _) => world.seed(),
        }
    }

    /// Where interactions begin: `[from, to)`.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        match self {
            History::Rows(world) => world.range(),
            History::Conversations(world, _) => world.range(),
        }
    }

    /// The rows that a correct connector ends with, of the topic that the settings name.
    ///
    /// Without `from` they begin at the first local midnight at or after the history's start: an earlier interval is
    /// not wholly in the history.
    #[must_use]
    pub fn truth(&self, settings: &TruthSettings) -> Truth {
        match self {
            History::Rows(world) => world.truth(settings),
            History::Conversations(world, shape) => world.truth(settings, *shape),
        }
    }

    /// How many rows or conversations there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        match self {
            History::Rows(world) => world.rows_total(),
            History::Conversations(world, _) => world.total(),
        }
    }
}
