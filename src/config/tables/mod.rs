//! Which settings there are: one table for `[worker]` and one for each connector class. Pure.
//!
//! A setting that belongs to the design but not to this version stands here too, with the reason, so that asking for it
//! is refused by name.

pub mod worker;

pub mod common;

pub mod genesys_source;

pub mod queries;
pub mod quota;

pub mod handle_time_processor;

pub mod class;
