//! What a stay in a queue means for the service level: within the queue's target wait, or over it. Pure.

use super::super::centre::QUEUES;
use super::super::row::Kind;
use crate::domain::time::DurationMs;

/// The metric whose figures have a ratio in place of a sum: 1 for an answer within the target, 0 for any other stay.
pub(super) const SERVICE_LEVEL: &str = "oServiceLevel";

/// What is emitted when a stay ends in an answer, or in an abandon: both count, as the platform has it unless it is told
/// otherwise. A wait of exactly the target is within it. A medium without a target has no service level.
#[must_use]
pub fn emitted(queue: u8, kind: Kind, wait_ms: DurationMs, answered: bool) -> Vec<(&'static str, i64)> {
    let Some(target_ms) = QUEUES[usize::from(queue)].service_level_target_ms(kind) else { return Vec::new() };
    let over = target_ms < wait_ms;
    let mut all = vec![(SERVICE_LEVEL, i64::from(answered && !over))];
    if over {
        all.push(("nOverSla", 1));
    }
    all
}
