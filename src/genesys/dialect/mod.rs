//! One file or folder for each API shape: builds requests, reads pages, lists the facts that it carries. Pure.

pub mod facts;

mod blank;

pub mod conversation_details;
pub mod interaction_details;
pub mod interaction_events;

pub mod shape;

#[cfg(test)]
mod privacy_tests;
