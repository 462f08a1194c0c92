//! The broker's side of `handletime replay`: reads what a processor left, rebuilds aside, and publishes what follows. Edge.
//!
//! `look` reads how far the tasks are, what they hold and what is published; `rebuild` feeds it to the rooms that rebuild;
//! `run` puts them in order, and `write` takes the tasks' transactional ids over and publishes.

pub mod error;
pub mod look;
pub mod rebuild;
pub mod run;
pub mod write;

pub use error::ReplayError;
pub use look::{Tasks, Window};
