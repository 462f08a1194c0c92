//! What a dialect's reader gives → an [`Interaction`] with tenant, version, names and hash. Pure.
//!
//! Nothing is derived, and no id is invented.

use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::InstantMs;
use crate::genesys::reference::Names;
use crate::genesys::wire::{Row, status_from_word};

/// What all interactions of a source share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `genesys.org.id`.
    pub org_id: String,
    /// The dialect they are read by.
    pub dialect: Dialect,
    /// `genesys.media.default`: the medium of rows that name none.
    pub media_default: MediaType,
}

/// Turns a row, read at `version` and taken in at `extracted_at`, into an interaction.
///
/// A status that is not known counts as open, so that the row is read again; the caller counts it.
#[must_use]
pub fn interaction(row: Row, origin: &Origin, version: InstantMs, extracted_at: InstantMs) -> Interaction {
    let status = row.status_word.as_deref().and_then(status_from_word).unwrap_or(InteractionStatus::Open);
    let transfer_row = row.type_word.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("transfer"));
    let media_type = row.type_word.as_deref().map_or(origin.media_default, MediaType::from_word);
    let leg = InteractionLeg {
        session_id: row.id.clone(),
        transfer_row,
        media_type,
        media_reported: row.type_word,
        queue_id: row.queue_id,
        user_id: row.agent_id,
        start: Some(row.start),
        end: row.end,
        wait_ms: row.wait_ms,
        talk_ms: row.talk_ms,
        hold_ms: row.hold_ms,
        wrap_ms: row.wrap_ms,
        agent_ms: row.agent_ms,
        agent_wrap_at: row.agent_wrap_at,
        // This dialect's wrap-up codes are names.
        wrapup_code_id: row.wrap_up_code.clone(),
        wrapup_code_name: row.wrap_up_code,
        transfers: row.transfers,
        ..InteractionLeg::blank(LegRole::Row)
    };
    let mut interaction = Interaction {
        org_id: origin.org_id.clone(),
        interaction_id: row.id,
        conversation_id: row.conversation_id,
        source: origin.dialect,
        version,
        extracted_at,
        content_hash: 0,
        status,
        start: row.start,
        end: row.end,
        legs: vec![leg],
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: row.raw,
    };
    interaction.content_hash = interaction.computed_hash();
    interaction
}

/// Turns a conversation, read at `version` and taken in at `extracted_at`, into a publishable one.
#[must_use]
pub fn whole(read: Interaction, origin: &Origin, version: InstantMs, extracted_at: InstantMs) -> Interaction {
    let mut interaction = Interaction { org_id: origin.org_id.clone(), version, extracted_at, ..read };
    for leg in interaction.legs.iter_mut().filter(|leg| leg.media_reported.is_none()) {
        leg.media_type = origin.media_default;
    }
    interaction.content_hash = interaction.computed_hash();
    interaction
}

/// The same with the names that its ids had when it was read. They are content: a renamed queue is a correction.
#[must_use]
pub fn named(mut interaction: Interaction, names: &Names) -> Interaction {
    names.join(&mut interaction);
    interaction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { org_id: "acme".to_owned(), dialect: Dialect::InteractionDetails, media_default: MediaType::Voice }
    }

    fn row() -> Row {
        Row {
            id: "i-1".to_owned(),
            type_word: Some("chat".to_owned()),
            status_word: Some("completed".to_owned()),
            wrap_up_code: Some("Sale".to_owned()),
            talk_ms: Some(0),
            start: 1_000,
            end: Some(5_000),
            ..Row::default()
        }
    }

    #[test]
    fn a_row_is_one_leg_with_the_rows_own_id_and_facts_as_reported() {
        let read = interaction(row(), &origin(), 7, 8);
        let leg = &read.legs[0];
        assert_eq!(
            (read.interaction_id.as_str(), leg.session_id.as_str(), leg.participant_id.as_str()),
            ("i-1", "i-1", "")
        );
        assert_eq!((leg.talk_ms, leg.hold_ms), (Some(0), None));
        assert_eq!((leg.wrapup_code_id.as_deref(), leg.wrapup_code_name.as_deref()), (Some("Sale"), Some("Sale")));
        assert_eq!((read.version, read.extracted_at, read.status), (7, 8, InteractionStatus::Completed));
        assert_eq!(read.content_hash, read.computed_hash());
    }

    #[test]
    fn the_hash_does_not_depend_on_when_a_row_was_read() {
        assert_eq!(interaction(row(), &origin(), 1, 2).content_hash, interaction(row(), &origin(), 3, 4).content_hash);
    }

    #[test]
    fn a_transfer_row_has_no_medium_and_a_row_without_a_type_has_the_default() {
        let transfer = interaction(Row { type_word: Some("transfer".to_owned()), ..row() }, &origin(), 0, 0);
        assert!(transfer.legs[0].transfer_row);
        assert_eq!(transfer.legs[0].media_type, MediaType::Unknown);
        let silent = interaction(Row { type_word: None, ..row() }, &origin(), 0, 0);
        assert_eq!((silent.legs[0].media_type, silent.legs[0].media_reported.clone()), (MediaType::Voice, None));
    }

    #[test]
    fn statuses_are_completed_abandoned_or_open_and_an_unknown_one_stays_open() {
        let status =
            |word: &str| interaction(Row { status_word: Some(word.to_owned()), ..row() }, &origin(), 0, 0).status;
        assert_eq!(status("abandoned"), InteractionStatus::Abandoned);
        assert_eq!(status("inProgress"), InteractionStatus::Open);
        assert_eq!(status("held-for-review"), InteractionStatus::Open);
        assert_eq!(status_from_word("held-for-review"), None);
    }
}
