//! A conversation as `conversation-details` tells it: participants, their sessions, segments and metrics. Pure.

use serde_json::{Map, Value, json};

use super::super::centre::{QUEUES, agent_id, language_id, skill_id};
use super::super::row::id_text;
use super::super::truth::conversation::Stretch;
use super::model::{Conversation, Visit, VisitEnd, Wrap};
use super::retell::skills;
use super::seen::{Moment, Seen};
use super::session_metrics::{self, Metrics};
use super::shape::Shape;
use crate::domain::time::{InstantMs, format_instant};

/// A wait longer than this begins with a delay, sometimes.
const DELAYED_MS: i64 = 10_000;

/// The conversation as known at the moment. Absent fields are omitted; no enumeration is ever null.
#[must_use]
pub fn conversation(told: &Conversation, moment: Moment) -> Value {
    let teller = Teller { told, moment };
    let direction = if told.outbound { "outbound" } else { "inbound" };
    let mut one = object(json!({
        "conversationId": id_text(told.id),
        "conversationStart": format_instant(told.start),
        "originatingDirection": direction,
        "divisionIds": [id_text(1)],
        "mediaStatsMinConversationMos": 4.3,
        "participants": teller.participants(),
    }));
    if let Some(end) = moment.end(told) {
        one.insert("conversationEnd".to_owned(), json!(format_instant(end)));
    }
    if let Some(joined_at) = told
        .sessions
        .iter()
        .filter(|session| session.conference)
        .nth(1)
        .and_then(|session| session.parts.iter().find(|part| part.kind == Stretch::Talk).map(|part| part.from))
        && moment.has_come(joined_at)
    {
        one.insert("conferenceStart".to_owned(), json!(format_instant(joined_at)));
    }
    Value::Object(one)
}

struct Teller<'a> {
    told: &'a Conversation,
    moment: Moment,
}

impl Teller<'_> {
    /// Those who have come so far, in the order in which they came.
    fn participants(&self) -> Vec<Value> {
        let mut come: Vec<(InstantMs, Value)> = vec![(self.told.start, self.customer())];
        if self.told.start < self.told.menu_until {
            come.push((self.told.start, self.menu()));
        }
        for (number, visit) in self.told.visits.iter().enumerate() {
            come.extend(self.queue(number, visit).map(|participant| (visit.from, participant)));
        }
        for number in 0..self.told.sessions.len() {
            come.extend(self.agent(number));
        }
        come.sort_by_key(|(at, _)| *at);
        come.into_iter().map(|(_, participant)| participant).collect()
    }

    /// Whatever names a customer here is made up, and no reader may let any of it through.
    fn customer(&self) -> Value {
        let number = format!("tel:+1555{:07}", self.told.salt([1, 0, 0]) % 10_000_000);
        let seen = self.moment.stretch(self.told.start, self.told.customer_until());
        let metrics = session_metrics::of_customer(self.told, self.moment);
        let session = self.session_of(0, json!({"ani": number, "dnis": "tel:+15550000001", "remote": number}), false);
        let segments = self.segment("interact", seen, &[("disconnectType", json!("peer"))]).into_iter().collect();
        self.participant(
            0,
            json!({
                "purpose": "customer",
                "participantName": format!("Customer {:05}", self.told.salt([2, 0, 0]) % 100_000),
                "externalContactId": id_text(u128::from(self.told.salt([3, 0, 0]))),
            }),
            finished(session, segments, metrics),
        )
    }

    fn menu(&self) -> Value {
        let seen = self.moment.stretch(self.told.start, self.told.menu_until);
        let metrics = session_metrics::of_menu(self.told, self.moment);
        let segments = self.segment("ivr", seen, &[("disconnectType", json!("transfer"))]).into_iter().collect();
        let session = self.session_of(1, json!({"flow": {"flowName": "Welcome", "flowType": "INBOUNDCALL"}}), true);
        self.participant(1, json!({"purpose": "ivr"}), finished(session, segments, metrics))
    }

    fn queue(&self, number: usize, visit: &Visit) -> Option<Value> {
        self.moment.stretch(visit.from, visit.to)?;
        let leaves = if visit.end == VisitEnd::Abandoned { "peer" } else { "transfer" };
        let mut fields = routing(Some(visit.queue), Some(visit));
        let delayed = DELAYED_MS < visit.to - visit.from && self.told.salt([4, number as u64, 0]).is_multiple_of(3);
        let interacts_at = if delayed { visit.from + 2_500 } else { visit.from };
        let mut segments = Vec::new();
        if delayed {
            segments.extend(self.segment("delay", self.moment.stretch(visit.from, interacts_at), &fields));
        }
        fields.push(("disconnectType", json!(leaves)));
        segments.extend(self.segment("interact", self.moment.stretch(interacts_at, visit.to), &fields));
        let place = 2 + number as u64;
        let session = self.session_of(place, json!({"requestedRoutings": ["Standard"]}), true);
        let session = finished(session, segments, session_metrics::of_visit(visit, self.moment));
        let name = QUEUES[usize::from(visit.queue)].name;
        Some(self.participant(place, json!({"purpose": "acd", "participantName": name}), session))
    }

    fn agent(&self, number: usize) -> Option<(InstantMs, Value)> {
        let agent = &self.told.sessions[number];
        let visit = agent.visit.map(|visit| &self.told.visits[usize::from(visit)]);
        let fields = routing(agent.queue, visit);
        let first = agent.parts.iter().map(|part| part.from).chain(agent.wrap.map(|wrap| wrap.from)).min()?;
        let last = agent.parts.len().saturating_sub(1);
        let mut segments: Vec<(InstantMs, Value)> = Vec::new();
        for (place, part) in agent.parts.iter().enumerate() {
            let mut fields = fields.clone();
            fields.push(("conference", json!(agent.conference && part.kind == Stretch::Talk)));
            if place == last {
                fields.push(("disconnectType", json!(self.leaves(number))));
            }
            let seen = self.moment.stretch(part.from, part.to);
            segments.extend(self.segment(word(part.kind), seen, &fields).map(|segment| (part.from, segment)));
        }
        if let Some(wrap) = &agent.wrap {
            segments.extend(self.wrap_up(wrap, &fields).map(|segment| (wrap.from, segment)));
        }
        if segments.is_empty() {
            return None;
        }
        segments.sort_by_key(|(at, _)| *at);
        let segments = segments.into_iter().map(|(_, segment)| segment).collect();
        let id = agent_id(agent.agent);
        let place = 20 + number as u64;
        let mut more = json!({"selectedAgentId": id, "addressFrom": self.address(), "usedRouting": "Standard"});
        if agent.wrap.is_none() && agent.talked() && agent.parts_end().is_some_and(|end| self.moment.has_come(end)) {
            more["acwSkipped"] = json!(true);
        }
        let session = self.session_of(place, more, true);
        let session = finished(session, segments, session_metrics::of_session(self.told, number, self.moment));
        let name = format!("Agent {:02}", agent.agent);
        let fields = json!({"purpose": "agent", "userId": id, "participantName": name});
        Some((first, self.participant(place, fields, session)))
    }

    fn leaves(&self, number: usize) -> &'static str {
        match self.told.transfer_of(number) {
            Some(transfer) if transfer.consult => "consultTransfer",
            Some(_) => "transfer",
            None if !self.told.sessions[number].talked() => "timeout",
            None => "peer",
        }
    }

    fn wrap_up(&self, wrap: &Wrap, fields: &[(&str, Value)]) -> Option<Value> {
        let seen = self.moment.wrap(wrap)?;
        let mut fields = fields.to_vec();
        if let Some(code) = wrap.code.filter(|_| seen.to.is_some()) {
            fields.push(("wrapUpCode", json!(code.id())));
            fields.push(("wrapUpNote", json!("asked to be called by first name")));
        }
        self.segment("wrapup", Some(seen), &fields)
    }

    fn segment(&self, word: &str, seen: Option<Seen>, fields: &[(&str, Value)]) -> Option<Value> {
        let seen = seen?;
        let mut segment = object(json!({"segmentType": word, "segmentStart": format_instant(seen.from)}));
        if let Some(to) = seen.to {
            segment.insert("segmentEnd".to_owned(), json!(format_instant(to)));
        }
        for (name, value) in fields {
            // How it was left is known only when it was.
            if *name != "disconnectType" || seen.to.is_some() {
                segment.insert((*name).to_owned(), value.clone());
            }
        }
        Some(Value::Object(segment))
    }

    /// A session's own fields; every session but the customer's points at the customer's.
    fn session_of(&self, place: u64, more: Value, internal: bool) -> Map<String, Value> {
        let mut session = object(json!({
            "sessionId": self.id(5, place),
            "mediaType": self.told.kind.word(),
            "direction": if self.told.outbound { "outbound" } else { "inbound" },
            "provider": if self.told.kind.word() == "voice" { "Edge" } else { "PureCloud Messaging" },
        }));
        if internal {
            session.insert("peerId".to_owned(), json!(self.id(5, 0)));
        }
        session.extend(object(more));
        session
    }

    fn participant(&self, place: u64, fields: Value, session: Value) -> Value {
        let mut participant = object(json!({"participantId": self.id(6, place), "sessions": [session]}));
        participant.extend(object(fields));
        Value::Object(participant)
    }

    fn address(&self) -> String {
        format!("customer{:05}@mail.example", self.told.salt([2, 0, 0]) % 100_000)
    }

    fn id(&self, family: u64, place: u64) -> String {
        let half = |half: u64| u128::from(self.told.salt([family, place, half]));
        id_text(half(0) << 64 | half(1))
    }
}

fn finished(mut session: Map<String, Value>, segments: Vec<Value>, metrics: Metrics) -> Value {
    session.insert("segments".to_owned(), Value::Array(segments));
    if let Some(metrics) = metrics.json() {
        session.insert("metrics".to_owned(), metrics);
    }
    Value::Object(session)
}

fn routing(queue: Option<u8>, visit: Option<&Visit>) -> Vec<(&'static str, Value)> {
    let mut fields = Vec::new();
    if let Some(queue) = queue {
        fields.push(("queueId", json!(QUEUES[usize::from(queue)].id)));
    }
    if let Some(visit) = visit {
        let skills: Vec<String> = skills(visit, Shape::Details).map(skill_id).collect();
        if !skills.is_empty() {
            fields.push(("requestedRoutingSkillIds", json!(skills)));
        }
        if let Some(language) = visit.language {
            fields.push(("requestedLanguageId", json!(language_id(usize::from(language)))));
        }
    }
    fields
}

fn word(kind: Stretch) -> &'static str {
    match kind {
        Stretch::Alert => "alert",
        Stretch::Dialing => "dialing",
        Stretch::Contacting => "contacting",
        Stretch::Talk | Stretch::Wait => "interact",
        Stretch::CustomerHold | Stretch::SystemHold => "hold",
        Stretch::Parked => "parked",
        Stretch::Wrap => "wrapup",
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
