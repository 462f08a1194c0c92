//! Transfers: how they are reported, and the records of the compacted topic `transfers`. Pure; plain data.

use serde::{Deserialize, Serialize};

use super::time::InstantMs;

/// How a leg is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransferKind {
    /// At once, without talking to whom it goes to.
    Blind,
    /// After talking to the next agent.
    Consult,
    /// Not said.
    Unknown,
}

/// Key of a transfer.
///
/// The field order is that of `schemas/TransferKey.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct TransferKey {
    pub org_id: String,
    pub conversation_id: String,
    pub transfer_seq: i32,
}

/// A transfer, and what became of it.
///
/// The field order is that of `schemas/Transfer.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Transfer {
    pub org_id: String,
    pub conversation_id: String,
    pub transfer_seq: i32,
    pub transfer_time: InstantMs,
    pub kind: TransferKind,
    pub from_queue_id: Option<String>,
    pub from_user_id: Option<String>,
    pub to_queue_id: Option<String>,
    pub to_user_id: Option<String>,
    pub target_wait_ms: Option<i64>,
    pub target_handle_ms: Option<i64>,
    pub completed: bool,
    pub malformed: bool,
    pub version: InstantMs,
    pub rules_version: String,
}
