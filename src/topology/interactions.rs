//! What a legs task holds of each interaction, and for how long (DESIGN "Horizon"). Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::overlay::Overlay;
use crate::dedupe::decision::Reading;
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::InteractionStatus;
use crate::domain::leg::Leg;
use crate::domain::time::{HOUR_MS, InstantMs};
use crate::timeline::judge::settles_after;
use crate::timeline::rules::Rules;

/// What is held of one interaction: enough to compare a new reading, and its leg rows to take back what they added.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Version and hash of the reading.
    pub reading: Reading,
    /// The watermark from which on it is held no longer.
    pub expires_at: InstantMs,
    /// When the first of its settling legs settles.
    pub settles_at: Option<InstantMs>,
    /// Its leg rows as Avro bodies: a decoded leg is several times as large.
    pub legs: Vec<Box<[u8]>>,
}

impl Held {
    /// What to hold of legs of one reading, whose bodies are given in the same order.
    #[must_use]
    pub fn of(reading: Reading, legs: &[Leg], bodies: Vec<Box<[u8]>>, rules: &Rules) -> Held {
        let settling = legs.iter().filter(|leg| leg.drop_reason == Some(DropReason::Settling));
        Held {
            reading,
            expires_at: expires_at(legs, rules),
            settles_at: settling.filter_map(|leg| settles_after(leg, rules)).min(),
            legs: bodies,
        }
    }
}

/// Kept while its latest end > W − horizon, or, open, while its earliest start > W − length max.
///
/// A leg that ends before it starts is kept as long as if it ended at its start: an interaction that is let go of earlier
/// than its start passes the horizon would be taken for a new one.
#[must_use]
pub fn expires_at(legs: &[Leg], rules: &Rules) -> InstantMs {
    let open = legs.iter().any(|leg| matches!(leg.status, InteractionStatus::Open | InteractionStatus::Unknown));
    let start = legs.iter().filter_map(|leg| leg.start).min().unwrap_or(InstantMs::MIN);
    let end = legs.iter().filter_map(|leg| leg.end.max(leg.start)).max().unwrap_or(start);
    let closed_until = end.saturating_add(rules.config.horizon_ms);
    if open { start.saturating_add(rules.config.leg_length_ms_max).max(closed_until) } else { closed_until }
}

/// All interactions of a legs task, with the order in which they expire and settle.
#[derive(Debug, Default)]
pub struct Interactions {
    held: Overlay<Arc<str>, Held>,
    order: Order,
}

/// In which order interactions expire and settle.
#[derive(Debug, Default)]
struct Order {
    // By the hour of expiry: whole hours are evicted, and each knows the lowest leg offset that it needs.
    expiry: BTreeMap<i64, ExpiryHour>,
    settling: BTreeMap<InstantMs, Vec<Arc<str>>>,
}

#[derive(Debug)]
struct ExpiryHour {
    ids: Vec<Arc<str>>,
    legs_offset_min: i64,
}

impl Interactions {
    /// What is held of an interaction, unless it has expired at `watermark`.
    #[must_use]
    pub fn at(&self, id: &str, watermark: Option<InstantMs>) -> Option<&Held> {
        self.held.at(id).filter(|held| watermark.is_none_or(|at| at < held.expires_at))
    }

    /// Stages what is to be held.
    pub fn put(&mut self, id: Arc<str>, held: Held) {
        self.held.put(id, held);
    }

    /// Stages that nothing is held any more.
    pub fn forget(&mut self, id: Arc<str>) {
        self.held.remove(id);
    }

    /// Restores what is held, whose oldest leg row stands at `legs_offset`.
    pub fn restore(&mut self, id: Arc<str>, held: Held, legs_offset: i64) {
        self.order.note(&id, &held, legs_offset);
        self.held.restore(id, held);
    }

    /// Interactions with legs that settle before `watermark`, staged ones included; in the order of their ids.
    #[must_use]
    pub fn settling_before(&self, watermark: InstantMs) -> Vec<Arc<str>> {
        let committed = self.order.settling.range(..watermark).flat_map(|(_, ids)| ids.iter().cloned());
        let staged = self.held.staged().filter(|(_, held)| held.settles_at.is_some_and(|at| at < watermark));
        let mut due: Vec<Arc<str>> = committed.chain(staged.map(|(id, _)| id.clone())).collect();
        due.sort_unstable();
        due.dedup();
        due
    }

    /// Makes staged changes the state; `legs_offset` is the first offset that the transaction's leg rows got.
    pub fn promote(&mut self, legs_offset: Option<i64>, watermark: Option<InstantMs>) {
        let (held, order) = (&mut self.held, &mut self.order);
        held.promote(|id, held| order.note(id, held, legs_offset.unwrap_or(i64::MAX)));
        if let Some(watermark) = watermark {
            self.order.settling = self.order.settling.split_off(&watermark);
            self.evict(watermark);
        }
    }

    /// Forgets staged changes.
    pub fn abort(&mut self) {
        self.held.abort();
    }

    /// Lowest offset of `legs` that any held interaction needs; `None` when nothing is held.
    #[must_use]
    pub fn legs_floor(&self) -> Option<i64> {
        self.order.expiry.values().map(|hour| hour.legs_offset_min).min().filter(|offset| *offset != i64::MAX)
    }

    /// Everything held, as committed.
    pub fn committed(&self) -> impl Iterator<Item = (&Arc<str>, &Held)> {
        self.held.iter_committed()
    }

    /// How many interactions are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn evict(&mut self, watermark: InstantMs) {
        // Only hours that lie wholly before the watermark: `at` judges the rest exactly.
        let kept = self.order.expiry.split_off(&watermark.div_euclid(HOUR_MS));
        for hour in std::mem::replace(&mut self.order.expiry, kept).into_values() {
            for id in hour.ids {
                if self.held.committed(&id).is_some_and(|held| held.expires_at <= watermark) {
                    self.held.evict(&id);
                }
            }
        }
    }
}

impl Order {
    fn note(&mut self, id: &Arc<str>, held: &Held, legs_offset: i64) {
        let hour = held.expires_at.div_euclid(HOUR_MS);
        let entry = self.expiry.entry(hour).or_insert(ExpiryHour { ids: Vec::new(), legs_offset_min: i64::MAX });
        entry.ids.push(id.clone());
        entry.legs_offset_min = entry.legs_offset_min.min(legs_offset);
        if let Some(at) = held.settles_at {
            self.settling.entry(at).or_default().push(id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(expires_at: i64, settles_at: Option<i64>) -> Held {
        Held { reading: Reading { version: 1, content_hash: 1, rules: 1 }, expires_at, settles_at, legs: Vec::new() }
    }

    #[test]
    fn an_interaction_is_gone_at_its_expiry_and_its_memory_an_hour_later() {
        let mut all = Interactions::default();
        all.put("a".into(), held(10 * HOUR_MS + 5, None));
        all.promote(Some(40), None);
        assert!(all.at("a", Some(10 * HOUR_MS + 4)).is_some());
        assert!(all.at("a", Some(10 * HOUR_MS + 5)).is_none());
        all.promote(None, Some(10 * HOUR_MS + 5));
        assert_eq!((all.len(), all.legs_floor()), (1, Some(40)));
        all.promote(None, Some(11 * HOUR_MS));
        assert_eq!((all.len(), all.legs_floor()), (0, None));
    }

    #[test]
    fn an_interaction_that_moved_to_a_later_hour_stays() {
        let mut all = Interactions::default();
        all.put("a".into(), held(HOUR_MS, None));
        all.promote(Some(1), None);
        all.put("a".into(), held(50 * HOUR_MS, None));
        all.promote(Some(9), Some(20 * HOUR_MS));
        assert_eq!((all.len(), all.legs_floor()), (1, Some(9)));
    }

    #[test]
    fn settling_legs_come_up_once_the_watermark_has_passed() {
        let mut all = Interactions::default();
        all.put("b".into(), held(HOUR_MS, Some(100)));
        assert_eq!(all.settling_before(101).len(), 1, "staged ones too");
        all.promote(Some(1), None);
        assert!(all.settling_before(100).is_empty());
        assert_eq!(all.settling_before(101), [Arc::<str>::from("b")]);
    }
}
