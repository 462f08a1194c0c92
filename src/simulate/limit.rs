//! The platform's request limit: sliding windows a client. Pure; real time is passed in.

use std::collections::{BTreeMap, VecDeque};

/// One second in microseconds.
const SECOND_US: i64 = 1_000_000;
/// One minute in microseconds.
const MINUTE_US: i64 = 60 * SECOND_US;

/// What the limit says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is let through.
    pub admitted: bool,
    /// Requests of this client in the window, this one included if admitted.
    pub count: usize,
    /// Requests that the window has room for.
    pub allowed: usize,
    /// Seconds until the client has room again, rounded up.
    pub reset_s: i64,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    length_us: i64,
    allowed: usize,
}

/// When each client's requests of the last minute came.
#[derive(Debug)]
pub struct RequestLimit {
    // The last is the one that headers speak of.
    windows: Vec<Window>,
    clients: BTreeMap<String, VecDeque<i64>>,
}

impl RequestLimit {
    /// A limit of requests in any second and in any minute, each where it is limited.
    #[must_use]
    pub fn new(a_second: Option<usize>, a_minute: Option<usize>) -> RequestLimit {
        let second = a_second.map(|allowed| Window { length_us: SECOND_US, allowed });
        let minute = a_minute.map(|allowed| Window { length_us: MINUTE_US, allowed });
        RequestLimit { windows: second.into_iter().chain(minute).collect(), clients: BTreeMap::new() }
    }

    /// Requests that the window has room for that headers speak of; 0 where nothing is limited.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.windows.last().map_or(0, |window| window.allowed)
    }

    /// Judges a request that comes at `now_us`; only those let through use up the limit.
    pub fn admit(&mut self, client: &str, now_us: i64) -> Verdict {
        let longest_us = self.windows.iter().map(|window| window.length_us).max().unwrap_or(SECOND_US);
        let came = self.clients.entry(client.to_owned()).or_default();
        while came.front().is_some_and(|at| *at <= now_us - longest_us) {
            came.pop_front();
        }
        // Requests come in order, so those of a window are the last ones.
        let within = |window: &Window| came.len() - came.partition_point(|at| *at <= now_us - window.length_us);
        let counts: Vec<(Window, usize)> = self.windows.iter().map(|window| (*window, within(window))).collect();
        let full = counts.iter().find(|(window, count)| window.allowed <= *count);
        let admitted = full.is_none();
        let Some((window, before)) = full.or(counts.last()).copied() else {
            return Verdict { admitted, count: 0, allowed: 0, reset_s: 0 };
        };
        if admitted {
            came.push_back(now_us);
        }
        let count = before + usize::from(admitted);
        let oldest = came.get(came.len() - count).map_or(0, |oldest| oldest + window.length_us - now_us);
        Verdict { admitted, count, allowed: window.allowed, reset_s: (oldest + SECOND_US - 1) / SECOND_US }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_requests_pass_in_any_second_and_the_next_does_not() {
        let mut limit = RequestLimit::new(Some(20), None);
        assert!((0..20).all(|number| limit.admit("a", number * 40_000).admitted));
        let refused = limit.admit("a", 999_999);
        assert_eq!((refused.admitted, refused.count, refused.allowed, refused.reset_s), (false, 20, 20, 1));
        assert!(limit.admit("b", 999_999).admitted, "each client has its own");
        assert!(limit.admit("a", 1_000_000).admitted, "the first request is a second old");
        assert!(!limit.admit("a", 1_000_001).admitted, "the second is not");
    }

    #[test]
    fn a_minute_has_a_limit_of_its_own() {
        let mut limit = RequestLimit::new(Some(10), Some(30));
        assert!((0..30).all(|number| limit.admit("a", number * 200_000).admitted));
        let refused = limit.admit("a", 6_000_000);
        assert_eq!((refused.admitted, refused.count, refused.allowed, refused.reset_s), (false, 30, 30, 54));
        let admitted = limit.admit("a", 60_000_000);
        assert_eq!((admitted.admitted, admitted.count), (true, 30), "one has left the minute and one has come");
        assert!(!limit.admit("a", 60_100_000).admitted);
    }
    #[test]
    fn where_the_minute_alone_is_limited_all_of_it_may_come_at_once() {
        let mut limit = RequestLimit::new(None, Some(300));
        assert_eq!(limit.allowed(), 300);
        assert!((0..300).all(|number| limit.admit("a", number).admitted));
        let refused = limit.admit("a", 1_000_000);
        assert_eq!((refused.admitted, refused.count, refused.allowed, refused.reset_s), (false, 300, 300, 59));
        assert!(limit.admit("b", 1_000_000).admitted && limit.admit("a", 60_000_000).admitted);
    }
}
