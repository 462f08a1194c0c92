//! A small server for tests: logs in, and answers as a test scripts it. Edge.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use tokio::time::Instant;

use crate::config::privacy::PrivacyConfig;
use crate::config::secret::Secret;
use crate::config::typed::SourceConfig;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::reference::Kind;
use crate::domain::selection::Selection;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;

/// How one request is answered.
pub enum Reaction {
    /// Status, one header, body.
    Status(u16, Option<(&'static str, String)>, String),
    /// Nothing, for ever.
    Hang,
    /// A 200 whose body breaks off.
    Truncated(String),
    /// A 200 that does not say how long it is.
    Streamed(String),
}

/// A 200.
pub fn ok(body: impl Into<String>) -> Reaction {
    Reaction::Status(200, None, body.into())
}

/// What the server saw.
#[derive(Default)]
pub struct Seen {
    /// When each request came, logins included.
    pub requests: Vec<Instant>,
    /// Logins answered.
    pub logins: u64,
}

/// A request as it came.
pub struct Asked<'a> {
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    pub body: &'a str,
}

type React = dyn Fn(&Asked<'_>) -> Reaction + Send + Sync;

struct Platform {
    secret: &'static str,
    token_life_s: u64,
    seen: Mutex<Seen>,
    react: Box<React>,
}

/// A running server; it ends when this is dropped.
pub struct Server {
    url: String,
    platform: Arc<Platform>,
    _supervisor: Supervisor,
}

impl Server {
    /// Serves; `react` is given the body of each request that carries the newest login's token. There are no names.
    pub async fn start(react: impl Fn(&str) -> Reaction + Send + Sync + 'static) -> Server {
        Server::start_with(move |asked| match asked.target.starts_with("/api/v2/routing/") {
            true => Reaction::Status(404, None, r#"{"message":"no names here","code":"not.found"}"#.to_owned()),
            false => react(asked.body),
        })
        .await
    }

    /// Serves; `react` is given each request that carries the newest login's token.
    pub async fn start_with(react: impl Fn(&Asked<'_>) -> Reaction + Send + Sync + 'static) -> Server {
        let platform =
            Platform { secret: "s3cret", token_life_s: 86_399, seen: Mutex::default(), react: Box::new(react) };
        let platform = Arc::new(platform);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::clone(&platform);
        let app = axum::Router::new().fallback(move |request: Request| answer(Arc::clone(&state), request));
        let mut supervisor = Supervisor::new(Shutdown::default());
        supervisor.start("server", async move { axum::serve(listener, app).await.map_err(|error| error.to_string()) });
        Server { url, platform, _supervisor: supervisor }
    }

    /// Makes the tokens that were given so far invalid.
    pub fn expire_tokens(&self) {
        self.platform.seen.lock().unwrap().logins += 1;
    }

    pub fn logins(&self) -> u64 {
        self.platform.seen.lock().unwrap().logins
    }

    /// Most requests within any second.
    pub fn busiest_second(&self) -> usize {
        let seen = self.platform.seen.lock().unwrap();
        let second = Duration::from_secs(1);
        let within = |from: &Instant| seen.requests.iter().filter(|at| from <= *at && **at <= *from + second).count();
        seen.requests.iter().map(within).max().unwrap_or(0)
    }

    pub fn requests(&self) -> usize {
        self.platform.seen.lock().unwrap().requests.len()
    }

    /// Settings of a source that reads from here.
    pub fn config(&self) -> SourceConfig {
        config_at(&self.url)
    }
}

/// Settings of a source whose platform is nowhere.
pub fn offline_config() -> SourceConfig {
    config_at("http://127.0.0.1:1")
}

fn config_at(url: &str) -> SourceConfig {
    SourceConfig {
        name: "test".to_owned(),
        pipeline: "default".to_owned(),
        api_url: url.parse().unwrap(),
        login_url: url.parse().unwrap(),
        client_id: "id".to_owned(),
        client_secret: Secret::new("s3cret".to_owned()),
        secondary: None,
        org_id: "acme".to_owned(),
        dialect: Dialect::InteractionDetails,
        media_default: MediaType::Voice,
        aggregates: None,
        http_connect_timeout: Duration::from_secs(2),
        http_read_timeout: Duration::from_millis(500),
        http_summary_timeout: Duration::from_millis(500),
        http_body_bytes_max: 1 << 20,
        extract_start: 0,
        extract_end: Some(7_200_000),
        slice_ms: 1_800_000,
        slice_ms_min: 60_000,
        page_size: 10,
        reference_refresh_ms: 3_600_000,
        // Users are another request: for tests that ask for them.
        reference_lists: vec![Kind::Queue, Kind::WrapupCode, Kind::Skill, Kind::Language],
        privacy: PrivacyConfig::default(),
        poll_interval: Duration::from_millis(200),
        freshness_delay_ms: 30_000,
        revisit_ms: vec![300_000, 3_600_000],
        revisit_dialect: None,
        query_poll_ms: 20,
        queries_in_flight_max: 4,
        query_limit_rows: 500_000,
        status_filter: None,
        agents: Vec::new(),
        lookback_ms: 0,
        retries_max: 20,
        reconcile_interval: None,
        leg_length_ms_max: 14 * 86_400_000,
        horizon_ms: 5 * 86_400_000,
        forward_buffer_ms: 0,
        quota_requests_per_second: 1_000.0,
        quota_window: Duration::from_secs(1),
        partitions: vec![Selection::All],
    }
}

async fn answer(platform: Arc<Platform>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let reaction = {
        let mut seen = platform.seen.lock().unwrap();
        seen.requests.push(Instant::now());
        if parts.uri.path() == "/oauth/token" {
            login(&platform, &mut seen, &parts.headers, &body)
        } else if authorization(&parts.headers) != format!("Bearer token-{}", seen.logins) {
            Reaction::Status(401, None, r#"{"message":"Invalid login","code":"bad.credentials"}"#.to_owned())
        } else {
            drop(seen);
            let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
            (platform.react)(&Asked { method: parts.method.as_str(), target, body: &body })
        }
    };
    match reaction {
        Reaction::Status(status, header, body) => {
            let mut response = Response::builder().status(status);
            if let Some((name, value)) = header {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
        Reaction::Hang => std::future::pending().await,
        Reaction::Streamed(body) => {
            let chunks = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(body))]);
            Response::builder().body(Body::from_stream(chunks)).unwrap()
        }
        Reaction::Truncated(beginning) => {
            let broken = Err(std::io::Error::other("broken"));
            let chunks = futures::stream::iter([Ok(Bytes::from(beginning)), broken]);
            Response::builder().body(Body::from_stream(chunks)).unwrap()
        }
    }
}

fn authorization(headers: &HeaderMap) -> String {
    headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn login(platform: &Platform, seen: &mut Seen, headers: &HeaderMap, body: &str) -> Reaction {
    // base64 of `id:s3cret`.
    let expected = if platform.secret == "s3cret" { "Basic aWQ6czNjcmV0" } else { "" };
    if authorization(headers) != expected || body != "grant_type=client_credentials" {
        let body = r#"{"error":"invalid_client","error_description":"authentication failed"}"#;
        return Reaction::Status(401, None, body.to_owned());
    }
    seen.logins += 1;
    let (number, life_s) = (seen.logins, platform.token_life_s);
    ok(format!(r#"{{"access_token":"token-{number}","token_type":"bearer","expires_in":{life_s}}}"#))
}
