//! Pure: which figure of a leg lies in which interval, under each basis.

use std::collections::BTreeMap;

use handletime::domain::attribution::Basis;
use handletime::domain::interaction::PhaseKind;
use handletime::domain::interval::Grain;
use handletime::domain::time::InstantMs;

use super::calendar::Calendar;
use super::judge::Fate;
use super::leg::Leg;

/// An amount of a figure in the interval that begins at an instant. The figures `handle` and `wait` are values of
/// distributions, `exists` is only that the row does.
pub type Amount = (InstantMs, String, i64);

/// What time an agent is busy for.
const BUSY: [PhaseKind; 5] =
    [PhaseKind::Dialing, PhaseKind::Contacting, PhaseKind::Talk, PhaseKind::CustomerHold, PhaseKind::Wrap];

/// The figures whose sum handle time is.
const PARTS: [&str; 3] = ["talk_ms_sum", "customer_hold_ms_sum", "wrap_ms_sum"];

/// The kinds of time that make up handle time.
const HANDLED: [PhaseKind; 3] = [PhaseKind::Talk, PhaseKind::CustomerHold, PhaseKind::Wrap];

/// Places figures at one grain under one basis.
pub struct Placing<'a> {
    pub calendar: &'a Calendar,
    pub grain: Grain,
    pub basis: Basis,
}

impl Placing<'_> {
    /// Everything that a leg adds to rows of queues and of the organisation.
    pub fn amounts(&self, leg: &Leg, fate: &Fate, digital: bool, sla_threshold_ms: i64) -> Vec<Amount> {
        let mut amounts = Vec::new();
        let mut add = |at: InstantMs, figure: &str, amount: i64| {
            amounts.push((self.interval(at), figure.to_owned(), amount));
        };
        let end = leg.end.unwrap_or(leg.start);
        let by_basis = |at: Option<InstantMs>| match self.basis {
            Basis::Completion => at.unwrap_or(leg.start),
            _ => leg.start,
        };
        add(leg.start, "exists", 1);
        if fate.offered {
            let arrival = by_basis(leg.arrival);
            add(arrival, "offered", 1);
            add(arrival, "wait_ms_sum", leg.wait_ms);
            add(arrival, "wait", leg.wait_ms);
            let left = if fate.answered { leg.answered_at } else { leg.abandoned_at.or(leg.flow_out_at) };
            let left = by_basis(left);
            add(left, "answered", i64::from(fate.answered));
            add(left, "answered_wait_ms_sum", if fate.answered { leg.wait_ms } else { 0 });
            add(left, "abandoned", i64::from(fate.abandoned));
            add(left, "short_abandoned", i64::from(fate.short));
            add(left, "flow_out", i64::from(fate.flow_out));
            add(left, "service_level_within", i64::from(fate.within));
            add(left, "service_level_of", i64::from(fate.of));
        }
        if fate.moves {
            leg.transfers.iter().for_each(|at| add(by_basis(Some(*at)), "transfers_out", 1));
            if let Some(at) = leg.transferred_in_at {
                add(by_basis(Some(at)), "transfers_in", 1);
            }
        }
        if let Some(reason) = fate.reason {
            add(leg.start, &format!("excluded_{reason}"), 1);
            add(leg.start, &format!("excluded_{reason}_handle_ms"), leg.handle_ms);
            return amounts;
        }
        let whole = by_basis(Some(end));
        for (figure, amount) in counts(leg, fate, digital, sla_threshold_ms) {
            add(whole, figure, amount);
        }
        add(whole, "handle", leg.handle_ms);
        for (figure, length_ms, kinds) in lengths(leg) {
            let of_parts = ["handle_ms_sum", "parts_handle_ms_sum"].contains(&figure) && leg.parts_known;
            if self.basis == Basis::Apportioned && of_parts {
                continue;
            }
            if self.basis == Basis::Apportioned {
                for (at, ms) in self.spread(leg, length_ms, kinds) {
                    add(at, figure, ms);
                    if leg.parts_known && PARTS.contains(&figure) {
                        // The parts of an interval make up its handle time.
                        add(at, "handle_ms_sum", ms);
                        add(at, "parts_handle_ms_sum", ms);
                    }
                }
            } else {
                add(whole, figure, length_ms);
            }
        }
        amounts
    }

    /// When the agent of a kept leg was busy with it, cut at the intervals' ends: by interval.
    pub fn busy(&self, leg: &Leg) -> Vec<(InstantMs, (InstantMs, InstantMs))> {
        let mut pieces = Vec::new();
        for (_, from, to) in leg.spans.iter().filter(|(kind, _, _)| BUSY.contains(kind)) {
            self.cut(*from, *to, |interval, from, to| pieces.push((interval, (from, to))));
        }
        pieces
    }

    pub fn interval(&self, at: InstantMs) -> InstantMs {
        self.calendar.interval(at, self.grain).0
    }

    fn cut(&self, from: InstantMs, to: InstantMs, mut piece: impl FnMut(InstantMs, InstantMs, InstantMs)) {
        let mut at = from;
        while at < to {
            let (interval, next) = self.calendar.interval(at, self.grain);
            piece(interval, at, next.min(to));
            at = next;
        }
    }

    /// A length of time by interval: what the spans of these kinds cover, the rest at the end, an excess taken off there.
    fn spread(&self, leg: &Leg, whole_ms: i64, kinds: &[PhaseKind]) -> BTreeMap<InstantMs, i64> {
        let mut by_interval: BTreeMap<InstantMs, i64> = BTreeMap::new();
        for (_, from, to) in leg.spans.iter().filter(|(kind, _, _)| kinds.contains(kind)) {
            self.cut(*from, *to, |interval, from, to| *by_interval.entry(interval).or_insert(0) += to - from);
        }
        let covered: i64 = by_interval.values().sum();
        if covered < whole_ms {
            let last = leg.end.unwrap_or(leg.start).max(leg.start + 1) - 1;
            *by_interval.entry(self.interval(last)).or_insert(0) += whole_ms - covered;
        }
        let mut excess_ms = (covered - whole_ms).max(0);
        for length_ms in by_interval.values_mut().rev() {
            let taken_ms = excess_ms.min(*length_ms);
            *length_ms -= taken_ms;
            excess_ms -= taken_ms;
        }
        by_interval
    }
}

/// Lengths of a kept leg, and the kinds of time that they lie in. Unknown parts are zero in the facts already.
fn lengths(leg: &Leg) -> [(&'static str, i64, &'static [PhaseKind]); 7] {
    let all = &[
        PhaseKind::Dialing,
        PhaseKind::Contacting,
        PhaseKind::Talk,
        PhaseKind::CustomerHold,
        PhaseKind::SystemHold,
        PhaseKind::Wrap,
    ];
    [
        ("talk_ms_sum", leg.talk_ms, &[PhaseKind::Talk]),
        ("customer_hold_ms_sum", leg.hold_ms, &[PhaseKind::CustomerHold]),
        ("system_hold_ms_sum", leg.system_hold_ms, &[PhaseKind::SystemHold]),
        ("wrap_ms_sum", leg.wrap_ms, &[PhaseKind::Wrap]),
        ("handle_ms_sum", leg.handle_ms, &HANDLED),
        ("parts_handle_ms_sum", if leg.parts_known { leg.handle_ms } else { 0 }, &HANDLED),
        ("genesys_handle_ms_sum", leg.genesys_ms, all),
    ]
}

/// What a kept leg adds whole.
fn counts(leg: &Leg, fate: &Fate, digital: bool, sla_threshold_ms: i64) -> Vec<(&'static str, i64)> {
    let parts = i64::from(leg.parts_known);
    // Weights are in millionths, and the sum is in thousandths of a millisecond.
    let weighted = (leg.talk_ms + leg.wrap_ms) * fate.weight_micro;
    vec![
        ("handled", 1),
        ("handled_wait_ms_sum", leg.wait_ms),
        ("active_agent_ms_sum", leg.active_ms.filter(|_| digital).unwrap_or(0)),
        ("elapsed_agent_ms_sum", leg.elapsed_ms.filter(|_| digital).unwrap_or(0)),
        ("sla_breaches", i64::from(sla_threshold_ms < leg.wait_ms)),
        ("fcr_numerator", i64::from(fate.resolved)),
        ("fcr_denominator", 1),
        ("wrapup_missing", i64::from(leg.code_id.is_none() && leg.code_name.is_none())),
        ("parts_handled", parts),
        ("weht_milli_sum", parts * (weighted + 500) / 1_000),
        ("weht_tier_gap", parts * i64::from(fate.gap)),
    ]
}
