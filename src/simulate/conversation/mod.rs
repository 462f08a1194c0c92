//! Whole conversations of the simulated contact centre, and how three dialects tell them. Edge where it draws.
//!
//! `model` is what happened; `stage` and `story` draw it, `chunk` a day of it, `world` all of it. `seen` is what is
//! known of it at an instant; `events`, `details` and `metrics` tell that as JSON, the last by `parts`: what each agent did. `retell` says
//! by construction what a correct reader of a dialect can know of it in the end.

pub mod model;

mod stage;

mod story;

mod chunk;

mod restate;

pub mod world;

pub mod seen;

pub mod shape;

pub mod retell;

pub mod parts;

pub mod events;

pub mod details;

mod session_metrics;

pub mod emitted;

pub mod metrics;

pub mod query;

pub mod filter;

pub mod cursor;

pub mod page;

#[cfg(test)]
mod tests;
