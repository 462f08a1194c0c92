//! Which interval each figure of a leg belongs to: START, COMPLETION, APPORTIONED. Pure.

use chrono_tz::Tz;

use super::clip::{Part, clip};
use crate::domain::attribution::Basis;
use crate::domain::interaction::PhaseKind;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::leg::Leg;
use crate::domain::sums::{Figure, Sums};
use crate::domain::time::{InstantMs, TimeRange};
use crate::timeline::outcome::counts_visits;
use crate::timeline::{phases, transfers};

/// What a leg adds at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Additive figures.
    pub sums: Sums,
    /// A handle time that joins the distribution.
    pub handle: Option<i64>,
    /// A wait that joins the distribution.
    pub wait: Option<i64>,
}

/// What a leg adds to one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The interval.
    pub interval: TimeRange,
    /// What is added.
    pub delta: Delta,
}

/// The pieces of a leg under a basis, at a grain. A leg without a start has none.
#[must_use]
pub fn attribute(leg: &Leg, basis: Basis, grain: Grain, zone: Tz) -> Vec<Piece> {
    let Some(start) = leg.start else {
        return Vec::new();
    };
    let mut pieces = Pieces { grain, zone, list: Vec::with_capacity(1) };
    let completion = |at: Option<InstantMs>| if basis == Basis::Completion { at.unwrap_or(start) } else { start };
    let end = leg.end.unwrap_or(start);
    // the row of the leg's own start exists whatever becomes of the leg.
    pieces.at(start);
    visit(leg, &mut pieces, start, &completion);
    hand_over(leg, &mut pieces, &completion);
    if let Some(reason) = leg.drop_reason {
        // drops stand at their own start under every basis.
        pieces.at(start).sums.exclude(reason, 1, leg.handle_ms);
        return pieces.list;
    }
    if basis == Basis::Apportioned {
        clipped(leg, &mut pieces, start, end);
    } else {
        let delta = pieces.at(completion(leg.end));
        lengths(leg).into_iter().for_each(|(figure, length_ms)| delta.sums.add(figure, length_ms));
    }
    counts(leg, pieces.at(completion(leg.end)));
    pieces.list
}

/// Lays a leg's pieces anew at another grain. Under START everything lies in the interval of the leg's start, so what it
/// adds there stands.
pub fn lay_at(pieces: &mut Vec<Piece>, leg: &Leg, basis: Basis, grain: Grain, zone: Tz) {
    match (basis, leg.start, pieces.as_mut_slice()) {
        (Basis::Start, Some(start), [piece]) => piece.interval = interval_at(start, grain, zone),
        _ => *pieces = attribute(leg, basis, grain, zone),
    }
}

/// Transfers of a leg, and the one that it is the target of, count whether or not the leg is kept, but for the reasons
/// of R-21. A dialect that only counts them has them all at the leg's end.
fn hand_over(leg: &Leg, pieces: &mut Pieces, at: &impl Fn(Option<InstantMs>) -> InstantMs) {
    if !counts_visits(leg, leg.drop_reason) {
        return;
    }
    let made = transfers::decode(&leg.transfers).unwrap_or_default();
    for (_, made_at) in &made {
        pieces.at(at(Some(*made_at))).sums.add(Figure::TransfersOut, 1);
    }
    let counted = leg.transfers_out - made.len() as i64;
    if counted != 0 {
        pieces.at(at(leg.end)).sums.add(Figure::TransfersOut, counted);
    }
    if leg.transferred_in_at.is_some() {
        pieces.at(at(leg.transferred_in_at)).sums.add(Figure::TransfersIn, 1);
    }
}

fn visit(leg: &Leg, pieces: &mut Pieces, start: InstantMs, at: &impl Fn(Option<InstantMs>) -> InstantMs) {
    if !leg.offered {
        return;
    }
    let arrival = pieces.at(at(leg.arrival));
    arrival.sums.add(Figure::Offered, 1);
    arrival.sums.add(Figure::WaitMs, leg.wait_ms);
    arrival.wait = Some(leg.wait_ms);
    let ended_at = leg.answered_at.or(leg.abandoned_at).or(leg.flow_out_at);
    let ended = pieces.at(ended_at.map_or(start, |ended_at| at(Some(ended_at))));
    if leg.answered_at.is_some() {
        ended.sums.add(Figure::Answered, 1);
        ended.sums.add(Figure::AnsweredWaitMs, leg.wait_ms);
    } else if leg.abandoned_at.is_some() {
        ended.sums.add(Figure::Abandoned, 1);
        ended.sums.add(Figure::ShortAbandoned, i64::from(leg.short_abandoned));
    } else if leg.flow_out_at.is_some() {
        ended.sums.add(Figure::FlowOut, 1);
    }
    ended.sums.add(Figure::ServiceLevelWithin, i64::from(leg.service_level_within));
    ended.sums.add(Figure::ServiceLevelOf, i64::from(leg.service_level_of));
}

/// The lengths of time of a kept leg that are clipped under APPORTIONED; unknown parts add nothing.
fn lengths(leg: &Leg) -> [(Figure, i64); 7] {
    let part = |length_ms: i64| if leg.parts_known { length_ms } else { 0 };
    [
        (Figure::TalkMs, part(leg.talk_ms)),
        (Figure::CustomerHoldMs, part(leg.customer_hold_ms)),
        (Figure::SystemHoldMs, part(leg.system_hold_ms)),
        (Figure::WrapMs, part(leg.wrap_ms)),
        (Figure::HandleMs, leg.handle_ms),
        (Figure::PartsHandleMs, part(leg.handle_ms)),
        (Figure::GenesysHandleMs, leg.genesys_handle_ms.unwrap_or(0)),
    ]
}

/// Counts, waits, elapsed and active time, and the distribution's value: whole, in one interval.
fn counts(leg: &Leg, delta: &mut Delta) {
    let sums = &mut delta.sums;
    sums.add(Figure::Handled, 1);
    sums.add(Figure::HandledWaitMs, leg.wait_ms);
    sums.add(Figure::ActiveAgentMs, leg.active_agent_ms.unwrap_or(0));
    sums.add(Figure::ElapsedAgentMs, leg.elapsed_agent_ms.unwrap_or(0));
    sums.add(Figure::SlaBreaches, i64::from(leg.sla_breach));
    sums.add(Figure::FcrNumerator, i64::from(leg.resolved));
    sums.add(Figure::FcrDenominator, 1);
    let missing = leg.wrapup_code_id.is_none() && leg.wrapup_code_name.is_none();
    sums.add(Figure::WrapupMissing, i64::from(missing));
    if leg.parts_known {
        sums.add(Figure::PartsHandled, 1);
        let weighted = (leg.talk_ms + leg.wrap_ms) as f64 * leg.weight * 1_000.0;
        sums.add(Figure::WehtMilli, weighted.round() as i64);
        sums.add(Figure::WehtTierGap, i64::from(leg.weight_gap));
    }
    delta.handle = Some(leg.handle_ms);
}

/// Each part is laid over its own positions; handle time is where its parts are, so that the parts of an interval make
/// it up. What has no position lies at the leg's end.
fn clipped(leg: &Leg, pieces: &mut Pieces, start: InstantMs, end: InstantMs) {
    use PhaseKind::{Contacting, CustomerHold, Dialing, SystemHold, Talk, Wrap};
    let phases = phases::decode(&leg.phases).unwrap_or_default();
    let of = |kinds: &[PhaseKind]| -> Vec<TimeRange> {
        let chosen = phases.iter().filter(|phase| kinds.contains(&phase.kind));
        chosen.map(|phase| TimeRange { from: phase.start, to: phase.end }).collect()
    };
    let (grain, zone) = (pieces.grain, pieces.zone);
    let mut lay = |total_ms: i64, kinds: &[PhaseKind], figures: &[Figure]| {
        for Part { interval, length_ms } in clip(total_ms, &of(kinds), end.max(start + 1), grain, zone) {
            let sums = &mut pieces.of(interval).sums;
            figures.iter().for_each(|figure| sums.add(*figure, length_ms));
        }
    };
    if leg.parts_known {
        let handle = [Figure::HandleMs, Figure::PartsHandleMs];
        let parts = [(leg.talk_ms, Talk, Figure::TalkMs), (leg.customer_hold_ms, CustomerHold, Figure::CustomerHoldMs)];
        for (total_ms, kind, figure) in parts.into_iter().chain([(leg.wrap_ms, Wrap, Figure::WrapMs)]) {
            lay(total_ms, &[kind], &[figure, handle[0], handle[1]]);
        }
        lay(leg.system_hold_ms, &[SystemHold], &[Figure::SystemHoldMs]);
    } else {
        lay(leg.handle_ms, &[Talk, CustomerHold, Wrap], &[Figure::HandleMs]);
    }
    let all = [Dialing, Contacting, Talk, CustomerHold, SystemHold, Wrap];
    lay(leg.genesys_handle_ms.unwrap_or(0), &all, &[Figure::GenesysHandleMs]);
}

struct Pieces {
    grain: Grain,
    zone: Tz,
    list: Vec<Piece>,
}

impl Pieces {
    fn at(&mut self, at: InstantMs) -> &mut Delta {
        if let Some(known) = self.list.iter().position(|piece| piece.interval.contains(at)) {
            return &mut self.list[known].delta;
        }
        self.of(interval_at(at, self.grain, self.zone))
    }

    fn of(&mut self, interval: TimeRange) -> &mut Delta {
        let known = self.list.iter().position(|piece| piece.interval == interval);
        let index = known.unwrap_or_else(|| {
            self.list.push(Piece { interval, delta: Delta::default() });
            self.list.len() - 1
        });
        &mut self.list[index].delta
    }
}

#[cfg(test)]
mod tests;
