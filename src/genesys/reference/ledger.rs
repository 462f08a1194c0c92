//! What of the names is published, and what is news. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::{Entity, Kind, Names};
use crate::domain::media::MediaType;
use crate::domain::reference::Reference;
use crate::domain::time::InstantMs;

/// Names of one publication. More would make its transaction long.
const NEWS_MAX: usize = 1_000;

/// The names that stand in the topics, and those that are under way there.
#[derive(Debug)]
pub struct Ledger {
    org_id: String,
    kinds: Vec<Kind>,
    published: BTreeMap<(Kind, String), Reference>,
    under_way: Vec<(Kind, Reference)>,
    // As of when there was no news left.
    told: Option<u64>,
}

impl Ledger {
    /// A ledger of these kinds, with nothing published.
    #[must_use]
    pub fn new(org_id: String, kinds: Vec<Kind>) -> Ledger {
        Ledger { org_id, kinds, published: BTreeMap::new(), under_way: Vec::new(), told: None }
    }

    /// Begins anew with what stands in the topics.
    pub fn restore(&mut self, published: &[(Kind, Reference)]) {
        self.published = published.iter().map(|(kind, one)| ((*kind, one.id.clone()), one.clone())).collect();
        self.under_way.clear();
        self.told = None;
    }

    /// What is not published of what is known at `now`; nothing while an earlier answer is neither confirmed nor failed.
    pub fn news(&mut self, names: &Arc<Names>, now: InstantMs) -> Vec<(Kind, Reference)> {
        if !self.under_way.is_empty() || self.told == Some(names.changes()) {
            return Vec::new();
        }
        let mut news = Vec::new();
        for kind in &self.kinds {
            for (id, entity) in names.all(*kind) {
                let one = reference(&self.org_id, id, entity, now);
                let before = self.published.get(&(*kind, id.clone()));
                if before.is_none_or(|before| !before.says_the_same(&one)) {
                    if news.len() == NEWS_MAX {
                        self.under_way.clone_from(&news);
                        return news;
                    }
                    news.push((*kind, one));
                }
            }
        }
        if news.is_empty() {
            self.told = Some(names.changes());
        }
        self.under_way.clone_from(&news);
        news
    }

    /// The last news are published.
    pub fn confirmed(&mut self) {
        for (kind, one) in self.under_way.drain(..) {
            self.published.insert((kind, one.id.clone()), one);
        }
    }
}

fn reference(org_id: &str, id: &str, entity: &Entity, now: InstantMs) -> Reference {
    let target = |medium: MediaType| entity.targets_ms.get(&medium).copied();
    Reference {
        org_id: org_id.to_owned(),
        id: id.to_owned(),
        name: entity.name.clone(),
        deleted: entity.deleted,
        state: entity.state.clone(),
        valid_from: now,
        service_level_voice_ms: target(MediaType::Voice),
        service_level_callback_ms: target(MediaType::Callback),
        service_level_chat_ms: target(MediaType::Chat),
        service_level_email_ms: target(MediaType::Email),
        service_level_message_ms: target(MediaType::Message),
    }
}

/// What a published record says of an id.
#[must_use]
pub fn entity(reference: &Reference) -> Entity {
    let targets = [
        (MediaType::Voice, reference.service_level_voice_ms),
        (MediaType::Callback, reference.service_level_callback_ms),
        (MediaType::Chat, reference.service_level_chat_ms),
        (MediaType::Email, reference.service_level_email_ms),
        (MediaType::Message, reference.service_level_message_ms),
    ];
    Entity {
        name: reference.name.clone(),
        targets_ms: targets.into_iter().filter_map(|(medium, target)| Some((medium, target?))).collect(),
        state: reference.state.clone(),
        deleted: reference.deleted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[(&str, &str)]) -> Arc<Names> {
        let mut all = Names::default();
        let targets_ms = BTreeMap::from([(MediaType::Voice, 20_000)]);
        let entity = |name: &str| Entity { name: name.to_owned(), targets_ms: targets_ms.clone(), ..Entity::default() };
        all.learn(Kind::Queue, names.iter().map(|(id, name)| ((*id).to_owned(), entity(name))));
        Arc::new(all)
    }

    fn said(news: &[(Kind, Reference)]) -> Vec<(&str, &str, i64)> {
        news.iter().map(|(_, one)| (one.id.as_str(), one.name.as_str(), one.valid_from)).collect()
    }

    #[test]
    fn only_what_changed_is_news_and_it_stays_news_until_it_is_confirmed() {
        let mut ledger = Ledger::new("acme".to_owned(), vec![Kind::Queue]);
        let mut names = known(&[("a", "A"), ("b", "B")]);
        assert_eq!(said(&ledger.news(&names, 5)), [("a", "A", 5), ("b", "B", 5)]);
        assert_eq!(ledger.news(&names, 6), [], "they are under way");
        ledger.confirmed();
        assert_eq!(ledger.news(&names, 7), []);
        Arc::make_mut(&mut names)
            .learn(Kind::Queue, [("a".to_owned(), Entity { name: "Z".to_owned(), ..Entity::default() })]);
        Arc::make_mut(&mut names).gone(Kind::Queue, "b");
        let news = ledger.news(&names, 8);
        assert_eq!(said(&news), [("a", "Z", 8), ("b", "B", 8)]);
        assert_eq!((news[0].1.deleted, news[1].1.deleted), (false, true));
        // The publication failed: after a new claim what stands in the topics is what counts.
        ledger.restore(&news[..1]);
        assert_eq!(said(&ledger.news(&names, 9)), [("b", "B", 9)]);
    }

    #[test]
    fn many_names_are_published_in_portions() {
        let mut ledger = Ledger::new("acme".to_owned(), vec![Kind::Queue]);
        let ids: Vec<String> = (0..NEWS_MAX + 5).map(|number| format!("q-{number:05}")).collect();
        let names = known(&ids.iter().map(|id| (id.as_str(), "Q")).collect::<Vec<_>>());
        assert_eq!(ledger.news(&names, 1).len(), NEWS_MAX);
        ledger.confirmed();
        assert_eq!(ledger.news(&names, 1).len(), 5);
        ledger.confirmed();
        assert_eq!(ledger.news(&names, 1).len(), 0);
    }

    #[test]
    fn a_record_says_the_same_of_an_id_as_the_list_did() {
        let names = known(&[("a", "A")]);
        let mut ledger = Ledger::new("acme".to_owned(), vec![Kind::Queue]);
        let news = ledger.news(&names, 1);
        assert_eq!(Some(&entity(&news[0].1)), names.entity(Kind::Queue, "a"));
    }
}
