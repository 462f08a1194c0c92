//! What the truth reads of a conversation: what happened in it, by construction of the simulated history. Pure.
//!
//! Nothing here is computed from an answer of the simulated platform: the generator knows what it drew.

use crate::domain::time::{DurationMs, InstantMs};

/// What a stretch of time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stretch {
    /// In the queue.
    Wait,
    /// Ringing at the agent.
    Alert,
    /// The agent dials.
    Dialing,
    /// The attempt before the customer is there.
    Contacting,
    /// Agent and customer interact.
    Talk,
    /// On hold by the agent.
    CustomerHold,
    /// On hold by the system.
    SystemHold,
    /// After-call work.
    Wrap,
    /// Set aside.
    Parked,
}

/// How a transfer was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrueTransferKind {
    /// At once.
    Blind,
    /// After a consultation.
    Consult,
    /// The dialect does not say.
    Unknown,
}

/// A transfer that a leg made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueTransfer {
    /// When.
    pub at: InstantMs,
    /// How.
    pub kind: TrueTransferKind,
    /// Queue that it goes to; `None` for an agent or an outside number.
    pub to_queue_id: Option<String>,
    /// The leg that followed in the target: its place in [`TrueConversation::legs`]; `None`: nobody and nothing did.
    pub target: Option<usize>,
    /// It went to a queue in which no wait followed.
    pub malformed: bool,
}

/// What one agent did in one session, with the wait before it; or a queue visit that no agent answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueLeg {
    /// The platform's word for the medium.
    pub media: &'static str,
    /// Queue.
    pub queue_id: Option<String>,
    /// Its name.
    pub queue_name: Option<String>,
    /// Agent; `None`: nobody answered.
    pub user_id: Option<String>,
    /// First instant: of the wait, else of the first stretch.
    pub start: InstantMs,
    /// First instant after the last stretch.
    pub end: InstantMs,
    /// Arrival in the queue, where the leg came out of one.
    pub arrival: Option<InstantMs>,
    /// When the talk began, where the leg came out of a queue.
    pub answered_at: Option<InstantMs>,
    /// When the customer left the queue.
    pub abandoned_at: Option<InstantMs>,
    /// When the contact left the queue to a flow.
    pub flow_out_at: Option<InstantMs>,
    /// Stretches without overlap, in the order of time, the wait first.
    pub stretches: Vec<(Stretch, InstantMs, InstantMs)>,
    /// Time in queue.
    pub wait_ms: DurationMs,
    /// Talk, as the platform's metrics say where they do.
    pub talk_ms: DurationMs,
    /// Hold by the agent, likewise.
    pub customer_hold_ms: DurationMs,
    /// Hold by the system.
    pub system_hold_ms: DurationMs,
    /// After-call work, likewise.
    pub wrap_ms: DurationMs,
    /// Dialing, likewise.
    pub dialing_ms: DurationMs,
    /// Contacting, likewise.
    pub contacting_ms: DurationMs,
    /// The platform's own handle time, where it reports one.
    pub reported_handle_ms: Option<DurationMs>,
    /// Wrap-up code.
    pub wrapup_id: Option<String>,
    /// Its name; `None` when the routing API knows none.
    pub wrapup_name: Option<String>,
    /// Transfers that it made, in the order of time.
    pub transfers: Vec<TrueTransfer>,
    /// When the transfer was made that the leg is the target of.
    pub transferred_in_at: Option<InstantMs>,
    /// It contradicts itself: wrap-up before talk, or a transfer to a queue in which no wait followed.
    pub malformed: bool,
    /// Sorted skill names joined by three pipes.
    pub skill_set: String,
    /// Language.
    pub language: String,
    /// The queue's own service-level target for the medium.
    pub service_level_target_ms: Option<DurationMs>,
}

/// A conversation in its final form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueConversation {
    /// Its id.
    pub id: String,
    /// `inbound` or `outbound`; `None` where the dialect does not say.
    pub direction: Option<&'static str>,
    /// Its legs, in no order.
    pub legs: Vec<TrueLeg>,
}
