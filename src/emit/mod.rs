//! When a row is said, and what it says. Pure.
//!
//! `finality` decides PROVISIONAL, FINAL or CORRECTED; `row` turns state into a row and a row back into state, a file a
//! record: `queue_row`, `agent_row`, `org_row`, `custom_row`. `said` has what is derived from sums;
//! `revised` counts revisions.

pub mod finality;

pub mod said;

pub mod agent_row;
pub mod custom_row;
pub mod org_row;
pub mod queue_row;

pub mod row;

pub mod derived;

pub mod repeat;

pub mod revised;

#[cfg(test)]
mod tests;
