//! A flat row judged: lengths as its columns say, laid backwards from its end. Pure.

use super::input::{FinalRow, FinalStatus};
use super::judge::{
    Formula, Judged, Laid, Lengths, Outcome, Visit, agent_missing, disposition_milli, formula, listed, queue_excluded,
    settling, too_short,
};
use super::settings::TruthSettings;
use crate::domain::media::MediaType;
use crate::domain::time::{DurationMs, InstantMs};

/// Whether the row only reports a transfer.
pub(super) fn is_transfer(row: &FinalRow<'_>) -> bool {
    row.media == "transfer"
}

/// Whether the row is rejected where it is read.
pub(super) fn is_rejected(row: &FinalRow<'_>) -> bool {
    let durations = [row.wait_ms, row.talk_ms, row.hold_ms, row.wrap_ms, row.agent_ms, row.handle_ms];
    durations.iter().any(|duration| duration.is_some_and(|ms| ms < 0))
}

/// Judges a row; `None` when it is rejected where it is read.
pub(super) fn judge(settings: &TruthSettings, row: &FinalRow<'_>) -> Option<Judged> {
    if is_rejected(row) {
        return None;
    }
    let transfer_row = is_transfer(row);
    let media = if transfer_row { MediaType::Unknown } else { MediaType::from_word(row.media) };
    let formula = formula(settings, media);
    let queue_excluded = queue_excluded(settings, row.queue_id, row.queue_name);
    let over = row.status != FinalStatus::InProgress;
    let end = row.end.unwrap_or_else(|| if over { columns_end(row, formula) } else { row.start });
    let active_ms = row.agent_wrap_at.map(|wrap_at| (end - wrap_at).max(0));
    let lengths = lengths(settings, row, formula, end, active_ms);
    // In the order of REASONS; nothing here sends a contact out by a flow.
    let holds = [
        end < row.start,
        !over,
        settling(settings, formula, end),
        transfer_row,
        queue_excluded,
        listed(&settings.excluded_wrapup_codes, row.wrapup_code),
        row.status == FinalStatus::Abandoned,
        false,
        agent_missing(settings, row.user_id.as_deref()),
        formula == Formula::Unmapped,
        lengths.handle_ms() == 0,
        (settings.facts.talk || talk_ms(row).is_some()) && too_short(settings, formula, lengths.talk.total_ms),
    ];
    let sound = !holds[0] && over && !transfer_row && !queue_excluded;
    let wait_ms = match row.wait_ms {
        Some(wait_ms) => wait_ms,
        None if row.status == FinalStatus::Abandoned => end - row.start,
        None => 0,
    };
    let (outcome, outcome_at) = match row.status {
        FinalStatus::Abandoned => (Outcome::Abandoned, end),
        _ => (Outcome::Answered, row.start + wait_ms),
    };
    let transfers = row.transfers.unwrap_or(0);
    let written = formula == Formula::Written;
    Some(Judged {
        media,
        queue: row.queue_id.map(str::to_owned),
        queue_name: row.queue_name.map(str::to_owned),
        user: row.user_id.clone(),
        skill_set: String::new(),
        language: String::new(),
        start: row.start,
        end,
        wait_ms,
        // Where a row has no parts, the whole is what its agent was busy with.
        busy: [&lengths.talk, &lengths.hold, &lengths.wrap, &lengths.whole]
            .into_iter()
            .flat_map(|laid| laid.at.clone())
            .collect(),
        parts_known: formula == Formula::Spoken,
        active_ms: if written { active_ms.unwrap_or(0) } else { 0 },
        elapsed_ms: if written { row.agent_ms.or(row.handle_ms).unwrap_or(0) } else { 0 },
        lengths,
        reason: holds.iter().position(|holds| *holds),
        queue_excluded,
        visit: (sound && row.queue_id.is_some()).then_some(Visit { arrival: row.start, outcome, outcome_at }),
        // The column counts and does not say when: all of them stand at the row's end.
        transfers_at: if sound { (0..transfers).map(|_| end).collect() } else { Vec::new() },
        transferred_in_at: None,
        transfers,
        target_ms: row.service_level_target_ms.unwrap_or(settings.service_level_ms),
        resolved: listed(&settings.resolved_wrapup_codes, row.wrapup_code),
        no_code: row.wrapup_code.is_none(),
        disposition_milli: disposition_milli(settings, row.wrapup_code, None),
    })
}

/// Where a row ends by its columns: wait first, then what its medium is handled for.
fn columns_end(row: &FinalRow<'_>, formula: Formula) -> InstantMs {
    let handled = match formula {
        Formula::Spoken => [talk_ms(row), row.hold_ms, row.wrap_ms],
        Formula::Written => [row.agent_ms.or(row.handle_ms), None, None],
        Formula::Unmapped => [None; 3],
    };
    row.start + row.wait_ms.unwrap_or(0) + handled.into_iter().flatten().sum::<DurationMs>()
}

/// Talk as reported, else what hold and wrap-up leave of the platform's handle time.
fn talk_ms(row: &FinalRow<'_>) -> Option<DurationMs> {
    let rest_ms = |handle_ms: DurationMs| handle_ms - row.hold_ms.unwrap_or(0) - row.wrap_ms.unwrap_or(0);
    row.talk_ms.or_else(|| row.handle_ms.map(|handle_ms| rest_ms(handle_ms).max(0)))
}

fn lengths(
    settings: &TruthSettings,
    row: &FinalRow<'_>,
    formula: Formula,
    end: InstantMs,
    active_ms: Option<DurationMs>,
) -> Lengths {
    let known = |ms: Option<DurationMs>| ms.unwrap_or(0);
    let mut to = end;
    match formula {
        Formula::Spoken => {
            let wrap = laid_back(&mut to, row.start, known(row.wrap_ms));
            let hold = laid_back(&mut to, row.start, known(row.hold_ms));
            let talk = laid_back(&mut to, row.start, known(talk_ms(row)));
            let at = [&talk, &hold, &wrap].into_iter().flat_map(|laid| laid.at.clone()).collect();
            let parts_ms = talk.total_ms + hold.total_ms + wrap.total_ms;
            let platform = Laid { total_ms: row.handle_ms.unwrap_or(parts_ms), at };
            Lengths { talk, hold, wrap, platform, ..Lengths::default() }
        }
        Formula::Written => {
            let agent_ms = known(row.agent_ms.or(row.handle_ms));
            let handle_ms = if settings.digital_active { active_ms.unwrap_or(agent_ms) } else { agent_ms };
            let whole = laid_back(&mut to, row.start, handle_ms);
            // What the platform counts does not hang on what this connector is told to count.
            let platform = laid_back(&mut end.clone(), row.start, known(row.handle_ms.or(row.agent_ms)));
            Lengths { whole, platform, ..Lengths::default() }
        }
        Formula::Unmapped => Lengths::default(),
    }
}

/// Lays a length of time before `to`, but not before `start`, and moves `to` to where it begins.
fn laid_back(to: &mut InstantMs, start: InstantMs, total_ms: DurationMs) -> Laid {
    let from = (*to - total_ms).max(start).min(*to);
    let at = if from < *to { vec![(from, *to)] } else { Vec::new() };
    *to = from;
    Laid { total_ms, at }
}
