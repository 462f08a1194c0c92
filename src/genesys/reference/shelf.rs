//! Which names to ask for and when: lists hourly, an unknown id at once, a miss not again for a while. Pure.
//!
//! What a list no longer has is looked up once more before it counts as deleted: a list may change while it is paged
//! through. Its last name stays known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::{Entity, Kind, Names};
use crate::domain::time::{DurationMs, InstantMs};

/// How long a list that could not be had is left alone while an earlier one serves.
const LIST_PAUSE_MS: DurationMs = 60_000;

/// How long an id that has no name is not asked for again.
const MISS_AGE_MS: DurationMs = 600_000;

/// Attempts at a list before the source reads on without it. Too small: one hiccup of the platform makes rows without
/// names that are restated later; too large: a routing API that is down holds up extraction.
const ATTEMPTS_MAX: u32 = 5;

/// Ids that are asked for in one request.
const IDS_MAX: usize = 50;
/// The longest id that is asked for: the platform's have 36 letters, and text that a row has in an id's place would make
/// a request that no server takes.
pub const ID_BYTES_MAX: usize = 64;

/// Ids without a name that are remembered for counting. Too small: some are not counted; too large: ids that are data
/// fill memory.
const UNRESOLVED_MAX: usize = 10_000;

/// What is known of one list.
#[derive(Debug, Default)]
struct List {
    due_at: Option<InstantMs>,
    attempts: u32,
    refused: bool,
    // What was read of it so far, while it is paged through.
    pages: u64,
    entities: Vec<(String, Entity)>,
}

/// Names, how old they are, and what has none.
#[derive(Debug)]
pub struct Shelf {
    kinds: Vec<Kind>,
    list_age_ms: DurationMs,
    names: Arc<Names>,
    lists: BTreeMap<Kind, List>,
    missed: BTreeMap<(Kind, String), InstantMs>,
    unresolved: BTreeSet<(Kind, String)>,
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
    /// A shelf without names, for lists of these kinds that are asked for again at this age.
    #[must_use]
    pub fn new(kinds: Vec<Kind>, list_age_ms: DurationMs) -> Shelf {
        Shelf {
            kinds,
            list_age_ms,
            names: Arc::default(),
            lists: BTreeMap::new(),
            missed: BTreeMap::new(),
            unresolved: BTreeSet::new(),
        }
    }

    /// What ids were called before this process began, and what is not known better by now.
    pub fn remembered(&mut self, kind: Kind, entities: Vec<(String, Entity)>) {
        let unknown = entities.into_iter().filter(|(id, _)| self.names.entity(kind, id).is_none());
        let unknown: Vec<_> = unknown.collect();
        Arc::make_mut(&mut self.names).learn(kind, unknown);
    }

    /// What is known now.
    #[must_use]
    pub fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names)
    }

    /// A list that has to be asked for before the next page.
    #[must_use]
    pub fn due(&self, now: InstantMs) -> Option<Kind> {
        let is_due = |kind: &Kind| self.lists.get(kind).and_then(|list| list.due_at).is_none_or(|at| at <= now);
        self.kinds.iter().copied().find(is_due)
    }

    /// The number of the next page of a list that is due, from 1.
    #[must_use]
    pub fn next_page(&self, kind: Kind) -> u64 {
        self.lists.get(&kind).map_or(1, |list| list.pages + 1)
    }

    /// A page of a list is here, and more follow.
    pub fn paged(&mut self, kind: Kind, entities: Vec<(String, Entity)>) {
        let list = self.lists.entry(kind).or_default();
        list.pages += 1;
        list.entities.extend(entities);
    }

    /// The last page of a list is here. Answers what was known of that kind and is not in it, in portions.
    pub fn listed(&mut self, kind: Kind, entities: Vec<(String, Entity)>, now: InstantMs) -> Vec<Vec<String>> {
        let mut all = self.lists.remove(&kind).map(|list| list.entities).unwrap_or_default();
        all.extend(entities);
        self.lists.insert(kind, List { due_at: Some(now + self.list_age_ms), ..List::default() });
        let listed: BTreeSet<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
        let known = self.names.all(kind).filter(|(id, entity)| !entity.deleted && !listed.contains(id.as_str()));
        let gone: Vec<String> = known.map(|(id, _)| id.clone()).collect();
        Arc::make_mut(&mut self.names).learn(kind, all);
        gone.chunks(IDS_MAX).map(<[String]>::to_vec).collect()
    }

    /// The answer to one portion of what a list no longer has: what is not in it either is deleted.
    pub fn confirmed(&mut self, kind: Kind, asked: &[String], found: Vec<(String, Entity)>) {
        let names = Arc::make_mut(&mut self.names);
        for id in asked.iter().filter(|id| !found.iter().any(|(found, _)| found == *id)) {
            names.gone(kind, id);
        }
        names.learn(kind, found);
    }

    /// Notes the ids that stand without a name; answers how many there are, and which of them are new.
    pub fn note_unresolved(&mut self, ids: BTreeSet<(Kind, String)>) -> (usize, Vec<(Kind, String)>) {
        let names = &self.names;
        self.unresolved.retain(|(kind, id)| names.lacks(*kind, id));
        let mut new = Vec::new();
        for id in ids {
            if self.unresolved.len() < UNRESOLVED_MAX && !self.unresolved.contains(&id) {
                new.push(id.clone());
                self.unresolved.insert(id);
            }
        }
        (self.unresolved.len(), new)
    }

    /// The platform does not give a list to this client; answers whether that is new.
    pub fn refused(&mut self, kind: Kind, now: InstantMs) -> bool {
        let list = self.lists.entry(kind).or_default();
        let is_new = !list.refused;
        *list = List { due_at: Some(now + self.list_age_ms), refused: true, ..List::default() };
        is_new
    }

    /// A list could not be had.
    pub fn failed(&mut self, kind: Kind, now: InstantMs) -> Failed {
        let list = self.lists.entry(kind).or_default();
        list.attempts += 1;
        (list.pages, list.entities) = (0, Vec::new());
        // What stands on no interaction holds none up.
        if kind.is_joined() && list.due_at.is_none() && list.attempts < ATTEMPTS_MAX {
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
        for kind in self.kinds.iter().copied() {
            // What is not joined can wait until its list is here.
            if self
                .lists
                .get(&kind)
                .map_or(!kind.is_joined(), |list| list.refused || !kind.is_joined() && 0 < list.pages)
            {
                continue;
            }
            let of_kind = ids.iter().filter(|key| key.0 == kind && self.names.lacks(kind, &key.1));
            let missed = |key: &(Kind, String)| self.missed.get(key).is_some_and(|at| now < at + MISS_AGE_MS);
            let may_be_one = |key: &(Kind, String)| key.1.len() <= ID_BYTES_MAX;
            let asked: Vec<String> =
                of_kind.filter(|key| may_be_one(key) && !missed(key)).map(|key| key.1.clone()).collect();
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
    use crate::domain::time::HOUR_MS;

    fn empty() -> Shelf {
        let joined = Kind::ALL.into_iter().filter(|kind| kind.is_joined());
        Shelf::new(joined.collect(), HOUR_MS)
    }

    fn entity(id: &str, name: &str) -> (String, Entity) {
        (id.to_owned(), Entity { name: name.to_owned(), ..Entity::default() })
    }

    fn all_listed(now: InstantMs) -> Shelf {
        let mut shelf = empty();
        while let Some(kind) = shelf.due(now) {
            assert!(shelf.listed(kind, vec![entity("known", "Known")], now).is_empty());
        }
        shelf
    }

    fn ids(kind: Kind, ids: &[&str]) -> BTreeSet<(Kind, String)> {
        ids.iter().map(|id| (kind, (*id).to_owned())).collect()
    }

    #[test]
    fn what_is_too_long_for_an_id_is_not_asked_for() {
        let shelf = all_listed(7);
        let (longest, longer) = ("i".repeat(ID_BYTES_MAX), "i".repeat(ID_BYTES_MAX + 1));
        let asked = shelf.unknown(&ids(Kind::Queue, &[&longest, &longer]), 7);
        assert_eq!(asked, [(Kind::Queue, vec![longest])]);
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
        let mut shelf = empty();
        assert!(shelf.refused(Kind::Queue, 0));
        assert!(!shelf.refused(Kind::Queue, HOUR_MS));
        assert_eq!(shelf.unknown(&ids(Kind::Queue, &["q"]), 1), []);
        assert_eq!(shelf.due(1), Some(Kind::WrapupCode));
    }

    #[test]
    fn a_list_that_fails_holds_up_the_first_page_only_so_often_and_a_known_one_never() {
        let mut shelf = empty();
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

    #[test]
    fn what_a_list_no_longer_has_is_looked_up_and_keeps_its_last_name_when_it_is_gone() {
        let mut shelf = all_listed(0);
        shelf.looked_up(Kind::Queue, &["b".to_owned()], vec![entity("b", "Bee")], 1);
        shelf.remembered(Kind::Queue, vec![entity("c", "Cee"), entity("known", "older")]);
        let gone = shelf.listed(Kind::Queue, vec![entity("known", "Renamed")], HOUR_MS);
        assert_eq!(gone, [vec!["b".to_owned(), "c".to_owned()]]);
        let before = shelf.names().changes();
        shelf.confirmed(Kind::Queue, &gone[0], vec![entity("c", "Cee")]);
        let names = shelf.names();
        assert_eq!(names.changes(), before + 1);
        let said = |id: &str| names.entity(Kind::Queue, id).map(|entity| (entity.name.clone(), entity.deleted));
        assert_eq!(said("b"), Some(("Bee".to_owned(), true)));
        assert_eq!((said("c"), said("known")), (Some(("Cee".to_owned(), false)), Some(("Renamed".to_owned(), false))));
        // One that is deleted has a name, so it is not looked up, and is not looked for again.
        assert_eq!(shelf.unknown(&ids(Kind::Queue, &["b"]), HOUR_MS), []);
        assert_eq!(shelf.listed(Kind::Queue, vec![entity("known", "Renamed")], HOUR_MS), [vec!["c".to_owned()]]);
    }

    #[test]
    fn pages_of_a_list_are_put_together() {
        let mut shelf = Shelf::new(vec![Kind::User], HOUR_MS);
        assert_eq!((shelf.due(0), shelf.next_page(Kind::User)), (Some(Kind::User), 1));
        assert_eq!(shelf.unknown(&ids(Kind::User, &["u"]), 0), [], "its list comes first");
        shelf.paged(Kind::User, vec![entity("a", "Ann")]);
        assert_eq!((shelf.due(0), shelf.next_page(Kind::User)), (Some(Kind::User), 2));
        assert!(shelf.names().is_empty());
        assert!(shelf.listed(Kind::User, vec![entity("b", "Bob")], 0).is_empty());
        assert_eq!((shelf.due(0), shelf.names().all(Kind::User).count()), (None, 2));
        assert_eq!(shelf.unknown(&ids(Kind::User, &["u"]), 0), [(Kind::User, vec!["u".to_owned()])]);
        // A list that breaks off begins anew, and never holds a page up.
        shelf.paged(Kind::User, vec![]);
        assert_eq!(shelf.failed(Kind::User, HOUR_MS), Failed::Without);
        assert_eq!(shelf.next_page(Kind::User), 1);
    }

    #[test]
    fn an_id_without_a_name_is_counted_once_until_it_has_one() {
        let mut shelf = all_listed(0);
        assert_eq!(shelf.note_unresolved(ids(Kind::Queue, &["x", "y"])).0, 2);
        assert_eq!(shelf.note_unresolved(ids(Kind::Queue, &["x"])), (2, vec![]));
        shelf.looked_up(Kind::Queue, &["x".to_owned()], vec![entity("x", "Ex")], 1);
        assert_eq!(shelf.note_unresolved(BTreeSet::new()).0, 1);
    }
}
