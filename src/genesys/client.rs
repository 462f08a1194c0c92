//! Asks the platform: one pooled client, logged in, within the budget. Edge; the only one that the source sends with.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use url::Url;

use super::counters::{Account, AtHand, ClientCounters};
use super::dialect::shape::Request;
use super::error::GenesysError;
use super::exchange::{Exchange, Sending};
use super::limiter::{Limiter, Rank};
use super::quota::Chance;
use super::token::{Bearer, Login};
use super::transport::Transport;
use super::turns::Asker;
use crate::config::secret::ClientCredentials;
use crate::config::typed::SourceConfig;
use crate::domain::time::InstantMs;

/// Where a login is asked for, below `genesys.login.url`.
const TOKEN_PATH: &str = "/oauth/token";

/// Answers the platform's time, and carries it in its `Date`; asked when nothing else is.
const DATE_PATH: &str = "/api/v2/date";

/// Connections kept open for each task's next request: one a lane; and one for logins.
const IDLE_CONNECTIONS_OF_A_TASK: usize = 2;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The network library refuses its settings.
    #[error("the http client cannot be made")]
    Build(#[source] reqwest::Error),
}

/// What a request that was not refused brought.
#[derive(Debug)]
pub struct Answer {
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Platform's instant at which the request was sent: what the answer speaks for.
    pub sent_at: InstantMs,
}

/// Asks one organisation's platform as one OAuth client.
#[derive(Clone, Debug)]
pub struct GenesysClient {
    exchange: Exchange,
    login: Arc<Login>,
    api_url: Url,
    chance: Chance,
    // Tasks of other sources that send by the same budget.
    askers_before: Asker,
}

impl GenesysClient {
    /// A client for a source's settings; nothing is sent.
    ///
    /// # Errors
    /// When the network library refuses to start.
    pub fn new(config: &SourceConfig) -> Result<GenesysClient, ClientError> {
        let http = connections(config)?;
        Ok(GenesysClient::over(Arc::new(http.clone()), http, config))
    }

    /// A client whose requests `transport` carries; `http` only makes them.
    fn over(transport: Arc<dyn Transport>, http: reqwest::Client, config: &SourceConfig) -> GenesysClient {
        let sending = Sending {
            http,
            transport,
            limiter: Limiter::new(config.quota_requests_per_second, config.quota_window),
            read_timeout: config.http_read_timeout,
            summary_timeout: config.http_summary_timeout,
            body_bytes_max: config.http_body_bytes_max,
        };
        let token_url = below(&config.login_url, TOKEN_PATH);
        GenesysClient {
            exchange: Exchange::new(sending),
            login: Arc::new(Login::new(
                token_url,
                ClientCredentials { id: config.client_id.clone(), secret: config.client_secret.clone() },
                config.secondary.clone(),
            )),
            api_url: config.api_url.clone(),
            chance: rand::random::<f64>,
            askers_before: 0,
        }
    }

    /// A client that reaches its platform by `transport` instead of the network.
    ///
    /// # Errors
    /// When the network library refuses to start.
    pub fn carried_by(transport: Box<dyn Transport>, config: &SourceConfig) -> Result<GenesysClient, ClientError> {
        Ok(GenesysClient::over(Arc::from(transport), connections(config)?, config))
    }

    /// The same client as one of several tasks uses it: one login, budget and breaker, and turns and counters of its own.
    #[must_use]
    pub fn of_task(&self, task: Asker) -> GenesysClient {
        GenesysClient { exchange: self.exchange.of_task(self.askers_before + task), ..self.clone() }
    }

    /// This client by the budget and the breaker of another that logs in as the same OAuth client; `askers_before`: how many
    /// tasks send by them already.
    #[must_use]
    pub fn beside(self, other: &GenesysClient, askers_before: Asker) -> GenesysClient {
        GenesysClient { exchange: self.exchange.beside(&other.exchange), askers_before, ..self }
    }

    /// Whether both send by one budget.
    #[must_use]
    pub fn has_budget_of(&self, other: &GenesysClient) -> bool {
        self.exchange.has_budget_of(&other.exchange)
    }

    /// The same client with another source of chance, so that the length of each wait is known beforehand.
    #[must_use]
    pub fn with_chance(self, chance: Chance) -> GenesysClient {
        GenesysClient { chance, ..self }
    }

    /// A number in `[0, 1)` for the jitter of a wait before the platform is asked again.
    #[must_use]
    pub fn chance(&self) -> f64 {
        (self.chance)()
    }

    /// Logs in, if that has not happened; also tells what time it is there.
    ///
    /// # Errors
    /// As [`GenesysError`] says.
    pub async fn log_in(&self) -> Result<(), GenesysError> {
        self.login.bearer(&self.exchange).await.map(|_| ())
    }

    /// How long the token at hand was good for when it was given; `None` without one.
    pub async fn token_life(&self) -> Option<Duration> {
        self.login.life().await
    }

    /// `genesys.api.url`.
    #[must_use]
    pub fn api_url(&self) -> &Url {
        &self.api_url
    }

    /// Posts a JSON body to `path`, which may have a query, below `genesys.api.url`. Safe to drop half-way.
    ///
    /// After 401 the login is renewed, and the caller decides whether to ask again: a page token does not survive it.
    ///
    /// # Errors
    /// As [`GenesysError`] says: for every answer but 200.
    pub async fn post(&self, rank: Rank, path: &str, body: String) -> Result<Answer, GenesysError> {
        self.send_body(rank, path, body, &[]).await
    }

    /// Posts what is answered later, as [`GenesysClient::post`]; 202 says that it was taken in.
    ///
    /// # Errors
    /// As [`GenesysError`] says: for every answer but 200 and 202.
    pub async fn submit(&self, rank: Rank, path: &str, body: String) -> Result<Answer, GenesysError> {
        self.send_body(rank, path, body, &[202]).await
    }

    async fn send_body(&self, rank: Rank, path: &str, body: String, besides: &[u16]) -> Result<Answer, GenesysError> {
        let bearer = self.login.bearer(&self.exchange).await?;
        let request = self
            .exchange
            .http()
            .post(self.place(path))
            .bearer_auth(bearer.text.reveal())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body);
        self.answer(rank, request, &bearer, besides).await
    }

    /// Gets what lies at `path`, which may have a query, below `genesys.api.url`. Safe to drop half-way; 401 as for
    /// [`GenesysClient::post`].
    ///
    /// # Errors
    /// As [`GenesysError`] says: for every answer but 200.
    pub async fn get(&self, rank: Rank, path: &str) -> Result<Answer, GenesysError> {
        let bearer = self.login.bearer(&self.exchange).await?;
        let request = self
            .exchange
            .http()
            .get(self.place(path))
            .bearer_auth(bearer.text.reveal())
            .header(ACCEPT, "application/json");
        self.answer(rank, request, &bearer, &[]).await
    }

    /// Sends a request as it is described. Safe to drop half-way; 401 as for [`GenesysClient::post`].
    ///
    /// # Errors
    /// As [`GenesysError`] says: for every answer but 200.
    pub async fn ask(&self, rank: Rank, request: &Request) -> Result<Answer, GenesysError> {
        match request {
            Request::Get { target } => self.get(rank, target).await,
            Request::Post { target, body } => self.post(rank, target, body.clone()).await,
        }
    }

    fn place(&self, path: &str) -> Url {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut url = below(&self.api_url, path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        url
    }

    /// Deletes what lies at `path` below `genesys.api.url`. Safe to drop half-way; 401 as for [`GenesysClient::post`].
    ///
    /// # Errors
    /// As [`GenesysError`] says: for every answer but 200, 202 and 204.
    pub async fn delete(&self, rank: Rank, path: &str) -> Result<Answer, GenesysError> {
        let bearer = self.login.bearer(&self.exchange).await?;
        let url = below(&self.api_url, path);
        let request =
            self.exchange.http().delete(url).bearer_auth(bearer.text.reveal()).header(ACCEPT, "application/json");
        self.answer(rank, request, &bearer, &[202, 204]).await
    }

    /// `besides`: statuses that are no refusal, but for 200.
    async fn answer(
        &self,
        rank: Rank,
        request: reqwest::RequestBuilder,
        bearer: &Bearer,
        besides: &[u16],
    ) -> Result<Answer, GenesysError> {
        let reply = self.exchange.send(rank, request).await?.hiding(&bearer.text);
        match reply.refusal().filter(|_| !besides.contains(&reply.status)) {
            None => Ok(Answer { body: reply.body, sent_at: reply.sent_at }),
            Some(refusal) => {
                if matches!(refusal, GenesysError::AuthExpired { .. }) {
                    self.login.renew(&self.exchange, bearer.login).await?;
                }
                Err(refusal)
            }
        }
    }

    /// Asks what time it is there, when no other request has for a while. What is answered does not matter.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn read_clock(&self) -> Result<(), GenesysError> {
        let bearer = self.login.bearer(&self.exchange).await?;
        let request = self.exchange.http().get(below(&self.api_url, DATE_PATH)).bearer_auth(bearer.text.reveal());
        self.exchange.send(Rank::Later, request).await.map(|_| ())
    }

    /// Now, by the platform's clock.
    #[must_use]
    pub fn now(&self) -> InstantMs {
        self.exchange.now()
    }

    /// How long ago the platform's clock was heard of; `None` for never.
    #[must_use]
    pub fn clock_age(&self) -> Option<Duration> {
        self.exchange.clock_age()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> Arc<ClientCounters> {
        Arc::clone(self.exchange.counters())
    }
}

impl Account for GenesysClient {
    fn at_hand(&self) -> AtHand {
        let times = self.login.times();
        AtHand {
            tokens_left: Some(self.exchange.tokens_left() as f64),
            token_expires_at: times.map(|times| times.expires_at),
            token_refreshed_at: times.map(|times| times.refreshed_at),
            clock_offset_ms: self.exchange.clock_offset_ms(),
        }
    }
}

/// The connections of a source: nothing is sent yet.
fn connections(config: &SourceConfig) -> Result<reqwest::Client, ClientError> {
    crate::runtime::tls::install_provider();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("handletime/", env!("CARGO_PKG_VERSION")))
        // A redirect would carry the login to a host that no one configured.
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(1 + IDLE_CONNECTIONS_OF_A_TASK * config.partitions.len())
        .connect_timeout(config.http_connect_timeout);
    if is_loopback(&config.api_url) && is_loopback(&config.login_url) {
        // A proxy cannot reach this machine's own addresses.
        builder = builder.no_proxy();
    }
    builder.build().map_err(ClientError::Build)
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(None);
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
