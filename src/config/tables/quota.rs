//! The settings of a budget of requests. Pure.

use crate::config::definition::{Definition, Importance, Kind};
use crate::config::validator::Validator;

/// Where they stand on the page of all settings.
pub const GROUP: &str = "Requests";

/// How many requests.
pub const REQUESTS_PER_SECOND: Definition = Definition::new(
    "quota.requests.per.second",
    Kind::Double,
    GROUP,
    "Requests that the OAuth client may send, evenly spread; by default what the dialect's platform grants \
     (conversation-details, conversation-jobs: 5, the others: 12)",
)
.valid(Validator::Positive { max: 10_000.0 })
.importance(Importance::High)
.unit("requests/s");

/// In which time.
pub const WINDOW_MS: Definition = Definition::new(
    "quota.window.ms",
    Kind::Long,
    GROUP,
    "Length of the window of time in which the platform counts requests: requests that come late are caught up with \
     within it, and it never sees more of them than the rate allows; by default the dialect's platform's \
     (conversation-details, conversation-jobs: 60000, the others: 1000)",
)
.valid(Validator::Whole { min: 1_000, max: 3_600_000 })
.importance(Importance::Low)
.unit("ms");
