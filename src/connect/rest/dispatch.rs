//! One request to its operation: what HTTP asks of it first, then what the operation says. Edge.

use std::sync::Arc;

use axum::body::{Bytes, HttpBody};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};

use super::answer::{Answer, Outcome, http_error, http_text, refusal};
use super::endpoints::Operation;
use super::query::Query;
use super::{accept, admin, body, connectors, lifecycle, offsets};
use crate::connect::error::ConnectError;
use crate::connect::herder::Herder;
use crate::connect::loggers::Loggers;

/// What every operation works on.
pub(super) struct Rest {
    pub(super) herder: Arc<dyn Herder>,
    pub(super) loggers: Arc<Loggers>,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    pub(super) body_bytes_max: usize,
}

/// A request as an operation sees it.
pub(super) struct Asked {
    params: Vec<(String, String)>,
    pub(super) query: Query,
    pub(super) body: Bytes,
    host: Option<String>,
}

impl Asked {
    /// What stands in the path in the place of a parameter.
    pub(super) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// The connector that the path names.
    pub(super) fn connector(&self) -> &str {
        self.param("connector")
    }

    /// The task that the path names.
    ///
    /// # Errors
    /// 404 when it is no number.
    pub(super) fn task(&self) -> Result<u32, ConnectError> {
        self.param("task").parse().map_err(|_| ConnectError::not_found(http_text(StatusCode::NOT_FOUND)))
    }

    /// The address of the connector, as the client reached this worker.
    pub(super) fn location(&self, rest: &Rest, name: &str) -> String {
        let host = self.host.as_deref().unwrap_or(rest.herder.worker_id());
        format!("{}://{host}/connectors/{}", rest.scheme, encoded(name))
    }
}

/// Answers a request that has found its operation.
pub(super) async fn dispatch(
    operation: Operation,
    rest: &Rest,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Answer {
    let (head, body) = request.into_parts();
    let params = match params {
        Ok(params) => params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        // What axum says of a path that has none.
        Err(RawPathParamsRejection::MissingPathParams(_)) => Vec::new(),
        Err(_) => return refusal(&ConnectError::bad_request("the path is not UTF-8")),
    };
    let body = if operation.takes_body() {
        let is_nothing = body.is_end_stream() && !head.headers.contains_key(CONTENT_TYPE);
        if !is_nothing && !accept::brings_json(&head.headers) {
            return http_error(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        match body::read(body, rest.body_bytes_max).await {
            Ok(bytes) => bytes,
            Err(error) => return refusal(&error),
        }
    } else {
        Bytes::new()
    };
    if !accept::takes_json(&head.headers) {
        return http_error(StatusCode::NOT_ACCEPTABLE);
    }
    let asked = Asked { params, query: Query::read(head.uri.query()), body, host: host(&head.headers, &head.uri) };
    perform(operation, rest, &asked).await.unwrap_or_else(|error| refusal(&error))
}

async fn perform(operation: Operation, rest: &Rest, asked: &Asked) -> Outcome {
    match operation {
        Operation::ServerInfo => admin::server_info(rest),
        Operation::Health => Ok(admin::health(rest)),
        Operation::OpenApi => admin::openapi(),
        Operation::ListConnectors => connectors::list(rest, asked),
        Operation::CreateConnector => connectors::create(rest, asked).await,
        Operation::GetConnector => connectors::get(rest, asked),
        Operation::DeleteConnector => connectors::delete(rest, asked).await,
        Operation::GetConfig => connectors::config(rest, asked),
        Operation::PutConfig => connectors::put_config(rest, asked).await,
        Operation::PatchConfig => connectors::patch_config(rest, asked).await,
        Operation::GetTopics => connectors::topics(rest, asked),
        Operation::ResetTopics => connectors::reset_topics(rest, asked).await,
        Operation::GetStatus => lifecycle::status(rest, asked),
        Operation::Restart => lifecycle::restart(rest, asked).await,
        Operation::Pause => lifecycle::pause(rest, asked).await,
        Operation::Resume => lifecycle::resume(rest, asked).await,
        Operation::Stop => lifecycle::stop(rest, asked).await,
        Operation::ListTasks => lifecycle::tasks(rest, asked),
        Operation::GetTaskStatus => lifecycle::task_status(rest, asked),
        Operation::RestartTask => lifecycle::restart_task(rest, asked).await,
        Operation::GetOffsets => offsets::get(rest, asked).await,
        Operation::AlterOffsets => offsets::alter(rest, asked).await,
        Operation::ResetOffsets => offsets::reset(rest, asked).await,
        Operation::ListPlugins => admin::plugins(asked),
        Operation::GetPluginConfig => admin::plugin_config(asked),
        Operation::Validate => admin::validate_config(asked),
        Operation::ListLoggers => admin::loggers(rest),
        Operation::GetLogger => admin::logger(rest, asked),
        Operation::SetLogger => admin::set_logger(rest, asked).await,
    }
}

/// What the client calls this worker, if that can stand in an address.
fn host(headers: &HeaderMap, uri: &axum::http::Uri) -> Option<String> {
    let named =
        headers.get(HOST).and_then(|value| value.to_str().ok()).or_else(|| uri.authority().map(|own| own.as_str()));
    named
        .filter(|host| host.parse::<axum::http::uri::Authority>().is_ok_and(|own| !own.as_str().contains('@')))
        .map(str::to_owned)
}

/// A name as one part of a path.
fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
