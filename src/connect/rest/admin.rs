//! The worker itself, its plugins and its loggers. Edge.

use axum::http::StatusCode;
use serde_json::json;

use super::answer::{Answer, Outcome, empty, json_of, ok};
use super::body;
use super::dispatch::{Asked, Rest};
use crate::connect::entities::ServerInfo;
use crate::connect::error::ConnectError;
use crate::connect::herder::Health;
use crate::connect::plugins::{self, CLASS};
use crate::connect::{openapi, validate};

pub(super) fn server_info(rest: &Rest) -> Outcome {
    Ok(ok(&ServerInfo {
        version: plugins::CONNECT_VERSION.to_owned(),
        commit: plugins::VERSION.to_owned(),
        kafka_cluster_id: rest.herder.kafka_cluster_id(),
    }))
}

pub(super) fn health(rest: &Rest) -> Answer {
    let (status, word, message) = match rest.herder.health() {
        Health::Healthy => {
            (StatusCode::OK, "healthy", "Worker has completed startup and is ready to handle requests.".to_owned())
        }
        Health::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting", "Worker is still starting up.".to_owned()),
        Health::Unhealthy(reason) => (StatusCode::INTERNAL_SERVER_ERROR, "unhealthy", reason),
    };
    json_of(status, &json!({ "status": word, "message": message }))
}

pub(super) fn openapi() -> Outcome {
    Ok(ok(&openapi::document()))
}

/// With or without `connectorsOnly`: there are no plugins but connectors.
pub(super) fn plugins(_: &Asked) -> Outcome {
    Ok(ok(&plugins::list()))
}

pub(super) fn plugin_config(asked: &Asked) -> Outcome {
    Ok(ok(&plugins::settings(asked.param("plugin"))?))
}

pub(super) fn validate_config(asked: &Asked) -> Outcome {
    let (plugin, config) = (asked.param("plugin"), body::config(&asked.body)?);
    if let Some(class) = config.get(CLASS)
        && !plugins::without_suffix(class).ends_with(plugins::without_suffix(plugin))
    {
        let text = format!("Included connector type {class} does not match request type {plugin}");
        return Err(ConnectError::bad_request(text));
    }
    Ok(ok(&validate::validate(&config)?))
}

pub(super) fn loggers(rest: &Rest) -> Outcome {
    Ok(ok(&rest.loggers.all()))
}

pub(super) fn logger(rest: &Rest, asked: &Asked) -> Outcome {
    Ok(ok(&rest.loggers.get(asked.param("logger"))?))
}

pub(super) async fn set_logger(rest: &Rest, asked: &Asked) -> Outcome {
    let Some(level) = body::level(&asked.body)? else {
        return Err(ConnectError::bad_request("Desired 'level' parameter was not specified in request."));
    };
    let logger = asked.param("logger");
    if asked.query.all("scope").next().is_some_and(|scope| scope.eq_ignore_ascii_case("cluster")) {
        crate::connect::loggers::check_level(&level)?;
        rest.herder.set_level_everywhere(logger, &level).await?;
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    Ok(ok(&rest.loggers.set_level(logger, &level)?))
}
