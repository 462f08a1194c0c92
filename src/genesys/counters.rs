//! What the client counts about itself, and what it has at hand, readable at any time by others. Pure: plain counters.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::time::{DurationMs, InstantMs};

/// What a client has at hand at one instant. Instants are this machine's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AtHand {
    /// Requests that the budget lets go in the window that the platform counts in.
    pub tokens_left: Option<f64>,
    /// When the bearer token ends.
    pub token_expires_at: Option<InstantMs>,
    /// When it was given.
    pub token_refreshed_at: Option<InstantMs>,
    /// How far this machine's clock is behind the platform's.
    pub clock_offset_ms: Option<DurationMs>,
}

/// Says what a client has at hand; never waits.
pub trait Account: Debug + Send + Sync {
    /// What it is now.
    fn at_hand(&self) -> AtHand;
}

/// Kinds of requests that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// 429.
    RateLimited,
    /// 408 and 5xx.
    Server,
    /// No answer, or not all of it, in time.
    Timeout,
    /// No connection, or one that broke.
    Connection,
    /// 401 and 403.
    Unauthorized,
    /// Any other answer that is a refusal, or that is too long.
    Other,
}

impl FailureKind {
    const ALL: [(FailureKind, &'static str); 6] = [
        (FailureKind::RateLimited, "rate_limited"),
        (FailureKind::Server, "server"),
        (FailureKind::Timeout, "timeout"),
        (FailureKind::Connection, "connection"),
        (FailureKind::Unauthorized, "unauthorized"),
        (FailureKind::Other, "other"),
    ];

    /// What an answer of this status is; `None` for one that is no failure.
    #[must_use]
    pub fn of_status(status: u16) -> Option<FailureKind> {
        match status {
            ..=399 => None,
            401 | 403 => Some(FailureKind::Unauthorized),
            429 => Some(FailureKind::RateLimited),
            408 | 500..=599 => Some(FailureKind::Server),
            _ => Some(FailureKind::Other),
        }
    }
}

/// Counters since the client was made.
#[derive(Debug, Default)]
pub struct ClientCounters {
    /// Requests sent, logins and retries included.
    pub requests: AtomicU64,
    /// Answers 429.
    pub rate_limited: AtomicU64,
    /// Milliseconds that requests waited because the platform had asked to, or the breaker was open.
    pub throttled_ms: AtomicU64,
    /// Milliseconds that requests waited for their turn in the budget, in all.
    pub budget_wait_ms: AtomicU64,
    /// Requests that failed, by the place of their kind.
    failures: [AtomicU64; FailureKind::ALL.len()],
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

impl ClientCounters {
    /// A request failed.
    pub fn failed(&self, kind: FailureKind) {
        add(&self.failures[kind as usize], 1);
    }

    /// Requests that failed, by the word of their kind; kinds of which there were none are left out.
    #[must_use]
    pub fn failures(&self) -> BTreeMap<&'static str, u64> {
        let counted = FailureKind::ALL.iter().map(|(kind, word)| (*word, read(&self.failures[*kind as usize])));
        counted.filter(|(_, count)| 0 < *count).collect()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_by_kind() {
        let counters = ClientCounters::default();
        for status in [200, 202, 401, 403, 404, 408, 429, 500, 503] {
            if let Some(kind) = FailureKind::of_status(status) {
                counters.failed(kind);
            }
        }
        counters.failed(FailureKind::Timeout);
        let told = [("other", 1), ("rate_limited", 1), ("server", 3), ("timeout", 1), ("unauthorized", 2)];
        assert_eq!(counters.failures(), told.into());
    }

    #[test]
    fn each_kind_stands_at_its_own_place() {
        for (at, (kind, _)) in FailureKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, at);
        }
    }
}
