//! Which names to ask for and when: lists hourly, an unknown id at once, a miss not again for a while. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::{Entity, Kind, Names};
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs};

/// Age at which a list is asked for again.
const LIST_AGE_MS: DurationMs = HOUR_MS;

/// How long a list that could not be had is left alone while an earlier one serves.
const LIST_PAUSE_MS: DurationMs = 60_000;

/// How long an id that has no name is not asked for again.
const MISS_AGE_MS: DurationMs = 600_000;

/// Attempts at a list before the source reads on without it. Too small: one hiccup of the platform makes rows without
/// names that are restated later; too large: a routing API that is down holds up extraction.
const ATTEMPTS_MAX: u32 = 5;

/// Ids that are asked for in one request.
const IDS_MAX: usize = 50;

/// What is known of one list.
#[derive(Debug, Default)]
struct List {
    due_at: Option<InstantMs>,
    attempts: u32,
    refused: bool,
}

/// Names, how old they are, and what has none.
#[derive(Debug, Default)]
pub struct Shelf {
    names: Arc<Names>,
    lists: BTreeMap<Kind, List>,
    missed: BTreeMap<(Kind, String), InstantMs>,
}

/// What becomes of a list that could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Ask again before any page.
    Again,
    /// What is known serves until the next attempt.
    Without,
}

impl Shelf {
    /// What is known now.
    #[must_use]
    pub fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names)
    }

    /// A list that has to be asked for before the next page.
    #[must_use]
    pub fn due(&self, now: InstantMs) -> Option<Kind> {
        let is_due = |kind: &Kind| self.lists.get(kind).and_then(|list| list.due_at).is_none_or(|at| at <= now);
        Kind::ALL.into_iter().find(is_due)
    }

    /// A list is here.
    pub fn listed(&mut self, kind: Kind, entities: Vec<(String, Entity)>, now: InstantMs) {
        Arc::make_mut(&mut self.names).learn(kind, entities);
        self.lists.insert(kind, List { due_at: Some(now + LIST_AGE_MS), ..List::default() });
    }

    /// The platform does not give a list to this client; answers whether that is new.
    pub fn refused(&mut self, kind: Kind, now: InstantMs) -> bool {
        let list = self.lists.entry(kind).or_default();
        let is_new = !list.refused;
        *list = List { due_at: Some(now + LIST_AGE_MS), refused: true, attempts: 0 };
        is_new
    }

    /// A list could not be had.
    pub fn failed(&mut self, kind: Kind, now: InstantMs) -> Failed {
        let list = self.lists.entry(kind).or_default();
        list.attempts += 1;
        if list.due_at.is_none() && list.attempts < ATTEMPTS_MAX {
            return Failed::Again;
        }
        list.attempts = 0;
        list.due_at = Some(now + LIST_PAUSE_MS);
        Failed::Without
    }

    /// Those of `ids` that have to be asked for, in portions of one kind each.
    #[must_use]
    pub fn unknown(&self, ids: &BTreeSet<(Kind, String)>, now: InstantMs) -> Vec<(Kind, Vec<String>)> {
        let mut portions = Vec::new();
        for kind in Kind::ALL {
            if self.lists.get(&kind).is_some_and(|list| list.refused) {
                continue;
            }
            let of_kind = ids.iter().filter(|key| key.0 == kind && self.names.lacks(kind, &key.1));
            let missed = |key: &(Kind, String)| self.missed.get(key).is_some_and(|at| now < at + MISS_AGE_MS);
            let asked: Vec<String> = of_kind.filter(|key| !missed(key)).map(|key| key.1.clone()).collect();
            portions.extend(asked.chunks(IDS_MAX).map(|chunk| (kind, chunk.to_vec())));
        }
        portions
    }

    /// The answer to one portion: what is not in it has no name for now.
    pub fn looked_up(&mut self, kind: Kind, asked: &[String], found: Vec<(String, Entity)>, now: InstantMs) {
        if !found.is_empty() {
            Arc::make_mut(&mut self.names).learn(kind, found);
        }
        self.missed.retain(|_, at| now < *at + MISS_AGE_MS);
        for id in asked.iter().filter(|id| self.names.entity(kind, id).is_none()) {
            self.missed.insert((kind, id.clone()), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(id: &str, name: &str) -> (String, Entity) {
        (id.to_owned(), Entity { name: name.to_owned(), ..Entity::default() })
    }

    fn all_listed(now: InstantMs) -> Shelf {
        let mut shelf = Shelf::default();
        while let Some(kind) = shelf.due(now) {
            shelf.listed(kind, vec![entity("known", "Known")], now);
        }
        shelf
    }

    fn ids(kind: Kind, ids: &[&str]) -> BTreeSet<(Kind, String)> {
        ids.iter().map(|id| (kind, (*id).to_owned())).collect()
    }

    #[test]
    fn lists_are_asked_for_first_and_hourly() {
        let shelf = all_listed(7);
        assert_eq!(shelf.names().name(Kind::Language, "known"), Some("Known"));
        assert_eq!(shelf.due(7 + HOUR_MS - 1), None);
        assert_eq!(shelf.due(7 + HOUR_MS), Some(Kind::Queue));
    }

    #[test]
    fn an_unknown_id_is_asked_for_once_in_ten_minutes() {
        let mut shelf = all_listed(0);
        let asked = ids(Kind::Queue, &["known", "new", "never"]);
        let portions = shelf.unknown(&asked, 5);
        assert_eq!(portions, [(Kind::Queue, vec!["never".to_owned(), "new".to_owned()])]);
        shelf.looked_up(Kind::Queue, &portions[0].1, vec![entity("new", "New")], 5);
        assert_eq!(shelf.unknown(&asked, 6), []);
        assert_eq!(shelf.unknown(&asked, 5 + MISS_AGE_MS), [(Kind::Queue, vec!["never".to_owned()])]);
        let many: Vec<String> = (0..120).map(|number| format!("id-{number:03}")).collect();
        let many = ids(Kind::Skill, &many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(shelf.unknown(&many, 6).iter().map(|(_, ids)| ids.len()).collect::<Vec<_>>(), [50, 50, 20]);
    }

    #[test]
    fn a_codes_own_name_and_the_platforms_own_codes_are_not_asked_for() {
        let shelf = all_listed(0);
        let asked = ids(Kind::WrapupCode, &["Known", "ININ-WRAP-UP-TIMEOUT", "other"]);
        assert_eq!(shelf.unknown(&asked, 1), [(Kind::WrapupCode, vec!["other".to_owned()])]);
    }

    #[test]
    fn a_refused_list_is_told_once_and_its_ids_are_not_asked_for() {
        let mut shelf = Shelf::default();
        assert!(shelf.refused(Kind::Queue, 0));
        assert!(!shelf.refused(Kind::Queue, HOUR_MS));
        assert_eq!(shelf.unknown(&ids(Kind::Queue, &["q"]), 1), []);
        assert_eq!(shelf.due(1), Some(Kind::WrapupCode));
    }

    #[test]
    fn a_list_that_fails_holds_up_the_first_page_only_so_often_and_a_known_one_never() {
        let mut shelf = Shelf::default();
        for _ in 1..ATTEMPTS_MAX {
            assert_eq!(shelf.failed(Kind::Queue, 0), Failed::Again);
            assert_eq!(shelf.due(0), Some(Kind::Queue));
        }
        assert_eq!(shelf.failed(Kind::Queue, 0), Failed::Without);
        assert_eq!(shelf.due(0), Some(Kind::WrapupCode));
        let mut shelf = all_listed(0);
        assert_eq!(shelf.failed(Kind::Queue, HOUR_MS), Failed::Without);
        assert_eq!(shelf.names().name(Kind::Queue, "known"), Some("Known"));
        assert_eq!(shelf.due(HOUR_MS + LIST_PAUSE_MS), Some(Kind::Queue));
    }
}
