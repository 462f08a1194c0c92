//! Our figures beside the platform's, the difference taken apart. Edges beside pure files.
//!
//! ```text
//!  collect: rows, legs, interactions as they stand ─▶ ours  ─┐
//!  platform: aggregates, counts, missing rows      ─▶ theirs ┴▶ split ─▶ verdict ─▶ Reconciliation records
//!                                               counts, volume ─▶ lost slices, with their queues
//! ```
//!
//! The difference of handle time is theirs − ours of a queue and local day. Its parts are computed from what legs carry,
//! never from the difference; what they leave of it is the unexplained rest, so that they add up to it exactly.

pub mod ours;

pub mod theirs;

pub mod split;

pub mod volume;

pub mod verdict;

pub mod collect;

pub mod contract;

pub mod jobs;

pub mod platform;

pub mod counts;

pub mod compare;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod run_tests;

#[cfg(test)]
mod job_tests;
