//! Draws the rows of one chunk from a seeded generator. Edge: the only place with a generator; no clock, no order of
//! calls: the same seed and chunk give the same rows.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::super::centre::{self, QUEUES, WRAPUP_CODES};
use super::super::chance::mix;
use super::super::plan::{Chunk, half_hours};
use super::super::row::{Kind, Outcome, Row};
use crate::domain::time::{DurationMs, InstantMs, TimeRange};

/// The chance of one chunk.
pub(in crate::simulate) struct Draw {
    generator: ChaCha8Rng,
    pub(in crate::simulate) late_wrap_max_ms: DurationMs,
    /// Rows of the whole chunk.
    rows: u64,
}

/// Draws the chunk's rows, sorted by start and id. `late_wrap_max_ms` is the longest delay of a late wrap-up.
#[must_use]
pub fn rows(seed: u64, chunk: &Chunk, late_wrap_max_ms: DurationMs) -> Vec<Row> {
    let mut draw = Draw::new(seed, chunk.day.cast_unsigned(), chunk.rows, late_wrap_max_ms);
    let arrivals = half_hours(chunk.range);
    let wanted = usize::try_from(chunk.rows).unwrap_or(usize::MAX);
    let mut rows = Vec::with_capacity(wanted);
    while rows.len() < wanted {
        let start = draw.arrival(&arrivals);
        draw.contact(start, chunk.range, wanted - rows.len(), &mut rows);
    }
    rows.sort_unstable_by_key(Row::position);
    rows
}

impl Draw {
    /// The chance of one stream; `rows` begin in it.
    pub(in crate::simulate) fn new(seed: u64, stream: u64, rows: u64, late_wrap_max_ms: DurationMs) -> Draw {
        let mut key = [0; 32];
        for (number, part) in key.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&mix(&[seed, number as u64]).to_le_bytes());
        }
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Draw { generator, late_wrap_max_ms, rows }
    }

    /// One contact: one row, or a leg, its transfer and the leg that takes over, if all three begin in the chunk.
    fn contact(&mut self, start: InstantMs, chunk: TimeRange, room: usize, rows: &mut Vec<Row>) {
        let kind = match self.pick(&[668, 30, 200, 50, 40, 9, 3]) {
            0 => Kind::Voice,
            1 => Kind::Callback,
            2 => Kind::Chat,
            3 => Kind::Email,
            4 => Kind::Message,
            5 => Kind::Social,
            _ => Kind::Cobrowse,
        };
        let first = self.leg(start, kind);
        let wrap_ms = DurationMs::from(first.wrap_ms.unwrap_or(0));
        let talk_end = first.end - wrap_ms;
        let transferable = kind == Kind::Voice && first.outcome == Outcome::Completed && talk_end > first.start;
        if room < 3 || !transferable || !self.chance(70) || talk_end + 20_000 >= chunk.to {
            rows.push(first);
            return;
        }
        let mut report = self.blank(talk_end, Kind::Transfer);
        report.conversation = first.conversation;
        report.agent = first.agent;
        report.queue = first.queue;
        report.talk_ms = Some(self.between(1_000, 15_000) as i32);
        report.end = report.start + DurationMs::from(report.talk_ms.unwrap_or(0));
        let mut second = self.leg(report.end, Kind::Voice);
        second.conversation = first.conversation;
        rows.push(Row { transfers: Some(1), ..first });
        rows.push(report);
        rows.push(second);
    }

    /// An instant by the arrival curve; a few fall exactly on a half hour, or one millisecond before the next.
    pub(in crate::simulate) fn arrival(&mut self, arrivals: &[(TimeRange, u64)]) -> InstantMs {
        let weights: u64 = arrivals.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(weights.max(1));
        let (range, _) = arrivals
            .iter()
            .find(|(_, weight)| {
                let found = left < *weight;
                left = left.saturating_sub(*weight);
                found
            })
            .copied()
            .unwrap_or(arrivals[0]);
        // On large days a smaller share: rows that begin at one instant must fit a page, or no reader could get past it.
        match self.below((self.rows / 100).max(1_000)) {
            0..15 => range.from,
            15..20 => range.to - 1,
            _ => range.from + self.below((range.to - range.from) as u64) as i64,
        }
    }

    pub(super) fn blank(&mut self, start: InstantMs, kind: Kind) -> Row {
        let id = self.id();
        Row {
            id,
            conversation: self.id(),
            start,
            end: start,
            wait_ms: None,
            talk_ms: None,
            hold_ms: None,
            wrap_ms: None,
            agent_ms: None,
            agent_wrap_after_ms: None,
            late_wrap_after_ms: None,
            transfers: None,
            kind,
            outcome: Outcome::Completed,
            queue: None,
            agent: None,
            wrapup: None,
        }
    }

    pub(in crate::simulate) fn id(&mut self) -> u128 {
        let bits = u128::from(self.generator.next_u64()) << 64 | u128::from(self.generator.next_u64());
        // Version 4, variant 1, as in any identifier drawn by chance.
        bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62
    }

    /// A number in `[0, n)`.
    pub(in crate::simulate) fn below(&mut self, n: u64) -> u64 {
        // The multiplication keeps the bytes independent of how any library maps numbers to ranges.
        ((u128::from(self.generator.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// A number in `[low, high]`.
    pub(in crate::simulate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0).cast_unsigned() + 1).cast_signed()
    }

    /// True in `permille` of a thousand cases.
    pub(in crate::simulate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// An index by weight.
    pub(in crate::simulate) fn pick(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().map(|weight| u64::from(*weight)).sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < u64::from(*weight) {
                return index;
            }
            left -= u64::from(*weight);
        }
        weights.len() - 1
    }

    /// A value between evenly spaced quantiles.
    pub(in crate::simulate) fn along(&mut self, quantiles: &[i64]) -> i64 {
        let steps = quantiles.len() as u64 - 1;
        let at = self.below(steps * 1_000_000);
        let (step, part) = ((at / 1_000_000) as usize, (at % 1_000_000) as i64);
        quantiles[step] + (quantiles[step + 1] - quantiles[step]) * part / 1_000_000
    }

    pub(in crate::simulate) fn queue(&mut self) -> u8 {
        self.pick(&QUEUES.map(|queue| queue.weight)) as u8
    }

    pub(in crate::simulate) fn agent(&mut self) -> u8 {
        self.below(u64::from(centre::AGENTS)) as u8
    }

    pub(in crate::simulate) fn wrapup(&mut self) -> Option<u8> {
        (!self.chance(230)).then(|| self.pick(&WRAPUP_CODES.map(|(_, weight)| weight)) as u8)
    }

    pub(in crate::simulate) fn round_wait(&mut self) -> i64 {
        match self.below(1_000) {
            // The waits at which a limit is or is not passed.
            0..8 => 20_000,
            8..16 => 20_001,
            16..24 => 120_000,
            24..32 => 120_001,
            32..200 => 0,
            _ => self.along(&[0, 2_000, 5_000, 9_000, 14_000, 20_000, 30_000, 50_000, 90_000, 160_000, 420_000]),
        }
    }
}
