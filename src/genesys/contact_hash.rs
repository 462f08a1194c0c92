//! A keyed hash of who the customer is: tells repeat contacts, and says nothing to whoever has no key. Pure.

use ring::hmac;

use crate::config::secret::Secret;

/// Hashes customers' identities (HMAC-SHA-256). Its `Debug` says nothing of the key.
#[derive(Clone, Debug)]
pub struct ContactHash {
    key: hmac::Key,
}

impl ContactHash {
    /// With the key of `privacy.contact.hash.key`. Another key gives other hashes: repeats across the change are not seen.
    #[must_use]
    pub fn new(key: &Secret) -> ContactHash {
        ContactHash { key: hmac::Key::new(hmac::HMAC_SHA256, key.reveal().as_bytes()) }
    }

    /// The first 16 bytes of the hash, as hexadecimal digits: enough that no two customers meet by chance.
    #[must_use]
    pub fn of(&self, identity: &str) -> String {
        let tag = hmac::sign(&self.key, identity.as_bytes());
        tag.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_has_one_hash_under_one_key_and_the_key_is_not_shown() {
        let hash = ContactHash::new(&Secret::new("0123456789abcdef".to_owned()));
        assert_eq!(hash.of("tel:+15550100"), hash.of("tel:+15550100"));
        assert_ne!(hash.of("tel:+15550100"), hash.of("tel:+15550101"));
        assert_eq!(hash.of("a").len(), 32);
        let other = ContactHash::new(&Secret::new("fedcba9876543210".to_owned()));
        assert_ne!(hash.of("tel:+15550100"), other.of("tel:+15550100"));
        assert!(!format!("{hash:?}").contains("0123456789"));
    }
}
