//! What the platform adds up of a day. Pure.

use std::collections::BTreeMap;

use super::ours::Amount;
use crate::domain::time::DurationMs;

/// What it adds up of a queue, or of all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theirs {
    /// Handles and their time.
    pub handled: Amount,
    /// Calls to customers, where our legs tell nothing of what comes before the talk.
    pub outward: Option<Outward>,
}

impl Theirs {
    /// Handles of which nothing else is to be known.
    #[must_use]
    pub fn of(handled: Amount) -> Theirs {
        Theirs { handled, outward: None }
    }
}

/// Calls to customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outward {
    /// How many nobody answered.
    pub unanswered: i64,
    /// Dialing and contacting of all of them.
    pub dialing_contacting_ms: DurationMs,
}

/// What the platform adds up of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handled {
    /// By queue; what was in no queue has the id "".
    ByQueue(BTreeMap<String, Theirs>),
    /// All queues together: the shape of the aggregates, or the dialect of ours, names none.
    Whole(Theirs),
    /// Nothing that ours could be compared with, and why.
    NotSaid(&'static str),
}
