//! A conversation as `interaction-events` tells it: timed events in no order, lengths in seconds. Pure.

use serde_json::{Map, Value, json};

use super::super::centre::{QUEUES, agent_id, skill_id};
use super::super::row::id_text;
use super::super::truth::conversation::Stretch;
use super::model::{AgentSession, Conversation, Target, Visit, Wrap};
use super::retell::{is_told, skills};
use super::seen::{Moment, Seen};
use super::shape::Shape;
use crate::domain::time::{DurationMs, InstantMs, format_instant, parse_instant};

/// The interaction as known at the moment.
#[must_use]
pub fn interaction(told: &Conversation, moment: Moment) -> Value {
    let mut teller = Teller { told, moment, events: Vec::new() };
    teller.menu();
    for visit in &told.visits {
        teller.wait(visit);
    }
    for session in &told.sessions {
        teller.session(session);
    }
    teller.transfers();
    let mut events = teller.events;
    events.sort_by_key(|(number, _)| told.salt([0x6f72_6465, *number, 0]));
    let events: Vec<Value> = events.into_iter().map(|(_, event)| Value::Object(event)).collect();
    json!({"id": id_text(told.id), "type": told.kind.word(), "events": events})
}

/// Leaves out the events at or after `until`, as if they had not happened.
pub fn cut(interaction: &mut Value, until: InstantMs) {
    let at = |event: &Value| event["timestamp"].as_str().and_then(parse_instant);
    if let Some(events) = interaction["events"].as_array_mut() {
        events.retain(|event| at(event).is_none_or(|at| at < until));
    }
}

struct Teller<'a> {
    told: &'a Conversation,
    moment: Moment,
    events: Vec<(u64, Map<String, Value>)>,
}

impl Teller<'_> {
    /// Says what was before anything that the dialect has a word for, so that the first event is the start.
    fn menu(&mut self) {
        let told = self.told;
        let waits = told.visits.iter().map(|visit| visit.from);
        let parts = told.sessions.iter().flat_map(|session| &session.parts);
        let parts = parts.filter(|part| is_told(part.kind, Shape::Events)).map(|part| part.from);
        let wraps = told.sessions.iter().filter_map(|session| Some(session.wrap?.from));
        let first = waits.chain(parts).chain(wraps).min().unwrap_or_else(|| told.customer_until());
        if told.start < first {
            self.event("system", self.moment.stretch(told.start, first));
        }
    }

    fn wait(&mut self, visit: &Visit) {
        if let Some(number) = self.event("wait", self.moment.stretch(visit.from, visit.to)) {
            self.route(number, Some(visit.queue), Some(visit));
            self.agent(number, None);
        }
    }

    fn session(&mut self, session: &AgentSession) {
        let visit = session.visit.map(|visit| &self.told.visits[usize::from(visit)]);
        for part in session.parts.iter().filter(|part| is_told(part.kind, Shape::Events)) {
            let word = if part.kind == Stretch::Talk { "talk" } else { "hold" };
            let Some(number) = self.event(word, self.moment.stretch(part.from, part.to)) else { continue };
            if word == "hold" {
                self.hold(number, part.kind == Stretch::SystemHold);
            }
            self.route(number, session.queue, visit);
            self.agent(number, Some(session.agent));
        }
        if let Some(wrap) = &session.wrap {
            self.wrap(session, wrap, visit);
        }
    }

    fn hold(&mut self, number: usize, system: bool) {
        let way = self.told.salt([0x686f_6c64, number as u64, 0]) % 3;
        let event = &mut self.events[number].1;
        match (system, way) {
            (true, 0) => drop(event.insert("holdType".to_owned(), json!("system"))),
            (true, 1) => {
                event.insert("holdType".to_owned(), json!("system"));
                event.insert("systemInitiated".to_owned(), json!(true));
            }
            (true, _) => {
                event.insert("holdType".to_owned(), json!("customer"));
                event.insert("systemInitiated".to_owned(), json!(true));
            }
            (false, 0) => drop(event.insert("holdType".to_owned(), json!("customer"))),
            (false, 1) => {
                event.insert("holdType".to_owned(), Value::Null);
                event.insert("systemInitiated".to_owned(), json!(false));
            }
            (false, _) => {}
        }
    }

    fn wrap(&mut self, session: &AgentSession, wrap: &Wrap, visit: Option<&Visit>) {
        let Some(seen) = self.moment.wrap(wrap) else { return };
        let Some(number) = self.event("wrapUp", Some(seen)) else { return };
        self.route(number, session.queue, visit);
        self.agent(number, Some(session.agent));
        let code = wrap.code.filter(|_| seen.to.is_some()).map(super::model::Code::id);
        self.put(number, "wrapUp", "code", code.clone());
        let says_again = self.told.salt([0x6469_7370, number as u64, 0]).is_multiple_of(4);
        if let (Some(code), Some(to), true) = (code, seen.to, says_again) {
            let Some(number) = self.event("disposition", Some(Seen { from: to, to: Some(to) })) else { return };
            self.route(number, session.queue, visit);
            self.agent(number, Some(session.agent));
            self.put(number, "wrapUp", "code", Some(code));
        }
    }

    fn transfers(&mut self) {
        for transfer in &self.told.transfers {
            let Some(number) = self.event("transfer", self.moment.stretch(transfer.at, transfer.at)) else { continue };
            let queue = if let Target::Queue(queue) = transfer.to { Some(queue) } else { None };
            self.route(number, queue, None);
            let session = self.told.sessions.get(usize::from(transfer.session));
            self.agent(number, session.map(|session| session.agent));
        }
    }

    fn event(&mut self, word: &str, seen: Option<Seen>) -> Option<usize> {
        let seen = seen?;
        let number = self.events.len();
        let mut event = Map::new();
        event.insert("eventType".to_owned(), json!(word));
        event.insert("timestamp".to_owned(), json!(format_instant(seen.from)));
        match seen.to {
            Some(to) => drop(event.insert("duration".to_owned(), self.seconds(number, to - seen.from))),
            None if self.told.salt([0x6f70_656e, number as u64, 0]).is_multiple_of(2) => {
                event.insert("duration".to_owned(), Value::Null);
            }
            None => {}
        }
        self.events.push((number as u64, event));
        Some(number)
    }

    /// Whole seconds are sometimes an integer, as in JSON of many writers.
    fn seconds(&self, number: usize, length_ms: DurationMs) -> Value {
        let integer = self.told.salt([0x7365_636f, number as u64, 0]).is_multiple_of(2);
        if length_ms % 1_000 == 0 && integer { json!(length_ms / 1_000) } else { json!(length_ms as f64 / 1_000.0) }
    }

    fn route(&mut self, number: usize, queue: Option<u8>, visit: Option<&Visit>) {
        let skill = visit.and_then(|visit| skills(visit, Shape::Events).next()).map(skill_id);
        let queue = queue.map(|queue| QUEUES[usize::from(queue)].id.to_owned());
        if self.dotted(number) {
            self.put(number, "routing.queue", "id", queue);
            self.put(number, "routing.skill", "id", skill);
            return;
        }
        let mut routing = Map::new();
        for (name, id) in [("queue", queue), ("skill", skill)] {
            let odd = self.told.salt([0x6e75_6c6c, number as u64, name.len() as u64 + id.iter().len() as u64 * 8]) % 2;
            match id {
                Some(id) => drop(routing.insert(name.to_owned(), json!({"id": id}))),
                None if odd == 0 => drop(routing.insert(name.to_owned(), Value::Null)),
                None => {}
            }
        }
        if !routing.is_empty() {
            self.events[number].1.insert("routing".to_owned(), Value::Object(routing));
        }
    }

    fn agent(&mut self, number: usize, agent: Option<u8>) {
        self.put(number, "agent", "id", agent.map(agent_id));
    }

    /// `{"name":{"key":value}}` or `{"name.key":value}`; without a value null or nothing.
    fn put(&mut self, number: usize, name: &str, key: &str, value: Option<String>) {
        let dotted = self.dotted(number) || name.contains('.');
        let silent = value.is_none() && self.told.salt([0x7369_6c65, number as u64, 0]).is_multiple_of(2);
        if silent {
            return;
        }
        let event = &mut self.events[number].1;
        if dotted {
            event.insert(format!("{name}.{key}"), json!(value));
        } else {
            event.insert(name.to_owned(), json!({key: value}));
        }
    }

    fn dotted(&self, number: usize) -> bool {
        self.told.salt([0x646f_7474, number as u64, 0]).is_multiple_of(5)
    }
}
