//! What a legs task counts: every record ends in exactly one of the seven that follow `records`. Pure.

use crate::dedupe::decision::Decision;
use crate::domain::exclusion::DropReason;

/// Reasons why a leg is left out.
const REASONS: usize = DropReason::Unknown as usize + 1;

/// Counts since the task began; aborted transactions are counted again when they are repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub records: u64,
    pub new: u64,
    pub corrections: u64,
    pub confirmations: u64,
    pub duplicates: u64,
    pub stale: u64,
    pub remeasured: u64,
    pub dead_letters: u64,
    pub settled: u64,
    pub out_of_range: u64,
    /// Legs that came to be left out, by the reason's number.
    pub excluded: [u64; REASONS],
}

impl Counts {
    /// Counts a reading that was measured.
    pub fn count(&mut self, decision: Decision) {
        match decision {
            Decision::New => self.new += 1,
            Decision::Correction => self.corrections += 1,
            Decision::Confirmation => self.confirmations += 1,
            Decision::Duplicate => self.duplicates += 1,
            Decision::Remeasured => self.remeasured += 1,
            Decision::Stale => self.stale += 1,
        }
    }
}
