//! One lane of a running source: what it waits for. Edge.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use super::fetch::Fetched;
use super::plan::Lane;
use crate::genesys::quota::Backoff;

/// A page under way.
pub type Fetching = Pin<Box<dyn Future<Output = Fetched> + Send>>;
/// A question for the time under way.
pub type Probing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a lane waits for.
pub enum Waits {
    /// For the plan to say what is next.
    Plan,
    /// For a page.
    Page(Fetching),
    /// For its turn to publish what came back.
    Turn(Box<Fetched>),
    /// For the plan's time to come; other events may change the plan's mind.
    Time(Instant),
    /// For its backoff to end; nothing shortens it.
    Backoff(Instant),
    /// For the platform's clock.
    Clock(Probing),
}

/// What woke a lane.
pub enum Woken {
    /// A page came, or failed to.
    Page(Box<Fetched>),
    /// A wait is over.
    Time,
    /// The platform's clock was heard of, or not.
    Clock,
}

/// A lane.
pub struct LaneRun {
    /// Which.
    pub lane: Lane,
    /// What it waits for.
    pub waits: Waits,
    failures: u32,
    repairs: u32,
}

impl LaneRun {
    /// A lane that has not begun.
    pub fn new(lane: Lane) -> LaneRun {
        LaneRun { lane, waits: Waits::Plan, failures: 0, repairs: 0 }
    }

    /// Waits for what the lane waits for; for ever when that is the plan or its turn. Safe to drop half-way.
    pub async fn woken(&mut self) -> Woken {
        match &mut self.waits {
            Waits::Plan | Waits::Turn(_) => std::future::pending().await,
            Waits::Page(page) => Woken::Page(Box::new(page.await)),
            Waits::Time(at) | Waits::Backoff(at) => {
                tokio::time::sleep_until(*at).await;
                Woken::Time
            }
            Waits::Clock(clock) => {
                clock.await;
                Woken::Clock
            }
        }
    }

    /// A page came: the lane works.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.repairs = 0;
    }

    /// How often in a row a failure was already repaired when it was told.
    pub fn repaired(&mut self) -> u32 {
        self.repairs += 1;
        self.repairs
    }

    /// An attempt failed: the lane waits, longer with each failure in a row, at least what the platform asked for.
    pub fn failed(&mut self, backoff: Backoff, at_least_ms: Option<u64>) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let wait = Duration::from_millis(backoff.wait_ms(self.failures, rand::random::<f64>(), at_least_ms));
        self.waits = Waits::Backoff(Instant::now() + wait);
        wait
    }
}
