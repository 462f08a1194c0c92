//! A reading's legs, measured and judged. Pure.

use super::rules::Rules;
use super::{flat, judge, outcome};
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::Interaction;
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;

/// What measuring a reading gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// All legs, in the order of their keys.
    pub legs: Vec<Leg>,
    /// For each leg that contradicts itself, the rule that it breaks: the interaction also goes to `dead-letters`.
    pub contradictions: Vec<String>,
}

/// Measures and judges every leg of a reading.
#[must_use]
pub fn measure(interaction: &Interaction, rules: &Rules, watermark: Option<InstantMs>) -> Measured {
    let mut contradictions = Vec::new();
    let mut legs: Vec<Leg> = interaction
        .legs
        .iter()
        .map(|said| {
            let contradiction = flat::contradiction(said, interaction);
            let mut leg = flat::facts(interaction, said, rules);
            let reason = judge::drop_reason(&leg, contradiction.is_some(), rules, watermark);
            if contradiction.is_some() {
                // Its figures contradict each other, so none of them may reach a row: only the count does.
                leg.handle_ms = 0;
                leg.wait_ms = 0;
            }
            outcome::decide(&mut leg, reason, rules);
            contradictions.extend(contradiction);
            leg
        })
        .collect();
    legs.sort_by(|a, b| (&a.participant_id, &a.session_id).cmp(&(&b.participant_id, &b.session_id)));
    Measured { legs, contradictions }
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
