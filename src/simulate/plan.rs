//! How many rows each day has, and in which half hour they begin. Pure.

use crate::domain::time::{DAY_MS, InstantMs, TimeRange};

/// Half an hour in milliseconds.
pub const HALF_HOUR_MS: i64 = 1_800_000;

/// Arrivals of the 48 half hours of a UTC day, relative to each other: quiet nights, a peak at ten, a lower one at two.
const HALF_HOURS: [u64; 48] = [
    6, 5, 4, 4, 3, 3, 3, 3, 4, 5, 7, 10, 16, 24, 36, 50, 66, 80, 92, 100, 104, 102, 96, 88, 80, 76, 82, 90, 94, 92, 86,
    80, 74, 68, 60, 52, 44, 38, 32, 28, 24, 21, 18, 15, 13, 11, 9, 7,
];

/// Arrivals of Monday to Sunday, relative to each other.
const WEEKDAYS: [u64; 7] = [125, 115, 110, 108, 112, 75, 55];

/// A part of one UTC day that is drawn as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Days since 1970-01-01: the stream of chance that it is drawn from.
    pub day: i64,
    /// `[from, to)`, within that day; rows start in it.
    pub range: TimeRange,
    /// How many rows.
    pub rows: u64,
}

/// A plan of `per_day` rows on an average day of the week.
#[must_use]
pub fn at_rate(range: TimeRange, per_day: u64) -> Vec<Chunk> {
    let week: u128 = WEEKDAYS.iter().map(|weight| u128::from(*weight)).sum();
    let day: u128 = HALF_HOURS.iter().map(|weight| u128::from(*weight) * HALF_HOUR_MS as u128).sum();
    // The mean weekday weighs week / 7.
    shared_out(range, u128::from(per_day) * 7, day * week)
}

/// A plan of exactly `rows` rows in all.
#[must_use]
pub fn exactly(range: TimeRange, rows: u64) -> Vec<Chunk> {
    let total: u128 = days(range).map(|(_, part)| weight(part)).sum();
    shared_out(range, u128::from(rows), total.max(1))
}

/// The half hours of a chunk with the weight of each; together they cover the chunk.
#[must_use]
pub fn half_hours(chunk: TimeRange) -> Vec<(TimeRange, u64)> {
    let first = chunk.from.div_euclid(HALF_HOUR_MS);
    let last = (chunk.to - 1).div_euclid(HALF_HOUR_MS);
    (first..=last)
        .map(|number| {
            let from = (number * HALF_HOUR_MS).max(chunk.from);
            let to = ((number + 1) * HALF_HOUR_MS).min(chunk.to);
            (TimeRange { from, to }, HALF_HOURS[number.rem_euclid(48) as usize] * (to - from) as u64)
        })
        .collect()
}

/// Rows by weight: rounding is carried from day to day, so that the sum comes out right.
fn shared_out(range: TimeRange, rows: u128, total: u128) -> Vec<Chunk> {
    let mut weight_so_far: u128 = 0;
    let mut rows_so_far: u128 = 0;
    days(range)
        .map(|(day, part)| {
            weight_so_far += weight(part);
            let rows_by_now = weight_so_far * rows / total;
            let chunk = Chunk { day, range: part, rows: (rows_by_now - rows_so_far) as u64 };
            rows_so_far = rows_by_now;
            chunk
        })
        .collect()
}

fn days(range: TimeRange) -> impl Iterator<Item = (i64, TimeRange)> {
    let days =
        if range.from < range.to { range.from.div_euclid(DAY_MS)..(range.to - 1).div_euclid(DAY_MS) + 1 } else { 0..0 };
    days.map(move |day| {
        let from = (day * DAY_MS).max(range.from);
        (day, TimeRange { from, to: ((day + 1) * DAY_MS).min(range.to) })
    })
}

fn weight(part: TimeRange) -> u128 {
    let arrivals: u128 = half_hours(part).iter().map(|(_, weight)| u128::from(*weight)).sum();
    arrivals * u128::from(WEEKDAYS[weekday(part.from)])
}

/// 0 is Monday; 1970-01-01 was a Thursday.
fn weekday(at: InstantMs) -> usize {
    (at.div_euclid(DAY_MS) + 3).rem_euclid(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{HOUR_MS, parse_instant};

    fn range(from: &str, days: i64) -> TimeRange {
        let from = parse_instant(from).unwrap();
        TimeRange { from, to: from + days * DAY_MS }
    }

    #[test]
    fn an_exact_plan_adds_up_and_a_rate_holds_over_a_week() {
        let exact = exactly(range("2026-01-01T00:00:00Z", 3), 10_001);
        assert_eq!(exact.iter().map(|chunk| chunk.rows).sum::<u64>(), 10_001);
        assert_eq!(exact.len(), 3);
        let week = at_rate(range("2026-01-05T00:00:00Z", 7), 1_000);
        assert_eq!(week.iter().map(|chunk| chunk.rows).sum::<u64>(), 7_000);
        assert!(week[0].rows > 2 * week[6].rows, "a Monday is busier than a Sunday");
    }

    #[test]
    fn days_cut_short_by_the_range_have_their_share_only() {
        let from = parse_instant("2026-01-05T09:00:00Z").unwrap();
        let plan = at_rate(TimeRange { from, to: from + 17 * HOUR_MS }, 10_000);
        assert_eq!(plan.len(), 2);
        assert_eq!((plan[0].range.from, plan[1].range.to), (from, from + 17 * HOUR_MS));
        assert!(plan[0].rows > 7_000 && plan[1].rows < 200, "{plan:?}");
        assert!(at_rate(TimeRange { from, to: from }, 10).is_empty());
    }
}
