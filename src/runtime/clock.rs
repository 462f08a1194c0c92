//! The machine's clock as tokio's timers count it: a test that holds or moves tokio's time moves this with it. Edge.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::InstantMs;

/// Where both of the machine's clocks stood when they were first asked. A wall clock that is set later is not followed;
/// only lengths of time and offsets that are learned anew are taken from here.
static ORIGIN: OnceLock<(Instant, i64)> = OnceLock::new();

/// Microseconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn unix_us() -> i64 {
    let (began, began_us) = *ORIGIN.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    });
    let now = tokio::time::Instant::now().into_std();
    let us = |length: std::time::Duration| i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    match now.checked_duration_since(began) {
        Some(since) => began_us.saturating_add(us(since)),
        // Time that is held may stand before the origin.
        None => began_us.saturating_sub(us(began.duration_since(now))),
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn unix_ms() -> InstantMs {
    unix_us().div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_moves_with_tokios_time_and_starts_at_the_machines() {
        let before = unix_ms();
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        assert_eq!(unix_ms() - before, 86_400_000);
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
        assert!((machine - before).abs() < 5_000, "{machine} {before}");
    }
}
