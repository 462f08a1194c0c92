//! A model of a broker for the tasks of a processor: transactions, fencing, markers that lag behind their commits, groups.
//!
//! `log` is what stands in the partitions and which transactions it belongs to; `groups` is who owns which partition;
//! `faults` says what befalls which call; `faces`, `producer` and `member` are the calls, as a room makes them; `process` is a processor that runs
//! over it. Every call may be the last of its process.

mod faces;
mod faults;
mod groups;
mod log;
mod member;
mod process;
mod producer;

pub use faces::Model;
pub use faults::{Fault, Refusal};
pub use log::Standing;
pub use process::{Outcome, PREFIX, Processor, scene_of, scene_of_pipeline};
