//! What holds for every request, whatever answers it: the user, the time it may take, the form of its path. Edge.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::{HeaderValue, WWW_AUTHENTICATE};
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use futures::FutureExt;

use super::accept;
use super::answer::{Answer, refusal};
use super::basic::Lock;
use crate::config::rest::RestConfig;
use crate::connect::error::ConnectError;

/// Longest wait for the health of the worker, which whoever restarts it waits for.
const HEALTH: Duration = Duration::from_secs(10);

/// Where the status page is.
const PAGE: &str = "/status";

struct Guard {
    lock: Option<Lock>,
    timeout: Duration,
}

/// Puts the guard before routes.
///
/// # Errors
/// When the machine has no randomness to give.
pub(super) fn around(routes: Router, config: &RestConfig) -> Result<Router, String> {
    let lock = config.basic.as_ref().map(Lock::new).transpose()?;
    let guard = Arc::new(Guard { lock, timeout: config.request_timeout });
    let watch = move |request: Request, next: Next| {
        let guard = guard.clone();
        async move { watched(&guard, request, next).await }
    };
    // A layer sees the path before the routes below it do, so that what it makes of the path decides.
    Ok(Router::new().fallback_service(routes).layer(middleware::from_fn(watch)))
}

async fn watched(guard: &Guard, mut request: Request, next: Next) -> Answer {
    let (began, method, path) = (Instant::now(), request.method().clone(), request.uri().path().to_owned());
    let answer = match guard.refused(&request) {
        Some(answer) => answer,
        None => {
            direct(&mut request);
            guard.answered(request, next).await
        }
    };
    let (status, elapsed_ms) = (answer.status().as_u16(), began.elapsed().as_millis() as u64);
    tracing::debug!(%method, path, status, elapsed_ms, "request answered");
    answer
}

impl Guard {
    fn refused(&self, request: &Request) -> Option<Answer> {
        let headers = request.headers();
        if self.lock.as_ref().is_some_and(|lock| !lock.opens_to(headers)) {
            let mut answer = refusal(&ConnectError::new(401, "User cannot access the resource."));
            let realm = HeaderValue::from_static("Basic realm=\"handletime\", charset=\"UTF-8\"");
            answer.headers_mut().insert(WWW_AUTHENTICATE, realm);
            return Some(answer);
        }
        let changes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
        (changes && is_of_another_site(headers))
            .then(|| refusal(&ConnectError::new(403, "A page of another site may not change anything here")))
    }

    async fn answered(&self, request: Request, next: Next) -> Answer {
        let length = if request.uri().path() == "/health" { HEALTH.min(self.timeout) } else { self.timeout };
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
        match tokio::time::timeout(length, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                tracing::error!("a request was not answered because of a fault of the program");
                refusal(&ConnectError::failed("a fault of the program; its log says more"))
            }
            Err(_) => refusal(&ConnectError::failed(format!(
                "Request timed out. The worker did not get to an answer within {} ms (rest.request.timeout.ms); what was \
                 asked for may still come about",
                length.as_millis()
            ))),
        }
    }
}

/// Browsers say where a request comes from: without this, any page that its user looks at could change connectors.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site")
}

/// Takes slashes off the end of the path, and leads whoever prefers a page from `/` to it.
fn direct(request: &mut Request) {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    let wanted = match trimmed {
        "" if is_read && accept::prefers_page(request.headers()) => PAGE,
        "" => "/",
        trimmed => trimmed,
    };
    if wanted == path {
        return;
    }
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    let mut parts = request.uri().clone().into_parts();
    if let Ok(directed) = format!("{wanted}{query}").parse::<PathAndQuery>() {
        parts.path_and_query = Some(directed);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
}
