//! One file for each API shape: builds requests, reads pages, lists the facts that the shape carries. Pure.

pub mod facts;

pub mod interaction_details;
