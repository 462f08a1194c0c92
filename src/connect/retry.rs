//! Held ranges of a source that are to be read again. Edge; the call blocks.

use super::error::ConnectError;
use crate::config::typed::{SourceConfig, WorkerConfig};
use crate::domain::causes::causes;
use crate::domain::time::TimeRange;
use crate::publish::asked::{ask, split};
use crate::publish::stored;

/// Asks the sources to read again what of `[from_ms, to_ms)` they hold, and tells how many ranges that are.
///
/// # Errors
/// 404 when nothing is held there, 400 when what is held is too old to be restated, 500 when Kafka does not take it.
pub fn held(worker: &WorkerConfig, sources: &[SourceConfig], from_ms: i64, to_ms: i64) -> Result<usize, ConnectError> {
    let failed = |error: &dyn std::error::Error| ConnectError::failed(format!("{}; try again", causes(error)));
    let range = TimeRange { from: from_ms, to: to_ms };
    let (mut asked, mut too_old) = (0, 0);
    for stored in stored::read(worker).map_err(|error| failed(&error))? {
        let is_of = |source: &&SourceConfig| source.pipeline == stored.of.pipeline && source.org_id == stored.of.org_id;
        let Some(source) = sources.iter().find(is_of) else { continue };
        let found = split(&stored, range, source.horizon_ms);
        too_old += found.too_old.len();
        if !found.wanted.is_empty() {
            ask(worker, &stored, &found.wanted).map_err(|error| failed(&error))?;
            asked += found.wanted.len();
        }
    }
    match (asked, too_old) {
        (0, 0) => Err(ConnectError::not_found("Nothing is held there")),
        (0, _) => Err(ConnectError::bad_request(
            "What is held there is older than kpi.lateness.horizon.ms: rebuild its rows with `handletime replay --source \
             platform`",
        )),
        _ => Ok(asked),
    }
}
