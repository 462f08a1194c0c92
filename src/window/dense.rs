//! Dense mode: every key that a local day has gets a row in each of that day's intervals. Pure.
//!
//! Rows of zeros come to be by additions of nothing, so any legs task may ask for them, and as often as it likes.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::addition::Addition;
use super::row_key::RowKey;
use crate::domain::interval::{Grain, interval_at};
use crate::domain::range::OwnedRange;
use crate::domain::time::{InstantMs, TimeRange};

/// Keys of days that are remembered as asked for. Fewer: days are asked for again and again. More: memory.
const REMEMBERED_MAX: usize = 200_000;

/// Which keys of which days were asked for. Forgetting any of it costs records, never a number.
#[derive(Clone, Debug, Default)]
pub struct DenseDays {
    asked: BTreeSet<RowKey>,
}

impl DenseDays {
    /// Adds nothing to every row that the keys of `rows` have in their local days, once a key and day.
    pub fn fill(&mut self, rows: &mut BTreeMap<RowKey, Box<Addition>>, zone: Tz, range: OwnedRange) {
        if REMEMBERED_MAX < self.asked.len() {
            self.asked.clear();
        }
        let mut days = Vec::new();
        for (key, addition) in rows.iter() {
            let day = interval_at(key.key.interval_start(), Grain::P1d, zone);
            let of_day = RowKey { topic: key.topic, key: key.key.at(day.from) };
            if key.topic.grain != Grain::P1d && self.asked.insert(of_day) {
                days.push((key.clone(), day, addition.conversations));
            }
        }
        for (key, day, conversations) in days {
            for start in starts(day, key.topic.grain, zone).filter(|start| range.owns(*start)) {
                let row = RowKey { topic: key.topic, key: key.key.at(start) };
                rows.entry(row).or_default().conversations |= conversations;
            }
        }
    }

    /// Forgets everything, as after an aborted transaction.
    pub fn forget(&mut self) {
        self.asked.clear();
    }
}

/// The starts of the intervals that begin in a local day.
pub fn starts(day: TimeRange, grain: Grain, zone: Tz) -> impl Iterator<Item = InstantMs> {
    let first = interval_at(day.from, grain, zone);
    // A day whose midnight is no boundary of the grain begins within an interval of the day before.
    let from = if first.from < day.from { first.to } else { first.from };
    let length_ms = if grain == Grain::P1d { day.to - day.from } else { i64::from(grain.length_s()) * 1_000 };
    (from..day.to).step_by(usize::try_from(length_ms.max(1)).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_instant;

    fn half_hours(noon: &str, zone: Tz) -> usize {
        let day = interval_at(parse_instant(noon).unwrap(), Grain::P1d, zone);
        starts(day, Grain::Pt30m, zone).count()
    }

    #[test]
    fn a_day_has_as_many_half_hours_as_it_is_long() {
        assert_eq!(half_hours("2024-01-15T12:00:00Z", Tz::UTC), 48);
        assert_eq!(half_hours("2024-11-03T17:00:00Z", Tz::America__New_York), 50);
        assert_eq!(half_hours("2024-03-10T17:00:00Z", Tz::America__New_York), 46);
        assert_eq!(half_hours("2024-04-07T01:00:00Z", Tz::Australia__Lord_Howe), 49);
        assert_eq!(half_hours("2018-11-04T15:00:00Z", Tz::America__Sao_Paulo), 46);
        assert_eq!(half_hours("2024-01-15T12:00:00Z", Tz::Asia__Kathmandu), 48);
    }
}
