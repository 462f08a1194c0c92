//! What an organisation's ids are called: the records of the topics `reference.*`. Pure.

use serde::{Deserialize, Serialize};

use super::time::{DurationMs, InstantMs};

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
    /// Agents.
    User,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Queue, Kind::WrapupCode, Kind::Skill, Kind::Language, Kind::User];

    /// The word that `reference.lists` takes, and the end of the topic's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Queue => "queues",
            Kind::WrapupCode => "wrapup-codes",
            Kind::Skill => "skills",
            Kind::Language => "languages",
            Kind::User => "users",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether its names stand on interactions; those of the others are for the topics alone.
    #[must_use]
    pub fn is_joined(self) -> bool {
        self != Kind::User
    }
}

/// Key of a record of `reference.*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReferenceKey {
    /// Tenant.
    pub org_id: String,
    /// The id.
    pub id: String,
}

/// What one id is called, and since when. Nothing is ever taken away: an entry that is gone keeps its last name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Tenant.
    pub org_id: String,
    /// The id.
    pub id: String,
    /// Its name; the last one if it is deleted.
    pub name: String,
    /// Whether the platform no longer lists it.
    pub deleted: bool,
    /// The platform's own word for its state, where it has one.
    pub state: Option<String>,
    /// When this was first read: what is said holds from then on, on the platform's clock.
    pub valid_from: InstantMs,
    /// A queue's service-level target for voice.
    pub service_level_voice_ms: Option<DurationMs>,
    /// The same for callbacks.
    pub service_level_callback_ms: Option<DurationMs>,
    /// The same for chats.
    pub service_level_chat_ms: Option<DurationMs>,
    /// The same for e-mail.
    pub service_level_email_ms: Option<DurationMs>,
    /// The same for messages.
    pub service_level_message_ms: Option<DurationMs>,
}

impl Reference {
    /// Whether it says the same as another one, whenever that was.
    #[must_use]
    pub fn says_the_same(&self, other: &Reference) -> bool {
        let undated = |one: &Reference| Reference { valid_from: 0, ..one.clone() };
        undated(self) == undated(other)
    }
}
