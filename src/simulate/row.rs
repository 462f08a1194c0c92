//! One row of the simulated platform in its final form, as compact as a million of them need. Pure.

use crate::domain::time::{DurationMs, InstantMs};

/// What the row's `type` column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Telephone.
    Voice,
    /// A call back.
    Callback,
    /// Web chat.
    Chat,
    /// E-mail.
    Email,
    /// Messaging.
    Message,
    /// Social media.
    Social,
    /// A medium that the connector has no formula for.
    Cobrowse,
    /// The report of a transfer, which is no leg.
    Transfer,
}

impl Kind {
    /// The word in the `type` column.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Voice => "voice",
            Kind::Callback => "callback",
            Kind::Chat => "chat",
            Kind::Email => "email",
            Kind::Message => "message",
            Kind::Social => "social",
            Kind::Cobrowse => "cobrowse",
            Kind::Transfer => "transfer",
        }
    }
}

/// How the row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `completed`.
    Completed,
    /// `abandoned`: the customer left before an answer.
    Abandoned,
}

impl Outcome {
    /// The word in the `status` column.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Abandoned => "abandoned",
        }
    }
}

/// A row (one leg) in its final form. Lengths are 32 bits wide: the longest row lasts less than a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The `id` column, as [`id_text`] writes it.
    pub id: u128,
    /// The `conversationId` column; legs of one contact share it.
    pub conversation: u128,
    /// First instant.
    pub start: InstantMs,
    /// First instant after the row.
    pub end: InstantMs,
    /// `waitDuration`.
    pub wait_ms: Option<i32>,
    /// `talkDuration`.
    pub talk_ms: Option<i32>,
    /// `holdDuration`.
    pub hold_ms: Option<i32>,
    /// `wrapUpDuration`.
    pub wrap_ms: Option<i32>,
    /// `agentDuration`.
    pub agent_ms: Option<i32>,
    /// `agentWrapTimestamp`, as the length of time since `start`.
    pub agent_wrap_after_ms: Option<i32>,
    /// How long after the end of the talk a late wrap-up becomes known; `None` when it is known at the row's end.
    pub late_wrap_after_ms: Option<i32>,
    /// `transfers`.
    pub transfers: Option<u8>,
    /// `type`.
    pub kind: Kind,
    /// `status`.
    pub outcome: Outcome,
    /// `queueId`: an index into the centre's queues.
    pub queue: Option<u8>,
    /// `agentId`: an index into the centre's agents.
    pub agent: Option<u8>,
    /// `wrapUpCode`: an index into the centre's wrap-up codes.
    pub wrapup: Option<u8>,
}

impl Row {
    /// What rows are sorted by.
    #[must_use]
    pub fn position(&self) -> (InstantMs, u128) {
        (self.start, self.id)
    }

    /// When the talk was over: the end less the wrap-up.
    #[must_use]
    pub fn talk_end(&self) -> InstantMs {
        self.end - DurationMs::from(self.wrap_ms.unwrap_or(0))
    }

    /// The `agentWrapTimestamp` column.
    #[must_use]
    pub fn agent_wrap_at(&self) -> Option<InstantMs> {
        self.agent_wrap_after_ms.map(|after_ms| self.start + DurationMs::from(after_ms))
    }
}

/// Writes an id as the platform does: 8-4-4-4-12 hexadecimal digits. Texts sort as the numbers do.
#[must_use]
pub fn id_text(id: u128) -> String {
    let digits = format!("{id:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_as_texts_like_their_numbers() {
        assert_eq!(id_text(0x0123_4567_89ab_cdef_0011_2233_4455_6677), "01234567-89ab-cdef-0011-223344556677");
        assert!(id_text(u128::from(u64::MAX)) < id_text(u128::from(u64::MAX) + 1));
    }
}
