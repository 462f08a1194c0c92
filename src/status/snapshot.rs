//! All that is told of a process at one instant: what the page shows and `/status.json` says. Pure.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::today::Today;
use super::verdict::Verdict;
use super::vitals::Vitals;

/// Vitals, what is to be thought of them, and the days of the pipelines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// Healthy, late or failing.
    pub verdict: Verdict,
    /// The numbers.
    pub vitals: Vitals,
    /// The day of each pipeline.
    #[serde(serialize_with = "each")]
    pub today: Vec<Arc<Today>>,
}

fn each<S: Serializer>(days: &[Arc<Today>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(days.iter().map(Arc::as_ref))
}
