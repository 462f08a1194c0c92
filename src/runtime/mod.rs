//! Logs, shutdown and supervision of tasks. Edge.
//!
//! Shutdown has an order and a deadline: stop intake, drain, commit or abort, close. Nothing is detached: what
//! [`supervisor::Supervisor`] starts, it joins.

pub mod log_lines;
pub mod spans;
pub mod telemetry;
pub mod traces;

#[cfg(test)]
pub(crate) mod captured;

pub mod clock;

pub mod memory;
pub mod shutdown;

pub mod supervisor;

pub mod tls;
