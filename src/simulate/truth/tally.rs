//! The figures of one KPI row while they are added up. Pure.

use super::judge::REASONS;
use crate::domain::time::DurationMs;

/// Sums, counts, and every single handle and wait for the percentiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub answered: i64,
    pub abandoned: i64,
    pub short_abandoned: i64,
    /// Waits of the offered.
    pub waits_ms: Vec<DurationMs>,
    pub answered_wait_ms: i64,
    pub within: i64,
    /// Handle times of the kept, by the place of their count.
    pub handles_ms: Vec<DurationMs>,
    pub handled_wait_ms: i64,
    pub breaches: i64,
    pub talk_ms: i64,
    pub hold_ms: i64,
    pub wrap_ms: i64,
    pub handle_ms: i64,
    pub parts_handled: i64,
    pub parts_handle_ms: i64,
    pub active_ms: i64,
    pub elapsed_ms: i64,
    pub weighted_milli: i64,
    pub tier_gap: i64,
    pub resolved: i64,
    pub no_code: i64,
    pub transfers_out: i64,
    pub dropped: [Dropped; REASONS.len()],
}

/// What one reason took away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dropped {
    pub count: i64,
    pub handle_ms: i64,
}
