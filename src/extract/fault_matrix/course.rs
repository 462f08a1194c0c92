//! What is known of each dialect: its history, how it pages, where it can drift. Pure but for the drawing.

use std::sync::Arc;
use std::time::Duration;

use super::run::{Asked, known_pace_ms};
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, InstantMs, TimeRange, parse_instant};
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::faults::DATA_PATHS;
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
    /// The requests whose answers say a total, as a rule of a script names them; `None` where the platform counts nothing.
    pub(super) total_at: Option<&'static str>,
    /// Whether its queries are answered later: what is submitted is looked at until its pages can be had.
    pub(super) later: bool,
    /// Names below a row at which there is nothing.
    pub(super) unknown_field: &'static str,
    /// Names below a row at which there is something else than a list.
    pub(super) known_field: &'static str,
}

/// How long the pages of a query can be had that was answered later.
const QUERY_LIFE: Duration = Duration::from_secs(86_400);

/// What the path of a request for a page of it ends with.
const RESULTS: &str = "/results";

impl Course {
    /// The paths whose requests are for pages.
    pub(super) fn page_paths(&self) -> &'static [&'static str] {
        if self.later { &[RESULTS] } else { &DATA_PATHS }
    }

    /// The script; what is to come after some requests for data comes after as many pages.
    pub(super) fn scripted(&self, script: &str) -> String {
        let of_pages = |line: &str| {
            let counts = self.later && line.starts_with("after_request");
            if counts { format!("{line}\npath_contains = \"{RESULTS}\"\n") } else { format!("{line}\n") }
        };
        script.lines().map(of_pages).collect()
    }

    /// Whether a request is for a page.
    pub(super) fn is_page(&self, asked: &Asked) -> bool {
        self.page_paths().iter().any(|path| asked.path.contains(path))
    }

    /// The time between the submission of a query and its first page, in milliseconds, where the jitter is known.
    pub(super) fn known_first_page_ms(&self) -> f64 {
        if self.later { known_pace_ms(0) } else { 0.0 }
    }
}

/// Every dialect that is built; a fault meets all of them.
pub(super) const DIALECTS: [Course; 6] = [
    Course {
        dialect: Dialect::InteractionDetails,
        history: rows,
        token_life: Some(Duration::from_secs(600)),
        has_tokens: true,
        total_at: Some("path_contains = \"/interactions/details\""),
        later: false,
        unknown_field: "mood",
        known_field: "talkDuration",
    },
    Course {
        dialect: Dialect::InteractionEvents,
        history: events,
        token_life: Some(Duration::from_secs(86_400)),
        has_tokens: true,
        total_at: Some("path_contains = \"/interactions/summary\""),
        later: false,
        unknown_field: "events.mood",
        known_field: "events.timestamp",
    },
    Course {
        dialect: Dialect::ConversationDetails,
        history: details,
        token_life: None,
        has_tokens: false,
        total_at: Some("path_contains = \"/conversations/details/query\""),
        later: false,
        unknown_field: "participants.sessions.mood",
        known_field: "participants.sessions.segments",
    },
    Course {
        dialect: Dialect::ConversationMetrics,
        history: metrics,
        token_life: None,
        has_tokens: true,
        total_at: None,
        later: false,
        unknown_field: "mood",
        known_field: "t_handle",
    },
    Course {
        dialect: Dialect::ReportQueries,
        history: reports,
        token_life: Some(QUERY_LIFE),
        has_tokens: true,
        total_at: Some("request = \"look\""),
        later: true,
        unknown_field: "mood",
        known_field: "timestamp",
    },
    Course {
        dialect: Dialect::ConversationJobs,
        history: details,
        token_life: Some(QUERY_LIFE),
        has_tokens: true,
        total_at: None,
        later: true,
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

fn reports() -> History {
    History::Reports(Arc::new(World::exactly(7, from(), 1, 150).unwrap()))
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
