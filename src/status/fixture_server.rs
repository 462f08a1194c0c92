//! The pages of fixture processes over HTTP, by the real routes; `tests/page/run` has a browser look at them. Edge: it
//! listens.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::fixture;
use super::routes::{Retried, Retry, Status, routes};
use super::today_feed::TodayBoard;
use super::vitals::Vitals;
use crate::domain::time::InstantMs;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;

/// Where the addresses are to be written for a browser; the test then goes on until the file is gone.
const ADDRESSES: &str = "HANDLETIME_PAGE_ADDRESSES";
/// How long it goes on at most.
const SERVED_FOR: Duration = Duration::from_secs(180);

/// A process that reads on: each look finds two interactions more.
pub(super) fn status(vitals: Vitals) -> Arc<Status> {
    let today = TodayBoard::default();
    today.set(fixture::today(&vitals));
    let looks = AtomicU64::new(0);
    let gather = move || {
        let mut vitals = vitals.clone();
        vitals.sources[0].interactions += 2 * looks.fetch_add(1, Ordering::Relaxed);
        vitals
    };
    Status::new(
        Arc::new(gather),
        |vitals| format!("handletime_sources {}\n", vitals.sources.len()),
        today,
        Some(retry()),
    )
}

/// Knows one connector, in which all that is asked for is held twice.
pub(super) fn retry() -> Retry {
    Arc::new(|connector: String, _: InstantMs, _: InstantMs| -> Retried {
        Box::pin(async move {
            if connector == "genesys" { Ok(2) } else { Err((404, format!("Connector {connector} not found"))) }
        })
    })
}

#[tokio::test]
async fn fixture_processes_are_served_whole() {
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let mut addresses = String::new();
    let states = [("healthy", fixture::healthy()), ("late", fixture::late()), ("failing", fixture::failing())];
    crate::runtime::tls::install_provider();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (name, vitals) in states {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (router, until) = (routes(status(vitals)), shutdown.clone());
        supervisor.start(name, async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(async move { until.wait().await });
            served.await.map_err(|error| error.to_string())
        });
        let text = client.get(&address).send().await.unwrap().text().await.unwrap();
        assert!(text.contains(&format!("class=\"verdict {name}\"")), "{name}");
        addresses.push_str(&format!("{name} {address}\n"));
    }
    if let Some(path) = std::env::var_os(ADDRESSES) {
        let path = Path::new(&path);
        std::fs::write(path, addresses).unwrap();
        let until = Instant::now() + SERVED_FOR;
        while path.exists() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    shutdown.trigger();
    supervisor.join(Duration::from_secs(5)).await.unwrap();
}
