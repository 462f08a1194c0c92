//! The platform's asynchronous conversation details: jobs over its data lake, read in pages once they are done. Pure.
//!
//! A job selects by the day on which a conversation starts, so what starts outside the slice is left to other slices.
//! The lake is behind: nothing is asked for beyond its `dataAvailabilityDate`, and a page speaks for that instant when it
//! is earlier than the job. The conversations are those of `conversation-details`, read by its reader.

mod read;
mod request;

#[cfg(test)]
mod tests;

pub use read::{read_availability, read_page, read_status};
pub use request::{AVAILABILITY_PATH, FACTS, results_target, status_target, submission, submitted_id};
