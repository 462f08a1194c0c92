//! Pure: intervals and local days by walking over the zone database.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use handletime::domain::interval::Grain;
use handletime::domain::time::InstantMs;

const DAYS_TO_1970: i32 = 719_163;

/// The days of one zone.
#[derive(Debug)]
pub struct Calendar {
    zone: Tz,
    days: RefCell<BTreeMap<NaiveDate, (InstantMs, InstantMs)>>,
}

/// The local fields of a row.
#[derive(Clone, Debug)]
pub struct Local {
    pub start: String,
    pub utc_offset_s: i64,
    pub fold: i64,
    pub date: i64,
}

impl Calendar {
    pub fn new(zone: Tz) -> Calendar {
        Calendar { zone, days: RefCell::default() }
    }

    pub fn zone_name(&self) -> &'static str {
        self.zone.name()
    }

    fn date(&self, at: InstantMs) -> NaiveDate {
        let utc = chrono::DateTime::from_timestamp_millis(at).unwrap().naive_utc();
        self.zone.from_utc_datetime(&utc).date_naive()
    }

    fn offset_s(&self, at: InstantMs) -> i64 {
        let utc = chrono::DateTime::from_timestamp_millis(at).unwrap().naive_utc();
        i64::from(self.zone.from_utc_datetime(&utc).offset().fix().local_minus_utc())
    }

    /// First instant of the interval that holds `at`, and first instant after it.
    pub fn interval(&self, at: InstantMs, grain: Grain) -> (InstantMs, InstantMs) {
        let minutes = match grain {
            Grain::Pt15m => 15,
            Grain::Pt30m => 30,
            Grain::Pt1h => 60,
            Grain::P1d => return self.day(at),
        };
        let mut from = at - at.rem_euclid(60_000);
        while (from / 60_000).rem_euclid(minutes) != 0 {
            from -= 60_000;
        }
        (from, from + minutes * 60_000)
    }

    /// The local day: every instant of one local date.
    fn day(&self, at: InstantMs) -> (InstantMs, InstantMs) {
        let date = self.date(at);
        if let Some(known) = self.days.borrow().get(&date) {
            return *known;
        }
        let (mut from, mut to) = (at, at);
        for step_ms in [3_600_000, 60_000, 1_000, 1] {
            while self.date(from - step_ms) == date {
                from -= step_ms;
            }
            while self.date(to + step_ms) == date {
                to += step_ms;
            }
        }
        self.days.borrow_mut().insert(date, (from, to + 1));
        (from, to + 1)
    }

    /// The first instant of a local day at or after `at`.
    pub fn midnight_from(&self, at: InstantMs) -> InstantMs {
        let (from, to) = self.day(at);
        if from == at { from } else { to }
    }

    /// What the wall clock shows.
    pub fn local(&self, at: InstantMs) -> Local {
        let offset_s = self.offset_s(at);
        let wall = chrono::DateTime::from_timestamp_millis(at + offset_s * 1_000).unwrap().naive_utc();
        let (sign, minutes) = (if offset_s < 0 { '-' } else { '+' }, offset_s.abs() / 60);
        // The same wall time was there before: some earlier instant of the last hours shows it too.
        let earlier = (1..=180).map(|minutes| at - minutes * 60_000);
        let repeated =
            earlier.into_iter().any(|before| before + self.offset_s(before) * 1_000 == at + offset_s * 1_000);
        Local {
            start: format!("{}{sign}{:02}:{:02}", wall.format("%Y-%m-%dT%H:%M:%S"), minutes / 60, minutes % 60),
            utc_offset_s: offset_s,
            fold: i64::from(repeated),
            date: i64::from(wall.date().num_days_from_ce() - DAYS_TO_1970),
        }
    }
}
