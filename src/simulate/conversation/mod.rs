//! Whole conversations of the simulated contact centre, and how two dialects tell them. Edge where it draws.
//!
//! `model` is what happened; `stage` and `story` draw it, `chunk` a day of it, `world` all of it. `seen` is what is
//! known of it at an instant; `events` and `details` tell that as JSON. `retell` says by construction what a correct
//! reader of a dialect can know of it in the end.

pub mod model;

mod stage;

mod story;

mod chunk;

pub mod world;

pub mod seen;

pub mod shape;

pub mod retell;

pub mod events;

pub mod details;

mod agent_metrics;

pub mod emitted;

pub mod query;

pub mod cursor;

pub mod page;

#[cfg(test)]
mod tests;
