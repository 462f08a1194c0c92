//! What follows from a leg's facts and its drop reason: counts, service level, disposition, weight. Pure.

use super::custom;
use super::rules::Rules;
use crate::domain::exclusion::DropReason;
use crate::domain::leg::Leg;

/// Fills every outcome of the leg; the facts stay as they are.
pub fn decide(leg: &mut Leg, reason: Option<DropReason>, rules: &Rules) {
    let config = &rules.config;
    leg.kept = reason.is_none();
    leg.drop_reason = reason;
    leg.rules_version.clone_from(&rules.version);
    leg.offered = leg.arrival.is_some() && counts_visits(leg, reason);
    leg.short_abandoned = leg.offered && leg.abandoned_at.is_some() && leg.wait_ms < config.short_abandon_ms;
    leg.sla_breach = leg.wait_ms > config.sla_threshold_ms;
    let answered = leg.offered && leg.answered_at.is_some();
    let abandoned = leg.offered && leg.abandoned_at.is_some();
    leg.service_level_within = answered && leg.wait_ms <= leg.service_level_target_ms;
    leg.service_level_of = answered
        || (abandoned
            && config.service_level_abandons
            && (config.service_level_short_abandons || !leg.short_abandoned))
        || (leg.offered && leg.flow_out_at.is_some() && config.service_level_flow_outs);
    leg.resolved = rules.resolves(leg.wrapup_code_name.as_deref());
    leg.weight = rules.weight(leg);
    leg.weight_gap = rules.weight_gap(leg.transfers_out);
    flag_mismatch(leg, config.handle_mismatch_tolerance);
    evaluate_custom(leg, reason, rules);
}

/// Last, because an expression may ask for any other outcome. A contradictory leg's figures reach no row.
fn evaluate_custom(leg: &mut Leg, reason: Option<DropReason>, rules: &Rules) {
    leg.flags.retain(|flag| flag != custom::FAILED);
    let (results, failed) =
        if reason == Some(DropReason::Malformed) { (vec![0], false) } else { rules.custom.results(leg) };
    leg.custom = results;
    leg.flags.extend(failed.then(|| custom::FAILED.to_owned()));
}

/// Offered, answered and transfers leave out malformed, incomplete and transfer rows, and excluded queues.
#[must_use]
pub fn counts_visits(leg: &Leg, reason: Option<DropReason>) -> bool {
    let left_out = matches!(reason, Some(DropReason::Malformed | DropReason::Incomplete | DropReason::TransferRow));
    !left_out && !leg.queue_excluded && !leg.transfer_row
}

/// The platform's handle time against its parts, those among them that ours leaves out explained; the tolerance is a share
/// of the parts (METRICS scenario 19).
fn flag_mismatch(leg: &mut Leg, tolerance: f64) {
    leg.handle_mismatch_ms = None;
    leg.flags.retain(|flag| flag != "HANDLE_MISMATCH");
    let Some(reported_ms) = leg.reported_handle_ms else {
        return;
    };
    let parts_ms = leg.handle_ms + leg.system_hold_ms + leg.dialing_ms + leg.contacting_ms;
    let difference_ms = reported_ms - parts_ms;
    if leg.parts_known && difference_ms.abs() as f64 > tolerance * parts_ms as f64 {
        leg.handle_mismatch_ms = Some(difference_ms);
        leg.flags.push("HANDLE_MISMATCH".to_owned());
    }
}
