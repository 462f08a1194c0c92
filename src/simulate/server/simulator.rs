//! One simulated platform with its tokens, limit and fault script, and the server that answers for it. Edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use super::super::clock::Clock;
use super::super::conversation::metrics;
use super::super::conversation::page::RESULTS_MAX;
use super::super::faults::{FaultScript, Faults};
use super::super::ledger::Ledger;
use super::super::limit::RequestLimit;
use super::super::login::Bearers;
use super::super::queries::desk::AsyncDesk;
use super::super::queries::report;
use super::super::tokens::PageTokens;
use super::history::History;
use super::{drawn, inspect, platform};
use crate::config::typed::AggregatesShape;
use crate::domain::reference::Kind;
use crate::domain::time::DurationMs;
use crate::runtime::shutdown::Shutdown;

/// How long open connections get to end after the shutdown. Shorter cuts answers off; longer delays whoever waits.
const DRAIN: Duration = Duration::from_secs(3);

/// How a simulator behaves.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// The one OAuth client's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Life of a bearer token in real seconds.
    pub token_expires_s: u64,
    /// Requests in any second of real time that a client may make, where that is limited.
    pub requests_per_second: Option<usize>,
    /// Requests in any minute of real time that a client may make, where that is limited.
    pub requests_per_minute: Option<usize>,
    /// Whether a row that starts exactly at `to` is part of the answer.
    pub to_inclusive: bool,
    /// Entities on a page of `conversation-metrics`.
    pub metrics_page: usize,
    /// Rows on a page of `report-queries`.
    pub report_page: usize,
    /// A details query that selects more conversations is refused; by default only the pages beyond 100,000 are.
    pub hits_max: u64,
    /// Results that a details query can be paged through.
    pub results_max: usize,
    /// Whether some pages of conversations begin with the last one of the page before, as flat rows always do.
    pub overlapping_pages: bool,
    /// Whether events at or after a request's `until` are left out.
    pub cut_at_until: bool,
    /// The platform's clock.
    pub clock: Clock,
    /// The longest that a query takes which is answered later, in milliseconds of the platform's time.
    pub query_ms_max: DurationMs,
    /// How far the lake that jobs read is behind, in milliseconds of the platform's time.
    pub availability_lag_ms: DurationMs,
    /// The one shape in which aggregates are answered; `None`: in either.
    pub aggregates: Option<AggregatesShape>,
    /// What goes wrong.
    pub faults: FaultScript,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        SimulatorOptions {
            client_id: "demo-client".to_owned(),
            client_secret: "demo-secret".to_owned(),
            token_expires_s: 86_399,
            requests_per_second: Some(20),
            requests_per_minute: None,
            to_inclusive: true,
            metrics_page: metrics::PAGE_MAX,
            report_page: report::PAGE_ROWS,
            hits_max: u64::MAX,
            results_max: RESULTS_MAX,
            overlapping_pages: false,
            cut_at_until: false,
            clock: Clock::Static,
            query_ms_max: 400,
            availability_lag_ms: 0,
            aggregates: None,
            faults: FaultScript::default(),
        }
    }
}

/// One simulated platform.
#[derive(Debug)]
pub struct Simulator {
    pub(super) history: History,
    pub(super) options: SimulatorOptions,
    desk: Mutex<Desk>,
}

/// What changes with every request.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) bearers: Bearers,
    pub(super) tokens: PageTokens,
    pub(super) limit: RequestLimit,
    pub(super) faults: Faults,
    pub(super) queries: AsyncDesk,
    pub(super) ledger: Ledger,
    /// The last row of the latest answer that had rows, and the path of its request; where the script may repeat it.
    pub(super) row_before: Option<(String, serde_json::Value)>,
    pub(super) answers: u64,
    /// How often each list of names was read from its beginning.
    pub(super) readings: BTreeMap<Kind, u64>,
    /// Secrets that are taken for the client's.
    pub(super) secrets: Vec<String>,
}

/// Why serving ended before the shutdown.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener failed.
    #[error("serving the simulated platform")]
    Io(#[from] std::io::Error),
}

impl Simulator {
    /// A platform that tells one history.
    #[must_use]
    pub fn new(history: impl Into<History>, options: SimulatorOptions) -> Simulator {
        let history = history.into();
        let desk = Desk {
            bearers: Bearers::new(history.seed(), options.token_expires_s),
            tokens: PageTokens::new(history.seed()),
            limit: RequestLimit::new(options.requests_per_second, options.requests_per_minute),
            faults: Faults::new(options.faults.clone()),
            queries: AsyncDesk::new(history.seed(), options.query_ms_max),
            ledger: Ledger::default(),
            row_before: None,
            answers: 0,
            readings: BTreeMap::new(),
            secrets: vec![options.client_secret.clone()],
        };
        Simulator { history, options, desk: Mutex::new(desk) }
    }

    /// The history.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// How many queries that are answered later are still known: those that no one deleted.
    #[must_use]
    pub fn open_queries(&self) -> usize {
        self.desk().queries.open()
    }

    /// From now on only these secrets are taken, and every token given before is invalid.
    pub fn rotate(&self, secrets: &[&str]) {
        let mut desk = self.desk();
        desk.secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        desk.bearers = Bearers::new(self.history.seed() ^ desk.answers, self.options.token_expires_s);
    }

    /// The desk is consistent between statements, so a panic elsewhere does not spoil it.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request handler holds.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) simulator: Arc<Simulator>,
    pub(super) shutdown: Shutdown,
}

/// What answers a request, whatever carries it; answers that hang end with the shutdown.
pub fn router(simulator: Arc<Simulator>, shutdown: Shutdown) -> Router {
    Router::new()
        .route("/simulator/health", get(inspect::health))
        .route("/simulator/clock", get(inspect::clock))
        .route("/simulator/requests", get(inspect::requests))
        .route("/simulator/truth", get(inspect::truth))
        .route("/simulator/conversations", get(drawn::conversations))
        .fallback(platform::answer)
        .with_state(Shared { simulator, shutdown })
}

/// Answers on `listener` until the shutdown; open connections then get a few seconds to end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, simulator: Arc<Simulator>, shutdown: Shutdown) -> Result<(), ServeError> {
    let router = router(simulator, shutdown.clone());
    let stop = shutdown.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { stop.wait().await });
    let late = async {
        shutdown.wait().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        outcome = serving.into_future() => outcome?,
        () = late => tracing::warn!("connections to the simulated platform did not end in time"),
    }
    Ok(())
}
