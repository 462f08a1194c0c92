//! What a process tells of itself: the same numbers as metrics, as JSON and as a page for people. Edge where it serves and
//! follows topics; what is shown is Pure.
//!
//! ```text
//!  registry ──gather──▶ vitals ──▶ verdict          healthy, late or failing, and since when
//!  what runs here       plain      metrics ──▶ `/metrics`
//!                       numbers    page    ──▶ `/`, `/status.json`
//!  [kpi.queue.*]  ──follow──▶ today ──────────────▶
//! ```
//!
//! `routes` serves all of it; `guard` says who may ask for a change.

pub mod vitals;

pub mod gather;
pub mod registry;

pub mod metrics;

pub mod verdict;

mod causes;

pub mod compared;
pub mod today;

pub mod today_embedded;
pub mod today_feed;
pub mod today_kafka;

pub mod snapshot;

pub mod page;

pub mod guard;
pub mod routes;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod fixture_server;
