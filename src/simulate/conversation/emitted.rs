//! What a conversation has emitted, figure by figure, each under its queue: what aggregates are made of. Pure.

use super::super::aggregates::emitted::Emitted;
use super::super::aggregates::service_level;
use super::super::truth::conversation::Stretch;
use super::model::{Conversation, VisitEnd};
use super::seen::Moment;
use super::session_metrics::{Metrics, of_customer, of_menu, of_session, of_visit};

/// The queue and the agent of a session.
type Place = (Option<u8>, Option<u8>);

/// All that has been emitted by the moment: the metrics of sessions as details tell them, and those that only aggregates
/// have.
#[must_use]
pub fn emitted(told: &Conversation, moment: Moment) -> Vec<Emitted> {
    let mut all = of_sessions(told, moment);
    let mut emit = |metric: &'static str, at: i64, value: i64, place: Place| {
        if moment.has_come(at) {
            all.push(of(told, (metric, at, value), place));
        }
    };
    emit("nConversations", told.start, 1, (None, None));
    for visit in &told.visits {
        let (wait_ms, place) = (visit.to - visit.from, (Some(visit.queue), None));
        // However the wait ended.
        emit("tWait", visit.to, wait_ms, place);
        if visit.end != VisitEnd::FlowOut {
            let answered = matches!(visit.end, VisitEnd::Answered(_));
            for (metric, value) in service_level::emitted(visit.queue, told.kind, wait_ms, answered) {
                emit(metric, visit.to, value, place);
            }
        }
    }
    for session in &told.sessions {
        let dialed = session.parts.iter().any(|part| part.kind == Stretch::Dialing);
        let connected = session.parts.iter().find(|part| part.kind == Stretch::Talk).filter(|_| dialed);
        if let Some(talk) = connected {
            emit("nOutboundConnected", talk.from, 1, (session.queue, Some(session.agent)));
        }
    }
    all
}

/// The metrics of all sessions, as details tell them.
#[must_use]
pub fn of_sessions(told: &Conversation, moment: Moment) -> Vec<Emitted> {
    let mut all = Vec::new();
    let mut take = |metrics: Metrics, place: Place| {
        all.extend(metrics.list().into_iter().map(|one| of(told, (one.name, one.at, one.value), place)));
    };
    take(of_customer(told, moment), (None, None));
    take(of_menu(told, moment), (None, None));
    for visit in &told.visits {
        take(of_visit(visit, moment), (Some(visit.queue), None));
    }
    for (number, session) in told.sessions.iter().enumerate() {
        take(of_session(told, number, moment), (session.queue, Some(session.agent)));
    }
    all
}

fn of(told: &Conversation, (metric, at, value): (&'static str, i64, i64), (queue, agent): Place) -> Emitted {
    let (media, outbound) = (told.kind.word(), told.outbound);
    Emitted { metric, at, value, queue, media, agent, outbound }
}
