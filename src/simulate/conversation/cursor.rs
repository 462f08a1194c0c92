//! Cursors of `interaction-events`: good for any number of uses within their life, for one selection alone. Pure.

use super::super::chance::mix;
use super::query::EventsQuery;
use crate::domain::time::{DAY_MS, InstantMs};

/// Twenty-four hours of the platform's time: a cursor's life.
pub const LIFE_MS: i64 = DAY_MS;

/// Why a cursor leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadCursor {
    /// It was given longer than its life ago.
    Expired,
    /// It was never given to this selection.
    Unknown,
}

/// A cursor that goes on behind `after`, given at `now`.
#[must_use]
pub fn write(seed: u64, query: &EventsQuery, (start, id): (InstantMs, u128), now: InstantMs) -> String {
    let seal = seal(seed, query, (start, id), now);
    format!("{:x}-{id:032x}-{:x}-{seal:016x}", start.cast_unsigned(), now.cast_unsigned())
}

/// The position that a cursor goes on behind.
///
/// # Errors
/// When it leads nowhere any more, or never did.
pub fn read(seed: u64, query: &EventsQuery, text: &str, now: InstantMs) -> Result<(InstantMs, u128), DeadCursor> {
    let parts: Vec<&str> = text.split('-').collect();
    let &[start, id, given, sealed] = parts.as_slice() else { return Err(DeadCursor::Unknown) };
    let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_| DeadCursor::Unknown);
    let start = number(start)?.cast_signed();
    let given = number(given)?.cast_signed();
    let id = u128::from_str_radix(id, 16).map_err(|_| DeadCursor::Unknown)?;
    if number(sealed)? != seal(seed, query, (start, id), given) {
        return Err(DeadCursor::Unknown);
    }
    if given + LIFE_MS <= now { Err(DeadCursor::Expired) } else { Ok((start, id)) }
}

fn seal(seed: u64, query: &EventsQuery, (start, id): (InstantMs, u128), given: InstantMs) -> u64 {
    let kind = query.kind.as_ref().map_or(0, |kind| kind.bytes().fold(1, |sum, byte| sum * 31 + u64::from(byte)));
    let numbers = [query.range.from, query.range.to, start, given].map(i64::cast_unsigned);
    mix(&[seed, numbers[0], numbers[1], numbers[2], numbers[3], id as u64, (id >> 64) as u64, kind])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::TimeRange;

    #[test]
    fn a_cursor_is_good_again_and_again_for_its_selection_until_its_life_ends() {
        let query = EventsQuery { range: TimeRange { from: 0, to: 10 }, size: 1, cursor: None, kind: None };
        let cursor = write(7, &query, (5, 99), 1_000);
        for now in [1_000, 999 + LIFE_MS] {
            assert_eq!(read(7, &query, &cursor, now), Ok((5, 99)));
        }
        assert_eq!(read(7, &query, &cursor, 1_000 + LIFE_MS), Err(DeadCursor::Expired));
        let other = EventsQuery { range: TimeRange { from: 1, to: 10 }, ..query.clone() };
        assert_eq!(read(7, &other, &cursor, 1_000), Err(DeadCursor::Unknown));
        let typed = EventsQuery { kind: Some("voice".to_owned()), ..query.clone() };
        assert_eq!(read(7, &typed, &cursor, 1_000), Err(DeadCursor::Unknown));
        assert_eq!(read(7, &query, "made-up", 1_000), Err(DeadCursor::Unknown));
    }
}
