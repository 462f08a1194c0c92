//! Asynchronous report queries: flat rows, one an interaction, read in pages once the platform has found them all. Pure.
//!
//! A query names its bounds as instants of UTC; a server may take the end as included or not, so it is asked unshortened
//! and rows at or after it are left to the next slice. There is no column for a status: an interaction is over when its
//! conversation has an end or it has a handle time, and was abandoned when it is over and nobody handled it. Nor is there
//! one for a leg's own end: it follows from start, queue time and handle time.

mod read;
mod request;

#[cfg(test)]
mod tests;

pub use read::{ROW, read_page, read_status};
pub use request::{FACTS, Select, results_target, status_target, submission, submitted_id};
