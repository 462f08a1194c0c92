//! Per-agent metrics of conversations: `POST /api/v2/analytics/conversations/details/query` with two dates. Pure.
//!
//! One entity is one agent's part of a conversation: its handle time, hold and after-call work, and nothing of queues,
//! media, waits, dispositions or transfers. The answer names the address of the next page, which is asked for with the
//! same body; it is followed only at the place that was asked. Nothing younger than half an hour is complete there.

mod read;
mod request;

#[cfg(test)]
mod tests;

pub use read::{ENTITY, read_page};
pub use request::{FACTS, PATH, PageQuery, next_page, request_body, request_target};
