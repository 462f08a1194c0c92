//! A running source's comparisons with the platform's own figures, beside its lanes. Edge.
//!
//! They rank last in the budget, and nothing that befalls them stops the source: what fails is counted and tried again.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::plan::{Plan, Staged};
use super::progress::SourceProgress;
use crate::domain::causes::causes;
use crate::domain::reconciliation::Reconciliation;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::reconcile::collect::OurSide;
use crate::reconcile::compare::{Comparison, compare};
use crate::reconcile::contract::ReadOurs;
use crate::reconcile::platform::Platform;
use crate::reconcile::volume::Lost;

/// How long a comparison that failed, or that the processor has not come up to yet, is left alone.
const RETRY_AFTER: Duration = Duration::from_secs(600);

/// What comparisons are made with.
#[derive(Debug)]
pub struct Reconciler {
    /// Our side.
    pub ours: Arc<dyn ReadOurs>,
    /// Theirs.
    pub platform: Platform,
    /// Tenant.
    pub org_id: String,
    /// `extract.slice.ms`: cuts what no slice is known of.
    pub slice_ms: DurationMs,
    /// `reconcile.interval.ms`.
    pub interval: Duration,
}

/// Why there is no comparison.
enum Missed {
    /// The processor has not come so far.
    TooEarly,
    /// Something failed.
    Failed(String),
}

type Comparing = Pin<Box<dyn Future<Output = (TimeRange, Result<Comparison, Missed>)> + Send>>;

/// What is to be published of a comparison, one at a time: a loss each, then the records.
enum Found {
    Lost(Lost),
    Records(TimeRange, Vec<Reconciliation>),
}

/// The comparisons of one running source.
pub struct Reconciling {
    with: Option<Arc<Reconciler>>,
    running: Option<Comparing>,
    found: VecDeque<Found>,
    not_before: Instant,
}

impl Reconciling {
    /// Nothing under way; without `with` there never is.
    pub fn new(with: Option<Arc<Reconciler>>) -> Reconciling {
        Reconciling { with, running: None, found: VecDeque::new(), not_before: Instant::now() }
    }

    /// Begins a comparison when days are due and it is time.
    pub fn begin(&mut self, plan: &Plan) {
        let Some(with) = &self.with else { return };
        let busy = self.running.is_some() || !self.found.is_empty();
        if busy || Instant::now() < self.not_before {
            return;
        }
        let Some(range) = plan.comparable(with.ours.zone()) else { return };
        self.not_before = Instant::now() + with.interval;
        let with = Arc::clone(with);
        self.running = Some(Box::pin(async move { (range, compared(&with, range).await) }));
    }

    /// Waits for the comparison under way, for ever when there is none, and takes it in. Safe to drop half-way.
    pub async fn woken(&mut self, source: &str, progress: &SourceProgress) {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        let (range, outcome) = running.await;
        self.running = None;
        let retry_after = self.with.as_ref().map_or(RETRY_AFTER, |with| with.interval.min(RETRY_AFTER));
        match outcome {
            Ok(found) => self.take(source, range, found, progress),
            Err(Missed::TooEarly) => {
                tracing::debug!(
                    source,
                    to = range.to,
                    "the processor has not come to the days that are to be compared"
                );
                self.not_before = Instant::now() + retry_after;
            }
            Err(Missed::Failed(reason)) => {
                progress.comparison_failed();
                tracing::warn!(
                    source,
                    from = range.from,
                    to = range.to,
                    reason,
                    "comparison failed, trying again later"
                );
                self.not_before = Instant::now() + retry_after;
            }
        }
    }

    fn take(&mut self, source: &str, range: TimeRange, found: Comparison, progress: &SourceProgress) {
        for record in found.records.iter().filter(|record| record.is_beyond()) {
            let (check, from, to) = (record.check.word(), record.interval_start, record.interval_end);
            let (queue, off) = (&record.queue_id, record.variance);
            tracing::warn!(
                source,
                check,
                from,
                to,
                queue,
                off,
                "figures differ from the platform's beyond the tolerance"
            );
        }
        for note in &found.notes {
            tracing::warn!(source, note, "a part was not compared");
        }
        progress.compared(found.records.len() as u64, found.beyond() as u64);
        self.found.extend(found.lost.into_iter().map(Found::Lost));
        self.found.push_back(Found::Records(range, found.records));
    }

    /// What is to be published next, if anything.
    pub fn staged(&mut self, plan: &mut Plan, now: InstantMs) -> Option<Staged> {
        Some(match self.found.pop_front()? {
            Found::Lost(lost) => plan.lost(lost.slice, (lost.theirs, lost.missing), now),
            Found::Records(range, records) => plan.reconciled(records, range.to),
        })
    }
}

async fn compared(with: &Reconciler, range: TimeRange) -> Result<Comparison, Missed> {
    let ours = Arc::clone(&with.ours);
    let read = tokio::task::spawn_blocking(move || ours.read(range)).await;
    let side: OurSide = read.map_err(|error| Missed::Failed(error.to_string()))?.map_err(Missed::Failed)?;
    if side.handle.is_some() && side.processed_to < range.to {
        return Err(Missed::TooEarly);
    }
    let found = compare(&with.platform, &side, &with.org_id, range, with.slice_ms).await;
    found.map_err(|error| Missed::Failed(causes(&error)))
}
