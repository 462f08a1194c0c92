//! From legs to open intervals and back. Pure.
//!
//! `attribute` says which interval each figure of a leg belongs to, `clip` lays lengths of time over intervals,
//! `merge` combines a transaction's contributions by row, `distribution` holds values with counts, and `accumulator`
//! is the row's state: additive, retractable.

pub mod row_key;

pub mod clip;

pub mod distribution;

pub mod attribute;

pub mod merge;

pub mod accumulator;
