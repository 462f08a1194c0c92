//! From a reading to measured, judged legs. Pure.
//!
//! `flat` measures a flat row; `judge` finds the one reason for which a leg is not counted; `outcome` fills what
//! follows from both. `measure` wires them. The rules of METRICS stand here and in `window::attribute`, nowhere else.

pub mod rules;

pub mod phases;

pub mod transfers;

pub mod custom;

pub mod contact;

pub mod flat;

pub mod judge;

pub mod outcome;

pub mod measure;

#[cfg(test)]
pub(crate) mod tests;
