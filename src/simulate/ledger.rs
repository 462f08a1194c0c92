//! What was asked of the simulator, for tests to look at. Pure; real time is passed in.

use std::collections::VecDeque;

use serde_json::json;

use crate::domain::time::TimeRange;

/// Requests that are remembered; older ones make room. A million covers the longest test at the platform's limit.
pub const REQUESTS_MAX: usize = 1_000_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When it arrived: real microseconds since 1970.
    pub arrived_us: i64,
    /// The method.
    pub method: String,
    /// The path asked for.
    pub path: String,
    /// The answer's status; 0 while there is none, and for ever if the client left before.
    pub status: u16,
    /// Whether the fault script ordered the answer.
    pub scripted: bool,
    /// The slice that it names, `to` as written.
    pub slice: Option<TimeRange>,
    /// Whether it names a page token.
    pub page_token: bool,
}

/// The latest requests, in the order of arrival.
#[derive(Debug, Default)]
pub struct Ledger {
    dropped: u64,
    requests: VecDeque<Asked>,
}

impl Ledger {
    /// Notes a request; the number is for [`Ledger::entry`].
    pub fn begin(&mut self, arrived_us: i64, method: &str, path: &str) -> u64 {
        if REQUESTS_MAX <= self.requests.len() {
            self.requests.pop_front();
            self.dropped += 1;
        }
        let (method, path, page_token) = (method.to_owned(), path.to_owned(), false);
        self.requests.push_back(Asked {
            arrived_us,
            method,
            path,
            status: 0,
            scripted: false,
            slice: None,
            page_token,
        });
        self.dropped + self.requests.len() as u64 - 1
    }

    /// The request of that number, unless it had to make room.
    pub fn entry(&mut self, number: u64) -> Option<&mut Asked> {
        let index = number.checked_sub(self.dropped)?;
        self.requests.get_mut(usize::try_from(index).ok()?)
    }

    /// JSON lines of up to `count` requests from `number` on, and the number to go on from; `None` when there are none.
    #[must_use]
    pub fn lines(&self, number: u64, count: usize) -> Option<(String, u64)> {
        let first = number.max(self.dropped);
        let skip = usize::try_from(first - self.dropped).ok()?;
        let mut lines = String::new();
        let mut next = first;
        for asked in self.requests.iter().skip(skip).take(count) {
            let line = json!({
                "number": next,
                "arrived_ms": asked.arrived_us as f64 / 1_000.0,
                "method": asked.method,
                "path": asked.path,
                "status": asked.status,
                "scripted": asked.scripted,
                "from": asked.slice.map(|slice| slice.from),
                "to": asked.slice.map(|slice| slice.to),
                "page_token": asked.page_token,
            });
            lines.push_str(&line.to_string());
            lines.push('\n');
            next += 1;
        }
        (first < next).then_some((lines, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_numbered_and_read_back_in_order() {
        let mut ledger = Ledger::default();
        ledger.begin(1_500, "GET", "/a");
        let second = ledger.begin(2_250, "POST", "/b");
        ledger.entry(second).unwrap().status = 200;
        let (lines, next) = ledger.lines(0, 10).unwrap();
        let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), next), (2, 2));
        assert_eq!((&lines[0]["status"], &lines[1]["status"]), (&json!(0), &json!(200)));
        assert_eq!((&lines[1]["arrived_ms"], &lines[1]["method"]), (&json!(2.25), &json!("POST")));
        assert_eq!(ledger.lines(2, 10), None);
    }

    #[test]
    fn old_requests_make_room() {
        let mut ledger = Ledger { dropped: 0, requests: VecDeque::new() };
        for number in 0..=REQUESTS_MAX as i64 {
            ledger.begin(number, "", "");
        }
        assert!(ledger.entry(0).is_none() && ledger.entry(REQUESTS_MAX as u64).is_some());
        assert_eq!(ledger.lines(0, 1).unwrap().1, 2);
    }
}
