//! One file or folder for each API shape: builds requests, reads pages, lists the facts that it carries. Pure.

pub mod facts;

mod blank;
mod permission;

pub mod conversation_details;
pub mod conversation_jobs;
pub mod conversation_metrics;
pub mod interaction_details;
pub mod interaction_events;
pub mod report_queries;

pub mod asynchronous;

pub mod shape;

#[cfg(test)]
mod privacy_tests;
