//! Pure: what the rows of every topic must be: a slow, plain recomputation from the readings.
//!
//! ```text
//! readings ─▶ book ─▶ flat, conversation ─▶ judge ─▶ place ─▶ rows
//!             which   legs                  fate     figures  fields by name, as JSON
//!             count                                  by instant
//! ```
//!
//! No formula of the crate is used: of `handletime` there are only plain data here, the settings and the domain's types.
//! Days come from the zone database directly, clipping walks over every boundary, pairs are searched, values are sorted.

pub mod calendar;

pub mod leg;

pub mod conversation;
pub mod flat;

pub mod judge;

pub mod place;

pub mod rows;

pub mod beside;

pub mod book;

pub mod compare;
