//! One request and its answer: budget, breaker, counters, the platform's clock, and the cap on what is read. Edge.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use super::breaker::{Breaker, Permit};
use super::counters::{ClientCounters, FailureKind, add};
use super::error::{Cause, GenesysError, Told};
use super::limiter::{Limiter, Rank, Underway};
use super::platform_clock::PlatformClock;
use super::quota::{http_date, retry_after_ms};
use super::transport::Transport;
use super::turns::Asker;
use crate::config::secret::Secret;
use crate::domain::time::{DurationMs, InstantMs};
use crate::runtime::clock::unix_ms;

/// The paths whose answers are sums over many interactions; they take longer than pages.
const SUMMARY_PATHS: [&str; 2] = ["/aggregates/", "/interactions/summary"];

/// Longest nap before the breaker is asked again, so that one that closes early is noticed.
const NAP_MS_MAX: u64 = 1_000;

/// Where the platform puts the id that its support asks for.
const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");

/// Where the platform says how many requests it allows in its window.
const LIMIT_ALLOWED: HeaderName = HeaderName::from_static("inin-ratelimit-allowed");

/// Where it says how many requests of the client are in that window.
const LIMIT_USED: HeaderName = HeaderName::from_static("inin-ratelimit-count");

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Platform's instant at which the request was sent.
    pub sent_at: InstantMs,
    /// What the platform asked to wait.
    pub retry_after_ms: Option<u64>,
    /// Its id of this exchange.
    pub correlation_id: Option<String>,
}

impl Reply {
    /// What the platform said.
    #[must_use]
    pub fn told(&self) -> Told {
        Told::from_body(self.status, &self.body, self.correlation_id.as_deref())
    }

    /// The same without `secret`, which a platform may repeat in its refusal.
    #[must_use]
    pub fn hiding(mut self, secret: &Secret) -> Reply {
        let hidden = |text: &str| text.replace(secret.reveal(), "[hidden]");
        if self.status != 200 && !secret.reveal().is_empty() {
            self.body = hidden(&String::from_utf8_lossy(&self.body)).into_bytes();
            self.correlation_id = self.correlation_id.map(|id| hidden(&id));
        }
        self
    }

    /// The error that every request reads from this status; `None` for 200.
    #[must_use]
    pub fn refusal(&self) -> Option<GenesysError> {
        let (told, retry_after_ms) = (self.told(), self.retry_after_ms);
        Some(match self.status {
            200 => return None,
            401 => GenesysError::AuthExpired { told },
            403 => GenesysError::Forbidden { told, help: "" },
            410 => GenesysError::TokenGone { told },
            429 => GenesysError::RateLimited { retry_after_ms, told },
            408 | 500..=599 => GenesysError::Unavailable { retry_after_ms, told },
            400..=499 => GenesysError::BadRequest { told },
            _ => GenesysError::Strange { told },
        })
    }
}

/// Everything that is shared by the requests of one OAuth client, as one of its tasks uses it.
#[derive(Clone, Debug)]
pub struct Exchange {
    http: reqwest::Client,
    transport: Arc<dyn Transport>,
    read_timeout: Duration,
    summary_timeout: Duration,
    limiter: Arc<Limiter>,
    breaker: Arc<Mutex<Breaker>>,
    clock: Arc<Mutex<PlatformClock>>,
    counters: Arc<ClientCounters>,
    body_bytes_max: usize,
    asker: Asker,
}

/// What the requests of one OAuth client are sent with.
#[derive(Debug)]
pub struct Sending {
    /// Makes requests.
    pub http: reqwest::Client,
    /// Carries them.
    pub transport: Arc<dyn Transport>,
    /// Paces them.
    pub limiter: Limiter,
    /// From sending to the last byte: an answer that trickles must end too.
    pub read_timeout: Duration,
    /// The same for sums over many interactions.
    pub summary_timeout: Duration,
    /// An answer longer than this is refused.
    pub body_bytes_max: usize,
}

/// The local clock.
#[must_use]
pub fn local_now() -> InstantMs {
    unix_ms()
}

impl Exchange {
    /// An exchange that has sent nothing.
    #[must_use]
    pub fn new(sending: Sending) -> Exchange {
        let Sending { http, transport, limiter, read_timeout, summary_timeout, body_bytes_max } = sending;
        Exchange {
            http,
            transport,
            read_timeout,
            summary_timeout,
            limiter: Arc::new(limiter),
            breaker: Arc::default(),
            clock: Arc::default(),
            counters: Arc::default(),
            body_bytes_max,
            asker: 0,
        }
    }

    /// The same as the task `asker` uses it: one budget, breaker and clock, and turns and counters of its own.
    #[must_use]
    pub fn of_task(&self, asker: Asker) -> Exchange {
        Exchange { asker, counters: Arc::default(), ..self.clone() }
    }

    /// This exchange by the budget and the breaker of another.
    #[must_use]
    pub fn beside(self, other: &Exchange) -> Exchange {
        Exchange { limiter: Arc::clone(&other.limiter), breaker: Arc::clone(&other.breaker), ..self }
    }

    /// Whether both send by one budget.
    #[must_use]
    pub fn has_budget_of(&self, other: &Exchange) -> bool {
        Arc::ptr_eq(&self.limiter, &other.limiter)
    }

    /// Makes requests for [`Exchange::send`].
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// What was counted.
    #[must_use]
    pub fn counters(&self) -> &Arc<ClientCounters> {
        &self.counters
    }

    /// Now, by the platform's clock.
    #[must_use]
    pub fn now(&self) -> InstantMs {
        locked(&self.clock).at(local_now())
    }

    /// How long ago the platform's clock was heard of; `None` for never.
    #[must_use]
    pub fn clock_age(&self) -> Option<Duration> {
        let heard_at = locked(&self.clock).observed_at()?;
        Some(Duration::from_millis(u64::try_from(local_now() - heard_at).unwrap_or(0)))
    }

    /// Sends a request when the budget allows it, and reads the answer up to the cap. Safe to drop half-way.
    ///
    /// # Errors
    /// When there is no answer, it breaks off, or it is too long. An answer of any status is no error here.
    pub async fn send(&self, rank: Rank, request: reqwest::RequestBuilder) -> Result<Reply, GenesysError> {
        let underway = self.permit(rank).await;
        add(&self.counters.requests, 1);
        let sent_local = local_now();
        let failed = |error: reqwest::Error| transient("sending a request to the platform", error);
        let outcome = match request.build() {
            Ok(request) => {
                let within = self.timeout(request.url().path());
                let received = async {
                    let outcome = self.receive(request, sent_local, underway).await;
                    self.count_failure(&outcome);
                    outcome
                };
                let answer = tokio::time::timeout(within, received);
                answer.await.unwrap_or_else(|late| {
                    self.counters.failed(FailureKind::Timeout);
                    Err(transient("waiting for an answer of the platform", late))
                })
            }
            Err(error) => Err(failed(error)),
        };
        let now = local_now();
        match &outcome {
            Ok(reply) if reply.status == 429 || reply.status == 503 => {
                locked(&self.breaker).refused(now, reply.retry_after_ms);
                if reply.status == 429 {
                    add(&self.counters.rate_limited, 1);
                    self.limiter.refused();
                }
            }
            Ok(reply) if reply.status < 500 => {
                locked(&self.breaker).answered();
                self.limiter.answered();
            }
            Ok(_) | Err(_) => locked(&self.breaker).unanswered(now),
        }
        outcome
    }

    /// Counts an answer that is a failure, and one that did not come for another reason than time.
    fn count_failure(&self, outcome: &Result<Reply, GenesysError>) {
        let kind = match outcome {
            Ok(reply) => FailureKind::of_status(reply.status),
            Err(GenesysError::Transient { cause, .. }) => {
                let late = cause.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout);
                Some(if late { FailureKind::Timeout } else { FailureKind::Connection })
            }
            Err(_) => Some(FailureKind::Other),
        };
        if let Some(kind) = kind {
            self.counters.failed(kind);
        }
    }

    /// Requests that the budget lets go now.
    #[must_use]
    pub fn tokens_left(&self) -> usize {
        self.limiter.left()
    }

    /// How far this machine's clock is behind the platform's; `None` before its first answer.
    #[must_use]
    pub fn clock_offset_ms(&self) -> Option<DurationMs> {
        locked(&self.clock).offset_ms()
    }

    /// How long the answer to a path may take, from sending to the last byte.
    fn timeout(&self, path: &str) -> Duration {
        let is_summary = SUMMARY_PATHS.iter().any(|part| path.contains(part));
        if is_summary { self.summary_timeout } else { self.read_timeout }
    }

    async fn receive(
        &self,
        request: reqwest::Request,
        sent_local: InstantMs,
        underway: Underway<'_>,
    ) -> Result<Reply, GenesysError> {
        let sending = |error: Cause| transient("sending a request to the platform", error);
        let mut response = self.transport.execute(request).await.map_err(sending)?;
        drop(underway);
        let received_local = local_now();
        let header = |name: HeaderName, headers: &HeaderMap| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let date = header(DATE, response.headers()).and_then(|text| http_date(&text));
        let sent_at = {
            let mut clock = locked(&self.clock);
            if let Some(date) = date {
                clock.observe(sent_local, received_local, date);
            }
            clock.at(sent_local)
        };
        let retry_after = header(RETRY_AFTER, response.headers())
            .and_then(|text| retry_after_ms(&text, date.unwrap_or_else(|| self.now())));
        let correlation_id = header(CORRELATION_ID, response.headers());
        let number = |name| header(name, response.headers()).and_then(|text| text.trim().parse::<u32>().ok());
        if let Some(allowed) = number(LIMIT_ALLOWED) {
            self.counters.limit_allowed.store(u64::from(allowed), Ordering::Relaxed);
            if let Some(used) = number(LIMIT_USED) {
                self.limiter.told(allowed as usize, used as usize);
            }
        }
        let status = response.status().as_u16();
        let body = self.read_body(&mut response).await?;
        add(&self.counters.body_bytes, body.len() as u64);
        Ok(Reply { status, body, sent_at, retry_after_ms: retry_after, correlation_id })
    }

    async fn read_body(&self, response: &mut reqwest::Response) -> Result<Vec<u8>, GenesysError> {
        let too_large = || GenesysError::TooLarge { body_bytes_max: self.body_bytes_max };
        let length = response.content_length().unwrap_or(0);
        if (self.body_bytes_max as u64) < length {
            return Err(too_large());
        }
        // The cap holds, so the cast does: a body that grows piece by piece takes twice its size.
        let mut body = Vec::with_capacity(length as usize);
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if self.body_bytes_max < body.len() + chunk.len() => return Err(too_large()),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(body),
                Err(error) => return Err(transient("reading an answer of the platform", error)),
            }
        }
    }

    /// Waits until the breaker and the budget let a request go.
    async fn permit(&self, rank: Rank) -> Underway<'_> {
        loop {
            self.wait_for_breaker().await;
            let asked_at = tokio::time::Instant::now();
            let underway = self.limiter.permit(rank, self.asker).await;
            let waited_ms = u64::try_from(asked_at.elapsed().as_millis()).unwrap_or(u64::MAX);
            add(&self.counters.budget_wait_ms, waited_ms);
            // It may have opened while this request waited for its turn: those that queue must not storm on.
            if locked(&self.breaker).permit(local_now()) == Permit::Go {
                return underway;
            }
        }
    }

    async fn wait_for_breaker(&self) {
        loop {
            let wait_ms = locked(&self.breaker).wait_ms(local_now());
            if wait_ms == 0 {
                return;
            }
            let nap_ms = wait_ms.min(NAP_MS_MAX);
            add(&self.counters.throttled_ms, nap_ms);
            tokio::time::sleep(Duration::from_millis(nap_ms)).await;
        }
    }
}

fn transient(doing: &'static str, cause: impl Into<Cause>) -> GenesysError {
    GenesysError::Transient { doing, cause: cause.into() }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind is plain data that no holder leaves half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
