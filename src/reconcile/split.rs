//! The difference between the platform's handle time and ours, taken apart. Pure.

use super::ours::{Amount, OurDay};
use super::theirs::Theirs;
use crate::domain::time::DurationMs;

/// Parts of the difference theirs − ours of one queue and day; they add up to it exactly, counts and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// As our rows say.
    pub ours: Amount,
    /// As the platform says.
    pub theirs: Amount,
    /// Our basis puts a leg on another day than that of its completion.
    pub basis: Amount,
    /// Dialing and contacting, and calls that were nothing else, of which a dialect may not tell.
    pub dialing_contacting: Amount,
    /// Hold by the system of legs that both count.
    pub system_hold_ms: DurationMs,
    /// Legs that our rules leave out.
    pub excluded: Amount,
    /// Legs that are not counted yet, less those that the platform did not count when they were read.
    pub late: Amount,
    /// What the platform reports beyond its own parts.
    pub mismatch_ms: DurationMs,
    /// All that is left.
    pub unexplained: Amount,
}

/// Takes the difference apart.
#[must_use]
pub fn split(ours: &OurDay, theirs: &Theirs) -> Split {
    let dialing_contacting = match theirs.outward {
        // Our legs carry it.
        None => Amount { count: 0, handle_ms: ours.dialing_contacting_ms },
        // A call that nobody answered is told where there was something to wrap up.
        Some(outward) => {
            Amount { count: (outward.unanswered - ours.wrap_only).max(0), handle_ms: outward.dialing_contacting_ms }
        }
    };
    let theirs = theirs.handled;
    let split = Split {
        ours: ours.published,
        theirs,
        basis: ours.completed - ours.by_basis,
        dialing_contacting,
        system_hold_ms: ours.system_hold_ms,
        excluded: ours.excluded,
        late: ours.late,
        mismatch_ms: ours.mismatch_ms,
        unexplained: Amount::default(),
    };
    let mismatch = Amount { count: 0, handle_ms: split.mismatch_ms };
    Split { unexplained: theirs - split.explained() - mismatch, ..split }
}

impl Split {
    /// Theirs less ours.
    #[must_use]
    pub fn difference(&self) -> Amount {
        self.theirs - self.ours
    }

    /// What the platform should count by what we know: ours, and all that a rule explains.
    #[must_use]
    pub fn explained(&self) -> Amount {
        let system_hold = Amount { count: 0, handle_ms: self.system_hold_ms };
        self.ours + self.basis + self.dialing_contacting + system_hold + self.excluded + self.late
    }
}
