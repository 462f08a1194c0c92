//! HTTP basic authentication with the one user of the settings. Edge: what is compared is hidden behind a random key.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::rand::SystemRandom;

use crate::config::rest::BasicUser;

/// What requests have to bring. Comparing takes the same time whatever they bring, and the password is not kept.
pub(super) struct Lock {
    key: hmac::Key,
    expected: hmac::Tag,
}

impl Lock {
    /// # Errors
    /// When the machine has no randomness to give.
    pub(super) fn new(basic: &BasicUser) -> Result<Lock, String> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| "cannot take a random key from the machine".to_owned())?;
        let expected = hmac::sign(&key, format!("{}:{}", basic.user, basic.password.reveal()).as_bytes());
        Ok(Lock { key, expected })
    }

    /// Whether the request names the user and the password.
    pub(super) fn opens_to(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, encoded)) = given.and_then(|text| text.split_once(' ')) else { return false };
        let Ok(pair) = STANDARD.decode(encoded.trim()) else { return false };
        scheme.eq_ignore_ascii_case("basic") && hmac::verify(&self.key, &pair, self.expected.as_ref()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::secret::Secret;

    #[test]
    fn only_the_user_with_the_password_comes_in() {
        let basic = BasicUser { user: "me".to_owned(), password: Secret::new("pass:word".to_owned()) };
        let lock = Lock::new(&basic).unwrap();
        let opens = |text: &str| lock.opens_to(&HeaderMap::from_iter([(AUTHORIZATION, text.parse().unwrap())]));
        let encoded = STANDARD.encode("me:pass:word");
        assert!(opens(&format!("Basic {encoded}")) && opens(&format!("basic {encoded}")));
        for wrong in ["me:pass", "me:pass:word2", "you:pass:word", "", ":"] {
            assert!(!opens(&format!("Basic {}", STANDARD.encode(wrong))), "{wrong}");
        }
        assert!(!opens(&format!("Bearer {encoded}")) && !opens("Basic") && !opens("Basic ***"));
        assert!(!lock.opens_to(&HeaderMap::new()));
    }
}
