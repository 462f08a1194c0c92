//! One session of an agent or of a queue as a leg: positions from segments, durations from metrics. Pure.

use std::collections::BTreeSet;

use super::record::{Segment, Session};
use crate::domain::interaction::{InteractionLeg, LegRole, Phase, PhaseKind};
use crate::genesys::reference::skill_set;

/// What the session's segments say of the leg, whatever its role.
fn placed(session: &Session, role: LegRole) -> InteractionLeg {
    let skills: BTreeSet<&str> =
        session.segments.iter().flat_map(|segment| &segment.skill_ids).map(String::as_str).collect();
    let first = |of: fn(&Segment) -> Option<&String>| session.segments.iter().find_map(of).cloned();
    let phase = |segment: &Segment| Phase {
        kind: kind(role, &segment.word),
        start: segment.start,
        end: segment.end.unwrap_or(segment.start),
    };
    InteractionLeg {
        queue_id: first(|segment| segment.queue_id.as_ref()),
        start: session.start(),
        end: session.end(),
        skill_set: skill_set(skills.into_iter().filter(|id| !id.is_empty())),
        language: first(|segment| segment.language_id.as_ref()).unwrap_or_default(),
        phases: session.segments.iter().map(phase).collect(),
        ..InteractionLeg::blank(role)
    }
}

/// An agent's session.
pub(super) fn agent_leg(session: &Session) -> InteractionLeg {
    let talk_ms = ["tTalk", "tTalkComplete", "tActiveCallback"].into_iter().find_map(|name| session.sum(name));
    let hold_ms = session.sum("tHeld").or_else(|| session.sum("tHeldComplete"));
    let [wrap_ms, dialing_ms, contacting_ms, handle_ms] =
        ["tAcw", "tDialing", "tContacting", "tHandle"].map(|name| session.sum(name));
    let timed = [talk_ms, hold_ms, wrap_ms, dialing_ms, contacting_ms, handle_ms].iter().any(Option::is_some);
    // A timer that did not run is not emitted.
    let ran = |timer: Option<i64>| if timed { timer.or(Some(0)) } else { None };
    let wrapups = session.segments.iter().filter(|segment| segment.word == "wrapup");
    InteractionLeg {
        talk_ms,
        hold_ms: ran(hold_ms),
        wrap_ms: ran(wrap_ms),
        dialing_ms: ran(dialing_ms),
        contacting_ms: ran(contacting_ms),
        // No total yet is not a total of nothing.
        reported_handle_ms: handle_ms,
        wrapup_code_id: wrapups.filter_map(|segment| segment.code.clone()).next_back(),
        ..placed(session, LegRole::Agent)
    }
}

/// A stay in a queue.
pub(super) fn queue_leg(session: &Session) -> InteractionLeg {
    let abandoned = session.sum("tAbandon").map(|_| session.emitted_at("tAbandon").or(session.end()));
    InteractionLeg {
        wait_ms: ["tAcd", "tAbandon", "tFlowOut"].into_iter().find_map(|name| session.sum(name)),
        abandoned_at: abandoned.flatten(),
        flow_out_at: session.emitted_at("tFlowOut"),
        ..placed(session, LegRole::Queue)
    }
}

fn kind(role: LegRole, word: &str) -> PhaseKind {
    match (role, word) {
        (LegRole::Queue, "interact" | "delay") => PhaseKind::Wait,
        (LegRole::Queue, _) => PhaseKind::Unknown,
        (_, "alert") => PhaseKind::Alert,
        (_, "dialing") => PhaseKind::Dialing,
        (_, "contacting") => PhaseKind::Contacting,
        (_, "interact") => PhaseKind::Talk,
        (_, "hold") => PhaseKind::CustomerHold,
        (_, "system" | "delay" | "converting") => PhaseKind::SystemHold,
        (_, "wrapup") => PhaseKind::Wrap,
        (_, "parked") => PhaseKind::Parked,
        _ => PhaseKind::Unknown,
    }
}
