//! When an agent was busy: spans with counts, from which the union comes; mergeable and retractable. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::domain::interaction::PhaseKind;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::leg::Leg;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::domain::varint;
use crate::timeline::phases;

/// What an agent is busy with.
const BUSY: [PhaseKind; 5] =
    [PhaseKind::Dialing, PhaseKind::Contacting, PhaseKind::Talk, PhaseKind::CustomerHold, PhaseKind::Wrap];

/// Spans with their counts. Counts may be negative while differences are merged, never in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    counts: BTreeMap<TimeRange, i64>,
}

impl Spans {
    /// Adds `count` (negative: takes away) of a span.
    pub fn add(&mut self, span: TimeRange, count: i64) {
        let entry = self.counts.entry(span).or_insert(0);
        *entry += count;
        if *entry == 0 {
            self.counts.remove(&span);
        }
    }

    /// Adds all of others.
    pub fn merge(&mut self, other: &Spans) {
        other.counts.iter().for_each(|(span, count)| self.add(*span, *count));
    }

    /// How much time at least one span covers.
    #[must_use]
    pub fn union_ms(&self) -> DurationMs {
        let mut covered_until = InstantMs::MIN;
        let mut union_ms = 0;
        for span in self.counts.keys() {
            let from = span.from.max(covered_until);
            if from < span.to {
                union_ms += span.to - from;
                covered_until = span.to;
            }
        }
        union_ms
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Whether a span is there less than no times.
    #[must_use]
    pub fn has_negative(&self) -> bool {
        self.counts.values().any(|count| *count < 0)
    }

    /// Format 1, with starts counted from `origin`; the layout stands in the doc of `AgentInterval.busy_spans`.
    #[must_use]
    pub fn encode(&self, origin: InstantMs) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + 8 * self.counts.len());
        out.push(1);
        let mut before = origin;
        for (span, count) in &self.counts {
            varint::put_signed(&mut out, span.from - before);
            varint::put_signed(&mut out, span.to - span.from);
            varint::put_signed(&mut out, *count);
            before = span.from;
        }
        out
    }

    /// Reads [`Spans::encode`]'s bytes; no bytes are no spans; `None` when they are neither.
    #[must_use]
    pub fn decode(bytes: &[u8], origin: InstantMs) -> Option<Spans> {
        let Some((format, mut rest)) = bytes.split_first() else {
            return Some(Spans::default());
        };
        if *format != 1 {
            return None;
        }
        let mut spans = Spans::default();
        let mut before = origin;
        while !rest.is_empty() {
            let from = before.checked_add(varint::take_signed(&mut rest)?)?;
            let to = from.checked_add(varint::take_signed(&mut rest)?)?;
            spans.add(TimeRange { from, to }, varint::take_signed(&mut rest)?);
            before = from;
        }
        Some(spans)
    }
}

/// The spans in which a kept leg keeps its agent busy, cut at the boundaries of the intervals: each with its interval.
#[must_use]
pub fn busy(leg: &Leg, grain: Grain, zone: Tz) -> Vec<(TimeRange, TimeRange)> {
    if !leg.kept {
        return Vec::new();
    }
    let mut busy: Vec<TimeRange> = Vec::new();
    let mut phases = phases::decode(&leg.phases).unwrap_or_default();
    phases.sort_unstable_by_key(|phase| phase.start);
    for phase in phases.iter().filter(|phase| BUSY.contains(&phase.kind) && phase.start < phase.end) {
        match busy.last_mut() {
            Some(last) if phase.start <= last.to => last.to = last.to.max(phase.end),
            _ => busy.push(TimeRange { from: phase.start, to: phase.end }),
        }
    }
    let mut cut = Vec::with_capacity(busy.len());
    for span in busy {
        let mut from = span.from;
        while from < span.to {
            let interval = interval_at(from, grain, zone);
            let to = span.to.min(interval.to);
            cut.push((interval, TimeRange { from, to }));
            from = to;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> TimeRange {
        TimeRange { from, to }
    }

    #[test]
    fn the_union_counts_time_once_however_often_it_is_covered_and_retraction_empties() {
        let mut spans = Spans::default();
        for one in [span(10, 20), span(15, 30), span(16, 18), span(40, 50), span(40, 50)] {
            spans.add(one, 1);
        }
        assert_eq!(spans.union_ms(), 30);
        spans.add(span(40, 50), -1);
        assert_eq!(spans.union_ms(), 30, "it is still covered once");
        spans.add(span(40, 50), -1);
        assert_eq!(spans.union_ms(), 20);
        assert_eq!(Spans::decode(&spans.encode(7), 7), Some(spans.clone()));
        for one in [span(10, 20), span(15, 30), span(16, 18)] {
            spans.add(one, -1);
        }
        assert!(spans.is_empty() && spans.union_ms() == 0);
        assert_eq!((Spans::decode(&[], 0), Spans::decode(&[2], 0)), (Some(Spans::default()), None));
    }

    #[test]
    fn touching_phases_are_one_span_that_is_cut_at_each_boundary() {
        let leg = crate::timeline::tests::sample_leg();
        let cut = busy(&leg, Grain::Pt15m, Tz::UTC);
        let total_ms: i64 = cut.iter().map(|(_, span)| span.to - span.from).sum();
        assert_eq!(total_ms, leg.handle_ms);
        assert!(cut.iter().all(|(interval, span)| interval.from <= span.from && span.to <= interval.to));
        let dropped = Leg { kept: false, ..leg };
        assert!(busy(&dropped, Grain::Pt15m, Tz::UTC).is_empty());
    }
}
