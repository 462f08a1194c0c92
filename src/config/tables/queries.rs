//! The settings of queries that are answered later. Pure.

use crate::config::definition::{Definition, Importance, Kind};
use crate::config::validator::Validator;

/// Where they stand on the page of all settings.
pub const GROUP: &str = "Extraction";

/// What is read again by another dialect.
pub const REVISIT_AGE_MS: Definition = Definition::new(
    "extract.revisit.handover.ms",
    Kind::Long,
    GROUP,
    "Age from which on extract.revisit.dialect is used; younger revisits, and held ranges that are read on request, use the \
     dialect of the first readings (by default 86400000 for conversation-jobs, whose data lake is up to a day behind, and \
     0 for conversation-details)",
)
.valid(Validator::Whole { min: 0, max: 31_536_000_000 })
.importance(Importance::Low)
.unit("ms");

/// How long to wait.
pub const POLL_MS: Definition = Definition::new(
    "extract.query.poll.ms",
    Kind::Long,
    GROUP,
    "Wait before the first look at an asynchronous query (report-queries and conversation-jobs only; by default \
     10000); each later wait is twice the one before, at most twelve times the first, and up to half of the first is \
     added by chance",
)
.valid(Validator::Whole { min: 1, max: 3_600_000 })
.importance(Importance::Low)
.unit("ms");

/// How many at once.
pub const IN_FLIGHT_MAX: Definition = Definition::new(
    "extract.query.in.flight.max",
    Kind::Int,
    GROUP,
    "Asynchronous queries of first readings that stand at the platform at once, shared out among the tasks, each of \
     which has at least one (report-queries and conversation-jobs only; by default 4): the slices that follow are \
     submitted while one is pending, and published one after the other all the same",
)
.valid(Validator::Whole { min: 1, max: 100 })
.importance(Importance::Low);

/// How much one may find.
pub const LIMIT_ROWS: Definition = Definition::new(
    "extract.query.limit.rows",
    Kind::Long,
    GROUP,
    "Most rows that a query asks for; one that finds as many is asked again for less time (report-queries only; by \
     default 500000)",
)
.valid(Validator::Whole { min: 1, max: 10_000_000 })
.importance(Importance::Low)
.unit("rows");
