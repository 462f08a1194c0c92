//! The second opinion: the KPI rows that a correct connector ends with, from the final rows, in plain slow code. Pure.
//!
//! It shares no formula with the product. Of the rest of the crate it may use `domain::time` and `domain::media`, and
//! nothing else; it has its own intervals, local days, percentiles and drop reasons.

pub mod input;

pub mod conversation;

pub mod settings;

mod figures;

mod judge;

mod place;

mod tally;

mod calendar;

mod write;

pub use self::figures::{Truth, first_midnight, of};
pub(super) use self::write::bucket;

#[cfg(test)]
mod tests;
