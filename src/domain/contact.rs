//! Contacts: the records of the compacted topic `contacts`. Pure; plain data.

use serde::{Deserialize, Serialize};

use super::media::MediaType;
use super::time::InstantMs;

/// Key of a contact.
///
/// The field order is that of `schemas/ContactKey.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct ContactKey {
    pub org_id: String,
    pub conversation_id: String,
    pub direction: String,
    pub media_type: MediaType,
}

/// The legs of one conversation, direction and medium together.
///
/// The field order is that of `schemas/Contact.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Contact {
    pub org_id: String,
    pub conversation_id: String,
    pub direction: String,
    pub media_type: MediaType,
    pub start: InstantMs,
    pub end: Option<InstantMs>,
    pub legs: i64,
    pub handled: i64,
    pub handle_ms: i64,
    pub contact_hash: Option<String>,
    pub version: InstantMs,
    pub rules_version: String,
}
