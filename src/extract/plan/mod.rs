//! The source's state machine: what to ask next, and what an answer or a failure publishes. Pure: the platform's
//! instants are given, nothing is sent, nothing waits.
//!
//! Two lanes go on side by side: the fresh lane reads every slice once and moves the watermark, the revisit lane reads
//! again. Each has at most one page in flight; the slices behind the fresh one may be fixed ahead of their turn. The plan
//! runs ahead of what is confirmed; when a publication fails, the plan is thrown away and made anew from the committed
//! source offset.

mod types;

mod machine;

mod ahead;

mod apply;

mod reconcile;

mod ending;

mod retry;

#[cfg(test)]
mod tests;

pub use apply::Failure;
pub use machine::Plan;
pub use types::{Ask, Compared, InHand, Lane, Next, Now, PlanSettings, Split, Staged, Standing, Step};
