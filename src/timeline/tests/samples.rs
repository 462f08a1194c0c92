//! Settings, rules and flat rows that the tests of several rooms share. Pure.

use crate::config::canonical::{canonical_text, rules_version};
use crate::config::typed::RulesConfig;
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole};
use crate::domain::leg::Leg;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::time::{DAY_MS, parse_instant};
use crate::timeline::measure::measure;
use crate::timeline::rules::Rules;

/// The defaults of all settings that change numbers.
#[must_use]
pub fn default_rules_config() -> RulesConfig {
    crate::config::rules_of(&std::collections::BTreeMap::new()).unwrap()
}

/// Rules of these settings.
#[must_use]
pub fn rules_of(config: RulesConfig) -> Rules {
    let text = canonical_text(&config);
    let version = rules_version(&text);
    Rules::new(config, text, version)
}

/// A flat row of voice in Q1, completed, that starts at `start` and lasts until `end`; read long after.
#[must_use]
pub fn flat_row(id: &str, start: &str, end: &str) -> Interaction {
    let (start, end) = (parse_instant(start).unwrap(), parse_instant(end).unwrap());
    let leg = InteractionLeg {
        session_id: id.to_owned(),
        media_type: MediaType::Voice,
        media_reported: Some("voice".to_owned()),
        queue_id: Some("Q1".to_owned()),
        user_id: Some("A1".to_owned()),
        start: Some(start),
        end: Some(end),
        ..InteractionLeg::blank(LegRole::Row)
    };
    let mut interaction = Interaction {
        org_id: "acme".to_owned(),
        interaction_id: id.to_owned(),
        conversation_id: None,
        source: Dialect::InteractionDetails,
        version: end + 30 * DAY_MS,
        extracted_at: end + 30 * DAY_MS,
        content_hash: 0,
        status: InteractionStatus::Completed,
        start,
        end: Some(end),
        legs: vec![leg],
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: "{}".to_owned(),
    };
    interaction.content_hash = interaction.computed_hash();
    interaction
}

/// The same row with its only leg changed.
#[must_use]
pub fn with(mut interaction: Interaction, change: impl FnOnce(&mut InteractionLeg)) -> Interaction {
    change(&mut interaction.legs[0]);
    interaction.content_hash = interaction.computed_hash();
    interaction
}

/// A measured leg for tests of other rooms.
#[must_use]
pub fn sample_leg() -> Leg {
    let row = with(flat_row("x", "2024-01-15T10:10:00Z", "2024-01-15T10:20:00Z"), |leg| {
        leg.wait_ms = Some(30_000);
        leg.talk_ms = Some(400_000);
        leg.hold_ms = Some(50_000);
        leg.wrap_ms = Some(120_000);
        leg.transfers = Some(2);
        leg.wrapup_code_name = Some("Issue Resolved".to_owned());
    });
    measure(&row, &rules_of(default_rules_config()), None).legs.remove(0)
}
