//! Media types and the API dialect that an interaction was read by. Pure.

use serde::{Deserialize, Serialize};

/// The medium of a leg. `Unknown` is a type that no setting maps; such legs are counted, never dropped in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MediaType {
    /// Telephone.
    Voice,
    /// A call back to a customer who asked for one.
    Callback,
    /// Web chat.
    Chat,
    /// E-mail.
    Email,
    /// Asynchronous messaging: SMS, WhatsApp, web messaging.
    Message,
    /// Social media.
    Social,
    /// A work item without a customer on the line.
    Workitem,
    /// Anything else, and rows of transfers.
    Unknown,
    /// Every medium together: only on rows that are added up over media, never on a leg.
    All,
}

impl MediaType {
    /// Reads a medium as the platform or a setting writes it, in any case; `Unknown` for a word that is none.
    #[must_use]
    pub fn from_word(word: &str) -> MediaType {
        match word.to_ascii_lowercase().as_str() {
            "voice" | "call" => MediaType::Voice,
            "callback" => MediaType::Callback,
            "chat" => MediaType::Chat,
            "email" => MediaType::Email,
            "message" => MediaType::Message,
            "social" => MediaType::Social,
            "workitem" => MediaType::Workitem,
            _ => MediaType::Unknown,
        }
    }

    /// The Avro symbol, which is also the name printed in tables.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            MediaType::Voice => "VOICE",
            MediaType::Callback => "CALLBACK",
            MediaType::Chat => "CHAT",
            MediaType::Email => "EMAIL",
            MediaType::Message => "MESSAGE",
            MediaType::Social => "SOCIAL",
            MediaType::Workitem => "WORKITEM",
            MediaType::Unknown => "UNKNOWN",
            MediaType::All => "ALL",
        }
    }
}

/// The API shape that an interaction was read in. The setting's word is the kebab-case form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Dialect {
    /// Flat rows, one a leg, of `/api/v2/analytics/interactions/details`.
    InteractionDetails,
    /// Events of `/api/v2/analytics/interactions/detail`.
    InteractionEvents,
    /// Per-agent metrics of a conversation.
    ConversationMetrics,
    /// Asynchronous report queries.
    ReportQueries,
    /// The platform's synchronous conversation details.
    ConversationDetails,
    /// The platform's asynchronous conversation details jobs.
    ConversationJobs,
    /// A dialect that this build does not know.
    Unknown,
}

impl Dialect {
    /// Every dialect that this build knows.
    pub const ALL: [Dialect; 6] = [
        Dialect::InteractionDetails,
        Dialect::InteractionEvents,
        Dialect::ConversationMetrics,
        Dialect::ReportQueries,
        Dialect::ConversationDetails,
        Dialect::ConversationJobs,
    ];

    /// The dialect of a word that `genesys.dialect` takes; `None` for another word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|dialect| dialect.word() == word)
    }

    /// The word that `genesys.dialect` takes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Dialect::InteractionDetails => "interaction-details",
            Dialect::InteractionEvents => "interaction-events",
            Dialect::ConversationMetrics => "conversation-metrics",
            Dialect::ReportQueries => "report-queries",
            Dialect::ConversationDetails => "conversation-details",
            Dialect::ConversationJobs => "conversation-jobs",
            Dialect::Unknown => "unknown",
        }
    }
}
