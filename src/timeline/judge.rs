//! The one reason for which a leg is not counted as handled. Pure.

use super::carries::carries;
use super::rules::{Formula, Rules};
use super::talk;
use crate::domain::exclusion::DropReason;
use crate::domain::interaction::InteractionStatus;
use crate::domain::leg::Leg;
use crate::domain::time::InstantMs;

/// First match in the order of [`DropReason`]; `None`: the leg is kept.
///
/// `watermark` is the source time up to which the task knows the input to be complete; `None` before it knows any.
#[must_use]
pub fn drop_reason(leg: &Leg, malformed: bool, rules: &Rules, watermark: Option<InstantMs>) -> Option<DropReason> {
    let formula = rules.formula(leg.media_type);
    if malformed {
        return Some(DropReason::Malformed);
    }
    if matches!(leg.status, InteractionStatus::Open | InteractionStatus::Unknown) {
        return Some(DropReason::Incomplete);
    }
    if formula == Formula::Digital && is_settling(leg, rules, watermark) {
        return Some(DropReason::Settling);
    }
    if leg.transfer_row {
        return Some(DropReason::TransferRow);
    }
    if leg.queue_excluded {
        return Some(DropReason::Queue);
    }
    if rules.wrapup_excluded(leg.wrapup_code_id.as_deref(), leg.wrapup_code_name.as_deref()) {
        return Some(DropReason::Wrapup);
    }
    if abandoned(leg) {
        return Some(DropReason::Abandoned);
    }
    if leg.flow_out_at.is_some() {
        return Some(DropReason::FlowOut);
    }
    if leg.user_id.is_none() && carries(leg.source).agent {
        return Some(DropReason::NoAgent);
    }
    if formula == Formula::Unmapped {
        return Some(DropReason::UnmappedMedia);
    }
    if leg.handle_ms == 0 {
        return Some(DropReason::ZeroDuration);
    }
    let talk_known = !leg.flags.iter().any(|flag| flag == talk::UNKNOWN);
    if formula == Formula::Voice && talk_known && rules.talk_too_short(leg.talk_ms) {
        return Some(DropReason::ShortTalk);
    }
    None
}

/// A row says so by its status; in a conversation the visit does, and the other legs of it are not abandoned.
fn abandoned(leg: &Leg) -> bool {
    leg.abandoned_at.is_some() || (leg.status == InteractionStatus::Abandoned && !carries(leg.source).conversation)
}

/// Neither read nor known complete later than `kpi.settling.ms` after its end.
#[must_use]
pub fn is_settling(leg: &Leg, rules: &Rules, watermark: Option<InstantMs>) -> bool {
    settles_after(leg, rules).is_some_and(|settled| leg.version <= settled && watermark.is_none_or(|at| at <= settled))
}

/// The instant after which the leg's figures count as settled.
#[must_use]
pub fn settles_after(leg: &Leg, rules: &Rules) -> Option<InstantMs> {
    leg.end.map(|end| end + rules.config.settling_ms)
}
