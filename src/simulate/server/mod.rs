//! Serves the simulated platform over HTTP. Edge.
//!
//! [`Simulator`] is one platform; [`serve`] answers for it until the shutdown. `platform` answers what the real one
//! would, `inspect` what only tests and `demo` ask.

mod history;

mod simulator;

mod answer;

mod platform;

mod routing;

mod conversations;

mod queries;

mod aggregates;

mod inspect;

mod drawn;

pub use self::history::History;
pub use self::simulator::{ServeError, Simulator, SimulatorOptions, router, serve};

#[cfg(test)]
mod tests;
