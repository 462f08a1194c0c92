//! The login: client credentials for a bearer token, renewed ahead of its end, one renewal at a time. Edge.
//!
//! The secret and the token are never logged; an error carries the platform's own text.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::counters::add;
use super::error::GenesysError;
use super::exchange::Exchange;
use super::limiter::Rank;
use super::wire::WireError;
use crate::config::secret::Secret;

/// Life of a token whose answer does not say: short, so that the worst is a login too many.
const LIFE_UNSAID: Duration = Duration::from_secs(300);

/// A token is renewed when less than this is left, or a tenth of its life if that is more.
const RENEW_AHEAD: Duration = Duration::from_secs(60);

/// A token that requests carry.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The text behind `Bearer`.
    pub text: Secret,
    /// Which login it is of.
    pub login: u64,
}

#[derive(Debug)]
struct Held {
    bearer: Bearer,
    renew_at: Instant,
    ends_at: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<f64>,
}

/// Logs in when needed.
#[derive(Debug)]
pub struct Login {
    token_url: Url,
    client_id: String,
    client_secret: Secret,
    held: Mutex<Option<Held>>,
}

/// How long before its end a token of life `life` is renewed.
fn renew_ahead(life: Duration) -> Duration {
    // A token that lives for less than two minutes is renewed at half its life, not with every request.
    (life / 10).max(RENEW_AHEAD.min(life / 2))
}

impl Login {
    /// A login at `token_url` that has not happened.
    #[must_use]
    pub fn new(token_url: Url, client_id: String, client_secret: Secret) -> Login {
        Login { token_url, client_id, client_secret, held: Mutex::new(None) }
    }

    /// A token that is good for a while; logs in when there is none or it is about to end.
    ///
    /// # Errors
    /// As [`GenesysError`] says; a token that is still good is used on when its renewal fails.
    pub async fn bearer(&self, exchange: &Exchange) -> Result<Bearer, GenesysError> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.renew_at) {
            return Ok(held.bearer.clone());
        }
        let still_good = held.as_ref().filter(|held| Instant::now() < held.ends_at).map(|held| held.bearer.clone());
        let login = held.as_ref().map_or(1, |held| held.bearer.login + 1);
        match (self.log_in(exchange, &mut held, login).await, still_good) {
            (Err(error), Some(bearer)) => {
                tracing::warn!(error = error.class(), "the login could not be renewed ahead of its end");
                Ok(bearer)
            }
            (outcome, _) => outcome,
        }
    }

    /// The platform refused the token of `login`: logs in, unless another request has done so since.
    ///
    /// # Errors
    /// As [`GenesysError`] says.
    pub async fn renew(&self, exchange: &Exchange, login: u64) -> Result<(), GenesysError> {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.bearer.login == login) {
            *held = None;
        }
        if held.is_none() {
            self.log_in(exchange, &mut held, login + 1).await?;
        }
        Ok(())
    }

    async fn log_in(&self, exchange: &Exchange, held: &mut Option<Held>, login: u64) -> Result<Bearer, GenesysError> {
        add(&exchange.counters().logins, 1);
        let request = exchange
            .http()
            .post(self.token_url.clone())
            .basic_auth(&self.client_id, Some(self.client_secret.reveal()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let asked_at = Instant::now();
        let reply = exchange.send(Rank::First, request).await?;
        if matches!(reply.status, 400..=407 | 409..=428 | 430..=499) {
            return Err(GenesysError::LoginRefused { told: reply.told() });
        }
        if let Some(refusal) = reply.refusal() {
            return Err(refusal);
        }
        let granted: Granted = serde_json::from_slice(&reply.body).map_err(WireError::from)?;
        let said = granted.expires_in.filter(|seconds| 0.0 < *seconds);
        let life = said.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(LIFE_UNSAID);
        let bearer = Bearer { text: Secret::new(granted.access_token), login };
        *held = Some(Held {
            bearer: bearer.clone(),
            renew_at: asked_at + (life - renew_ahead(life)),
            ends_at: asked_at + life,
        });
        tracing::debug!(life_s = life.as_secs(), "logged in");
        Ok(bearer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_a_minute_or_a_tenth_of_its_life_ahead_and_never_at_once() {
        let ahead = |seconds| renew_ahead(Duration::from_secs(seconds)).as_secs();
        assert_eq!((ahead(86_400), ahead(300), ahead(40)), (8_640, 60, 20));
    }
}
