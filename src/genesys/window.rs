//! How many requests a platform may have seen in each window of time that it counts in. Pure: instants are given.
//!
//! A platform counts arrivals, and of these only the bounds are known here: a request arrives after it was sent and
//! before its answer begins. Whatever the network does, no window of the platform's, sliding or fixed, sees more than
//! `most` requests when a request is sent only while fewer than `most` others may have arrived less than a window ago:
//! those without an answer, and those whose answer began less than a window ago. (Of any `most` + 1 arrivals within a
//! window, look at the one sent last: each of the others was sent before it and arrived less than a window before it or
//! after it, so that its answer had not begun a window before this one was sent.)
//!
//! What that costs is known too: each of the `most` places is taken for a window and a round trip, so that at most
//! window ÷ (window + round trip) of what is permitted can be used. No other way to be never refused does better by
//! more than what is known of the way back: two requests whose answers took equally long may have spent all of that on
//! their way there and on their way back.

use std::collections::VecDeque;
use std::time::Duration;

/// The longest window that a limit of a second or so is believed to imply as well.
const MINUTE: Duration = Duration::from_secs(60);

/// Parts of a thousand by which the platform's clock may run faster than ours. Too small: a request comes before the
/// platform's window is over; too large: so much of the window is not used up.
const CLOCKS_DIFFER_PERMILLE: u32 = 1;

/// Requests of an implied window that are remembered at most; one of more is bounded well enough by the counted one.
const REMEMBERED_MAX: f64 = 6_000.0;

/// What a product of floats may be beside the whole number that is meant.
const ROUNDING: f64 = 1e-6;

#[derive(Debug)]
struct Window {
    length: Duration,
    most: usize,
    // When the latest requests were sent, oldest first; at most `most`.
    sent: VecDeque<Duration>,
    // When the answers of this window began, oldest first: each request had arrived by then.
    arrived: VecDeque<Duration>,
}

/// The sliding windows of one budget: the one that the platform counts in, and the minute that a shorter one implies.
#[derive(Debug)]
pub struct Windows {
    windows: Vec<Window>,
    // Requests without an answer.
    underway: usize,
}

impl Window {
    /// A window that would hold no whole request holds one: the spacing of requests is another's job.
    fn new(length: Duration, requests: f64) -> Window {
        // The cast saturates.
        Window { length, most: requests.max(1.0) as usize, sent: VecDeque::new(), arrived: VecDeque::new() }
    }

    /// How long what has arrived counts, by our clock.
    fn counts_for(&self) -> Duration {
        self.length + self.length * CLOCKS_DIFFER_PERMILLE / 1_000
    }

    fn earliest(&self, underway: usize, headroom: usize) -> Option<Duration> {
        let places = (self.most + headroom).checked_sub(underway).filter(|places| 0 < *places)?;
        // No more than `places` - 1 of those that have arrived may still count.
        let last_out = self.arrived.len().checked_sub(places).and_then(|index| self.arrived.get(index));
        let by_arrival = last_out.map_or(Duration::ZERO, |arrived| *arrived + self.counts_for());
        let replaced = self.sent.front().filter(|_| self.most <= self.sent.len());
        Some(replaced.map_or(by_arrival, |sent| by_arrival.max(*sent + self.length)))
    }
}

impl Windows {
    /// The windows of `requests_per_second` at a platform that counts requests in windows of `counted`.
    #[must_use]
    pub fn new(requests_per_second: f64, counted: Duration) -> Windows {
        let requests = requests_per_second * counted.as_secs_f64();
        if MINUTE <= counted {
            return Windows { windows: vec![Window::new(counted, (requests + ROUNDING).floor())], underway: 0 };
        }
        // A fraction of a request is a matter of the minute.
        let mut windows = vec![Window::new(counted, (requests - ROUNDING).ceil())];
        let a_minute = requests_per_second * MINUTE.as_secs_f64();
        if a_minute <= REMEMBERED_MAX {
            windows.push(Window::new(MINUTE, (a_minute + ROUNDING).floor()));
        }
        Windows { windows, underway: 0 }
    }

    /// Requests that the counted window holds.
    #[must_use]
    pub fn most(&self) -> usize {
        self.windows.first().map_or(1, |window| window.most)
    }

    /// Requests that the counted window has room for at `now`: those that are under way and those that may still count are
    /// taken off.
    #[must_use]
    pub fn left(&self, now: Duration) -> usize {
        let Some(window) = self.windows.first() else { return 0 };
        let counting = window.arrived.iter().rev().take_while(|arrived| now < **arrived + window.counts_for()).count();
        window.most.saturating_sub(self.underway + counting)
    }

    /// The earliest instant at which one more request may be sent; `None`: not before an answer begins.
    ///
    /// `headroom` is how many requests more than the budget the platform is known to take in the counted window. It
    /// makes up for not knowing when requests arrive; not more requests are sent.
    #[must_use]
    pub fn earliest(&self, headroom: usize) -> Option<Duration> {
        let beside = std::iter::once(headroom).chain(std::iter::repeat(0));
        let each = self.windows.iter().zip(beside);
        each.map(|(window, headroom)| window.earliest(self.underway, headroom))
            .try_fold(Duration::ZERO, |latest, earliest| earliest.map(|earliest| latest.max(earliest)))
    }

    /// A request is sent at `at`.
    pub fn sent(&mut self, at: Duration) {
        self.underway += 1;
        for window in &mut self.windows {
            if window.most <= window.sent.len() {
                window.sent.pop_front();
            }
            window.sent.push_back(at);
        }
    }

    /// The answer to a request begins at `at`, or none is waited for any longer: it had arrived by then, or never will.
    pub fn arrived(&mut self, at: Duration) {
        self.underway = self.underway.saturating_sub(1);
        for window in &mut self.windows {
            let counts_for = window.counts_for();
            while window.arrived.front().is_some_and(|arrived| *arrived + counts_for <= at) {
                window.arrived.pop_front();
            }
            window.arrived.push_back(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);

    /// Sends as early as it may; each answer begins `answer_ms` later. When each was sent.
    fn send(windows: &mut Windows, count: u32, answer_ms: u32) -> Vec<Duration> {
        let mut at = Duration::ZERO;
        (0..count)
            .map(|_| {
                at = at.max(windows.earliest(0).unwrap());
                windows.sent(at);
                windows.arrived(at + MS * answer_ms);
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
        let sent = send(&mut Windows::new(5.0, SECOND), 700, 3);
        assert_eq!((most_within(&sent, SECOND), most_within(&sent, MINUTE)), (5, 300));
        // Nor fewer: two minutes, the answers' milliseconds and the difference of the clocks.
        assert_eq!(sent[600], Duration::from_millis(120 * (1_001 + 3)));
    }

    #[test]
    fn a_platform_that_counts_minutes_may_see_many_requests_in_a_second() {
        let sent = send(&mut Windows::new(5.0, MINUTE), 700, 3);
        assert_eq!((most_within(&sent, SECOND), most_within(&sent, MINUTE)), (300, 300));
        assert_eq!(sent[600], Duration::from_millis(2 * (60_060 + 3)));
    }

    #[test]
    fn a_place_is_taken_for_a_window_and_a_round_trip() {
        let sent = send(&mut Windows::new(12.0, SECOND), 121, 400);
        assert_eq!(sent[120], Duration::from_millis(10 * 1_401));
        let prompt = send(&mut Windows::new(12.0, SECOND), 121, 2);
        assert_eq!(prompt[120], Duration::from_millis(10 * 1_003));
    }

    #[test]
    fn requests_without_an_answer_may_arrive_at_any_time() {
        let mut windows = Windows::new(3.0, SECOND);
        for at in [0, 100, 200] {
            assert!(windows.earliest(0).unwrap() <= MS * at);
            windows.sent(MS * at);
        }
        assert_eq!(windows.earliest(0), None);
        assert_eq!(windows.earliest(1), Some(SECOND), "what is sent keeps the rate even so");
        windows.arrived(MS * 1_500);
        windows.arrived(MS * 1_600);
        assert_eq!(windows.earliest(0), Some(MS * (1_500 + 1_001)));
        assert_eq!(windows.earliest(1), Some(SECOND));
        windows.sent(MS * 2_510);
        assert_eq!(windows.earliest(0), Some(MS * (1_600 + 1_001)), "two are under way, and one counts");
        windows.sent(MS * 2_610);
        assert_eq!(windows.earliest(0), None);
    }

    #[test]
    fn what_is_left_comes_back_a_window_after_its_answer_began() {
        let mut windows = Windows::new(3.0, SECOND);
        assert_eq!(windows.left(MS), 3);
        windows.sent(MS);
        windows.sent(MS * 2);
        assert_eq!(windows.left(MS * 2), 1);
        windows.arrived(MS * 100);
        assert_eq!((windows.left(MS * 1_100), windows.left(MS * 1_101)), (1, 2), "one is under way");
        windows.arrived(MS * 1_200);
        assert_eq!((windows.left(MS * 1_201), windows.left(MS * 2_201)), (2, 3));
    }

    #[test]
    fn a_fraction_is_a_matter_of_the_minute() {
        let sent = send(&mut Windows::new(2.5, SECOND), 301, 0);
        assert_eq!((most_within(&sent, SECOND), most_within(&sent, MINUTE)), (3, 150));
        assert_eq!(most_within(&send(&mut Windows::new(0.5, SECOND), 61, 0), MINUTE), 30);
        let of = |rate: f64, counted| Windows::new(rate, counted).most();
        assert_eq!([of(0.7, MINUTE), of(1.1, MINUTE), of(1.7, MINUTE * 10), of(0.001, MINUTE)], [42, 66, 1_020, 1]);
        assert_eq!([of(12.0, SECOND), of(0.1, SECOND), of(1.1, SECOND * 10)], [12, 1, 11]);
    }
}
