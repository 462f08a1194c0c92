//! How a leg can contradict itself. Pure.

use super::overlap::sort;
use crate::domain::interaction::{Interaction, InteractionLeg, Phase, PhaseKind};

/// Rule of a leg whose wrap-up begins before its talk.
pub const WRAPUP_BEFORE_TALK: &str = "WRAPUP_BEFORE_TALK";
/// Rule of a leg that transfers to a queue in which no wait follows.
pub const TRANSFER_WITHOUT_TARGET_WAIT: &str = "TRANSFER_WITHOUT_TARGET_WAIT";

/// The sentence that names the contradiction within a leg, if there is one.
#[must_use]
pub fn of_figures(said: &InteractionLeg, interaction: &Interaction) -> Option<String> {
    let start = said.start.unwrap_or(interaction.start);
    if let Some(end) = said.end.or(interaction.end)
        && end < start
    {
        return Some("a leg ends before it starts".to_owned());
    }
    let durations = [
        ("wait", said.wait_ms),
        ("talk", said.talk_ms),
        ("hold", said.hold_ms),
        ("system hold", said.system_hold_ms),
        ("wrap", said.wrap_ms),
        ("agent duration", said.agent_ms),
        ("dialing", said.dialing_ms),
        ("contacting", said.contacting_ms),
        ("handle time", said.reported_handle_ms),
        ("transfers", said.transfers),
    ];
    let negative = durations.into_iter().find(|(_, value)| value.is_some_and(|value| value < 0));
    negative.map(|(name, _)| format!("{name} is negative"))
}

/// The sentence that names the contradiction within the phases of a leg, if there is one, its rule first where it has a name.
///
/// Talk after a wrap-up is none, nor is a wrap-up without any talk (METRICS scenario 14).
#[must_use]
pub fn of_phases(phases: &[Phase]) -> Option<String> {
    if phases.iter().any(|phase| phase.end < phase.start) {
        return Some("a phase ends before it starts".to_owned());
    }
    let mut sorted = phases.to_vec();
    sort(&mut sorted);
    let first = |kind: PhaseKind| sorted.iter().position(|phase| phase.kind == kind);
    let (wrap, talk) = (first(PhaseKind::Wrap)?, first(PhaseKind::Talk)?);
    (wrap < talk).then(|| format!("{WRAPUP_BEFORE_TALK}: the first wrap-up begins before the first talk"))
}
