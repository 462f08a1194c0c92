//! From a reading to measured, judged legs. Pure.
//!
//! `flat` measures a flat row and `conversation` the legs of a conversation; `judge` finds the one reason for which a leg is
//! not counted; `outcome` fills what follows from both. `measure` wires them. `carries` says which rules a dialect
//! cannot have. `contact` puts legs together again. The rules of METRICS stand here and in `window::attribute`, nowhere else.

pub mod carries;

pub mod custom;
pub mod rules;

pub mod phases;
pub mod transfers;

pub mod overlap;

pub mod contradiction;

pub mod blank;
pub mod talk;

pub mod flat;

pub mod conversation;

pub mod judge;

pub mod outcome;

pub mod measure;

pub mod contact;

#[cfg(test)]
pub(crate) mod tests;
