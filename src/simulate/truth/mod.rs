//! The second opinion: the rows that a correct connector ends with, from the history in its final form. Pure.
//!
//! ```text
//!  flat rows ─▶ flat ────┐
//!                        ├─▶ judge ─▶ place ─▶ figures ─▶ write ─▶ KPI rows
//!  conversations ─▶ session ┘          (calendar, tally)
//!                        └─▶ record ─▶ contacts, transfers
//! ```
//!
//! Plain slow code that shares no formula with the product. Of the rest of the crate it may use `domain::time` and
//! `domain::media`, and nothing else; it has its own intervals, local days, percentiles and drop reasons.

pub mod input;

pub mod conversation;

pub mod settings;

mod figures;

mod judge;

mod flat;

mod session;

mod place;

mod record;

mod tally;

mod calendar;

mod write;

pub use self::figures::{Truth, first_midnight, of, of_conversations};
pub(super) use self::write::bucket;

#[cfg(test)]
mod tests;
