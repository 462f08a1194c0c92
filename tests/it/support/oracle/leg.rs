//! Pure: what the oracle knows of a leg.

use handletime::config::typed::RulesConfig;
use handletime::domain::interaction::{Interaction, InteractionStatus, PhaseKind};
use handletime::domain::media::{Dialect, MediaType};
use handletime::domain::time::InstantMs;

use super::{conversation, flat};

/// Facts of one agent session, or of one queue visit that no agent answered.
#[derive(Clone, Debug)]
pub struct Leg {
    pub conversation_id: String,
    pub status: InteractionStatus,
    pub version: InstantMs,
    pub start: InstantMs,
    pub end: Option<InstantMs>,
    pub arrival: Option<InstantMs>,
    pub answered_at: Option<InstantMs>,
    pub abandoned_at: Option<InstantMs>,
    pub flow_out_at: Option<InstantMs>,
    pub queue: Option<String>,
    pub queue_name: Option<String>,
    pub user: Option<String>,
    pub media: MediaType,
    pub skill_set: String,
    pub language: String,
    pub wait_ms: i64,
    pub talk_ms: i64,
    pub hold_ms: i64,
    pub system_hold_ms: i64,
    pub wrap_ms: i64,
    pub handle_ms: i64,
    pub genesys_ms: i64,
    pub parts_known: bool,
    pub active_ms: Option<i64>,
    pub elapsed_ms: Option<i64>,
    pub code_id: Option<String>,
    pub code_name: Option<String>,
    /// When each of its transfers was made.
    pub transfers: Vec<InstantMs>,
    pub transferred_in_at: Option<InstantMs>,
    /// Positions of what is busy or clipped, none overlapping another.
    pub spans: Vec<(PhaseKind, InstantMs, InstantMs)>,
    pub target_ms: Option<i64>,
    pub malformed: bool,
    pub transfer_row: bool,
    /// The customer left before an answer.
    pub lost: bool,
    /// An agent talked.
    pub talked: bool,
}

/// The transfers that a reading tells of, as the topic `transfers` has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub conversation_id: String,
    pub at: InstantMs,
    pub kind: &'static str,
    pub from_queue: Option<String>,
    pub from_user: Option<String>,
    pub to_queue: Option<String>,
    pub to_user: Option<String>,
    pub target_wait_ms: Option<i64>,
    pub target_handle_ms: Option<i64>,
    pub completed: bool,
    pub malformed: bool,
}

/// Everything that one reading says.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub legs: Vec<Leg>,
    pub transfers: Vec<Moved>,
}

/// Whether the dialect's interaction is a conversation.
pub fn is_conversation(reading: &Interaction) -> bool {
    [Dialect::InteractionEvents, Dialect::ConversationDetails, Dialect::ConversationJobs].contains(&reading.source)
}

/// What a reading says.
pub fn said(reading: &Interaction, config: &RulesConfig) -> Said {
    if is_conversation(reading) { conversation::said(reading, config) } else { flat::said(reading, config) }
}

impl Leg {
    /// A leg of which nothing is known but where it was read.
    pub fn of(reading: &Interaction, media: MediaType) -> Leg {
        Leg {
            conversation_id: reading.conversation_id.clone().unwrap_or_else(|| reading.interaction_id.clone()),
            status: reading.status,
            version: reading.version,
            start: reading.start,
            end: None,
            arrival: None,
            answered_at: None,
            abandoned_at: None,
            flow_out_at: None,
            queue: None,
            queue_name: None,
            user: None,
            media,
            skill_set: String::new(),
            language: String::new(),
            wait_ms: 0,
            talk_ms: 0,
            hold_ms: 0,
            system_hold_ms: 0,
            wrap_ms: 0,
            handle_ms: 0,
            genesys_ms: 0,
            parts_known: false,
            active_ms: None,
            elapsed_ms: None,
            code_id: None,
            code_name: None,
            transfers: Vec::new(),
            transferred_in_at: None,
            spans: Vec::new(),
            target_ms: None,
            malformed: false,
            transfer_row: false,
            lost: false,
            talked: false,
        }
    }

    /// Whether the interaction was over when read.
    pub fn is_over(&self) -> bool {
        [InteractionStatus::Completed, InteractionStatus::Abandoned].contains(&self.status)
    }
}
