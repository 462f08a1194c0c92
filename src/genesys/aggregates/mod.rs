//! Figures that the platform has added up itself: an interval report, and metrics by queue. Pure.
//!
//! Both are asked of [`PATH`]: `interval_report` in the guide's shape, `metrics` in the platform's own, `by_interval`
//! either of them for the same table; `refusal` says what a refusal means and what helps.

use std::time::Duration;

pub mod interval_report;

pub mod metrics;

pub mod by_interval;

pub mod refusal;

#[cfg(test)]
mod tests;

/// Where aggregates are asked for, below `genesys.api.url`.
pub const PATH: &str = "/api/v2/analytics/conversations/aggregates/query";

/// Longest wait for aggregates and summaries: the platform adds them up while it is asked, so a page's limit is too
/// short; a longer one would only find later that there is no answer.
pub const TIMEOUT: Duration = Duration::from_secs(30);
