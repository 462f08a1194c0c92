//! Where things stand on a picture: instants along, values up, and the marks of both. Pure.

use crate::domain::interval::local_start;
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs, MINUTE_MS};

/// Steps of marks of handle time.
const STEPS_MS: [DurationMs; 16] = [
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    30_000,
    MINUTE_MS,
    2 * MINUTE_MS,
    5 * MINUTE_MS,
    10 * MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    6 * HOUR_MS,
    24 * HOUR_MS,
];

/// A straight line from values to places: `0` lies at `foot`, `max` at `top`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upright {
    pub(super) foot: f64,
    pub(super) top: f64,
    pub(super) max: f64,
}

impl Upright {
    /// Where a value stands; never outside.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = if self.max <= 0.0 { 0.0 } else { (value / self.max).clamp(0.0, 1.0) };
        self.foot - share * (self.foot - self.top)
    }
}

/// Marks for handle times up to `most_ms`: at least two steps, at most six; the last is at or above it.
pub(super) fn handle_marks(most_ms: f64) -> Vec<DurationMs> {
    let fits = |step: &&DurationMs| most_ms <= (**step * 5) as f64;
    let step = STEPS_MS.iter().find(fits).copied().unwrap_or(((most_ms / 5.0) as i64).max(1));
    let steps = ((most_ms / step as f64).ceil() as i64).max(2);
    (0..=steps).map(|number| number * step).collect()
}

/// Marks for counts up to `most`: 0, a half where that is whole, and a round number at or above it.
pub(super) fn count_marks(most: i64) -> Vec<i64> {
    let mut unit = 1;
    loop {
        for round in [2, 4, 6, 10] {
            let max = round * unit;
            if most <= max {
                return vec![0, max / 2, max];
            }
        }
        unit *= 10;
    }
}

/// Full local hours of `[from, to]` that are `every` hours apart, each with its text.
pub(super) fn hour_marks(from: InstantMs, to: InstantMs, zone: chrono_tz::Tz, every: u32) -> Vec<(InstantMs, String)> {
    let mut marks = Vec::new();
    // Quarters of an hour meet the full hours of every zone.
    let mut at = from;
    while at < to {
        let local = local_start(at, zone);
        let (hour, minute) = (local.text.get(11..13), local.text.get(14..16));
        let is_due = hour.and_then(|hour| hour.parse::<u32>().ok()).is_some_and(|hour| hour.is_multiple_of(every));
        if is_due && minute == Some("00") && local.fold == 0 {
            marks.push((at, local.text.get(11..16).unwrap_or_default().to_owned()));
        }
        at += 15 * MINUTE_MS;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{DAY_MS, parse_instant};

    #[test]
    fn marks_reach_the_highest_value_and_are_few() {
        for most in [1.0, 900.0, 59_000.0, 547_000.0, 1_878_400.0, 90_000_000.0, 900_000_000.0] {
            let marks = handle_marks(most);
            assert!((3..=7).contains(&marks.len()) && most <= marks[marks.len() - 1] as f64, "{most}: {marks:?}");
        }
        assert_eq!(count_marks(0), [0, 1, 2]);
        assert_eq!(count_marks(89), [0, 50, 100]);
        assert_eq!(count_marks(101), [0, 100, 200]);
    }

    #[test]
    fn hours_are_those_of_the_zone_and_a_repeated_one_stands_once() {
        let from = parse_instant("2024-11-03T04:00:00Z").unwrap();
        let zone = chrono_tz::Tz::America__New_York;
        let marks = hour_marks(from, from + DAY_MS + HOUR_MS, zone, 1);
        assert_eq!(marks.len(), 24);
        assert_eq!((marks[0].1.as_str(), marks[2].0 - marks[1].0), ("00:00", 2 * HOUR_MS));
        let kathmandu = hour_marks(from - from % DAY_MS - 20_700_000, from, chrono_tz::Tz::Asia__Kathmandu, 6);
        assert_eq!(kathmandu[0].1, "00:00");
    }

    #[test]
    fn nothing_stands_outside_the_picture() {
        let upright = Upright { foot: 100.0, top: 20.0, max: 10.0 };
        assert_eq!((upright.at(0.0), upright.at(5.0), upright.at(99.0)), (100.0, 60.0, 20.0));
        assert_eq!(Upright { max: 0.0, ..upright }.at(3.0), 100.0);
    }
}
