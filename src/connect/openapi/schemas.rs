//! The bodies of requests and answers as JSON schemas. Pure.

use serde_json::{Map, Value, json};

/// A reference to one of [`all`].
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A list of them.
pub(super) fn list_of(schema: Value) -> Value {
    json!({ "type": "array", "items": schema })
}

/// A map from names to them.
pub(super) fn map_of(schema: Value) -> Value {
    json!({ "type": "object", "additionalProperties": schema })
}

/// An object with these fields and no other; a name that ends in `?` may be absent.
pub(super) fn object(fields: &[(&str, Value)]) -> Value {
    let name = |field: &str| field.trim_end_matches('?').to_owned();
    let properties: Map<String, Value> = fields.iter().map(|(field, schema)| (name(field), schema.clone())).collect();
    let required: Vec<&str> = fields.iter().map(|(field, _)| *field).filter(|field| !field.ends_with('?')).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

fn whole(least: i64) -> Value {
    json!({ "type": "integer", "minimum": least })
}

fn or_null(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

/// All schemas, by name.
pub(super) fn all() -> Map<String, Value> {
    let connector_type = || words(&["source", "sink", "unknown"]);
    let task_states = ["UNASSIGNED", "RUNNING", "PAUSED", "FAILED", "RESTARTING"];
    let connector_states = [&task_states[..], &["STOPPED"]].concat();
    let state = |states: &[&str], first: Option<(&'static str, Value)>| {
        let rest = [("state", words(states)), ("worker_id", text()), ("trace?", text()), ("version?", text())];
        object(&first.into_iter().chain(rest).collect::<Vec<_>>())
    };
    let flag = json!({ "type": "boolean" });
    let widths = ["NONE", "SHORT", "MEDIUM", "LONG"];
    let types = ["BOOLEAN", "CLASS", "DOUBLE", "INT", "LIST", "LONG", "PASSWORD", "SHORT", "STRING"];
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"];
    let schemas = [
        ("Error", object(&[("error_code", whole(400)), ("message", text())])),
        ("ServerInfo", object(&[("version", text()), ("commit", text()), ("kafka_cluster_id", text())])),
        ("Health", object(&[("status", words(&["healthy", "starting", "unhealthy"])), ("message", text())])),
        ("Config", map_of(text())),
        (
            "GivenConfig",
            json!({
                "type": "object",
                "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
                "description": "Numbers and switches are kept as texts; a setting that is null is as good as not there."
            }),
        ),
        (
            "CreateConnector",
            object(&[
                ("name?", json!({ "type": ["string", "null"], "description": "Surrounding blanks are dropped." })),
                ("config", reference("GivenConfig")),
                ("initial_state?", json!({ "enum": ["RUNNING", "PAUSED", "STOPPED", null] })),
            ]),
        ),
        (
            "ConnectorInfo",
            object(&[
                ("name", text()),
                ("config", reference("Config")),
                ("tasks", list_of(reference("TaskId"))),
                ("type", connector_type()),
            ]),
        ),
        ("TaskId", object(&[("connector", text()), ("task", whole(0))])),
        ("TaskInfo", object(&[("id", reference("TaskId")), ("config", reference("Config"))])),
        ("ConnectorState", state(&connector_states, None)),
        ("TaskState", state(&task_states, Some(("id", whole(0))))),
        (
            "ConnectorStateInfo",
            object(&[
                ("name", text()),
                ("connector", reference("ConnectorState")),
                ("tasks", list_of(reference("TaskState"))),
                ("type", connector_type()),
            ]),
        ),
        (
            "ExpandedConnector",
            object(&[("status?", reference("ConnectorStateInfo")), ("info?", reference("ConnectorInfo"))]),
        ),
        ("Topics", map_of(object(&[("topics", list_of(text()))]))),
        ("Message", object(&[("message", text())])),
        ("Offset", object(&[("partition", or_null("object")), ("offset", or_null("object"))])),
        ("Offsets", object(&[("offsets", list_of(reference("Offset")))])),
        (
            "GivenOffsets",
            object(&[(
                "offsets",
                json!({
                    "type": "array",
                    "minItems": 1,
                    "items": object(&[("partition", json!({ "type": "object" })), ("offset?", or_null("object"))]),
                }),
            )]),
        ),
        ("Plugin", object(&[("class", text()), ("type", words(&["source", "sink"])), ("version", text())])),
        (
            "ConfigKey",
            object(&[
                ("name", text()),
                ("type", words(&types)),
                ("required", flag.clone()),
                ("default_value", or_null("string")),
                ("importance", words(&["LOW", "MEDIUM", "HIGH"])),
                ("documentation", text()),
                ("group", text()),
                ("order_in_group", whole(1)),
                ("width", words(&widths)),
                ("display_name", text()),
                ("dependents", list_of(text())),
            ]),
        ),
        (
            "ConfigValue",
            object(&[
                ("name", text()),
                ("value", or_null("string")),
                ("recommended_values", list_of(text())),
                ("errors", list_of(text())),
                ("visible", flag),
            ]),
        ),
        (
            "ConfigInfos",
            object(&[
                ("name", text()),
                ("error_count", whole(0)),
                ("groups", list_of(text())),
                (
                    "configs",
                    list_of(object(&[("definition", reference("ConfigKey")), ("value", reference("ConfigValue"))])),
                ),
            ]),
        ),
        ("Logger", object(&[("level", words(&levels)), ("last_modified", or_null("integer"))])),
        (
            "GivenLevel",
            json!({
                "type": "object",
                "properties": { "level": words(&levels) },
                "required": ["level"],
                "description": "Anything else in it makes no difference."
            }),
        ),
    ];
    schemas.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
