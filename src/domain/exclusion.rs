//! Why a leg is not counted as handled: one reason a leg, first match in the order given here. Pure.

use serde::{Deserialize, Serialize};

/// Reasons in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DropReason {
    /// The leg contradicts itself.
    Malformed,
    /// The interaction was not over when read.
    Incomplete,
    /// A digital leg that ended so recently that its figures may still move.
    Settling,
    /// The row only reports a transfer.
    TransferRow,
    /// Its queue is excluded.
    Queue,
    /// Its wrap-up code is excluded.
    Wrapup,
    /// The customer left before an answer.
    Abandoned,
    /// The contact left the queue to a flow.
    FlowOut,
    /// No agent is named.
    NoAgent,
    /// No setting says how its medium is measured.
    UnmappedMedia,
    /// No handle time at all.
    ZeroDuration,
    /// Less talk than `kpi.talk.min.ms`, voice and callback only.
    ShortTalk,
    /// A reason that this build does not know.
    Unknown,
}

impl DropReason {
    /// The reasons that rows count, in the order in which they are tried.
    pub const ALL: [DropReason; 12] = [
        DropReason::Malformed,
        DropReason::Incomplete,
        DropReason::Settling,
        DropReason::TransferRow,
        DropReason::Queue,
        DropReason::Wrapup,
        DropReason::Abandoned,
        DropReason::FlowOut,
        DropReason::NoAgent,
        DropReason::UnmappedMedia,
        DropReason::ZeroDuration,
        DropReason::ShortTalk,
    ];

    /// The word that metrics, tables and the fields `excluded_<word>` use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            DropReason::Malformed => "malformed",
            DropReason::Incomplete => "incomplete",
            DropReason::Settling => "settling",
            DropReason::TransferRow => "transfer_row",
            DropReason::Queue => "queue",
            DropReason::Wrapup => "wrapup",
            DropReason::Abandoned => "abandoned",
            DropReason::FlowOut => "flow_out",
            DropReason::NoAgent => "no_agent",
            DropReason::UnmappedMedia => "unmapped_media",
            DropReason::ZeroDuration => "zero_duration",
            DropReason::ShortTalk => "short_talk",
            DropReason::Unknown => "unknown",
        }
    }
}
