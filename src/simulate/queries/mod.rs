//! Queries that the simulated platform answers later: report queries over flat rows, jobs over conversations. Pure.
//!
//! [`desk`] keeps them: each is pending, then running, then done in the way that chance or the fault script has for it,
//! and forgotten a day later. [`report`] and [`job`] read what is asked and tell the rows, page by page.

pub mod desk;

pub mod mark;

pub mod report;

pub mod telling;

pub mod job;

#[cfg(test)]
mod tests;
