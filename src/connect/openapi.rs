//! The REST interface as an OpenAPI document, made from the table that the routes are made of. Pure.

mod schemas;

use serde_json::{Map, Value, json};

use self::schemas::{list_of, map_of, reference, text};
use super::plugins::VERSION;
use super::rest::endpoints::{Endpoint, Operation, of_path, paths};

/// What is told of an operation besides its endpoint.
struct Told {
    id: &'static str,
    summary: &'static str,
    query: Vec<Value>,
    body: Option<&'static str>,
    /// Statuses of success, each with what it means and its body.
    answers: Vec<(u16, &'static str, Option<Value>)>,
    /// Statuses that are errors, each with what it means.
    errors: Vec<(u16, &'static str)>,
}

/// The document: OpenAPI 3.1.
#[must_use]
pub fn document() -> Value {
    let mut described = Map::new();
    for path in paths() {
        let mut operations = Map::new();
        let parameters = path_parameters(path);
        if !parameters.is_empty() {
            operations.insert("parameters".to_owned(), Value::Array(parameters));
        }
        for endpoint in of_path(path) {
            operations.insert(endpoint.method.as_str().to_ascii_lowercase(), operation(endpoint));
        }
        described.insert(path.to_owned(), Value::Object(operations));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "handletime",
            "version": VERSION,
            "description": "Kafka Connect's REST interface over the connectors of handletime. A slash at the end of a \
                path makes no difference. GET answers HEAD too, and every path answers OPTIONS. Differences from \
                Kafka Connect: docs/connect-rest.md.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "security": [{}, { "basic": [] }],
        "paths": described,
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } }
        }
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let Told { id, summary, query, body, answers, mut errors } = told(endpoint.operation);
    let mut described = json!({ "operationId": id, "summary": summary });
    if !query.is_empty() {
        described["parameters"] = Value::Array(query);
    }
    if let Some(schema) = body {
        let content = json!({ "application/json": { "schema": reference(schema) } });
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    let mut responses = Map::new();
    for (status, meaning, schema) in answers {
        let mut response = json!({ "description": meaning });
        if let Some(schema) = schema {
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        if status == 201 {
            let location = json!({ "description": "Address of the connector", "schema": text(), "required": true });
            response["headers"] = json!({ "Location": location });
        }
        responses.insert(status.to_string(), response);
    }
    errors.push((401, "The user or the password is not that of the settings"));
    errors.push((500, "The worker could not do it, or not in time"));
    if endpoint.method.as_str() != "GET" {
        errors.push((403, "A browser sent it for a page of another site"));
    }
    if body.is_some() {
        errors.push((400, "The body is not sound; the message says what is wrong"));
        errors.push((408, "The body did not come in time"));
        errors.push((413, "The body is longer than rest.body.max.bytes"));
        responses.insert("415".to_owned(), json!({ "description": "The body is not said to be application/json" }));
    } else if endpoint.path.contains('{') {
        errors.push((400, "The path is not UTF-8"));
    }
    responses.insert("406".to_owned(), json!({ "description": "No answer in JSON is wanted" }));
    for (status, meaning) in errors {
        let content = json!({ "application/json": { "schema": reference("Error") } });
        let response = json!({ "description": meaning, "content": content });
        responses.entry(status.to_string()).or_insert(response);
    }
    described["responses"] = Value::Object(responses);
    described
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let (meaning, schema) = match name {
                "connector" => (
                    "Name of a connector; a slash in it is written as %2F",
                    json!({ "type": "string", "minLength": 1 }),
                ),
                "task" => ("Number of a task", json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX })),
                "plugin" => {
                    ("A connector class: its name, also with \"Connector\" behind it or a package before it", text())
                }
                _ => ("Name of a logger, with dots or colons; root is above all", text()),
            };
            json!({ "name": name, "in": "path", "required": true, "description": meaning, "schema": schema })
        })
        .collect()
}

fn query(name: &str, meaning: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": meaning, "schema": schema })
}

/// A switch takes any text, as in Connect: what is not `true` is false.
fn switch(name: &str, meaning: &str) -> Value {
    query(name, &format!("{meaning}, when it is true; everything else is false"), text())
}

const NO_CONNECTOR: (u16, &str) = (404, "There is no such connector");
const CONFLICT: (u16, &str) =
    (409, "The workers are just sharing out the connectors: try again; or the connector exists");

fn told(operation: Operation) -> Told {
    let of = |id, summary, answers, errors| Told { id, summary, query: Vec::new(), body: None, answers, errors };
    let found = |meaning, schema| vec![(200, meaning, Some(schema))];
    let done = |status, meaning| vec![(status, meaning, None)];
    let info = || reference("ConnectorInfo");
    match operation {
        Operation::ServerInfo => of(
            "getServerInfo",
            "Version of the contract (version), of the program (commit), and the Kafka cluster",
            found("The worker", reference("ServerInfo")),
            vec![(404, "A page is preferred, and there is none")],
        ),
        Operation::Health => Told {
            answers: vec![
                (200, "It can do its work", Some(reference("Health"))),
                (
                    500,
                    "It cannot; the message says why",
                    Some(json!({ "anyOf": [reference("Health"), reference("Error")] })),
                ),
                (503, "It is starting", Some(reference("Health"))),
            ],
            ..of("getHealth", "Whether the worker can do its work", Vec::new(), Vec::new())
        },
        Operation::OpenApi => {
            of("getOpenApi", "This document", found("This document", json!({ "type": "object" })), Vec::new())
        }
        Operation::ListConnectors => Told {
            query: vec![query(
                "expand",
                "status, info, or both one after the other; anything else adds nothing",
                list_of(text()),
            )],
            ..of(
                "listConnectors",
                "Names of all connectors, or with expand what is told of each",
                found(
                    "The names, or by name what expand asks for",
                    json!({ "anyOf": [list_of(text()), map_of(reference("ExpandedConnector"))] }),
                ),
                Vec::new(),
            )
        },
        Operation::CreateConnector => Told {
            body: Some("CreateConnector"),
            ..of(
                "createConnector",
                "Creates a connector",
                vec![(201, "The connector; its tasks come later", Some(info()))],
                vec![CONFLICT],
            )
        },
        Operation::GetConnector => {
            of("getConnector", "Settings and tasks of a connector", found("The connector", info()), vec![NO_CONNECTOR])
        }
        Operation::DeleteConnector => of(
            "deleteConnector",
            "Deletes a connector; its topics and offsets stay",
            done(204, "It is deleted"),
            vec![NO_CONNECTOR, CONFLICT],
        ),
        Operation::GetConfig => of(
            "getConnectorConfig",
            "Settings of a connector, as they were written",
            found("The settings", reference("Config")),
            vec![NO_CONNECTOR],
        ),
        Operation::PutConfig => Told {
            body: Some("GivenConfig"),
            ..of(
                "putConnectorConfig",
                "Gives a connector these settings and no other; creates it if need be",
                vec![(200, "The connector", Some(info())), (201, "The new connector", Some(info()))],
                vec![CONFLICT],
            )
        },
        Operation::PatchConfig => Told {
            body: Some("GivenConfig"),
            ..of(
                "patchConnectorConfig",
                "Changes settings; one that is null is removed",
                found("The connector", info()),
                vec![NO_CONNECTOR, CONFLICT],
            )
        },
        Operation::GetStatus => of(
            "getConnectorStatus",
            "What a connector and its tasks are doing",
            found("The states", reference("ConnectorStateInfo")),
            vec![NO_CONNECTOR],
        ),
        Operation::Restart => Told {
            query: vec![
                switch("includeTasks", "The tasks are started again too"),
                switch("onlyFailed", "Only what has FAILED is started again"),
            ],
            ..of(
                "restartConnector",
                "Starts a connector again, or parts of it",
                vec![
                    (202, "Parts were asked for: what the states become", Some(reference("ConnectorStateInfo"))),
                    (204, "The connector is started again", None),
                ],
                vec![NO_CONNECTOR, CONFLICT],
            )
        },
        Operation::Pause => of(
            "pauseConnector",
            "Pauses a connector; its tasks stay",
            done(202, "It will"),
            vec![NO_CONNECTOR, CONFLICT],
        ),
        Operation::Resume => of(
            "resumeConnector",
            "Has a paused or stopped connector go on",
            done(202, "It will"),
            vec![NO_CONNECTOR, CONFLICT],
        ),
        Operation::Stop => {
            of("stopConnector", "Stops a connector; its tasks go", done(204, "It will"), vec![NO_CONNECTOR, CONFLICT])
        }
        Operation::ListTasks => of(
            "listTasks",
            "Tasks of a connector with their settings",
            found("The tasks", list_of(reference("TaskInfo"))),
            vec![NO_CONNECTOR],
        ),
        Operation::GetTaskStatus => of(
            "getTaskStatus",
            "What a task is doing",
            found("The state", reference("TaskState")),
            vec![(404, "There is no such task")],
        ),
        Operation::RestartTask => of(
            "restartTask",
            "Starts a task again",
            done(204, "It is started again"),
            vec![(404, "There is no such task"), CONFLICT],
        ),
        Operation::GetTopics => of(
            "getConnectorTopics",
            "Topics that a connector has used; none of one that does not exist",
            found("The topics", reference("Topics")),
            Vec::new(),
        ),
        Operation::ResetTopics => of(
            "resetConnectorTopics",
            "Forgets which topics a connector has used",
            done(202, "They are forgotten"),
            vec![NO_CONNECTOR, CONFLICT],
        ),
        Operation::GetOffsets => of(
            "getConnectorOffsets",
            "Where a connector stands",
            found("One offset a partition", reference("Offsets")),
            vec![NO_CONNECTOR, CONFLICT],
        ),
        Operation::AlterOffsets => Told {
            body: Some("GivenOffsets"),
            ..of(
                "alterConnectorOffsets",
                "Sets where a stopped connector goes on; an offset that is null is forgotten",
                found("They are set", reference("Message")),
                vec![NO_CONNECTOR, CONFLICT],
            )
        },
        Operation::ResetOffsets => of(
            "resetConnectorOffsets",
            "Forgets where a stopped connector stands",
            found("They are forgotten", reference("Message")),
            vec![(400, "The connector is not stopped, or does not let them go"), NO_CONNECTOR, CONFLICT],
        ),
        Operation::ListPlugins => Told {
            query: vec![query("connectorsOnly", "Makes no difference: there are only connectors", text())],
            ..of("listPlugins", "The connector classes", found("The classes", list_of(reference("Plugin"))), Vec::new())
        },
        Operation::GetPluginConfig => of(
            "getPluginConfig",
            "Settings of a connector class",
            found("The settings", list_of(reference("ConfigKey"))),
            vec![(404, "There is no such class")],
        ),
        Operation::Validate => Told {
            body: Some("GivenConfig"),
            ..of(
                "validatePluginConfig",
                "Checks the settings of a connector, and changes nothing",
                found("All settings, with what is wrong with each", reference("ConfigInfos")),
                Vec::new(),
            )
        },
        Operation::ListLoggers => {
            of("listLoggers", "Levels of all loggers", found("The levels", map_of(reference("Logger"))), Vec::new())
        }
        Operation::GetLogger => of(
            "getLogger",
            "Level of a logger",
            found("The level", reference("Logger")),
            vec![(404, "There is no such logger")],
        ),
        Operation::SetLogger => Told {
            query: vec![query("scope", "cluster for all workers; everything else is this worker", text())],
            body: Some("GivenLevel"),
            ..of(
                "setLogger",
                "Sets the level of a logger and of all below it",
                vec![
                    (200, "The loggers whose level was set", Some(list_of(text()))),
                    (204, "The level is set on all workers", None),
                ],
                vec![(404, "There is no such level")],
            )
        },
    }
}

#[cfg(test)]
mod tests;
