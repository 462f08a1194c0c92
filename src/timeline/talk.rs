//! Talk where the platform reports it, or what of its handle time must have been talk (METRICS scenario 19). Pure.

use super::carries::carries;
use crate::domain::interaction::{InteractionLeg, PhaseKind};
use crate::domain::media::Dialect;
use crate::domain::time::DurationMs;

/// Flag of a leg whose talk is what the other parts leave of the reported handle time.
pub const DERIVED: &str = "TALK_DERIVED";
/// Flag of a leg of which nothing says how much talk it had.
pub const UNKNOWN: &str = "TALK_UNKNOWN";

/// Talk, and the flag that it deserves; absent figures count as 0.
#[must_use]
pub fn reported(said: &InteractionLeg, dialect: Dialect) -> (DurationMs, Option<&'static str>) {
    if let Some(talk_ms) = said.talk_ms {
        return (talk_ms, None);
    }
    let Some(handle_ms) = said.reported_handle_ms else {
        return (0, (!carries(dialect).talk).then_some(UNKNOWN));
    };
    // Where positions are told and none is talk, nobody talked, whatever else the platform counts.
    if !said.phases.is_empty() && !said.phases.iter().any(|phase| phase.kind == PhaseKind::Talk) {
        return (0, None);
    }
    let others = [said.hold_ms, said.wrap_ms, said.dialing_ms, said.contacting_ms];
    let talk_ms = (handle_ms - others.into_iter().flatten().sum::<i64>()).max(0);
    (talk_ms, (0 < talk_ms).then_some(DERIVED))
}
