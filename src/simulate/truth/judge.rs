//! One row judged: which formula, which figures, kept or dropped and why. Pure.

use super::input::{FinalRow, FinalStatus};
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
    /// Talk, hold and wrap.
    Spoken,
    /// The agent's time as one figure.
    Written,
    /// None.
    Unmapped,
}

/// What a row comes to.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub media: MediaType,
    pub formula: Formula,
    pub queue: String,
    pub start: InstantMs,
    pub end: InstantMs,
    pub wait_ms: DurationMs,
    pub talk_ms: DurationMs,
    pub hold_ms: DurationMs,
    pub wrap_ms: DurationMs,
    pub handle_ms: DurationMs,
    /// A place in [`REASONS`]; `None`: kept.
    pub reason: Option<usize>,
    pub answered: bool,
    pub abandoned: bool,
    pub transfers: i64,
    pub transfers_count: bool,
    pub active_ms: DurationMs,
    pub resolved: bool,
    pub no_code: bool,
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

/// Judges a row; `None` when it stands on no queue row at all.
pub(super) fn judge(settings: &TruthSettings, row: &FinalRow<'_>) -> Option<Judged> {
    let durations = [row.wait_ms, row.talk_ms, row.hold_ms, row.wrap_ms, row.agent_ms];
    if durations.iter().any(|duration| duration.is_some_and(|ms| ms < 0)) {
        // Such a row is rejected where it is read.
        return None;
    }
    if excluded(settings, row) {
        return None;
    }
    let transfer_row = row.media == "transfer";
    let media = if transfer_row { MediaType::Unknown } else { MediaType::from_word(row.media) };
    let formula = formula(settings, media);
    let end = row.end.unwrap_or(row.start);
    let known = |ms: Option<DurationMs>| ms.unwrap_or(0);
    let (talk_ms, hold_ms, wrap_ms) = match formula {
        Formula::Spoken => (known(row.talk_ms), known(row.hold_ms), known(row.wrap_ms)),
        _ => (0, 0, 0),
    };
    let handle_ms = match formula {
        Formula::Spoken => talk_ms + hold_ms + wrap_ms,
        Formula::Written => known(row.agent_ms),
        Formula::Unmapped => 0,
    };
    let over = row.status != FinalStatus::InProgress && row.end.is_some();
    let settles_at = end + settings.settling_ms;
    let too_short =
        if settings.talk_min_exclusive { talk_ms <= settings.talk_min_ms } else { talk_ms < settings.talk_min_ms };
    // In the order of REASONS; nothing here sends a contact out by a flow.
    let holds = [
        end < row.start,
        !over,
        formula == Formula::Written && settings.watermark.is_some_and(|watermark| watermark < settles_at),
        transfer_row,
        false,
        row.wrapup_code.is_some_and(|code| settings.excluded_wrapup_codes.iter().any(|excluded| excluded == code)),
        row.status == FinalStatus::Abandoned,
        false,
        !row.has_agent,
        formula == Formula::Unmapped,
        handle_ms == 0,
        formula == Formula::Spoken && too_short,
    ];
    let sound = !holds[0] && over && !transfer_row;
    let visit = sound && row.queue_id.is_some();
    let wait_ms = match row.wait_ms {
        Some(wait_ms) => wait_ms,
        None if row.status == FinalStatus::Abandoned => end - row.start,
        None => 0,
    };
    Some(Judged {
        media,
        formula,
        queue: row.queue_id.unwrap_or_default().to_owned(),
        start: row.start,
        end,
        wait_ms,
        talk_ms,
        hold_ms,
        wrap_ms,
        handle_ms,
        reason: holds.iter().position(|holds| *holds),
        answered: visit && row.status == FinalStatus::Completed,
        abandoned: visit && row.status == FinalStatus::Abandoned,
        transfers: row.transfers.unwrap_or(0),
        transfers_count: sound,
        active_ms: row.agent_wrap_at.map_or(0, |wrap_at| end - wrap_at),
        resolved: row.wrapup_code.is_some_and(|code| settings.resolved_wrapup_codes.iter().any(|known| known == code)),
        no_code: row.wrapup_code.is_none(),
    })
}

fn excluded(settings: &TruthSettings, row: &FinalRow<'_>) -> bool {
    let named = |list: &[String]| {
        list.iter().any(|queue| Some(queue.as_str()) == row.queue_id || Some(queue.as_str()) == row.queue_name)
    };
    named(&settings.excluded_queues) || (!settings.included_queues.is_empty() && !named(&settings.included_queues))
}
