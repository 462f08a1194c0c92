//! What the ids of an organisation were called at one moment. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::media::MediaType;
use crate::domain::time::DurationMs;

pub use crate::domain::reference::Kind;

/// Where a kind is listed, below `genesys.api.url`.
#[must_use]
pub fn path_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Queue => "/api/v2/routing/queues",
        Kind::WrapupCode => "/api/v2/routing/wrapupcodes",
        Kind::Skill => "/api/v2/routing/skills",
        Kind::Language => "/api/v2/routing/languages",
        Kind::User => "/api/v2/users",
    }
}

/// What is known of one id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// Its name.
    pub name: String,
    /// A queue's service-level targets by medium.
    pub targets_ms: BTreeMap<MediaType, DurationMs>,
    /// The platform's word for its state, where it has one.
    pub state: Option<String>,
    /// Whether the platform no longer lists it.
    pub deleted: bool,
}

/// What the ids of an organisation were called at one moment; knows nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    lists: BTreeMap<Kind, BTreeMap<String, Entity>>,
    wrapup_names: BTreeSet<String>,
    changes: u64,
}

impl Names {
    /// What is known of an id.
    #[must_use]
    pub fn entity(&self, kind: Kind, id: &str) -> Option<&Entity> {
        self.lists.get(&kind)?.get(id)
    }

    /// The name of an id.
    #[must_use]
    pub fn name(&self, kind: Kind, id: &str) -> Option<&str> {
        self.entity(kind, id).map(|entity| entity.name.as_str())
    }

    /// Whether a wrap-up code is called so.
    #[must_use]
    pub fn is_wrapup_name(&self, word: &str) -> bool {
        self.wrapup_names.contains(word)
    }

    /// How often something became known or changed: equal numbers mean that nothing has.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Everything of a kind, by id.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&String, &Entity)> {
        self.lists.get(&kind).into_iter().flatten()
    }

    /// An entry is no longer listed; what it was called last stays known.
    pub fn gone(&mut self, kind: Kind, id: &str) {
        let entity = self.lists.get_mut(&kind).and_then(|list| list.get_mut(id));
        if let Some(entity) = entity.filter(|entity| !entity.deleted) {
            entity.deleted = true;
            self.changes += 1;
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.values().all(BTreeMap::is_empty)
    }

    /// Learns or renews what is listed.
    pub fn learn(&mut self, kind: Kind, entities: impl IntoIterator<Item = (String, Entity)>) {
        for (id, entity) in entities {
            if kind == Kind::WrapupCode {
                self.wrapup_names.insert(entity.name.clone());
            }
            let list = self.lists.entry(kind).or_default();
            if list.get(&id) != Some(&entity) {
                list.insert(id, entity);
                self.changes += 1;
            }
        }
    }
}
