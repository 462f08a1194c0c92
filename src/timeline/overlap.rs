//! Phases in one order, and without overlaps (R-15, D-10). Pure.

use std::cmp::Reverse;

use crate::domain::interaction::{Phase, PhaseKind};
use crate::domain::time::{DurationMs, InstantMs};

/// A phase's or a transfer's place in the order of a conversation: by time, then by kind as [`PhaseKind`] lists them.
pub type Place = (InstantMs, PhaseKind);

/// Sorts phases by start, kind, end: the same whatever order they came in.
pub fn sort(phases: &mut [Phase]) {
    phases.sort_unstable_by_key(|phase| (phase.start, phase.kind, phase.end));
}

/// Phases of one leg, without overlaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clipped {
    /// In order.
    pub phases: Vec<Phase>,
    /// Two of them overlapped by more than the tolerance.
    pub large: bool,
}

/// Clips overlaps: of two phases the one whose kind comes later stays whole and the other loses what they share, so a hold
/// within a talk splits it; of two of one kind the one that began later yields.
///
/// Phases without length overlap nothing; a transfer or an unknown phase neither cuts nor is cut. A wait goes on while it
/// rings at an agent, so an alert does not cut it.
#[must_use]
pub fn clip(phases: &[Phase], tolerance_ms: DurationMs) -> Clipped {
    let (mut takes_part, mut result): (Vec<Phase>, Vec<Phase>) = phases
        .iter()
        .cloned()
        .partition(|phase| phase.start < phase.end && !matches!(phase.kind, PhaseKind::Transfer | PhaseKind::Unknown));
    takes_part.sort_unstable_by_key(|phase| (Reverse(phase.kind), phase.start, phase.end));
    let mut large = false;
    let mut placed: Vec<Phase> = Vec::with_capacity(takes_part.len());
    for (at, phase) in takes_part.iter().enumerate() {
        large |= takes_part[..at].iter().any(|other| cuts(other, phase) && tolerance_ms < shared_ms(other, phase));
        let mut rest = vec![phase.clone()];
        for other in placed.iter().filter(|other| cuts(other, phase) && 0 < shared_ms(other, phase)) {
            rest = rest.into_iter().flat_map(|piece| without(piece, other)).collect();
        }
        placed.append(&mut rest);
    }
    result.append(&mut placed);
    sort(&mut result);
    Clipped { phases: result, large }
}

fn cuts(by: &Phase, phase: &Phase) -> bool {
    (by.kind, phase.kind) != (PhaseKind::Alert, PhaseKind::Wait)
}

fn shared_ms(a: &Phase, b: &Phase) -> DurationMs {
    a.end.min(b.end) - a.start.max(b.start)
}

/// What is left of a piece beside another phase: nothing, one piece, or two.
fn without(piece: Phase, other: &Phase) -> impl Iterator<Item = Phase> {
    let before = Phase { end: piece.end.min(other.start), ..piece.clone() };
    let after = Phase { start: piece.start.max(other.end), ..piece };
    [before, after].into_iter().filter(|left| left.start < left.end)
}

/// The whole length of the phases of a kind.
#[must_use]
pub fn length_ms(phases: &[Phase], kind: PhaseKind) -> DurationMs {
    phases.iter().filter(|phase| phase.kind == kind).map(|phase| phase.end - phase.start).sum()
}
