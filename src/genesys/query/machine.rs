//! One asynchronous query: how far it is, when to look again, and when it has taken too long. Pure: time and chance are
//! given.
//!
//! ```text
//!  submitted ─▶ pending ─▶ running ─▶ completed ─▶ read
//!      └──── look, look, … ────┴────▶ partial ───▶ count what there is, then ask for less time at once
//!                              ├────▶ failed ────▶ ask anew
//!                              └────▶ (too long) ─▶ delete, then ask for less time at once
//! ```
//!
//! Instants are milliseconds since the submission.

use crate::domain::time::{DAY_MS, DurationMs};
use crate::genesys::wire::Drift;

/// Looks in a row that got no answer before the query is left to itself. Too small: a short outage throws away what the
/// platform has computed; too large: a platform that refuses for good is asked for hours.
pub const UNANSWERED_MAX: u32 = 10;

/// How often a query is looked at, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The first look comes so long after the submission; each later wait is twice the one before.
    pub first_ms: DurationMs,
    /// The longest wait.
    pub longest_ms: DurationMs,
    /// Up to so much is added to each wait, so that many sources do not look at once.
    pub jitter_ms: DurationMs,
    /// A query that is not done by then is deleted.
    pub limit_ms: DurationMs,
}

impl Default for Pace {
    fn default() -> Self {
        Pace::from_first(10_000)
    }
}

impl Pace {
    /// A pace whose first wait is given: the longest is twelve times as long, the jitter half of it; a day in all.
    #[must_use]
    pub fn from_first(first_ms: DurationMs) -> Pace {
        Pace {
            first_ms,
            longest_ms: first_ms.saturating_mul(12),
            jitter_ms: first_ms / 2,
            limit_ms: DAY_MS.max(first_ms),
        }
    }

    /// The wait before look number `look`, counted from 0; `chance` lies in `[0, 1)`.
    fn wait_ms(&self, look: u32, chance: f64) -> DurationMs {
        let doubled = 1_i64.checked_shl(look.min(62)).and_then(|times| self.first_ms.checked_mul(times));
        let wait_ms = doubled.unwrap_or(i64::MAX).min(self.longest_ms);
        wait_ms.saturating_add((self.jitter_ms as f64 * chance.clamp(0.0, 1.0)) as i64)
    }
}

/// How far the platform says that a query is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Taken in, not yet begun.
    Pending,
    /// Under way.
    Running,
    /// All rows are there.
    Completed,
    /// Only some of the rows are there, and no more will come.
    Partial,
    /// There will be no rows.
    Failed {
        /// What the platform says of it.
        reason: String,
    },
}

/// What the platform says when a query is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// How far it is.
    pub stage: Stage,
    /// An estimate from 0 to 1 that may stand still: for the log alone.
    pub progress: Option<f64>,
    /// How many rows it has found.
    pub rows: Option<i64>,
    /// States that no one knows, counted by the field that names them.
    pub drift: Drift,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Look at it at this instant.
    Look {
        /// Milliseconds since the submission.
        at_ms: DurationMs,
    },
    /// Read its pages.
    Read,
    /// Its rows are a part of those asked for: count them, then ask for less time at once.
    Count,
    /// It took too long: delete it, then ask for less time at once.
    TooLong,
    /// It came to nothing: ask anew.
    Failed {
        /// What the platform said.
        reason: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Submitted,
    Told(Stage),
    TooLong,
}

/// One query from its submission until its rows are there, or will not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsyncQuery {
    pace: Pace,
    state: State,
    looks: u32,
    unanswered: u32,
    next_look_ms: DurationMs,
}

impl AsyncQuery {
    /// A query that was submitted just now; `chance` in `[0, 1)` is that of the first wait.
    #[must_use]
    pub fn submitted(pace: Pace, chance: f64) -> AsyncQuery {
        let next_look_ms = pace.wait_ms(0, chance).min(pace.limit_ms);
        AsyncQuery { pace, state: State::Submitted, looks: 0, unanswered: 0, next_look_ms }
    }

    /// A query that an earlier program submitted `age_ms` ago: it is looked at at once.
    #[must_use]
    pub fn adopted(pace: Pace, age_ms: DurationMs) -> AsyncQuery {
        AsyncQuery { pace, state: State::Submitted, looks: 0, unanswered: 0, next_look_ms: age_ms }
    }

    /// What is due next.
    #[must_use]
    pub fn due(&self) -> Due {
        match &self.state {
            State::Submitted | State::Told(Stage::Pending | Stage::Running) => Due::Look { at_ms: self.next_look_ms },
            State::Told(Stage::Completed) => Due::Read,
            State::Told(Stage::Partial) => Due::Count,
            State::Told(Stage::Failed { reason }) => Due::Failed { reason: reason.clone() },
            State::TooLong => Due::TooLong,
        }
    }

    /// Takes in what a look at `at_ms` showed. How far the estimate is decides nothing.
    pub fn told(&mut self, status: &Status, at_ms: DurationMs, chance: f64) {
        self.unanswered = 0;
        self.state = State::Told(status.stage.clone());
        if matches!(status.stage, Stage::Pending | Stage::Running) {
            self.look_later(at_ms, chance);
        }
    }

    /// A look at `at_ms` got no answer: it is looked at again at the same pace. Answers how many looks in a row got none.
    pub fn unanswered(&mut self, at_ms: DurationMs, chance: f64) -> u32 {
        self.unanswered = self.unanswered.saturating_add(1);
        self.look_later(at_ms, chance);
        self.unanswered
    }

    fn look_later(&mut self, at_ms: DurationMs, chance: f64) {
        if self.pace.limit_ms <= at_ms {
            self.state = State::TooLong;
            return;
        }
        self.looks = self.looks.saturating_add(1);
        // The last look is at the limit itself: what is done by then is read.
        self.next_look_ms = at_ms.saturating_add(self.pace.wait_ms(self.looks, chance)).min(self.pace.limit_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(stage: Stage) -> Status {
        Status { stage, progress: Some(0.95), rows: None, drift: Drift::default() }
    }

    fn look_at(query: &AsyncQuery) -> i64 {
        match query.due() {
            Due::Look { at_ms } => at_ms,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn looks_come_after_10_20_40_80_120_and_then_every_120_seconds() {
        let mut query = AsyncQuery::submitted(Pace::default(), 0.0);
        let mut waits = Vec::new();
        let mut now = 0;
        for number in 0..7 {
            let at = look_at(&query);
            waits.push((at - now) / 1_000);
            now = at;
            query.told(&status(if number < 2 { Stage::Pending } else { Stage::Running }), now, 0.0);
        }
        assert_eq!(waits, [10, 20, 40, 80, 120, 120, 120]);
        assert_eq!(now, 510_000);
    }

    #[test]
    fn chance_adds_up_to_five_seconds_to_each_wait() {
        let mut query = AsyncQuery::submitted(Pace::default(), 0.5);
        assert_eq!(look_at(&query), 12_500);
        // An answer that took a second counts from when it came.
        query.told(&status(Stage::Running), 13_500, 0.999_999);
        assert_eq!(look_at(&query), 13_500 + 20_000 + 4_999);
    }

    #[test]
    fn each_stage_leads_where_it_should() {
        let after = |stage: Stage| {
            let mut query = AsyncQuery::submitted(Pace::default(), 0.0);
            query.told(&status(stage), 10_000, 0.0);
            query.due()
        };
        assert_eq!(after(Stage::Pending), Due::Look { at_ms: 30_000 });
        assert_eq!(after(Stage::Running), Due::Look { at_ms: 30_000 });
        assert_eq!(after(Stage::Completed), Due::Read);
        assert_eq!(after(Stage::Partial), Due::Count);
        let reason = "out of memory".to_owned();
        assert_eq!(after(Stage::Failed { reason: reason.clone() }), Due::Failed { reason });
        assert_eq!(AsyncQuery::submitted(Pace::default(), 0.0).due(), Due::Look { at_ms: 10_000 });
    }

    #[test]
    fn an_estimate_of_one_does_not_make_a_query_done_nor_does_none_keep_it() {
        let mut query = AsyncQuery::submitted(Pace::default(), 0.0);
        let told = |stage, progress, rows| Status { stage, progress, rows, drift: Drift::default() };
        query.told(&told(Stage::Running, Some(1.0), Some(9)), 10_000, 0.0);
        assert_eq!(query.due(), Due::Look { at_ms: 30_000 });
        query.told(&told(Stage::Completed, None, None), 30_000, 0.0);
        assert_eq!(query.due(), Due::Read);
    }

    #[test]
    fn a_day_is_the_limit_and_the_last_look_is_at_it() {
        let mut query = AsyncQuery::submitted(Pace::default(), 0.0);
        let (mut looks, mut last) = (0, 0);
        while let Due::Look { at_ms } = query.due() {
            (looks, last) = (looks + 1, at_ms);
            assert!(looks < 1_000);
            query.told(&status(Stage::Running), at_ms, 0.0);
        }
        assert_eq!((query.due(), last), (Due::TooLong, DAY_MS));
        let mut done = AsyncQuery::submitted(Pace::default(), 0.0);
        done.told(&status(Stage::Completed), DAY_MS, 0.0);
        assert_eq!(done.due(), Due::Read, "what is done at the limit is read");
    }

    #[test]
    fn looks_without_an_answer_go_on_at_the_pace_and_are_counted_until_one_comes() {
        let mut query = AsyncQuery::submitted(Pace::default(), 0.0);
        assert_eq!(query.unanswered(10_000, 0.0), 1);
        assert_eq!(look_at(&query), 30_000);
        assert_eq!(query.unanswered(30_000, 0.0), 2);
        query.told(&status(Stage::Running), 70_000, 0.0);
        assert_eq!(query.unanswered(150_000, 0.0), 1);
        query.unanswered(DAY_MS, 0.0);
        assert_eq!(query.due(), Due::TooLong);
    }

    #[test]
    fn a_query_of_an_earlier_program_is_looked_at_at_once_and_has_no_more_time_than_any_other() {
        let mut query = AsyncQuery::adopted(Pace::default(), 3_600_000);
        assert_eq!(look_at(&query), 3_600_000);
        query.told(&status(Stage::Running), 3_600_100, 0.0);
        assert_eq!(look_at(&query), 3_620_100);
        let mut old = AsyncQuery::adopted(Pace::default(), DAY_MS + 1);
        old.told(&status(Stage::Running), DAY_MS + 50, 0.0);
        assert_eq!(old.due(), Due::TooLong);
    }

    #[test]
    fn a_pace_scales_with_its_first_wait() {
        let pace = Pace::from_first(100);
        assert_eq!((pace.longest_ms, pace.jitter_ms, pace.limit_ms), (1_200, 50, DAY_MS));
        let mut query = AsyncQuery::submitted(pace, 0.0);
        for _ in 0..80 {
            let at = look_at(&query);
            query.told(&status(Stage::Running), at, 0.0);
        }
        assert!(look_at(&query) <= 81 * 1_200, "the doubling stops");
    }
}
