//! Instants, lengths of time and half-open ranges of both. Pure; no clock is read here.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z; Avro's `timestamp-millis`.
pub type InstantMs = i64;

/// A length of time in milliseconds.
pub type DurationMs = i64;

/// One minute in milliseconds.
pub const MINUTE_MS: DurationMs = 60_000;
/// One hour in milliseconds.
pub const HOUR_MS: DurationMs = 3_600_000;

/// Twenty-four hours in milliseconds; a local day may be an hour shorter or longer.
pub const DAY_MS: DurationMs = 24 * HOUR_MS;

/// A range of instants: `from` is included, `to` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// First instant of the range.
    pub from: InstantMs,
    /// First instant after the range.
    pub to: InstantMs,
}

impl TimeRange {
    /// Whether `at` lies in `[from, to)`.
    #[must_use]
    pub fn contains(&self, at: InstantMs) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether the two half-open ranges share an instant.
    #[must_use]
    pub fn intersects(&self, other: &TimeRange) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// Reads an ISO-8601 instant in UTC (`2026-01-01T00:00:00Z`, fraction optional) or with an offset.
///
/// `None` when the text is not such an instant; nothing is guessed.
#[must_use]
pub fn parse_instant(text: &str) -> Option<InstantMs> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

/// Writes an instant as ISO-8601 in UTC with milliseconds, as the platform does.
#[must_use]
pub fn format_instant(at: InstantMs) -> String {
    match chrono::DateTime::from_timestamp_millis(at) {
        Some(at) => at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        None => format!("{at} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_back_as_it_was_written() {
        let at = parse_instant("2024-01-15T23:55:00.250Z").unwrap();
        assert_eq!(format_instant(at), "2024-01-15T23:55:00.250Z");
        assert_eq!(parse_instant("2024-01-15T23:55:00Z"), Some(at - 250));
    }

    #[test]
    fn a_malformed_instant_is_refused_and_not_guessed() {
        assert_eq!(parse_instant("2021-04-2T15:30:51.418Z"), None);
        assert_eq!(parse_instant("2021-04-02 15:30"), None);
    }

    #[test]
    fn a_range_includes_its_start_and_excludes_its_end() {
        let range = TimeRange { from: 10, to: 20 };
        assert!(range.contains(10) && !range.contains(20));
        assert!(!range.intersects(&TimeRange { from: 20, to: 30 }));
    }
}
