//! Watermarks of source partitions, applied when the task has read as far as they speak for; the minimum an org. Pure.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::progress::SourcePartitionProgress;
use crate::domain::time::{InstantMs, TimeRange};
use crate::domain::watermark::Watermark;
use crate::emit::finality::Completeness;

/// What a legs task knows of the sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plans {
    // By org, generation and source partition: of each org the newest complete plan, and what there is of newer ones.
    applied: BTreeMap<(String, i64, String), SourcePartitionProgress>,
    waiting: VecDeque<(i64, Watermark)>,
    // Offset after the last watermark that was taken.
    next: i64,
    by_org: BTreeMap<String, OrgPlan>,
}

/// How complete an organisation's input is by its newest complete plan.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgPlan {
    /// Watermark, closed, held.
    pub completeness: Completeness,
    /// First instant that the plan reads.
    pub extract_start: InstantMs,
    generation: i64,
}

impl Plans {
    /// Goes on from what `progress` holds; `position` is the next offset of `watermarks`.
    #[must_use]
    pub fn restored(applied: &[SourcePartitionProgress], position: i64) -> Plans {
        let mut plans = Plans { next: position, ..Plans::default() };
        for known in applied {
            let key = (known.org_id.clone(), known.plan_generation, known.source_partition.clone());
            plans.applied.insert(key, known.clone());
        }
        plans.combine();
        plans
    }

    /// What `progress` is to hold.
    #[must_use]
    pub fn applied(&self) -> Vec<SourcePartitionProgress> {
        self.applied.values().cloned().collect()
    }

    /// Takes a record of `watermarks`; it is applied once the input has been read as far as it speaks for. One that was
    /// taken before is passed over: applied again, it would undo what later ones said.
    pub fn take(&mut self, offset: i64, watermark: Watermark) {
        if self.next <= offset {
            self.waiting.push_back((offset, watermark));
            self.next = offset + 1;
        }
    }

    /// The next offset of `watermarks` that has not been taken.
    #[must_use]
    pub fn taken(&self) -> i64 {
        self.next
    }

    /// Applies every waiting watermark that the input position reaches, in order; returns the organisations that moved.
    ///
    /// A later one never overtakes an earlier one, so that a position in `watermarks` says all that was applied.
    pub fn advance(&mut self, partition: i32, input_offset: i64) -> Vec<String> {
        let mut moved = false;
        while let Some((_, next)) = self.waiting.front() {
            let slot = usize::try_from(partition).unwrap_or(usize::MAX);
            let needed = next.interactions_offsets.get(slot).copied().unwrap_or(0);
            if input_offset < needed {
                break;
            }
            if let Some((_, next)) = self.waiting.pop_front() {
                self.apply(next);
                moved = true;
            }
        }
        if moved { self.combine() } else { Vec::new() }
    }

    /// Where a successor must go on reading `watermarks`: at the first that waits, else after the last that was applied.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.waiting.front().map_or(self.next, |(offset, _)| *offset)
    }

    /// Forgets the watermarks that wait: they are read again.
    pub fn forget_waiting(&mut self) {
        self.next = self.position();
        self.waiting.clear();
    }

    /// How complete an organisation's input is; `None` before its first complete plan.
    #[must_use]
    pub fn org(&self, org_id: &str) -> Option<&OrgPlan> {
        self.by_org.get(org_id)
    }

    /// All organisations.
    pub fn orgs(&self) -> impl Iterator<Item = (&String, &OrgPlan)> {
        self.by_org.iter()
    }

    fn apply(&mut self, watermark: Watermark) {
        // A source whose offsets were removed counts its plans from one again, and has left the newer ones.
        self.applied.retain(|(org_id, generation, name), _| {
            *generation <= watermark.plan_generation
                || *org_id != watermark.org_id
                || *name != watermark.source_partition
        });
        let key = (watermark.org_id.clone(), watermark.plan_generation, watermark.source_partition.clone());
        let before = self.applied.get(&key).map_or(i64::MIN, |known| known.watermark);
        self.applied.insert(
            key,
            SourcePartitionProgress {
                org_id: watermark.org_id,
                source_partition: watermark.source_partition,
                watermark: watermark.watermark.max(before),
                plan_generation: watermark.plan_generation,
                plan_size: watermark.plan_size,
                extract_start: watermark.extract_start,
                closed: watermark.closed,
                held: watermark.held,
            },
        );
    }

    fn combine(&mut self) -> Vec<String> {
        let orgs: BTreeSet<String> = self.applied.keys().map(|(org_id, ..)| org_id.clone()).collect();
        let mut moved = Vec::new();
        for org_id in orgs {
            let Some(mut plan) = newest_complete(self.applied.values().filter(|known| known.org_id == org_id)) else {
                continue;
            };
            let before = self.by_org.get(&org_id);
            if let Some(before) = before {
                // A watermark never goes back, whatever joins the plan.
                plan.completeness.watermark = plan.completeness.watermark.max(before.completeness.watermark);
            }
            // Source partitions that are in no plan any more would never close.
            self.applied.retain(|key, _| key.0 != org_id || plan.generation <= key.1);
            // Nor does it in a successor, which knows the members only.
            for (_, member) in self.applied.iter_mut().filter(|(key, _)| key.0 == org_id && key.1 == plan.generation) {
                member.watermark = member.watermark.max(plan.completeness.watermark);
            }
            if before != Some(&plan) {
                self.by_org.insert(org_id.clone(), plan);
                moved.push(org_id);
            }
        }
        moved
    }
}

fn newest_complete<'a>(known: impl Iterator<Item = &'a SourcePartitionProgress>) -> Option<OrgPlan> {
    let mut generations: BTreeMap<i64, Vec<&SourcePartitionProgress>> = BTreeMap::new();
    for one in known {
        generations.entry(one.plan_generation).or_default().push(one);
    }
    let complete = |members: &&Vec<&SourcePartitionProgress>| {
        members.first().is_some_and(|first| usize::try_from(first.plan_size).is_ok_and(|size| members.len() >= size))
    };
    let (generation, members) = generations.iter().rev().find(|(_, members)| complete(members))?;
    let held: BTreeSet<TimeRange> = members.iter().flat_map(|one| one.held.iter().copied()).collect();
    Some(OrgPlan {
        completeness: Completeness {
            watermark: members.iter().map(|one| one.watermark).min()?,
            closed: members.iter().all(|one| one.closed),
            held: held.into_iter().collect(),
        },
        extract_start: members.iter().map(|one| one.extract_start).min()?,
        generation: *generation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watermark(at: i64, generation: i64, size: i32, name: &str, offsets: &[i64]) -> Watermark {
        Watermark {
            org_id: "acme".into(),
            source_partition: name.into(),
            watermark: at,
            interactions_offsets: offsets.to_vec(),
            plan_generation: generation,
            plan_size: size,
            extract_start: 0,
            held: Vec::new(),
            closed: false,
            written_at: 0,
        }
    }

    fn at(plans: &Plans) -> Option<i64> {
        plans.org("acme").map(|plan| plan.completeness.watermark)
    }

    #[test]
    fn a_watermark_is_applied_only_once_the_input_was_read_as_far_as_it_speaks_for() {
        let mut plans = Plans::default();
        plans.take(0, watermark(100, 1, 1, "a", &[5, 9]));
        assert!(plans.advance(1, 8).is_empty());
        assert_eq!((at(&plans), plans.position()), (None, 0));
        assert_eq!(plans.advance(1, 9), ["acme"]);
        assert_eq!((at(&plans), plans.position()), (Some(100), 1));
    }

    #[test]
    fn a_watermark_that_is_read_again_undoes_nothing_unless_it_was_forgotten() {
        let mut plans = Plans::default();
        let closing = Watermark { closed: true, ..watermark(200, 1, 1, "a", &[7]) };
        plans.take(0, watermark(100, 1, 1, "a", &[]));
        plans.take(1, closing.clone());
        plans.advance(0, 7);
        assert_eq!((plans.taken(), plans.position()), (2, 2));
        plans.take(0, watermark(100, 1, 1, "a", &[]));
        assert!(plans.advance(0, 7).is_empty());
        assert!(plans.org("acme").unwrap().completeness.closed);
        plans.take(2, watermark(300, 1, 1, "a", &[9]));
        plans.advance(0, 7);
        assert_eq!((plans.taken(), plans.position()), (3, 2));
        plans.forget_waiting();
        assert_eq!((plans.taken(), plans.position()), (2, 2));
        plans.take(2, watermark(300, 1, 1, "a", &[9]));
        assert_eq!(plans.advance(0, 9), ["acme"]);
    }

    #[test]
    fn the_minimum_is_taken_over_the_newest_complete_plan_and_never_goes_back() {
        let mut plans = Plans::default();
        plans.take(0, watermark(100, 1, 1, "a", &[]));
        plans.advance(0, 0);
        plans.take(1, watermark(120, 2, 2, "a", &[]));
        plans.advance(0, 0);
        assert_eq!(at(&plans), Some(100), "the second plan is not complete");
        plans.take(2, watermark(50, 2, 2, "b", &[]));
        plans.advance(0, 0);
        assert_eq!(at(&plans), Some(100), "it may not go back to 50");
        assert_eq!(at(&Plans::restored(&plans.applied(), 0)), Some(100), "nor in a successor");
        plans.take(3, watermark(110, 2, 2, "b", &[]));
        plans.advance(0, 0);
        assert_eq!(at(&plans), Some(110));
        assert_eq!(at(&Plans::restored(&plans.applied(), 0)), Some(110));
    }

    #[test]
    fn nothing_is_passed_before_every_source_partition_has_passed_it_and_none_closes_alone() {
        let mut plans = Plans::default();
        let say = |plans: &mut Plans, offset, name: &str, at, closed| {
            plans.take(offset, Watermark { closed, ..watermark(at, 1, 3, name, &[]) });
            plans.advance(0, 0)
        };
        assert!(say(&mut plans, 0, "voice", 500, false).is_empty() && say(&mut plans, 1, "chat", 900, true).is_empty());
        assert_eq!(at(&plans), None, "the third has said nothing");
        assert_eq!(say(&mut plans, 2, "rest", 0, false), ["acme"]);
        assert_eq!(at(&plans), Some(0));
        say(&mut plans, 3, "voice", 900, true);
        assert_eq!(at(&plans), Some(0), "the one that is stuck holds all back");
        say(&mut plans, 4, "rest", 700, false);
        assert_eq!(at(&plans), Some(700));
        say(&mut plans, 5, "rest", 900, false);
        assert!(!plans.org("acme").unwrap().completeness.closed);
        say(&mut plans, 6, "rest", 900, true);
        assert!(plans.org("acme").unwrap().completeness.closed);
    }

    #[test]
    fn the_old_plan_counts_until_the_new_one_is_complete_and_is_forgotten_then() {
        let mut plans = Plans::default();
        for (offset, name) in [(0, "voice"), (1, "rest")] {
            plans.take(offset, watermark(100, 1, 2, name, &[]));
        }
        plans.advance(0, 0);
        // A part of both plans joins the new one first.
        plans.take(2, watermark(150, 2, 3, "voice", &[]));
        plans.advance(0, 0);
        assert_eq!(at(&plans), Some(100));
        let successor = Plans::restored(&plans.applied(), 0);
        assert_eq!(at(&successor), Some(100), "a successor knows the old plan whole");
        plans.take(3, watermark(100, 2, 3, "chat", &[]));
        plans.take(4, watermark(120, 2, 3, "rest of three", &[]));
        plans.advance(0, 0);
        assert_eq!(at(&plans), Some(100));
        assert_eq!(plans.applied().len(), 3, "nothing is left of the old plan, which would never close");
        // Nor does a late word of the old source bring it back.
        plans.take(5, watermark(999, 1, 2, "rest", &[]));
        plans.take(6, watermark(130, 2, 3, "chat", &[]));
        plans.advance(0, 0);
        assert_eq!((at(&plans), plans.applied().len()), (Some(120), 3));
    }

    #[test]
    fn a_source_that_counts_its_plans_from_one_again_is_believed() {
        let mut plans = Plans::default();
        for (offset, generation, position) in [(0, 7, 100), (1, 1, 0), (2, 1, 130)] {
            plans.take(offset, watermark(position, generation, 1, "a", &[]));
            plans.advance(0, 0);
        }
        assert_eq!(at(&plans), Some(130));
    }
}
