//! Connectors: list, create, change, delete, and the topics that they use. Edge.

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, LOCATION};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome, empty, json_of, ok};
use super::body;
use super::dispatch::{Asked, Rest};
use crate::connect::entities::{ConnectorConfig, ConnectorInfo};
use crate::connect::error::ConnectError;
use crate::connect::herder::Change;
use crate::connect::plugins::NAME;

pub(super) fn list(rest: &Rest, asked: &Asked) -> Outcome {
    let names = rest.herder.names();
    if asked.query.all("expand").next().is_none() {
        return Ok(ok(&names));
    }
    let mut all = Map::new();
    for name in names {
        let mut parts = Map::new();
        let mut vanished = false;
        for part in asked.query.all("expand") {
            let told = match part {
                "status" => rest.herder.status(&name).map(|status| json!(status)),
                "info" => rest.herder.info(&name).map(|info| json!(info)),
                _ => continue,
            };
            match told {
                Ok(value) => drop(parts.insert(part.to_owned(), value)),
                // Deleted while the list was made.
                Err(_) => vanished = true,
            }
        }
        if !vanished {
            all.insert(name, Value::Object(parts));
        }
    }
    Ok(ok(&all))
}

pub(super) async fn create(rest: &Rest, asked: &Asked) -> Outcome {
    let mut request = body::create_request(&asked.body)?;
    put_name(&request.name, &mut request.config)?;
    let change = Change::Create(request.config, request.state);
    let (_, info) = rest.herder.change(&request.name, change).await?;
    Ok(created(rest, asked, info))
}

pub(super) fn get(rest: &Rest, asked: &Asked) -> Outcome {
    Ok(ok(&rest.herder.info(asked.connector())?))
}

pub(super) async fn delete(rest: &Rest, asked: &Asked) -> Outcome {
    rest.herder.delete(asked.connector()).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(super) fn config(rest: &Rest, asked: &Asked) -> Outcome {
    Ok(ok(&rest.herder.info(asked.connector())?.config))
}

pub(super) async fn put_config(rest: &Rest, asked: &Asked) -> Outcome {
    let mut config = body::config(&asked.body)?;
    put_name(asked.connector(), &mut config)?;
    let (is_new, info) = rest.herder.change(asked.connector(), Change::Put(config)).await?;
    Ok(if is_new { created(rest, asked, info) } else { ok(&info) })
}

pub(super) async fn patch_config(rest: &Rest, asked: &Asked) -> Outcome {
    let name = asked.connector();
    let changes = body::changes(&asked.body)?;
    for (key, value) in &changes {
        match value {
            Some(other) if key == NAME && other != name => return Err(mismatch(other, name)),
            None if key == NAME => return Err(ConnectError::bad_request("the name of a connector cannot be removed")),
            _ => {}
        }
    }
    let (_, info) = rest.herder.change(name, Change::Patch(changes)).await?;
    Ok(ok(&info))
}

pub(super) fn topics(rest: &Rest, asked: &Asked) -> Outcome {
    let name = asked.connector();
    Ok(ok(&json!({ name: { "topics": rest.herder.topics(name) } })))
}

pub(super) async fn reset_topics(rest: &Rest, asked: &Asked) -> Outcome {
    rest.herder.reset_topics(asked.connector()).await?;
    Ok(empty(StatusCode::ACCEPTED))
}

/// Where workers share connectors, the tasks come later, from the worker that gets the connector.
fn created(rest: &Rest, asked: &Asked, mut info: ConnectorInfo) -> Answer {
    if !rest.herder.is_standalone() {
        info.tasks.clear();
    }
    let mut answer = json_of(StatusCode::CREATED, &info);
    if let Ok(location) = HeaderValue::from_str(&asked.location(rest, &info.name)) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}

/// The name stands in the settings too, and must be the same there.
fn put_name(name: &str, config: &mut ConnectorConfig) -> Result<(), ConnectError> {
    match config.insert(NAME.to_owned(), name.to_owned()) {
        Some(other) if other != name => Err(mismatch(&other, name)),
        _ => Ok(()),
    }
}

fn mismatch(other: &str, name: &str) -> ConnectError {
    let text = format!("Connector name configuration ({other}) doesn't match connector name in the URL ({name})");
    ConnectError::bad_request(text)
}
