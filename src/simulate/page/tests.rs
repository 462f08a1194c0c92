//! Pages: order, size, repetitions, forms. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::domain::time::InstantMs;
use crate::domain::time::{DAY_MS, HOUR_MS, parse_instant};
use crate::simulate::query::{COLUMNS, DetailsQuery, Dimension, Filter, read};
use crate::simulate::world::World;

const FROM: &str = "2026-01-05T00:00:00Z";

fn world() -> World {
    World::exactly(7, parse_instant(FROM).unwrap(), 1, 4_000).unwrap()
}

fn query(size: usize) -> DetailsQuery {
    let select: Vec<&str> = COLUMNS.iter().map(|(_, name)| *name).collect();
    let range = json!({"from": FROM, "to": "2026-01-06T00:00:00Z", "timezone": "UTC"});
    read(&json!({"view": "interactionDetails", "dateRange": range, "select": select, "size": size}), true).unwrap()
}

fn rows(page: &Page) -> Vec<Value> {
    serde_json::from_str(&format!("[{}]", page.data)).unwrap()
}

fn all_pages(world: &World, query: &DetailsQuery, now: Option<InstantMs>) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let page = build(world, &[], query, cursor, now);
        pages.push(rows(&page));
        assert!(pages.len() < 10_000, "the pages do not end");
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_hold_every_row_once_but_for_a_few_repetitions_at_page_ends() {
    let world = world();
    let pages = all_pages(&world, &query(50), None);
    let unique: BTreeSet<String> = pages.iter().flat_map(|page| ids(page)).collect();
    assert_eq!(unique.len(), 4_000);
    let repeated: Vec<usize> =
        (1..pages.len()).filter(|page| pages[*page][0] == *pages[page - 1].last().unwrap()).collect();
    assert!((4..25).contains(&repeated.len()), "{repeated:?} of {}", pages.len());
    assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 4_000 + repeated.len());
    assert!(pages.iter().all(|page| page.len() <= 50));
}

#[test]
fn rows_are_sorted_by_start_then_id_and_one_row_a_page_still_ends() {
    let world = world();
    let rows: Vec<Value> = all_pages(&world, &query(1_000), None).concat();
    let keys: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["startTimestamp"].as_str().unwrap(), row["id"].as_str().unwrap())).collect();
    assert!(keys.is_sorted());
    let mut narrow = query(1);
    narrow.range.to = narrow.range.from + 2 * HOUR_MS;
    let pages = all_pages(&world, &narrow, None);
    assert_eq!(pages.len(), world.count(narrow.range));
}

#[test]
fn filters_let_only_their_values_through_and_count_in_the_total() {
    let world = world();
    let mut query = query(1_000);
    query.filters.push(Filter { dimension: Dimension::Type, values: vec!["chat".into(), "email".into()] });
    query.filters.push(Filter { dimension: Dimension::Status, values: vec!["completed".into()] });
    let page = build(&world, &[], &query, None, None);
    let rows = rows(&page);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["type"] != "voice" && row["status"] == "completed"));
    assert_eq!(page.total, rows.len());
}

#[test]
fn at_noon_the_morning_is_final_the_last_rows_are_open_and_the_afternoon_is_not_there() {
    let world = world();
    let noon = parse_instant("2026-01-05T12:00:00Z").unwrap();
    let rows: Vec<Value> = all_pages(&world, &query(1_000), Some(noon)).concat();
    assert!(rows.iter().all(|row| parse_instant(row["startTimestamp"].as_str().unwrap()).unwrap() <= noon));
    let open: Vec<&Value> = rows.iter().filter(|row| row["status"] == "inProgress").collect();
    assert!(!open.is_empty());
    for row in &open {
        for column in ["endTimestamp", "talkDuration", "agentDuration", "waitDuration", "wrapUpCode", "transfers"] {
            assert_eq!(row[column], Value::Null, "{row}");
        }
    }
    let ended = |row: &&Value| row["endTimestamp"].as_str().and_then(parse_instant).is_some_and(|end| end <= noon);
    assert_eq!(rows.iter().filter(ended).count(), rows.len() - open.len());
    let later: Vec<Value> = all_pages(&world, &query(1_000), Some(noon + DAY_MS)).concat();
    let whole: Vec<Value> = all_pages(&world, &query(1_000), None).concat();
    assert_eq!(later.len(), whole.len());
}

#[test]
fn a_tenth_or_more_of_a_half_hour_is_open_when_it_is_first_read() {
    let world = world();
    let mut query = query(1_000);
    query.range.from = parse_instant("2026-01-05T10:00:00Z").unwrap();
    query.range.to = query.range.from + HOUR_MS / 2;
    let rows = rows(&build(&world, &[], &query, None, Some(query.range.to + 30_000)));
    let open = rows.iter().filter(|row| row["status"] == "inProgress").count();
    assert!(rows.len() < open * 10, "{open} of {}", rows.len());
}

#[test]
fn an_odd_row_is_told_once_at_its_place() {
    let world = world();
    let odd =
        [OddRow { at: parse_instant("2026-01-05T09:00:00Z").unwrap(), json: json!({"id": "odd", "talkDuration": -5}) }];
    let query = query(100);
    let (mut found, mut asked) = (0, 0);
    let mut cursor = None;
    loop {
        let page = build(&world, &odd, &query, cursor, None);
        found += rows(&page).iter().filter(|row| row["id"] == "odd").count();
        asked += 1;
        assert!(asked < 1_000, "the pages do not end");
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, 1);
}
