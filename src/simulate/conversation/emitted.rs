//! What a conversation has emitted, figure by figure, each under its queue: what aggregates are made of. Pure.

use serde_json::Value;

use super::super::aggregates::emitted::Emitted;
use super::super::truth::conversation::Stretch;
use super::agent_metrics;
use super::model::Conversation;
use super::seen::Moment;
use crate::domain::time::parse_instant;

/// All that has been emitted by the moment: the metrics of sessions as details tell them, and those that only aggregates
/// have.
#[must_use]
pub fn emitted(told: &Conversation, moment: Moment) -> Vec<Emitted> {
    let mut all = Vec::new();
    for visit in &told.visits {
        take(&mut all, told, agent_metrics::of_visit(visit, moment), (Some(visit.queue), None));
        if moment.has_come(visit.to) {
            // However the wait ended.
            all.push(of(told, ("tWait", visit.to, visit.to - visit.from), (Some(visit.queue), None)));
        }
    }
    for (number, session) in told.sessions.iter().enumerate() {
        let metrics = agent_metrics::of_session(told, number, moment);
        let place = (session.queue, Some(session.agent));
        take(&mut all, told, metrics, place);
        let dialed = session.parts.iter().any(|part| part.kind == Stretch::Dialing);
        let connected = session.parts.iter().find(|part| part.kind == Stretch::Talk).filter(|_| dialed);
        if let Some(talk) = connected.filter(|talk| moment.has_come(talk.from)) {
            all.push(of(told, ("nOutboundConnected", talk.from, 1), place));
        }
    }
    all
}

fn take(all: &mut Vec<Emitted>, told: &Conversation, metrics: Option<Value>, place: (Option<u8>, Option<u8>)) {
    for metric in metrics.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| metric.get(name).and_then(Value::as_str).unwrap_or_default();
        let (Some(at), Some(value)) = (parse_instant(text("emitDate")), metric.get("value").and_then(Value::as_i64))
        else {
            continue;
        };
        all.push(of(told, (text("name"), at, value), place));
    }
}

fn of(told: &Conversation, (metric, at, value): (&str, i64, i64), (queue, agent): (Option<u8>, Option<u8>)) -> Emitted {
    let (media, outbound) = (told.kind.word(), told.outbound);
    Emitted { metric: metric.to_owned(), at, value, queue, media, agent, outbound }
}
