//! A reading's legs, measured and judged. Pure.

use super::carries::carries;
use super::conversation::session::Draft;
use super::conversation::whole;
use super::rules::Rules;
use super::{contradiction, flat, judge, outcome, transfers};
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::{Interaction, LegRole};
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;
use crate::domain::transfer::Transfer;

/// What measuring a reading gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// All legs, in the order of their keys.
    pub legs: Vec<Leg>,
    /// The transfers made, in the order of their numbers; none while the interaction is open.
    pub transfers: Vec<Transfer>,
    /// For each leg that contradicts itself, the rule that it breaks: the interaction also goes to `dead-letters`.
    pub contradictions: Vec<String>,
}

/// Measures and judges every leg of a reading. The order of what the reading lists makes no difference.
#[must_use]
pub fn measure(interaction: &Interaction, rules: &Rules, watermark: Option<InstantMs>) -> Measured {
    let (mut drafts, mut made) = (Vec::new(), Vec::new());
    for said in interaction.legs.iter().filter(|said| matches!(said.role, LegRole::Row | LegRole::Unknown)) {
        let mut leg = flat::facts(interaction, said, rules);
        let contradictions: Vec<String> = contradiction::of_figures(said, interaction).into_iter().collect();
        if contradictions.is_empty()
            && let Some(transfer) = flat::transfer(&leg)
        {
            leg.transfers = transfers::encode(&[(transfer.transfer_seq, transfer.transfer_time)]);
            made.push(transfer);
        }
        drafts.push(Draft { leg, phases: Vec::new(), talked: false, contradictions });
    }
    if carries(interaction.source).conversation {
        let (of_conversation, transfers) = whole::drafts(interaction, rules);
        drafts.extend(of_conversation);
        made.extend(transfers);
    }
    drafts.sort_by(|a, b| {
        let (one, other) = (&a.leg, &b.leg);
        (&one.participant_id, &one.session_id).cmp(&(&other.participant_id, &other.session_id))
    });
    let mut measured = Measured { legs: Vec::with_capacity(drafts.len()), transfers: made, contradictions: Vec::new() };
    for Draft { mut leg, contradictions, .. } in drafts {
        let malformed = !contradictions.is_empty();
        let reason = judge::drop_reason(&leg, malformed, rules, watermark);
        if malformed {
            // Its figures contradict each other, so none of them may reach a row: only the count does.
            leg.handle_ms = 0;
            leg.wait_ms = 0;
            // A rule with a name has it before the colon.
            let named = contradictions.iter().filter_map(|rule| rule.split_once(": "));
            leg.flags.extend(named.map(|(name, _)| name.to_owned()));
        }
        outcome::decide(&mut leg, reason, rules);
        measured.legs.push(leg);
        measured.contradictions.extend(contradictions);
    }
    measured
}

/// Judges a settling leg again, from its row alone; `None` when it is still settling.
#[must_use]
pub fn settle(leg: &Leg, rules: &Rules, watermark: InstantMs) -> Option<Leg> {
    let reason = judge::drop_reason(leg, false, rules, Some(watermark));
    if leg.drop_reason != Some(DropReason::Settling) || reason == Some(DropReason::Settling) {
        return None;
    }
    let mut settled = leg.clone();
    outcome::decide(&mut settled, reason, rules);
    Some(settled)
}
