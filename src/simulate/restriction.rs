//! A history restricted to the facts that a dialect carries: what its reader can know at best. Pure.
//!
//! The one place where the truth of a dialect loses what the dialect cannot say. Nothing here is computed: a fact is
//! left as it is, or taken away.

use super::truth::conversation::TrueConversation;
use super::truth::input::FinalRow;
use super::truth::settings::{TruthFacts, TruthSettings};
use crate::genesys::dialect::facts::Facts;

/// The medium of legs whose dialect names none: `genesys.media.default`, unless that is set.
const MEDIA_DEFAULT: &str = "voice";

/// The settings for a history of such facts: rules about others are off.
#[must_use]
pub fn settings(settings: &TruthSettings, facts: Facts) -> TruthSettings {
    // Handle time of such legs is known as a whole, and talk follows from it where the parts are known.
    let facts = TruthFacts { agent: facts.agent, queue: facts.queue, talk: facts.parts };
    TruthSettings { facts, ..settings.clone() }
}

/// The row without what a dialect of such facts cannot say.
#[must_use]
pub fn row(row: FinalRow<'_>, facts: Facts) -> FinalRow<'_> {
    FinalRow {
        media: if facts.media { row.media } else { MEDIA_DEFAULT },
        queue_id: row.queue_id.filter(|_| facts.queue),
        queue_name: row.queue_name.filter(|_| facts.queue),
        service_level_target_ms: row.service_level_target_ms.filter(|_| facts.queue),
        user_id: row.user_id.filter(|_| facts.agent),
        wait_ms: row.wait_ms.filter(|_| facts.wait),
        talk_ms: row.talk_ms.filter(|_| facts.parts),
        hold_ms: row.hold_ms.filter(|_| facts.parts),
        wrap_ms: row.wrap_ms.filter(|_| facts.parts),
        agent_ms: row.agent_ms.filter(|_| facts.agent_time),
        agent_wrap_at: row.agent_wrap_at.filter(|_| facts.agent_time),
        wrapup_code: row.wrapup_code.filter(|_| facts.wrapup_code),
        transfers: row.transfers.filter(|_| facts.transfers),
        ..row
    }
}

/// The conversation without what a dialect of such facts cannot say.
#[must_use]
pub fn conversation(mut told: TrueConversation, facts: Facts) -> TrueConversation {
    told.direction = told.direction.filter(|_| facts.direction);
    for leg in &mut told.legs {
        leg.media = if facts.media { leg.media } else { MEDIA_DEFAULT };
        if !facts.queue {
            (leg.queue_id, leg.queue_name, leg.service_level_target_ms) = (None, None, None);
        }
        leg.user_id = leg.user_id.take().filter(|_| facts.agent);
        if !facts.wrapup_code {
            (leg.wrapup_id, leg.wrapup_name) = (None, None);
        }
        if !facts.transfers {
            leg.transfers.clear();
            leg.transferred_in_at = None;
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::truth::input::FinalStatus;
    use super::*;
    use crate::genesys::dialect::{conversation_metrics, interaction_details};

    fn whole() -> FinalRow<'static> {
        FinalRow {
            id: "i".to_owned(),
            media: "chat",
            status: FinalStatus::Completed,
            queue_id: Some("q"),
            queue_name: Some("Queue"),
            service_level_target_ms: Some(30_000),
            user_id: Some("a".to_owned()),
            start: 0,
            end: Some(9),
            wait_ms: Some(1),
            talk_ms: Some(2),
            hold_ms: Some(3),
            wrap_ms: Some(4),
            agent_ms: Some(5),
            handle_ms: Some(9),
            wrapup_code: Some("Sale"),
            transfers: Some(1),
            agent_wrap_at: Some(6),
        }
    }

    #[test]
    fn a_row_keeps_what_its_dialect_can_say_and_loses_the_rest() {
        let told = row(whole(), conversation_metrics::FACTS);
        assert_eq!((told.media, told.queue_id, told.queue_name, told.wait_ms), ("voice", None, None, None));
        assert_eq!((told.wrapup_code, told.transfers, told.agent_ms, told.agent_wrap_at), (None, None, None, None));
        assert_eq!((told.user_id.as_deref(), told.hold_ms, told.wrap_ms), (Some("a"), Some(3), Some(4)));
        assert_eq!((told.handle_ms, told.end), (Some(9), Some(9)));
        let flat = row(whole(), interaction_details::FACTS);
        assert_eq!((flat.media, flat.queue_id, flat.wait_ms, flat.agent_ms), ("chat", Some("q"), Some(1), Some(5)));
    }

    #[test]
    fn rules_about_facts_that_cannot_be_told_are_off() {
        let told = settings(&TruthSettings::default(), conversation_metrics::FACTS);
        assert_eq!(told.facts, TruthFacts { agent: true, queue: false, talk: true });
    }
}
