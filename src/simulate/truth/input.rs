//! What the truth reads of a row: its final form, as the details endpoint tells it. Pure.

use crate::domain::time::{DurationMs, InstantMs};

/// `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalStatus {
    /// `completed`.
    Completed,
    /// `abandoned`.
    Abandoned,
    /// `inProgress`; a final row is never that, but a hand-made one may be.
    InProgress,
}

/// A flat row, one leg. Absent columns are `None`.
#[derive(Clone, Debug)]
pub struct FinalRow<'a> {
    /// `id`.
    pub id: String,
    /// `type`.
    pub media: &'a str,
    /// `status`.
    pub status: FinalStatus,
    /// `queueId`.
    pub queue_id: Option<&'a str>,
    /// The queue's name.
    pub queue_name: Option<&'a str>,
    /// The service-level target that the platform's queue settings name for the medium.
    pub service_level_target_ms: Option<DurationMs>,
    /// `agentId`.
    pub user_id: Option<String>,
    /// `startTimestamp`.
    pub start: InstantMs,
    /// `endTimestamp`; a row that is over without one ends where its columns end.
    pub end: Option<InstantMs>,
    /// `waitDuration`.
    pub wait_ms: Option<DurationMs>,
    /// `talkDuration`.
    pub talk_ms: Option<DurationMs>,
    /// `holdDuration`.
    pub hold_ms: Option<DurationMs>,
    /// `wrapUpDuration`.
    pub wrap_ms: Option<DurationMs>,
    /// `agentDuration`.
    pub agent_ms: Option<DurationMs>,
    /// The platform's own handle time, where it reports one.
    pub handle_ms: Option<DurationMs>,
    /// `wrapUpCode`.
    pub wrapup_code: Option<&'a str>,
    /// `transfers`.
    pub transfers: Option<i64>,
    /// `agentWrapTimestamp`.
    pub agent_wrap_at: Option<InstantMs>,
}
