//! One line about a process: healthy, late or failing, since when, and why. Pure: the only clock is that of the vitals.
//!
//! | failing: it does not get better by itself | late: it should |
//! |---|---|
//! | a connector or a task has FAILED | one waits for a worker, is restarted, or was paused |
//! | the broker does not answer | transactions are aborted |
//! | the platform does not answer, or a source stands still | a source is further behind than it promises, or is slowed down |
//! | ranges are held: nothing in them becomes final | a window lacks interactions that the platform counts |
//! | | a processor restores its state, or has input that waits |

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::causes::{broker, connectors, platform, processors, sources};
use super::vitals::{SourceVitals, Vitals};
use crate::domain::time::{DurationMs, InstantMs, MINUTE_MS};

/// How far behind its freshness delay a source may be before it is late.
///
/// Smaller: a slow page makes a healthy source late. Larger: an intraday analyst notices first.
pub const WATERMARK_ALLOWED_MS: DurationMs = 5 * MINUTE_MS;

/// How long a source may publish nothing and not move on before something is wrong with it.
///
/// Smaller: one large slice that is answered slowly is a failure. Larger: a platform that is gone is noticed late.
pub const STILL_ALLOWED_MS: DurationMs = 15 * MINUTE_MS;

/// How long a source may not move on while its requests fail.
pub const REFUSED_ALLOWED_MS: DurationMs = 3 * MINUTE_MS;

/// How old an input record may be that waits for its processor.
pub const LAG_ALLOWED_MS: u64 = 60_000;

/// How long brokers may be silent while requests to them fail.
pub const SILENCE_ALLOWED_MS: DurationMs = 30_000;

/// Over which time rises of counters are looked at.
///
/// Smaller: what happens now and then is said and unsaid all the time. Larger: what is over is still said.
pub const RECENT_MS: DurationMs = 5 * MINUTE_MS;

/// How much of [`RECENT_MS`] requests may wait because the platform asked them to.
pub const THROTTLED_ALLOWED_MS: u64 = 30_000;

/// Least time between two looks that are remembered: bounds the memory of a judge.
const LOOK_MS: DurationMs = 5_000;

/// How well a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Healthy,
    /// Right, but not yet there.
    Late,
    /// Somebody has to look.
    Failing,
}

impl Health {
    /// The word of answers and of the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Health::Healthy => "healthy",
            Health::Late => "late",
            Health::Failing => "failing",
        }
    }
}

/// One reason why a process is not healthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// What it makes of the process.
    pub health: Health,
    /// What is the matter: a sentence without a full stop.
    pub what: String,
    /// What helps.
    pub helps: String,
}

/// How a process does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The worst of the causes.
    pub health: Health,
    /// Since when it has been so, by this machine's clock.
    pub since: InstantMs,
    /// Why, the heaviest first; empty when all is well.
    pub causes: Vec<Cause>,
}

/// Counters that are looked at for their rise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) throttled_ms: u64,
    pub(super) rate_limited: u64,
    pub(super) aborted: u64,
    pub(super) delivery_errors: u64,
}

/// When a source last moved on, and how many of its requests had failed by then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    pub(super) at: InstantMs,
    pub(super) failures: u64,
    position: (InstantMs, u64, u64),
}

/// When brokers were last heard, and how many requests had failed by then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub(super) at: InstantMs,
    pub(super) failures: u64,
    received_bytes: u64,
}

/// What is remembered between two looks: since when it has been so, and where the counters stood.
#[derive(Debug, Default)]
pub struct Judge {
    said: Option<(Health, InstantMs)>,
    looks: VecDeque<(InstantMs, Counted)>,
    moved: BTreeMap<(String, u32), Moved>,
    heard: Option<Heard>,
}

impl Judge {
    /// Looks at the vitals; those of one process, in the order of their instants.
    pub fn look(&mut self, vitals: &Vitals) -> Verdict {
        self.remember(vitals);
        let rise = self.rise(Counted::of(vitals));
        let mut causes = connectors(&vitals.connectors);
        causes.extend(broker(vitals, self.heard.as_ref(), rise));
        for source in vitals.sources.iter().filter(|source| is_to_run(vitals, source)) {
            causes.extend(platform(vitals.at, source, self.moved.get(&key(source))));
            causes.extend(sources(vitals.at, source));
        }
        causes.extend(processors(&vitals.processors));
        causes.extend(super::causes::slowed(rise));
        // Stable: within one health the order above is that of the weight.
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.health));
        let health = causes.first().map_or(Health::Healthy, |cause| cause.health);
        let since = match self.said {
            Some((said, since)) if said == health => since,
            // A process that was never seen otherwise has been well since it started.
            None if health == Health::Healthy && 0 < vitals.started_at => vitals.started_at,
            _ => vitals.at,
        };
        self.said = Some((health, since));
        Verdict { health, since, causes }
    }

    fn remember(&mut self, vitals: &Vitals) {
        if self.looks.back().is_none_or(|(at, _)| LOOK_MS <= vitals.at - at) {
            self.looks.push_back((vitals.at, Counted::of(vitals)));
        }
        // One look that is older stays: what has risen since is what is recent.
        while self.looks.get(1).is_some_and(|(at, _)| *at <= vitals.at - RECENT_MS) {
            self.looks.pop_front();
        }
        self.moved.retain(|known, _| vitals.sources.iter().any(|source| key(source) == *known));
        for source in &vitals.sources {
            let position = (source.watermark, source.pages, source.interactions);
            let failures = source.failures.values().sum();
            let before = self.moved.get(&key(source)).filter(|before| before.position == position);
            if before.is_none() {
                self.moved.insert(key(source), Moved { at: vitals.at, failures, position });
            }
        }
        let received_bytes = vitals.kafka.received_bytes;
        if self.heard.is_none_or(|heard| heard.received_bytes != received_bytes) {
            let failures = vitals.kafka.request_errors + vitals.kafka.request_timeouts;
            self.heard = Some(Heard { at: vitals.at, failures, received_bytes });
        }
    }

    /// How much the counters have risen lately; those that began anew count from 0.
    fn rise(&self, now: Counted) -> Counted {
        let then = self.looks.front().map(|(_, counted)| *counted).unwrap_or_default();
        Counted {
            throttled_ms: now.throttled_ms.saturating_sub(then.throttled_ms),
            rate_limited: now.rate_limited.saturating_sub(then.rate_limited),
            aborted: now.aborted.saturating_sub(then.aborted),
            delivery_errors: now.delivery_errors.saturating_sub(then.delivery_errors),
        }
    }
}

impl Counted {
    fn of(vitals: &Vitals) -> Counted {
        let rate_limited = |source: &SourceVitals| source.failures.get("rate_limited").copied().unwrap_or(0);
        let tasks = vitals.processors.iter().flat_map(|processor| &processor.tasks);
        Counted {
            throttled_ms: vitals.sources.iter().map(|source| source.throttled_ms).sum(),
            rate_limited: vitals.sources.iter().map(rate_limited).sum(),
            aborted: tasks.map(|task| task.aborted).sum(),
            delivery_errors: vitals.kafka.delivery_errors,
        }
    }
}

fn key(source: &SourceVitals) -> (String, u32) {
    (source.connector.clone(), source.task)
}

/// Whether a source is meant to get on: one that failed, or was paused, is told of as such.
fn is_to_run(vitals: &Vitals, source: &SourceVitals) -> bool {
    let Some(connector) = vitals.connectors.iter().find(|one| one.name == source.connector) else { return true };
    let task = connector.tasks.iter().find(|task| task.id == source.task);
    connector.state == "RUNNING" && task.is_none_or(|task| task.state == "RUNNING")
}

#[cfg(test)]
mod tests;
