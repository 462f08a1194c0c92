//! How far the platform's data lake is, as last heard: nothing is asked for beyond it. Edge: measures how long ago.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::time::InstantMs;

/// Up to when a lane may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As far as the clock: its dialect is not behind.
    Clock,
    /// Before this platform's instant, and not beyond the clock.
    Before(InstantMs),
    /// It has to be asked for first.
    Unknown,
}

/// What was heard last.
#[derive(Debug, Default)]
pub struct Availability {
    heard: Mutex<Option<(InstantMs, Instant)>>,
}

impl Availability {
    /// The platform says that it has everything before `at`.
    pub fn heard(&self, at: InstantMs) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, Instant::now()));
    }

    /// Up to when to ask; what was heard longer than `age_max` ago does not count.
    #[must_use]
    pub fn reach(&self, age_max: Duration) -> Reach {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match heard.filter(|(_, when)| when.elapsed() < age_max) {
            Some((at, _)) => Reach::Before(at),
            None => Reach::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_heard_counts_until_it_is_too_old() {
        let availability = Availability::default();
        let age_max = Duration::from_secs(60);
        assert_eq!(availability.reach(age_max), Reach::Unknown);
        availability.heard(5);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(availability.reach(age_max), Reach::Before(5));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(availability.reach(age_max), Reach::Unknown);
    }
}
