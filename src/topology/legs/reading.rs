//! What a reading of an interaction does to the legs task. Pure.

use std::sync::Arc;

use super::{LegsTask, reading_of};
use crate::dedupe::decision::{Decision, Reading, decide, rules_number};
use crate::domain::interaction::Interaction;
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;
use crate::timeline::measure::measure;
use crate::topology::error::TopologyError;
use crate::topology::interactions::{Held, expires_at};
use crate::topology::record::InputRecord;

impl LegsTask {
    pub(super) fn reading(&mut self, interaction: &Interaction, record: InputRecord<'_>) -> Result<(), TopologyError> {
        let id = interaction.interaction_id.as_str();
        let watermark = self.watermark_of(&interaction.org_id);
        let start = earliest_start(interaction);
        let rules = self.rules.at(start);
        let (content_hash, rules_number) = (interaction.content_hash, rules_number(&rules.version));
        let reading = Reading { version: interaction.version, content_hash, rules: rules_number };
        let known = self.interactions.at(id, watermark).map(|held| held.reading);
        let decision = decide(known, reading);
        match decision {
            Decision::Duplicate => self.counts.duplicates += 1,
            Decision::Stale => self.counts.stale += 1,
            Decision::New | Decision::Correction | Decision::Confirmation | Decision::Remeasured => {
                let horizon_ms = self.setup.rules.config.horizon_ms;
                if decision == Decision::New && watermark.is_some_and(|at| start <= at - horizon_ms) {
                    let rule = "it is older than kpi.lateness.horizon.ms and may have been counted before";
                    self.dead_letter(record, "beyond_horizon", rule);
                    return Ok(());
                }
                let version = known.map_or(interaction.version, |known| known.version.max(interaction.version));
                let older = (interaction.version < version).then(|| Interaction { version, ..interaction.clone() });
                let measured = measure(older.as_ref().unwrap_or(interaction), rules, watermark);
                // Where no end is reported, the legs' own ends say how long it lasted.
                let latest = measured.legs.iter().filter_map(|leg| leg.end).chain(interaction.end).max();
                if latest.is_some_and(|end| self.setup.rules.config.leg_length_ms_max < end - start) {
                    self.dead_letter(record, "too_long", "it lasted longer than kpi.leg.length.ms.max");
                    return Ok(());
                }
                // A correction that lies wholly beyond the horizon would touch rows that are let go of.
                let expires_at = expires_at(&measured.legs, &self.setup.rules);
                if !measured.legs.is_empty() && watermark.is_some_and(|at| expires_at <= at) {
                    let rule = "a correction says that it ended longer ago than kpi.lateness.horizon.ms";
                    self.dead_letter(record, "beyond_horizon", rule);
                    return Ok(());
                }
                let old = self.legs_held(id, watermark)?;
                if !matches!(decision, Decision::Confirmation | Decision::Remeasured) {
                    // One letter an interaction, whatever number of its legs is contradictory.
                    if !measured.contradictions.is_empty() {
                        self.dead_letter(record, "malformed", &measured.contradictions.join("; "));
                    }
                }
                self.counts.count(decision);
                self.transfer_rows(&old, &measured.legs, &measured.transfers)?;
                self.replace(id, &old, &measured.legs)?;
                if measured.legs.is_empty() {
                    self.hold_empty(id, reading, interaction);
                }
            }
        }
        Ok(())
    }

    /// Takes back what the old legs contributed, adds what the new ones do, and stages their rows.
    pub(super) fn replace(&mut self, id: &str, old: &[Leg], new: &[Leg]) -> Result<(), TopologyError> {
        // Interactions are only taken once the range is known.
        let range = self.range();
        self.merged.replace(old, new, &self.setup.rules, range);
        self.contact_rows(old, new)?;
        for leg in old {
            if !new.iter().any(|kept| kept.session_id == leg.session_id && kept.key() == leg.key()) {
                self.leg_row(&leg.key(), None)?;
            }
        }
        self.count_excluded(old, new);
        let mut bodies: Vec<Box<[u8]>> = Vec::with_capacity(new.len());
        for leg in new {
            let framed = self.codecs.leg.framed(leg)?;
            bodies.push(framed[crate::avro::framing::HEADER_BYTES..].into());
            self.leg_row(&leg.key(), Some(framed))?;
        }
        match new.first() {
            Some(first) => {
                self.interactions.put(Arc::from(id), Held::of(reading_of(first), new, bodies, &self.setup.rules));
            }
            // Its tombstones are staged: what is held must not be taken back a second time.
            None => self.interactions.forget(Arc::from(id)),
        }
        Ok(())
    }

    /// Counts the legs that are left out for a reason that they were not left out for before.
    fn count_excluded(&mut self, old: &[Leg], new: &[Leg]) {
        for leg in new {
            let Some(reason) = leg.drop_reason else { continue };
            let as_before = |known: &&Leg| known.session_id == leg.session_id && known.key() == leg.key();
            if old.iter().find(as_before).and_then(|known| known.drop_reason) != Some(reason) {
                self.counts.excluded[reason as usize] += 1;
            }
        }
    }

    /// Remembers a reading without legs for as long as the interaction is kept, so that an older one with legs is stale.
    ///
    /// In memory alone: with no leg row to restore it from, a successor forgets it.
    fn hold_empty(&mut self, id: &str, reading: Reading, interaction: &Interaction) {
        let end = interaction.end.unwrap_or(interaction.start).max(interaction.start);
        let expires_at = end.saturating_add(self.setup.rules.config.horizon_ms);
        let held = Held { reading, expires_at, settles_at: None, legs: Vec::new() };
        self.interactions.put(Arc::from(id), held);
    }
}

/// The first instant of an interaction, by what it says of itself and of its legs.
fn earliest_start(interaction: &Interaction) -> InstantMs {
    let starts = interaction.legs.iter().filter_map(|leg| leg.start);
    starts.min().map_or(interaction.start, |start| start.min(interaction.start))
}
