//! One lane of a running source: what it waits for. Edge.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::fetch::{Fetched, Fetcher};
use super::plan::{Ask, Lane};
use super::source_offset::Kind;
use crate::domain::time::TimeRange;
use crate::genesys::error::GenesysError;
use crate::genesys::quota::Backoff;
use crate::runtime::spans;

/// A page under way.
pub type Fetching = Pin<Box<dyn Future<Output = Fetched> + Send>>;
/// A question for the time under way.
pub type Probing = Pin<Box<dyn Future<Output = ()> + Send>>;
/// A question for how far the platform's lake is, under way.
pub type Reaching = Pin<Box<dyn Future<Output = Result<(), GenesysError>> + Send>>;

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
    /// For how far the platform's lake is.
    Reach(Reaching),
}

/// What woke a lane.
pub enum Woken {
    /// A page came, or failed to.
    Page(Box<Fetched>),
    /// A wait is over.
    Time,
    /// The platform's clock was heard of, or not.
    Clock,
    /// It is known how far the platform's lake is, or why not.
    Reach(Result<(), GenesysError>),
}

/// A lane.
pub struct LaneRun {
    /// Which.
    pub lane: Lane,
    /// What it waits for.
    pub waits: Waits,
    failures: u32,
    repairs: u32,
    // The slice that it reads, for traces.
    slice: Option<(Kind, TimeRange, Span)>,
}

impl LaneRun {
    /// A lane that has not begun.
    pub fn new(lane: Lane) -> LaneRun {
        LaneRun { lane, waits: Waits::Plan, failures: 0, repairs: 0, slice: None }
    }

    /// A page under way of the slice that the lane reads from now on.
    pub fn page(&mut self, source: &str, fetcher: &Arc<Fetcher>, ask: Ask) -> Waits {
        let (fetcher, lane, kind, slice) = (Arc::clone(fetcher), self.lane, ask.kind, ask.slice);
        if self.slice.as_ref().is_none_or(|(of, known, _)| (*of, *known) != (kind, slice)) {
            self.slice = Some((kind, slice, spans::slice(source, kind.word(), slice)));
        }
        let page = spans::page(&self.slice_span(), ask.range());
        let told = page.clone();
        let fetching = async move {
            let fetched = fetcher.fetch(lane, ask).await;
            match &fetched.outcome {
                Ok((page, _)) => spans::read(&told, page.rows.len()),
                Err(error) => spans::failed(&told, error.class()),
            }
            fetched
        };
        Waits::Page(Box::pin(fetching.instrument(page)))
    }

    /// The lane has no slice to read for a while.
    pub fn rest(&mut self, until: Instant) -> Waits {
        self.slice = None;
        Waits::Time(until)
    }

    /// The span of the slice that the lane reads.
    pub fn slice_span(&self) -> Span {
        self.slice.as_ref().map_or_else(Span::none, |(_, _, span)| span.clone())
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
            Waits::Reach(reach) => Woken::Reach(reach.await),
        }
    }

    /// What waits for its turn, if that is what the lane waits for; the lane then waits for the plan.
    pub fn take_turn(&mut self) -> Option<Fetched> {
        match std::mem::replace(&mut self.waits, Waits::Plan) {
            Waits::Turn(fetched) => Some(*fetched),
            other => {
                self.waits = other;
                None
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
    /// `chance` lies in `[0, 1)`.
    pub fn failed(&mut self, backoff: Backoff, chance: f64, at_least_ms: Option<u64>) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let wait = Duration::from_millis(backoff.wait_ms(self.failures, chance, at_least_ms));
        self.waits = Waits::Backoff(Instant::now() + wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_that_waits_for_something_else_keeps_waiting_when_it_is_another_ones_turn() {
        let mut lane = LaneRun::new(Lane::Revisit);
        lane.waits = Waits::Page(Box::pin(std::future::pending()));
        assert!(lane.take_turn().is_none() && matches!(lane.waits, Waits::Page(_)));
        lane.waits = Waits::Clock(Box::pin(std::future::pending()));
        assert!(lane.take_turn().is_none() && matches!(lane.waits, Waits::Clock(_)));
    }

    #[tokio::test]
    async fn a_backoff_grows_with_failures_in_a_row_and_is_not_cut_short() {
        let mut lane = LaneRun::new(Lane::Fresh);
        let backoff = Backoff { first_ms: 10, most_ms: 40 };
        assert!(lane.failed(backoff, 0.5, Some(25)) == Duration::from_millis(25));
        assert!(lane.take_turn().is_none() && matches!(lane.waits, Waits::Backoff(_)));
        let waits_ms: Vec<u128> = (0..3).map(|_| lane.failed(backoff, 0.5, None).as_millis()).collect();
        assert_eq!(waits_ms, [10, 20, 20], "the second failure in a row, then the longest wait");
        lane.succeeded();
        assert_eq!(lane.failed(backoff, 0.5, None), Duration::from_millis(5));
    }
}
