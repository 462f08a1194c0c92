//! `handletime check`: is the settings file right, and with `--online` do the platform and the broker take it. Edge.

mod access;
mod broker;
mod budget;
mod dialects;
mod finding;
mod platform;
mod quota;
mod run;
mod sizes;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod dialect_tests;

pub use run::run;
