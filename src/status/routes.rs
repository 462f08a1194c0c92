//! Serves the status page, its parts, the same as JSON, and metrics. Edge: it answers HTTP requests.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::guard::{Said, refusal};
use super::page::assets::{self, Asset, POLICY};
use super::page::document::{View, document, fragment, notice};
use super::snapshot::Snapshot;
use super::today_feed::TodayBoard;
use super::verdict::Judge;
use super::vitals::Vitals;
use crate::domain::time::{InstantMs, parse_instant};
use crate::runtime::shutdown::Shutdown;

/// How often the verdict is looked at when nobody asks: it knows since when.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long connections may go on after a stop was asked for.
const DRAIN: Duration = Duration::from_secs(1);
/// A request to retry is a token, a name and two instants.
const BODY_BYTES_MAX: usize = 4_096;

/// Gathers the vitals; may block for a moment.
pub type Gather = Arc<dyn Fn() -> Vitals + Send + Sync>;

/// Has the held ranges of a connector within `[from, to)` read again: how many there are, or the status and sentence of a
/// refusal.
pub type Retry = Arc<dyn Fn(String, InstantMs, InstantMs) -> Retried + Send + Sync>;

/// What a retry comes to.
pub type Retried = Pin<Box<dyn Future<Output = Result<usize, (u16, String)>> + Send>>;

/// What the pages are made from.
pub struct Status {
    gather: Gather,
    metrics: fn(&Vitals) -> String,
    today: TodayBoard,
    retry: Option<Retry>,
    judge: Mutex<Judge>,
    token: String,
}

impl std::fmt::Debug for Status {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Status")
    }
}

impl Status {
    /// Of these vitals and days; `metrics` writes the text of `/metrics`, and without `retry` nothing can be asked for.
    #[must_use]
    pub fn new(gather: Gather, metrics: fn(&Vitals) -> String, today: TodayBoard, retry: Option<Retry>) -> Arc<Status> {
        let token = format!("{:032x}", rand::random::<u128>());
        Arc::new(Status { gather, metrics, today, retry, judge: Mutex::default(), token })
    }

    /// Looks at the process now and then until a stop is asked for, so that the page knows since when it is as it is.
    pub async fn watch(self: Arc<Status>, shutdown: Shutdown) {
        while !shutdown.sleep(LOOK_EVERY).await {
            drop(Arc::clone(&self).snapshot().await);
        }
    }

    /// All that is told now.
    async fn snapshot(self: Arc<Status>) -> Snapshot {
        let vitals = self.vitals().await;
        // What is remembered is whole between two looks, whoever panicked.
        let verdict = self.judge.lock().unwrap_or_else(PoisonError::into_inner).look(&vitals);
        Snapshot { verdict, vitals, today: self.today.all() }
    }

    async fn vitals(&self) -> Vitals {
        let gather = Arc::clone(&self.gather);
        tokio::task::spawn_blocking(move || gather()).await.unwrap_or_default()
    }

    fn token(&self) -> Option<&str> {
        self.retry.as_ref().map(|_| self.token.as_str())
    }
}

/// Everything, with the page at `/` too: for a listener of its own.
pub fn routes(status: Arc<Status>) -> Router {
    beside(Arc::clone(&status)).merge(Router::new().route("/", get(page)).with_state(status))
}

/// Everything but `/`: for a listener where that belongs to somebody else.
pub fn beside(status: Arc<Status>) -> Router {
    let mut router = Router::new()
        .route("/status", get(page))
        .route("/status/fragment", get(part))
        .route("/status.json", get(json))
        .route("/metrics", get(metrics))
        .route("/status/retry", post(retry).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)));
    for asset in assets::ALL {
        router = router.route(asset.path, get(move || async move { file(asset) }));
    }
    router.with_state(status)
}

/// Answers on `listener` until the shutdown, and looks at the process meanwhile; open connections then get a moment to end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, status: Arc<Status>, shutdown: Shutdown) -> std::io::Result<()> {
    let stop = shutdown.clone();
    let router = routes(Arc::clone(&status));
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { stop.wait().await });
    let late = async {
        status.watch(shutdown).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        outcome = serving.into_future() => outcome,
        () = late => Ok(()),
    }
}

async fn page(State(status): State<Arc<Status>>, RawQuery(query): RawQuery) -> Response<Body> {
    let snapshot = Arc::clone(&status).snapshot().await;
    html(StatusCode::OK, document(&snapshot, &View::of(&query.unwrap_or_default()), status.token()))
}

async fn part(State(status): State<Arc<Status>>, RawQuery(query): RawQuery) -> Response<Body> {
    let snapshot = Arc::clone(&status).snapshot().await;
    let view = View::of(&query.unwrap_or_default());
    html(StatusCode::OK, fragment(&snapshot, &view, status.token()).into_string())
}

async fn json(State(status): State<Arc<Status>>) -> Response<Body> {
    let snapshot = status.snapshot().await;
    match serde_json::to_string(&snapshot) {
        Ok(text) => answer(StatusCode::OK, "application/json", text),
        Err(error) => {
            tracing::warn!(%error, "the status cannot be written as JSON");
            answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", "it cannot be written".to_owned())
        }
    }
}

async fn metrics(State(status): State<Arc<Status>>) -> Response<Body> {
    let text = (status.metrics)(&status.vitals().await);
    answer(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
}

async fn retry(State(status): State<Arc<Status>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let said = Said {
        host: text(header::HOST),
        origin: text(header::ORIGIN),
        site: text(HeaderName::from_static("sec-fetch-site")),
    };
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |wanted: &str| form.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let Some(retry) = &status.retry else {
        return told(404, &Err("nothing can be asked for from here: handletime slices retry".to_owned()));
    };
    if let Some(cause) = refusal(said, field("token"), &status.token) {
        return told(403, &Err(cause.to_owned()));
    }
    let range = field("from").and_then(parse_instant).zip(field("to").and_then(parse_instant));
    let (Some(connector), Some((from, to))) = (field("connector"), range.filter(|(from, to)| from < to)) else {
        return told(400, &Err("a connector and a range of source time are needed".to_owned()));
    };
    match retry(connector.to_owned(), from, to).await {
        Ok(number) => told(200, &Ok(number)),
        Err((code, cause)) => told(code, &Err(cause)),
    }
}

fn told(code: u16, outcome: &Result<usize, String>) -> Response<Body> {
    html(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), notice(outcome))
}

fn html(code: StatusCode, text: String) -> Response<Body> {
    let mut answer = answer(code, "text/html; charset=utf-8", text);
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    answer
}

fn file(asset: Asset) -> Response<Body> {
    let mut answer = answer(StatusCode::OK, asset.content_type, asset.text.to_owned());
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    answer.headers_mut().insert(header::CACHE_CONTROL, forever);
    answer
}

fn answer(code: StatusCode, content_type: &'static str, text: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = code;
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A form of the page says where it comes from; others are told nothing.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests;
