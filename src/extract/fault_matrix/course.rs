//! What is known of each dialect: its history, how it pages, where it can drift. Pure but for the drawing.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, InstantMs, TimeRange, parse_instant};
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::server::History;
use crate::simulate::world::World;

/// One dialect.
pub(super) struct Course {
    pub(super) dialect: Dialect,
    pub(super) history: fn() -> History,
    /// How long a page token or cursor lives unused; `None`: pages are asked for by number.
    pub(super) token_life: Option<Duration>,
    /// A part of the path whose answers say a total.
    pub(super) total_path: &'static str,
    /// Names below a row at which there is nothing.
    pub(super) unknown_field: &'static str,
    /// Names below a row at which there is something else than a list.
    pub(super) known_field: &'static str,
}

/// Every dialect that is built; a fault meets all of them.
pub(super) const DIALECTS: [Course; 3] = [
    Course {
        dialect: Dialect::InteractionDetails,
        history: rows,
        token_life: Some(Duration::from_secs(600)),
        total_path: "/interactions/details",
        unknown_field: "mood",
        known_field: "talkDuration",
    },
    Course {
        dialect: Dialect::InteractionEvents,
        history: events,
        token_life: Some(Duration::from_secs(86_400)),
        total_path: "/interactions/summary",
        unknown_field: "events.mood",
        known_field: "events.timestamp",
    },
    Course {
        dialect: Dialect::ConversationDetails,
        history: details,
        token_life: None,
        total_path: "/conversations/details/query",
        unknown_field: "participants.sessions.mood",
        known_field: "participants.sessions.segments",
    },
];

/// First instant of every history; it lasts a day.
pub(super) fn from() -> InstantMs {
    parse_instant("2026-01-05T00:00:00Z").unwrap()
}

pub(super) fn range() -> TimeRange {
    TimeRange { from: from(), to: from() + DAY_MS }
}

fn rows() -> History {
    History::Rows(Arc::new(World::exactly(7, from(), 1, 150).unwrap()))
}

fn conversations(shape: Shape) -> History {
    History::Conversations(Arc::new(ConversationWorld::exactly(7, from(), 1, 110).unwrap()), shape)
}

fn events() -> History {
    conversations(Shape::Events)
}

fn details() -> History {
    conversations(Shape::Details)
}

/// The ids of all that the history tells.
pub(super) fn ids(history: &History) -> Vec<String> {
    use crate::simulate::row::id_text;
    let mut ids: Vec<String> = match history {
        History::Rows(world) => world.rows(world.range(), None).map(|row| id_text(row.id)).collect(),
        History::Conversations(world, _) => world.told(world.range(), None).map(|told| id_text(told.id)).collect(),
    };
    ids.sort();
    ids
}
