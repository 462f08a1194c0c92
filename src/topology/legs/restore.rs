//! The legs task's state from its own leg rows. Pure.

use super::LegsTask;
use super::reading_of;
use crate::avro::AvroError;
use crate::domain::leg::Leg;
use crate::topology::error::TopologyError;
use crate::topology::interactions::Held;
use crate::topology::record::{InputRecord, topic};

impl LegsTask {
    /// Takes a record of the task's own partition of `legs`, in order.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn restore(&mut self, record: InputRecord<'_>) -> Result<(), TopologyError> {
        let unreadable = |source| TopologyError::State { what: topic::LEGS, offset: record.offset, source };
        let key = self.codecs.leg_key.read_framed(record.key.unwrap_or_default()).map_err(unreadable)?;
        // The row, and at the least the commit marker of its transaction.
        self.legs_end = record.offset + 2;
        let Some(value) = record.value else {
            for legs in self.restoring.values_mut() {
                legs.retain(|(leg, _)| leg.session_id != key.session_id || leg.key() != key);
            }
            return Ok(());
        };
        let leg = self.codecs.leg.read_framed(value).map_err(unreadable)?;
        let legs = self.restoring.entry(leg.interaction_id.clone()).or_default();
        legs.retain(|(known, _)| known.session_id != leg.session_id || known.key() != key);
        legs.push((leg, record.offset));
        Ok(())
    }

    /// Ends the restore: what has expired by `progress` is not held.
    ///
    /// # Errors
    /// When a leg cannot be encoded again, which only a broken build can cause.
    pub fn restored(&mut self) -> Result<(), TopologyError> {
        for (id, mut legs) in std::mem::take(&mut self.restoring) {
            // All legs of a reading are written together. A row of another one is left from an interaction that had been
            // let go of, and came again under another leg key: it is no part of what is held.
            let Some(newest) = legs.last().map(|(leg, _)| (leg.version, leg.content_hash)) else {
                continue;
            };
            legs.retain(|(leg, _)| (leg.version, leg.content_hash) == newest);
            let Some(offset) = legs.iter().map(|(_, offset)| *offset).min() else {
                continue;
            };
            let legs: Vec<Leg> = legs.into_iter().map(|(leg, _)| leg).collect();
            let held = self.held(&legs)?;
            let watermark = self.watermark_of(&legs[0].org_id);
            if watermark.is_none_or(|at| at < held.expires_at) {
                self.interactions.restore(id.into(), held, offset);
            }
        }
        Ok(())
    }

    fn held(&self, legs: &[Leg]) -> Result<Held, AvroError> {
        let mut bodies = Vec::with_capacity(legs.len());
        for leg in legs {
            let mut body = Vec::with_capacity(256);
            self.codecs.leg.write_body(leg, &mut body)?;
            bodies.push(body.into_boxed_slice());
        }
        let reading = reading_of(&legs[0]);
        Ok(Held::of(reading, legs, bodies, &self.setup.rules))
    }
}
