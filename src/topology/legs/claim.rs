//! A legs task claims its rows before it takes anything that leads to one: they may be another pipeline's. Pure.
//!
//! The claim is the range in `progress`, committed by itself. Whoever carries the task reads what the other pipelines claim
//! after that, and then says that the task is alone, or withdraws: of two that claim the same row at once at least one sees
//! the other.

use super::LegsTask;
use crate::domain::range::OwnedRange;
use crate::domain::time::InstantMs;
use crate::topology::error::TopologyError;
use crate::topology::setup::owned_range;

impl LegsTask {
    /// Stages the claim of the rows that belong to a plan which reads from `extract_start` on.
    pub(super) fn claim(&mut self, extract_start: InstantMs) -> Result<(), TopologyError> {
        let config = &self.setup.rules.config;
        let range = config.range.owned(extract_start, config.zone)?;
        (self.progress.range_start, self.progress.range_end) = (Some(range.start), range.end);
        self.changed = true;
        Ok(())
    }

    /// The committed claim, while nobody has said whether others claim the same.
    #[must_use]
    pub fn claimed(&self) -> Option<OwnedRange> {
        owned_range(&self.committed.0).filter(|_| !self.alone)
    }

    /// No other pipeline claims a row of the range, and none will: the claim was committed before the others' were read.
    ///
    /// # Errors
    /// When what waited for it cannot be staged.
    pub fn stand_alone(&mut self) -> Result<(), TopologyError> {
        self.alone = true;
        self.advance()
    }

    /// Stages that nothing is claimed any more, unless the task stands alone.
    pub fn withdraw(&mut self) {
        if !self.alone && self.progress.range_start.is_some() {
            (self.progress.range_start, self.progress.range_end) = (None, None);
            self.plans.forget_waiting();
            self.changed = true;
        }
    }
}
