//! Answers: JSON, nothing, or an error in Connect's form. Pure.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use axum::http::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::connect::error::ConnectError;

/// What is answered.
pub(super) type Answer = Response<Body>;

/// What an operation ends in.
pub(super) type Outcome = Result<Answer, ConnectError>;

/// A body of JSON.
pub(super) fn json_of(status: StatusCode, body: &impl Serialize) -> Answer {
    match serde_json::to_vec(body) {
        Ok(bytes) => with_type(status, "application/json", bytes),
        Err(error) => refusal(&ConnectError::failed(format!("the answer could not be written: {error}"))),
    }
}

/// A body of JSON with status 200.
pub(super) fn ok(body: &impl Serialize) -> Answer {
    json_of(StatusCode::OK, body)
}

/// No body.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}

/// An error of an operation.
pub(super) fn refusal(error: &ConnectError) -> Answer {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with_type(status, "application/json", error_body(status, &error.message))
}

/// An error of HTTP itself: no operation was reached. As Connect's, it names no media type.
pub(super) fn http_error(status: StatusCode) -> Answer {
    let mut answer = empty(status);
    *answer.body_mut() = Body::from(error_body(status, &http_text(status)));
    answer
}

/// The sentence of an error of HTTP itself.
pub(super) fn http_text(status: StatusCode) -> String {
    format!("HTTP {} {}", status.as_u16(), status.canonical_reason().unwrap_or("Error"))
}

/// 405, with the methods that there are.
pub(super) fn not_allowed(allowed: &str) -> Answer {
    with_allow(http_error(StatusCode::METHOD_NOT_ALLOWED), allowed)
}

/// The methods of a path.
pub(super) fn options(allowed: &str) -> Answer {
    with_allow(with_type(StatusCode::OK, "text/plain", allowed.as_bytes().to_vec()), allowed)
}

fn with_allow(mut answer: Answer, allowed: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(ALLOW, value);
    }
    answer
}

fn with_type(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = empty(status);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    *answer.body_mut() = Body::from(body);
    answer
}

fn error_body(status: StatusCode, message: &str) -> Vec<u8> {
    json!({ "error_code": status.as_u16(), "message": message }).to_string().into_bytes()
}
