//! The settings `privacy.*`: what of people is kept, and which names they take. Pure.

use super::secret::Secret;
use super::values::Values;

/// Fields of the platform's conversations that are dropped unless `privacy.fields.allowed` names them: personal, or of
/// no use to anyone.
pub const DROPPED_FIELDS: &[&str] = &[
    "accessAttributes",
    "addressFrom",
    "addressOther",
    "addressSelf",
    "addressTo",
    "agentAssistantId",
    "agentGroups",
    "ani",
    "authenticated",
    "bcc",
    "callbackNumbers",
    "callbackUserName",
    "cc",
    "cobrowseRole",
    "cobrowseRoomId",
    "destinationAddresses",
    "dispositionAnalyzer",
    "dispositionName",
    "dnis",
    "edgeId",
    "entryReason",
    "errorCodeDescription",
    "evaluations",
    "extendedDeliveryStatus",
    "externalContactId",
    "externalOrganizationId",
    "externalTag",
    "flowName",
    "journeyActionId",
    "journeyActionMapId",
    "journeyActionMapVersion",
    "journeyCustomerId",
    "journeyCustomerIdType",
    "journeyCustomerSessionId",
    "journeyCustomerSessionIdType",
    "knowledgeBaseIds",
    "mediaEndpointStats",
    "outboundContactId",
    "outboundContactListId",
    "outcomes",
    "participantName",
    "properties",
    "proposedAgents",
    "protocolCallId",
    "recognitionFailureReason",
    "remote",
    "remoteNameDisplayable",
    "resolutions",
    "roomId",
    "scoredAgents",
    "screenMonitoredUserId",
    "screenShareAddressSelf",
    "screenShareRoomId",
    "scriptId",
    "sessionDnis",
    "sharingScreen",
    "skipEnabled",
    "subject",
    "surveys",
    "transferTargetAddress",
    "transferTargetName",
    "videoAddressSelf",
    "videoRoomId",
    "wrapUpNote",
    "wrapUpTags",
];

/// What of people is kept; by default nothing but the ids of agents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivacyConfig {
    /// `privacy.contact.hash.key`: customers are told apart by a hash with this key; `None`: they are not told apart.
    pub contact_hash_key: Option<Secret>,
    /// `privacy.user.hash.key`: agents' ids are passed on as hashes with this key; `None`: as they are.
    pub user_hash_key: Option<Secret>,
    /// `privacy.attributes.allowed`.
    pub attributes_allowed: Vec<String>,
    /// `privacy.fields.allowed`.
    pub fields_allowed: Vec<String>,
    /// `privacy.dead.letters` is `whole`.
    pub whole_dead_letters: bool,
}

/// The typed form; `None` unless all that it needs is sound.
#[must_use]
pub fn build(values: &Values<'_>) -> Option<PrivacyConfig> {
    let names = |name: &str| values.list_of(name, |word| Some(word.to_owned()));
    Some(PrivacyConfig {
        contact_hash_key: values.secret("privacy.contact.hash.key"),
        user_hash_key: values.secret("privacy.user.hash.key"),
        attributes_allowed: names("privacy.attributes.allowed")?,
        fields_allowed: names("privacy.fields.allowed")?,
        whole_dead_letters: values.text("privacy.dead.letters")? == "whole",
    })
}
