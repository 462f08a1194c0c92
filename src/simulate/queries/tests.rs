//! Queries that are answered later: their stages, their marks, their rows. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::conversation::seen::Moment;
use super::super::world::World;
use super::desk::{Asked, AsyncDesk, Entry, Fate, LIFE_MS, Stage};
use super::mark::Mark;
use super::{job, report};
use crate::domain::time::parse_instant;

const FROM: &str = "2026-01-05T00:00:00Z";
const NOW: i64 = 1_767_571_200_000;

fn world() -> World {
    World::exactly(7, parse_instant(FROM).unwrap(), 1, 1_200).unwrap()
}

fn body(limit: usize, select: &[&str]) -> Value {
    json!({"interval": "PT0S", "start": FROM, "end": "2026-01-06T00:00:00Z", "select": select, "limit": limit})
}

fn report(limit: usize, select: &[&str]) -> report::ReportQuery {
    report::read(&body(limit, select), true).unwrap()
}

fn entry(asked: Asked, fate: Fate, number: u64) -> Entry {
    let moment = Moment(None);
    Entry { number, submitted_at: NOW, done_at: NOW + 400, fate, asked, moment, available_at: NOW }
}

#[test]
fn a_query_is_pending_then_running_then_done_and_forgotten_a_day_later() {
    let mut desk = AsyncDesk::new(7, 400);
    let asked = Asked::Report(report(10, &["interaction.id"]));
    let id = desk.submit(asked.clone(), Fate::Completed, Moment(None), NOW, NOW);
    let done_at = desk.entry(&id, NOW).unwrap().done_at;
    assert!((NOW + 1..=NOW + 400).contains(&done_at));
    let endless = desk.submit(asked, Fate::Endless, Moment(None), NOW, NOW);
    assert_ne!(id, endless);
    assert_eq!(desk.entry(&id, NOW).unwrap().stage(done_at), Stage::Done(Fate::Completed));
    assert_eq!(desk.entry(&endless, NOW).unwrap().stage(NOW + 10 * LIFE_MS), Stage::Running);
    assert!(desk.entry(&id, done_at + LIFE_MS - 1).is_some() && desk.entry(&id, done_at + LIFE_MS).is_none());
    assert!(desk.delete(&endless) && !desk.delete(&endless));
    let query = entry(Asked::Report(report(10, &["interaction.id"])), Fate::Failed, 0);
    let stages: Vec<Stage> = [0, 99, 100, 399, 400].map(|after| query.stage(NOW + after)).to_vec();
    use Stage::{Done, Pending, Running};
    assert_eq!(stages, [Pending, Pending, Running, Running, Done(Fate::Failed)]);
    assert_eq!((query.progress(NOW + 390), query.progress(NOW + 400)), (0.95, 1.0));
}

#[test]
fn a_mark_is_good_for_its_own_query_alone() {
    let mark = Mark { after: (-5, 99), served: 500 };
    let text = mark.to_text(7, 3);
    assert_eq!(Mark::from_text(&text, 7, 3), Some(mark));
    assert_eq!(Mark::from_text(&text, 7, 4), None);
    assert_eq!(Mark::from_text("made+up/1=2", 7, 3), None);
}

/// The ids of all pages.
fn ids(world: &World, query: &report::ReportQuery, entry: &Entry) -> Vec<String> {
    let (mut ids, mut mark) = (Vec::new(), None);
    for _ in 0..10 {
        let page = query.page(world, &[], entry, mark, report::PAGE_ROWS);
        let text = |row: &Value| row.pointer("/interaction.id").or(row.pointer("/interaction/id")).unwrap().to_string();
        ids.extend(page.data.iter().map(text));
        match page.next {
            Some(next) => mark = Some(next),
            None => return ids,
        }
    }
    panic!("the pages do not end");
}

#[test]
fn pages_hold_every_row_once_and_a_partial_result_lacks_some() {
    let world = world();
    let query = report(5_000, &["interaction.id", "timestamp"]);
    for (number, fate) in [(0, Fate::Completed), (1, Fate::Completed), (2, Fate::Partial)] {
        let entry = entry(Asked::Report(query.clone()), fate, number);
        let ids = ids(&world, &query, &entry);
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(ids.len(), query.count(&world, &entry));
        match fate {
            Fate::Partial => assert!((500..1_000).contains(&ids.len()), "{}", ids.len()),
            _ => assert_eq!(ids.len(), 1_200),
        }
    }
}

#[test]
fn more_rows_than_the_limit_are_cut_off_with_or_without_a_word_and_a_wildcard_fails() {
    let world = world();
    let query = report(700, &["interaction.id"]);
    let fates: Vec<Fate> = (0..2).map(|number| query.own_fate(&world, None, number)).collect();
    assert_eq!(fates, [Fate::Completed, Fate::Partial]);
    let entry = entry(Asked::Report(query.clone()), Fate::Completed, 0);
    assert_eq!(ids(&world, &query, &entry).len(), 700);
    assert_eq!(report(1_200, &["interaction.id"]).own_fate(&world, None, 1), Fate::Completed);
    assert_eq!(report(700, &["attributes.custom.*"]).own_fate(&world, None, 0), Fate::Failed);
}

#[test]
fn rows_are_told_nested_or_dotted_and_attributes_in_an_object_of_their_own() {
    let world = world();
    let query = report(9, &["interaction.id", "metrics.queuetime.ms", "attributes.custom.case_priority"]);
    let row = |number| {
        let entry = entry(Asked::Report(query.clone()), Fate::Completed, number);
        query.page(&world, &[], &entry, None, report::PAGE_ROWS).data
    };
    let (dotted, nested) = (row(0), row(1));
    assert!(dotted.iter().all(|row| row.get("interaction.id").is_some()));
    assert!(nested.iter().all(|row| row.pointer("/interaction/id").is_some()));
    assert_eq!(dotted[0]["metrics.queuetime.ms"], nested[0]["metrics"]["queuetime"]["ms"]);
    let said = |rows: &[Value]| rows.iter().filter(|row| !row["attributes.custom"]["case_priority"].is_null()).count();
    assert!(0 < said(&dotted) && said(&dotted) == said(&nested));
}

#[test]
fn what_breaks_a_rule_is_refused_by_name() {
    let refused = |body: Value| report::read(&body, true).unwrap_err().message;
    assert!(refused(json!({"end": FROM, "select": ["timestamp"]})).contains("start"));
    let mut local = body(1, &["timestamp"]);
    local["start"] = json!("2026-01-05T00:00:00");
    assert!(refused(local).contains("UTC"));
    assert!(refused(body(0, &["timestamp"])).contains("limit"));
    assert!(refused(body(1, &["agent.name"])).contains("agent.name"));
    assert!(refused(body(1, &[])).contains("select"));
    let interval = "2026-01-05T00:00:00Z/2026-01-06T00:00:00Z";
    assert!(job::read(&json!({"interval": interval, "startOfDayIntervalMatching": true})).is_ok());
    assert!(job::read(&json!({"interval": interval, "paging": {}})).unwrap_err().message.contains("paging"));
    assert!(job::read(&json!({"interval": interval, "startOfDayIntervalMatching": 1})).is_err());
}
