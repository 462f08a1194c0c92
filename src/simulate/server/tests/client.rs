//! A simulator on a port of its own, and a client for it. Edge.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::{History, Simulator, SimulatorOptions, serve};
use crate::domain::time::parse_instant;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::faults::FaultScript;
use crate::simulate::world::World;

pub(super) const FROM: &str = "2026-01-05T00:00:00Z";
pub(super) const DETAILS: &str = "/api/v2/analytics/interactions/details";

/// A simulator on a port of its own, and a client that has logged in.
pub(super) struct Platform {
    pub(super) base: String,
    pub(super) client: reqwest::Client,
    pub(super) bearer: String,
    pub(super) supervisor: Supervisor,
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Platform {
    pub(super) async fn start(options: SimulatorOptions) -> Platform {
        let world = World::exactly(7, parse_instant(FROM).unwrap(), 1, 3_000).unwrap();
        Platform::telling(Arc::new(world), options).await
    }

    pub(super) async fn telling(history: impl Into<History>, options: SimulatorOptions) -> Platform {
        let simulator = Arc::new(Simulator::new(history, options));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = Shutdown::default();
        let mut supervisor = Supervisor::new(shutdown.clone());
        supervisor.start("simulator", async move {
            serve(listener, simulator, shutdown).await.map_err(|error| error.to_string())
        });
        // A second test finds the provider installed: that one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let mut platform = Platform { base, client, bearer: String::new(), supervisor };
        platform.log_in().await;
        platform
    }

    pub(super) async fn scripted(script: &str) -> Platform {
        let faults = FaultScript::read(script).unwrap();
        Platform::start(SimulatorOptions { faults, ..SimulatorOptions::default() }).await
    }

    pub(super) async fn log_in(&mut self) {
        let form = "grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret";
        let reply = self.token(None, form).await;
        self.bearer = reply.json()["access_token"].as_str().unwrap().to_owned();
    }

    pub(super) async fn token(&self, basic: Option<(&str, &str)>, form: &str) -> Reply {
        let mut request = self.client.post(format!("{}/oauth/token", self.base)).body(form.to_owned());
        if let Some((id, secret)) = basic {
            request = request.basic_auth(id, Some(secret));
        }
        read(request).await.unwrap()
    }

    pub(super) async fn ask(&self, body: &Value) -> Reply {
        self.try_ask(body).await.unwrap()
    }

    pub(super) async fn try_ask(&self, body: &Value) -> reqwest::Result<Reply> {
        let request = self.client.post(format!("{}{DETAILS}", self.base)).bearer_auth(&self.bearer);
        read(request.body(body.to_string())).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.bearer);
        read(request.body(body.to_string())).await.unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        read(self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.bearer)).await.unwrap()
    }

    pub(super) async fn requests(&self) -> Vec<Value> {
        self.get("/simulator/requests").await.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(super) async fn stop(self) {
        self.supervisor.shutdown().trigger();
        self.supervisor.join(Duration::from_secs(5)).await.unwrap();
    }
}

pub(super) async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Reply { status, headers, text: response.text().await? })
}

/// A request for all rows of the day, `size` a page.
pub(super) fn body(size: usize) -> Value {
    json!({
        "view": "interactionDetails",
        "dateRange": {"from": FROM, "to": "2026-01-06T00:00:00Z", "timezone": "UTC"},
        "filters": [],
        "select": ["id", "status", "startTimestamp", "endTimestamp"],
        "groupBy": [],
        "size": size,
    })
}

pub(super) fn with_token(size: usize, token: &Value) -> Value {
    let mut body = body(size);
    body["nextPageToken"] = token.clone();
    body
}
