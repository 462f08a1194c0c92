//! How long to wait before asking again, and how fast to ask at all. Pure: time and chance are given.

use crate::domain::time::InstantMs;

/// Longest wait that a `Retry-After` is honoured for. Too small: the platform is asked while it still refuses; too
/// large: one mistaken header stops a source for a day.
pub const RETRY_AFTER_MS_MAX: u64 = 3_600_000;

/// Reads `Retry-After`: seconds, or an HTTP date that is compared with `now`, the platform's own instant.
///
/// `None` when the text is neither. An instant in the past is 0. Capped at [`RETRY_AFTER_MS_MAX`].
#[must_use]
pub fn retry_after_ms(text: &str, now: InstantMs) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        if !seconds.is_finite() || seconds < 0.0 {
            return None;
        }
        // Rounded up: coming early would be refused again. A cast of a float saturates.
        return Some(((seconds * 1_000.0).ceil() as u64).min(RETRY_AFTER_MS_MAX));
    }
    let at = http_date(text)?;
    Some(u64::try_from(at.saturating_sub(now)).unwrap_or(0).min(RETRY_AFTER_MS_MAX))
}

/// Reads an HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`); whole seconds.
#[must_use]
pub fn http_date(text: &str) -> Option<InstantMs> {
    chrono::DateTime::parse_from_rfc2822(text.trim()).ok().map(|at| at.timestamp_millis())
}

/// Where the jitter of waits comes from: a number in `[0, 1)`, another one each time.
pub type Chance = fn() -> f64;

/// Exponential backoff with full jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Upper end of the first wait.
    pub first_ms: u64,
    /// Upper end of every wait.
    pub most_ms: u64,
}

impl Default for Backoff {
    /// 1 s, doubling to 60 s.
    fn default() -> Self {
        Backoff { first_ms: 1_000, most_ms: 60_000 }
    }
}

impl Backoff {
    /// The wait before attempt `failures + 1`: `jitter` (in `[0, 1)`) of the doubled upper end, never less than
    /// `at_least_ms`, which is what the platform asked for.
    #[must_use]
    pub fn wait_ms(&self, failures: u32, jitter: f64, at_least_ms: Option<u64>) -> u64 {
        let doublings = failures.saturating_sub(1).min(32);
        let most_ms = self.first_ms.saturating_mul(1 << doublings).min(self.most_ms);
        let wait_ms = (most_ms as f64 * jitter.clamp(0.0, 1.0)) as u64;
        wait_ms.max(at_least_ms.unwrap_or(0))
    }
}

/// The share of the permitted rate that is used: shrinks when the platform refuses, recovers with every answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    share: f64,
}

/// The pace is multiplied by this at each 429. Too small: one refusal halves a backfill for long; too large: the next
/// request is refused as well.
const SHRINK: f64 = 0.7;
/// Lowest share: slower than this a source would look stopped.
const SHARE_MIN: f64 = 0.1;
/// Recovered with each answer: from one refusal in about fifteen answers.
const RECOVER: f64 = 0.02;

impl Default for Pace {
    fn default() -> Self {
        Pace { share: 1.0 }
    }
}

impl Pace {
    /// The share of the permitted rate, in `[0.1, 1]`.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.share
    }

    /// The platform refused with 429.
    pub fn refused(&mut self) {
        self.share = (self.share * SHRINK).max(SHARE_MIN);
    }

    /// The platform answered.
    pub fn answered(&mut self) {
        self.share = (self.share + RECOVER).min(1.0);
    }

    /// The distance of two requests, when it is `period_ms` at the full rate.
    #[must_use]
    pub fn spacing_ms(&self, period_ms: f64) -> f64 {
        period_ms / self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_instant;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_beyond_the_cap() {
        let now = parse_instant("1994-11-06T08:49:30Z").unwrap();
        assert_eq!(retry_after_ms("42", now), Some(42_000));
        assert_eq!(retry_after_ms(" 0.5 ", now), Some(500));
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(7_000));
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:49:07 GMT", now), Some(0));
        assert_eq!(retry_after_ms("999999999", now), Some(RETRY_AFTER_MS_MAX));
        assert_eq!(retry_after_ms("soon", now), None);
        assert_eq!(retry_after_ms("-3", now), None);
        assert_eq!(retry_after_ms("NaN", now), None);
    }

    #[test]
    fn backoff_doubles_from_one_to_sixty_seconds_with_full_jitter() {
        let backoff = Backoff::default();
        let ends: Vec<u64> = (1..=9).map(|failures| backoff.wait_ms(failures, 1.0, None)).collect();
        assert_eq!(ends, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(backoff.wait_ms(5, 0.0, None), 0);
        assert_eq!(backoff.wait_ms(u32::MAX, 0.5, None), 30_000);
    }

    #[test]
    fn retry_after_is_the_least_that_is_waited() {
        assert_eq!(Backoff::default().wait_ms(1, 0.5, Some(5_000)), 5_000);
        assert_eq!(Backoff::default().wait_ms(6, 0.5, Some(5_000)), 16_000);
    }

    #[test]
    fn the_pace_shrinks_at_a_refusal_and_recovers_to_the_full_rate() {
        let mut pace = Pace::default();
        assert_eq!(pace.spacing_ms(70.0), 70.0);
        pace.refused();
        assert_eq!(pace.spacing_ms(70.0).round(), 100.0);
        for _ in 0..100 {
            pace.refused();
        }
        assert!(SHARE_MIN <= pace.share());
        for _ in 0..50 {
            pace.answered();
        }
        assert_eq!(pace.spacing_ms(70.0), 70.0);
    }
}
