//! The vocabulary: plain data that every room speaks. Pure; no room of the crate is used from here.
//!
//! Reading order: time, who and what an interaction is, what a leg became, what a row is, how far we know.

pub mod time;

pub mod causes;

pub mod media;

pub mod selection;

pub mod transfer;

pub mod interaction;

pub mod watermark;

pub mod slice;

pub mod reference;

pub mod dead_letter;

pub mod attribution;

pub mod interval;

pub mod range;

pub mod family;

pub mod exclusion;

pub mod leg;

pub mod varint;

pub mod sums;

pub mod row;

pub mod agent_row;

pub mod org_row;

pub mod custom_row;

pub mod contact;

pub mod reconciliation;

pub mod contribution;

pub mod progress;
