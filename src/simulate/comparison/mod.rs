//! Sets two lists of rows of one topic side by side, field by field; or the revisions of each row. Pure.

mod kind;

mod compare;

mod outcome;

mod revisions;

pub use self::compare::compare;
pub use self::outcome::{Comparison, Difference};
pub use self::revisions::Revisions;

#[cfg(test)]
mod tests;
