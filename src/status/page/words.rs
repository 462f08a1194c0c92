//! Numbers, lengths of time and instants as people read them, always with their unit. Pure.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::domain::interval::local_start;
use crate::domain::time::{DAY_MS, DurationMs, HOUR_MS, InstantMs, MINUTE_MS, format_instant};

/// Between the digits of large numbers: narrow, and never broken over lines.
const THIN: char = '\u{202f}';

/// What stands where nothing is known.
pub const NONE: &str = "–";

/// An instant in UTC to the second: `2026-01-02 09:30:00 UTC`.
#[must_use]
pub fn utc(at: InstantMs) -> String {
    let text = format_instant(at);
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default())
}

/// A count: `1 234 567`.
#[must_use]
pub fn count(number: impl TryInto<i128>) -> String {
    let number = number.try_into().unwrap_or(i128::MAX);
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    if number < 0 {
        out.push('−');
    }
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(digit);
    }
    out
}

/// A length of time by its two largest units: `2 h 5 min`, `38 s`, `0.4 s`.
#[must_use]
pub fn length(length_ms: DurationMs) -> String {
    let ms = length_ms.unsigned_abs();
    let sign = if length_ms < 0 { "−" } else { "" };
    let (second, minute, hour, day) = (1_000, MINUTE_MS.unsigned_abs(), HOUR_MS.unsigned_abs(), DAY_MS.unsigned_abs());
    let two = |large: u64, large_word: &str, small: u64, small_word: &str| {
        let (whole, rest) = (ms / large, ms % large / small);
        let rest = if rest == 0 { String::new() } else { format!(" {rest} {small_word}") };
        format!("{sign}{} {large_word}{rest}", count(whole))
    };
    if ms == 0 {
        "0 s".to_owned()
    } else if ms < 10 * second {
        format!("{sign}{:.1} s", ms as f64 / 1_000.0)
    } else if ms < minute {
        format!("{sign}{} s", ms / second)
    } else if ms < hour {
        two(minute, "min", second, "s")
    } else if ms < day {
        two(hour, "h", minute, "min")
    } else {
        two(day, "d", hour, "h")
    }
}

/// An average of handle times: `9 min 7 s`, or with tenths below a minute.
#[must_use]
pub fn handle(ms: Option<f64>) -> String {
    match ms {
        None => NONE.to_owned(),
        Some(ms) if ms < 60_000.0 => format!("{:.1} s", ms / 1_000.0),
        Some(ms) => length((ms / 1_000.0).round() as i64 * 1_000),
    }
}

/// Milliseconds as seconds with one decimal, without the unit: for columns that have it in their heading.
#[must_use]
pub fn seconds(ms: Option<f64>) -> String {
    ms.map_or_else(|| NONE.to_owned(), |ms| format!("{:.1}", ms / 1_000.0))
}

/// A share: `0.55 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Bytes: `3.4 MiB`.
#[must_use]
pub fn bytes(number: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = number as f64;
    let mut unit = 0;
    while 1_024.0 <= value && unit + 1 < units.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if unit == 0 { format!("{number} B") } else { format!("{value:.1} {}", units[unit]) }
}

/// Where instants are shown: besides UTC in the zone of the rows.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// When the page was made.
    pub now: InstantMs,
    /// `kpi.zone`.
    pub zone: Tz,
}

impl Clock {
    /// An instant in UTC, with the local time beside it where that differs; the day only where it is not today's.
    #[must_use]
    pub fn at(&self, at: InstantMs) -> Markup {
        let utc = format_instant(at);
        html! { time datetime=(utc) { (self.text(at)) } }
    }

    /// The same as plain text.
    #[must_use]
    pub fn text(&self, at: InstantMs) -> String {
        let (utc, now) = (format_instant(at), format_instant(self.now));
        let (day, time) = (utc.get(..10).unwrap_or_default(), utc.get(11..19).unwrap_or(&utc));
        let day_before = if now.starts_with(day) { String::new() } else { format!("{day} ") };
        let local = local_start(at, self.zone);
        if local.utc_offset_s == 0 {
            return format!("{day_before}{time} UTC");
        }
        let local_time = local.text.get(11..16).unwrap_or_default();
        let local_day = local.text.get(..10).unwrap_or_default();
        let other_day = if local_day == day { String::new() } else { format!("{local_day} ") };
        format!("{day_before}{time} UTC · {other_day}{local_time} {}", self.city())
    }

    /// The local date of an instant.
    #[must_use]
    pub fn date(&self, at: InstantMs) -> String {
        local_start(at, self.zone).text.get(..10).unwrap_or_default().to_owned()
    }

    /// How long ago, with the instant as its title; a dash where there is none.
    #[must_use]
    pub fn ago(&self, at: Option<InstantMs>, offset_ms: DurationMs) -> Markup {
        html! {
            @match at {
                Some(at) => { span.age { (length(self.now + offset_ms - at)) } span.when { (self.at(at)) } }
                None => { span.age { (NONE) } span.when { "never yet" } }
            }
        }
    }

    /// The last word of the zone's name: `Berlin`.
    #[must_use]
    pub fn city(&self) -> String {
        self.zone.name().rsplit('/').next().unwrap_or("UTC").replace('_', " ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_instant;

    #[test]
    fn numbers_have_narrow_gaps_and_lengths_two_units() {
        assert_eq!(count(0_u64), "0");
        assert_eq!(count(1_234_567_u64), "1\u{202f}234\u{202f}567");
        assert_eq!(count(-100_i64), "−100");
        assert_eq!(length(400), "0.4 s");
        assert_eq!(length(38_900), "38 s");
        assert_eq!(length(7_500_000), "2 h 5 min");
        assert_eq!(length(2 * DAY_MS), "2 d");
        assert_eq!(length(-61_000), "−1 min 1 s");
        assert_eq!(handle(Some(546_900.0)), "9 min 7 s");
        assert_eq!(handle(Some(59_940.0)), "59.9 s");
        assert_eq!(handle(None), NONE);
        assert_eq!(bytes(1_023), "1023 B");
        assert_eq!(bytes(1_536), "1.5 KiB");
    }

    #[test]
    fn an_instant_stands_in_utc_and_in_the_zone_of_the_rows() {
        let now = parse_instant("2026-01-02T23:45:00Z").unwrap();
        let clock = |zone| Clock { now, zone };
        let at = parse_instant("2026-01-02T23:30:00Z").unwrap();
        assert_eq!(clock(Tz::UTC).text(at), "23:30:00 UTC");
        assert_eq!(clock(Tz::Europe__Berlin).text(at), "23:30:00 UTC · 2026-01-03 00:30 Berlin");
        assert_eq!(clock(Tz::America__New_York).text(at - DAY_MS), "2026-01-01 23:30:00 UTC · 18:30 New York");
    }
}
