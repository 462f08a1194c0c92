//! Our own budget of requests: spread over time, shared fairly by tasks, first readings before later ones. Edge.
//!
//! Requests are spread evenly, and those that came late are caught up with at once; `window` sees to it that the
//! platform never counts more in its window than it permits, `headroom` says by how much the platform's limit is larger
//! than the budget, and `turns` says whose request is next.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::headroom::Headroom;
use super::quota::Pace;
pub use super::turns::Rank;
use super::turns::{Asker, Ticket, Turns};
use super::window::Windows;

/// The part of the platform's window that is caught up with at once after a pause, and the longest time. Too small: an
/// answer that comes late costs requests for good; too large: the platform sees bursts.
const CAUGHT_UP_PART: u32 = 4;
const CAUGHT_UP_MAX: Duration = Duration::from_secs(2);

/// Requests that may go at once after any pause, and at first: what a timer is late by would be lost with every request.
const BURST_MIN: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// Slowest rate that is accepted, so that the bucket's period stays finite.
const RATE_MIN: f64 = 0.001;

#[derive(Clone, Debug)]
struct BucketClock {
    began: Instant,
}

impl Clock for BucketClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

#[derive(Debug)]
struct State {
    pace: Pace,
    turns: Turns,
    windows: Windows,
    headroom: Headroom,
    last_at: Option<Duration>,
}

/// Gives out permits; shared by everything that sends for one OAuth client.
#[derive(Debug)]
pub struct Limiter {
    bucket: RateLimiter<NotKeyed, InMemoryState, BucketClock, NoOpMiddleware<Duration>>,
    clock: BucketClock,
    period: Duration,
    state: Mutex<State>,
    // Somebody came, left or was served, or an answer made room.
    changed: Notify,
}

/// Takes a waiting request out of its queue, also when it is dropped half-way.
struct Waiting<'a> {
    limiter: &'a Limiter,
    ticket: Ticket,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Nothing is left to take out once it was served.
        self.limiter.with(|state| state.turns.leave(self.ticket));
        self.limiter.changed.notify_waiters();
    }
}

/// A request that was let go; dropped when its answer begins, or none is waited for any longer.
#[derive(Debug)]
#[must_use]
pub struct Underway<'a> {
    limiter: &'a Limiter,
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let now = self.limiter.clock.now();
        self.limiter.with(|state| state.windows.arrived(now));
        self.limiter.changed.notify_waiters();
    }
}

/// What a waiting request waits for.
enum Waits {
    /// Its turn, or the answer to another.
    Change,
    Until(Duration),
}

impl Limiter {
    /// A limiter of `requests_per_second` at a platform that counts requests in windows of `counted`.
    ///
    /// # Panics
    /// Never: the period is positive.
    #[must_use]
    pub fn new(requests_per_second: f64, counted: Duration) -> Limiter {
        let rate = requests_per_second.max(RATE_MIN);
        let period = Duration::from_secs_f64(1.0 / rate).max(Duration::from_nanos(1));
        let quota = Quota::with_period(period).expect("a period of at least a nanosecond is a quota");
        let clock = BucketClock { began: Instant::now() };
        let burst = burst(rate, counted);
        let bucket = RateLimiter::direct_with_clock(quota.allow_burst(burst), clock.clone());
        if let Some(more) = NonZeroU32::new(burst.get() - BURST_MIN.get()) {
            // There is nothing to catch up with yet. It cannot be refused: the bucket is full.
            let _ = bucket.check_n(more);
        }
        let state = State {
            pace: Pace::default(),
            turns: Turns::default(),
            windows: Windows::new(rate, counted),
            headroom: Headroom::default(),
            last_at: None,
        };
        Limiter { bucket, clock, period, state: Mutex::new(state), changed: Notify::new() }
    }

    /// Waits for a permit for a request of `asker`. Safe to drop half-way: no permit is lost.
    pub async fn permit(&self, rank: Rank, asker: Asker) -> Underway<'_> {
        let ticket = self.with(|state| state.turns.enter(rank, asker));
        let _waiting = Waiting { limiter: self, ticket };
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            match self.with(|state| self.try_go(state, ticket)) {
                Ok(()) => return Underway { limiter: self },
                Err(Waits::Change) => changed.await,
                Err(Waits::Until(at)) => tokio::select! {
                    () = tokio::time::sleep_until(self.clock.began + at) => {}
                    () = changed => {}
                },
            }
        }
    }

    fn try_go(&self, state: &mut State, ticket: Ticket) -> Result<(), Waits> {
        if !state.turns.is_next(ticket) {
            return Err(Waits::Change);
        }
        let now = self.clock.now();
        let mut earliest = state.windows.earliest(state.headroom.requests()).ok_or(Waits::Change)?;
        // The bucket knows the full rate only; a reduced pace is kept by waiting longer for it.
        if state.pace.share() < 1.0
            && let Some(last_at) = state.last_at
        {
            let spacing_ms = state.pace.spacing_ms(self.period.as_secs_f64() * 1_000.0);
            earliest = earliest.max(last_at + Duration::from_secs_f64(spacing_ms / 1_000.0));
        }
        if now < earliest {
            return Err(Waits::Until(earliest));
        }
        self.bucket.check().map_err(|early| Waits::Until(now + early.wait_time_from(now)))?;
        state.turns.served(ticket);
        state.last_at = Some(now);
        state.windows.sent(now);
        Ok(())
    }

    /// Requests of the budget that are left in the window that the platform counts in.
    #[must_use]
    pub fn left(&self) -> usize {
        let now = self.clock.now();
        self.with(|state| state.windows.left(now))
    }

    /// An answer says that `used` requests of a limit of `allowed` were in the platform's window.
    pub fn told(&self, allowed: usize, used: usize) {
        let now = self.clock.now();
        self.with(|state| state.headroom.told(now, state.windows.most(), allowed, used));
    }

    /// The platform answered 429: slower from now on.
    pub fn refused(&self) {
        let now = self.clock.now();
        self.with(|state| {
            state.pace.refused();
            state.headroom.refused(now);
        });
    }

    /// The platform answered: faster again, up to the rate.
    pub fn answered(&self) {
        self.with(|state| state.pace.answered());
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // What is behind is plain data that no holder leaves half-changed.
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Requests that may go at once after a pause of any length.
fn burst(rate: f64, counted: Duration) -> NonZeroU32 {
    let caught_up = (counted / CAUGHT_UP_PART).min(CAUGHT_UP_MAX);
    // The cast saturates.
    let requests = (rate * caught_up.as_secs_f64()).ceil() as u32;
    NonZeroU32::new(requests).map_or(BURST_MIN, |requests| requests.max(BURST_MIN))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Most permits within any second.
    fn busiest_second(permits: &[Duration]) -> usize {
        permits
            .iter()
            .map(|at| permits.iter().filter(|other| *at <= **other && **other < *at + SECOND).count())
            .max()
            .unwrap()
    }

    async fn take(limiter: &Limiter, rank: Rank, asker: Asker, count: usize, into: &Mutex<Vec<Duration>>) {
        for _ in 0..count {
            let _underway = limiter.permit(rank, asker).await;
            into.lock().unwrap().push(limiter.clock.now());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_sliding_second_has_more_than_the_rate_and_nothing_is_left_lying() {
        let limiter = Limiter::new(12.0, SECOND);
        let permits = Mutex::new(Vec::new());
        take(&limiter, Rank::First, 0, 40, &permits).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        // After idle time, from two lanes at once.
        tokio::join!(take(&limiter, Rank::First, 1, 60, &permits), take(&limiter, Rank::Later, 1, 60, &permits));
        let permits = permits.into_inner().unwrap();
        assert_eq!(permits.len(), 160);
        assert!(busiest_second(&permits) <= 12, "{}", busiest_second(&permits));
        let spent = permits[159] - permits[40];
        assert!(spent <= Duration::from_millis(10_000), "{spent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_task_leaves_every_other_its_share() {
        let limiter = Limiter::new(12.0, SECOND);
        let (busy, quiet) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        // Twenty requests of one task wait at any time, and one of each of the two others.
        let many = futures::future::join_all((0..20).map(|_| take(&limiter, Rank::First, 1, 12, &busy)));
        let (others, _) = tokio::join!(
            async {
                tokio::join!(take(&limiter, Rank::First, 2, 20, &quiet), take(&limiter, Rank::First, 3, 20, &quiet));
                limiter.clock.now()
            },
            many
        );
        assert_eq!(busy.lock().unwrap().len(), 240);
        // A third each: twenty permits of each of the quiet ones are over after sixty in all.
        assert!(others <= Duration::from_millis(60 * 1_000 / 12 + 200), "{others:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn later_requests_come_after_first_ones_but_are_not_starved() {
        let limiter = Arc::new(Limiter::new(10.0, SECOND));
        let (first, later) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let greedy = async {
            // Two first readings at a time: one is always waiting.
            tokio::join!(take(&limiter, Rank::First, 1, 50, &first), take(&limiter, Rank::First, 2, 50, &first));
        };
        tokio::join!(greedy, take(&limiter, Rank::Later, 1, 8, &later));
        let last_first = first.lock().unwrap().iter().max().copied().unwrap();
        let meanwhile = later.lock().unwrap().iter().filter(|at| **at < last_first).count();
        assert!((5..=8).contains(&meanwhile), "{meanwhile}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_all_tasks_down_and_answers_speed_them_up_again() {
        let limiter = Limiter::new(10.0, SECOND);
        let permits = Mutex::new(Vec::new());
        for _ in 0..3 {
            limiter.refused();
        }
        let (one, two) = (take(&limiter, Rank::First, 1, 6, &permits), take(&limiter, Rank::First, 2, 6, &permits));
        tokio::join!(one, two);
        let slow = permits.lock().map(|permits| permits[11]).unwrap();
        // A third of the rate.
        assert!(Duration::from_millis(11 * 290) < slow, "{slow:?}");
        for _ in 0..40 {
            limiter.answered();
        }
        permits.lock().unwrap().clear();
        let (one, two) = (take(&limiter, Rank::First, 1, 6, &permits), take(&limiter, Rank::First, 2, 6, &permits));
        tokio::join!(one, two);
        let permits = permits.into_inner().unwrap();
        let fast = permits[11] - permits[0];
        assert!(fast <= Duration::from_millis(1_150), "{fast:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_request_leaves_no_one_waiting() {
        let limiter = Limiter::new(1.0, SECOND);
        drop(limiter.permit(Rank::First, 1).await);
        let dropped = tokio::time::timeout(Duration::from_millis(10), limiter.permit(Rank::First, 1)).await;
        assert!(dropped.is_err());
        assert!(limiter.with(|state| state.turns.is_empty()));
        let later = tokio::time::timeout(Duration::from_secs(2), limiter.permit(Rank::Later, 1)).await;
        assert!(later.is_ok());
    }
}
