//! Figures that the platform has added up itself: an interval report, and metrics by queue. An edge beside pure files.
//!
//! Both are asked of [`PATH`]: `interval_report` in the guide's shape, `metrics` in the platform's own, `by_interval`
//! either of them for the same table; `shape` says which of them a host is asked for, `ask` asks until one is answered;
//! `refusal` says what a refusal means and what helps.

pub mod interval_report;

pub mod metrics;

pub mod by_interval;

pub mod shape;

pub mod ask;

pub mod refusal;

#[cfg(test)]
mod tests;

/// Where aggregates are asked for, below `genesys.api.url`.
pub const PATH: &str = "/api/v2/analytics/conversations/aggregates/query";
