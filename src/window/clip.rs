//! Lays a length of time over the intervals that it lies in. Pure.

use chrono_tz::Tz;

use crate::domain::interval::{Grain, interval_at};
use crate::domain::time::{DurationMs, TimeRange};

/// A part of a length of time, and the interval that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The interval.
    pub interval: TimeRange,
    /// How much of the length lies in it; never negative, and all parts together are the whole length.
    pub length_ms: DurationMs,
}

/// Splits `total_ms` over intervals by `positions`, in time order.
///
/// Positions may cover more or less than `total_ms`: a remainder goes to the interval of `end`, an excess is taken from
/// the end backwards. So totals are equal under every basis.
#[must_use]
pub fn clip(total_ms: DurationMs, positions: &[TimeRange], end: i64, grain: Grain, zone: Tz) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut left_ms = total_ms;
    for position in positions {
        let mut from = position.from;
        while from < position.to && left_ms > 0 {
            let interval = interval_at(from, grain, zone);
            let length_ms = (position.to.min(interval.to) - from).min(left_ms);
            add(&mut parts, interval, length_ms);
            left_ms -= length_ms;
            // An interval that ended at or before where it is looked up would never be left.
            if interval.to <= from {
                break;
            }
            from = interval.to;
        }
    }
    if left_ms > 0 {
        // The last instant of the leg is the one before `end`.
        add(&mut parts, interval_at(end - 1, grain, zone), left_ms);
    }
    parts
}

fn add(parts: &mut Vec<Part>, interval: TimeRange, length_ms: DurationMs) {
    match parts.iter_mut().find(|part| part.interval == interval) {
        Some(part) => part.length_ms += length_ms,
        None => parts.push(Part { interval, length_ms }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_instant;

    fn at(text: &str) -> i64 {
        parse_instant(&format!("2024-01-15T{text}Z")).unwrap()
    }

    fn lengths(total_ms: i64, positions: &[TimeRange], end: i64) -> Vec<(i64, i64)> {
        let parts = clip(total_ms, positions, end, Grain::Pt30m, Tz::UTC);
        parts.iter().map(|part| (part.interval.from, part.length_ms)).collect()
    }

    #[test]
    fn the_official_table_is_reproduced() {
        // Call 1 09:35 to 10:05, call 2 09:16 to 09:32: 14, 27 and 5 minutes.
        let mut sums = std::collections::BTreeMap::new();
        for (from, to) in [(at("09:35:00"), at("10:05:00")), (at("09:16:00"), at("09:32:00"))] {
            for (interval, length_ms) in lengths(to - from, &[TimeRange { from, to }], to) {
                *sums.entry(interval).or_insert(0) += length_ms;
            }
        }
        let expected = [(at("09:00:00"), 840_000), (at("09:30:00"), 1_620_000), (at("10:00:00"), 300_000)];
        assert_eq!(sums.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_remainder_goes_to_the_end_and_an_excess_is_taken_from_the_end_backwards() {
        let position = TimeRange { from: at("09:20:00"), to: at("09:40:00") };
        let (nine, half) = (at("09:00:00"), at("09:30:00"));
        assert_eq!(lengths(1_260_000, &[position], position.to), [(nine, 600_000), (half, 660_000)]);
        assert_eq!(lengths(700_000, &[position], position.to), [(nine, 600_000), (half, 100_000)]);
        assert_eq!(lengths(500_000, &[position], position.to), [(nine, 500_000)]);
        assert_eq!(lengths(0, &[position], position.to), []);
    }
}
