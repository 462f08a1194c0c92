//! What the ids of an organisation were called at one moment. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::media::MediaType;
use crate::domain::time::DurationMs;

/// What has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Queues.
    Queue,
    /// Wrap-up codes.
    WrapupCode,
    /// Routing skills.
    Skill,
    /// Routing languages.
    Language,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Queue, Kind::WrapupCode, Kind::Skill, Kind::Language];

    /// Where they are listed, below `genesys.api.url`.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Kind::Queue => "/api/v2/routing/queues",
            Kind::WrapupCode => "/api/v2/routing/wrapupcodes",
            Kind::Skill => "/api/v2/routing/skills",
            Kind::Language => "/api/v2/routing/languages",
        }
    }
}

/// What is known of one id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// Its name.
    pub name: String,
    /// A queue's service-level targets by medium.
    pub targets_ms: BTreeMap<MediaType, DurationMs>,
}

/// What the ids of an organisation were called at one moment; knows nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    lists: BTreeMap<Kind, BTreeMap<String, Entity>>,
    wrapup_names: BTreeSet<String>,
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
            self.lists.entry(kind).or_default().insert(id, entity);
        }
    }
}
