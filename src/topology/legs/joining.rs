//! Rows that join the range when its end moves out: what is held contributes to them what fell outside before. Pure.
//!
//! All of it is in the transaction that writes the new end into `progress`, so it is contributed once.

use super::LegsTask;
use crate::timeline::transfers;
use crate::topology::error::TopologyError;

impl LegsTask {
    /// Stages what the interactions held contribute to the rows that join, if any do.
    ///
    /// # Errors
    /// [`TopologyError::RangeTooLate`] when interactions that touch those rows may not be held any more;
    /// [`TopologyError::RangeTransfers`] when transfers would be missing.
    pub(super) fn join(&mut self) -> Result<(), TopologyError> {
        let Some(joining) = self.joining else { return Ok(()) };
        let config = &self.setup.rules.config;
        // Whatever touches a row from there on ends after its start, and is held for the horizon from its end on.
        let latest = self.plans.orgs().map(|(_, plan)| plan.completeness.watermark).max();
        if let Some(watermark) = latest.filter(|at| joining.start + config.horizon_ms <= *at) {
            return Err(TopologyError::RangeTooLate { end: joining.start, watermark });
        }
        let transfers_topic = config.transfers_topic;
        let counted = self.merged.take_out_of_range();
        let ids: Vec<_> = self.interactions.committed().map(|(id, _)| id.clone()).collect();
        for id in ids {
            let legs = self.legs_held(&id, None)?;
            let begins_there = legs.iter().filter_map(|leg| leg.start).min().is_some_and(|start| joining.owns(start));
            let made = |bytes: &[u8]| transfers::decode(bytes).is_some_and(|made| !made.is_empty());
            if transfers_topic && begins_there && legs.iter().any(|leg| made(&leg.transfers)) {
                return Err(TopologyError::RangeTransfers { end: joining.start, id: id.to_string() });
            }
            self.merged.replace(&[], &legs, &self.setup.rules, joining);
            self.contact_rows_of(joining, &[], &legs)?;
        }
        // What is in the rows owned before was neither contributed nor left alone now.
        let _ = self.merged.take_out_of_range();
        self.counts.out_of_range += counted;
        let orgs: Vec<_> = self.plans.orgs().map(|(id, plan)| (id.clone(), plan.completeness.watermark)).collect();
        for (org_id, watermark) in orgs {
            self.days_entered.insert(org_id.clone(), joining.start);
            self.enter_days(&org_id, watermark);
        }
        self.changed = true;
        Ok(())
    }
}
