//! Watermarks that legs tasks have passed on: an organisation is as complete as its slowest legs task. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::contribution::ContributionWatermark;
use crate::domain::progress::PassedWatermark;
use crate::domain::time::{InstantMs, TimeRange};
use crate::emit::finality::Completeness;

/// The watermarks received, one an organisation and legs task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passed {
    received: BTreeMap<(String, i32), PassedWatermark>,
}

impl Passed {
    /// Goes on from what `progress` holds.
    #[must_use]
    pub fn restored(received: &[PassedWatermark]) -> Passed {
        let keyed = received.iter().map(|one| ((one.org_id.clone(), one.legs_partition), one.clone()));
        Passed { received: keyed.collect() }
    }

    /// What `progress` is to hold.
    #[must_use]
    pub fn received(&self) -> Vec<PassedWatermark> {
        self.received.values().cloned().collect()
    }

    /// Takes a watermark; one that goes back is taken at its predecessor's instant.
    pub fn take(&mut self, passed: ContributionWatermark) {
        let key = (passed.org_id.clone(), passed.legs_partition);
        let before = self.received.get(&key).map_or(InstantMs::MIN, |known| known.watermark);
        self.received.insert(
            key,
            PassedWatermark {
                org_id: passed.org_id,
                legs_partition: passed.legs_partition,
                watermark: passed.watermark.max(before),
                extract_start: passed.extract_start,
                closed: passed.closed,
                held: passed.held,
            },
        );
    }

    /// How complete an organisation is; `None` until each of `legs_partitions` legs tasks has said something.
    #[must_use]
    pub fn completeness(&self, org_id: &str, legs_partitions: i32) -> Option<Completeness> {
        let all = || (0..legs_partitions).map(|partition| self.received.get(&(org_id.to_owned(), partition)));
        if all().any(|known| known.is_none()) {
            return None;
        }
        let held: BTreeSet<TimeRange> = all().flatten().flat_map(|known| known.held.iter().copied()).collect();
        Some(Completeness {
            watermark: all().flatten().map(|known| known.watermark).min()?,
            closed: all().flatten().all(|known| known.closed),
            held: held.into_iter().collect(),
        })
    }

    /// The first instant that the plan of an organisation reads.
    #[must_use]
    pub fn extract_start(&self) -> Option<InstantMs> {
        self.received.values().map(|known| known.extract_start).min()
    }

    /// All organisations.
    #[must_use]
    pub fn orgs(&self) -> BTreeSet<String> {
        self.received.keys().map(|(org_id, _)| org_id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(partition: i32, watermark: i64, closed: bool) -> ContributionWatermark {
        let org_id = "acme".to_owned();
        ContributionWatermark { org_id, legs_partition: partition, watermark, extract_start: 0, closed, held: vec![] }
    }

    #[test]
    fn an_organisation_is_as_complete_as_its_slowest_legs_task() {
        let mut all = Passed::default();
        all.take(passed(0, 100, true));
        assert_eq!(all.completeness("acme", 2), None);
        all.take(passed(1, 50, false));
        let known = all.completeness("acme", 2).unwrap();
        assert_eq!((known.watermark, known.closed), (50, false));
        all.take(passed(1, 40, true));
        let known = all.completeness("acme", 2).unwrap();
        assert_eq!((known.watermark, known.closed), (50, true), "it never goes back");
    }
}
