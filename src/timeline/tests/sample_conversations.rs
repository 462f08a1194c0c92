//! Conversations from compact texts, as the readers of their dialects put them. Pure.
//!
//! A line is (what, from, to, queue, agent). Times are of 2024-01-15 unless they name a date; an empty text is absent. What:
//! `wait`, `alert`, `dialing`, `contacting`, `talk`, `hold`, `system`, `wrap`, `parked`, `unknown` are phases; `transfer`,
//! `blind`, `consult` are transfers at `from`, to that queue, by that agent; `code` is a wrap-up code set at `from`, whose
//! name stands for the queue.

use super::samples::flat_row;
use crate::domain::interaction::{
    Interaction, InteractionDisposition, InteractionLeg, InteractionTransfer, LegRole, Phase, PhaseKind,
};
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, InstantMs, parse_instant};
use crate::domain::transfer::TransferKind;

/// (what, from, to, queue, agent).
pub(crate) type Line<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// A completed conversation of `interaction-events`, inbound voice, with one leg a (queue, agent) pair and one a queue;
/// read long after.
pub(crate) fn events_conversation(id: &str, lines: &[Line<'_>]) -> Interaction {
    conversation(id, Dialect::InteractionEvents, lines, |(_, _, _, queue, agent), _| {
        let session = if agent.is_empty() { queue.to_owned() } else { format!("{queue}/{agent}") };
        (String::new(), session)
    })
}

/// The same in `conversation-details`: one session an agent (`s-A1` of participant `p-A1`), and one a wait (`acd-0`, …).
/// It has no platform metrics: [`with_leg`] gives them.
pub(crate) fn details_conversation(id: &str, lines: &[Line<'_>]) -> Interaction {
    conversation(id, Dialect::ConversationDetails, lines, |(_, _, _, _, agent), waits| {
        if agent.is_empty() {
            (format!("acd-{waits}"), format!("acd-{waits}"))
        } else {
            (format!("p-{agent}"), format!("s-{agent}"))
        }
    })
}

/// The conversation with one of its legs changed.
pub(crate) fn with_leg(
    mut conversation: Interaction,
    session_id: &str,
    change: impl FnOnce(&mut InteractionLeg),
) -> Interaction {
    change(conversation.legs.iter_mut().find(|leg| leg.session_id == session_id).unwrap());
    conversation.content_hash = conversation.computed_hash();
    conversation
}

/// An instant of a line.
pub(crate) fn at(text: &str) -> InstantMs {
    let full = if text.contains('T') { text.to_owned() } else { format!("2024-01-15T{text}") };
    parse_instant(&format!("{full}Z")).unwrap()
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn conversation(
    id: &str,
    source: Dialect,
    lines: &[Line<'_>],
    session: impl Fn(Line<'_>, usize) -> (String, String),
) -> Interaction {
    let mut read = flat_row(id, "2024-01-15T00:00:00Z", "2024-01-15T00:00:00Z");
    let blank = read.legs.remove(0);
    (read.source, read.conversation_id) = (source, Some(id.to_owned()));
    read.direction = Some("inbound".to_owned());
    let mut waits = 0;
    for line in lines {
        let (what, from, to, queue, agent) = *line;
        let kind = match what {
            "transfer" => Some(TransferKind::Unknown),
            "blind" => Some(TransferKind::Blind),
            "consult" => Some(TransferKind::Consult),
            _ => None,
        };
        if let Some(kind) = kind {
            let details = source != Dialect::InteractionEvents;
            read.transfers.push(InteractionTransfer {
                at: at(from),
                kind,
                session_id: some(agent).filter(|_| details).map(|agent| format!("s-{agent}")),
                user_id: some(agent).filter(|_| !details),
                to_queue_id: some(queue),
                to_user_id: None,
            });
        } else if what == "code" {
            read.dispositions.push(InteractionDisposition {
                at: at(from),
                session_id: None,
                user_id: some(agent),
                code_id: some(queue),
                code_name: some(queue),
            });
        } else {
            let (participant_id, session_id) = session(*line, waits);
            waits += usize::from(what == "wait");
            let known = |leg: &InteractionLeg| (&leg.participant_id, &leg.session_id) == (&participant_id, &session_id);
            let index = read.legs.iter().position(known).unwrap_or_else(|| {
                let role = if agent.is_empty() { LegRole::Queue } else { LegRole::Agent };
                let (queue_id, user_id) = (some(queue), some(agent));
                let (start, end) = (None, None);
                let (participant_id, session_id) = (participant_id.clone(), session_id.clone());
                let new =
                    InteractionLeg { role, participant_id, session_id, queue_id, user_id, start, end, ..blank.clone() };
                read.legs.push(new);
                read.legs.len() - 1
            });
            read.legs[index].phases.push(Phase { kind: phase_kind(what), start: at(from), end: at(to) });
        }
    }
    let phases = || read.legs.iter().flat_map(|leg| &leg.phases);
    let start = phases().map(|phase| phase.start).min().unwrap();
    let end = phases().map(|phase| phase.end).max().unwrap();
    (read.start, read.end) = (start, Some(end));
    (read.version, read.extracted_at) = (end + 30 * DAY_MS, end + 30 * DAY_MS);
    read.content_hash = read.computed_hash();
    read
}

fn phase_kind(what: &str) -> PhaseKind {
    match what {
        "wait" => PhaseKind::Wait,
        "alert" => PhaseKind::Alert,
        "dialing" => PhaseKind::Dialing,
        "contacting" => PhaseKind::Contacting,
        "talk" => PhaseKind::Talk,
        "hold" => PhaseKind::CustomerHold,
        "system" => PhaseKind::SystemHold,
        "wrap" => PhaseKind::Wrap,
        "parked" => PhaseKind::Parked,
        "unknown" => PhaseKind::Unknown,
        other => panic!("a line of a sample says {other}"),
    }
}
