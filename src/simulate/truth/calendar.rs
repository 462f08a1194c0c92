//! Intervals and local days, found by trying instants one after the other. Pure.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::settings::TruthGrain;
use crate::domain::time::{DAY_MS, InstantMs};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60_000;

/// The intervals of one grain in one zone.
#[derive(Debug)]
pub(super) struct Calendar {
    grain: TruthGrain,
    zone: Tz,
    /// First instant of each local date that was asked for, by days since 1970.
    days: RefCell<BTreeMap<i64, InstantMs>>,
}

/// An instant on the wall of the zone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Local {
    pub text: String,
    pub offset_s: i64,
    pub fold: i64,
    pub date_days: i64,
}

impl Calendar {
    pub(super) fn new(grain: TruthGrain, zone: Tz) -> Calendar {
        Calendar { grain, zone, days: RefCell::default() }
    }

    /// Nominal length.
    pub(super) fn length_s(&self) -> i64 {
        match self.grain {
            TruthGrain::Minutes(minutes) => minutes * 60,
            TruthGrain::Day => 86_400,
        }
    }

    /// First instant of the interval that holds `at`.
    pub(super) fn interval_start(&self, at: InstantMs) -> InstantMs {
        match self.grain {
            TruthGrain::Minutes(minutes) => at - at.rem_euclid(minutes * MINUTE_MS),
            TruthGrain::Day => self.first_instant(self.date(at)),
        }
    }

    /// First instant after the interval that begins at `start`.
    pub(super) fn interval_end(&self, start: InstantMs) -> InstantMs {
        match self.grain {
            TruthGrain::Minutes(minutes) => start + minutes * MINUTE_MS,
            TruthGrain::Day => self.day(start).1,
        }
    }

    /// The first local midnight, or first instant of a date, at or after `at`.
    pub(super) fn midnight_from(&self, at: InstantMs) -> InstantMs {
        let date = self.date(at);
        let today = self.first_instant(date);
        if at <= today { today } else { self.first_instant(date + 1) }
    }

    /// The local day that holds `at`: its first instant, and the first instant after it.
    pub(super) fn day(&self, at: InstantMs) -> (InstantMs, InstantMs) {
        let date = self.date(at);
        // A date may be skipped altogether, so the next one is found, not assumed.
        let next = (1..4).find(|days| self.date(self.first_instant(date + days)) == date + days);
        (self.first_instant(date), self.first_instant(date + next.unwrap_or(1)))
    }

    /// The starts of the intervals that begin in `[from, to)`.
    pub(super) fn starts(&self, from: InstantMs, to: InstantMs) -> Vec<InstantMs> {
        let first = self.interval_start(from);
        let mut at = if first < from { self.interval_end(first) } else { first };
        let mut starts = Vec::new();
        while at < to {
            starts.push(at);
            at = self.interval_end(at);
        }
        starts
    }

    pub(super) fn local(&self, at: InstantMs) -> Local {
        let offset_s = self.offset_s(at);
        let wall = at + offset_s * SECOND_MS;
        // The same wall time stood here before if an earlier instant with another offset shows it.
        let repeated = (1..=12 * 4).any(|quarter| {
            let earlier_offset_s = self.offset_s(at - quarter * 15 * MINUTE_MS);
            let earlier = wall - earlier_offset_s * SECOND_MS;
            earlier < at && self.offset_s(earlier) == earlier_offset_s
        });
        let text = DateTime::from_timestamp_millis(wall).unwrap_or_default().format("%Y-%m-%dT%H:%M:%S");
        let minutes = offset_s.abs() / 60;
        let sign = if offset_s < 0 { '-' } else { '+' };
        Local {
            text: format!("{text}{sign}{:02}:{:02}", minutes / 60, minutes % 60),
            offset_s,
            fold: i64::from(repeated),
            date_days: self.date(at),
        }
    }

    /// The local date in days since 1970.
    fn date(&self, at: InstantMs) -> i64 {
        (at + self.offset_s(at) * SECOND_MS).div_euclid(DAY_MS)
    }

    fn offset_s(&self, at: InstantMs) -> i64 {
        let utc = DateTime::from_timestamp_millis(at).unwrap_or_default().naive_utc();
        i64::from(self.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
    }

    /// Tries every minute from well before the date on, then the seconds before the minute found.
    fn first_instant(&self, date: i64) -> InstantMs {
        if let Some(found) = self.days.borrow().get(&date) {
            return *found;
        }
        let mut at = date * DAY_MS - 27 * 60 * MINUTE_MS;
        while self.date(at) < date {
            at += MINUTE_MS;
        }
        while self.date(at - SECOND_MS) == self.date(at) {
            at -= SECOND_MS;
            if at % MINUTE_MS == 0 {
                break;
            }
        }
        self.days.borrow_mut().insert(date, at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{HOUR_MS, parse_instant};

    fn at(text: &str) -> InstantMs {
        parse_instant(text).unwrap()
    }

    #[test]
    fn local_days_are_as_long_as_the_zone_makes_them() {
        let new_york = Calendar::new(TruthGrain::Day, Tz::America__New_York);
        let autumn = new_york.interval_start(at("2024-11-03T12:00:00Z"));
        assert_eq!(autumn, at("2024-11-03T04:00:00Z"));
        assert_eq!(new_york.interval_end(autumn), at("2024-11-04T05:00:00Z"));
        let spring = new_york.interval_start(at("2024-03-10T23:00:00Z"));
        assert_eq!(new_york.interval_end(spring) - spring, 23 * HOUR_MS);
        let kathmandu = Calendar::new(TruthGrain::Day, Tz::Asia__Kathmandu);
        assert_eq!(kathmandu.interval_start(at("2024-01-01T18:15:00Z")), at("2024-01-01T18:15:00Z"));
        assert_eq!(kathmandu.interval_start(at("2024-01-01T18:14:59.999Z")), at("2023-12-31T18:15:00Z"));
    }

    #[test]
    fn days_without_midnight_and_dates_that_never_were() {
        let sao_paulo = Calendar::new(TruthGrain::Day, Tz::America__Sao_Paulo);
        let day = sao_paulo.interval_start(at("2018-11-04T12:00:00Z"));
        assert_eq!((day, sao_paulo.interval_end(day)), (at("2018-11-04T03:00:00Z"), at("2018-11-05T02:00:00Z")));
        // Samoa went from 29 to 31 December 2011.
        let apia = Calendar::new(TruthGrain::Day, Tz::Pacific__Apia);
        let day = apia.interval_start(at("2011-12-30T00:00:00Z"));
        assert_eq!((day, apia.interval_end(day)), (at("2011-12-29T10:00:00Z"), at("2011-12-30T10:00:00Z")));
    }

    #[test]
    fn a_repeated_half_hour_is_told_by_its_fold() {
        let calendar = Calendar::new(TruthGrain::Minutes(30), Tz::America__New_York);
        let local = |text: &str| {
            let local = calendar.local(at(text));
            (local.text, local.fold)
        };
        assert_eq!(local("2024-11-03T05:30:00Z"), ("2024-11-03T01:30:00-04:00".to_owned(), 0));
        assert_eq!(local("2024-11-03T06:30:00Z"), ("2024-11-03T01:30:00-05:00".to_owned(), 1));
        assert_eq!(local("2024-11-03T07:00:00Z"), ("2024-11-03T02:00:00-05:00".to_owned(), 0));
        assert_eq!(local("2024-03-10T07:00:00Z"), ("2024-03-10T03:00:00-04:00".to_owned(), 0));
    }

    #[test]
    fn the_first_midnight_is_at_or_after_the_instant() {
        let calendar = Calendar::new(TruthGrain::Minutes(30), Tz::America__New_York);
        assert_eq!(calendar.midnight_from(at("2026-01-01T00:00:00Z")), at("2026-01-01T05:00:00Z"));
        assert_eq!(calendar.midnight_from(at("2026-01-01T05:00:00Z")), at("2026-01-01T05:00:00Z"));
    }
}
