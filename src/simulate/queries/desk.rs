//! The queries that were submitted, and how far each is by the platform's clock. Pure; the instant is given.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use super::super::chance::{happens, mix};
use super::super::conversation::seen::Moment;
use super::super::row::id_text;
use super::job::JobQuery;
use super::report::ReportQuery;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs};

/// Queries that are remembered. Fewer could forget one that is being read; more is memory for nothing.
const QUERIES_MAX: usize = 10_000;

/// A day after it was done nothing of a query is left.
pub const LIFE_MS: DurationMs = DAY_MS;

/// How a query ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// With all of its rows.
    #[default]
    Completed,
    /// With a part of its rows.
    Partial,
    /// With a part of its rows, although it is said to have all.
    Short,
    /// With none, by an error of the platform's.
    Failed,
    /// With none, because someone cancelled it.
    Cancelled,
    /// With none, because it became too old before it was done.
    Expired,
    /// Never.
    Endless,
}

/// Rows of a result that are lost where it is only a part.
const LOST_SHARE: f64 = 0.4;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Flat rows.
    Report(ReportQuery),
    /// Conversations.
    Job(JobQuery),
}

/// How far a query is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Done, in this way.
    Done(Fate),
}

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts the submissions.
    pub number: u64,
    /// When it was submitted.
    pub submitted_at: InstantMs,
    /// When it is done.
    pub done_at: InstantMs,
    /// How it ends.
    pub fate: Fate,
    /// What it asks for.
    pub asked: Asked,
    /// What the platform knew when it was submitted: its rows tell nothing later.
    pub moment: Moment,
    /// Up to when the platform said that it has everything.
    pub available_at: InstantMs,
}

impl Entry {
    /// How far it is at `now`.
    #[must_use]
    pub fn stage(&self, now: InstantMs) -> Stage {
        if now < self.submitted_at + (self.done_at - self.submitted_at) / 4 {
            Stage::Pending
        } else if now < self.done_at || self.fate == Fate::Endless {
            Stage::Running
        } else {
            Stage::Done(self.fate)
        }
    }

    /// Whether the result lacks the row, or conversation, of that id.
    #[must_use]
    pub fn lacks(&self, seed: u64, id: u128) -> bool {
        matches!(self.fate, Fate::Partial | Fate::Short)
            && happens(mix(&[seed, self.number, id as u64, (id >> 64) as u64]), LOST_SHARE)
    }

    /// The platform's estimate at `now`, from 0 to 1: it stands still near the end.
    #[must_use]
    pub fn progress(&self, now: InstantMs) -> f64 {
        match self.stage(now) {
            Stage::Pending => 0.0,
            Stage::Running => {
                let passed = (now - self.submitted_at) as f64 / (self.done_at - self.submitted_at).max(1) as f64;
                (passed * 2.0).min(0.95)
            }
            Stage::Done(_) => 1.0,
        }
    }
}

/// All queries that are still known.
#[derive(Debug)]
pub struct AsyncDesk {
    seed: u64,
    query_ms_max: DurationMs,
    submitted: u64,
    live: BTreeMap<String, Entry>,
    order: VecDeque<String>,
}

impl AsyncDesk {
    /// None yet; each will take at most `query_ms_max` of the platform's time, and none of it with 0.
    #[must_use]
    pub fn new(seed: u64, query_ms_max: DurationMs) -> AsyncDesk {
        AsyncDesk { seed, query_ms_max, submitted: 0, live: BTreeMap::new(), order: VecDeque::new() }
    }

    /// Takes in a query at `now`; answers its id. The oldest is forgotten when there are too many.
    pub fn submit(
        &mut self,
        asked: Asked,
        fate: Fate,
        moment: Moment,
        available_at: InstantMs,
        now: InstantMs,
    ) -> String {
        let number = self.submitted;
        self.submitted += 1;
        let half = |half: u64| u128::from(mix(&[self.seed, 0x71_7565_7279, number, half]));
        let id = id_text(half(0) << 64 | half(1));
        let takes_ms = half(2) as i64 & i64::MAX;
        let done_at = if self.query_ms_max == 0 { now } else { now + 1 + takes_ms % self.query_ms_max };
        let entry = Entry { number, submitted_at: now, done_at, fate, asked, moment, available_at };
        if QUERIES_MAX <= self.order.len()
            && let Some(oldest) = self.order.pop_front()
        {
            self.live.remove(&oldest);
        }
        self.live.insert(id.clone(), entry);
        self.order.push_back(id.clone());
        id
    }

    /// The query of that id; `None` when it never was, was deleted, or was done longer than its life ago.
    #[must_use]
    pub fn entry(&self, id: &str, now: InstantMs) -> Option<&Entry> {
        self.live.get(id).filter(|entry| now < entry.done_at + LIFE_MS || entry.fate == Fate::Endless)
    }

    /// Forgets a query; `false` when it is not known.
    pub fn delete(&mut self, id: &str) -> bool {
        self.order.retain(|known| known != id);
        self.live.remove(id).is_some()
    }

    /// How many queries were submitted so far: the number of the next one.
    #[must_use]
    pub fn submitted(&self) -> u64 {
        self.submitted
    }

    /// How many queries are still known.
    #[must_use]
    pub fn open(&self) -> usize {
        self.live.len()
    }
}
