//! The lists of names: queues, wrap-up codes, skills, languages, users, page by page. Edge: it answers HTTP requests.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::centre::{
    AGENTS, LANGUAGES, QUEUES, SERVICE_LEVEL_TARGET, SKILLS, WRAPUP_CODES, agent_id, language_id, service_level_ms,
    skill_id, wrapup_id,
};
use super::super::faults::NameChange;
use super::answer::Answer;
use super::simulator::Simulator;
use crate::domain::reference::Kind;

/// Entities a page holds unless asked otherwise, and at most.
const PAGE_SIZE: usize = 25;
const PAGE_SIZE_MAX: usize = 500;

/// Whether a path is one of these lists.
pub(super) fn knows(path: &str) -> bool {
    path.starts_with("/api/v2/routing/") || path.starts_with("/api/v2/users")
}

pub(super) fn answer(simulator: &Simulator, path: &str, query: &str, context: &str) -> Answer {
    let (kind, mut entities) = match path {
        "/api/v2/routing/queues" => (Kind::Queue, queues()),
        "/api/v2/routing/wrapupcodes" => (Kind::WrapupCode, wrapup_codes()),
        "/api/v2/routing/skills" => (Kind::Skill, skills()),
        "/api/v2/routing/languages" => (Kind::Language, languages()),
        "/api/v2/users" => (Kind::User, users()),
        path => {
            return match path.strip_prefix("/api/v2/users/") {
                Some(id) => user_by_id(id, context),
                None => Answer::of_status(404, None, context),
            };
        }
    };
    let parameters: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let reading = {
        let mut desk = simulator.desk();
        let readings = desk.readings.entry(kind).or_default();
        let begins = parameters.get("pageNumber").is_none_or(|number| number == "1");
        *readings += u64::from(begins && !parameters.contains_key("id"));
        *readings
    };
    let changes = &simulator.options.faults.names;
    for change in changes.iter().filter(|change| change.kind == kind && change.from_reading <= reading) {
        changed(&mut entities, change);
    }
    // Without it, those who have left are not listed.
    if kind == Kind::User && parameters.get("state").is_none_or(|state| state != "any") {
        entities.retain(|entity| entity["state"] == "active");
    }
    listing(path, &parameters, entities, context)
}

fn changed(entities: &mut Vec<Value>, change: &NameChange) {
    match &change.name {
        None if change.kind != Kind::User => entities.retain(|entity| entity["id"] != change.id.as_str()),
        name => {
            for entity in entities.iter_mut().filter(|entity| entity["id"] == change.id.as_str()) {
                match name {
                    Some(name) => entity["name"] = name.as_str().into(),
                    None => entity["state"] = "deleted".into(),
                }
            }
        }
    }
}

fn queues() -> Vec<Value> {
    let entities = QUEUES.iter().map(|queue| {
        let setting = |medium: &str| {
            let duration_ms = service_level_ms(queue, medium);
            (
                medium.to_owned(),
                json!({"serviceLevel": {"percentage": SERVICE_LEVEL_TARGET, "durationMs": duration_ms}}),
            )
        };
        let media = ["call", "callback", "chat", "email", "message"];
        let settings: serde_json::Map<String, Value> = media.into_iter().map(setting).collect();
        json!({
            "id": queue.id,
            "name": queue.name,
            "mediaSettings": settings,
            "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 300_000},
        })
    });
    entities.collect()
}

fn wrapup_codes() -> Vec<Value> {
    let entities = WRAPUP_CODES.iter().enumerate();
    let entities = entities.map(|(code, (name, _))| json!({"id": wrapup_id(code), "name": name}));
    entities.collect()
}

fn skills() -> Vec<Value> {
    let entities = SKILLS.iter().enumerate();
    let entities = entities.map(|(skill, name)| json!({"id": skill_id(skill), "name": name, "state": "active"}));
    entities.collect()
}

fn languages() -> Vec<Value> {
    let entities = LANGUAGES.iter().enumerate();
    let entities = entities.map(|(language, name)| json!({"id": language_id(language), "name": name}));
    entities.collect()
}

fn users() -> Vec<Value> {
    (0..AGENTS).map(user).collect()
}

fn user_by_id(id: &str, context: &str) -> Answer {
    match (0..AGENTS).find(|agent| agent_id(*agent) == id) {
        Some(agent) => Answer::ok(user(agent).to_string()),
        None => Answer::of_status(404, None, context),
    }
}

fn user(agent: u8) -> Value {
    json!({
        "id": agent_id(agent),
        "name": format!("Agent {agent:02}"),
        "email": format!("agent{agent:02}@agents.example"),
        "state": "active",
    })
}

fn listing(path: &str, parameters: &BTreeMap<String, String>, mut entities: Vec<Value>, context: &str) -> Answer {
    if let Some(ids) = parameters.get("id") {
        entities.retain(|entity| ids.split(',').any(|id| entity["id"] == id));
    }
    if let Some(name) = parameters.get("name") {
        entities.retain(|entity| entity["name"] == name.as_str());
    }
    let number = |name: &str, default: usize, max: usize| match parameters.get(name).map(|text| text.parse()) {
        None => Some(default),
        Some(Ok(number)) if 1 <= number && number <= max => Some(number),
        Some(_) => None,
    };
    let (Some(size), Some(page)) = (number("pageSize", PAGE_SIZE, PAGE_SIZE_MAX), number("pageNumber", 1, usize::MAX))
    else {
        return Answer::error(400, "invalid.value", "pageSize and pageNumber must be positive numbers.", context);
    };
    let total = entities.len();
    let pages = total.div_ceil(size).max(1);
    let uri = |page: usize| json!(format!("{path}?pageNumber={page}&pageSize={size}"));
    let first = (page - 1).saturating_mul(size).min(total);
    let shown = &entities[first..(first + size).min(total)];
    let mut body = json!({
        "entities": shown,
        "pageSize": size,
        "pageNumber": page,
        "total": total,
        "pageCount": pages,
        "firstUri": uri(1),
        "lastUri": uri(pages),
        "selfUri": uri(page),
    });
    if page < pages {
        body["nextUri"] = uri(page + 1);
    }
    if 1 < page {
        body["previousUri"] = uri(page - 1);
    }
    Answer::ok(body.to_string())
}
