//! The login: client credentials for a bearer token, renewed ahead of its end, one renewal at a time. Edge.
//!
//! Secrets are read again where they came from at each login, so that one that was rotated is used without a restart; a
//! second pair of id and secret is tried when the first is refused. The secret and the token are never logged; an error
//! carries the platform's own text.

use std::sync::PoisonError;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::counters::add;
use super::error::{GenesysError, Told};
use super::exchange::Exchange;
use super::limiter::Rank;
use super::wire::WireError;
use crate::config::file::read_again;
use crate::config::secret::{ClientCredentials, Secret};
use crate::domain::time::InstantMs;
use crate::runtime::clock::unix_ms;

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
    life: Duration,
}

/// What changes from login to login.
#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    // The pair that was last taken.
    good: Option<ClientCredentials>,
}

/// When a token was given and when it ends, by this machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenTimes {
    /// Given.
    pub refreshed_at: InstantMs,
    /// Ends.
    pub expires_at: InstantMs,
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
    primary: ClientCredentials,
    secondary: Option<ClientCredentials>,
    state: Mutex<State>,
    // Beside the state, which is held while a login is under way.
    times: std::sync::Mutex<Option<TokenTimes>>,
}

/// How long before its end a token of life `life` is renewed.
fn renew_ahead(life: Duration) -> Duration {
    // A token that lives for less than two minutes is renewed at half its life, not with every request.
    (life / 10).max(RENEW_AHEAD.min(life / 2))
}

/// In which order pairs are tried: the one that was last taken first, as long as it is among those that are configured;
/// else last, for a platform that has not heard of the new ones yet.
fn in_order(mut fresh: Vec<ClientCredentials>, good: Option<&ClientCredentials>) -> Vec<ClientCredentials> {
    fresh.dedup();
    match good.map(|good| (good, fresh.iter().position(|pair| pair == good))) {
        Some((_, Some(place))) => fresh[..=place].rotate_right(1),
        Some((good, None)) => fresh.push(good.clone()),
        None => {}
    }
    fresh
}

impl Login {
    /// A login at `token_url` that has not happened.
    #[must_use]
    pub fn new(token_url: Url, primary: ClientCredentials, secondary: Option<ClientCredentials>) -> Login {
        Login { token_url, primary, secondary, state: Mutex::default(), times: std::sync::Mutex::default() }
    }

    /// A token that is good for a while; logs in when there is none or it is about to end.
    ///
    /// # Errors
    /// As [`GenesysError`] says; a token that is still good is used on when its renewal fails.
    pub async fn bearer(&self, exchange: &Exchange) -> Result<Bearer, GenesysError> {
        let mut state = self.state.lock().await;
        let held = state.held.as_ref();
        if let Some(held) = held.filter(|held| Instant::now() < held.renew_at) {
            return Ok(held.bearer.clone());
        }
        let still_good = held.filter(|held| Instant::now() < held.ends_at).map(|held| held.bearer.clone());
        let login = held.map_or(1, |held| held.bearer.login + 1);
        match (self.log_in(exchange, &mut state, login).await, still_good) {
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
        let mut state = self.state.lock().await;
        if state.held.as_ref().is_some_and(|held| held.bearer.login == login) {
            state.held = None;
        }
        if state.held.is_none() {
            self.log_in(exchange, &mut state, login + 1).await?;
        }
        Ok(())
    }

    /// How long the token at hand was good for when it was given; `None` without one.
    pub async fn life(&self) -> Option<Duration> {
        self.state.lock().await.held.as_ref().map(|held| held.life)
    }

    /// When the token at hand was given and when it ends; `None` before the first. Never waits.
    #[must_use]
    pub fn times(&self) -> Option<TokenTimes> {
        *self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_times(&self, life: Duration) {
        let now = unix_ms();
        let life_ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        let times = TokenTimes { refreshed_at: now, expires_at: now.saturating_add(life_ms) };
        *self.times.lock().unwrap_or_else(PoisonError::into_inner) = Some(times);
    }

    /// Tries each pair once, and what has become of them while they were refused once more.
    async fn log_in(&self, exchange: &Exchange, state: &mut State, login: u64) -> Result<Bearer, GenesysError> {
        let (mut tried, mut refused) = (Vec::new(), None);
        for _ in 0..2 {
            for pair in in_order(self.configured(), state.good.as_ref()) {
                if tried.contains(&pair) {
                    continue;
                }
                match self.ask(exchange, &pair, login).await {
                    Ok(held) => {
                        if refused.is_some() {
                            tracing::warn!("a pair of client id and secret was refused, and another one taken");
                        }
                        self.note_times(held.life);
                        let bearer = held.bearer.clone();
                        *state = State { held: Some(held), good: Some(pair) };
                        return Ok(bearer);
                    }
                    Err(error @ GenesysError::LoginRefused { .. }) => {
                        refused.get_or_insert(error);
                        tried.push(pair);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Err(refused.unwrap_or(GenesysError::LoginRefused { told: Told::default() }))
    }

    /// The pairs as their sources say them now; one whose source says nothing stays as it was. Reads small local files.
    fn configured(&self) -> Vec<ClientCredentials> {
        let now = |pair: &ClientCredentials| {
            let secret = read_again(&pair.secret).unwrap_or_else(|reason| {
                tracing::warn!(reason, "a secret could not be read again; the one read before serves");
                pair.secret.clone()
            });
            ClientCredentials { id: pair.id.clone(), secret }
        };
        std::iter::once(&self.primary).chain(&self.secondary).map(now).collect()
    }

    async fn ask(&self, exchange: &Exchange, pair: &ClientCredentials, login: u64) -> Result<Held, GenesysError> {
        add(&exchange.counters().logins, 1);
        let request = exchange
            .http()
            .post(self.token_url.clone())
            .basic_auth(&pair.id, Some(pair.secret.reveal()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body("grant_type=client_credentials");
        let asked_at = Instant::now();
        let reply = exchange.send(Rank::First, request).await?.hiding(&pair.secret);
        if matches!(reply.status, 400..=407 | 409..=428 | 430..=499) {
            return Err(GenesysError::LoginRefused { told: reply.told() });
        }
        if let Some(refusal) = reply.refusal() {
            return Err(refusal);
        }
        let granted: Granted = serde_json::from_slice(&reply.body).map_err(WireError::from)?;
        let said = granted.expires_in.filter(|seconds| 0.0 < *seconds);
        let life = said.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(LIFE_UNSAID);
        tracing::debug!(life_s = life.as_secs(), "logged in");
        Ok(Held {
            bearer: Bearer { text: Secret::new(granted.access_token), login },
            renew_at: asked_at + (life - renew_ahead(life)),
            ends_at: asked_at + life,
            life,
        })
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

    #[test]
    fn the_pair_that_was_last_taken_comes_first_while_it_is_configured_and_last_when_it_no_longer_is() {
        let pair = |id: &str| ClientCredentials { id: id.to_owned(), secret: Secret::new(format!("of {id}")) };
        let ids = |fresh: &[&str], good: Option<&str>| -> Vec<String> {
            let fresh = fresh.iter().map(|id| pair(id)).collect();
            in_order(fresh, good.map(pair).as_ref()).into_iter().map(|pair| pair.id).collect()
        };
        assert_eq!(ids(&["a", "b"], None), ["a", "b"]);
        assert_eq!(ids(&["a", "b"], Some("b")), ["b", "a"]);
        assert_eq!(ids(&["a", "b"], Some("old")), ["a", "b", "old"]);
        assert_eq!(ids(&["a", "a"], Some("a")), ["a"]);
    }
}
