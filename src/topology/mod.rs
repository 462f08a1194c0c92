//! Dedupe, timeline, window and emit wired together: the unit that every test drives. Pure: bytes in, bytes out.
//!
//! A task is one partition of one room. [`legs::LegsTask`] turns interactions into leg rows and contributions;
//! [`intervals::IntervalsTask`] turns contributions into KPI rows. Both stage what they do in an overlay that the caller
//! promotes when the transaction is committed, or drops when it is aborted; neither knows of Kafka, clocks or threads.
//! What a task knows besides its output topics is one [`crate::domain::progress::Progress`], produced every time.

pub mod record;

pub mod error;

pub mod partition;

pub mod overlay;

pub mod plan;

pub mod interactions;

pub mod legs;

pub mod passed;

pub mod row_codecs;
pub mod rows;

pub mod intervals;

pub mod claims;

pub mod setup;

pub mod rules_history;

pub mod rules_change;

pub mod tally;
pub mod task;

pub use error::TopologyError;
