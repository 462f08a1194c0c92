//! The paths of a flat row, for what a dead letter keeps of one. Pure.

use super::allow::Allowed;

/// The object of what a contact centre made up.
pub(super) const ATTRIBUTES: &str = "attributes";

/// What a dead letter keeps of a flat row: every path that its reader knows.
pub const FLAT_ROW: Allowed = Allowed::Object(&[
    ("id", Allowed::Value),
    ("type", Allowed::Value),
    ("status", Allowed::Value),
    ("queueId", Allowed::Value),
    ("agentId", Allowed::User),
    ("talkDuration", Allowed::Value),
    ("holdDuration", Allowed::Value),
    ("wrapUpDuration", Allowed::Value),
    ("agentDuration", Allowed::Value),
    ("startTimestamp", Allowed::Value),
    ("endTimestamp", Allowed::Value),
    ("conversationId", Allowed::Value),
    ("waitDuration", Allowed::Value),
    ("wrapUpCode", Allowed::Value),
    ("transfers", Allowed::Value),
    ("agentWrapTimestamp", Allowed::Value),
    (
        "interaction",
        Allowed::Object(&[
            ("id", Allowed::Value),
            ("type", Allowed::Value),
            ("status", Allowed::Value),
            ("startTimestamp", Allowed::Value),
            ("endTimestamp", Allowed::Value),
            ("agentWrapTimestamp", Allowed::Value),
        ]),
    ),
    ("queue", Allowed::Object(&[("id", Allowed::Value)])),
    ("routing", Allowed::Object(&[("queue", Allowed::Object(&[("id", Allowed::Value)]))])),
    ("agent", Allowed::Object(&[("id", Allowed::User)])),
    ("conversation", Allowed::Object(&[("id", Allowed::Value)])),
    ("wrapUp", Allowed::Object(&[("code", Allowed::Value)])),
    (
        "metrics",
        Allowed::Object(&[
            ("talkDuration", Allowed::Value),
            ("holdDuration", Allowed::Value),
            ("wrapUpDuration", Allowed::Value),
            ("agentDuration", Allowed::Value),
            ("waitDuration", Allowed::Value),
            ("transfers", Allowed::Value),
        ]),
    ),
    (ATTRIBUTES, Allowed::Attributes),
]);
