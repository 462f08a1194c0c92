//! The platform's request limit: a sliding second a client. Pure; real time is passed in.

use std::collections::{BTreeMap, VecDeque};

/// One second in microseconds.
const WINDOW_US: i64 = 1_000_000;

/// What the limit says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is let through.
    pub admitted: bool,
    /// Requests of this client in the last second, this one included if admitted.
    pub count: usize,
    /// Seconds until the client has room again, rounded up.
    pub reset_s: i64,
}

/// When each client's requests of the last second came.
#[derive(Debug)]
pub struct RequestLimit {
    allowed: usize,
    clients: BTreeMap<String, VecDeque<i64>>,
}

impl RequestLimit {
    /// A limit of `allowed` requests in any second.
    #[must_use]
    pub fn new(allowed: usize) -> RequestLimit {
        RequestLimit { allowed, clients: BTreeMap::new() }
    }

    /// Requests a second that each client may make.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.allowed
    }

    /// Judges a request that comes at `now_us`; only those let through use up the limit.
    pub fn admit(&mut self, client: &str, now_us: i64) -> Verdict {
        let window = self.clients.entry(client.to_owned()).or_default();
        while window.front().is_some_and(|at| *at <= now_us - WINDOW_US) {
            window.pop_front();
        }
        let admitted = window.len() < self.allowed;
        if admitted {
            window.push_back(now_us);
        }
        let frees_us = window.front().map_or(0, |oldest| oldest + WINDOW_US - now_us);
        Verdict { admitted, count: window.len(), reset_s: (frees_us + WINDOW_US - 1) / WINDOW_US }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_requests_pass_in_any_second_and_the_next_does_not() {
        let mut limit = RequestLimit::new(20);
        assert!((0..20).all(|number| limit.admit("a", number * 40_000).admitted));
        let refused = limit.admit("a", 999_999);
        assert_eq!((refused.admitted, refused.count, refused.reset_s), (false, 20, 1));
        assert!(limit.admit("b", 999_999).admitted, "each client has its own");
        assert!(limit.admit("a", 1_000_000).admitted, "the first request is a second old");
        assert!(!limit.admit("a", 1_000_001).admitted, "the second is not");
    }
}
