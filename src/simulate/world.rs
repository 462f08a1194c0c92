//! The simulated history: which rows there are, drawn day by day when first asked for. Edge: draws; no clock.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::centre::{QUEUES, WRAPUP_CODES, agent_id};
use super::draw;
use super::form::{Form, form_at};
use super::plan::{self, Chunk};
use super::restate;
use super::restriction;
use super::row::{Outcome, Row, id_text};
use super::truth::input::{FinalRow, FinalStatus};
use super::truth::settings::TruthSettings;
use super::truth::{self, Truth};
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};
use crate::genesys::dialect::interaction_details;

/// Rows that one history may have. Fewer would refuse honest load tests; more would fill memory at some 150 bytes a row.
pub const ROWS_MAX: u64 = 50_000_000;

/// Two hours: how late a late wrap-up is at most, unless said otherwise.
pub const LATE_WRAP_MAX_MS: DurationMs = 7_200_000;

/// Why there can be no such history.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Nothing can begin in the range.
    #[error("the simulated history is empty: it must begin before it ends")]
    Empty,
    /// More rows than memory is planned for.
    #[error("the simulated history would have {rows} rows or conversations, of which {most} are the most")]
    TooLarge {
        /// How many there would be.
        rows: u64,
        /// How many there may be.
        most: u64,
    },
}

/// A history: the same seed, range and number give the same rows, in whatever order they are asked for.
#[derive(Debug)]
pub struct World {
    seed: u64,
    range: TimeRange,
    late_wrap_max_ms: DurationMs,
    restated: bool,
    plan: Vec<Chunk>,
    drawn: Vec<OnceLock<Vec<Row>>>,
}

impl World {
    /// A history of `per_day` rows on an average day; rows begin in `range`.
    ///
    /// # Errors
    /// When the range is empty, or the rows are too many.
    pub fn at_rate(seed: u64, range: TimeRange, per_day: u64) -> Result<World, WorldError> {
        if range.to <= range.from {
            return Err(WorldError::Empty);
        }
        let days = (range.to - range.from).cast_unsigned() / DAY_MS.cast_unsigned() + 1;
        let rows = per_day.saturating_mul(days);
        // A week-long peak is less than 2.5 averages, so the plan itself decides below.
        if ROWS_MAX.saturating_mul(3) < rows {
            return Err(WorldError::TooLarge { rows, most: ROWS_MAX });
        }
        World::planned(seed, range, plan::at_rate(range, per_day))
    }

    /// A history of exactly `rows` rows that begin within `days` times 24 hours from `from` on.
    ///
    /// # Errors
    /// When there are no days, or the rows are too many.
    pub fn exactly(seed: u64, from: InstantMs, days: u32, rows: u64) -> Result<World, WorldError> {
        let range = TimeRange { from, to: from + i64::from(days) * DAY_MS };
        if range.to <= range.from {
            return Err(WorldError::Empty);
        }
        if ROWS_MAX < rows {
            return Err(WorldError::TooLarge { rows, most: ROWS_MAX });
        }
        World::planned(seed, range, plan::exactly(range, rows))
    }

    fn planned(seed: u64, range: TimeRange, plan: Vec<Chunk>) -> Result<World, WorldError> {
        let rows = plan.iter().map(|chunk| chunk.rows).sum();
        if ROWS_MAX < rows {
            return Err(WorldError::TooLarge { rows, most: ROWS_MAX });
        }
        let drawn = plan.iter().map(|_| OnceLock::new()).collect();
        Ok(World { seed, range, late_wrap_max_ms: LATE_WRAP_MAX_MS, restated: false, plan, drawn })
    }

    /// The same history with another limit to the lateness of wrap-ups. Only `--live` shows the difference.
    #[must_use]
    pub fn with_late_wrap_max_ms(self, late_wrap_max_ms: DurationMs) -> World {
        let drawn = self.plan.iter().map(|_| OnceLock::new()).collect();
        World { late_wrap_max_ms, drawn, ..self }
    }

    /// The same history, of which some e-mails are told as closed before they are opened again, and some rows otherwise
    /// than they are until they are corrected. Only `--live` shows the difference.
    #[must_use]
    pub fn with_restatements(self) -> World {
        World { restated: true, ..self }
    }

    /// The row as the platform tells it at `now`, and how far it has come; `None` before it starts.
    #[must_use]
    pub fn told<'a>(&self, row: &'a Row, now: Option<InstantMs>) -> Option<(Cow<'a, Row>, Form)> {
        if self.restated { restate::told(self.seed, row, now) } else { Some((Cow::Borrowed(row), form_at(row, now)?)) }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Where rows begin: `[from, to)`. They may end later.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// How many rows there are in all.
    #[must_use]
    pub fn rows_total(&self) -> u64 {
        self.plan.iter().map(|chunk| chunk.rows).sum()
    }

    /// The rows that start in `range`, by start and id; those up to and including `after` are left out.
    pub fn rows(&self, range: TimeRange, after: Option<(InstantMs, u128)>) -> impl Iterator<Item = &Row> {
        let from = after.map_or(range.from, |(start, _)| start.max(range.from));
        let first = self.plan.partition_point(|chunk| chunk.range.to <= from);
        (first..self.plan.len())
            .take_while(move |chunk| self.plan[*chunk].range.from < range.to)
            .flat_map(move |chunk| {
                let rows = self.chunk(chunk);
                &rows[rows.partition_point(|row| row.start < from)..]
            })
            .skip_while(move |row| after.is_some_and(|after| row.position() <= after))
            .take_while(move |row| row.start < range.to)
    }

    /// How many rows start in `range`.
    #[must_use]
    pub fn count(&self, range: TimeRange) -> usize {
        let in_chunk = |(number, chunk): (usize, &Chunk)| {
            if !chunk.range.intersects(&range) {
                return 0;
            }
            let rows = self.chunk(number);
            rows.partition_point(|row| row.start < range.to) - rows.partition_point(|row| row.start < range.from)
        };
        self.plan.iter().enumerate().map(in_chunk).sum()
    }

    /// The KPI rows that a correct connector ends with.
    ///
    /// Without `from` they begin at the first local midnight at or after the history's start: an earlier interval is
    /// not wholly in the history.
    #[must_use]
    pub fn truth(&self, settings: &TruthSettings) -> Truth {
        let facts = interaction_details::FACTS;
        self.truth_told(&restriction::settings(settings, facts), |row| restriction::row(final_row(row), facts))
    }

    /// The same for a connector that knows of each row what `known` says, under settings for what it can know.
    #[must_use]
    pub fn truth_told(&self, settings: &TruthSettings, known: impl Fn(&Row) -> FinalRow<'_>) -> Truth {
        let from = settings.from.unwrap_or_else(|| truth::first_midnight(settings.zone, self.range.from));
        let settings = TruthSettings { from: Some(from), ..settings.clone() };
        truth::of(&settings, self.rows(self.range, None).map(known))
    }

    fn chunk(&self, number: usize) -> &[Row] {
        self.drawn[number].get_or_init(|| draw::rows(self.seed, &self.plan[number], self.late_wrap_max_ms))
    }
}

/// The row as the truth reads it.
pub(super) fn final_row(row: &Row) -> FinalRow<'_> {
    let queue = row.queue.map(|queue| &QUEUES[usize::from(queue)]);
    FinalRow {
        id: id_text(row.id),
        media: row.kind.word(),
        status: match row.outcome {
            Outcome::Completed => FinalStatus::Completed,
            Outcome::Abandoned => FinalStatus::Abandoned,
        },
        queue_id: queue.map(|queue| queue.id),
        queue_name: queue.map(|queue| queue.name),
        service_level_target_ms: queue.and_then(|queue| queue.service_level_target_ms(row.kind)),
        user_id: row.agent.map(agent_id),
        start: row.start,
        end: Some(row.end),
        wait_ms: row.wait_ms.map(i64::from),
        talk_ms: row.talk_ms.map(i64::from),
        hold_ms: row.hold_ms.map(i64::from),
        wrap_ms: row.wrap_ms.map(i64::from),
        agent_ms: row.agent_ms.map(i64::from),
        handle_ms: None,
        wrapup_code: row.wrapup.map(|code| WRAPUP_CODES[usize::from(code)].0),
        transfers: row.transfers.map(i64::from),
        agent_wrap_at: row.agent_wrap_at(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{HOUR_MS, parse_instant};

    fn world() -> World {
        World::exactly(7, parse_instant("2026-01-05T00:00:00Z").unwrap(), 2, 3_000).unwrap()
    }

    #[test]
    fn parts_of_the_range_hold_together_what_the_whole_holds() {
        let world = world();
        let whole: Vec<&Row> = world.rows(world.range(), None).collect();
        assert_eq!((whole.len(), world.count(world.range())), (3_000, 3_000));
        let mut parts = Vec::new();
        for from in (world.range().from..world.range().to).step_by(5 * HOUR_MS as usize) {
            let part = TimeRange { from, to: (from + 5 * HOUR_MS).min(world.range().to) };
            assert_eq!(world.count(part), world.rows(part, None).count());
            parts.extend(world.rows(part, None));
        }
        assert_eq!(parts, whole);
    }

    #[test]
    fn a_position_goes_on_right_behind_its_row() {
        let world = world();
        let whole: Vec<&Row> = world.rows(world.range(), None).collect();
        let rest: Vec<&Row> = world.rows(world.range(), Some(whole[1_234].position())).collect();
        assert_eq!(rest, whole[1_235..]);
    }

    #[test]
    fn a_history_of_nothing_or_of_too_much_is_refused() {
        assert!(matches!(World::at_rate(1, TimeRange { from: 5, to: 5 }, 10), Err(WorldError::Empty)));
        assert!(matches!(World::exactly(1, 0, 1, ROWS_MAX + 1), Err(WorldError::TooLarge { .. })));
        let year = TimeRange { from: 0, to: 365 * DAY_MS };
        assert!(matches!(World::at_rate(1, year, ROWS_MAX), Err(WorldError::TooLarge { .. })));
    }
}
