//! How many requests more than our budget the platform takes, by its own word. Pure: instants are given.
//!
//! A budget is often smaller than the limit, and what lies between makes up for not knowing when requests arrive. Every
//! answer says what the limit is and how much of it is used, by whoever uses it; half of what is left is ours at most.

use std::time::Duration;

/// How long answers must leave room before one request more is taken for room. Too small: what others use now and then
/// is taken from them; too large: a backlog begins slowly.
const STEP: Duration = Duration::from_secs(5);

/// A limit of so many budgets speaks of a longer window than the counted one: a minute beside a second.
const ANOTHER_WINDOW: usize = 60;

/// What is left of a platform's limit beside our budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Headroom {
    requests: usize,
    // Since when the answers have left room for more.
    since: Duration,
}

impl Headroom {
    /// Requests that the platform takes beside the budget.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// An answer of `now` says that `used` requests of a limit of `allowed` were in the platform's window; our budget is
    /// `most` in the window that counts.
    pub fn told(&mut self, now: Duration, most: usize, allowed: usize, used: usize) {
        let is_of_the_window = allowed / ANOTHER_WINDOW < most;
        let left = allowed.saturating_sub(most.max(used)) / 2;
        let room = if is_of_the_window { left } else { 0 };
        if room <= self.requests {
            *self = Headroom { requests: room, since: now };
        } else if self.since + STEP <= now {
            *self = Headroom { requests: self.requests + 1, since: now };
        }
    }

    /// The platform refused a request: there is none.
    pub fn refused(&mut self, now: Duration) {
        *self = Headroom { requests: 0, since: now };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten answers a second for `seconds` that all say the same.
    fn after(headroom: &mut Headroom, seconds: std::ops::Range<u64>, allowed: usize, used: usize) -> usize {
        for tenth in seconds.start * 10..seconds.end * 10 {
            headroom.told(Duration::from_millis(tenth * 100), 12, allowed, used);
        }
        headroom.requests()
    }

    #[test]
    fn half_of_what_a_larger_limit_leaves_is_taken_step_by_step() {
        let mut headroom = Headroom::default();
        assert_eq!(after(&mut headroom, 0..5, 20, 12), 0);
        assert_eq!(after(&mut headroom, 5..12, 20, 12), 2);
        assert_eq!(after(&mut headroom, 12..60, 20, 12), 4);
        assert_eq!(after(&mut headroom, 60..61, 20, 15), 2, "others use it");
        assert_eq!(after(&mut headroom, 61..62, 20, 20), 0);
        assert_eq!(after(&mut headroom, 62..100, 20, 3), 4);
        headroom.refused(Duration::from_secs(100));
        assert_eq!(after(&mut headroom, 100..104, 20, 3), 0);
    }

    #[test]
    fn a_limit_as_large_as_the_budget_or_of_another_window_leaves_none() {
        for (allowed, used) in [(12, 1), (10, 1), (0, 0), (720, 100), (1_200, 12)] {
            assert_eq!(after(&mut Headroom::default(), 0..100, allowed, used), 0, "{allowed}");
        }
    }
}
