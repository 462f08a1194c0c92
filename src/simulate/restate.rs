//! What the platform tells of a row before it opens it again or corrects it. Pure; chosen by the row's id and the seed.

use std::borrow::Cow;

use super::chance::{happens, mix};
use super::form::{Form, form_at};
use super::row::{Kind, Outcome, Row};
use crate::domain::time::{DurationMs, HOUR_MS, InstantMs};

/// Of closed e-mails so many get another answer.
const REOPENED_SHARE: f64 = 0.4;

/// Of rows with after-call work or agent time so many are corrected by the nightly run.
const CORRECTED_SHARE: f64 = 0.06;

/// A longer row is not told otherwise later: it might be so for the first time when nobody looks.
const LENGTH_MS_MAX: DurationMs = 6 * HOUR_MS;

/// The row as the platform believes it to be at `now`, and how far it has come; `None` before it starts.
#[must_use]
pub fn told(seed: u64, row: &Row, now: Option<InstantMs>) -> Option<(Cow<'_, Row>, Form)> {
    let form = form_at(row, now)?;
    let told = |row, form| Some((row, form));
    let Some(now) = now.filter(|_| row.end - row.start <= LENGTH_MS_MAX && row.outcome == Outcome::Completed) else {
        return told(Cow::Borrowed(row), form);
    };
    let chosen = |salt: u64, share: f64| happens(mix(&[seed, salt, row.id as u64, (row.id >> 64) as u64]), share);
    if row.kind == Kind::Email && chosen(1, REOPENED_SHARE) {
        // Closed at half time, opened again at three quarters.
        let (closed_at, opened_at) = (row.start + (row.end - row.start) / 2, row.end - (row.end - row.start) / 4);
        if (closed_at..opened_at).contains(&now) {
            let half = |ms: Option<i32>| ms.map(|ms| ms / 2);
            let before = Row { end: closed_at, agent_ms: half(row.agent_ms), wrapup: None, ..row.clone() };
            return told(Cow::Owned(before), Form::Final);
        }
    } else if form == Form::Final && chosen(2, CORRECTED_SHARE) {
        let late_ms = mix(&[seed, 3, row.id as u64]) % (12 * HOUR_MS).cast_unsigned();
        if now < row.end + 48 * HOUR_MS + late_ms.cast_signed() {
            let less = |ms: Option<i32>| ms.map(|ms| ms - ms / 3);
            let before = Row { wrap_ms: less(row.wrap_ms), agent_ms: less(row.agent_ms), ..row.clone() };
            return told(Cow::Owned(before), form);
        }
    }
    told(Cow::Borrowed(row), form)
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;
    use crate::domain::time::parse_instant;

    #[test]
    fn some_emails_are_opened_again_and_some_rows_corrected_and_all_end_as_they_are() {
        let world = World::exactly(7, parse_instant("2026-01-05T00:00:00Z").unwrap(), 1, 2_000).unwrap();
        let (mut opened, mut corrected) = (0, 0);
        for row in world.rows(world.range(), None) {
            let at = |now: InstantMs| told(7, row, Some(now)).unwrap();
            let finally = at(row.end + 100 * HOUR_MS);
            assert_eq!((finally.0.as_ref(), finally.1), (row, Form::Final));
            assert_eq!(told(7, row, None).unwrap().0.as_ref(), row);
            if at(row.start + (row.end - row.start) / 2).1 == Form::Final && row.kind == Kind::Email {
                assert_eq!(at(row.end - 1).1, Form::Open, "opened again");
                opened += 1;
            }
            corrected += usize::from(at(row.end + 10 * HOUR_MS).0.as_ref() != row);
        }
        assert!(5 < opened && 50 < corrected, "{opened} {corrected}");
    }
}
