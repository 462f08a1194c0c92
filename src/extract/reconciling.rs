//! A running source's comparisons with the platform's own figures, beside its lanes. Edge.
//!
//! They rank last in the budget, and nothing that befalls them stops the source: what fails is counted and tried again,
//! or left to the command where the source has come to its end.

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
use crate::domain::time::{DurationMs, InstantMs, TimeRange, format_instant};
use crate::reconcile::collect::OurSide;
use crate::reconcile::compare::{Comparison, compare};
use crate::reconcile::contract::{Processed, ReadOurs};
use crate::reconcile::platform::Platform;
use crate::reconcile::volume::Lost;

/// How long a comparison that failed, or that the processor has not come up to yet, is left alone. A source that has
/// nothing else left to do looks more often, and no longer than this once the processor does not get on.
const RETRY_AFTER: Duration = Duration::from_secs(600);

/// How often a source that has nothing else left to do looks how far the processor is.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

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
    /// The processor has not come so far, but this far.
    TooEarly(Processed),
    /// Something failed.
    Failed(String),
}

type Comparing = Pin<Box<dyn Future<Output = (TimeRange, Result<Comparison, Missed>)> + Send>>;

/// What is to be published of a comparison, one at a time: a loss each, then the records.
enum Found {
    Lost(Lost),
    Records(TimeRange, Vec<Reconciliation>),
    /// The source ends without a comparison.
    Nothing,
}

/// The comparisons of one running source.
pub struct Reconciling {
    with: Option<Arc<Reconciler>>,
    running: Option<Comparing>,
    found: VecDeque<Found>,
    not_before: Instant,
    // The comparison under way, or the last one, is all that the source has left to do.
    at_the_end: bool,
    // How far the processor was when it was last seen to get on, and when.
    got_on: Option<(Processed, Instant)>,
}

impl Reconciling {
    /// Nothing under way; without `with` there never is.
    pub fn new(with: Option<Arc<Reconciler>>) -> Reconciling {
        Reconciling {
            with,
            running: None,
            found: VecDeque::new(),
            not_before: Instant::now(),
            at_the_end: false,
            got_on: None,
        }
    }

    /// Begins a comparison when days are due and it is time.
    pub fn begin(&mut self, plan: &Plan) {
        let Some(with) = &self.with else { return };
        let busy = self.running.is_some() || !self.found.is_empty();
        self.at_the_end = plan.ends_with_comparison();
        if busy || Instant::now() < self.not_before {
            return;
        }
        let Some(range) = plan.comparable() else { return };
        // Every portion of the end is due at once.
        let interval = if self.at_the_end { Duration::ZERO } else { with.interval };
        self.not_before = Instant::now() + interval;
        let (with, closed) = (Arc::clone(with), self.at_the_end);
        self.running = Some(Box::pin(async move { (range, compared(&with, range, closed).await) }));
    }

    /// Waits for the comparison under way, or until it is time for the one that is left to do; for ever when there is
    /// neither. Safe to drop half-way.
    pub async fn woken(&mut self, source: &str, progress: &SourceProgress) {
        let Some(running) = &mut self.running else {
            if self.at_the_end && Instant::now() < self.not_before {
                return tokio::time::sleep_until(self.not_before).await;
            }
            return std::future::pending().await;
        };
        let (range, outcome) = running.await;
        self.running = None;
        let patience = self.with.as_ref().map_or(RETRY_AFTER, |with| with.interval.min(RETRY_AFTER));
        match outcome {
            Ok(found) => self.take(source, range, found, progress),
            Err(Missed::TooEarly(processed)) => self.too_early(source, range, processed, patience),
            Err(Missed::Failed(reason)) => {
                progress.comparison_failed();
                let (from, to) = (format_instant(range.from), format_instant(range.to));
                if self.at_the_end {
                    tracing::warn!(
                        source,
                        from,
                        to,
                        reason,
                        "comparison failed; `handletime reconcile` makes up for it"
                    );
                    self.found.push_back(Found::Nothing);
                } else {
                    tracing::warn!(source, from, to, reason, "comparison failed, trying again later");
                    self.not_before = Instant::now() + patience;
                }
            }
        }
    }

    fn too_early(&mut self, source: &str, range: TimeRange, processed: Processed, patience: Duration) {
        let now = Instant::now();
        if !self.at_the_end {
            let to = format_instant(range.to);
            tracing::debug!(source, to, "the processor has not come to the days that are to be compared");
            self.not_before = now + patience;
            return;
        }
        let since = match self.got_on {
            Some((before, since)) if before == processed => since,
            _ => now,
        };
        self.got_on = Some((processed, since));
        if patience <= now - since {
            let (from, to) = (format_instant(range.from), format_instant(range.to));
            tracing::warn!(
                source,
                from,
                to,
                "nothing is compared, for no processor gets on with it; `handletime reconcile` makes up for it"
            );
            self.found.push_back(Found::Nothing);
        } else {
            self.not_before = now + patience.min(LOOK_INTERVAL);
        }
    }

    fn take(&mut self, source: &str, range: TimeRange, found: Comparison, progress: &SourceProgress) {
        for record in found.records.iter().filter(|record| record.is_beyond()) {
            let (from, to) = (format_instant(record.interval_start), format_instant(record.interval_end));
            let check = record.check.word();
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
        loop {
            let staged = match self.found.pop_front()? {
                Found::Lost(lost) => plan.lost(lost.slice, (lost.theirs, lost.missing), now),
                Found::Records(range, records) => Some(plan.reconciled(records, range.to)),
                Found::Nothing => Some(plan.left_uncompared()),
            };
            if staged.is_some() {
                return staged;
            }
        }
    }
}

async fn compared(with: &Reconciler, range: TimeRange, closed: bool) -> Result<Comparison, Missed> {
    let ours = Arc::clone(&with.ours);
    let read = move || -> Result<OurSide, Missed> {
        let processed = ours.processed().map_err(Missed::Failed)?;
        if processed.to < range.to || closed && !processed.closed {
            return Err(Missed::TooEarly(processed));
        }
        ours.read(range).map_err(Missed::Failed)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let side = read.map_err(|error| Missed::Failed(error.to_string()))??;
    let found = compare(&with.platform, &side, &with.org_id, range, with.slice_ms).await;
    found.map_err(|error| Missed::Failed(causes(&error)))
}
