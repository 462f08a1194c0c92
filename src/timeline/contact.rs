//! Contacts: the legs of a conversation together, from leg rows alone. Pure.

use std::collections::BTreeMap;

use super::carries::carries;
use super::outcome::counts_visits;
use crate::domain::contact::{Contact, ContactKey};
use crate::domain::leg::Leg;
use crate::domain::media::Dialect;

/// Whether an interaction of the dialect is a whole conversation.
#[must_use]
pub fn is_conversation(dialect: Dialect) -> bool {
    carries(dialect).conversation
}

/// The contacts that legs of whole conversations make up, in the order of their keys: one a conversation, direction and
/// medium. Malformed and incomplete legs, transfer rows and legs of excluded queues are part of none.
#[must_use]
pub fn contacts(legs: &[Leg]) -> Vec<Contact> {
    let mut contacts: BTreeMap<ContactKey, Contact> = BTreeMap::new();
    for leg in legs.iter().filter(|leg| is_conversation(leg.source) && counts_visits(leg, leg.drop_reason)) {
        let Some(start) = leg.start else {
            continue;
        };
        let key = ContactKey {
            org_id: leg.org_id.clone(),
            conversation_id: leg.conversation_id.clone(),
            direction: leg.contact_direction.clone().unwrap_or_default(),
            media_type: leg.media_type,
        };
        let handled = (i64::from(leg.kept), if leg.kept { leg.handle_ms } else { 0 });
        match contacts.get_mut(&key) {
            Some(contact) => {
                contact.start = contact.start.min(start);
                contact.end = contact.end.zip(leg.end).map(|(a, b)| a.max(b));
                contact.legs += 1;
                contact.handled += handled.0;
                contact.handle_ms += handled.1;
                contact.contact_hash = contact.contact_hash.take().or_else(|| leg.contact_hash.clone());
                contact.version = contact.version.max(leg.version);
            }
            None => {
                let contact = Contact {
                    org_id: key.org_id.clone(),
                    conversation_id: key.conversation_id.clone(),
                    direction: key.direction.clone(),
                    media_type: key.media_type,
                    start,
                    end: leg.end,
                    legs: 1,
                    handled: handled.0,
                    handle_ms: handled.1,
                    contact_hash: leg.contact_hash.clone(),
                    version: leg.version,
                    rules_version: leg.rules_version.clone(),
                };
                contacts.insert(key, contact);
            }
        }
    }
    contacts.into_values().collect()
}
