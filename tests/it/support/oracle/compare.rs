//! Pure but for the log that it reads: the rows that stand against those that must.

use std::collections::BTreeMap;

use handletime::avro::schema::AvroRecord;
use handletime::domain::agent_row::{AgentInterval, AgentIntervalKey};
use handletime::domain::contact::{Contact, ContactKey};
use handletime::domain::custom_row::{CustomInterval, CustomIntervalKey};
use handletime::domain::family::Family;
use handletime::domain::leg::{Leg, LegKey};
use handletime::domain::org_row::{OrgInterval, OrgIntervalKey};
use handletime::domain::row::{QueueInterval, QueueIntervalKey};
use handletime::domain::transfer::{Transfer, TransferKey};
use handletime::embedded::ByHand;
use serde::Serialize;
use serde_json::Value;

use super::beside::{leg_fields, transfer_fields, transfer_key};
use super::book::Book;
use super::rows::{Cell, Fields, Place, fields, key, topic};

/// What differs from run to run or hangs on the path that readings took; everything else is compared.
const LEFT_OUT: [&str; 14] = [
    "revision",
    "restatements",
    "computed_at",
    "source_watermark",
    "rules_version",
    "sketch_kind",
    "handle_sketch",
    "wait_sketch",
    "busy_spans",
    "result",
    "version",
    // These come from the newest reading that changed the row, not from those that stand.
    "queue_name",
    "service_level_target_ms",
    "attributes_version",
];

/// The newest rows of a topic, fields by name, by the fields of their keys.
pub type Table = BTreeMap<String, Fields>;

fn named(value: impl Serialize) -> Fields {
    let value = serde_json::to_value(value).expect("a record is JSON");
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn spelled(fields: &Fields) -> String {
    serde_json::to_string(fields).expect("fields are JSON")
}

fn table<K: AvroRecord + Ord + Serialize, V: AvroRecord + Serialize>(all: &ByHand, topic: &str) -> Table {
    let rows = all.rows::<K, V>(topic).unwrap();
    rows.into_iter().map(|(key, row)| (spelled(&named(key)), named(row))).collect()
}

/// The newest rows of a KPI topic.
pub fn kpi_table(all: &ByHand, family: Family, topic: &str) -> Table {
    match family {
        Family::Queue => table::<QueueIntervalKey, QueueInterval>(all, topic),
        Family::Agent | Family::AgentTotal => table::<AgentIntervalKey, AgentInterval>(all, topic),
        Family::Org | Family::OrgTotal => table::<OrgIntervalKey, OrgInterval>(all, topic),
        Family::Custom => table::<CustomIntervalKey, CustomInterval>(all, topic),
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * one.abs().max(1.0),
        _ => one == other,
    }
}

/// What a row says against what it must say.
fn differing(at: &str, found: &Fields, expected: &Fields) -> Vec<String> {
    let compared = found.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    let differ = compared.filter(|(name, value)| !expected.get(*name).is_some_and(|other| same(value, other)));
    let told = |name: &String| expected.get(name).map_or("not known".to_owned(), ToString::to_string);
    differ.map(|(name, value)| format!("{at}: {name} is {value}, not {}", told(name))).collect()
}

/// Everything in which the KPI rows differ from the book; the first lines are the first rows.
pub fn kpi_differences(all: &ByHand, book: &Book) -> Vec<String> {
    let expected = book.rows();
    let conversations = book.conversations();
    let mut differences = Vec::new();
    let mut seen: BTreeMap<(String, String), (&Place, &Cell)> = BTreeMap::new();
    for (place, cell) in &expected {
        seen.insert((topic(place, &book.config), spelled(&key(place))), (place, cell));
    }
    for family in book.config.families.clone() {
        for basis in &book.config.attribution {
            for grain in &book.config.grains {
                let blank = Place {
                    family,
                    grain: *grain,
                    basis: *basis,
                    at: 0,
                    media: handletime::domain::media::MediaType::Unknown,
                    who: String::new(),
                    skill_set: String::new(),
                    language: String::new(),
                    name: String::new(),
                };
                let topic = topic(&blank, &book.config);
                for (key, row) in kpi_table(all, family, &topic) {
                    let at = format!("{topic} {key}");
                    let known = seen.remove(&(topic.clone(), key));
                    let (place, cell) = match known {
                        Some((place, cell)) => (place.clone(), cell.clone()),
                        // An all-zero row is as good as none.
                        None => (of_row(&blank, &row), Cell::default()),
                    };
                    let expected = fields(&place, &cell, &book.config, &book.calendar, conversations);
                    differences.extend(differing(&at, &row, &expected));
                }
            }
        }
    }
    // An all-zero row is as good as none, on either side.
    let missing = seen.into_iter().filter(|(_, (_, cell))| !cell.is_zero());
    differences.extend(missing.map(|((topic, key), _)| format!("{topic} {key}: no row")));
    differences
}

/// The place of a row that nothing lies in.
fn of_row(blank: &Place, row: &Fields) -> Place {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Place {
        at: row["interval_start"].as_i64().unwrap(),
        media: serde_json::from_value(row["media_type"].clone()).expect("a medium"),
        who: text("queue_id") + &text("user_id"),
        skill_set: text("skill_set"),
        language: text("language"),
        name: text("name"),
        ..blank.clone()
    }
}

/// Everything in which contacts and transfers differ from the book.
pub fn beside_differences(all: &ByHand, book: &Book) -> Vec<String> {
    let mut expected: BTreeMap<(&str, String), Fields> = BTreeMap::new();
    if book.config.contacts_topic {
        for contact in book.contacts() {
            expected.insert(("contacts", spelled(&contact.key())), contact.fields());
        }
    }
    if book.config.transfers_topic {
        for (seq, moved) in book.transfers() {
            expected.insert(("transfers", spelled(&transfer_key(&moved, seq))), transfer_fields(&moved, seq));
        }
    }
    let mut differences = Vec::new();
    let contacts = table::<ContactKey, Contact>(all, "contacts");
    let transfers = table::<TransferKey, Transfer>(all, "transfers");
    for (topic, table) in [("contacts", contacts), ("transfers", transfers)] {
        for (key, row) in table {
            match expected.remove(&(topic, key.clone())) {
                Some(expected) => differences.extend(differing(&format!("{topic} {key}"), &row, &expected)),
                None => differences.push(format!("{topic} {key}: a row too many")),
            }
        }
    }
    differences.extend(expected.into_keys().map(|(topic, key)| format!("{topic} {key}: no row")));
    differences
}

/// Everything in which the rows of `legs` differ from the book, sessions' names aside.
pub fn leg_differences(all: &ByHand, book: &Book) -> Vec<String> {
    let found = all.rows::<LegKey, Leg>("legs").unwrap();
    let mut found: Vec<Fields> = found.into_values().map(named).collect();
    let mut differences = Vec::new();
    for (leg, fate) in book.legs() {
        let expected = leg_fields(&leg, &fate);
        let wrong = |row: &Fields| expected.iter().filter(|(name, value)| !same(&row[*name], value)).count();
        let Some((nearest, row)) = found.iter().enumerate().min_by_key(|(_, row)| wrong(row)) else {
            differences.push(format!("legs: none like {}", spelled(&expected)));
            continue;
        };
        let differ = expected.iter().filter(|(name, value)| !same(&row[*name], value));
        let says = |name: &String| format!("{name} is {}, not {}", row[name], expected[name]);
        differences.extend(differ.map(|(name, _)| format!("legs {}: {}", leg.conversation_id, says(name))));
        found.remove(nearest);
    }
    differences.extend(found.iter().map(|row| format!("legs: one too many: {}", spelled(row))));
    differences
}
