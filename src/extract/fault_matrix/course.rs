//! What is known of each dialect: its history, how it pages, where it can drift. Pure but for the drawing.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, InstantMs, TimeRange, parse_instant};
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::row::id_text;
use crate::simulate::server::History;
use crate::simulate::world::World;

/// One dialect.
pub(super) struct Course {
    pub(super) dialect: Dialect,
    pub(super) history: fn() -> History,
    /// How long a page token or cursor lives unused; `None`: for ever.
    pub(super) token_life: Option<Duration>,
    /// Whether a page or cursor that is asked for again may be told to be dead.
    pub(super) has_tokens: bool,
    /// A part of the path whose answers say a total, if any does.
    pub(super) total_path: Option<&'static str>,
    /// Names below a row at which there is nothing.
    pub(super) unknown_field: &'static str,
    /// Names below a row at which there is something else than a list.
    pub(super) known_field: &'static str,
}

/// Every dialect that is built; a fault meets all of them.
pub(super) const DIALECTS: [Course; 4] = [
    Course {
        dialect: Dialect::InteractionDetails,
        history: rows,
        token_life: Some(Duration::from_secs(600)),
        has_tokens: true,
        total_path: Some("/interactions/details"),
        unknown_field: "mood",
        known_field: "talkDuration",
    },
    Course {
        dialect: Dialect::InteractionEvents,
        history: events,
        token_life: Some(Duration::from_secs(86_400)),
        has_tokens: true,
        total_path: Some("/interactions/summary"),
        unknown_field: "events.mood",
        known_field: "events.timestamp",
    },
    Course {
        dialect: Dialect::ConversationDetails,
        history: details,
        token_life: None,
        has_tokens: false,
        total_path: Some("/conversations/details/query"),
        unknown_field: "participants.sessions.mood",
        known_field: "participants.sessions.segments",
    },
    Course {
        dialect: Dialect::ConversationMetrics,
        history: metrics,
        token_life: None,
        has_tokens: true,
        total_path: None,
        unknown_field: "mood",
        known_field: "t_handle",
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

fn metrics() -> History {
    conversations(Shape::Metrics)
}

/// The id and the start of all that the history tells, by id.
pub(super) fn starts(history: &History) -> Vec<(String, InstantMs)> {
    let mut starts: Vec<(String, InstantMs)> = match history {
        History::Rows(world) | History::Reports(world) => {
            world.rows(world.range(), None).map(|row| (id_text(row.id), row.start)).collect()
        }
        History::Conversations(world, shape @ Shape::Metrics) => {
            world.rows(world.range(), shape.facts()).map(|part| (part.id, part.start)).collect()
        }
        History::Conversations(world, _) => {
            world.told(world.range(), None).map(|told| (id_text(told.id), told.start)).collect()
        }
    };
    starts.sort();
    starts
}

/// The ids of all that the history tells, in order.
pub(super) fn ids(history: &History) -> Vec<String> {
    starts(history).into_iter().map(|(id, _)| id).collect()
}
