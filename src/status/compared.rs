//! Comparisons with the platform, as far as they concern the day that is shown. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::reconciliation::{Agreement, Check, Reconciliation, ReconciliationKey};
use crate::domain::row::QueueIntervalKey;
use crate::domain::time::InstantMs;

/// Most comparisons that are kept: the oldest go first.
///
/// Smaller: a day of an organisation with many queues is not shown whole. Larger: more memory.
const COMPARISONS_MAX: usize = 20_000;

/// What the platform says of a queue and time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Theirs {
    /// Handles that it counts.
    pub handled: i64,
    /// Its AHT in milliseconds.
    pub aht_ms: Option<f64>,
    /// Share of ours that is off and not explained.
    pub variance: Option<f64>,
    /// Whether that is within the tolerance.
    pub within: bool,
}

/// A comparison. Differences are theirs − ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reconciled {
    /// Tenant.
    pub org_id: String,
    /// `volume`, `handle time` or `job count`.
    pub check: String,
    /// First instant.
    pub from: InstantMs,
    /// First instant after it.
    pub to: InstantMs,
    /// Queue; empty where all are compared.
    pub queue_id: String,
    /// Name of the queue; its id where none is known.
    pub queue_name: String,
    /// Interactions, or handles, that we have.
    pub ours_count: i64,
    /// Those that the platform counts.
    pub theirs_count: i64,
    /// Our AHT in milliseconds.
    pub ours_aht_ms: Option<f64>,
    /// The platform's.
    pub theirs_aht_ms: Option<f64>,
    /// Difference of handle time in milliseconds.
    pub difference_ms: i64,
    /// Its parts in milliseconds, by name; they add up to it.
    pub parts_ms: Vec<(&'static str, i64)>,
    /// Share of ours that is off and not explained.
    pub variance: Option<f64>,
    /// How much may be.
    pub tolerance: f64,
    /// Whether it is within that.
    pub within: bool,
}

/// The newest comparisons.
#[derive(Debug, Default)]
pub(super) struct Comparisons(BTreeMap<(InstantMs, InstantMs, Check, String, String), Reconciliation>);

impl Comparisons {
    pub(super) fn take(&mut self, key: &ReconciliationKey, record: Option<Reconciliation>) {
        let own = (key.interval_start, key.interval_end, key.check, key.org_id.clone(), key.queue_id.clone());
        match record {
            Some(record) => self.0.insert(own, record),
            None => self.0.remove(&own),
        };
        while COMPARISONS_MAX < self.0.len() {
            self.0.pop_first();
        }
    }

    /// Those that begin within the day; where there are none, those of the newest day before it that has some.
    pub(super) fn of_day(&self, from: InstantMs, to: InstantMs) -> Vec<Reconciled> {
        let within: Vec<&Reconciliation> =
            self.0.values().filter(|one| from <= one.interval_start && one.interval_start < to).collect();
        if !within.is_empty() {
            return within.into_iter().map(reconciled).collect();
        }
        let before = self.0.values().filter(|one| one.interval_start < from).map(|one| one.interval_start).max();
        self.0.values().filter(|one| Some(one.interval_start) == before).map(reconciled).collect()
    }

    /// The platform's handle time of exactly this queue and time.
    pub(super) fn of_queue(&self, key: &QueueIntervalKey, from: InstantMs, to: InstantMs) -> Option<Theirs> {
        let own = (from, to, Check::HandleTime, key.org_id.clone(), key.queue_id.clone());
        let record = self.0.get(&own)?;
        Some(Theirs {
            handled: record.theirs_count,
            aht_ms: record.theirs_aht_ms,
            variance: record.variance,
            within: record.agreement == Agreement::Within,
        })
    }
}

fn reconciled(record: &Reconciliation) -> Reconciled {
    let nobody = if record.queue_id.is_empty() { "(no queue)" } else { &record.queue_id };
    Reconciled {
        org_id: record.org_id.clone(),
        check: record.check.word().to_owned(),
        from: record.interval_start,
        to: record.interval_end,
        queue_id: record.queue_id.clone(),
        queue_name: record.queue_name.clone().unwrap_or_else(|| nobody.to_owned()),
        ours_count: record.ours_count,
        theirs_count: record.theirs_count,
        ours_aht_ms: record.ours_aht_ms,
        theirs_aht_ms: record.theirs_aht_ms,
        difference_ms: record.difference_handle_ms,
        parts_ms: vec![
            ("basis", record.basis_handle_ms),
            ("dialing and contacting", record.dialing_contacting_ms),
            ("system hold", record.system_hold_ms),
            ("excluded", record.excluded_handle_ms),
            ("late", record.late_handle_ms),
            ("mismatch", record.mismatch_handle_ms),
            ("unexplained", record.unexplained_handle_ms),
        ],
        variance: record.variance,
        tolerance: record.tolerance,
        within: record.agreement == Agreement::Within,
    }
}
