//! The status page: HTML out of vitals, verdict and days, and of nothing else. Pure.
//!
//! Nothing is fetched from anywhere but this process, and nothing is built beforehand: one style sheet and one script are
//! part of the program. Every text is escaped where it is written; names of queues come from outside. All of it works
//! without the script, which only saves the reader from reloading.
//!
//! ```text
//!  document          head, the line, `fragment`
//!  fragment          what is fetched again every two seconds
//!   ├─ headline      the line and its causes
//!   ├─ intervals     the day: queues, picture, table, comparison
//!   ├─ sources       freshness, completeness, slices, quota, token
//!   ├─ processing    lag, results, exclusions, dead letters, restatements
//!   └─ machinery     connectors and tasks, Kafka, build
//! ```

pub mod assets;
pub mod document;

mod headline;
mod intervals;
mod machinery;
mod picture;
mod processing;
mod retrying;
mod scale;
mod slices;
mod sources;
mod tables;

pub mod words;

#[cfg(test)]
mod tests;
