//! What clients prove themselves with under SASL OAUTHBEARER. Edge: one token for the process, which speaks to one set of
//! brokers; it is read again, through its placeholders, whenever a client asks for it.
//!
//! A client asks when it is made, and again when four fifths of the token's life are over; it asks whoever polls it. Nobody
//! can poll an admin client: it is given its token before it is used.

use std::ffi::CString;
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use serde::Deserialize;

use crate::config::file::read_again;
use crate::config::kafka_properties::mechanism;
use crate::config::secret::Secret;
use crate::config::typed::WorkerConfig;
use crate::runtime::clock::unix_ms;

/// How long a token is taken to hold that does not say it itself, in milliseconds: then it is read again.
const OPAQUE_MS: i64 = 300_000;
/// How long a token of one's own making holds unless something else is said, in seconds, as librdkafka has it.
const UNSECURED_S: i64 = 3_600;
/// The principal of a token that names none. Brokers take theirs out of the token itself.
const PRINCIPAL: &str = "handletime";

static SOURCE: Mutex<Option<Secret>> = Mutex::new(None);

/// Why there is no token; holds nothing of one.
#[derive(Debug, thiserror::Error)]
#[error("security.sasl.oauthbearer.token: {0}")]
pub(super) struct NoToken(String);

/// The part of a JSON Web Token's claims that is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Claims {
    // Seconds since 1970; some issuers write fractions.
    exp: Option<f64>,
    sub: Option<String>,
}

/// Takes the place where the token is read from.
pub(super) fn note(worker: &WorkerConfig) {
    SOURCE.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&worker.oauth_token);
}

/// The token as it is now; without one in the settings, one of our own making that nobody has signed, as librdkafka's is.
/// `config` is `sasl.oauthbearer.config`.
///
/// # Errors
/// [`NoToken`]: it cannot be read, or is over.
pub(super) fn current(config: Option<&str>) -> Result<OAuthToken, NoToken> {
    let source = SOURCE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(source) = source else { return Ok(unsecured(config.unwrap_or_default(), unix_ms())) };
    let read = read_again(&source).map_err(NoToken)?;
    of_text(read.reveal().trim(), unix_ms())
}

fn of_text(token: &str, now_ms: i64) -> Result<OAuthToken, NoToken> {
    let claims = claims(token).unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "a float that is too large becomes the largest instant")]
    let lifetime_ms = claims.exp.map_or(now_ms + OPAQUE_MS, |seconds| (seconds * 1_000.0) as i64);
    if lifetime_ms <= now_ms {
        return Err(NoToken("the token is over; see that whoever keeps it fresh does".to_owned()));
    }
    let principal_name = claims.sub.filter(|name| !name.is_empty()).unwrap_or_else(|| PRINCIPAL.to_owned());
    Ok(OAuthToken { token: token.to_owned(), principal_name, lifetime_ms })
}

/// What a JSON Web Token says; `None` for a token of another form.
fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A token that nobody has signed: for brokers of tests, which ask for no more.
fn unsecured(config: &str, now_ms: i64) -> OAuthToken {
    let said = |key: &str| config.split_whitespace().find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    let principal_name = said("principal").unwrap_or(PRINCIPAL).to_owned();
    let lives_s = said("lifeSeconds").and_then(|text| text.parse().ok()).unwrap_or(UNSECURED_S);
    let (from_s, until_s) = (now_ms / 1_000, now_ms / 1_000 + lives_s);
    let mut claims = serde_json::json!({ "iat": from_s, "exp": until_s });
    claims[said("principalClaimName").unwrap_or("sub")] = principal_name.clone().into();
    if let Some(scope) = said("scope") {
        let scopes: Vec<&str> = scope.split(',').collect();
        claims[said("scopeClaimName").unwrap_or("scope")] = scopes.into();
    }
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.", part(r#"{"alg":"none"}"#), part(&claims.to_string()));
    OAuthToken { token, principal_name, lifetime_ms: until_s * 1_000 }
}

/// Sees to it that a client has a token which nobody polls.
#[derive(Debug)]
pub(super) struct Unpolled {
    // `sasl.oauthbearer.config`; `None`: the mechanism is another one.
    config: Option<String>,
    // When the next one is due.
    due_ms: AtomicI64,
}

impl Unpolled {
    pub(super) fn new(worker: &WorkerConfig) -> Unpolled {
        let is_used = mechanism(&worker.kafka).is_some_and(|word| word.eq_ignore_ascii_case("OAUTHBEARER"));
        let config = || worker.kafka.get("sasl.oauthbearer.config").cloned().unwrap_or_default();
        Unpolled { config: is_used.then(config), due_ms: AtomicI64::new(i64::MIN) }
    }

    /// Gives the client a token, if it has none or an old one. What goes wrong shows in the call that needs it.
    pub(super) fn serve<C: ClientContext>(&self, client: &Client<C>) {
        let Some(config) = &self.config else { return };
        let now_ms = unix_ms();
        if now_ms < self.due_ms.load(Ordering::Relaxed) {
            return;
        }
        match current(Some(config)) {
            Ok(token) => {
                self.due_ms.store(now_ms + (token.lifetime_ms - now_ms) / 5 * 4, Ordering::Relaxed);
                give(client, token);
            }
            Err(error) => tracing::warn!(%error, "no token for the brokers"),
        }
    }
}

#[expect(unsafe_code, reason = "the crate gives tokens to polled clients only, and an admin client cannot be polled")]
fn give<C: ClientContext>(client: &Client<C>, token: OAuthToken) {
    let (Ok(text), Ok(principal)) = (CString::new(token.token), CString::new(token.principal_name)) else {
        tracing::warn!("the token for the brokers has a null character in it");
        return;
    };
    let mut said = [0; 256];
    // SAFETY: the client outlives the call, the texts end in a null character and are copied, there are no extensions, and
    // what is said goes where there is room for it.
    let code = unsafe {
        rdkafka::bindings::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            text.as_ptr(),
            token.lifetime_ms,
            principal.as_ptr(),
            ptr::null_mut(),
            0,
            said.as_mut_ptr(),
            said.len(),
        )
    };
    tracing::debug!(?code, "gave a client its token");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_our_own_making_says_what_it_is_told_to_and_is_read_as_others_are() {
        let made = unsecured("principal=me lifeSeconds=60 scope=a,b", 5_000);
        assert_eq!((made.principal_name.as_str(), made.lifetime_ms), ("me", 65_000));
        let payload = URL_SAFE_NO_PAD.decode(made.token.split('.').nth(1).unwrap()).unwrap();
        assert_eq!(String::from_utf8(payload).unwrap(), r#"{"exp":65,"iat":5,"scope":["a","b"],"sub":"me"}"#);
        let read = of_text(&made.token, 64_999).unwrap();
        assert_eq!((read.token, read.principal_name, read.lifetime_ms), (made.token, "me".to_owned(), 65_000));
    }

    #[test]
    fn a_token_that_is_over_is_refused_without_being_told() {
        let made = unsecured("", 5_000);
        let error = of_text(&made.token, made.lifetime_ms).err().unwrap().to_string();
        assert!(error.starts_with("security.sasl.oauthbearer.token: the token is over"), "{error}");
        assert!(!error.contains(&made.token));
    }

    #[test]
    fn a_token_that_does_not_say_how_long_it_holds_is_read_again_after_a_while() {
        let read = of_text("opaque", 1_000).unwrap();
        assert_eq!((read.lifetime_ms, read.principal_name.as_str()), (1_000 + OPAQUE_MS, PRINCIPAL));
    }
}
