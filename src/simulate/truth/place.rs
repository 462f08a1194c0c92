//! Puts a leg's figures where its basis wants them, on the row of its topic. Pure.

use super::figures::{Owner, Truth};
use super::judge::{Judged, Laid, Outcome};
use super::settings::{TruthBasis, TruthExpression, TruthSettings, TruthSubject};
use super::tally::Tally;
use crate::domain::time::{DurationMs, InstantMs};

/// Adds one leg.
pub(super) fn place(truth: &mut Truth, leg: &Judged) {
    let Some(owner) = owner(&truth.settings, leg) else { return };
    if truth.settings.subject == TruthSubject::Custom {
        return custom(truth, leg, &owner);
    }
    let completion = truth.settings.basis == TruthBasis::Completion;
    let moment = |at: InstantMs| if completion { at } else { leg.start };

    // The row of the start exists, whatever the leg comes to.
    let _ = tally(truth, leg.start, &owner, leg);
    offer(truth, leg, &owner, moment);
    for transfer_at in &leg.transfers_at {
        tally(truth, moment(*transfer_at), &owner, leg).transfers_out += 1;
    }
    if let Some(transferred_in_at) = leg.transferred_in_at {
        tally(truth, moment(transferred_in_at), &owner, leg).transfers_in += 1;
    }
    if let Some(reason) = leg.reason {
        let dropped = &mut tally(truth, leg.start, &owner, leg).dropped[reason];
        dropped.count += 1;
        dropped.handle_ms += leg.handle_ms();
        return;
    }
    count_kept(truth, leg, &owner, moment(leg.end));
    add_lengths(truth, leg, &owner, moment(leg.end));
    if truth.settings.subject == TruthSubject::AgentTotal {
        add_busy(truth, leg, &owner);
    }
}

/// Whose row the leg stands on; `None`: on none of the topic.
pub(super) fn owner(settings: &TruthSettings, leg: &Judged) -> Option<Owner> {
    let media = if settings.subject.is_total() { "ALL" } else { leg.media.symbol() };
    let subject = match settings.subject {
        // An excluded queue has no row, and a dropped leg without a queue stands on the organisation's alone.
        TruthSubject::Queue if leg.queue_excluded || (leg.queue.is_none() && !leg.kept()) => return None,
        TruthSubject::Custom | TruthSubject::Agent | TruthSubject::AgentTotal if !leg.kept() => return None,
        TruthSubject::Queue | TruthSubject::Custom => leg.queue.clone().unwrap_or_default(),
        TruthSubject::Agent | TruthSubject::AgentTotal => leg.user.clone()?,
        TruthSubject::Org | TruthSubject::OrgTotal => String::new(),
        TruthSubject::Contacts | TruthSubject::Transfers => return None,
    };
    let by_queue = matches!(settings.subject, TruthSubject::Queue | TruthSubject::Custom);
    let dimension = |wanted: bool, value: &str| if by_queue && wanted { value.to_owned() } else { String::new() };
    let skill_set = dimension(settings.by_skill_set, &leg.skill_set);
    let language = dimension(settings.by_language, &leg.language);
    Some(Owner { subject, media, skill_set, language, name: String::new() })
}

fn tally<'a>(truth: &'a mut Truth, at: InstantMs, owner: &Owner, leg: &Judged) -> &'a mut Tally {
    let tally = truth.tally(at, owner);
    if tally.queue_name < leg.queue_name {
        tally.queue_name.clone_from(&leg.queue_name);
    }
    tally.target_ms = tally.target_ms.max(leg.target_ms);
    tally
}

/// Offered by arrival, answered by answer, abandoned by abandonment, flown out by the flow.
fn offer(truth: &mut Truth, leg: &Judged, owner: &Owner, moment: impl Fn(InstantMs) -> InstantMs) {
    let Some(visit) = leg.visit else { return };
    let settings = &truth.settings;
    let short = leg.wait_ms < settings.short_abandon_ms;
    let within_of = match visit.outcome {
        Outcome::Answered => true,
        Outcome::Abandoned => settings.service_level_abandons && (!short || settings.service_level_short_abandons),
        Outcome::FlowOut => settings.service_level_flow_outs,
    };
    tally(truth, moment(visit.arrival), owner, leg).waits_ms.push(leg.wait_ms);
    let tally = tally(truth, moment(visit.outcome_at), owner, leg);
    tally.within_of += i64::from(within_of);
    match visit.outcome {
        Outcome::Answered => {
            tally.answered += 1;
            tally.answered_wait_ms += leg.wait_ms;
            tally.within += i64::from(leg.wait_ms <= leg.target_ms);
        }
        Outcome::Abandoned => {
            tally.abandoned += 1;
            tally.short_abandoned += i64::from(short);
        }
        Outcome::FlowOut => tally.flow_out += 1,
    }
}

/// What a kept leg counts for, and its lengths of time that are never cut.
fn count_kept(truth: &mut Truth, leg: &Judged, owner: &Owner, at: InstantMs) {
    let settings = &truth.settings;
    let breach = settings.sla_threshold_ms < leg.wait_ms;
    let tiers = settings.weht_tiers_milli;
    let tier_milli = tiers[usize::try_from(leg.transfers).unwrap_or(0).min(3)];
    // Two transfers that weigh less than one.
    let gap = leg.transfers == 2 && tiers[2] < tiers[1];
    let channel_milli = settings.weht_channel_milli.get(&leg.media).copied().unwrap_or(1_000);
    let tally = tally(truth, at, owner, leg);
    tally.handles_ms.push(leg.handle_ms());
    tally.handled_wait_ms += leg.wait_ms;
    tally.breaches += i64::from(breach);
    tally.resolved += i64::from(leg.resolved);
    tally.no_code += i64::from(leg.no_code);
    tally.elapsed_ms += leg.elapsed_ms;
    tally.active_ms += leg.active_ms;
    if leg.parts_known {
        tally.parts_handled += 1;
        let factor = tier_milli as f64 / 1e3 * (channel_milli as f64 / 1e3) * (leg.disposition_milli as f64 / 1e3);
        let counted_ms = leg.lengths.talk.total_ms + leg.lengths.wrap.total_ms;
        tally.weighted_milli += (counted_ms as f64 * 1_000.0 * factor).round() as i64;
        tally.tier_gap += i64::from(gap);
    }
}

/// A sum that a length of time goes into.
type Add = fn(&mut Tally, DurationMs);

/// Each length of time whole at one instant, or cut at the boundaries of the intervals.
fn add_lengths(truth: &mut Truth, leg: &Judged, owner: &Owner, at: InstantMs) {
    let lengths = &leg.lengths;
    let parts: [(&Laid, Add); 6] = [
        (&lengths.talk, |tally, ms| {
            tally.talk_ms += ms;
            tally.handle_ms += ms;
            tally.parts_handle_ms += ms;
        }),
        (&lengths.hold, |tally, ms| {
            tally.hold_ms += ms;
            tally.handle_ms += ms;
            tally.parts_handle_ms += ms;
        }),
        (&lengths.wrap, |tally, ms| {
            tally.wrap_ms += ms;
            tally.handle_ms += ms;
            tally.parts_handle_ms += ms;
        }),
        (&lengths.whole, |tally, ms| tally.handle_ms += ms),
        (&lengths.system_hold, |tally, ms| tally.system_hold_ms += ms),
        (&lengths.platform, |tally, ms| tally.platform_ms += ms),
    ];
    for (laid, add) in parts {
        if truth.settings.basis == TruthBasis::Apportioned {
            for (from, length_ms) in cut(truth, laid, leg) {
                add(tally(truth, from, owner, leg), length_ms);
            }
        } else {
            add(tally(truth, at, owner, leg), laid.total_ms);
        }
    }
}

/// Pieces, each within one interval, that together are as long as the whole. What has no position lies at the end of the
/// leg; positions that are too long lose what is too much from their end backwards.
fn cut(truth: &Truth, laid: &Laid, leg: &Judged) -> Vec<(InstantMs, DurationMs)> {
    let mut pieces: Vec<(InstantMs, DurationMs)> = Vec::new();
    for (from, to) in &laid.at {
        pieces.extend(truth.pieces(*from, *to).into_iter().map(|(from, to)| (from, to - from)));
    }
    let positioned_ms: DurationMs = pieces.iter().map(|(_, length_ms)| length_ms).sum();
    if positioned_ms < laid.total_ms {
        pieces.push(((leg.end - 1).max(leg.start), laid.total_ms - positioned_ms));
    }
    let mut excess_ms = positioned_ms - laid.total_ms;
    for (_, length_ms) in pieces.iter_mut().rev() {
        let taken_ms = excess_ms.clamp(0, *length_ms);
        *length_ms -= taken_ms;
        excess_ms -= taken_ms;
    }
    pieces
}

/// When the agent was busy, by interval and whatever the basis.
fn add_busy(truth: &mut Truth, leg: &Judged, owner: &Owner) {
    for (from, to) in &leg.busy {
        for piece in truth.pieces(*from, *to) {
            tally(truth, piece.0, owner, leg).busy.push(piece);
        }
    }
}

/// The KPIs of the user's own: counted like the leg itself, never cut.
fn custom(truth: &mut Truth, leg: &Judged, owner: &Owner) {
    let completion = truth.settings.basis == TruthBasis::Completion;
    let at = if completion { leg.end } else { leg.start };
    for (name, custom) in truth.settings.custom.clone() {
        let of = |expression: Option<TruthExpression>| expression.map_or(0, |expression| evaluated(expression, leg));
        let owner = Owner { name, ..owner.clone() };
        let tally = tally(truth, at, &owner, leg);
        tally.handles_ms.push(leg.handle_ms());
        tally.custom_sum += of(custom.sum);
        tally.custom_over += of(custom.over);
    }
}

fn evaluated(expression: TruthExpression, leg: &Judged) -> i64 {
    match expression {
        TruthExpression::Number(number) => number,
        TruthExpression::Wait => leg.wait_ms,
        TruthExpression::Talk => leg.lengths.talk.total_ms,
        TruthExpression::CustomerHold => leg.lengths.hold.total_ms,
        TruthExpression::SystemHold => leg.lengths.system_hold.total_ms,
        TruthExpression::Wrap => leg.lengths.wrap.total_ms,
        TruthExpression::Handle => leg.handle_ms(),
        TruthExpression::TransfersOut => leg.transfers,
    }
}
