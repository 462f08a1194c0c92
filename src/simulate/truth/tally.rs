//! The figures of one KPI row while they are added up. Pure.

use super::judge::REASONS;
use crate::domain::time::{DurationMs, InstantMs};

/// Sums, counts, and every single handle and wait for the percentiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// The queue's name and target, as the legs say.
    pub queue_name: Option<String>,
    pub target_ms: DurationMs,
    pub answered: i64,
    pub abandoned: i64,
    pub short_abandoned: i64,
    pub flow_out: i64,
    /// Waits of the offered.
    pub waits_ms: Vec<DurationMs>,
    pub answered_wait_ms: i64,
    pub within: i64,
    pub within_of: i64,
    /// Handle times of the kept, by the place of their count.
    pub handles_ms: Vec<DurationMs>,
    pub handled_wait_ms: i64,
    pub breaches: i64,
    pub talk_ms: i64,
    pub hold_ms: i64,
    pub system_hold_ms: i64,
    pub wrap_ms: i64,
    pub handle_ms: i64,
    pub platform_ms: i64,
    pub parts_handled: i64,
    pub parts_handle_ms: i64,
    pub active_ms: i64,
    pub elapsed_ms: i64,
    pub weighted_milli: i64,
    pub tier_gap: i64,
    pub resolved: i64,
    pub no_code: i64,
    pub transfers_out: i64,
    pub transfers_in: i64,
    pub contacts: i64,
    pub contact_handle_ms: i64,
    pub dropped: [Dropped; REASONS.len()],
    /// When the agent was busy, within the interval.
    pub busy: Vec<(InstantMs, InstantMs)>,
    /// A KPI of the user's own.
    pub custom_sum: i64,
    pub custom_over: i64,
}

/// What one reason took away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dropped {
    pub count: i64,
    pub handle_ms: i64,
}
