//! Stops asking a platform that keeps refusing, and tries with one request whether it recovered. Pure: local instants
//! are given.

use crate::domain::time::InstantMs;

/// Refusals in a row, over all lanes, that open the breaker. Too small: a single hiccup stops everything; too large: a
/// platform in trouble is asked on and on.
const REFUSALS_TO_OPEN: u32 = 5;
/// How long the breaker stays open the first time; doubles with each failed trial.
const OPEN_MS_FIRST: i64 = 5_000;
/// Longest time that it stays open without the platform asking for more.
const OPEN_MS_MOST: i64 = 60_000;
/// A trial that was dropped half-way (its lane was cancelled) is given up after this.
const TRIAL_MS_MOST: i64 = 120_000;

/// Whether a request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may go.
    Go,
    /// It must wait so long and ask again.
    Wait(u64),
}

/// A circuit breaker over repeated 429 and 503.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    refusals: u32,
    openings: u32,
    open_until: Option<InstantMs>,
    trial_since: Option<InstantMs>,
    paused_until: InstantMs,
}

impl Breaker {
    /// How long a request has to wait at `now` before it may ask for its turn; 0: not at all. Changes nothing.
    #[must_use]
    pub fn wait_ms(&self, now: InstantMs) -> u64 {
        // A copy: the trial belongs to the one who then goes.
        let mut looked_at = *self;
        match looked_at.permit(now) {
            Permit::Go => 0,
            Permit::Wait(wait_ms) => wait_ms,
        }
    }

    /// Whether a request may go at `now`. Half open, the first to ask becomes the trial and the others wait.
    pub fn permit(&mut self, now: InstantMs) -> Permit {
        if now < self.paused_until {
            return wait(self.paused_until - now);
        }
        let Some(open_until) = self.open_until else { return Permit::Go };
        if now < open_until {
            return wait(open_until - now);
        }
        match self.trial_since {
            Some(since) if now < since + TRIAL_MS_MOST => wait(100),
            _ => {
                self.trial_since = Some(now);
                Permit::Go
            }
        }
    }

    /// The platform answered (anything but a refusal): closed.
    pub fn answered(&mut self) {
        *self = Breaker { paused_until: self.paused_until, ..Breaker::default() };
    }

    /// The platform refused with 429 or 503; `retry_after_ms` is what it asked for, and every lane waits for that.
    pub fn refused(&mut self, now: InstantMs, retry_after_ms: Option<u64>) {
        self.refusals = self.refusals.saturating_add(1);
        let asked_ms = retry_after_ms.map_or(0, |ms| i64::try_from(ms).unwrap_or(OPEN_MS_MOST));
        self.paused_until = self.paused_until.max(now + asked_ms);
        let trial_failed = self.trial_since.take().is_some();
        if trial_failed || (REFUSALS_TO_OPEN <= self.refusals && self.open_until.is_none()) {
            let open_ms = (OPEN_MS_FIRST << self.openings.min(8)).min(OPEN_MS_MOST);
            self.openings = self.openings.saturating_add(1);
            self.open_until = Some(now + open_ms);
        }
    }

    /// A request ended without the platform saying anything (no connection, a timeout): a trial is over, and open again.
    pub fn unanswered(&mut self, now: InstantMs) {
        if self.trial_since.is_some() {
            self.refused(now, None);
        }
    }

    /// Whether requests are being held back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }
}

fn wait(length_ms: i64) -> Permit {
    Permit::Wait(u64::try_from(length_ms).unwrap_or(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..REFUSALS_TO_OPEN {
            assert_eq!(breaker.permit(0), Permit::Go);
            breaker.refused(0, None);
        }
        breaker
    }

    #[test]
    fn refusals_in_a_row_open_it_and_an_answer_between_does_not() {
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            breaker.refused(0, None);
            breaker.answered();
        }
        assert_eq!(breaker.permit(0), Permit::Go);
        assert_eq!(opened().permit(0), Permit::Wait(5_000));
    }

    #[test]
    fn half_open_lets_one_trial_through_and_its_answer_closes_it() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(5_000), Permit::Go);
        assert_eq!(breaker.permit(5_000), Permit::Wait(100));
        breaker.answered();
        assert_eq!(breaker.permit(5_000), Permit::Go);
        assert!(!breaker.is_open());
    }

    #[test]
    fn looking_does_not_take_the_trial() {
        let mut breaker = opened();
        assert_eq!((breaker.wait_ms(0), breaker.wait_ms(5_000)), (5_000, 0));
        assert_eq!(breaker.permit(5_000), Permit::Go);
        assert_eq!(breaker.wait_ms(5_000), 100);
    }

    #[test]
    fn a_failed_trial_opens_it_for_longer_up_to_a_minute() {
        let mut breaker = opened();
        let mut now = 5_000;
        let mut waits = Vec::new();
        for _ in 0..6 {
            assert_eq!(breaker.permit(now), Permit::Go);
            breaker.refused(now, None);
            let Permit::Wait(wait_ms) = breaker.permit(now) else { panic!("closed") };
            waits.push(wait_ms);
            now += wait_ms as i64;
        }
        assert_eq!(waits, [10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn a_trial_that_vanished_does_not_block_for_ever() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(5_000), Permit::Go);
        assert_eq!(breaker.permit(5_000 + TRIAL_MS_MOST), Permit::Go);
        breaker.unanswered(130_000);
        assert_eq!(breaker.permit(130_000), Permit::Wait(10_000));
    }

    #[test]
    fn retry_after_holds_every_lane_back() {
        let mut breaker = Breaker::default();
        breaker.refused(1_000, Some(3_000));
        assert_eq!(breaker.permit(1_500), Permit::Wait(2_500));
        breaker.answered();
        assert_eq!(breaker.permit(3_999), Permit::Wait(1));
        assert_eq!(breaker.permit(4_000), Permit::Go);
    }
}
