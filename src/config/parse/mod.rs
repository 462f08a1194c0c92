//! Flat maps to the typed settings: each setting on its own, then what settings say of each other. Pure.
//!
//! Nothing is returned while anything is wrong; everything that is wrong is returned at once.

pub mod rest;
pub mod worker;

pub mod source;

pub mod processor;

pub mod partitions;

pub mod pipelines;

pub mod settings;

#[cfg(test)]
mod dialect_tests;

#[cfg(test)]
mod message_tests;

#[cfg(test)]
mod range_tests;

pub use settings::{Settings, problems_of, rules_of, settings, worker_alone};
