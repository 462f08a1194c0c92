//! Puts a row's figures where its basis wants them. Pure.

use super::figures::Truth;
use super::input::FinalRow;
use super::judge::{Formula, Judged, judge};
use super::settings::TruthBasis;
use super::tally::Tally;
use crate::domain::time::{DurationMs, InstantMs};

/// The published weights of 0, 1, 2, and 3 or more transfers; two fall through to the weight of none.
const TIERS: [f64; 4] = [1.0, 1.2, 1.0, 1.5];

/// Adds one row.
pub(super) fn place(truth: &mut Truth, row: &FinalRow<'_>) {
    let Some(judged) = judge(&truth.settings, row) else { return };
    let completion = truth.settings.basis == TruthBasis::Completion;
    let at_start = judged.start;
    let at_end = if completion { judged.end } else { judged.start };
    let at_answer = if completion { judged.start + judged.wait_ms } else { judged.start };

    // The row of the start exists, whatever the leg comes to.
    let _ = tally(truth, at_start, &judged);
    offer(truth, &judged, at_start, at_answer, at_end);
    if judged.transfers_count && 0 < judged.transfers {
        tally(truth, at_end, &judged).transfers_out += judged.transfers;
    }
    if let Some(reason) = judged.reason {
        let dropped = &mut tally(truth, at_start, &judged).dropped[reason];
        dropped.count += 1;
        dropped.handle_ms += judged.handle_ms;
        return;
    }
    count_kept(truth, &judged, at_end);
    if truth.apportioned() {
        lay_backwards(truth, &judged);
    } else {
        add_handle(truth, &judged, at_end);
    }
}

fn tally<'a>(truth: &'a mut Truth, at: InstantMs, judged: &Judged) -> &'a mut Tally {
    truth.tally(at, &judged.queue, judged.media)
}

/// Offered by arrival, answered by answer, abandoned by abandonment.
fn offer(truth: &mut Truth, judged: &Judged, at_start: InstantMs, at_answer: InstantMs, at_end: InstantMs) {
    if !judged.answered && !judged.abandoned {
        return;
    }
    let (target_ms, short_ms) = (truth.settings.service_level_ms, truth.settings.short_abandon_ms);
    tally(truth, at_start, judged).waits_ms.push(judged.wait_ms);
    if judged.answered {
        let tally = tally(truth, at_answer, judged);
        tally.answered += 1;
        tally.answered_wait_ms += judged.wait_ms;
        tally.within += i64::from(judged.wait_ms <= target_ms);
    } else {
        let tally = tally(truth, at_end, judged);
        tally.abandoned += 1;
        tally.short_abandoned += i64::from(judged.wait_ms < short_ms);
    }
}

/// What a kept row counts for, and its lengths of time that are never cut.
fn count_kept(truth: &mut Truth, judged: &Judged, at: InstantMs) {
    let threshold_ms = truth.settings.sla_threshold_ms;
    let tally = tally(truth, at, judged);
    tally.handles_ms.push(judged.handle_ms);
    tally.handled_wait_ms += judged.wait_ms;
    tally.breaches += i64::from(threshold_ms < judged.wait_ms);
    tally.resolved += i64::from(judged.resolved);
    tally.no_code += i64::from(judged.no_code);
    if judged.formula == Formula::Written {
        tally.elapsed_ms += judged.handle_ms;
        tally.active_ms += judged.active_ms;
        return;
    }
    tally.parts_handled += 1;
    let tier = TIERS[usize::try_from(judged.transfers).unwrap_or(0).min(3)];
    tally.weighted_milli += ((judged.talk_ms + judged.wrap_ms) as f64 * tier * 1_000.0).round() as i64;
    tally.tier_gap += i64::from(judged.transfers == 2);
}

fn add_handle(truth: &mut Truth, judged: &Judged, at: InstantMs) {
    let tally = tally(truth, at, judged);
    tally.handle_ms += judged.handle_ms;
    if judged.formula == Formula::Spoken {
        tally.parts_handle_ms += judged.handle_ms;
        tally.talk_ms += judged.talk_ms;
        tally.hold_ms += judged.hold_ms;
        tally.wrap_ms += judged.wrap_ms;
    }
}

/// Which sum a stretch of time goes into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stretch {
    Talk,
    Hold,
    Wrap,
    Whole,
}

/// Lays the lengths of time from the row's end backwards and cuts them at the boundaries of the intervals. What would lie
/// before the row's start lies at its end instead.
fn lay_backwards(truth: &mut Truth, judged: &Judged) {
    let stretches: &[(Stretch, DurationMs)] = match judged.formula {
        Formula::Spoken => {
            &[(Stretch::Wrap, judged.wrap_ms), (Stretch::Hold, judged.hold_ms), (Stretch::Talk, judged.talk_ms)]
        }
        _ => &[(Stretch::Whole, judged.handle_ms)],
    };
    let mut to = judged.end;
    for (stretch, length_ms) in stretches {
        let from = (to - length_ms).max(judged.start).min(to);
        let mut at = from;
        while at < to {
            let interval_start = truth.calendar.interval_start(at);
            let until = truth.calendar.interval_end(interval_start).min(to);
            add(tally(truth, at, judged), *stretch, until - at);
            at = until;
        }
        let rest_ms = length_ms - (to - from);
        if 0 < rest_ms {
            add(tally(truth, (judged.end - 1).max(judged.start), judged), *stretch, rest_ms);
        }
        to = from;
    }
}

fn add(tally: &mut Tally, stretch: Stretch, length_ms: DurationMs) {
    tally.handle_ms += length_ms;
    if stretch != Stretch::Whole {
        tally.parts_handle_ms += length_ms;
    }
    match stretch {
        Stretch::Talk => tally.talk_ms += length_ms,
        Stretch::Hold => tally.hold_ms += length_ms,
        Stretch::Wrap => tally.wrap_ms += length_ms,
        Stretch::Whole => {}
    }
}
