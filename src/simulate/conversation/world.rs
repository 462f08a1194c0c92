//! The simulated history of conversations, drawn day by day when first asked for. Edge: draws; no clock.

use std::sync::OnceLock;

use super::super::plan::{self, Chunk};
use super::super::restriction;
use super::super::truth::conversation::TrueConversation;
use super::super::truth::input::FinalRow;
use super::super::truth::settings::TruthSettings;
use super::super::truth::{self, Truth};
use super::super::world::{LATE_WRAP_MAX_MS, WorldError};
use super::chunk;
use super::model::Conversation;
use super::parts::{self, AgentPart};
use super::restate;
use super::retell;
use super::shape::Shape;
use crate::domain::time::{DAY_MS, DurationMs, InstantMs, TimeRange};
use crate::genesys::dialect::facts::Facts;

/// Conversations that one history may have: at most some 700 bytes each, once drawn.
pub const CONVERSATIONS_MAX: u64 = 5_000_000;

/// Two weeks: an agent's part begins at most so long after its conversation.
const PART_LATE_MS_MAX: DurationMs = 14 * DAY_MS;

/// A history: the same seed, range and number give the same conversations, in whatever order they are asked for.
#[derive(Debug)]
pub struct ConversationWorld {
    seed: u64,
    range: TimeRange,
    late_wrap_max_ms: DurationMs,
    restated: bool,
    plan: Vec<Chunk>,
    drawn: Vec<OnceLock<Vec<Conversation>>>,
    // For each chunk where its agents' parts begin, and in which conversation.
    parts: Vec<OnceLock<Vec<(InstantMs, usize)>>>,
}

impl ConversationWorld {
    /// A history of `per_day` conversations on an average day; they begin in `range`.
    ///
    /// # Errors
    /// When the range is empty, or the conversations are too many.
    pub fn at_rate(seed: u64, range: TimeRange, per_day: u64) -> Result<ConversationWorld, WorldError> {
        if range.to <= range.from {
            return Err(WorldError::Empty);
        }
        let days = (range.to - range.from).cast_unsigned() / DAY_MS.cast_unsigned() + 1;
        let count = per_day.saturating_mul(days);
        // A week-long peak is less than 2.5 averages, so the plan itself decides below.
        if CONVERSATIONS_MAX.saturating_mul(3) < count {
            return Err(WorldError::TooLarge { rows: count, most: CONVERSATIONS_MAX });
        }
        ConversationWorld::planned(seed, range, plan::at_rate(range, per_day))
    }

    /// A history of exactly `count` conversations that begin within `days` times 24 hours from `from` on.
    ///
    /// # Errors
    /// When there are no days, or the conversations are too many.
    pub fn exactly(seed: u64, from: InstantMs, days: u32, count: u64) -> Result<ConversationWorld, WorldError> {
        let range = TimeRange { from, to: from + i64::from(days) * DAY_MS };
        if range.to <= range.from {
            return Err(WorldError::Empty);
        }
        if CONVERSATIONS_MAX < count {
            return Err(WorldError::TooLarge { rows: count, most: CONVERSATIONS_MAX });
        }
        ConversationWorld::planned(seed, range, plan::exactly(range, count))
    }

    fn planned(seed: u64, range: TimeRange, plan: Vec<Chunk>) -> Result<ConversationWorld, WorldError> {
        let count = plan.iter().map(|chunk| chunk.rows).sum();
        if CONVERSATIONS_MAX < count {
            return Err(WorldError::TooLarge { rows: count, most: CONVERSATIONS_MAX });
        }
        let drawn = plan.iter().map(|_| OnceLock::new()).collect();
        let parts = plan.iter().map(|_| OnceLock::new()).collect();
        let late_wrap_max_ms = LATE_WRAP_MAX_MS;
        Ok(ConversationWorld { seed, range, late_wrap_max_ms, restated: false, plan, drawn, parts })
    }

    /// The same history with another limit to the lateness of wrap-ups. Only `--live` shows the difference.
    #[must_use]
    pub fn with_late_wrap_max_ms(self, late_wrap_max_ms: DurationMs) -> ConversationWorld {
        let drawn = self.plan.iter().map(|_| OnceLock::new()).collect();
        let parts = self.plan.iter().map(|_| OnceLock::new()).collect();
        ConversationWorld { late_wrap_max_ms, drawn, parts, ..self }
    }

    /// The same history, in which some e-mails are opened again and some records corrected after they were closed. When
    /// that happens only `--live` shows.
    #[must_use]
    pub fn with_restatements(self) -> ConversationWorld {
        let drawn = self.plan.iter().map(|_| OnceLock::new()).collect();
        let parts = self.plan.iter().map(|_| OnceLock::new()).collect();
        ConversationWorld { restated: true, drawn, parts, ..self }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Where conversations begin: `[from, to)`. They may end later.
    #[must_use]
    pub fn range(&self) -> TimeRange {
        self.range
    }

    /// How many conversations there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.plan.iter().map(|chunk| chunk.rows).sum()
    }

    /// The conversations that start in `range`, by start and id; those up to and including `after` are left out.
    pub fn told(&self, range: TimeRange, after: Option<(InstantMs, u128)>) -> impl Iterator<Item = &Conversation> {
        let from = after.map_or(range.from, |(start, _)| start.max(range.from));
        let first = self.plan.partition_point(|chunk| chunk.range.to <= from);
        (first..self.plan.len())
            .take_while(move |chunk| self.plan[*chunk].range.from < range.to)
            .flat_map(move |chunk| {
                let told = self.chunk(chunk);
                &told[told.partition_point(|one| one.start < from)..]
            })
            .skip_while(move |one| after.is_some_and(|after| one.position() <= after))
            .take_while(move |one| one.start < range.to)
    }

    /// How many conversations start in `range`.
    #[must_use]
    pub fn count(&self, range: TimeRange) -> usize {
        let in_chunk = |(number, chunk): (usize, &Chunk)| {
            if !chunk.range.intersects(&range) {
                return 0;
            }
            let told = self.chunk(number);
            told.partition_point(|one| one.start < range.to) - told.partition_point(|one| one.start < range.from)
        };
        self.plan.iter().enumerate().map(in_chunk).sum()
    }

    /// The conversation of an id.
    #[must_use]
    pub fn by_id(&self, id: u128) -> Option<&Conversation> {
        let on_day = |chunk: &(usize, &Chunk)| chunk.1.day as u16 == chunk::day_of(id);
        let chunks = self.plan.iter().enumerate().filter(on_day);
        chunks.flat_map(|(number, _)| self.chunk(number)).find(|one| one.id == id)
    }

    /// The agents' parts that start in `range`, by their position.
    #[must_use]
    pub fn parts(&self, range: TimeRange) -> Vec<AgentPart<'_>> {
        let begins_in = |chunk: &&(usize, &Chunk)| {
            chunk.1.range.from < range.to && range.from < chunk.1.range.to.saturating_add(PART_LATE_MS_MAX)
        };
        let mut found = Vec::new();
        for (number, _) in self.plan.iter().enumerate().collect::<Vec<_>>().iter().filter(begins_in) {
            let (told, starts) = (self.chunk(*number), self.part_starts(*number));
            let first = starts.partition_point(|(start, _)| *start < range.from);
            for (start, place) in starts[first..].iter().take_while(|(start, _)| *start < range.to) {
                found.extend(parts::of(&told[*place]).filter(|part| part.start() == *start));
            }
        }
        found.sort_by_key(|part| part.position());
        found.dedup_by_key(|part| (part.told.id, part.agent));
        found
    }

    fn part_starts(&self, chunk: usize) -> &[(InstantMs, usize)] {
        self.parts[chunk].get_or_init(|| {
            let told = self.chunk(chunk).iter().enumerate();
            let mut starts: Vec<(InstantMs, usize)> =
                told.flat_map(|(place, one)| parts::of(one).map(move |part| (part.start(), place))).collect();
            starts.sort_unstable();
            starts
        })
    }

    /// What a correct reader of the dialect knows, in the end, of the conversations that start in `range`.
    pub fn conversations(&self, range: TimeRange, shape: Shape) -> impl Iterator<Item = TrueConversation> {
        let facts = shape.facts();
        self.told(range, None).map(move |one| restriction::conversation(retell::true_conversation(one, shape), facts))
    }

    /// The same of a dialect that tells the agents' parts one by one, where they start in `range`.
    pub fn rows(&self, range: TimeRange, facts: Facts) -> impl Iterator<Item = FinalRow<'static>> {
        self.parts(range).into_iter().map(move |part| restriction::row(part.final_row(), facts))
    }

    /// The rows that a correct connector ends with that reads the dialect.
    ///
    /// Without `from` they begin at the first local midnight at or after the history's start: an earlier interval is
    /// not wholly in the history.
    #[must_use]
    pub fn truth(&self, settings: &TruthSettings, shape: Shape) -> Truth {
        let from = settings.from.unwrap_or_else(|| truth::first_midnight(settings.zone, self.range.from));
        let settings = TruthSettings { from: Some(from), ..restriction::settings(settings, shape.facts()) };
        match shape {
            Shape::Events | Shape::Details => truth::of_conversations(&settings, self.conversations(self.range, shape)),
            Shape::Metrics => truth::of(&settings, self.rows(self.range, shape.facts())),
        }
    }

    fn chunk(&self, number: usize) -> &[Conversation] {
        self.drawn[number].get_or_init(|| {
            let told = chunk::conversations(self.seed, &self.plan[number], self.late_wrap_max_ms);
            if self.restated { restate::conversations(self.seed, &self.plan[number], told) } else { told }
        })
    }
}
