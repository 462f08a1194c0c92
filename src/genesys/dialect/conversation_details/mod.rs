//! The platform's own conversations: `POST /api/v2/analytics/conversations/details/query`, nested records. Pure.
//!
//! The interval selects by the conversation's start, and a server may return the whole UTC day: what starts elsewhere
//! is left to other slices. Pages are numbered, and the number is the page token; it survives a failed request. The
//! platform pages through at most 100,000 results: a query whose first page counts more is asked for less time. Where the
//! page beyond the last is refused all the same, the one who asked begins again at the last published instant.

mod customer;
mod fields;
mod read;
mod record;
mod request;
mod session;
mod transfers;

#[cfg(test)]
mod tests;

pub use fields::CONVERSATION;
pub use read::{read_page, read_rows};
pub use request::{FACTS, PATH, PageQuery, is_past_the_last_page, is_too_much, request_body, too_many};
pub(crate) use request::{SegmentFilter, segment_filters};
