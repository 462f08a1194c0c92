//! The queries that stand at the platform: which is submitted, looked at or deleted next. Pure: time and chance are
//! given.
//!
//! ```text
//!  wanted ─▶ submitted ─▶ looked at until it is done ─▶ read by its lane ─▶ over ─▶ deleted
//!                └──────────── no longer wanted ────────────────────────────┘
//! ```
//!
//! Every query that was submitted is in here until it is deleted, or until it is known to be gone, so that none is left
//! behind. Nothing of their rows is kept: what waits, waits at the platform.
//!
//! Instants are milliseconds since the table was made, unless they are the platform's.

use serde::{Deserialize, Serialize};

use super::machine::{AsyncQuery, Due, Pace, Status, UNANSWERED_MAX};
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::genesys::quota::Backoff;

/// A query that was submitted, as it is stored.
///
/// WARNING: stored in the source offset; fields may be added with a default, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    /// The platform's name of the query.
    pub query_id: String,
    /// The dialect that it was asked in.
    pub dialect: String,
    /// First start that it asks for, included.
    pub from: InstantMs,
    /// Last start that it asks for, excluded.
    pub to: InstantMs,
    /// Tells what it asks for: two queries of the same text are answered with the same rows.
    pub asked: String,
    /// Platform's instant at which it was submitted: its rows speak for it.
    pub submitted_at: InstantMs,
}

/// What is to stand at the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Queries to be submitted ahead of their turn, the next one first.
    pub ahead: Vec<Wanted>,
    /// Texts of the queries that lanes read, or ask for next.
    pub asked: Vec<String>,
    /// Names of the queries whose pages lanes are reading.
    pub query_ids: Vec<String>,
}

/// A query that is to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What starts here is asked for.
    pub range: TimeRange,
    /// As in [`InFlight::asked`].
    pub asked: String,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Submit this.
    Submit(Wanted),
    /// Look how far the query is.
    Look(InFlight),
    /// Delete the query.
    Delete(InFlight),
    /// Nothing before this instant.
    At(DurationMs),
    /// Nothing, until something else is wanted.
    Nothing,
}

#[derive(Clone, Debug)]
struct Flight {
    query: InFlight,
    state: AsyncQuery,
    // When it was submitted, which may lie before the table was made.
    since_ms: DurationMs,
    // A lane looks at it itself, and reads it.
    is_read: bool,
    // Nobody needs it any more.
    is_over: bool,
    deletions_failed: u32,
    not_before_ms: DurationMs,
    // How many rows the last look showed.
    found: Option<i64>,
}

/// See the file's head.
#[derive(Clone, Debug)]
pub struct Flights {
    pace: Pace,
    most: usize,
    wants: Wants,
    flights: Vec<Flight>,
    // Texts of which there is nothing to ask.
    empty: Vec<String>,
    // Submissions that failed in a row, and when the next one may be tried.
    refused: u32,
    submit_from_ms: DurationMs,
}

impl Flights {
    /// An empty table for at most `most` queries at once that were not asked for by a lane itself, which are looked at as
    /// `pace` says.
    #[must_use]
    pub fn new(pace: Pace, most: usize) -> Flights {
        Flights {
            pace,
            most,
            wants: Wants::default(),
            flights: Vec::new(),
            empty: Vec::new(),
            refused: 0,
            submit_from_ms: DurationMs::MIN,
        }
    }

    /// How often queries are looked at.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// How many queries may stand at the platform ahead of the one that is read.
    #[must_use]
    pub fn ahead_max(&self) -> usize {
        self.most.saturating_sub(1)
    }

    /// Takes in what an earlier program left at the platform; `now` is the platform's. It is looked at at once.
    pub fn adopt(&mut self, left: &[InFlight], now: InstantMs, now_ms: DurationMs) {
        for query in left {
            if self.find(&query.query_id).is_none() {
                let age_ms = now.saturating_sub(query.submitted_at).max(0);
                self.add(query.clone(), AsyncQuery::adopted(self.pace, age_ms), now_ms.saturating_sub(age_ms));
            }
        }
    }

    /// Takes in what is to stand at the platform from now on; everything else will be deleted.
    pub fn want(&mut self, wants: Wants) {
        self.empty.retain(|asked| wants.ahead.iter().any(|wanted| wanted.asked == *asked));
        self.wants = wants;
    }

    /// A query was submitted just now.
    pub fn submitted(&mut self, query: InFlight, now_ms: DurationMs, chance: f64) {
        self.refused = 0;
        self.gone(&query.query_id);
        let state = AsyncQuery::submitted(self.pace, chance);
        self.add(query, state, now_ms);
    }

    /// A lane goes on with the pages of a query.
    pub fn reading(&mut self, query: InFlight, now_ms: DurationMs) {
        if self.find(&query.query_id).is_none() {
            let state = AsyncQuery::adopted(self.pace, 0);
            self.add(query.clone(), state, now_ms);
        }
        if let Some(flight) = self.find_mut(&query.query_id) {
            flight.is_read = true;
        }
    }

    /// Whether a query of that text stands at the platform.
    #[must_use]
    pub fn stands(&self, asked: &str) -> bool {
        self.flights.iter().any(|flight| flight.query.asked == asked && !flight.is_over)
    }

    /// A submission ahead of its turn was refused: the next one waits, longer with each in a row, at least as long as the
    /// platform asked. What failed is asked for again by its lane when its turn comes, if not before.
    pub fn refused(&mut self, at_least_ms: Option<u64>, now_ms: DurationMs, chance: f64) {
        self.refused = self.refused.saturating_add(1);
        self.submit_from_ms = now_ms.saturating_add(backoff_ms(self.refused, chance, at_least_ms));
    }

    /// There is nothing to ask for under that text.
    pub fn nothing_to_ask(&mut self, asked: &str) {
        self.empty.push(asked.to_owned());
    }

    /// The query of that text, for a lane that looks at it and reads it from now on; `None` when there is none.
    pub fn taken(&mut self, asked: &str) -> Option<InFlight> {
        let flight = self.flights.iter_mut().find(|flight| flight.query.asked == asked && !flight.is_over)?;
        flight.is_read = true;
        Some(flight.query.clone())
    }

    /// What is due of a query, with the instant of the next look in the table's time; `None` when it is not known, or is
    /// over.
    #[must_use]
    pub fn due_of(&self, query_id: &str) -> Option<Due> {
        let flight = self.find(query_id).filter(|flight| !flight.is_over)?;
        Some(match flight.state.due() {
            Due::Look { at_ms } => Due::Look { at_ms: flight.look_at_ms(at_ms) },
            other => other,
        })
    }

    /// Takes in what a look showed.
    pub fn told(&mut self, query_id: &str, status: &Status, now_ms: DurationMs, chance: f64) {
        if let Some(flight) = self.find_mut(query_id) {
            flight.found = status.rows;
            flight.state.told(status, now_ms.saturating_sub(flight.since_ms), chance);
        }
    }

    /// How many rows the platform says that a query has, where its last look told it.
    #[must_use]
    pub fn found(&self, query_id: &str) -> Option<i64> {
        self.find(query_id)?.found
    }

    /// A look got no answer; answers how many in a row got none. The next one comes no sooner than the platform asked.
    pub fn unanswered(&mut self, query_id: &str, at_least_ms: Option<u64>, now_ms: DurationMs, chance: f64) -> u32 {
        let Some(flight) = self.find_mut(query_id) else { return UNANSWERED_MAX };
        flight.not_before_ms = now_ms.saturating_add(millis(at_least_ms));
        flight.state.unanswered(now_ms.saturating_sub(flight.since_ms), chance)
    }

    /// Nobody needs the query any more: it will be deleted.
    pub fn over(&mut self, query_id: &str) {
        if let Some(flight) = self.find_mut(query_id) {
            flight.is_over = true;
            flight.not_before_ms = DurationMs::MIN;
        }
    }

    /// Nobody will know of any query but these: the others will be deleted.
    pub fn keep_only(&mut self, known: &[InFlight]) {
        for flight in &mut self.flights {
            flight.is_over = flight.is_over || !known.iter().any(|known| known.query_id == flight.query.query_id);
        }
    }

    /// The query stands no longer at the platform, or nothing can be done about it.
    pub fn gone(&mut self, query_id: &str) {
        self.flights.retain(|flight| flight.query.query_id != query_id);
    }

    /// A deletion failed, and may work later. After [`UNANSWERED_MAX`] in a row the query is left to the platform, which
    /// forgets it by itself.
    pub fn not_deleted(&mut self, query_id: &str, at_least_ms: Option<u64>, now_ms: DurationMs, chance: f64) {
        let Some(flight) = self.find_mut(query_id) else { return };
        flight.deletions_failed += 1;
        flight.is_over = true;
        flight.not_before_ms = now_ms.saturating_add(backoff_ms(flight.deletions_failed, chance, at_least_ms));
        if UNANSWERED_MAX <= flight.deletions_failed {
            self.gone(query_id);
        }
    }

    /// What is to be done at `now_ms`: deletions first, because they make room.
    #[must_use]
    pub fn next(&self, now_ms: DurationMs) -> Task {
        let mut later: Option<DurationMs> = None;
        let mut at = |at_ms: DurationMs| later = Some(later.map_or(at_ms, |later| later.min(at_ms)));
        for flight in self.flights.iter().filter(|flight| !self.is_wanted(flight)) {
            if flight.not_before_ms <= now_ms {
                return Task::Delete(flight.query.clone());
            }
            at(flight.not_before_ms);
        }
        if let Some(wanted) = self.to_submit() {
            if self.submit_from_ms <= now_ms {
                return Task::Submit(wanted.clone());
            }
            at(self.submit_from_ms);
        }
        for flight in self.flights.iter().filter(|flight| self.is_wanted(flight) && !flight.is_read) {
            let Due::Look { at_ms } = flight.state.due() else { continue };
            let at_ms = flight.look_at_ms(at_ms);
            if at_ms <= now_ms {
                return Task::Look(flight.query.clone());
            }
            at(at_ms);
        }
        later.map_or(Task::Nothing, Task::At)
    }

    /// All queries that stand at the platform, in the order of their submissions, as they are stored.
    #[must_use]
    pub fn all(&self) -> Vec<InFlight> {
        self.flights.iter().map(|flight| flight.query.clone()).collect()
    }

    /// The next query to submit ahead. None before the platform has taken in one that a lane asked for: then it is known
    /// that it takes such queries at all.
    fn to_submit(&self) -> Option<&Wanted> {
        if self.flights.is_empty() || self.most <= self.flights.len() {
            return None;
        }
        let open = |wanted: &&Wanted| !self.stands(&wanted.asked) && !self.empty.contains(&wanted.asked);
        self.wants.ahead.iter().find(open)
    }

    fn is_wanted(&self, flight: &Flight) -> bool {
        let InFlight { query_id, asked, .. } = &flight.query;
        let Wants { ahead, asked: texts, query_ids } = &self.wants;
        let by_text = || texts.contains(asked) || ahead.iter().any(|wanted| wanted.asked == *asked);
        !flight.is_over && (query_ids.contains(query_id) || by_text())
    }

    fn add(&mut self, query: InFlight, state: AsyncQuery, since_ms: DurationMs) {
        let (is_read, is_over, not_before_ms) = (false, false, DurationMs::MIN);
        self.flights.push(Flight {
            query,
            state,
            since_ms,
            is_read,
            is_over,
            deletions_failed: 0,
            not_before_ms,
            found: None,
        });
    }

    fn find(&self, query_id: &str) -> Option<&Flight> {
        self.flights.iter().find(|flight| flight.query.query_id == query_id)
    }

    fn find_mut(&mut self, query_id: &str) -> Option<&mut Flight> {
        self.flights.iter_mut().find(|flight| flight.query.query_id == query_id)
    }
}

impl Flight {
    /// When the next look comes, in the table's time.
    fn look_at_ms(&self, at_ms: DurationMs) -> DurationMs {
        self.since_ms.saturating_add(at_ms).max(self.not_before_ms)
    }
}

fn backoff_ms(failures: u32, chance: f64, at_least_ms: Option<u64>) -> DurationMs {
    millis(Some(Backoff::default().wait_ms(failures, chance, at_least_ms)))
}

fn millis(length_ms: Option<u64>) -> DurationMs {
    length_ms.map_or(0, |length_ms| i64::try_from(length_ms).unwrap_or(i64::MAX))
}
