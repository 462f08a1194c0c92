//! How many requests a platform may have seen in any second and in any minute. Pure: instants are given.
//!
//! A platform counts arrivals, and only their bounds are known here: a request arrives after it was sent and before its
//! answer begins. So the next request of a full window waits until the one that it replaces has certainly left it.

use std::collections::VecDeque;
use std::time::Duration;

/// Parts of a thousand of a window that a request may take to arrive; one whose answer begins later is believed to
/// have arrived by then. Too small: a slow way refuses requests; too large: the window is not used up.
const UNDERWAY_PERMILLE: u32 = 15;

/// Requests of a window that are remembered at most; a window of more is bounded well enough by the shorter one.
const REMEMBERED_MAX: f64 = 6_000.0;

/// The number of a request, as [`Windows::sent`] gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent(u64);

#[derive(Debug)]
struct Window {
    length: Duration,
    most: usize,
    // When each request has arrived at the latest, oldest first.
    arrivals: VecDeque<(u64, Duration)>,
}

/// The sliding second and the sliding minute of one budget.
#[derive(Debug)]
pub struct Windows {
    windows: Vec<Window>,
    count: u64,
}

impl Windows {
    /// The windows of `requests_per_second`. A second that holds no whole request holds one: the spacing of requests
    /// is another's job.
    #[must_use]
    pub fn new(requests_per_second: f64) -> Windows {
        let second = (Duration::from_secs(1), requests_per_second.ceil().max(1.0));
        let minute = (Duration::from_secs(60), (requests_per_second * 60.0).floor().max(1.0));
        let kept = [second, minute].into_iter().filter(|(_, most)| *most <= REMEMBERED_MAX);
        // The cast saturates; the filter keeps it far from that.
        let window =
            |(length, most): (Duration, f64)| Window { length, most: most as usize, arrivals: VecDeque::new() };
        Windows { windows: kept.map(window).collect(), count: 0 }
    }

    /// The earliest instant at which one more request may be sent.
    #[must_use]
    pub fn earliest(&self) -> Duration {
        let free = |window: &Window| {
            let replaced = window.arrivals.len().checked_sub(window.most)?;
            window.arrivals.get(replaced).map(|(_, arrived)| *arrived + window.length)
        };
        self.windows.iter().filter_map(free).max().unwrap_or_default()
    }

    /// A request is sent at `at`.
    pub fn sent(&mut self, at: Duration) -> Sent {
        let number = self.count;
        self.count += 1;
        for window in &mut self.windows {
            if window.most <= window.arrivals.len() {
                window.arrivals.pop_front();
            }
            window.arrivals.push_back((number, at + window.length * UNDERWAY_PERMILLE / 1_000));
        }
        Sent(number)
    }

    /// The answer to a request has begun at `at`: it had arrived by then.
    pub fn answered(&mut self, sent: Sent, at: Duration) {
        for window in &mut self.windows {
            let newest_first = window.arrivals.iter_mut().rev();
            if let Some((_, arrived)) = newest_first.take_while(|(number, _)| sent.0 <= *number).last()
                && at < *arrived
            {
                *arrived = at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Sends as early as it may; each answer begins `answer_ms` later. When each was sent.
    fn send(windows: &mut Windows, count: u32, answer_ms: u32) -> Vec<Duration> {
        let mut at = Duration::ZERO;
        (0..count)
            .map(|_| {
                at = at.max(windows.earliest());
                let sent = windows.sent(at);
                windows.answered(sent, at + MS * answer_ms);
                at
            })
            .collect()
    }

    fn most_within(sent: &[Duration], length: Duration) -> usize {
        let within = |from: &Duration| sent.iter().filter(|at| from <= *at && **at < *from + length).count();
        sent.iter().map(within).max().unwrap()
    }

    #[test]
    fn no_second_and_no_minute_sees_more_than_the_rate() {
        let sent = send(&mut Windows::new(5.0), 700, 3);
        assert_eq!(most_within(&sent, Duration::from_secs(1)), 5);
        assert_eq!(most_within(&sent, Duration::from_secs(60)), 300);
        // Nor fewer: 300 in a minute and the answers' milliseconds.
        assert!(sent[600] <= Duration::from_millis(2 * 60_000 + 1_000), "{:?}", sent[600]);
    }

    #[test]
    fn an_answer_that_begins_late_costs_a_hundredth_and_a_half_and_no_more() {
        let sent = send(&mut Windows::new(12.0), 121, 400);
        assert_eq!(sent[120], Duration::from_millis(10 * 1_015));
        let prompt = send(&mut Windows::new(12.0), 121, 2);
        assert_eq!(prompt[120], Duration::from_millis(10 * 1_002));
    }

    #[test]
    fn a_request_without_an_answer_is_believed_to_have_arrived() {
        let mut windows = Windows::new(1.0);
        windows.sent(Duration::ZERO);
        assert_eq!(windows.earliest(), Duration::from_millis(1_015));
    }

    #[test]
    fn a_fraction_is_a_matter_of_the_minute() {
        let sent = send(&mut Windows::new(2.5), 301, 0);
        assert_eq!(most_within(&sent, Duration::from_secs(60)), 150);
        assert_eq!(most_within(&send(&mut Windows::new(0.5), 61, 0), Duration::from_secs(60)), 30);
    }
}
