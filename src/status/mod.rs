//! What a process tells of itself: the same numbers as metrics, as JSON and as a page for people.
//!
//! ```text
//!  registry ──gather──▶ vitals ──▶ verdict          healthy, late or failing, and since when
//!  what runs here       plain      metrics ──▶ `/metrics`
//!                       numbers    page    ──▶ `/`, `/status.json`
//! ```

pub mod vitals;

pub mod gather;
pub mod registry;

pub mod metrics;
