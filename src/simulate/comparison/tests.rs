//! Equal rows are equal, and whatever is changed is found. Pure.

use serde_json::{Value, json};

use super::compare;
use super::kind::RecordKind;
use crate::domain::time::parse_instant;
use crate::simulate::truth::settings::TruthSettings;
use crate::simulate::world::World;

const TOPIC: &str = "kpi.queue.pt30m";

/// One topic of each kind of row.
const TOPICS: [&str; 8] = [
    TOPIC,
    "kpi.agent.p1d",
    "kpi.agent-total.pt15m.apportioned",
    "kpi.org.pt30m.completion",
    "handletime.kpi.org-total.pt1h",
    "kpi.custom.p1d",
    "transfers",
    "contacts",
];

fn rows() -> Vec<Value> {
    rows_of(TOPIC)
}

fn rows_of(topic: &str) -> Vec<Value> {
    let from = parse_instant("2026-01-05T00:00:00Z").unwrap();
    let world = World::exactly(7, from, 1, 2_000).unwrap();
    let mut settings = TruthSettings::of_topic(topic).unwrap();
    settings.set("kpi.custom.share.sum", "talk_ms").unwrap();
    settings.set("kpi.custom.share.over", "handle_ms").unwrap();
    let mut rows: Vec<Value> = world.truth(&settings).rows().collect();
    if topic == "contacts" {
        // Flat rows make none.
        assert!(rows.is_empty());
        rows.extend((1..9).map(|legs| {
            json!({
                "org_id": "acme", "conversation_id": format!("C{legs}"), "direction": "inbound", "media_type": "VOICE",
                "start": 5, "end": 9, "legs": legs, "handled": legs, "handle_ms": 4,
            })
        }));
    }
    assert!(1 < rows.len(), "{topic}");
    rows
}

fn busiest(rows: &[Value]) -> usize {
    (0..rows.len()).max_by_key(|row| rows[*row]["handled"].as_i64()).unwrap()
}

#[test]
fn equal_rows_have_no_difference_whatever_their_order_revision_and_restatements() {
    let truth = rows();
    let mut ours = truth.clone();
    ours.reverse();
    for row in &mut ours {
        row["revision"] = json!(4);
        row["result"] = json!("CORRECTED");
    }
    let comparison = compare(TOPIC, &ours, &truth);
    assert!(comparison.equal(), "{comparison}");
    assert_eq!(comparison.compared, truth.len());
    assert!(100 < truth.len());
}

#[test]
fn every_field_that_is_changed_is_found_and_named() {
    for topic in TOPICS {
        let kind = RecordKind::of_topic(topic).unwrap();
        let all = rows_of(topic);
        // Many fields are changed, one after the other: one row suffices.
        let truth = [all[busiest(&all)].clone()];
        let row = 0;
        let names: Vec<String> = truth[row].as_object().unwrap().keys().cloned().collect();
        let compared: Vec<&String> = names.iter().filter(|name| kind.is_compared(name)).collect();
        assert!(4 < compared.len(), "{topic}");
        for name in compared {
            let mut ours = truth.clone();
            ours[row][name.as_str()] = match &truth[row][name.as_str()] {
                Value::Number(number) => json!(number.as_f64().unwrap() * 1.000_001 + 1.0),
                Value::Bool(is) => json!(!is),
                _ => json!("other"),
            };
            let comparison = compare(topic, &ours, &truth);
            assert_eq!(comparison.differences.len(), 1, "{topic} {name}");
            assert!(comparison.to_string().contains(&format!(": {name}: ours ")), "{comparison}");
        }
        for name in ["revision", "busy_spans", "version", "contact_hash", "rules_version"] {
            let mut ours = truth.clone();
            ours[row][name] = json!(99);
            assert!(compare(topic, &ours, &truth).equal(), "{topic} {name}");
        }
    }
}

#[test]
fn rows_of_one_contact_or_transfer_are_there_or_not() {
    for topic in ["contacts", "transfers"] {
        let truth = rows_of(topic);
        let comparison = compare(topic, &truth[1..], &truth);
        assert_eq!(comparison.differences.len(), 1, "{comparison}");
        assert_eq!(compare(topic, &truth, &truth[1..]).differences.len(), 1);
    }
}

#[test]
fn a_topic_without_known_rows_is_a_difference_even_when_both_sides_are_empty() {
    for topic in ["legs", "kpi.queue", "kpi.skill.p1d", ""] {
        assert!(!compare(topic, &[], &[]).equal(), "{topic}");
    }
    assert!(compare(TOPIC, &[], &[]).equal());
}

#[test]
fn a_missing_row_differs_by_its_figures_and_an_all_zero_row_by_none() {
    let truth = rows();
    let row = busiest(&truth);
    let mut ours = truth.clone();
    let mut zeros = ours.remove(row);
    assert!(5 < compare(TOPIC, &ours, &truth).differences.len());
    let kind = RecordKind::of_topic(TOPIC).unwrap();
    for (name, value) in zeros.as_object_mut().unwrap() {
        if value.is_number() && kind.is_figure(name) {
            *value = if name.contains("ratio") || name.ends_with("_rate") { Value::Null } else { json!(0) };
        }
    }
    let mut without = truth.clone();
    without.remove(row);
    let with = |zeros: &Value| [without.as_slice(), std::slice::from_ref(zeros)].concat();
    assert!(compare(TOPIC, &with(&zeros), &without).equal() && compare(TOPIC, &without, &with(&zeros)).equal());
    let mut nameless = zeros.clone();
    (nameless["queue_name"], nameless["service_level_target_ms"]) = (Value::Null, json!(0));
    assert!(compare(TOPIC, &with(&nameless), &with(&zeros)).equal());
    nameless["tz"] = json!("Asia/Kathmandu");
    assert!(!compare(TOPIC, &with(&nameless), &with(&zeros)).equal());
    let mut ours = truth.clone();
    ours[row]["queue_name"] = Value::Null;
    assert_eq!(compare(TOPIC, &ours, &truth).differences.len(), 1, "the name of a queue that has figures");
}

#[test]
fn a_key_that_stands_twice_or_not_at_all_is_a_difference() {
    let truth = rows();
    let mut ours = truth.clone();
    ours.push(truth[0].clone());
    assert!(!compare(TOPIC, &ours, &truth).equal());
    assert!(!compare(TOPIC, &[json!({"offered": 0})], &[]).equal());
    assert!(!compare(TOPIC, &[], &truth).equal());
}

#[test]
fn doubles_may_differ_in_the_last_digits_and_percentiles_within_their_bucket() {
    let row = |offered: i64, p90: i64, aht: f64| {
        let mut row = rows()[0].clone();
        (row["offered"], row["p90_handle_ms"], row["aht_ms"]) = (json!(offered), json!(p90), json!(aht));
        row
    };
    assert!(compare(TOPIC, &[row(5, 4_096, 1_234.567)], &[row(5, 4_096, 1_234.567_000_000_1)]).equal());
    assert!(!compare(TOPIC, &[row(5, 4_096, 1_234.567)], &[row(5, 4_096, 1_234.567_1)]).equal());
    assert!(!compare(TOPIC, &[row(5, 4_097, 1.0)], &[row(5, 4_096, 1.0)]).equal());
    assert!(compare(TOPIC, &[row(1_001, 4_097, 1.0)], &[row(1_001, 4_096, 1.0)]).equal());
    assert!(!compare(TOPIC, &[row(1_001, 4_100, 1.0)], &[row(1_001, 4_096, 1.0)]).equal());
}
