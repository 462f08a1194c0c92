//! Which rows a leg or a contact falls into: one a family. Pure.

use super::row_key::KeyRecord;
use crate::domain::agent_row::AgentIntervalKey;
use crate::domain::attribution::Basis;
use crate::domain::contact::Contact;
use crate::domain::custom_row::CustomIntervalKey;
use crate::domain::family::Family;
use crate::domain::interval::Grain;
use crate::domain::leg::Leg;
use crate::domain::media::MediaType;
use crate::domain::org_row::OrgIntervalKey;
use crate::domain::row::QueueIntervalKey;
use crate::domain::time::InstantMs;
use crate::timeline::rules::Rules;

/// Whether a leg has a part in the rows of a family.
///
/// Legs of excluded queues count on the rows of the organisation alone, as do dropped legs without a queue.
/// An agent's rows have the agent's legs, and a KPI of the user's own those that are kept.
#[must_use]
pub fn takes(family: Family, leg: &Leg) -> bool {
    match family {
        Family::Org | Family::OrgTotal => true,
        Family::Queue => !leg.queue_excluded && (leg.kept || leg.queue_id.is_some()),
        Family::Agent | Family::AgentTotal => !leg.queue_excluded && leg.user_id.is_some(),
        Family::Custom => leg.kept,
    }
}

/// The key of a leg's row in a family, in the interval that starts at `start`. A KPI of the user's own has a name.
#[must_use]
pub fn of_leg(leg: &Leg, family: Family, grain: Grain, basis: Basis, start: InstantMs, rules: &Rules) -> KeyRecord {
    let dimension = |name: &str| rules.config.queue_dimensions.iter().any(|known| known == name);
    let media_type = if family.is_total() { MediaType::All } else { leg.media_type };
    let interval_length_s = grain.length_s();
    let queue = || QueueIntervalKey {
        org_id: leg.org_id.clone(),
        interval_start: start,
        interval_length_s,
        queue_id: leg.queue_id.clone().unwrap_or_default(),
        media_type,
        skill_set: if dimension("skill_set") { leg.skill_set.clone() } else { String::new() },
        language: if dimension("language") { leg.language.clone() } else { String::new() },
        attribution: basis,
    };
    match family {
        Family::Queue => KeyRecord::Queue(queue()),
        Family::Custom => KeyRecord::Custom(custom(queue(), String::new())),
        Family::Agent | Family::AgentTotal => KeyRecord::Agent(AgentIntervalKey {
            org_id: leg.org_id.clone(),
            interval_start: start,
            interval_length_s,
            user_id: leg.user_id.clone().unwrap_or_default(),
            media_type,
            attribution: basis,
        }),
        Family::Org | Family::OrgTotal => KeyRecord::Org(OrgIntervalKey {
            org_id: leg.org_id.clone(),
            interval_start: start,
            interval_length_s,
            media_type,
            attribution: basis,
        }),
    }
}

/// The key of a KPI of the user's own beside a queue's row.
#[must_use]
pub fn custom(queue: QueueIntervalKey, name: String) -> CustomIntervalKey {
    CustomIntervalKey {
        org_id: queue.org_id,
        interval_start: queue.interval_start,
        interval_length_s: queue.interval_length_s,
        queue_id: queue.queue_id,
        media_type: queue.media_type,
        skill_set: queue.skill_set,
        language: queue.language,
        attribution: queue.attribution,
        name,
    }
}

/// The key of the organisation's row that counts a contact.
#[must_use]
pub fn of_contact(contact: &Contact, family: Family, grain: Grain, basis: Basis, start: InstantMs) -> KeyRecord {
    KeyRecord::Org(OrgIntervalKey {
        org_id: contact.org_id.clone(),
        interval_start: start,
        interval_length_s: grain.length_s(),
        media_type: if family.is_total() { MediaType::All } else { contact.media_type },
        attribution: basis,
    })
}
