//! Edge: a correction takes from some rows what it gives to others, and every basis counts the same in all.

use std::collections::{BTreeMap, BTreeSet};

use handletime::config::typed::RulesConfig;
use handletime::domain::family::Family;
use handletime::domain::interaction::Interaction;
use handletime::domain::interval::Grain;
use handletime::domain::time::DAY_MS;
use handletime::embedded::ByHand;
use handletime::embedded::by_hand::ALL;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::conversations::conversation;
use super::flat_rows::reading;
use super::history::BEGIN;
use crate::support::oracle::book::Book;
use crate::support::oracle::compare::{kpi_differences, kpi_table, leg_differences};
use crate::support::samples::{all_bases, hashed};

const BASES: [&str; 3] = ["", ".completion", ".apportioned"];

fn config() -> RulesConfig {
    RulesConfig {
        leg_length_ms_max: 30 * DAY_MS,
        horizon_ms: 60 * DAY_MS,
        grains: vec![Grain::Pt30m, Grain::P1d],
        ..all_bases()
    }
}

/// The sum of every whole figure of all rows of a topic, but for what is no sum.
fn totals(all: &ByHand, family: Family, topic: &str) -> BTreeMap<String, i64> {
    let mut totals = BTreeMap::new();
    let whole = [
        "interval_start",
        "interval_end",
        "interval_length_s",
        "interval_ms",
        "utc_offset_s",
        "fold",
        "local_date",
        "revision",
        "restatements",
        "computed_at",
        "source_watermark",
        "attributes_version",
        "sla_threshold_ms",
        "service_level_target_ms",
        "wait_ms_max",
        "p90_handle_ms",
        "busy_union_ms",
    ];
    for row in kpi_table(all, family, topic).into_values() {
        for (name, value) in row.iter().filter(|(name, _)| !whole.contains(&name.as_str())) {
            if let Some(amount) = value.as_i64() {
                *totals.entry(name.clone()).or_insert(0) += amount;
            }
        }
    }
    totals.retain(|_, amount| *amount != 0);
    totals
}

/// Readings of one kind, each with a version of its own.
fn readings() -> impl Strategy<Value = Vec<Interaction>> {
    let dated = |readings: Vec<Interaction>| {
        let source = readings[0].source;
        let mut readings: Vec<Interaction> = readings.into_iter().filter(|reading| reading.source == source).collect();
        for (at, reading) in readings.iter_mut().enumerate() {
            reading.version += at as i64;
            *reading = hashed(reading.clone());
        }
        readings
    };
    prop_oneof![
        prop::collection::vec(reading(), 1..12).prop_map(dated),
        prop::collection::vec(conversation(), 1..12).prop_map(dated),
    ]
}

fn driven(pages: &[&[Interaction]], records_max: usize) -> ByHand {
    let mut all = ByHand::new(config(), (2, 2), BEGIN - 3 * DAY_MS).unwrap();
    for page in pages {
        all.publish(page).unwrap();
        all.run(records_max).unwrap();
    }
    all
}

/// The rows of each topic, fields by name.
type Tables = BTreeMap<String, BTreeMap<String, BTreeMap<String, serde_json::Value>>>;

/// Every table that must not hang on the order of readings, without what counts publications or names the newest reading.
fn tables(all: &ByHand) -> Tables {
    let mut tables = BTreeMap::new();
    for family in Family::ALL.into_iter().filter(|family| *family != Family::Custom) {
        for basis in BASES {
            let topic = format!("kpi.{}.pt30m{basis}", family.word());
            let mut table = kpi_table(all, family, &topic);
            // An all-zero row is as good as none.
            table.retain(|_, row| row.iter().any(|(name, value)| is_figure(name) && value.as_i64().unwrap_or(0) != 0));
            for row in table.values_mut() {
                for name in [
                    "revision",
                    "source_watermark",
                    "restatements",
                    "computed_at",
                    "queue_name",
                    "service_level_target_ms",
                    "attributes_version",
                    "sketch_kind",
                ] {
                    row.remove(name);
                }
            }
            tables.insert(topic, table);
        }
    }
    tables
}

/// Fields of rows that differ between two runs.
fn differing(one: &Tables, other: &Tables) -> Vec<String> {
    let mut differences = Vec::new();
    let keys: BTreeSet<(&String, &String)> =
        [one, other].into_iter().flatten().flat_map(|(topic, rows)| rows.keys().map(move |key| (topic, key))).collect();
    for (topic, key) in keys {
        let rows = [one, other].map(|tables| tables[topic].get(key));
        let [Some(a), Some(b)] = rows else {
            differences.push(format!("{topic} {key}: in one run only"));
            continue;
        };
        let differ = a.iter().filter(|(name, value)| b[*name] != **value);
        differences.extend(differ.map(|(name, value)| format!("{topic} {key}: {name} is {value} or {}", b[name])));
    }
    differences
}

fn is_figure(name: &str) -> bool {
    ["offered", "handled", "handle_ms", "busy_union_ms", "transfers_", "excluded_", "contacts", "_sum", "answered"]
        .iter()
        .any(|part| name.contains(part))
}

fn cases(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::Direct("proptest-regressions/it/corrections.txt");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(32))]

    // After each reading, what all rows of a topic say together is what the book says of what stands: a correction that
    // moves a leg to another interval, queue or agent leaves nothing behind and loses nothing.
    #[test]
    fn what_leaves_one_row_arrives_in_another(readings in readings()) {
        let mut all = driven(&[], ALL);
        let mut book = Book::new(config(), BEGIN - 3 * DAY_MS);
        book.watermark = BEGIN - 3 * DAY_MS;
        for reading in &readings {
            all.publish(std::slice::from_ref(reading)).unwrap();
            all.run(ALL).unwrap();
            book.read(reading);
            let mut expected: BTreeMap<(Family, String), BTreeMap<String, i64>> = BTreeMap::new();
            for (place, cell) in book.rows() {
                let topic = crate::support::oracle::rows::topic(&place, &book.config);
                let total = expected.entry((place.family, topic)).or_default();
                for name in ["handled", "handle_ms_sum", "offered", "answered", "talk_ms_sum", "wrap_ms_sum", "transfers_out"] {
                    *total.entry(name.to_owned()).or_insert(0) += cell.at(name);
                }
            }
            for ((family, topic), mut total) in expected {
                if [Family::Agent, Family::AgentTotal].contains(&family) {
                    total = total.into_iter().filter_map(|(name, amount)| Some((agent_name(&name)?.to_owned(), amount))).collect();
                }
                let found = totals(&all, family, &topic);
                for (name, amount) in total {
                    prop_assert_eq!(found.get(&name).copied().unwrap_or(0), amount, "{} of {}", name, topic);
                }
            }
        }
        prop_assert_eq!(kpi_differences(&all, &book), Vec::<String>::new());
        prop_assert_eq!(leg_differences(&all, &book), Vec::<String>::new());
    }

    // Every basis puts the same amounts into its rows, only elsewhere.
    #[test]
    fn totals_are_equal_under_every_basis(readings in readings()) {
        let all = driven(&[&readings], ALL);
        for family in [Family::Queue, Family::Agent, Family::AgentTotal, Family::Org, Family::OrgTotal] {
            for grain in ["pt30m", "p1d"] {
                let [start, completion, apportioned] =
                    BASES.map(|basis| totals(&all, family, &format!("kpi.{}.{grain}{basis}", family.word())));
                prop_assert_eq!(&start, &completion, "{:?} {}", family, grain);
                prop_assert_eq!(&start, &apportioned, "{:?} {}", family, grain);
            }
        }
    }

    // Any order of the readings and any split into pages and transactions gives the same rows.
    #[test]
    fn rows_do_not_depend_on_the_order_of_readings(
        (readings, shuffled) in readings().prop_flat_map(|readings| (Just(readings.clone()), Just(readings).prop_shuffle())),
        cut in any::<prop::sample::Index>(),
        records_max in 1usize..5,
    ) {
        let (first, second) = shuffled.split_at(cut.index(shuffled.len()));
        let (one, other) = (driven(&[&readings], ALL), driven(&[first, second], records_max));
        prop_assert_eq!(differing(&tables(&one), &tables(&other)), Vec::<String>::new());
    }

    // A leg that a correction takes away entirely leaves rows of zeros, nulls where there is nothing to divide by.
    #[test]
    fn retraction_to_nothing_leaves_rows_of_zeros(readings in readings()) {
        let mut all = driven(&[&readings], ALL);
        let emptied: Vec<Interaction> = readings
            .iter()
            .map(|reading| {
                let mut nothing = reading.clone();
                nothing.version += 40 * DAY_MS;
                nothing.legs.clear();
                nothing.transfers.clear();
                nothing.dispositions.clear();
                hashed(nothing)
            })
            .collect();
        all.publish(&emptied).unwrap();
        all.run(ALL).unwrap();
        for (topic, table) in tables(&all) {
            let contacts_only = |row: &BTreeMap<String, serde_json::Value>| {
                row.iter().all(|(name, value)| !is_figure(name) || name.contains("contact") || value.as_i64().unwrap_or(0) == 0)
            };
            prop_assert!(table.values().all(contacts_only), "{}: {:?}", topic, table);
        }
    }
}

fn agent_name(figure: &str) -> Option<&'static str> {
    match figure {
        "handled" => Some("handled"),
        "handle_ms_sum" => Some("thandle_ms"),
        "talk_ms_sum" => Some("ttalk_ms"),
        "wrap_ms_sum" => Some("tacw_ms"),
        _ => None,
    }
}
