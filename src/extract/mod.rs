//! Which slice of source time is read, which page of it, what next, and how far we know. Edges beside pure files.
//!
//! ```text
//!  plan ──Ask──▶ fetch ──Page──▶ plan ──Publication──▶ publisher ──confirmed──▶ progress
//!   ▲ fresh lane: [cursor, now − delay) once, in order, moves the watermark
//!   ├ queries that are answered later are submitted ahead of their slice's turn, and read in order
//!   └ revisit lane: the same time again at each age of `extract.revisit.ms`, then the days with open rows daily
//! ```
//!
//! `plan` decides and never waits; `task` waits and never decides. The source offset that a restart begins from moves
//! only in the transaction that publishes what it covers.
//!
//! Invariants: a slice's rows are published before the watermark passes its end, or the slice is held; a page token is
//! used once; a row is left out only when another slice has it.

pub mod counts;
mod fit;
pub mod normalize;
pub mod pace;
pub mod slice;
pub mod volume;

pub mod cursor;

pub mod source_offset;

pub mod revisit;

pub mod part;
pub mod plan;
pub mod split;

pub mod told;

pub mod progress;

pub mod extent;
pub mod queries;

pub mod reach;

pub mod fetch;
mod narrow;
pub mod publisher;

mod lane;
mod tending;

pub mod reconciling;

mod requests;

mod claim;
mod run;

pub mod task;

#[cfg(test)]
mod task_tests;
#[cfg(test)]
mod trace_tests;

#[cfg(test)]
mod dialect_tests;

#[cfg(test)]
mod query_tests;

#[cfg(test)]
mod ahead_tests;

#[cfg(test)]
mod fault_matrix;

#[cfg(test)]
mod request_tests;

#[cfg(test)]
mod metrics_tests;

#[cfg(test)]
mod moving_tests;

#[cfg(test)]
mod split_tests;

#[cfg(test)]
mod secrecy_tests;

#[cfg(test)]
mod reference_tests;
