//! A transaction's contributions, merged by row: `− old + new` of every leg that changed. Pure.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::addition::{Addition, Attributes};
use super::attribute::{Piece, lay_at};
use super::dense::DenseDays;
use super::keys;
use super::row_key::{KeyRecord, RowKey, RowTopic};
use super::spans::busy;
use crate::domain::attribution::Basis;
use crate::domain::contact::Contact;
use crate::domain::family::Family;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::leg::Leg;
use crate::domain::range::OwnedRange;
use crate::domain::sums::Figure;
use crate::domain::time::InstantMs;
use crate::timeline::contact::{contacts, is_conversation};
use crate::timeline::custom;
use crate::timeline::rules::Rules;

/// Additions by row. Boxed: an addition is half a kilobyte, and its row is looked up for every piece of a leg.
type Additions = HashMap<RowKey, Box<Addition>>;

/// Additions by row, of one transaction.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    rows: Additions,
    out_of_range: u64,
    dense: DenseDays,
}

impl Merged {
    /// Takes back what an interaction's old legs contributed and adds what its new ones do. Rows that this leaves as they
    /// are have no part in it.
    pub fn replace(&mut self, old: &[Leg], new: &[Leg], rules: &Rules, range: OwnedRange) {
        if old.is_empty() {
            // A row exists as soon as a leg falls into it, so what is new is said even when it adds nothing.
            let mut change = Change { rows: &mut self.rows, out_of_range: 0, rules, range };
            change.interaction(new, 1);
            self.out_of_range += change.out_of_range;
            return;
        }
        let mut own = Additions::new();
        let mut change = Change { rows: &mut own, out_of_range: 0, rules, range };
        change.interaction(old, -1);
        change.interaction(new, 1);
        self.out_of_range += change.out_of_range;
        for (key, addition) in own {
            if !addition.says_nothing() {
                self.rows.entry(key).or_default().merge(*addition);
            }
        }
    }

    /// Takes all additions out, in the order of their keys; in dense mode with those of the silent intervals.
    #[must_use]
    pub fn take(&mut self, rules: &Rules, range: OwnedRange) -> Vec<(RowKey, Box<Addition>)> {
        if rules.config.dense {
            let mut rows: BTreeMap<_, _> = self.rows.drain().collect();
            self.dense.fill(&mut rows, rules.config.zone, range);
            return rows.into_iter().collect();
        }
        let mut rows: Vec<_> = self.rows.drain().collect();
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        rows
    }

    /// Makes sure that a row is there, with whatever figures it has.
    pub fn touch(&mut self, key: RowKey) {
        self.rows.entry(key).or_default();
    }

    /// Forgets what was not taken, and what dense mode remembers of it.
    pub fn abort(&mut self) {
        self.rows.clear();
        self.out_of_range = 0;
        self.dense.forget();
    }

    /// How many pieces fell on rows outside the range since the last call.
    #[must_use]
    pub fn take_out_of_range(&mut self) -> u64 {
        std::mem::take(&mut self.out_of_range)
    }
}

/// The additions of one interaction.
struct Change<'a> {
    rows: &'a mut Additions,
    out_of_range: u64,
    rules: &'a Rules,
    range: OwnedRange,
}

impl Change<'_> {
    /// Adds (`sign` 1) or takes back (`sign` −1) everything that an interaction's legs contribute under the rules.
    fn interaction(&mut self, legs: &[Leg], sign: i64) {
        let contacts = contacts(legs);
        let config = &self.rules.config;
        for basis in config.attribution.iter().copied() {
            legs.iter().for_each(|leg| self.leg(leg, sign, basis));
            for grain in config.grains.iter().copied() {
                contacts.iter().for_each(|contact| self.contact(contact, sign, basis, grain));
            }
        }
    }

    fn leg(&mut self, leg: &Leg, sign: i64, basis: Basis) {
        let rules = self.rules;
        let (grains, zone) = (&rules.config.grains, rules.config.zone);
        let Some(first) = grains.first().copied() else {
            return;
        };
        // One key a family for all grains and intervals: only grain and start change.
        let taken = rules.config.families.iter().copied().filter(|family| keys::takes(*family, leg));
        let key = |family| RowKey {
            topic: RowTopic { family, grain: first, basis },
            key: keys::of_leg(leg, family, first, basis, InstantMs::MIN, rules),
        };
        let mut keys: Vec<RowKey> = taken.map(key).collect();
        let mut pieces = Vec::new();
        for grain in grains.iter().copied() {
            lay_at(&mut pieces, leg, basis, grain, zone);
            for key in &mut keys {
                key.measure_by(grain);
                match key.topic.family {
                    Family::Custom => self.custom(leg, &pieces, key, sign),
                    _ => self.pieces(leg, &pieces, key, sign),
                }
                if key.topic.family == Family::AgentTotal {
                    for (interval, span) in busy(leg, grain, zone) {
                        key.key.begin_at(interval.from);
                        if let Some(addition) = self.at(key) {
                            addition.spans.add(span, sign);
                        }
                    }
                }
            }
        }
    }

    fn pieces(&mut self, leg: &Leg, pieces: &[Piece], key: &mut RowKey, sign: i64) {
        for piece in pieces {
            key.key.begin_at(piece.interval.from);
            let Some(addition) = self.at(key) else { continue };
            addition.add(key.topic.family, &piece.delta, sign);
            match key.topic.family {
                Family::Queue => addition.note(attributes(leg), sign),
                Family::Org | Family::OrgTotal => addition.conversations |= is_conversation(leg.source),
                _ => {}
            }
        }
    }

    /// The stored results of the KPIs of the user's own stand where the leg counts as handled.
    fn custom(&mut self, leg: &Leg, pieces: &[Piece], key: &mut RowKey, sign: i64) {
        let results = custom::decode(&leg.custom).unwrap_or_default();
        let rules = self.rules;
        for piece in pieces.iter().filter(|piece| piece.delta.sums.at(Figure::Handled) != 0) {
            key.key.begin_at(piece.interval.from);
            for (kpi, (sum, over)) in rules.config.custom.iter().zip(&results) {
                if let KeyRecord::Custom(own) = &mut key.key {
                    own.name.clone_from(&kpi.name);
                }
                let Some(addition) = self.at(key) else { continue };
                addition.add(key.topic.family, &piece.delta, sign);
                addition.sums.add(Figure::CustomSumMillionths, sign * sum);
                addition.sums.add(Figure::CustomOverMillionths, sign * over);
            }
        }
    }

    /// A contact counts once, at its start under every basis.
    fn contact(&mut self, contact: &Contact, sign: i64, basis: Basis, grain: Grain) {
        let interval = interval_at(contact.start, grain, self.rules.config.zone);
        for family in [Family::Org, Family::OrgTotal] {
            if !self.rules.config.families.contains(&family) {
                continue;
            }
            let key = keys::of_contact(contact, family, grain, basis, interval.from);
            if let Some(addition) = self.at(&RowKey { topic: RowTopic { family, grain, basis }, key }) {
                addition.sums.add(Figure::Contacts, sign);
                addition.sums.add(Figure::ContactHandleMs, sign * contact.handle_ms);
                addition.conversations = true;
            }
        }
    }

    /// The addition to a row; `None`, counted, when the row is not owned.
    fn at(&mut self, key: &RowKey) -> Option<&mut Addition> {
        if !self.range.owns(key.key.interval_start()) {
            self.out_of_range += 1;
            return None;
        }
        Some(self.rows.entry_ref(key).or_default())
    }
}

fn attributes(leg: &Leg) -> Attributes {
    Attributes {
        version: leg.version,
        queue_name: leg.queue_name.clone(),
        service_level_target_ms: leg.service_level_target_ms,
    }
}
