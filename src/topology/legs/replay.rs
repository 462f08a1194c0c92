//! What replay asks of a legs task: what it holds, and what that contributes as it stands. Pure.

use std::collections::BTreeSet;

use super::LegsTask;
use crate::avro::AvroError;
use crate::domain::range::OwnedRange;
use crate::domain::time::InstantMs;
use crate::topology::setup::owned_range;

impl LegsTask {
    /// The interactions held that were measured by other rules than those in force for them.
    ///
    /// # Errors
    /// When a leg that is held cannot be read.
    pub fn held_by_other_rules(&self) -> Result<BTreeSet<String>, AvroError> {
        let mut ids = BTreeSet::new();
        for (id, _) in self.interactions.committed() {
            let legs = self.legs_held(id, None)?;
            let start = legs.iter().filter_map(|leg| leg.start).min().unwrap_or(InstantMs::MIN);
            let in_force = &self.rules.at(start).version;
            if legs.iter().any(|leg| leg.rules_version != *in_force) {
                ids.insert(id.to_string());
            }
        }
        Ok(ids)
    }

    /// Stages what every leg held contributes as it stands, as if nothing of it had been contributed yet.
    ///
    /// # Errors
    /// When a leg that is held cannot be read.
    pub fn contribute_held(&mut self) -> Result<(), AvroError> {
        let range = owned_range(&self.progress).unwrap_or(OwnedRange::EVERYTHING);
        let ids: Vec<_> = self.interactions.committed().map(|(id, _)| id.clone()).collect();
        for id in ids {
            let legs = self.legs_held(&id, None)?;
            self.merged.replace(&[], &legs, &self.setup.rules, range);
        }
        Ok(())
    }
}
