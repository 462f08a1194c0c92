//! OAuth client credentials: reads what a client sends, and keeps the bearer tokens. Pure; real time is passed in.

use std::collections::BTreeMap;

use super::chance::mix;
use super::row::id_text;

/// Bearer tokens that are remembered. Fewer could log out busy clients; more is memory for nothing.
const BEARERS_MAX: usize = 10_000;

/// Who asks for a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Client id.
    pub id: String,
    /// Client secret.
    pub secret: String,
}

/// What a token request asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// `grant_type`.
    pub grant: String,
    /// From the Basic header, else from the form.
    pub credentials: Option<Credentials>,
}

/// Reads the `Authorization` header and the form body of a token request.
#[must_use]
pub fn read(authorization: Option<&str>, form: &[u8]) -> TokenRequest {
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
    let in_form =
        || Some(Credentials { id: fields.get("client_id")?.clone(), secret: fields.get("client_secret")?.clone() });
    TokenRequest {
        grant: fields.get("grant_type").cloned().unwrap_or_default(),
        credentials: authorization.and_then(basic).or_else(in_form),
    }
}

fn basic(header: &str) -> Option<Credentials> {
    let decoded = base64(header.strip_prefix("Basic ")?.trim())?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(Credentials { id: id.to_owned(), secret: secret.to_owned() })
}

/// Decodes base64 in the standard alphabet; `None` for anything else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || 2 < text.len() - digits.len() {
        return None;
    }
    let (mut bits, mut held) = (0u32, 0);
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if 8 <= held {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}

/// The bearer tokens given out.
#[derive(Debug)]
pub struct Bearers {
    seed: u64,
    minted: u64,
    expires_s: u64,
    /// Token → client id, real microseconds at which it expires.
    live: BTreeMap<String, (String, i64)>,
}

impl Bearers {
    /// No tokens yet; each will live for `expires_s` seconds.
    #[must_use]
    pub fn new(seed: u64, expires_s: u64) -> Bearers {
        Bearers { seed, minted: 0, expires_s, live: BTreeMap::new() }
    }

    /// A token for a client that has proved itself, and its life in seconds.
    pub fn mint(&mut self, client: &str, now_us: i64) -> (String, u64) {
        let half = |half: u64| u128::from(mix(&[self.seed, 0x6265_6172_6572, self.minted, half]));
        let token = id_text(half(0) << 64 | half(1));
        self.minted += 1;
        self.live.retain(|_, (_, expires_us)| now_us < *expires_us);
        if BEARERS_MAX <= self.live.len() {
            self.live.pop_first();
        }
        let life_us = i64::try_from(self.expires_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
        self.live.insert(token.clone(), (client.to_owned(), now_us.saturating_add(life_us)));
        (token, self.expires_s)
    }

    /// The client that an `Authorization` header stands for; `None` when the token is unknown or expired.
    #[must_use]
    pub fn client(&self, authorization: Option<&str>, now_us: i64) -> Option<&str> {
        let (client, expires_us) = self.live.get(bearer(authorization)?)?;
        (now_us < *expires_us).then_some(client.as_str())
    }

    /// Makes a token invalid before its time, as the platform may.
    pub fn revoke(&mut self, authorization: Option<&str>) {
        if let Some(token) = bearer(authorization) {
            self.live.remove(token);
        }
    }
}

fn bearer(authorization: Option<&str>) -> Option<&str> {
    let (scheme, token) = authorization?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_come_from_the_basic_header_or_from_the_form() {
        let grant = b"grant_type=client_credentials";
        // printf 'demo-client:demo-secret' | base64
        let basic = read(Some("Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ="), grant);
        let form = read(None, b"grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret");
        assert!(basic == form);
        let credentials = form.credentials.unwrap();
        assert_eq!((credentials.id.as_str(), credentials.secret.as_str()), ("demo-client", "demo-secret"));
        assert!(read(Some("Basic ???="), grant).credentials.is_none());
        assert!(read(None, b"").credentials.is_none());
    }

    #[test]
    fn a_bearer_is_good_until_it_expires_or_is_revoked() {
        let mut bearers = Bearers::new(7, 10);
        let (token, expires_s) = bearers.mint("demo-client", 0);
        let header = format!("Bearer {token}");
        assert_eq!(expires_s, 10);
        assert_eq!(bearers.client(Some(&header), 9_999_999), Some("demo-client"));
        assert_eq!(bearers.client(Some(&header), 10_000_000), None);
        assert_eq!(bearers.client(Some("Bearer other"), 0), None);
        assert_eq!(bearers.client(None, 0), None);
        bearers.revoke(Some(&header));
        assert_eq!(bearers.client(Some(&header), 0), None);
    }
}
