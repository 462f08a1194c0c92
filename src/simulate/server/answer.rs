//! What the platform answers, before it becomes HTTP: status, body, headers. Edge: it builds HTTP responses.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// Where a truncated body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The connection ends before the announced length is reached.
    Connection,
    /// The announced length is that of the part.
    Body,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
    pub retry_after_s: Option<i64>,
    /// The same as a date, which is said then.
    pub retry_at: Option<String>,
    pub cut: Option<Cut>,
    pub content_type: &'static str,
    /// Whether the fault script ordered it.
    pub scripted: bool,
}

impl Answer {
    pub(super) fn ok(body: String) -> Answer {
        Answer {
            status: 200,
            body,
            retry_after_s: None,
            retry_at: None,
            cut: None,
            content_type: "application/json",
            scripted: false,
        }
    }

    /// `body` with `rows` under `name`: `json!` would copy the rows, which takes as long as telling them.
    pub(super) fn with_rows(mut body: Value, name: &str, rows: Vec<Value>) -> Answer {
        body[name] = Value::Array(rows);
        Answer::ok(body.to_string())
    }

    /// A body in the platform's shape of errors.
    pub(super) fn error(status: u16, code: &str, message: &str, context: &str) -> Answer {
        let body = json!({
            "message": message,
            "code": code,
            "status": status,
            "contextId": context,
            "details": [],
            "errors": [],
        });
        Answer { status, ..Answer::ok(body.to_string()) }
    }

    /// A body in the shape of the login host's errors.
    pub(super) fn login_error(status: u16, error: &str, description: &str) -> Answer {
        let body = json!({"error": error, "description": description, "error_description": description});
        Answer { status, ..Answer::ok(body.to_string()) }
    }

    /// What a status usually says, as a fault script orders it.
    pub(super) fn of_status(status: u16, retry_after_s: Option<i64>, context: &str) -> Answer {
        let (code, message) = match status {
            401 => ("bad.credentials", "Invalid login credentials.".to_owned()),
            403 => ("not.authorized", "You are not authorized to perform the requested action.".to_owned()),
            404 => ("not.found", "The requested resource was not found.".to_owned()),
            410 => ("gone", "The requested resource is gone.".to_owned()),
            429 => ("too.many.requests.retry.after", too_many(retry_after_s)),
            500 => ("internal.server.error", "The server encountered an unexpected condition.".to_owned()),
            502 => ("bad.gateway", "The server received an invalid response.".to_owned()),
            503 => ("service.unavailable", "Service Unavailable - The server is currently unavailable.".to_owned()),
            504 => ("request.timeout", "The request timed out.".to_owned()),
            _ => ("general.error", format!("The request failed with the status {status}.")),
        };
        Answer { retry_after_s, ..Answer::error(status, code, &message, context) }
    }

    /// What a proxy in between says in the platform's place.
    pub(super) fn html() -> Answer {
        let body = "<!doctype html><html><body><h1>It works!</h1></body></html>";
        Answer { content_type: "text/html", ..Answer::ok(body.to_owned()) }
    }

    /// As HTTP, with the headers that every answer of the platform has.
    pub(super) fn into_response(self, headers: Headers) -> Response<Body> {
        let length = self.body.len();
        let body = match self.cut {
            None => Body::from(self.body),
            Some(cut) => cut_off(self.body, cut),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut put = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        };
        put(header::CONTENT_TYPE, self.content_type.to_owned());
        put(header::DATE, headers.date);
        put(HeaderName::from_static("inin-correlation-id"), headers.correlation);
        put(HeaderName::from_static("inin-ratelimit-count"), headers.limit_count.to_string());
        put(HeaderName::from_static("inin-ratelimit-allowed"), headers.limit_allowed.to_string());
        put(HeaderName::from_static("inin-ratelimit-reset"), headers.limit_reset_s.to_string());
        if let Some(text) = self.retry_at.or(self.retry_after_s.map(|seconds| seconds.to_string())) {
            put(header::RETRY_AFTER, text);
        }
        if self.cut == Some(Cut::Connection) {
            put(header::CONTENT_LENGTH, length.to_string());
        }
        response
    }
}

/// The headers of every answer.
#[derive(Debug)]
pub(super) struct Headers {
    pub date: String,
    pub correlation: String,
    pub limit_count: usize,
    pub limit_allowed: usize,
    pub limit_reset_s: i64,
}

fn too_many(retry_after_s: Option<i64>) -> String {
    let seconds = retry_after_s.unwrap_or(1);
    format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds")
}

fn cut_off(body: String, cut: Cut) -> Body {
    let mut bytes = body.into_bytes();
    bytes.truncate(bytes.len() / 2);
    let part = Bytes::from(bytes);
    match cut {
        Cut::Body => Body::from(part),
        Cut::Connection => {
            let broken = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "cut off by the fault script");
            Body::from_stream(futures::stream::iter([Ok(part), Err(broken)]))
        }
    }
}

/// An instant as the `Date` header writes it.
pub(super) fn http_date(at_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A page of a details request.
pub(super) fn page_body(data: &str, token: Option<&str>, size: usize, total: usize) -> String {
    let token = token.map_or_else(String::new, |token| format!("\"nextPageToken\":{},", Value::from(token)));
    format!("{{\"data\":[{data}],{token}\"size\":{size},\"total\":{total}}}")
}
