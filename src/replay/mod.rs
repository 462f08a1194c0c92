//! Rebuilding rows: what `handletime replay` computes before it publishes anything. Pure.
//!
//! `aside` rebuilds rows from interactions with the product's own tasks, over nothing but memory; `difference` sets rebuilt
//! rows beside published ones; `rules` says which rules hold after a replay; `replacement` makes the commands that put
//! rebuilt rows in the place of published ones.
//!
//! An interaction that a legs task still holds is sent again through `interactions`, and the task restates what follows
//! from it. All others are behind the horizon: no reading of theirs is taken any more, so the rows that they touch are
//! replaced. Such a replacement holds what those interactions are worth now, and of the held ones what they contributed
//! last: the legs task, which restates them afterwards, takes exactly that back.

pub mod aside;
pub mod difference;
pub mod replacement;
pub mod rules;
