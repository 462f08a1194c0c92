//! A transaction's contributions, merged by row: `− old + new` of every leg that changed. Pure.

use std::collections::BTreeMap;

use super::attribute::{Piece, attribute};
use super::distribution::Distribution;
use super::row_key::{RowKey, RowTopic};
use crate::domain::leg::Leg;
use crate::domain::row::QueueIntervalKey;
use crate::domain::sums::Sums;
use crate::domain::time::{DurationMs, InstantMs};
use crate::timeline::rules::Rules;

/// Name and target of a queue as of a reading; the greatest version wins, ties by the greater value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attributes {
    /// Version of the reading; 0 when there was none.
    pub version: InstantMs,
    /// Name of the queue.
    pub queue_name: Option<String>,
    /// Service-level target.
    pub service_level_target_ms: DurationMs,
}

/// What is added to a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// Additive figures.
    pub sums: Sums,
    /// Handle times that join or leave.
    pub handle: Distribution,
    /// Waits that join or leave.
    pub wait: Distribution,
    /// Newest attributes seen.
    pub attributes: Attributes,
    /// Newest attributes of what is taken back.
    pub retracted: Attributes,
}

impl Addition {
    /// Whether one interaction's `− old + new` leaves the row as it is. A reading that only confirms what is known says
    /// nothing of the queue either: else its name would hang on what else is in the same transaction.
    fn says_nothing(&self) -> bool {
        let said = |attributes: &Attributes| (attributes.queue_name.clone(), attributes.service_level_target_ms);
        let renames = self.attributes != Attributes::default() && said(&self.attributes) != said(&self.retracted);
        self.sums.is_zero() && self.handle.is_empty() && self.wait.is_empty() && !renames
    }

    fn merge(&mut self, other: Addition) {
        self.sums.merge(&other.sums, 1);
        self.handle.merge(&other.handle, false);
        self.wait.merge(&other.wait, false);
        if self.attributes < other.attributes {
            self.attributes = other.attributes;
        }
    }

    fn add(&mut self, piece: &Piece, sign: i64) {
        self.sums.merge(&piece.delta.sums, sign);
        if let Some(value) = piece.delta.handle {
            self.handle.add(value, sign);
        }
        if let Some(value) = piece.delta.wait {
            self.wait.add(value, sign);
        }
    }
}

/// The rows that a processor owns: those that start in `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedRange {
    /// First interval start.
    pub start: InstantMs,
    /// First interval start after the range; `None`: open.
    pub end: Option<InstantMs>,
}

impl OwnedRange {
    /// Whether a row that starts at `interval_start` is owned.
    #[must_use]
    pub fn owns(&self, interval_start: InstantMs) -> bool {
        self.start <= interval_start && self.end.is_none_or(|end| interval_start < end)
    }
}

/// Additions by row, of one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    rows: BTreeMap<RowKey, Addition>,
    out_of_range: u64,
}

impl Merged {
    /// Takes back what an interaction's old legs contributed and adds what its new ones do. Rows that this leaves as they
    /// are have no part in it.
    pub fn replace(&mut self, old: &[Leg], new: &[Leg], rules: &Rules, range: OwnedRange) {
        if old.is_empty() {
            new.iter().for_each(|leg| self.leg(leg, 1, rules, range));
            return;
        }
        let mut change = Merged::default();
        old.iter().for_each(|leg| change.leg(leg, -1, rules, range));
        new.iter().for_each(|leg| change.leg(leg, 1, rules, range));
        self.out_of_range += change.out_of_range;
        for (key, addition) in change.rows {
            if !addition.says_nothing() {
                self.rows.entry(key).or_default().merge(addition);
            }
        }
    }

    /// Adds (`sign` 1) or takes back (`sign` −1) everything that a leg contributes under the rules.
    pub fn leg(&mut self, leg: &Leg, sign: i64, rules: &Rules, range: OwnedRange) {
        if leg.queue_excluded {
            return;
        }
        let config = &rules.config;
        for basis in &config.attribution {
            for grain in &config.grains {
                for piece in attribute(leg, *basis, *grain, config.zone) {
                    if !range.owns(piece.interval.from) {
                        self.out_of_range += 1;
                        continue;
                    }
                    let topic = RowTopic { grain: *grain, basis: *basis };
                    let addition = self.rows.entry(row_key(leg, topic, &piece, rules)).or_default();
                    addition.add(&piece, sign);
                    let newest = if sign > 0 { &mut addition.attributes } else { &mut addition.retracted };
                    *newest = attributes(leg).max(std::mem::take(newest));
                }
            }
        }
    }

    /// Takes all additions out, in the order of their keys.
    #[must_use]
    pub fn take(&mut self) -> BTreeMap<RowKey, Addition> {
        std::mem::take(&mut self.rows)
    }

    /// How many pieces fell on rows outside the range since the last call.
    #[must_use]
    pub fn take_out_of_range(&mut self) -> u64 {
        std::mem::take(&mut self.out_of_range)
    }
}

fn attributes(leg: &Leg) -> Attributes {
    Attributes {
        version: leg.version,
        queue_name: leg.queue_name.clone(),
        service_level_target_ms: leg.service_level_target_ms,
    }
}

fn row_key(leg: &Leg, topic: RowTopic, piece: &Piece, rules: &Rules) -> RowKey {
    let dimension = |name: &str| rules.config.queue_dimensions.iter().any(|known| known == name);
    RowKey {
        topic,
        key: QueueIntervalKey {
            org_id: leg.org_id.clone(),
            interval_start: piece.interval.from,
            interval_length_s: topic.grain.length_s(),
            queue_id: leg.queue_id.clone().unwrap_or_default(),
            media_type: leg.media_type,
            skill_set: if dimension("skill_set") { leg.skill_set.clone() } else { String::new() },
            language: if dimension("language") { leg.language.clone() } else { String::new() },
            attribution: topic.basis,
        },
    }
}
