//! The simulated platform's clock. Edge: reads the machine's clock, as tokio counts it.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::time::Instant;

use crate::domain::time::InstantMs;
use crate::runtime::clock::unix_ms;

/// What the platform believes the time is.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The real time; all of the history has happened, whatever it says.
    Static,
    /// What a test says, in milliseconds since 1970.
    Set(&'static AtomicI64),
    /// `from` at `origin`, and from then on `speed` simulated seconds a second.
    Live {
        /// The simulated instant at `origin`.
        from: InstantMs,
        /// When the simulation began.
        origin: Instant,
        /// Simulated seconds a second.
        speed: f64,
    },
}

impl Clock {
    /// A clock that starts now at `from`.
    #[must_use]
    pub fn live(from: InstantMs, speed: f64) -> Clock {
        Clock::Live { from, origin: Instant::now(), speed }
    }

    /// The instant that the `Date` header shows.
    #[must_use]
    pub fn now(&self) -> InstantMs {
        match *self {
            Clock::Static => unix_ms(),
            Clock::Set(now) => now.load(Ordering::Acquire),
            Clock::Live { from, origin, speed } => from + (origin.elapsed().as_secs_f64() * 1_000.0 * speed) as i64,
        }
    }

    /// The instant up to which rows have happened; `None`: all have.
    #[must_use]
    pub fn horizon(&self) -> Option<InstantMs> {
        match self {
            Clock::Static => None,
            Clock::Live { .. } | Clock::Set(_) => Some(self.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_clock_starts_at_from_and_goes_at_its_speed() {
        let origin = Instant::now().checked_sub(std::time::Duration::from_secs(2)).unwrap();
        let clock = Clock::Live { from: 1_000_000, origin, speed: 10.0 };
        let passed_ms = clock.now() - 1_000_000;
        assert!((20_000..21_000).contains(&passed_ms), "{passed_ms}");
        assert!(clock.horizon().is_some() && Clock::Static.horizon().is_none());
    }
}
