//! Answers are what the OpenAPI document says they are.

use serde_json::{Value, json};

use super::scene::{Scene, config, config_with, creation};
use crate::connect::openapi;

/// Why a value is not of a schema; of JSON Schema what the document uses.
fn fault(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return fault(document, schema, value);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let faults: Option<Vec<String>> = any.iter().map(|schema| fault(document, schema, value)).collect();
        return faults.map(|faults| faults.join("; or "));
    }
    let is_of = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is not read here"),
    };
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    if !kinds.iter().any(|kind| is_of(kind.as_str().unwrap())) {
        return Some(format!("{value} is not {kinds:?}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Some(format!("{value} is not one of {}", schema["enum"]));
    }
    if schema["minimum"].as_i64().is_some_and(|least| value.as_i64().unwrap() < least) {
        return Some(format!("{value} is below {}", schema["minimum"]));
    }
    let missing =
        schema["required"].as_array().into_iter().flatten().find(|name| value.get(name.as_str().unwrap()).is_none());
    if let Some(name) = missing {
        return Some(format!("{name} is missing in {value}"));
    }
    let of_field = |(name, value): (&String, &Value)| match schema["properties"].get(name) {
        Some(schema) => fault(document, schema, value),
        None if schema["additionalProperties"] == false => Some(format!("{name} is not described")),
        None if schema["additionalProperties"].is_object() => fault(document, &schema["additionalProperties"], value),
        None => None,
    };
    let of_items = value.as_array().into_iter().flatten().find_map(|item| fault(document, &schema["items"], item));
    of_items.or_else(|| value.as_object().into_iter().flatten().find_map(of_field))
}

#[tokio::test]
async fn every_answer_is_what_the_document_says() {
    let (scene, document) = (Scene::new(), openapi::document());
    scene.source("src").await;
    scene.source("failed").await;
    scene.fake.fail("failed");
    let offsets = json!({"offsets": [{"partition": {"org": "acme"}, "offset": {"position": 1}}]}).to_string();
    let validate = "/connector-plugins/{GenesysSource}/config/validate";
    let wrong = config_with("extract.page.size", json!("x")).to_string();
    let level = json!({"level": "DEBUG"}).to_string();
    let requests = [
        ("GET", "/", String::new(), 200),
        ("GET", "/health", String::new(), 200),
        ("GET", "/openapi.json", String::new(), 200),
        ("GET", "/connectors", String::new(), 200),
        ("GET", "/connectors?expand=info&expand=status", String::new(), 200),
        ("POST", "/connectors", creation("new", &config()), 201),
        ("POST", "/connectors", creation("new", &config()), 409),
        ("POST", "/connectors", "{}".to_owned(), 400),
        ("GET", "/connectors/{src}", String::new(), 200),
        ("GET", "/connectors/{nope}", String::new(), 404),
        ("GET", "/connectors/{src}/config", String::new(), 200),
        ("PUT", "/connectors/{src}/config", config().to_string(), 200),
        ("PUT", "/connectors/{other}/config", config().to_string(), 201),
        ("PUT", "/connectors/{src}/config", wrong.clone(), 400),
        ("PATCH", "/connectors/{src}/config", json!({"tasks.max": 2}).to_string(), 200),
        ("GET", "/connectors/{failed}/status", String::new(), 200),
        ("POST", "/connectors/{src}/restart", String::new(), 204),
        ("POST", "/connectors/{failed}/restart?includeTasks=true", String::new(), 202),
        ("GET", "/connectors/{src}/tasks", String::new(), 200),
        ("GET", "/connectors/{failed}/tasks/{0}/status", String::new(), 200),
        ("POST", "/connectors/{src}/tasks/{0}/restart", String::new(), 204),
        ("GET", "/connectors/{src}/topics", String::new(), 200),
        ("PUT", "/connectors/{src}/topics/reset", String::new(), 202),
        ("GET", "/connectors/{src}/offsets", String::new(), 200),
        ("PATCH", "/connectors/{src}/offsets", offsets.clone(), 400),
        ("PUT", "/connectors/{src}/pause", String::new(), 202),
        ("PUT", "/connectors/{src}/resume", String::new(), 202),
        ("PUT", "/connectors/{src}/stop", String::new(), 204),
        ("PATCH", "/connectors/{src}/offsets", offsets, 200),
        ("DELETE", "/connectors/{src}/offsets", String::new(), 200),
        ("DELETE", "/connectors/{src}", String::new(), 204),
        ("GET", "/connector-plugins", String::new(), 200),
        ("GET", "/connector-plugins/{HandleTimeProcessor}/config", String::new(), 200),
        ("PUT", validate, config().to_string(), 200),
        ("PUT", validate, wrong, 200),
        ("GET", "/admin/loggers", String::new(), 200),
        ("GET", "/admin/loggers/{root}", String::new(), 200),
        ("PUT", "/admin/loggers/{root}", level.clone(), 200),
        ("PUT", "/admin/loggers/{root}?scope=cluster", level, 204),
    ];
    let paths = document["paths"].as_object().unwrap();
    for (method, request, body, status) in requests {
        let told = scene.ask(method, &request.replace(['{', '}'], ""), &body).await;
        assert_eq!(told.status, status, "{method} {request}: {}", told.text);
        let bare = request.split('?').next().unwrap();
        let is_same = |one: &str, other: &str| one == other || (one.starts_with('{') && other.starts_with('{'));
        let path = paths.keys().find(|path| {
            path.split('/').count() == bare.split('/').count()
                && path.split('/').zip(bare.split('/')).all(|(one, other)| is_same(one, other))
        });
        let response = &paths[path.unwrap()][method.to_ascii_lowercase()]["responses"][status.to_string()];
        let content = response["content"].as_object();
        assert_eq!(content.is_some(), !told.text.is_empty(), "{method} {request}: {}", told.text);
        if let Some(content) = content {
            let schema = &content[told.header("content-type")]["schema"];
            assert_eq!(fault(&document, schema, &told.json()), None, "{method} {request}");
        }
        assert_eq!(
            response["headers"]["Location"].is_object(),
            !told.header("location").is_empty(),
            "{method} {request}"
        );
    }
}
