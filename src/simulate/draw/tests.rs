//! What the drawn rows must hold. Pure.

use super::rows;
use crate::domain::time::{DAY_MS, TimeRange, parse_instant};
use crate::simulate::plan::exactly;
use crate::simulate::row::{Kind, Outcome, Row};

/// Whether a row has a shape.
type Shape = Box<dyn Fn(&Row) -> bool>;

fn day(seed: u64, count: u64) -> Vec<Row> {
    let from = parse_instant("2026-01-05T00:00:00Z").unwrap();
    rows(seed, &exactly(TimeRange { from, to: from + DAY_MS }, count)[0], 7_200_000)
}

fn share(rows: &[Row], of: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| of(row)).count() as f64 / rows.len() as f64
}

#[test]
fn the_same_seed_draws_the_same_rows_and_another_seed_others() {
    assert_eq!(day(7, 500), day(7, 500));
    assert_ne!(day(7, 500), day(8, 500));
}

#[test]
fn rows_are_counted_exactly_sorted_and_have_ids_of_their_own() {
    let rows = day(7, 5_001);
    assert_eq!(rows.len(), 5_001);
    assert!(rows.windows(2).all(|pair| pair[0].position() < pair[1].position()));
    let ids: std::collections::BTreeSet<u128> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows.len());
    let from = parse_instant("2026-01-05T00:00:00Z").unwrap();
    assert!(rows.iter().all(|row| from <= row.start && row.start < from + DAY_MS && row.start <= row.end));
}

fn spoken(row: &Row) -> bool {
    matches!(row.kind, Kind::Voice | Kind::Callback)
}

fn talk(row: &Row, talk_ms: i32) -> bool {
    spoken(row) && row.talk_ms == Some(talk_ms)
}

#[test]
fn every_shape_that_a_rule_is_about_occurs() {
    let rows = day(7, 20_000);
    let shapes: [(&str, Shape); 17] = [
        ("talk of 2999", Box::new(|row| talk(row, 2_999))),
        ("talk of 3000", Box::new(|row| talk(row, 3_000))),
        ("talk of 3001", Box::new(|row| talk(row, 3_001))),
        ("zero", Box::new(|row| talk(row, 0) && row.wrap_ms == Some(0))),
        ("null talk, hold and wrap", Box::new(|row| spoken(row) && row.agent.is_some() && row.talk_ms.is_none())),
        ("null hold", Box::new(|row| row.talk_ms > Some(3_000) && row.hold_ms.is_none())),
        ("null wrap", Box::new(|row| row.talk_ms > Some(3_000) && row.wrap_ms.is_none())),
        ("no agent", Box::new(|row| row.outcome == Outcome::Completed && row.agent.is_none())),
        ("no queue", Box::new(|row| row.queue.is_none())),
        ("test call", Box::new(|row| row.wrapup == Some(4))),
        ("no code", Box::new(|row| row.outcome == Outcome::Completed && row.wrapup.is_none())),
        ("unmapped medium", Box::new(|row| row.kind == Kind::Cobrowse)),
        ("transfer", Box::new(|row| row.kind == Kind::Transfer)),
        ("two transfers", Box::new(|row| row.transfers == Some(2))),
        ("internal queue", Box::new(|row| row.queue == Some(7))),
        ("start on a half hour", Box::new(|row| row.start % 1_800_000 == 0)),
        ("over midnight", Box::new(|row| row.end / DAY_MS > row.start / DAY_MS)),
    ];
    for (name, of) in shapes {
        assert!(rows.iter().any(of), "no row: {name}");
    }
    let transfer = rows.iter().find(|row| row.kind == Kind::Transfer).unwrap();
    assert_eq!(rows.iter().filter(|row| row.conversation == transfer.conversation).count(), 3);
}

#[test]
fn enough_rows_are_long_enough_or_late_enough_to_be_read_too_early() {
    let rows = day(7, 20_000);
    let late = share(&rows, |row| row.late_wrap_after_ms.is_some());
    assert!((0.12..0.20).contains(&late), "{late}");
    let open = share(&rows, |row| row.end - row.start > 900_000);
    assert!(0.10 < open, "{open}");
    let abandoned = share(&rows, |row| row.outcome == Outcome::Abandoned);
    assert!((0.04..0.09).contains(&abandoned), "{abandoned}");
    assert!(0.6 < share(&rows, |row| row.kind == Kind::Voice));
}

#[test]
fn rows_that_begin_at_one_instant_fit_a_page_even_on_a_day_of_a_million() {
    let rows = day(7, 1_000_000);
    let mut longest = 0;
    let mut same = 0;
    for pair in rows.windows(2) {
        same = if pair[0].start == pair[1].start { same + 1 } else { 0 };
        longest = longest.max(same + 1);
    }
    assert!((20..500).contains(&longest), "{longest}");
}
