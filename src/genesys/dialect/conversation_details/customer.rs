//! Who the customer of a conversation is, for a keyed hash alone: it goes into no record. Pure.

use serde::Deserialize;

#[derive(Deserialize)]
struct Conversation {
    #[serde(default)]
    participants: Option<Vec<Participant>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Participant {
    #[serde(default)]
    purpose: Option<String>,
    #[serde(default)]
    external_contact_id: Option<String>,
    #[serde(default)]
    sessions: Option<Vec<Session>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    #[serde(default)]
    ani: Option<String>,
    #[serde(default)]
    address_from: Option<String>,
}

/// The customer as the platform knows it: the external contact, else the address that the customer came from; `None`
/// when there is neither, or when they are not readable.
#[must_use]
pub fn identity(json: &str) -> Option<String> {
    let conversation: Conversation = serde_json::from_str(json).ok()?;
    let participants = conversation.participants?;
    let is_customer = |one: &&Participant| {
        one.purpose
            .as_deref()
            .is_some_and(|word| ["customer", "external"].contains(&word.to_ascii_lowercase().as_str()))
    };
    let customers = || participants.iter().filter(is_customer);
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let contact = customers().find_map(|one| said(&one.external_contact_id)).map(|id| format!("contact:{id}"));
    contact.or_else(|| {
        let sessions = customers().flat_map(|one| one.sessions.iter().flatten());
        let address = sessions.into_iter().find_map(|one| said(&one.ani).or_else(|| said(&one.address_from)));
        address.map(|address| format!("address:{}", address.trim().to_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_external_contact_comes_before_the_address() {
        let of = |contact: &str| {
            format!(
                r#"{{"participants":[{{"purpose":"agent","sessions":[{{"ani":"tel:+1"}}]}},
                {{"purpose":"customer","externalContactId":"{contact}","sessions":[{{"ani":"TEL:+2"}}]}}]}}"#
            )
        };
        assert_eq!(identity(&of("c-1")).as_deref(), Some("contact:c-1"));
        assert_eq!(identity(&of("")).as_deref(), Some("address:tel:+2"));
        assert_eq!(identity("{}"), None);
        assert_eq!(identity(r#"{"participants":[{"purpose":"agent","sessions":[{"ani":"tel:+1"}]}]}"#), None);
    }
}
