//! Draws the conversations of one day. Edge: seeded chance, no clock; the same seed and day give the same conversations.

use super::super::chance::mix;
use super::super::draw::Draw;
use super::super::plan::{Chunk, half_hours};
use super::super::row::Kind;
use super::model::Conversation;
use super::stage::Stage;
use crate::domain::time::{DurationMs, TimeRange};

/// Keeps the streams of conversations apart from those of flat rows.
const STREAM: u64 = 1 << 62;

/// Draws the chunk's conversations, sorted by start and id.
pub(super) fn conversations(seed: u64, chunk: &Chunk, late_wrap_max_ms: DurationMs) -> Vec<Conversation> {
    let mut draw = Draw::new(seed, chunk.day.cast_unsigned() ^ STREAM, chunk.rows, late_wrap_max_ms);
    let arrivals = half_hours(chunk.range);
    let mut told: Vec<Conversation> = (0..chunk.rows).map(|_| one(&mut draw, chunk.day, &arrivals)).collect();
    told.sort_unstable_by_key(Conversation::position);
    told
}

fn one(draw: &mut Draw, day: i64, arrivals: &[(TimeRange, u64)]) -> Conversation {
    let start = draw.arrival(arrivals);
    let kinds = [Kind::Voice, Kind::Callback, Kind::Chat, Kind::Email, Kind::Message];
    let kind = kinds[draw.pick(&[677, 30, 200, 50, 43])];
    let told = Conversation {
        id: with_day(draw.id(), day),
        start,
        menu_until: start,
        outbound: false,
        kind,
        visits: Vec::new(),
        sessions: Vec::new(),
        transfers: Vec::new(),
        earlier: None,
    };
    let mut stage = Stage { draw, told, at: start };
    stage.play();
    stage.told
}

/// Hides the day in the last 16 bits, so that a conversation is found by its id.
fn with_day(id: u128, day: i64) -> u128 {
    id & !0xffff | u128::from(veil(id) ^ day as u16)
}

/// The lowest 16 bits of the day that an id was drawn on.
pub(super) fn day_of(id: u128) -> u16 {
    veil(id) ^ id as u16
}

fn veil(id: u128) -> u16 {
    mix(&[(id >> 64) as u64, (id as u64) >> 16]) as u16
}
