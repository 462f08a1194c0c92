//! What the client counts about itself, readable at any time by others. Pure: plain counters.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the client was made.
#[derive(Debug, Default)]
pub struct ClientCounters {
    /// Requests sent, logins and retries included.
    pub requests: AtomicU64,
    /// Answers 429.
    pub rate_limited: AtomicU64,
    /// Milliseconds that requests waited because the platform had asked to, or the breaker was open.
    pub throttled_ms: AtomicU64,
    /// Logins sent.
    pub logins: AtomicU64,
    /// Ids that stand on interactions without a name.
    pub names_unresolved: AtomicU64,
    /// Requests that the platform last said it allows in its window; 0 when it never said so.
    pub limit_allowed: AtomicU64,
    /// Bytes of answers read, after decompression.
    pub body_bytes: AtomicU64,
    /// Answers with rows more than a second outside what was asked for.
    pub bounds_alerts: AtomicU64,
}

/// Adds to a counter.
pub fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

/// Reads a counter.
#[must_use]
pub fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
