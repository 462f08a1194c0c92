//! What `handletime reconcile` does about slices that it finds to be lost: their source is asked to hold and to read them
//! again. Edge.

use crate::config::typed::{SourceConfig, WorkerConfig};
use crate::domain::time::{DurationMs, TimeRange, format_instant};
use crate::extract::source_offset::without;
use crate::publish::asked::ask_for_lost;
use crate::publish::stored::{self, Stored};

/// Lost ranges by what becomes of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fate {
    /// Held already, as something else found them to be lost.
    held: Vec<TimeRange>,
    /// So old that reading them again restates nothing.
    too_old: Vec<TimeRange>,
    /// To be held and read again.
    asked: Vec<TimeRange>,
}

/// Asks for what is lost and nobody holds, and says what becomes of all of it, line by line.
///
/// # Errors
/// When the broker does not answer, or does not take it.
pub fn ask(worker: &WorkerConfig, source: &SourceConfig, lost: &[TimeRange]) -> anyhow::Result<Vec<String>> {
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    let of_source = |stored: &Stored| stored.of.pipeline == source.pipeline && stored.of.org_id == source.org_id;
    let parts: Vec<Stored> = stored::read(worker)?.into_iter().filter(of_source).collect();
    let fate = fate(&parts, lost, source.horizon_ms);
    if let (Some(first), false) = (parts.first(), fate.asked.is_empty()) {
        // What is read again is read whole, whichever part of the source it was lost from: one of them is enough.
        ask_for_lost(worker, first, &fate.asked)?;
    }
    Ok(fate.lines())
}

fn fate(parts: &[Stored], lost: &[TimeRange], horizon_ms: DurationMs) -> Fate {
    let oldest = parts.iter().map(|stored| stored.offset.cursor.saturating_sub(horizon_ms)).max();
    let mut fate = Fate::default();
    for range in lost {
        let held = parts.iter().flat_map(|stored| &stored.offset.held);
        let not_held = held.fold(vec![*range], |left, held| without(&left, *held));
        if not_held.is_empty() {
            fate.held.push(*range);
        } else if oldest.is_none_or(|oldest| range.from <= oldest) {
            fate.too_old.push(*range);
        } else {
            fate.asked.push(*range);
        }
    }
    fate
}

impl Fate {
    fn lines(&self) -> Vec<String> {
        let line = |ranges: &[TimeRange], what: &str| -> Vec<String> {
            let shown = |range: &TimeRange| format!("[{}, {})", format_instant(range.from), format_instant(range.to));
            ranges.iter().map(|range| format!("{} {what}", shown(range))).collect()
        };
        [
            line(
                &self.asked,
                "is held and read again: a running source takes that up within a minute, another one when it starts",
            ),
            line(&self.held, "is held already; `handletime slices retry` has it read again"),
            line(
                &self.too_old,
                "is older than kpi.lateness.horizon.ms: rebuild its rows with `handletime replay --source platform`",
            ),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{DAY_MS, HOUR_MS};
    use crate::extract::source_offset::SourceOffset;
    use crate::publish::contract::Request;
    use crate::publish::encode::SourcePartition;

    #[test]
    fn what_nobody_holds_is_asked_for_as_far_as_the_horizon_goes_back() {
        let hour = |from: i64| TimeRange { from: from * HOUR_MS, to: (from + 1) * HOUR_MS };
        let part = |held: Vec<TimeRange>| {
            let of = SourcePartition {
                pipeline: "default".into(),
                org_id: "acme".into(),
                source_partition: "interaction-details".into(),
                connector: String::new(),
            };
            let offset = SourceOffset { cursor: 10 * DAY_MS, held, ..SourceOffset::new(0) };
            Stored { of, offset, asked: Request::default() }
        };
        let parts = [part(vec![hour(200)]), part(vec![hour(210)])];
        let lost = [hour(120), hour(121), hour(200), hour(210)];
        let fate = fate(&parts, &lost, 5 * DAY_MS);
        // Exactly as old as the horizon is too old.
        let expected = Fate { held: vec![hour(200), hour(210)], too_old: vec![hour(120)], asked: vec![hour(121)] };
        assert_eq!(fate, expected);
        assert_eq!(fate.lines().len(), 4);
    }
}
