//! Which pipeline writes which rows: what each claims on its `progress`, and who goes first. Pure.
//!
//! A processor claims its rows in two steps, each a record of `progress` partition 0 of its own pipeline: it *asks* for
//! them, then reads what the others say, and only when nobody else has or asks for any of them it *has* them. Of two that
//! ask at once each sees the other, for each asks before it reads; then the one whose name is greater steps back. So no two
//! ever have a row in common, and one that has rows never loses them.

use std::collections::BTreeSet;

use super::error::TopologyError;
use super::setup::{TaskSetup, owned_range};
use crate::domain::progress::{Progress, ProgressKey, Room, SourcePartitionProgress};
use crate::domain::time::InstantMs;
use crate::window::range::OwnedRange;

/// Rows of organisations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose rows.
    pub orgs: BTreeSet<String>,
    /// Which.
    pub range: OwnedRange,
}

impl Claim {
    /// Whether every row of the other is in this one.
    #[must_use]
    pub fn covers(&self, other: &Claim) -> bool {
        self.orgs.is_superset(&other.orgs) && self.range.covers(&other.range)
    }

    /// Whether a row is among them.
    #[must_use]
    pub fn owns(&self, org_id: &str, interval_start: InstantMs) -> bool {
        self.orgs.contains(org_id) && self.range.owns(interval_start)
    }

    /// Of which organisation rows are in both.
    fn shared<'a>(&'a self, other: &Claim) -> Option<&'a String> {
        self.orgs.iter().find(|org| other.orgs.contains(*org) && self.range.overlaps(&other.range))
    }

    /// The record that says it, under [`key`].
    #[must_use]
    pub fn record(&self, setup: &TaskSetup, now: InstantMs) -> Progress {
        let source = |org_id: &String| SourcePartitionProgress {
            org_id: org_id.clone(),
            source_partition: String::new(),
            watermark: self.range.start,
            plan_generation: 0,
            plan_size: 0,
            extract_start: self.range.start,
            closed: false,
            held: Vec::new(),
        };
        Progress {
            source_partitions: self.orgs.iter().map(source).collect(),
            range_start: Some(self.range.start),
            range_end: self.range.end,
            written_at: now,
            ..setup.fresh_progress()
        }
    }

    fn of(progress: &Progress) -> Option<Claim> {
        let orgs: BTreeSet<String> = progress.source_partitions.iter().map(|source| source.org_id.clone()).collect();
        let range = owned_range(progress)?;
        (!orgs.is_empty()).then_some(Claim { orgs, range })
    }
}

/// The two steps of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The rows are asked for.
    Asks,
    /// They are had.
    Has,
}

/// The key of a step's record, on partition 0 of `progress`.
#[must_use]
pub fn key(step: Step) -> ProgressKey {
    let room = match step {
        Step::Asks => "asks",
        Step::Has => "has",
    };
    ProgressKey { room: room.to_owned(), partition: 0 }
}

/// What a pipeline says, by partition 0 of its `progress`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    has: Option<Claim>,
    asks: Option<Claim>,
    // What its first legs task contributes to: all that a processor says that never claimed anything.
    contributes: Option<Claim>,
}

impl Said {
    /// Takes a record, in order; `None`: a tombstone.
    pub fn take(&mut self, of: &ProgressKey, progress: Option<&Progress>) {
        let claim = progress.and_then(Claim::of);
        if *of == key(Step::Has) {
            self.has = claim;
        } else if *of == key(Step::Asks) {
            self.asks = claim;
        } else if of.room == Room::Legs.word() && of.partition == 0 {
            self.contributes = claim;
        }
    }

    /// The rows that it writes.
    #[must_use]
    pub fn has(&self) -> Option<&Claim> {
        self.has.as_ref().or(self.contributes.as_ref())
    }

    /// The rows that it has claimed; what it contributes without a claim is none.
    #[must_use]
    pub fn claimed(&self) -> Option<&Claim> {
        self.has.as_ref()
    }

    /// The rows that it asks for.
    #[must_use]
    pub fn asks(&self) -> Option<&Claim> {
        self.asks.as_ref()
    }
}

/// What becomes of rows that are asked for.
#[derive(Debug)]
pub enum Verdict {
    /// Nobody else has or asks for any.
    Free,
    /// Refused.
    Taken(TopologyError),
    /// Another pipeline asks for some at the same time; the claim stands until that is decided.
    Waits {
        /// The other.
        by: String,
    },
    /// The same, and the other goes first: to be asked for again once that is decided.
    StepsBack {
        /// The other.
        by: String,
    },
}

/// What becomes of rows that `own` has asked for before it read what the others say.
#[must_use]
pub fn judge(own: &str, asked: &Claim, others: &[(String, Said)]) -> Verdict {
    for (by, said) in others {
        if let Some((org, theirs)) = said.has().and_then(|has| Some((asked.shared(has)?, has.range))) {
            let (by, org) = (by.clone(), org.clone());
            return Verdict::Taken(TopologyError::RangeTaken { by, org, theirs, asked: asked.range });
        }
    }
    let rival = others.iter().find(|(_, said)| said.asks().is_some_and(|asks| asked.shared(asks).is_some()));
    match rival {
        None => Verdict::Free,
        Some((by, _)) if own < by.as_str() => Verdict::Waits { by: by.clone() },
        Some((by, _)) => Verdict::StepsBack { by: by.clone() },
    }
}

/// Tells a task's own rows from those of other pipelines on the same topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// The rows that its pipeline owns; `None`: all that are nobody else's.
    pub own: Option<OwnedRange>,
    /// The rows of others.
    pub others: Vec<Claim>,
}

impl Owners {
    /// Whether the row is the task's own.
    #[must_use]
    pub fn is_own(&self, org_id: &str, interval_start: InstantMs) -> bool {
        self.own.is_none_or(|own| own.owns(interval_start))
            && !self.others.iter().any(|claim| claim.owns(org_id, interval_start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::typed::RulesChange;
    use crate::timeline::tests::{default_rules_config, rules_of};

    fn claim(org: &str, start: InstantMs, end: impl Into<Option<InstantMs>>) -> Claim {
        Claim { orgs: BTreeSet::from([org.to_owned()]), range: OwnedRange { start, end: end.into() } }
    }

    fn setup() -> TaskSetup {
        TaskSetup {
            rules: rules_of(default_rules_config()),
            rules_change: RulesChange::Refuse,
            interactions_partitions: 1,
            contributions_partitions: 1,
            connector: "kpi".to_owned(),
        }
    }

    fn said(step: Step, claim: &Claim) -> Said {
        let mut said = Said::default();
        said.take(&key(step), Some(&claim.record(&setup(), 7)));
        said
    }

    #[test]
    fn a_record_says_the_claim_and_a_tombstone_takes_it_back() {
        let asked = claim("acme", 10, 20);
        let mut one = said(Step::Asks, &asked);
        assert_eq!((one.asks(), one.has()), (Some(&asked), None));
        one.take(&key(Step::Has), Some(&asked.record(&setup(), 8)));
        one.take(&key(Step::Asks), None);
        assert_eq!((one.asks(), one.claimed()), (None, Some(&asked)));
    }

    #[test]
    fn a_processor_that_never_claimed_has_what_it_contributes_to() {
        let contributes = claim("acme", 10, None);
        let mut old = Said::default();
        let legs = ProgressKey { room: "legs".to_owned(), partition: 0 };
        old.take(&legs, Some(&setup().fresh_progress()));
        assert_eq!(old.has(), None);
        old.take(&legs, Some(&contributes.record(&setup(), 7)));
        assert_eq!((old.has(), old.claimed()), (Some(&contributes), None));
        assert!(matches!(judge("a", &claim("acme", 0, 11), &[("b".to_owned(), old)]), Verdict::Taken(_)));
    }

    #[test]
    fn rows_that_another_has_are_refused_by_its_name_and_neighbours_are_free() {
        let others = [("live".to_owned(), said(Step::Has, &claim("acme", 10, None)))];
        let Verdict::Taken(refusal) = judge("history", &claim("acme", 0, 11), &others) else { panic!() };
        let text = refusal.to_string();
        assert!(text.contains("pipeline live") && text.contains("acme") && text.contains("kpi.range.end"), "{text}");
        assert!(matches!(judge("history", &claim("acme", 0, 10), &others), Verdict::Free));
        assert!(matches!(judge("history", &claim("other", 0, None), &others), Verdict::Free));
    }

    #[test]
    fn of_two_that_ask_the_greater_name_steps_back_and_what_is_had_comes_first() {
        let asks = |name: &str| (name.to_owned(), said(Step::Asks, &claim("acme", 10, None)));
        let asked = claim("acme", 0, 11);
        assert!(matches!(judge("b", &asked, &[asks("c")]), Verdict::Waits { by } if by == "c"));
        assert!(matches!(judge("b", &asked, &[asks("a")]), Verdict::StepsBack { by } if by == "a"));
        let has = ("d".to_owned(), said(Step::Has, &claim("acme", 5, 6)));
        assert!(matches!(judge("b", &asked, &[asks("c"), has]), Verdict::Taken(_)));
    }

    #[test]
    fn rows_on_a_shared_topic_are_told_apart_by_range_and_by_what_others_have() {
        let others = vec![claim("other", 0, None)];
        let owners = Owners { own: Some(OwnedRange { start: 10, end: Some(20) }), others: others.clone() };
        assert!(owners.is_own("acme", 10) && !owners.is_own("acme", 20) && !owners.is_own("other", 10));
        let unknown = Owners { own: None, others };
        assert!(unknown.is_own("acme", 10) && !unknown.is_own("other", 10) && Owners::default().is_own("other", 10));
    }
}
