//! What one leg looks like: spoken, digital or abandoned. Edge: drawn from the chunk's generator.

use super::super::centre::CUSTOMER_QUEUES;
use super::super::row::{Kind, Outcome, Row};
use super::chunk::Draw;
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs};

const S: i64 = 1_000;
const MIN: i64 = 60 * S;

const TALK_MS: [i64; 11] =
    [4 * S, 45 * S, 80 * S, 2 * MIN, 160 * S, 200 * S, 4 * MIN, 5 * MIN, 7 * MIN, 12 * MIN, 45 * MIN];
const CHAT_MS: [i64; 11] =
    [20 * S, 2 * MIN, 4 * MIN, 6 * MIN, 8 * MIN, 11 * MIN, 15 * MIN, 20 * MIN, 28 * MIN, 40 * MIN, 70 * MIN];
const EMAIL_MS: [i64; 6] = [20 * S, 3 * MIN, 5 * MIN, 8 * MIN, 14 * MIN, 40 * MIN];
const MESSAGE_MS: [i64; 6] = [30 * S, 5 * MIN, 15 * MIN, 30 * MIN, HOUR_MS, 6 * HOUR_MS];

impl Draw {
    /// A leg of a medium that begins at `start`.
    pub(super) fn leg(&mut self, start: InstantMs, kind: Kind) -> Row {
        let mut row = self.blank(start, kind);
        row.queue = Some(self.queue());
        if self.chance(65) && kind != Kind::Callback {
            self.abandon(&mut row);
            return row;
        }
        let wait_ms = self.round_wait();
        row.wait_ms = (!self.chance(60)).then_some(wait_ms as i32);
        let wait_ms = DurationMs::from(row.wait_ms.unwrap_or(0));
        match kind {
            Kind::Voice | Kind::Callback => self.speak(&mut row, wait_ms),
            _ => self.write(&mut row, wait_ms),
        }
        row.agent = (!self.chance(15)).then(|| self.agent());
        row.wrapup = self.wrapup();
        row.transfers = match self.below(1_000) {
            0..8 => Some(2),
            8..14 => Some(3),
            14..20 => Some(1),
            20..500 => Some(0),
            _ => None,
        };
        let customers = row.queue.is_some_and(|queue| usize::from(queue) < CUSTOMER_QUEUES);
        if customers && self.chance(10) {
            row.queue = None;
        }
        row
    }

    fn abandon(&mut self, row: &mut Row) {
        row.outcome = Outcome::Abandoned;
        let wait_ms = match self.below(10) {
            0..3 => self.between(200, 9_999),
            // The length from which an abandon is no longer short.
            3 => self.between(9_999, 10_001),
            _ => self.between(10_000, 6 * MIN),
        };
        row.end = row.start + wait_ms;
        row.wait_ms = (!self.chance(150)).then_some(wait_ms as i32);
    }

    fn speak(&mut self, row: &mut Row, wait_ms: DurationMs) {
        match self.below(1_000) {
            0..8 => {}
            8..14 => (row.talk_ms, row.hold_ms, row.wrap_ms) = (Some(0), Some(0), Some(0)),
            14..38 => {
                row.talk_ms = match self.below(10) {
                    0 => Some(2_999),
                    1 => Some(3_000),
                    2 => Some(3_001),
                    3 => None,
                    4 => Some(0),
                    _ => Some(self.between(1_000, 4_000) as i32),
                };
                row.wrap_ms = (!self.chance(300)).then(|| self.between(0, 20 * S) as i32);
            }
            _ => {
                row.talk_ms = Some(self.along(&TALK_MS) as i32);
                row.hold_ms = match self.below(10) {
                    0..4 => None,
                    4..6 => Some(0),
                    _ => Some(self.along(&[5 * S, 15 * S, 30 * S, MIN, 4 * MIN]) as i32),
                };
                row.wrap_ms = match self.below(100) {
                    0..10 => None,
                    10..14 => Some(0),
                    _ => Some(self.along(&[3 * S, 15 * S, 30 * S, MIN, 5 * MIN]) as i32),
                };
            }
        }
        // The column means nothing for spoken media, and a reader must not take it.
        row.agent_ms = self.chance(50).then_some(999_999);
        let parts_ms = [row.talk_ms, row.hold_ms, row.wrap_ms].map(|part| DurationMs::from(part.unwrap_or(0)));
        row.end = row.start + wait_ms + parts_ms.iter().sum::<DurationMs>();
        match self.below(1_000) {
            // The row goes on for a while that no column accounts for.
            0..30 => row.end += self.between(1, 20 * S),
            // The columns add up to more than the row.
            30..38 => row.end = row.start + (row.end - row.start) / 2,
            38..370 => self.be_late(row),
            _ => {}
        }
    }

    /// The wrap-up becomes known only some time after the talk.
    fn be_late(&mut self, row: &mut Row) {
        let wrap_ms = DurationMs::from(row.wrap_ms.unwrap_or(0));
        if wrap_ms == 0 {
            return;
        }
        let soonest_ms = (2 * MIN).max(wrap_ms);
        let late_ms = self.between(soonest_ms, self.late_wrap_max_ms.max(soonest_ms));
        row.late_wrap_after_ms = i32::try_from(late_ms).ok();
    }

    fn write(&mut self, row: &mut Row, wait_ms: DurationMs) {
        let agent_ms = match row.kind {
            Kind::Email => self.along(&EMAIL_MS),
            Kind::Message => self.along(&MESSAGE_MS),
            _ => self.along(&CHAT_MS),
        };
        row.agent_ms = match self.below(1_000) {
            0..6 => None,
            6..12 => Some(0),
            _ => Some(agent_ms as i32),
        };
        row.end = row.start + wait_ms + DurationMs::from(row.agent_ms.unwrap_or(0));
        if row.kind == Kind::Email {
            // The columns of spoken media mean nothing here, and a reader must not add them.
            row.talk_ms = self.chance(300).then_some(300_000);
            row.end += self.between(0, 10 * MIN);
        }
        if self.chance(600) {
            let span_ms = row.end - row.start;
            row.agent_wrap_after_ms = Some((span_ms - self.between(0, (2 * MIN).min(span_ms))) as i32);
        }
    }
}
