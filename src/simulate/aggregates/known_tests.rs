//! Every metric that is answered has figures, and those of the service level are what waits and targets make of them. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::add_up;
use super::emitted::{Emitted, of_conversations, of_rows};
use super::known::{OF_CONVERSATIONS, OF_ROWS};
use super::query::{AggregatesQuery, read};
use crate::domain::time::{DAY_MS, TimeRange, format_instant, parse_instant};
use crate::simulate::conversation::model::VisitEnd;
use crate::simulate::conversation::seen::Moment;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::row::{Kind, Outcome};
use crate::simulate::world::World;

/// A day, and all that what began on it can last.
fn range() -> TimeRange {
    let from = parse_instant("2026-01-05T00:00:00Z").unwrap();
    TimeRange { from, to: from + 20 * DAY_MS }
}

fn answered(
    metrics: &[&str],
    known: &[&str],
    more: &Value,
    emitted: impl Iterator<Item = Emitted>,
) -> Vec<(Value, Value)> {
    let TimeRange { from, to } = range();
    let interval = format!("{}/{}", format_instant(from), format_instant(to));
    let mut body = json!({"interval": interval, "metrics": metrics});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let Ok(AggregatesQuery::Metrics(query)) = read(&body, known) else { panic!("refused: {body}") };
    let answer = add_up::metrics(&query, emitted);
    let groups = answer["results"].as_array().unwrap();
    let cells = |group: &Value| {
        let group = group.clone();
        group["data"].as_array().unwrap().clone().into_iter().map(move |cell| (group["group"].clone(), cell))
    };
    groups.iter().flat_map(cells).collect()
}

fn stats<'a>(cell: &'a Value, metric: &str) -> &'a Value {
    let metrics = cell["metrics"].as_array().unwrap();
    metrics.iter().find(|one| one["metric"] == metric).map_or(&Value::Null, |one| &one["stats"])
}

fn count(cell: &Value, metric: &str) -> i64 {
    stats(cell, metric)["count"].as_i64().unwrap_or(0)
}

#[test]
fn every_metric_that_is_accepted_stands_somewhere_in_the_answers() {
    let conversations = ConversationWorld::exactly(7, range().from, 1, 3_000).unwrap();
    let rows = World::exactly(7, range().from, 1, 3_000).unwrap();
    for metric in OF_CONVERSATIONS {
        let emitted = of_conversations(&conversations, range(), Moment(None));
        let cells = answered(&[metric], &OF_CONVERSATIONS, &json!({}), emitted);
        assert!(cells.iter().any(|(_, cell)| stats(cell, metric).is_object()), "of conversations: {metric}");
    }
    for metric in OF_ROWS {
        let cells = answered(&[metric], &OF_ROWS, &json!({}), of_rows(&rows, range(), None));
        assert!(cells.iter().any(|(_, cell)| stats(cell, metric).is_object()), "of rows: {metric}");
    }
    let of = |emitted: Vec<Emitted>| emitted.into_iter().map(|one| one.metric).collect::<BTreeSet<_>>();
    let left_out = |emitted: BTreeSet<&'static str>, known: &[&str]| -> Vec<&'static str> {
        emitted.into_iter().filter(|metric| !known.contains(metric)).collect()
    };
    let all = of(of_conversations(&conversations, range(), Moment(None)).collect());
    assert_eq!(left_out(all, &OF_CONVERSATIONS), ["nFlow"], "which the platform tells in details alone");
    assert_eq!(left_out(of(of_rows(&rows, range(), None).collect()), &OF_ROWS), [""; 0]);
}

#[test]
fn a_metric_of_the_other_history_or_of_none_is_refused_by_its_name() {
    let body = |metric: &str| json!({"interval": "2026-01-05T00:00:00Z/2026-01-06T00:00:00Z", "metrics": [metric]});
    for (metric, known) in [("tVoicemail", &OF_CONVERSATIONS[..]), ("tAlert", &OF_ROWS[..]), ("nError", &OF_ROWS[..])] {
        let refusal = read(&body(metric), known).unwrap_err();
        assert!(refusal.code == "invalid.value" && refusal.message.contains(&format!("[{metric}]")), "{refusal:?}");
    }
}

#[test]
fn the_service_level_is_the_share_of_answers_within_the_target_in_answers_and_abandons() {
    let world = ConversationWorld::exactly(7, range().from, 1, 3_000).unwrap();
    let metrics = ["oServiceLevel", "nOverSla", "tAnswered", "tAbandon"];
    let more = json!({"groupBy": ["queueId"], "granularity": "PT30M"});
    // An answer is the agent's figure: here the queue's are asked for together, whoever answered.
    let cells = answered(&metrics, &OF_CONVERSATIONS, &more, of_conversations(&world, range(), Moment(None)));
    let (mut within, mut of, mut over, mut cells_of_both) = (0, 0, 0, 0);
    for (group, cell) in &cells {
        let level = stats(cell, "oServiceLevel");
        over += count(cell, "nOverSla");
        if level.is_null() {
            assert!(["social", "cobrowse"].contains(&group["mediaType"].as_str().unwrap()), "{group}: {cell}");
            continue;
        }
        let (numerator, denominator) = (level["numerator"].as_i64().unwrap(), level["denominator"].as_i64().unwrap());
        assert_eq!(denominator, count(cell, "tAnswered") + count(cell, "tAbandon"), "{cell}");
        let ratio = numerator as f64 / denominator as f64;
        assert!((level["ratio"].as_f64().unwrap() - ratio).abs() < 1e-12 && level["target"] == json!(0.8), "{level}");
        assert!(level.get("sum").is_none() && level.get("count").is_none(), "{level}");
        (within, of) = (within + numerator, of + denominator);
        cells_of_both += usize::from(0 < numerator && numerator < denominator);
    }
    assert!(10 < cells_of_both, "{cells_of_both}");
    let visits = world.told(range(), None).flat_map(|told| told.visits.iter().map(move |visit| (told.kind, visit)));
    let (mut expected, mut exactly_on_target) = ((0, 0, 0), 0);
    for (kind, visit) in visits.filter(|(_, visit)| visit.end != VisitEnd::FlowOut) {
        let target_ms = match (kind, visit.queue) {
            (Kind::Social | Kind::Cobrowse, _) => continue,
            (Kind::Email, _) => 3_600_000,
            (Kind::Chat, 2) => 60_000,
            (Kind::Chat, _) => 40_000,
            (Kind::Message, 2) => 90_000,
            (Kind::Message, _) => 60_000,
            (_, 2) => 30_000,
            _ => 20_000,
        };
        let wait_ms = visit.to - visit.from;
        exactly_on_target += usize::from(wait_ms == target_ms);
        let is_within = wait_ms <= target_ms && matches!(visit.end, VisitEnd::Answered(_));
        expected = (expected.0 + i64::from(is_within), expected.1 + 1, expected.2 + i64::from(target_ms < wait_ms));
    }
    assert!(0 < exactly_on_target);
    assert_eq!((within, of, over), expected);
}

#[test]
fn a_conversation_is_one_and_its_customer_connects_once_when_it_begins() {
    let at_start = |emitted: Vec<Emitted>, metric: &str| -> Vec<i64> {
        let mut all: Vec<i64> = emitted.iter().filter(|one| one.metric == metric).map(|one| one.at).collect();
        all.sort_unstable();
        all
    };
    let world = ConversationWorld::exactly(7, range().from, 1, 1_000).unwrap();
    let starts: Vec<i64> = world.told(range(), None).map(|told| told.start).collect();
    let rows = World::exactly(7, range().from, 1, 2_000).unwrap();
    let mut first: std::collections::BTreeMap<u128, i64> = std::collections::BTreeMap::new();
    for row in rows.rows(range(), None) {
        first.entry(row.conversation).and_modify(|at| *at = row.start.min(*at)).or_insert(row.start);
    }
    let mut begun: Vec<i64> = first.into_values().collect();
    begun.sort_unstable();
    assert!(begun.len() < 2_000, "some conversations have several rows");
    for metric in ["nConversations", "nConnected"] {
        assert_eq!(at_start(of_conversations(&world, range(), Moment(None)).collect(), metric), starts);
        assert_eq!(at_start(of_rows(&rows, range(), None).collect(), metric), begun);
    }
    // Of an interval that begins later, those that began in it.
    let later = TimeRange { from: range().from + DAY_MS / 2, ..range() };
    let after = |all: &[i64]| all.iter().filter(|at| later.from <= **at).count();
    assert_eq!(at_start(of_rows(&rows, later, None).collect(), "nConversations").len(), after(&begun));
    assert_eq!(at_start(of_conversations(&world, later, Moment(None)).collect(), "nConnected").len(), after(&starts));
}

#[test]
fn the_service_level_of_rows_counts_answers_and_abandons_of_queues() {
    let rows = World::exactly(7, range().from, 1, 2_000).unwrap();
    let metrics = ["oServiceLevel", "nOverSla"];
    let cells = answered(&metrics, &OF_ROWS, &json!({}), of_rows(&rows, range(), None));
    let voice = cells.iter().find(|(group, _)| group["mediaType"] == "voice").unwrap();
    let level = stats(&voice.1, "oServiceLevel");
    let counted = rows.rows(range(), None).filter(|row| row.kind == Kind::Voice && row.queue.is_some());
    let counted = counted.filter(|row| row.outcome == Outcome::Abandoned || row.agent.is_some()).count();
    assert_eq!(level["denominator"], json!(counted));
    assert!(0 < level["numerator"].as_i64().unwrap() && 0 < count(&voice.1, "nOverSla"));
    assert!(cells.iter().all(|(group, _)| group["mediaType"] != "social"), "no target, no service level");
}
