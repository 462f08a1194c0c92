//! What a correct reader of a dialect knows of a conversation in the end, by construction from what was drawn. Pure.

use super::super::centre::{LANGUAGES, QUEUES, SKILLS, agent_id, service_level_ms};
use super::super::row::id_text;
use super::super::truth::conversation::{Stretch, TrueConversation, TrueLeg, TrueTransfer, TrueTransferKind};
use super::model::{AgentSession, Conversation, Next, Target, Transfer, Visit, VisitEnd, Wrap};
use super::shape::Shape;
use crate::domain::time::{DurationMs, InstantMs};

/// A stretch of time.
type Placed = (Stretch, InstantMs, InstantMs);

/// The conversation's final form as the dialect lets one know it.
#[must_use]
pub fn true_conversation(told: &Conversation, shape: Shape) -> TrueConversation {
    let shown: Vec<usize> =
        (0..told.sessions.len()).filter(|number| is_shown(&told.sessions[*number], shape)).collect();
    let unanswered: Vec<usize> =
        (0..told.visits.len()).filter(|number| answerer(&told.visits[*number]).is_none()).collect();
    let leg_of_session = |session: usize| shown.iter().position(|number| *number == session);
    let leg_of_visit = |visit: usize| match answerer(&told.visits[visit]) {
        Some(session) => leg_of_session(session),
        None => unanswered.iter().position(|number| *number == visit).map(|place| shown.len() + place),
    };
    let mut legs: Vec<TrueLeg> = shown.iter().map(|number| agent_leg(told, *number, shape)).collect();
    legs.extend(unanswered.iter().map(|number| queue_leg(told, &told.visits[*number], shape)));
    for transfer in &told.transfers {
        let target = match transfer.next {
            Next::Visit(visit) => leg_of_visit(usize::from(visit)),
            Next::Session(session) => leg_of_session(usize::from(session)),
            Next::Nothing => None,
        };
        let Some(leg) = leg_of_session(usize::from(transfer.session)) else { continue };
        legs[leg].transfers.push(true_transfer(transfer, target, shape));
        legs[leg].malformed |= loses_its_way(transfer, shape);
        if let Some(target) = target {
            legs[target].transferred_in_at = Some(transfer.at);
        }
    }
    let direction = match (shape, told.outbound) {
        (Shape::Details, true) => Some("outbound"),
        (Shape::Details, false) => Some("inbound"),
        (Shape::Events | Shape::Metrics, _) => None,
    };
    TrueConversation { id: id_text(told.id), direction, legs }
}

/// Events have neither ringing nor dialing: a session of nothing else is not there.
fn is_shown(session: &AgentSession, shape: Shape) -> bool {
    shape == Shape::Details || session.wrap.is_some() || session.parts.iter().any(|part| is_told(part.kind, shape))
}

/// Whether the dialect has a word for such a stretch.
pub(super) fn is_told(kind: Stretch, shape: Shape) -> bool {
    shape == Shape::Details
        || matches!(kind, Stretch::Wait | Stretch::Talk | Stretch::CustomerHold | Stretch::SystemHold | Stretch::Wrap)
}

fn answerer(visit: &Visit) -> Option<usize> {
    match visit.end {
        VisitEnd::Answered(session) => Some(usize::from(session)),
        VisitEnd::Abandoned | VisitEnd::FlowOut => None,
    }
}

/// Only events name the queue, so only there is it seen that no wait follows.
fn loses_its_way(transfer: &Transfer, shape: Shape) -> bool {
    shape == Shape::Events && matches!(transfer.to, Target::Queue(_)) && transfer.next == Next::Nothing
}

fn true_transfer(transfer: &Transfer, target: Option<usize>, shape: Shape) -> TrueTransfer {
    let kind = match (shape, transfer.consult) {
        (Shape::Details, true) => TrueTransferKind::Consult,
        (Shape::Details, false) => TrueTransferKind::Blind,
        (Shape::Events | Shape::Metrics, _) => TrueTransferKind::Unknown,
    };
    let named = shape == Shape::Events || target.is_some();
    let to_queue_id = match transfer.to {
        Target::Queue(queue) if named => Some(QUEUES[usize::from(queue)].id.to_owned()),
        Target::Queue(_) | Target::Agent(_) => None,
    };
    TrueTransfer { at: transfer.at, kind, to_queue_id, target, malformed: loses_its_way(transfer, shape) }
}

fn agent_leg(told: &Conversation, number: usize, shape: Shape) -> TrueLeg {
    let session = &told.sessions[number];
    let visit = session.visit.map(|visit| &told.visits[usize::from(visit)]);
    let stretches = stretches(session, visit, shape);
    let by_metrics = shape == Shape::Details;
    let wrap_ms = match (&session.wrap, by_metrics) {
        (Some(wrap), true) => wrap.metric_ms,
        (Some(wrap), false) => wrap.to - wrap.from,
        (None, _) => 0,
    };
    let total_ms = |kind: Stretch| -> DurationMs {
        if by_metrics {
            return session.total_ms(&[kind]);
        }
        stretches.iter().filter(|(other, ..)| *other == kind).map(|(_, from, to)| to - from).sum()
    };
    let system_hold_ms = total_ms(Stretch::SystemHold);
    let customer_hold_ms = total_ms(Stretch::CustomerHold);
    let mut leg = TrueLeg {
        user_id: Some(agent_id(session.agent)),
        answered_at: visit
            .and_then(|_| session.parts.iter().find(|part| part.kind == Stretch::Talk).map(|part| part.from)),
        talk_ms: total_ms(Stretch::Talk),
        // The platform's metrics know one kind of hold.
        customer_hold_ms: if by_metrics { customer_hold_ms + system_hold_ms } else { customer_hold_ms },
        system_hold_ms: if by_metrics { 0 } else { system_hold_ms },
        wrap_ms,
        dialing_ms: total_ms(Stretch::Dialing),
        contacting_ms: total_ms(Stretch::Contacting),
        reported_handle_ms: session.reported_handle_ms().filter(|_| by_metrics),
        malformed: session.wraps_first(),
        ..blank(told, session.queue, visit, shape)
    };
    if let Some(code) = session.wrap.and_then(|wrap| wrap.code) {
        leg.wrapup_id = Some(code.id());
        leg.wrapup_name = code.name().map(str::to_owned);
    }
    placed(leg, stretches)
}

/// A visit that no agent answered.
fn queue_leg(told: &Conversation, visit: &Visit, shape: Shape) -> TrueLeg {
    let leg = TrueLeg {
        abandoned_at: (visit.end == VisitEnd::Abandoned).then_some(visit.to),
        flow_out_at: (visit.end == VisitEnd::FlowOut).then_some(visit.to),
        ..blank(told, Some(visit.queue), Some(visit), shape)
    };
    placed(leg, vec![(Stretch::Wait, visit.from, visit.to)])
}

fn placed(leg: TrueLeg, stretches: Vec<Placed>) -> TrueLeg {
    let start = stretches.iter().map(|(_, from, _)| *from).min().unwrap_or(leg.start);
    let end = stretches.iter().map(|(.., to)| *to).max().unwrap_or(leg.end);
    TrueLeg { start, end, stretches, ..leg }
}

/// What follows from the queue and the visit alone.
fn blank(told: &Conversation, queue: Option<u8>, visit: Option<&Visit>, shape: Shape) -> TrueLeg {
    let queue = queue.map(|queue| &QUEUES[usize::from(queue)]);
    let media = told.kind.word();
    TrueLeg {
        media,
        queue_id: queue.map(|queue| queue.id.to_owned()),
        queue_name: queue.map(|queue| queue.name.to_owned()),
        user_id: None,
        start: told.start,
        end: told.start,
        arrival: visit.map(|visit| visit.from),
        answered_at: None,
        abandoned_at: None,
        flow_out_at: None,
        stretches: Vec::new(),
        wait_ms: visit.map_or(0, |visit| visit.to - visit.from),
        talk_ms: 0,
        customer_hold_ms: 0,
        system_hold_ms: 0,
        wrap_ms: 0,
        dialing_ms: 0,
        contacting_ms: 0,
        reported_handle_ms: None,
        wrapup_id: None,
        wrapup_name: None,
        transfers: Vec::new(),
        transferred_in_at: None,
        malformed: false,
        skill_set: visit.map_or_else(String::new, |visit| skill_set(visit, shape)),
        language: match visit.and_then(|visit| visit.language) {
            Some(language) if shape == Shape::Details => LANGUAGES[usize::from(language)].to_owned(),
            _ => String::new(),
        },
        service_level_target_ms: queue.map(|queue| service_level_ms(queue, media)),
    }
}

/// The skills that a dialect names: events have room for one.
pub(super) fn skills(visit: &Visit, shape: Shape) -> impl Iterator<Item = usize> {
    let most = if shape == Shape::Events { 1 } else { SKILLS.len() };
    let skills = visit.skills;
    (0..SKILLS.len()).filter(move |skill| skills >> skill & 1 == 1).take(most)
}

fn skill_set(visit: &Visit, shape: Shape) -> String {
    let mut names: Vec<&str> = skills(visit, shape).map(|skill| SKILLS[skill]).collect();
    names.sort_unstable();
    names.join("|||")
}

/// The session's stretches without overlap: ringing ends the wait, and the wrap-up ends whatever it begins in.
fn stretches(session: &AgentSession, visit: Option<&Visit>, shape: Shape) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::new();
    for part in session.parts.iter().filter(|part| is_told(part.kind, shape)) {
        let cut = |wrap: &Wrap| part.from < wrap.from && wrap.from < part.to;
        let to = session.wrap.filter(cut).map_or(part.to, |wrap| wrap.from);
        let one_hold = shape == Shape::Details && part.kind == Stretch::SystemHold;
        placed.push((if one_hold { Stretch::CustomerHold } else { part.kind }, part.from, to));
    }
    if let Some(visit) = visit {
        let rings_at = placed.iter().find(|(kind, ..)| *kind == Stretch::Alert).map(|(_, from, _)| *from);
        placed.push((Stretch::Wait, visit.from, rings_at.map_or(visit.to, |at| at.min(visit.to))));
    }
    if let Some(wrap) = &session.wrap {
        placed.push((Stretch::Wrap, wrap.from, wrap.to));
    }
    placed.sort_by_key(|(kind, from, to)| (*kind != Stretch::Wait, *from, *to));
    placed
}
