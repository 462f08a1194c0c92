//! Our own budget of requests: one permit at a time, evenly spaced, first readings before later ones. Edge.
//!
//! The bucket holds one permit, so a second never sees more than the rate plus one request, also after idle time; what
//! a platform's counter would allow as a burst is left to others who use the same client.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::quota::Pace;

/// Whose turn comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// First readings, and whatever they wait for.
    First,
    /// Everything that can wait.
    Later,
}

/// Permits in a row that first readings get while a later one waits. Too small: a backlog is read slowly; too large:
/// revisits stand still as long as there is a backlog.
const FIRST_IN_A_ROW_MAX: u32 = 9;

/// How often a later request looks whether it may go. Shorter than the distance of two permits.
const LATER_LOOKS_EVERY: Duration = Duration::from_millis(10);

/// Slowest rate that is accepted, so that the bucket's period stays finite.
const RATE_MIN: f64 = 0.001;

#[derive(Clone, Debug)]
struct BucketClock {
    began: tokio::time::Instant,
}

impl Clock for BucketClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

#[derive(Debug, Default)]
struct Turns {
    pace: Pace,
    first_waiting: u32,
    first_in_a_row: u32,
    last_at: Option<tokio::time::Instant>,
}

/// Gives out permits; shared by everything that sends for one OAuth client.
#[derive(Debug)]
pub struct Limiter {
    bucket: RateLimiter<NotKeyed, InMemoryState, BucketClock, NoOpMiddleware<Duration>>,
    clock: BucketClock,
    period: Duration,
    turn: tokio::sync::Mutex<()>,
    turns: Mutex<Turns>,
}

/// Takes a waiting first reading off the count, also when its request is dropped half-way.
struct Waiting<'a>(&'a Limiter);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.with(|turns| turns.first_waiting -= 1);
    }
}

impl Limiter {
    /// A limiter of `requests_per_second`.
    ///
    /// # Panics
    /// Never: the period is positive.
    #[must_use]
    pub fn new(requests_per_second: f64) -> Limiter {
        let period = Duration::from_secs_f64(1.0 / requests_per_second.max(RATE_MIN)).max(Duration::from_nanos(1));
        let quota = Quota::with_period(period).expect("a period of at least a nanosecond is a quota");
        let clock = BucketClock { began: tokio::time::Instant::now() };
        Limiter {
            bucket: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            period,
            turn: tokio::sync::Mutex::new(()),
            turns: Mutex::default(),
        }
    }

    /// Waits for a permit. Safe to drop half-way: no permit is lost.
    pub async fn permit(&self, rank: Rank) {
        let _waiting = match rank {
            Rank::First => {
                self.with(|turns| turns.first_waiting += 1);
                Some(Waiting(self))
            }
            Rank::Later => {
                while !self.later_may_go() {
                    tokio::time::sleep(LATER_LOOKS_EVERY).await;
                }
                None
            }
        };
        let _turn = self.turn.lock().await;
        // The bucket knows the full rate only; a reduced pace is kept by waiting longer for it.
        let earliest = self.with(|turns| {
            let spacing_ms = turns.pace.spacing_ms(self.period.as_secs_f64() * 1_000.0);
            (turns.pace.share() < 1.0)
                .then(|| turns.last_at.map(|at| at + Duration::from_secs_f64(spacing_ms / 1_000.0)))
        });
        if let Some(earliest) = earliest.flatten() {
            tokio::time::sleep_until(earliest).await;
        }
        while let Err(too_early) = self.bucket.check() {
            tokio::time::sleep(too_early.wait_time_from(self.clock.now())).await;
        }
        self.with(|turns| {
            turns.last_at = Some(tokio::time::Instant::now());
            turns.first_in_a_row = if rank == Rank::First { turns.first_in_a_row.saturating_add(1) } else { 0 };
        });
    }

    /// The platform answered 429: slower from now on.
    pub fn refused(&self) {
        self.with(|turns| turns.pace.refused());
    }

    /// The platform answered: faster again, up to the rate.
    pub fn answered(&self) {
        self.with(|turns| turns.pace.answered());
    }

    fn later_may_go(&self) -> bool {
        self.with(|turns| turns.first_waiting == 0 || FIRST_IN_A_ROW_MAX <= turns.first_in_a_row)
    }

    fn with<T>(&self, change: impl FnOnce(&mut Turns) -> T) -> T {
        // The counts stay usable whatever happened to another holder.
        change(&mut self.turns.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Most permits within any second, both ends included.
    fn busiest_second(permits: &[Duration]) -> usize {
        let second = Duration::from_secs(1);
        permits
            .iter()
            .map(|at| permits.iter().filter(|other| *at <= **other && **other <= *at + second).count())
            .max()
            .unwrap()
    }

    async fn take(limiter: &Limiter, rank: Rank, count: usize, into: &Mutex<Vec<Duration>>) {
        for _ in 0..count {
            limiter.permit(rank).await;
            into.lock().unwrap().push(limiter.clock.now());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_sliding_second_has_more_than_the_rate_and_one() {
        let limiter = Limiter::new(12.0);
        let permits = Mutex::new(Vec::new());
        take(&limiter, Rank::First, 40, &permits).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        // After idle time, from two lanes at once.
        tokio::join!(take(&limiter, Rank::First, 60, &permits), take(&limiter, Rank::Later, 60, &permits));
        let permits = permits.into_inner().unwrap();
        assert_eq!(permits.len(), 160);
        assert!(busiest_second(&permits) <= 13, "{}", busiest_second(&permits));
        // Nor is the budget left lying: 120 permits in ten seconds.
        let spent = permits[159] - permits[40];
        assert!(spent <= Duration::from_millis(10_300), "{spent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn later_requests_come_after_first_ones_but_are_not_starved() {
        let limiter = Arc::new(Limiter::new(10.0));
        let (first, later) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let greedy = async {
            // Two first readings at a time: one is always waiting.
            tokio::join!(take(&limiter, Rank::First, 50, &first), take(&limiter, Rank::First, 50, &first));
        };
        tokio::join!(greedy, take(&limiter, Rank::Later, 8, &later));
        let last_first = first.lock().unwrap().iter().max().copied().unwrap();
        let meanwhile = later.lock().unwrap().iter().filter(|at| **at < last_first).count();
        assert!((5..=8).contains(&meanwhile), "{meanwhile}");
        let ninth = {
            let mut all = first.lock().unwrap().clone();
            all.sort();
            all[8]
        };
        assert!(ninth <= Duration::from_millis(1_000), "{ninth:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_down_and_answers_speed_up_again() {
        let limiter = Limiter::new(10.0);
        let permits = Mutex::new(Vec::new());
        for _ in 0..3 {
            limiter.refused();
        }
        take(&limiter, Rank::First, 10, &permits).await;
        let slow = permits.lock().map(|permits| permits[9]).unwrap();
        assert!(Duration::from_secs(2) < slow, "{slow:?}");
        for _ in 0..40 {
            limiter.answered();
        }
        permits.lock().unwrap().clear();
        take(&limiter, Rank::First, 11, &permits).await;
        let permits = permits.into_inner().unwrap();
        let fast = permits[10] - permits[0];
        assert!(fast <= Duration::from_millis(1_050), "{fast:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_request_leaves_no_one_waiting() {
        let limiter = Limiter::new(1.0);
        limiter.permit(Rank::First).await;
        let dropped = tokio::time::timeout(Duration::from_millis(10), limiter.permit(Rank::First)).await;
        assert!(dropped.is_err());
        assert!(limiter.later_may_go());
    }
}
