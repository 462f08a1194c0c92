//! The whole product without a broker: an in-process log, and the tasks of both rooms over it. Edge.
//!
//! `log` is the broker's stand-in: topics, partitions, offsets, transactions that are seen as a whole or not at all, and
//! producers that fence their predecessors. `publisher` is the source's side of it; `task` carries one partition of one
//! room over it, `runner` all of them on threads. Everything is lost when the process ends.
//!
//! The log leaves an offset out after every transaction, as a broker's commit marker does: code that takes offsets for
//! dense fails here, not first in production.

mod clock;

pub mod log;

pub mod publisher;

pub mod task;

pub mod rows;

pub mod ours;

pub mod runner;

pub mod by_hand;

#[cfg(test)]
pub(crate) mod driver;
#[cfg(test)]
mod tests;

pub use by_hand::{ByHand, ByHandError};
pub use log::{Log, LogError};
pub use publisher::EmbeddedPublisher;
pub use runner::{is_complete, start, start_reporting};
pub use task::{EmbeddedError, EmbeddedTask};
