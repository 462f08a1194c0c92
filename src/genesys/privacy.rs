//! What of people an interaction may carry: nothing, unless a setting allows it by name. Pure.

use std::collections::BTreeSet;

use super::contact_hash::ContactHash;
use crate::config::typed::SourceConfig;

/// What may be kept of what is personal. By default nothing but the ids of agents, who are needed for their rows.
#[derive(Clone, Debug, Default)]
pub struct Privacy {
    contact_hash: Option<ContactHash>,
    user_hash: Option<ContactHash>,
    attributes: BTreeSet<String>,
    fields: BTreeSet<String>,
    whole_dead_letters: bool,
}

impl Privacy {
    /// As the settings `privacy.*` say.
    #[must_use]
    pub fn of(config: &SourceConfig) -> Privacy {
        let settings = &config.privacy;
        Privacy {
            contact_hash: settings.contact_hash_key.as_ref().map(ContactHash::new),
            user_hash: settings.user_hash_key.as_ref().map(ContactHash::new),
            attributes: settings.attributes_allowed.iter().cloned().collect(),
            fields: settings.fields_allowed.iter().cloned().collect(),
            whole_dead_letters: settings.whole_dead_letters,
        }
    }

    /// The hash by which a customer is recognised; `None` where customers are not told apart. `identity` is asked for
    /// only then.
    #[must_use]
    pub fn contact(&self, identity: impl FnOnce() -> Option<String>) -> Option<String> {
        let hash = self.contact_hash.as_ref()?;
        identity().map(|identity| hash.of(&identity))
    }

    /// What stands for an agent's id.
    #[must_use]
    pub fn user(&self, id: String) -> String {
        self.user_hash.as_ref().map_or(id.clone(), |hash| hash.of(&id))
    }

    /// Whether agents' ids are passed on as hashes.
    #[must_use]
    pub fn hashes_users(&self) -> bool {
        self.user_hash.is_some()
    }

    /// The attributes that are kept.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(String::as_str)
    }

    /// Whether an attribute of this name is kept.
    #[must_use]
    pub fn keeps_attribute(&self, name: &str) -> bool {
        self.attributes.contains(name)
    }

    /// Whether a field that is dropped by default is kept.
    #[must_use]
    pub fn keeps_field(&self, name: &str) -> bool {
        self.fields.contains(name)
    }

    /// Whether rows that cannot be read are dead-lettered with everything that was in them.
    #[must_use]
    pub fn keeps_dead_letters_whole(&self) -> bool {
        self.whole_dead_letters
    }
}
