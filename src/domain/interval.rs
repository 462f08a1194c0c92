//! Reporting intervals: fixed lengths of UTC time, and local days. Pure.

use std::cell::Cell;

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::time::{DAY_MS, InstantMs, TimeRange};

/// The length of a reporting interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grain {
    /// Fifteen minutes of UTC time.
    Pt15m,
    /// Thirty minutes of UTC time.
    Pt30m,
    /// One hour of UTC time.
    Pt1h,
    /// A local day of `kpi.zone`: 23, 24 or 25 hours, or other where a zone changes by less.
    P1d,
}

impl Grain {
    /// All grains, shortest first.
    pub const ALL: [Grain; 4] = [Grain::Pt15m, Grain::Pt30m, Grain::Pt1h, Grain::P1d];

    /// The word of the setting `kpi.grains`, which is also the topic's suffix.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Grain::Pt15m => "pt15m",
            Grain::Pt30m => "pt30m",
            Grain::Pt1h => "pt1h",
            Grain::P1d => "p1d",
        }
    }

    /// Reads the word of the setting.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Grain> {
        Grain::ALL.into_iter().find(|grain| grain.word() == word)
    }

    /// Nominal length in seconds; a local day's true length is in [`interval_at`].
    #[must_use]
    pub fn length_s(self) -> i32 {
        match self {
            Grain::Pt15m => 900,
            Grain::Pt30m => 1_800,
            Grain::Pt1h => 3_600,
            Grain::P1d => 86_400,
        }
    }
}

/// The interval `[from, to)` that holds `at`: aligned to UTC for the short grains, the local day of `zone` for days.
#[must_use]
pub fn interval_at(at: InstantMs, grain: Grain, zone: Tz) -> TimeRange {
    match grain {
        Grain::Pt15m | Grain::Pt30m | Grain::Pt1h => {
            let length_ms = i64::from(grain.length_s()) * 1_000;
            let from = at.div_euclid(length_ms) * length_ms;
            TimeRange { from, to: from + length_ms }
        }
        Grain::P1d => local_day(at, zone),
    }
}

/// The local day that holds `at`. The last one is remembered: the calendar costs as much as everything else that is done
/// with a leg's start, and most legs start on the day that the leg before them did.
fn local_day(at: InstantMs, zone: Tz) -> TimeRange {
    thread_local! {
        static LAST: Cell<Option<(Tz, TimeRange)>> = const { Cell::new(None) };
    }
    if let Some((known, day)) = LAST.get()
        && known == zone
        && day.contains(at)
    {
        return day;
    }
    let date = local_date(at, zone);
    let day = TimeRange { from: day_start(date, zone), to: day_start(date + Duration::days(1), zone) };
    // Only whole days: within a longer one clocks may be set back over midnight, and then not all of it is of its date.
    if day.to - day.from == DAY_MS {
        LAST.set(Some((zone, day)));
    }
    day
}

/// The local date of an instant.
#[must_use]
pub fn local_date(at: InstantMs, zone: Tz) -> NaiveDate {
    zone.from_utc_datetime(&utc(at)).date_naive()
}

/// The first instant of a local date: usually midnight, later where the zone skips midnight.
#[must_use]
pub fn day_start(date: NaiveDate, zone: Tz) -> InstantMs {
    let midnight = date.and_time(NaiveTime::MIN);
    if let Some(at) = zone.from_local_datetime(&midnight).earliest() {
        return at.timestamp_millis();
    }
    // Midnight does not exist: the date begins at the transition. Its instant is midnight read with the offset that
    // was in force before the gap.
    let before = zone.from_utc_datetime(&(midnight - Duration::days(1)));
    let offset_s = i64::from(before.offset().fix().local_minus_utc());
    (midnight - Duration::seconds(offset_s)).and_utc().timestamp_millis()
}

/// What a wall clock in the zone shows at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalStart {
    /// `2024-11-03T01:30:00-05:00`.
    pub text: String,
    /// Seconds east of UTC.
    pub utc_offset_s: i32,
    /// 1 for the second copy of a repeated local time, else 0.
    pub fold: i32,
    /// Days since 1970-01-01; Avro's `date`.
    pub date_days: i32,
}

/// Describes an instant as local time.
#[must_use]
pub fn local_start(at: InstantMs, zone: Tz) -> LocalStart {
    let local = zone.from_utc_datetime(&utc(at));
    let naive: NaiveDateTime = local.naive_local();
    let fold = match zone.from_local_datetime(&naive) {
        chrono::LocalResult::Ambiguous(_, later) if later == local => 1,
        _ => 0,
    };
    LocalStart {
        text: local.to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
        utc_offset_s: local.offset().fix().local_minus_utc(),
        fold,
        date_days: i32::try_from((local.date_naive() - NaiveDate::default()).num_days()).unwrap_or(i32::MAX),
    }
}

fn utc(at: InstantMs) -> NaiveDateTime {
    // Instants come from parsed timestamps, so they are within chrono's range; the epoch stands in for any that is not.
    chrono::DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default().naive_utc()
}

#[cfg(test)]
mod tests {
    use super::super::time::{HOUR_MS, parse_instant};
    use super::*;

    fn day(text: &str, zone: Tz) -> TimeRange {
        interval_at(parse_instant(text).unwrap(), Grain::P1d, zone)
    }

    #[test]
    fn half_hours_are_half_open_and_aligned_to_utc() {
        let at = parse_instant("2024-01-15T10:29:59.999Z").unwrap();
        let ten = parse_instant("2024-01-15T10:00:00Z").unwrap();
        assert_eq!(interval_at(at, Grain::Pt30m, Tz::UTC).from, ten);
        assert_eq!(interval_at(at + 1, Grain::Pt30m, Tz::UTC).from, ten + HOUR_MS / 2);
    }

    #[test]
    fn a_new_york_day_has_25_hours_in_autumn_and_23_in_spring() {
        let autumn = day("2024-11-03T12:00:00Z", Tz::America__New_York);
        assert_eq!(autumn.from, parse_instant("2024-11-03T04:00:00Z").unwrap());
        assert_eq!(autumn.to - autumn.from, 25 * HOUR_MS);
        let spring = day("2024-03-10T12:00:00Z", Tz::America__New_York);
        assert_eq!(spring.to - spring.from, 23 * HOUR_MS);
    }

    /// Clocks in St. John's went from 00:01 back to 23:01 of the day before.
    #[test]
    fn the_day_of_an_instant_does_not_depend_on_what_was_asked_before() {
        let zone = Tz::America__St_Johns;
        let first = parse_instant("2006-10-27T00:00:00Z").unwrap();
        let instants: Vec<InstantMs> = (0..5 * 24 * 60).map(|minute| first + minute * 60_000).collect();
        let alone = |at: &InstantMs| {
            // Another zone in between, so that nothing is remembered.
            let _ = interval_at(*at, Grain::P1d, Tz::UTC);
            interval_at(*at, Grain::P1d, zone)
        };
        let expected: Vec<TimeRange> = instants.iter().map(alone).collect();
        let in_order: Vec<TimeRange> = instants.iter().map(|at| interval_at(*at, Grain::P1d, zone)).collect();
        let backwards: Vec<TimeRange> = instants.iter().rev().map(|at| interval_at(*at, Grain::P1d, zone)).collect();
        assert_eq!(in_order, expected);
        assert!(backwards.iter().rev().eq(&expected));
    }

    #[test]
    fn a_day_without_midnight_begins_at_its_first_instant() {
        // Sao Paulo skipped 00:00 to 01:00 on 2018-11-04.
        let day = day("2018-11-04T12:00:00Z", Tz::America__Sao_Paulo);
        assert_eq!(day.from, parse_instant("2018-11-04T03:00:00Z").unwrap());
        assert_eq!(day.to - day.from, 23 * HOUR_MS);
    }

    #[test]
    fn the_repeated_half_hour_has_fold_one_the_second_time() {
        let first = local_start(parse_instant("2024-11-03T05:30:00Z").unwrap(), Tz::America__New_York);
        let second = local_start(parse_instant("2024-11-03T06:30:00Z").unwrap(), Tz::America__New_York);
        assert_eq!((first.text.as_str(), first.fold), ("2024-11-03T01:30:00-04:00", 0));
        assert_eq!((second.text.as_str(), second.fold), ("2024-11-03T01:30:00-05:00", 1));
    }
}
