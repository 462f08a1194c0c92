//! What a simulated platform tells: flat rows, or whole conversations. Edge: histories are drawn when first asked for.

use std::sync::Arc;

use super::super::conversation::shape::Shape;
use super::super::conversation::world::ConversationWorld;
use super::super::queries::telling;
use super::super::truth::Truth;
use super::super::truth::settings::TruthSettings;
use super::super::world::World;
use crate::domain::time::TimeRange;

/// One history.
#[derive(Clone, Debug)]
pub enum History {
    /// Flat rows, for `interaction-details`.
    Rows(Arc<World>),
    /// The same rows, for `report-queries`.
    Reports(Arc<World>),
    /// Conversations; all their dialects tell them, and the truth is that of a reader of the one named.
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
            History::Rows(world) | History::Reports(world) => world.seed(),
            History::Conversations(world, _) => world.seed(),
        }
    }

    /// Where interactions begin: `[from, to)`.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        match self {
            History::Rows(world) | History::Reports(world) => world.range(),
            History::Conversations(world, _) => world.range(),
        }
    }

    /// How many rows or conversations there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        match self {
            History::Rows(world) | History::Reports(world) => world.rows_total(),
            History::Conversations(world, _) => world.total(),
        }
    }

    /// The rows that a correct connector ends with.
    #[must_use]
    pub fn truth(&self, settings: &TruthSettings) -> Truth {
        match self {
            History::Rows(world) => world.truth(settings),
            History::Reports(world) => world.truth_told(&telling::known_settings(settings), telling::known),
            History::Conversations(world, shape) => world.truth(settings, *shape),
        }
    }
}
