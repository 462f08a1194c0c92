//! Figures that the simulated platform adds up itself: metrics by queue and interval, and the guide's interval report.
//! Pure.
//!
//! `emitted` says which metric was emitted when, by the platform's definition: handle time with dialing and contacting,
//! every session whatever a connector would leave out, a late wrap-up in the interval in which it lay; `known` lists the
//! metrics that a history has, `query` reads what is asked, `add_up` answers it. Nothing of the rooms that measure for KPI rows is used.

pub mod emitted;

pub mod service_level;

pub mod known;

pub mod query;

pub mod add_up;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod known_tests;
