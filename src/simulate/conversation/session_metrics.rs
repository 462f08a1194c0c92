//! The metrics that the platform emits for a session, as `conversation-details` tells them. Pure.

use serde_json::{Value, json};

use super::super::truth::conversation::Stretch;
use super::model::{AgentSession, Conversation, Quirk, Transfer, Visit, VisitEnd};
use super::seen::Moment;
use crate::domain::time::{InstantMs, format_instant};

const HOLDS: [Stretch; 2] = [Stretch::CustomerHold, Stretch::SystemHold];

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Metric {
    pub name: &'static str,
    /// Milliseconds of a timer, 1 of a counter.
    pub value: i64,
    /// When it was emitted.
    pub at: InstantMs,
}

/// Collects the metrics that have been emitted by the moment.
pub(super) struct Metrics {
    moment: Moment,
    told: Vec<Metric>,
}

impl Metrics {
    fn new(moment: Moment) -> Metrics {
        Metrics { moment, told: Vec::new() }
    }

    fn emit(&mut self, name: &'static str, value: i64, at: InstantMs) {
        if self.moment.has_come(at) {
            self.told.push(Metric { name, value, at });
        }
    }

    /// In the order of emission.
    pub fn list(mut self) -> Vec<Metric> {
        self.told.sort_by_key(|metric| metric.at);
        self.told
    }

    /// As a session tells them: nothing when there is none.
    pub fn json(self) -> Option<Value> {
        let told = |one: Metric| json!({"name": one.name, "value": one.value, "emitDate": format_instant(one.at)});
        let all: Vec<Value> = self.list().into_iter().map(told).collect();
        (!all.is_empty()).then_some(Value::Array(all))
    }
}

/// Those of the customer.
pub(super) fn of_customer(told: &Conversation, moment: Moment) -> Metrics {
    let mut metrics = Metrics::new(moment);
    metrics.emit("nConnected", 1, told.start);
    metrics.emit("tConnected", told.customer_until() - told.start, told.customer_until());
    metrics
}

/// Those of the menu; none where there was no menu.
pub(super) fn of_menu(told: &Conversation, moment: Moment) -> Metrics {
    let mut metrics = Metrics::new(moment);
    if told.start < told.menu_until {
        metrics.emit("nFlow", 1, told.start);
        metrics.emit("tIvr", told.menu_until - told.start, told.menu_until);
    }
    metrics
}

/// Those of a stay in a queue.
pub(super) fn of_visit(visit: &Visit, moment: Moment) -> Metrics {
    let mut metrics = Metrics::new(moment);
    let wait_ms = visit.to - visit.from;
    metrics.emit("nOffered", 1, visit.from);
    metrics.emit("tAcd", wait_ms, visit.to);
    match visit.end {
        VisitEnd::Answered(_) => {}
        VisitEnd::Abandoned => metrics.emit("tAbandon", wait_ms, visit.to),
        VisitEnd::FlowOut => metrics.emit("tFlowOut", wait_ms, visit.to),
    }
    metrics
}

/// Those of an agent's session.
pub(super) fn of_session(told: &Conversation, number: usize, moment: Moment) -> Metrics {
    let session = &told.sessions[number];
    let mut metrics = Metrics::new(moment);
    of_parts(&mut metrics, session);
    totals(&mut metrics, session);
    if let Some(visit) = session.visit.map(|visit| &told.visits[usize::from(visit)]) {
        metrics.emit("tAnswered", visit.to - visit.from, visit.to);
    }
    let known = session.wrap.is_none_or(|wrap| moment.wrap(&wrap).is_some_and(|seen| seen.to.is_some()));
    if let (true, Some(wrap)) = (known, &session.wrap) {
        metrics.emit("tAcw", wrap.metric_ms, wrap.to);
    }
    if let (true, Some(handle_ms), Some(end)) = (known, session.reported_handle_ms(), session.end()) {
        metrics.emit("tHandle", handle_ms, end);
    }
    for transfer in told.transfers.iter().filter(|transfer| usize::from(transfer.session) == number) {
        metrics.emit("nTransferred", 1, transfer.at);
        metrics.emit(if transfer.consult { "nConsultTransferred" } else { "nBlindTransferred" }, 1, transfer.at);
        if transfer.consult {
            metrics.emit("nConsult", 1, consulted_from(session, transfer));
        }
    }
    metrics
}

/// When the other agent was asked: the customer has held since then.
fn consulted_from(session: &AgentSession, transfer: &Transfer) -> InstantMs {
    let holds = session.parts.iter().filter(|part| part.kind == Stretch::CustomerHold && part.to == transfer.at);
    holds.map(|part| part.from).next_back().unwrap_or(transfer.at)
}

fn of_parts(metrics: &mut Metrics, session: &AgentSession) {
    for part in &session.parts {
        let length_ms = part.to - part.from;
        match part.kind {
            Stretch::Talk if session.quirk != Quirk::NoTalk => metrics.emit("tTalk", length_ms, part.to),
            Stretch::CustomerHold | Stretch::SystemHold => metrics.emit("tHeld", length_ms, part.to),
            Stretch::Alert => {
                metrics.emit("tAlert", length_ms, part.to);
                if session.parts.len() == 1 {
                    metrics.emit("tNotResponding", length_ms, part.to);
                }
            }
            Stretch::Dialing => {
                metrics.emit("nOutboundAttempted", 1, part.from);
                metrics.emit("tDialing", length_ms, part.to);
            }
            Stretch::Contacting => metrics.emit("tContacting", length_ms, part.to),
            Stretch::Parked => metrics.emit("tPark", length_ms, part.to),
            Stretch::Talk | Stretch::Wait | Stretch::Wrap => {}
        }
    }
}

fn totals(metrics: &mut Metrics, session: &AgentSession) {
    let Some(over) = session.parts_end() else { return };
    let has = |kinds: &[Stretch]| session.parts.iter().any(|part| kinds.contains(&part.kind));
    if session.talked() && session.quirk != Quirk::NoTalk {
        metrics.emit("tTalkComplete", session.total_ms(&[Stretch::Talk]), over);
    }
    if has(&HOLDS) {
        metrics.emit("tHeldComplete", session.total_ms(&HOLDS), over);
    }
    if has(&[Stretch::Parked]) {
        metrics.emit("tParkComplete", session.total_ms(&[Stretch::Parked]), over);
    }
}
