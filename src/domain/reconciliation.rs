//! What we count beside what the platform counts: the record of the topic `reconciliation`. Pure.

use serde::{Deserialize, Serialize};

use super::attribution::Basis;
use super::time::InstantMs;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Check {
    /// Interactions that were read, with those that the platform says start in the same time.
    Volume,
    /// Handle time of a queue and local day, with the platform's aggregates.
    HandleTime,
    /// Interactions that jobs have answered, or conversations that report queries have, with what the platform counts
    /// when asked directly.
    JobCount,
    /// A check that this build does not know.
    Unknown,
}

impl Check {
    /// Parts of a thousand that two figures may lie apart.
    #[must_use]
    pub fn tolerance_permille(self) -> i64 {
        match self {
            Check::Volume | Check::Unknown => 5,
            Check::HandleTime => 20,
            Check::JobCount => 50,
        }
    }

    /// The word of tables and logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Check::Volume => "volume",
            Check::HandleTime => "handle time",
            Check::JobCount => "job count",
            Check::Unknown => "unknown",
        }
    }
}

/// What the comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Agreement {
    /// What is not explained is within the tolerance.
    Within,
    /// It is not.
    Beyond,
    /// A result that this build does not know.
    Unknown,
}

/// Key of a comparison: doing it again replaces it.
///
/// The field order is that of `schemas/ReconciliationKey.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct ReconciliationKey {
    pub org_id: String,
    pub check: Check,
    pub interval_start: InstantMs,
    pub interval_end: InstantMs,
    pub queue_id: String,
}

/// A comparison. Differences are theirs − ours, and the parts of one add up to it exactly.
///
/// The field order is that of `schemas/Reconciliation.avsc`, whose docs say what each field means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Reconciliation {
    pub org_id: String,
    pub check: Check,
    pub interval_start: InstantMs,
    pub interval_end: InstantMs,
    pub queue_id: String,
    pub queue_name: Option<String>,
    pub attribution: Basis,
    pub tz: String,
    pub ours_count: i64,
    pub theirs_count: i64,
    pub difference_count: i64,
    pub basis_count: i64,
    #[serde(default)]
    pub dialing_contacting_count: i64,
    pub excluded_count: i64,
    pub late_count: i64,
    pub unexplained_count: i64,
    pub ours_handle_ms: i64,
    pub theirs_handle_ms: i64,
    pub difference_handle_ms: i64,
    pub basis_handle_ms: i64,
    pub dialing_contacting_ms: i64,
    pub system_hold_ms: i64,
    pub excluded_handle_ms: i64,
    pub late_handle_ms: i64,
    pub mismatch_handle_ms: i64,
    pub unexplained_handle_ms: i64,
    pub ours_aht_ms: Option<f64>,
    pub explained_aht_ms: Option<f64>,
    pub theirs_aht_ms: Option<f64>,
    pub variance: Option<f64>,
    pub tolerance: f64,
    pub agreement: Agreement,
    pub queues: String,
    pub written_at: InstantMs,
}

impl Reconciliation {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> ReconciliationKey {
        ReconciliationKey {
            org_id: self.org_id.clone(),
            check: self.check,
            interval_start: self.interval_start,
            interval_end: self.interval_end,
            queue_id: self.queue_id.clone(),
        }
    }

    /// Whether what is not explained is beyond the tolerance.
    #[must_use]
    pub fn is_beyond(&self) -> bool {
        self.agreement == Agreement::Beyond
    }
}
