//! The range of rows that a processor owns, as settings and stored rules say it: local midnights of `kpi.zone`. Pure.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::domain::interval::{Grain, day_start, interval_at, local_date};
use crate::domain::time::{InstantMs, format_instant, parse_instant};

/// Between the two ends in the stored text.
const BETWEEN: &str = "..";

/// Whether a text can be an end of the range: a local date, or an instant with its zone.
#[must_use]
pub fn is_end(text: &str) -> bool {
    date(text).is_some() || parse_instant(text).is_some()
}

/// The instant of an end of the range: the first of a local date, or the instant that is given itself.
///
/// # Errors
/// What is wrong with it, to follow the setting's name: it is neither, or an instant that is no local midnight.
pub fn midnight(text: &str, zone: Tz) -> Result<InstantMs, String> {
    if let Some(date) = date(text) {
        return Ok(day_start(date, zone));
    }
    let at = parse_instant(text).ok_or_else(|| format!("is \"{text}\", which is neither a date nor an instant"))?;
    let day = interval_at(at, Grain::P1d, zone);
    if day.from == at {
        return Ok(at);
    }
    Err(format!(
        "is \"{text}\", which is no local midnight of kpi.zone, {}: days begin there at {} and {}; give one of these, or \
         a date, as {}",
        zone.name(),
        format_instant(day.from),
        format_instant(day.to),
        local_date(at, zone),
    ))
}

/// The range as it is stored: local dates, of which either may be missing, as `2025-01-01..2026-01-01` or `..`.
#[must_use]
pub fn text(start: Option<InstantMs>, end: Option<InstantMs>, zone: Tz) -> String {
    let date = |at: Option<InstantMs>| at.map_or_else(String::new, |at| local_date(at, zone).to_string());
    format!("{}{BETWEEN}{}", date(start), date(end))
}

/// The two ends of a stored range; `None` when it is none.
#[must_use]
pub fn ends(text: &str, zone: Tz) -> Option<[Option<InstantMs>; 2]> {
    let end = |text: &str| match text {
        "" => Some(None),
        text => date(text).map(|date| Some(day_start(date, zone))),
    };
    let (start, stop) = text.split_once(BETWEEN)?;
    Some([end(start)?, end(stop)?])
}

/// Where the last rows end that start before `range_end`: a midnight that is no boundary of a grain lies within one.
#[must_use]
pub fn last_row_end(range_end: InstantMs, grains: &[Grain], zone: Tz) -> InstantMs {
    let ends = grains.iter().map(|grain| interval_at(range_end - 1, *grain, zone).to);
    ends.max().unwrap_or(range_end).max(range_end)
}

fn date(text: &str) -> Option<NaiveDate> {
    // As it is written and no shorter: 2026-1-1 might be meant for anything.
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> InstantMs {
        parse_instant(text).unwrap()
    }

    #[test]
    fn a_date_begins_with_its_first_instant_whatever_the_clocks_do() {
        for (date, zone, expected) in [
            ("2026-01-01", Tz::UTC, "2026-01-01T00:00:00Z"),
            ("2026-03-29", Tz::Europe__Berlin, "2026-03-28T23:00:00Z"),
            ("2026-03-30", Tz::Europe__Berlin, "2026-03-29T22:00:00Z"),
            ("2024-11-03", Tz::America__New_York, "2024-11-03T04:00:00Z"),
            ("2024-11-04", Tz::America__New_York, "2024-11-04T05:00:00Z"),
            // Midnight did not exist there on that day.
            ("2018-11-04", Tz::America__Sao_Paulo, "2018-11-04T03:00:00Z"),
            ("2026-01-01", Tz::Asia__Kathmandu, "2025-12-31T18:15:00Z"),
        ] {
            assert_eq!(midnight(date, zone), Ok(at(expected)), "{date} in {zone}");
            assert_eq!(midnight(expected, zone), Ok(at(expected)), "{expected} in {zone}");
            assert_eq!(text(Some(at(expected)), None, zone), format!("{date}.."));
        }
    }

    #[test]
    fn an_instant_within_a_day_is_refused_with_the_midnights_beside_it() {
        let refused = midnight("2026-03-29T00:00:00Z", Tz::Europe__Berlin).unwrap_err();
        for part in ["Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z", "as 2026-03-29"] {
            assert!(refused.contains(part), "{refused}");
        }
        assert!(midnight("2026-3-29", Tz::UTC).unwrap_err().contains("neither a date nor an instant"));
        assert!(is_end("2026-03-29") && is_end("2026-03-29T00:00:00+01:00") && !is_end("2026-02-30") && !is_end("x"));
    }

    #[test]
    fn a_stored_range_reads_back() {
        let zone = Tz::America__New_York;
        for ends_of in [[None, None], [Some("2024-11-03"), None], [None, Some("2024-11-04")]] {
            let instants = ends_of.map(|end| end.map(|date| midnight(date, zone).unwrap()));
            assert_eq!(ends(&text(instants[0], instants[1], zone), zone), Some(instants));
        }
        assert_eq!([ends("2026-01-01", zone), ends("x..", zone)], [None, None]);
    }

    #[test]
    fn the_last_row_may_reach_over_a_midnight_that_is_no_boundary() {
        let grains = [Grain::Pt30m, Grain::P1d];
        let midnight = at("2025-12-31T18:15:00Z");
        assert_eq!(last_row_end(midnight, &grains, Tz::Asia__Kathmandu), at("2025-12-31T18:30:00Z"));
        assert_eq!(last_row_end(midnight, &[Grain::Pt15m], Tz::Asia__Kathmandu), midnight);
        assert_eq!(last_row_end(at("2026-01-01T00:00:00Z"), &grains, Tz::UTC), at("2026-01-01T00:00:00Z"));
    }
}
