//! The legs and transfers of a conversation (R-40, R-13, R-21). Pure.
//!
//! ```text
//! reading ─▶ agents ─▶ visits ─▶ pairing ─▶ session ─▶ hand_over ─▶ drafts, transfers
//!            who acted  of agents  who        measures   from which leg
//!            when       and queues answered              to which
//! ```
//!
//! `whole` wires them. Everything is sorted first, so nothing depends on the order in which a reading lists things.

pub mod agents;

pub mod visits;

pub mod pairing;

pub mod session;

pub mod hand_over;

pub mod whole;
