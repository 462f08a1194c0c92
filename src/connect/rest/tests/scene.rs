//! A worker in memory with the interface over it, and what is asked of it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use axum::routing::get;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::fake::{Fake, Mood};
use crate::config::rest::RestConfig;
use crate::connect::loggers::Loggers;
use crate::connect::rest::router::router;

/// What the test command's environment always has: it stands for a secret.
pub(super) const SECRET: &str = "CARGO_MANIFEST_DIR";

pub(super) struct Scene {
    pub(super) fake: Arc<Fake>,
    routes: Router,
}

/// An answer.
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Told {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The sentence of an error, whose code is its status.
    pub(super) fn message(&self) -> String {
        let body = self.json();
        assert_eq!(body["error_code"], self.status, "{body}");
        body["message"].as_str().unwrap().to_owned()
    }
}

/// The page that stands in for the status page.
pub(super) fn beside() -> Router {
    Router::new().route("/status", get(|| async { axum::response::Html("<p>the page</p>") }))
}

impl Scene {
    pub(super) fn new() -> Scene {
        Scene::with(Fake::default(), &RestConfig::default())
    }

    pub(super) fn with(fake: Fake, config: &RestConfig) -> Scene {
        let fake = Arc::new(fake);
        let routes = router(fake.clone(), Arc::new(Loggers::new(None)), config, beside()).unwrap();
        Scene { fake, routes }
    }

    pub(super) fn is(&self, mood: Mood) {
        *self.fake.mood.lock().unwrap() = mood;
    }

    /// With a body of JSON, if there is one, to `worker.test:8083`.
    pub(super) async fn ask(&self, method: &str, path: &str, body: &str) -> Told {
        let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[("content-type", "application/json")] };
        self.ask_with(method, path, body, headers).await
    }

    pub(super) async fn ask_with(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Told {
        let mut request = Request::builder().method(method).uri(path).header("host", "worker.test:8083");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = self.routes.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Told { status: head.status.as_u16(), headers: head.headers, text }
    }

    /// A connector that exists.
    pub(super) async fn source(&self, name: &str) {
        let told = self.ask("PUT", &format!("/connectors/{name}/config"), &config().to_string()).await;
        assert_eq!(told.status, 201, "{}", told.text);
    }
}

/// Sound settings of a source, without its name.
pub(super) fn config() -> Value {
    json!({
        "connector.class": "GenesysSource",
        "tasks.max": "1",
        "genesys.api.url": "http://127.0.0.1:9080",
        "genesys.client.id": "me",
        "genesys.client.secret": format!("${{env:{SECRET}}}"),
        "genesys.org.id": "acme",
        "extract.start": "2026-01-01T00:00:00Z"
    })
}

/// The same with one setting changed.
pub(super) fn config_with(key: &str, value: Value) -> Value {
    let mut config = config();
    config[key] = value;
    config
}

/// A body of `POST /connectors`.
pub(super) fn creation(name: &str, config: &Value) -> String {
    json!({ "name": name, "config": config }).to_string()
}
