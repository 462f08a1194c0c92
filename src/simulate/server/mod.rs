//! Serves the simulated platform over HTTP. Edge.
//!
//! [`Simulator`] is one platform; [`serve`] answers for it until the shutdown. `platform` answers what the real one
//! would, `inspect` what only tests and `demo` ask.

mod simulator;

mod answer;

mod platform;

mod routing;

mod inspect;

pub use self::simulator::{ServeError, Simulator, SimulatorOptions, serve};

#[cfg(test)]
mod tests;
