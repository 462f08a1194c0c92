//! The platform's clock, as its `Date` headers tell it. Pure: the local clock's instants are given.
//!
//! A `Date` has whole seconds and was read somewhere between sending and receiving, so one answer bounds the offset
//! between the two clocks from both sides; every further answer narrows the bounds. An answer that contradicts them
//! (a clock was set, or the platform's runs at another speed, as a simulator's may) starts anew.

use crate::domain::time::{DurationMs, InstantMs};

/// What is known of `platform − local`: it lies in `[low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    low: DurationMs,
    high: DurationMs,
}

/// Tells the platform's time from the local clock's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlatformClock {
    bounds: Option<Bounds>,
    observed_at: Option<InstantMs>,
}

impl PlatformClock {
    /// Takes in one answer: when it was sent and received by the local clock, and its `Date`.
    pub fn observe(&mut self, sent_at: InstantMs, received_at: InstantMs, date: InstantMs) {
        let sample = Bounds { low: date - received_at, high: date + 1_000 - sent_at };
        self.observed_at = Some(received_at);
        self.bounds = Some(match self.bounds {
            Some(known) if known.low <= sample.high && sample.low <= known.high => {
                Bounds { low: known.low.max(sample.low), high: known.high.min(sample.high) }
            }
            _ => sample,
        });
    }

    /// The platform's instant at the local instant `local`: the earliest that it can be, so that nothing is asked for
    /// before it is old enough. `local` itself until the first answer.
    #[must_use]
    pub fn at(&self, local: InstantMs) -> InstantMs {
        local + self.bounds.map_or(0, |bounds| bounds.low)
    }

    /// How far the local clock is behind the platform's, in the middle of what it can be; `None` until the first answer.
    #[must_use]
    pub fn offset_ms(&self) -> Option<DurationMs> {
        self.bounds.map(|bounds| bounds.low.midpoint(bounds.high))
    }

    /// When the last `Date` came, by the local clock.
    #[must_use]
    pub fn observed_at(&self) -> Option<InstantMs> {
        self.observed_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_answer_the_local_clock_is_all_there_is() {
        assert_eq!(PlatformClock::default().at(5), 5);
    }

    #[test]
    fn answers_narrow_the_offset_below_the_resolution_of_date() {
        let offset = 123_456;
        let mut clock = PlatformClock::default();
        for local in (0..20_000).step_by(370) {
            let date = (local + 5 + offset) / 1_000 * 1_000;
            clock.observe(local, local + 10, date);
            assert!((offset - clock.offset_ms().unwrap()).abs() <= 510);
            let error = local + offset - clock.at(local);
            assert!((0..=1_010).contains(&error), "{error}");
        }
        assert!(50_000 + offset - clock.at(50_000) <= 60);
    }

    #[test]
    fn a_clock_that_was_set_or_runs_faster_is_followed() {
        let mut clock = PlatformClock::default();
        clock.observe(0, 10, 1_000_000);
        clock.observe(1_000, 1_010, 900_000);
        assert_eq!(clock.at(1_010), 900_000);
        // Sixty times as fast.
        clock.observe(2_000, 2_010, 960_000);
        assert_eq!(clock.at(2_010), 960_000);
        assert_eq!(clock.observed_at(), Some(2_010));
    }
}
