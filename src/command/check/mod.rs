//! `handletime check`: is the settings file right, and with `--online` do the platform and the broker take it. Edge.

mod broker;
mod finding;
mod platform;
mod run;

#[cfg(test)]
mod tests;

pub use run::run;
