//! The platform's own conversations: `POST /api/v2/analytics/conversations/details/query`, nested records. Pure.
//!
//! The interval selects by the conversation's start, and a server may return the whole UTC day: what starts elsewhere
//! is left to other slices. Pages are numbered, and the number is the page token; it survives a failed request. The
//! platform pages through at most 100,000 results; it refuses the page beyond, and the one who asked then begins again
//! at the last published instant, where fewer are left.

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
pub use read::read_page;
pub use request::{FACTS, PATH, PageQuery, is_past_the_last_page, request_body};
