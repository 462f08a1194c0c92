//! Sets two lists of rows of one topic side by side, field by field. Pure.

mod kind;

mod compare;

mod outcome;

pub use self::compare::compare;
pub use self::outcome::{Comparison, Difference};

#[cfg(test)]
mod tests;
