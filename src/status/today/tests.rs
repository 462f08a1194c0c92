//! Which rows a day has, and what of them is remembered. Pure.

use super::super::fixture::{now, row, rows, shown};
use super::*;
use crate::domain::time::{DAY_MS, HOUR_MS, parse_instant};

const QUEUE: &str = "q-billing";

fn one(start: InstantMs) -> (QueueIntervalKey, QueueInterval) {
    row(QUEUE, Some("Billing"), MediaType::Voice, start)
}

fn noon() -> InstantMs {
    parse_instant("2026-03-11T11:00:00Z").unwrap()
}

fn taken(all: impl IntoIterator<Item = (QueueIntervalKey, QueueInterval)>, at: InstantMs) -> TodayRows {
    let mut rows = TodayRows::new(shown());
    all.into_iter().for_each(|(key, row)| rows.take_row(key, Some(row), at));
    rows
}

#[test]
fn the_day_is_the_local_one_and_only_it_is_kept() {
    // 23:30 UTC of the tenth is 00:30 of the eleventh in Berlin.
    let late_yesterday = parse_instant("2026-03-10T22:30:00Z").unwrap();
    let rows = taken([one(late_yesterday), one(late_yesterday + HOUR_MS), one(noon())], now());
    let day = rows.day(now());
    assert_eq!((day.day.as_str(), day.is_current), ("2026-03-11", true));
    assert_eq!((day.from, day.to - day.from), (late_yesterday + HOUR_MS / 2, DAY_MS));
    assert_eq!(day.queues[0].rows.iter().map(|row| row.start).collect::<Vec<_>>(), [late_yesterday + HOUR_MS, noon()]);
    assert_eq!(rows.days.len(), 1);
}

#[test]
fn without_rows_of_today_the_newest_day_is_shown_until_today_has_some() {
    let later = now() + 40 * DAY_MS;
    let mut rows = taken([one(noon()), one(noon() - 3 * DAY_MS)], later);
    let day = rows.day(later);
    assert_eq!((day.day.as_str(), day.is_current), ("2026-03-11", false));
    let (key, row) = one(noon() + 40 * DAY_MS);
    rows.take_row(key, Some(row), later);
    assert!(rows.day(later).is_current);
    assert_eq!(rows.days.len(), 1);
    // A day that has not come yet hides today's no more than it must.
    let (key, row) = one(noon() + 50 * DAY_MS);
    rows.take_row(key, Some(row), later);
    assert_eq!((rows.day(later).is_current, rows.days.len()), (true, 2));
}

#[test]
fn the_newest_row_of_a_key_wins_and_a_tombstone_removes() {
    let (key, mut row) = one(noon());
    let mut rows = taken([(key.clone(), row.clone())], now());
    row.handled = 7;
    row.handle_ms_sum = 70_000;
    rows.take_row(key.clone(), Some(row), now());
    let day = rows.day(now());
    assert_eq!((day.queues[0].handled, day.queues[0].aht_ms), (7, Some(10_000.0)));
    rows.take_row(key, None, now());
    assert_eq!((rows.day(now()).queues, rows.day(now()).day), (Vec::new(), String::new()));
}

#[test]
fn aht_of_a_day_is_a_sum_of_sums_over_a_sum_of_counts() {
    let (mut a, mut b) = (one(noon()), one(noon() + HOUR_MS));
    (a.1.handled, a.1.handle_ms_sum) = (80, 80 * 300_000);
    (b.1.handled, b.1.handle_ms_sum) = (20, 20 * 900_000);
    assert_eq!(taken([a, b], now()).day(now()).queues[0].aht_ms, Some(420_000.0));
}

#[test]
fn a_restated_row_tells_the_value_that_was_first_final() {
    let (key, mut row) = one(noon());
    let mut rows = TodayRows::new(shown());
    let mut say = |aht_ms: f64, result: RowResult, restatements: i32| {
        row.aht_ms = Some(aht_ms);
        row.result = result;
        row.restatements = restatements;
        rows.take_row(key.clone(), Some(row.clone()), now());
        rows.day(now()).queues[0].rows[0].first_aht_ms
    };
    assert_eq!(say(100.0, RowResult::Provisional, 0), None);
    assert_eq!(say(200.0, RowResult::Final, 0), None);
    assert_eq!(say(300.0, RowResult::Corrected, 1), Some(200.0));
    assert_eq!(say(400.0, RowResult::Corrected, 2), Some(200.0));
    // Where only the last one is left, nothing is made up.
    row.restatements = 3;
    row.result = RowResult::Corrected;
    let alone = taken([(key.clone(), row.clone())], now());
    assert_eq!(alone.day(now()).queues[0].rows[0].first_aht_ms, None);
}

#[test]
fn queues_come_by_what_they_handled_and_keep_their_names_in_addresses() {
    let day = rows(None).day(now());
    assert_eq!(day.queues.len(), 4);
    assert!(day.queues.is_sorted_by(|a, b| b.handled <= a.handled));
    let keys: std::collections::BTreeSet<&str> = day.queues.iter().map(|queue| queue.key.as_str()).collect();
    assert_eq!(keys.len(), 4);
    let unnamed = day.queues.iter().find(|queue| queue.media == "EMAIL").unwrap();
    assert_eq!(unnamed.name, "q-renewals-and-contract-changes");
    assert_eq!(day, rows(None).day(now()));
}

#[test]
fn the_platforms_figures_stand_beside_their_queue_and_day() {
    let day = rows(None).day(now());
    let billing = day.queues.iter().find(|queue| queue.id == QUEUE).unwrap();
    let theirs = billing.theirs.as_ref().unwrap();
    assert_eq!((theirs.handled, theirs.aht_ms, theirs.within), (1_422, Some(469_800.0), true));
    assert_eq!(billing.rows[0].theirs, None);
    assert!(day.queues.iter().filter(|queue| queue.id != QUEUE).all(|queue| queue.theirs.is_none()));
    let parts: i64 = day.reconciliation.iter().flat_map(|one| &one.parts_ms).map(|(_, ms)| ms).sum();
    assert_eq!((day.reconciliation.len(), parts), (2, 12_400_000));
}

#[test]
fn memory_is_bounded_and_what_is_left_out_is_counted() {
    let mut rows = TodayRows { rows_max: 3, ..TodayRows::new(shown()) };
    for number in 0..5 {
        let (key, row) = one(noon() - number * HOUR_MS);
        rows.take_row(key, Some(row), now());
    }
    let (key, row) = one(noon());
    rows.take_row(key, Some(row), now());
    let day = rows.day(now());
    assert_eq!((day.queues[0].rows.len(), day.left_out), (3, 2));
}
