//! When a row is said, and what it says. Pure.
//!
//! `finality` decides PROVISIONAL, FINAL or CORRECTED; `row` turns state into a row and a row back into state.

pub mod finality;

pub mod row;
