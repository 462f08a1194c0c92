//! The event streams of `GET /api/v2/analytics/interactions/detail`: one interaction a conversation. Pure.
//!
//! `since` and `until` select by the interaction's start, but events at or after `until` are cut off; `until` is
//! therefore set later than the slice's end, and what begins there is left to the next slice. A cursor is good for a
//! day; one that the platform no longer takes is dropped, and the one who asked begins again at the last published
//! instant.

mod event;
mod read;
mod request;
pub mod summary;

#[cfg(test)]
mod tests;

pub use read::{INTERACTION, has_come_past, read_page};
pub use request::{CURSOR_LIFE_MS, FACTS, PATH, PageQuery, is_cursor_gone, request_target};
