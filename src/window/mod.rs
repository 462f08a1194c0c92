//! From legs to open intervals and back. Pure.
//!
//! `attribute` says which interval each figure of a leg belongs to, `clip` lays lengths of time over intervals, `keys`
//! which rows, `merge` combines a transaction's additions by row, `dense` adds silent intervals, `distribution` and
//! `spans` hold values and spans with counts, and `accumulator` is the row's state: additive, retractable.

pub mod row_key;

pub mod keys;

pub mod clip;

pub mod distribution;

pub mod spans;

pub mod attribute;

pub mod addition;

pub mod dense;

pub mod merge;

pub mod accumulator;
