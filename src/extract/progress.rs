//! Where a source stands, readable at any time by others: a progress bar, `--exit-when-complete`. Pure: plain counters.
//!
//! Only confirmed publications count here; what the client counts about itself is up to date.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::plan::{InHand, Staged, Standing};
use super::told::{News, Told};
use crate::domain::time::InstantMs;
use crate::genesys::counters::{Account, AtHand, ClientCounters, add, read};
use crate::genesys::wire::Drift;

/// What a source has done so far, at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSnapshot {
    /// `extract.start`.
    pub extract_start: InstantMs,
    /// `extract.end`; `None`: goes on for ever.
    pub extract_end: Option<InstantMs>,
    /// Everything before this was read once or is held.
    pub cursor: InstantMs,
    /// Pages published.
    pub pages: u64,
    /// Interactions published, those that stand again included.
    pub rows: u64,
    /// Rows that could not be read.
    pub malformed: u64,
    /// Slices that were given up, each a dead letter and a held range.
    pub slices_failed: u64,
    /// Revisits whose retries were spent; they are tried again.
    pub revisits_failed: u64,
    /// Interactions known to be open past their last planned reading.
    pub open: i64,
    /// Interactions that were open until they were too old to be asked for.
    pub open_given_up: i64,
    /// Held ranges.
    pub held: u64,
    /// Comparisons with the platform's own figures, one a check and queue, day or slice.
    pub compared: u64,
    /// Those beyond their tolerance.
    pub beyond: u64,
    /// Comparisons that failed; they are tried again.
    pub comparisons_failed: u64,
    /// Requests that failed, whatever the reason.
    pub retries: u64,
    /// Requests sent, logins included.
    pub requests: u64,
    /// Answers 429.
    pub rate_limited: u64,
    /// Milliseconds that requests waited because the platform had asked to.
    pub throttled_ms: u64,
    /// Answers with rows more than a second outside what was asked for.
    pub bounds_alerts: u64,
    /// Bytes of answers read, after decompression.
    pub body_bytes: u64,
    /// All slices final or dead-lettered, all revisits that fell before now done, closing watermark published.
    pub complete: bool,
    /// Complete, and nothing is left to be read again.
    pub settled: bool,
    /// Ids that stand on interactions without a name.
    pub names_unresolved: u64,
}

impl SourceSnapshot {
    /// Share of the bounded range that is read, in `[0, 1]`; `None` without an end.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let length_ms = self.extract_end?.saturating_sub(self.extract_start).max(1);
        Some((self.cursor.saturating_sub(self.extract_start) as f64 / length_ms as f64).clamp(0.0, 1.0))
    }
}

/// Counters of one source, shared with whoever shows them.
#[derive(Debug)]
pub struct SourceProgress {
    extract_start: InstantMs,
    extract_end: Option<InstantMs>,
    client: Arc<ClientCounters>,
    account: Option<Arc<dyn Account>>,
    told: Mutex<Told>,
    running: AtomicU64,
    retrying: AtomicU64,
    cursor: AtomicI64,
    pages: AtomicU64,
    rows: AtomicU64,
    malformed: AtomicU64,
    slices_failed: AtomicU64,
    revisits_failed: AtomicU64,
    open: AtomicI64,
    open_given_up: AtomicI64,
    held: AtomicU64,
    compared: AtomicU64,
    beyond: AtomicU64,
    comparisons_failed: AtomicU64,
    retries: AtomicU64,
    complete: AtomicBool,
    settled: AtomicBool,
    drift: Mutex<Drift>,
}

impl SourceProgress {
    /// Nothing done yet.
    #[must_use]
    pub fn new(extract_start: InstantMs, extract_end: Option<InstantMs>, client: Arc<ClientCounters>) -> Self {
        SourceProgress {
            extract_start,
            extract_end,
            client,
            account: None,
            told: Mutex::default(),
            running: AtomicU64::default(),
            retrying: AtomicU64::default(),
            cursor: AtomicI64::new(extract_start),
            pages: AtomicU64::default(),
            rows: AtomicU64::default(),
            malformed: AtomicU64::default(),
            slices_failed: AtomicU64::default(),
            revisits_failed: AtomicU64::default(),
            open: AtomicI64::default(),
            open_given_up: AtomicI64::default(),
            held: AtomicU64::default(),
            compared: AtomicU64::default(),
            beyond: AtomicU64::default(),
            comparisons_failed: AtomicU64::default(),
            retries: AtomicU64::default(),
            complete: AtomicBool::default(),
            settled: AtomicBool::default(),
            drift: Mutex::default(),
        }
    }

    /// The same, telling what the client has at hand too.
    #[must_use]
    pub fn with_account(self, account: Arc<dyn Account>) -> Self {
        SourceProgress { account: Some(account), ..self }
    }

    /// What the client has at hand now; nothing where no client is known.
    #[must_use]
    pub fn at_hand(&self) -> AtHand {
        self.account.as_ref().map(|account| account.at_hand()).unwrap_or_default()
    }

    /// What the client has counted.
    #[must_use]
    pub fn client(&self) -> &ClientCounters {
        &self.client
    }

    /// What the confirmed publications tell.
    #[must_use]
    pub fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Slices that are being read, and those that are asked for again.
    #[must_use]
    pub fn in_hand(&self) -> InHand {
        InHand { running: read(&self.running), retrying: read(&self.retrying) }
    }

    /// So many slices are in hand now.
    pub(super) fn has_in_hand(&self, now: InHand) {
        self.running.store(now.running, Ordering::Relaxed);
        self.retrying.store(now.retrying, Ordering::Relaxed);
    }

    /// Where the source stands now.
    #[must_use]
    pub fn snapshot(&self) -> SourceSnapshot {
        SourceSnapshot {
            extract_start: self.extract_start,
            extract_end: self.extract_end,
            cursor: self.cursor.load(Ordering::Acquire),
            pages: read(&self.pages),
            rows: read(&self.rows),
            malformed: read(&self.malformed),
            slices_failed: read(&self.slices_failed),
            revisits_failed: read(&self.revisits_failed),
            open: self.open.load(Ordering::Acquire),
            open_given_up: self.open_given_up.load(Ordering::Acquire),
            held: read(&self.held),
            compared: read(&self.compared),
            beyond: read(&self.beyond),
            comparisons_failed: read(&self.comparisons_failed),
            retries: read(&self.retries),
            requests: read(&self.client.requests),
            rate_limited: read(&self.client.rate_limited),
            throttled_ms: read(&self.client.throttled_ms),
            bounds_alerts: read(&self.client.bounds_alerts),
            body_bytes: read(&self.client.body_bytes),
            complete: self.complete.load(Ordering::Acquire),
            settled: self.settled.load(Ordering::Acquire),
            names_unresolved: read(&self.client.names_unresolved),
        }
    }

    /// What answers had that was not expected, and the reverse, counted by path.
    #[must_use]
    pub fn drift(&self) -> Drift {
        self.drift.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A request failed.
    pub(super) fn retried(&self) {
        add(&self.retries, 1);
    }

    /// A comparison has so many results, so many of them beyond their tolerance.
    pub(super) fn compared(&self, results: u64, beyond: u64) {
        add(&self.compared, results);
        add(&self.beyond, beyond);
    }

    /// A comparison failed.
    pub(super) fn comparison_failed(&self) {
        add(&self.comparisons_failed, 1);
    }

    /// A publication is confirmed.
    pub(super) fn confirmed(&self, summary: Summary) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).add(summary.news);
        add(&self.pages, summary.pages);
        add(&self.rows, summary.rows);
        add(&self.malformed, summary.malformed);
        add(&self.slices_failed, summary.slices_failed);
        add(&self.revisits_failed, summary.revisits_failed);
        self.cursor.store(summary.standing.cursor, Ordering::Release);
        self.open.store(summary.standing.open, Ordering::Release);
        self.open_given_up.store(summary.standing.open_given_up, Ordering::Release);
        self.held.store(summary.standing.held, Ordering::Release);
        self.settled.store(summary.standing.settled, Ordering::Release);
        // Last, so that whoever sees it finds the rest in place.
        self.complete.store(summary.standing.complete, Ordering::Release);
    }

    /// Adds what a page had that was not expected, and the reverse; answers the paths that are new.
    pub(super) fn drifted(&self, page: &Drift) -> NewDrift {
        let mut drift = self.drift.lock().unwrap_or_else(PoisonError::into_inner);
        let add = |all: &mut BTreeMap<String, u64>, of_page: &BTreeMap<String, u64>| {
            let mut new = Vec::new();
            for (path, count) in of_page {
                if !all.contains_key(path) {
                    new.push(path.clone());
                }
                Drift::count(all, path, *count);
            }
            new
        };
        NewDrift { unknown: add(&mut drift.unknown, &page.unknown), missing: add(&mut drift.missing, &page.missing) }
    }
}

/// Paths that no page before had in this way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NewDrift {
    /// Fields and words that no one knows.
    pub(super) unknown: Vec<String>,
    /// What was asked for and was not there. The platform leaves out what it has no value for, so that this is no sign of
    /// a change by itself.
    pub(super) missing: Vec<String>,
}

/// What a publication adds to the counters once it is confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pages: u64,
    rows: u64,
    malformed: u64,
    slices_failed: u64,
    revisits_failed: u64,
    standing: Standing,
    news: News,
}

impl Summary {
    /// Of a publication that is about to be published.
    pub(super) fn of(staged: &Staged) -> Summary {
        let publication = &staged.publication;
        let malformed = publication.dead_letters.iter().filter(|letter| letter.reason == "malformed").count();
        let failed = publication.dead_letters.len() - malformed;
        Summary {
            pages: u64::from(
                publication.slice.as_ref().is_some_and(|slice| 0 < slice.pages) && staged.gave_up.is_none(),
            ),
            rows: publication.interactions.len() as u64,
            malformed: malformed as u64,
            slices_failed: failed as u64,
            revisits_failed: u64::from(staged.gave_up.is_some() && failed == 0),
            standing: staged.standing,
            news: News::of(staged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_a_bounded_range_is_told_and_none_without_an_end() {
        let progress = SourceProgress::new(100, Some(200), Arc::default());
        let standing = Standing { cursor: 150, ..Standing::default() };
        progress.confirmed(Summary { rows: 3, standing, ..Summary::default() });
        let snapshot = progress.snapshot();
        assert_eq!((snapshot.share(), snapshot.rows, snapshot.complete), (Some(0.5), 3, false));
        assert_eq!(SourceProgress::new(100, None, Arc::default()).snapshot().share(), None);
    }

    #[test]
    fn a_path_is_new_once() {
        let progress = SourceProgress::new(0, None, Arc::default());
        let mut page = Drift::default();
        Drift::count(&mut page.unknown, "ani", 2);
        Drift::count(&mut page.missing, "status", 1);
        let new = NewDrift { unknown: vec!["ani".to_owned()], missing: vec!["status".to_owned()] };
        assert_eq!(progress.drifted(&page), new);
        assert_eq!(progress.drifted(&page), NewDrift::default());
        assert_eq!(progress.drift().unknown["ani"], 4);
    }
}
