//! Draws the rows of a day: contacts by the arrival curve, legs by their medium. Edge: seeded chance, no clock.

mod chunk;

mod leg;

pub(super) use self::chunk::Draw;
pub use self::chunk::rows;

#[cfg(test)]
mod tests;
