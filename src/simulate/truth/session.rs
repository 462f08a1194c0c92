//! A conversation's leg judged: lengths as the platform's metrics say, positions from its stretches. Pure.

use super::conversation::{Stretch, TrueLeg};
use super::judge::{
    Formula, Judged, Laid, Lengths, Outcome, Visit, agent_missing, disposition_milli, formula, listed, queue_excluded,
    settling, too_short,
};
use super::settings::TruthSettings;
use crate::domain::media::MediaType;
use crate::domain::time::{DurationMs, InstantMs};

/// What an agent is busy with.
const BUSY: [Stretch; 5] = [Stretch::Talk, Stretch::CustomerHold, Stretch::Wrap, Stretch::Dialing, Stretch::Contacting];

/// Judges a leg.
pub(super) fn judge(settings: &TruthSettings, leg: &TrueLeg) -> Judged {
    let media = MediaType::from_word(leg.media);
    let formula = formula(settings, media);
    let (queue, queue_name) = (leg.queue_id.as_deref(), leg.queue_name.as_deref());
    let queue_excluded = queue_excluded(settings, queue, queue_name);
    let (code, code_name) = (leg.wrapup_id.as_deref(), leg.wrapup_name.as_deref());
    let excluded_codes = &settings.excluded_wrapup_codes;
    let lengths = lengths(leg, formula);
    let malformed = is_malformed(settings, leg);
    // In the order of REASONS; a conversation in its final form is complete, and none of its legs reports a transfer.
    let holds = [
        malformed,
        false,
        settling(settings, formula, leg.end),
        false,
        queue_excluded,
        listed(excluded_codes, code) || listed(excluded_codes, code_name),
        leg.abandoned_at.is_some(),
        leg.flow_out_at.is_some(),
        agent_missing(settings, leg.user_id.as_deref()),
        formula == Formula::Unmapped,
        lengths.handle_ms() == 0,
        too_short(settings, formula, leg.talk_ms),
    ];
    let sound = !malformed && !queue_excluded;
    let written = formula == Formula::Written;
    Judged {
        media,
        queue: leg.queue_id.clone(),
        queue_name: leg.queue_name.clone(),
        user: leg.user_id.clone(),
        skill_set: leg.skill_set.clone(),
        language: leg.language.clone(),
        start: leg.start,
        end: leg.end,
        wait_ms: leg.wait_ms,
        parts_known: formula != Formula::Unmapped,
        busy: positions(leg, &BUSY),
        active_ms: if written { active_ms(leg) } else { 0 },
        elapsed_ms: if written { elapsed_ms(leg) } else { 0 },
        lengths,
        reason: holds.iter().position(|holds| *holds),
        queue_excluded,
        visit: if sound { visit(leg) } else { None },
        transfers_at: if sound { leg.transfers.iter().map(|transfer| transfer.at).collect() } else { Vec::new() },
        transferred_in_at: if sound { leg.transferred_in_at } else { None },
        transfers: leg.transfers.len() as i64,
        target_ms: leg.service_level_target_ms.unwrap_or(settings.service_level_ms),
        // By name: an id that resolves to none resolves nothing.
        resolved: listed(&settings.resolved_wrapup_codes, code_name),
        no_code: code.is_none() && code_name.is_none(),
        disposition_milli: disposition_milli(settings, code, code_name),
    }
}

/// Whether an agent talked, be it for no time at all.
pub(super) fn answered(leg: &TrueLeg) -> bool {
    let talked = leg.stretches.iter().any(|(stretch, _, _)| *stretch == Stretch::Talk);
    leg.user_id.is_some() && (leg.answered_at.is_some() || talked || 0 < leg.talk_ms)
}

fn is_malformed(settings: &TruthSettings, leg: &TrueLeg) -> bool {
    let lost = leg.transfers.iter().any(|transfer| transfer.malformed);
    leg.malformed && (settings.lost_transfer_is_malformed || !lost)
}

fn visit(leg: &TrueLeg) -> Option<Visit> {
    let ended = [
        (leg.answered_at, Outcome::Answered),
        (leg.abandoned_at, Outcome::Abandoned),
        (leg.flow_out_at, Outcome::FlowOut),
    ];
    let (outcome_at, outcome) = ended.into_iter().find_map(|(at, outcome)| Some((at?, outcome)))?;
    Some(Visit { arrival: leg.arrival?, outcome, outcome_at })
}

fn positions(leg: &TrueLeg, wanted: &[Stretch]) -> Vec<(InstantMs, InstantMs)> {
    let chosen = leg.stretches.iter().filter(|(stretch, from, to)| wanted.contains(stretch) && from < to);
    chosen.map(|(_, from, to)| (*from, *to)).collect()
}

fn lengths(leg: &TrueLeg, formula: Formula) -> Lengths {
    let laid = |total_ms, wanted: &[Stretch]| Laid { total_ms, at: positions(leg, wanted) };
    let mut counted = BUSY.to_vec();
    let platform_ms = leg.reported_handle_ms.unwrap_or_else(|| {
        // Where the platform tells no handle time of its own, all hold is in it.
        counted.push(Stretch::SystemHold);
        let hold_ms = leg.customer_hold_ms + leg.system_hold_ms;
        leg.talk_ms + hold_ms + leg.wrap_ms + leg.dialing_ms + leg.contacting_ms
    });
    let platform = laid(platform_ms, &counted);
    if formula == Formula::Unmapped {
        return Lengths { platform, ..Lengths::default() };
    }
    Lengths {
        talk: laid(leg.talk_ms, &[Stretch::Talk]),
        hold: laid(leg.customer_hold_ms, &[Stretch::CustomerHold]),
        system_hold: laid(leg.system_hold_ms, &[Stretch::SystemHold]),
        wrap: laid(leg.wrap_ms, &[Stretch::Wrap]),
        whole: Laid::default(),
        platform,
    }
}

/// Interaction and wrap-up by their positions, so that what was set aside is no part of it.
fn active_ms(leg: &TrueLeg) -> DurationMs {
    positions(leg, &[Stretch::Talk, Stretch::Wrap]).iter().map(|(from, to)| to - from).sum()
}

/// From the first talk to the last end of anything that the agent did or set aside after it.
fn elapsed_ms(leg: &TrueLeg) -> DurationMs {
    let talk = leg.stretches.iter().find(|(stretch, _, _)| *stretch == Stretch::Talk);
    let counts = [Stretch::Talk, Stretch::CustomerHold, Stretch::SystemHold, Stretch::Wrap, Stretch::Parked];
    let ends = leg.stretches.iter().filter(|(stretch, _, _)| counts.contains(stretch)).map(|(_, _, to)| *to);
    match (talk, ends.max()) {
        (Some((_, from, _)), Some(to)) => to - from,
        _ => 0,
    }
}
