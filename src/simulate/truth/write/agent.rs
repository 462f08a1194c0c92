//! The figures of an agent's row. Pure.

use serde_json::{Value, json};

use super::super::figures::Truth;
use super::super::tally::Tally;
use super::row::{Row, put, ratio};
use crate::domain::time::{DurationMs, InstantMs};

pub(super) fn write(row: &mut Row, truth: &Truth, start: InstantMs, tally: &Tally) {
    let interval_ms = truth.calendar.interval_end(start) - start;
    let busy_ms = truth.settings.subject.is_total().then(|| union_ms(&tally.busy));
    put(row, "handled", json!(tally.handles_ms.len()));
    put(row, "thandle_ms", json!(tally.handle_ms));
    put(row, "tacw_ms", json!(tally.wrap_ms));
    put(row, "thold_ms", json!(tally.hold_ms));
    put(row, "ttalk_ms", json!(tally.talk_ms));
    put(row, "system_hold_ms", json!(tally.system_hold_ms));
    put(row, "busy_union_ms", json!(busy_ms));
    put(row, "interval_ms", json!(interval_ms));
    put(row, "sum_utilisation", ratio(tally.handle_ms, interval_ms));
    put(row, "busy_utilisation", busy_ms.map_or(Value::Null, |busy_ms| ratio(busy_ms, interval_ms)));
    // These need to know when the agent was on queue, which no dialect tells.
    put(row, "occupancy", Value::Null);
    put(row, "on_queue_ms", Value::Null);
    put(row, "idle_ms", Value::Null);
    put(row, "busy_spans", Value::Null);
}

/// How long at least one of the spans lasts.
fn union_ms(spans: &[(InstantMs, InstantMs)]) -> DurationMs {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let mut union_ms = 0;
    let mut until = InstantMs::MIN;
    for (from, to) in spans {
        let new_from = from.max(until);
        if new_from < to {
            union_ms += to - new_from;
            until = to;
        }
    }
    union_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_several_spans_share_counts_once() {
        assert_eq!(union_ms(&[]), 0);
        assert_eq!(union_ms(&[(10, 20), (0, 5), (15, 30), (16, 17), (30, 31)]), 26);
        assert_eq!(union_ms(&[(0, 100), (10, 20), (50, 100)]), 100);
    }
}
