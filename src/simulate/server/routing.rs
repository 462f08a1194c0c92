//! The routing API's lists: queues, wrap-up codes, skills and languages, page by page. Edge: it answers HTTP requests.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::centre::{QUEUES, WRAPUP_CODES, wrapup_id};
use super::answer::Answer;

/// Entities a page holds unless asked otherwise, and at most.
const PAGE_SIZE: usize = 25;
const PAGE_SIZE_MAX: usize = 500;

pub(super) fn queues(query: &str, context: &str) -> Answer {
    let entities = QUEUES.iter().map(|queue| {
        let service_level = json!({"serviceLevel": {"percentage": 0.8, "durationMs": queue.service_level_ms}});
        let media = ["call", "callback", "chat", "email", "message"];
        let settings: serde_json::Map<String, Value> =
            media.iter().map(|medium| ((*medium).to_owned(), service_level.clone())).collect();
        json!({
            "id": queue.id,
            "name": queue.name,
            "mediaSettings": settings,
            "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 300_000},
        })
    });
    listing("/api/v2/routing/queues", query, entities.collect(), context)
}

pub(super) fn wrapup_codes(query: &str, context: &str) -> Answer {
    let entities = WRAPUP_CODES.iter().enumerate();
    let entities = entities.map(|(code, (name, _))| json!({"id": wrapup_id(code), "name": name}));
    listing("/api/v2/routing/wrapupcodes", query, entities.collect(), context)
}

/// The centre routes by queue alone.
pub(super) fn skills(query: &str, context: &str) -> Answer {
    listing("/api/v2/routing/skills", query, Vec::new(), context)
}

pub(super) fn languages(query: &str, context: &str) -> Answer {
    listing("/api/v2/routing/languages", query, Vec::new(), context)
}

fn listing(path: &str, query: &str, mut entities: Vec<Value>, context: &str) -> Answer {
    let parameters: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
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
