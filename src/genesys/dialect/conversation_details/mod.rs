//! The platform's own conversations: `POST /api/v2/analytics/conversations/details/query`, nested records. Pure.
//!
//! The interval selects by the conversation's start, and a server may return the whole UTC day: what starts elsewhere
//! is left to other slices. Pages are numbered, and the number is the page token; it survives a failed request. The
//! platform pages through at most 100,000 results: a query that has more, or whose page beyond them was refused, asks
//! for less time at once.

mod customer;
mod fields;
mod read;
mod record;
mod request;
mod session;
mod transfers;

#[cfg(test)]
mod tests;

pub use read::read_page;
pub use request::{FACTS, PATH, PageQuery, is_past_the_last_page, request_body, too_many};
