//! One leg judged: which formula, which figures, kept or dropped and why. Pure; the same for rows and conversations.

use super::settings::TruthSettings;
use crate::domain::media::MediaType;
use crate::domain::time::{DurationMs, InstantMs};

/// The reason words in their order of precedence; the first that fits is the reason.
pub(super) const REASONS: [&str; 12] = [
    "malformed",
    "incomplete",
    "settling",
    "transfer_row",
    "queue",
    "wrapup",
    "abandoned",
    "flow_out",
    "no_agent",
    "unmapped_media",
    "zero_duration",
    "short_talk",
];

/// How a medium's handle time is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Formula {
    /// Talk, hold and wrap; too little talk does not count.
    Spoken,
    /// In rows the agent's time as one figure, in conversations talk, hold and wrap.
    Written,
    /// None.
    Unmapped,
}

/// A length of time, and where it is known to lie. The two need not agree.
#[derive(Clone, Debug, Default)]
pub(super) struct Laid {
    pub total_ms: DurationMs,
    /// In the order of time, without overlap.
    pub at: Vec<(InstantMs, InstantMs)>,
}

/// The lengths of time of a leg.
#[derive(Clone, Debug, Default)]
pub(super) struct Lengths {
    pub talk: Laid,
    pub hold: Laid,
    pub system_hold: Laid,
    pub wrap: Laid,
    /// Handle time that is not known by its parts; nothing where talk, hold and wrap make it up.
    pub whole: Laid,
    /// Handle time as the platform counts it.
    pub platform: Laid,
}

impl Lengths {
    pub(super) fn handle_ms(&self) -> DurationMs {
        self.talk.total_ms + self.hold.total_ms + self.wrap.total_ms + self.whole.total_ms
    }
}

/// How a stay in a queue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    Abandoned,
    FlowOut,
}

/// A stay in a queue that counts as offered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub arrival: InstantMs,
    pub outcome: Outcome,
    pub outcome_at: InstantMs,
}

/// What a leg comes to.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub media: MediaType,
    pub queue: Option<String>,
    pub queue_name: Option<String>,
    pub user: Option<String>,
    pub skill_set: String,
    pub language: String,
    pub start: InstantMs,
    pub end: InstantMs,
    pub wait_ms: DurationMs,
    pub lengths: Lengths,
    /// Whether talk, hold and wrap are known.
    pub parts_known: bool,
    /// When the agent was busy with it.
    pub busy: Vec<(InstantMs, InstantMs)>,
    pub active_ms: DurationMs,
    pub elapsed_ms: DurationMs,
    /// A place in [`REASONS`]; `None`: kept.
    pub reason: Option<usize>,
    pub queue_excluded: bool,
    /// Where it counts: nothing malformed, incomplete, reporting a transfer or in an excluded queue has one.
    pub visit: Option<Visit>,
    /// Transfers that it made and that count, each with its instant.
    pub transfers_at: Vec<InstantMs>,
    /// When the transfer was made that it is the target of, where that counts.
    pub transferred_in_at: Option<InstantMs>,
    /// How many transfers weigh on it.
    pub transfers: i64,
    pub target_ms: DurationMs,
    pub resolved: bool,
    pub no_code: bool,
    /// Factor of its disposition in weighted handle time, in thousandths.
    pub disposition_milli: i64,
}

impl Judged {
    pub(super) fn kept(&self) -> bool {
        self.reason.is_none()
    }

    /// Handle time; that of a leg which contradicts itself cannot be told.
    pub(super) fn handle_ms(&self) -> DurationMs {
        if self.reason == Some(0) { 0 } else { self.lengths.handle_ms() }
    }

    /// Whether it is one of the legs that its contact is made of.
    pub(super) fn in_contact(&self) -> bool {
        let left_out = self.reason.is_some_and(|reason| [0, 1, 3].contains(&reason));
        !left_out && !self.queue_excluded
    }
}

pub(super) fn formula(settings: &TruthSettings, media: MediaType) -> Formula {
    if settings.media_voice.contains(&media) {
        Formula::Spoken
    } else if settings.media_digital.contains(&media) {
        Formula::Written
    } else {
        Formula::Unmapped
    }
}

pub(super) fn queue_excluded(settings: &TruthSettings, id: Option<&str>, name: Option<&str>) -> bool {
    let named = |list: &[String]| list.iter().any(|queue| Some(queue.as_str()) == id || Some(queue.as_str()) == name);
    let excluded =
        named(&settings.excluded_queues) || (!settings.included_queues.is_empty() && !named(&settings.included_queues));
    settings.facts.queue && excluded
}

/// Whether a digital leg that ended at `end` may still change: the watermark must have passed.
pub(super) fn settling(settings: &TruthSettings, formula: Formula, end: InstantMs) -> bool {
    let passed = settings.watermark.is_none_or(|watermark| end + settings.settling_ms < watermark);
    formula == Formula::Written && !passed
}

pub(super) fn too_short(settings: &TruthSettings, formula: Formula, talk_ms: DurationMs) -> bool {
    let short = talk_ms < settings.talk_min_ms || (settings.talk_min_exclusive && talk_ms == settings.talk_min_ms);
    formula == Formula::Spoken && short
}

/// Whether there is no agent where there could be one.
pub(super) fn agent_missing(settings: &TruthSettings, user: Option<&str>) -> bool {
    settings.facts.agent && user.is_none()
}

/// The factor of a disposition in thousandths: by its id, else by its name.
pub(super) fn disposition_milli(settings: &TruthSettings, id: Option<&str>, name: Option<&str>) -> i64 {
    let listed = [id, name].into_iter().flatten().find_map(|word| settings.weht_disposition_milli.get(word));
    listed.copied().unwrap_or(1_000)
}

pub(super) fn listed(list: &[String], word: Option<&str>) -> bool {
    word.is_some_and(|word| list.iter().any(|known| known == word))
}
