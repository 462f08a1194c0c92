//! Rebuilt rows beside published ones, field by field. Pure.
//!
//! Left out are the fields that say how a row came about. FINAL equals CORRECTED, an all-zero row equals an absent one, and
//! percentiles of rows that keep buckets are compared by bucket.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::aside::{RowId, RowRecord};
use crate::avro::schema::AvroRecord;
use crate::avro::{AvroError, Codec};
use crate::domain::agent_row::{AgentInterval, AgentIntervalKey};
use crate::domain::custom_row::{CustomInterval, CustomIntervalKey};
use crate::domain::family::Family;
use crate::domain::org_row::{OrgInterval, OrgIntervalKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::window::distribution::{EXACT_MAX, bucket};

/// How a row came about, or what two honest ways to it may leave differently.
const NOT_COMPARED: [&str; 10] = [
    "revision",
    "restatements",
    "computed_at",
    "source_watermark",
    "rules_version",
    "sketch_kind",
    "attributes_version",
    "queue_name",
    "handle_sketch",
    "wait_sketch",
];

/// What says whether the row may still change: a replay leaves it to the tasks.
const FINALITY: [&str; 2] = ["result", "held"];

/// Fields that describe the key or the settings: an all-zero row has them too.
const NO_FIGURE: [&str; 10] = [
    "interval_end",
    "tz",
    "local_start",
    "utc_offset_s",
    "fold",
    "local_date",
    "weht_profile",
    "sla_threshold_ms",
    "service_level_target_ms",
    "interval_ms",
];

/// Fields that come from a distribution, which may be in buckets.
const FROM_DISTRIBUTION: [&str; 2] = ["p90_handle_ms", "wait_ms_max"];

/// How far doubles may be apart, relative to the larger one.
const TOLERANCE: f64 = 1e-9;

/// One field of one row that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The row's key, as `queue_id=… interval_start=…`.
    pub key: String,
    /// The field.
    pub field: String,
    /// As published; null where the row is not.
    pub published: Value,
    /// As rebuilt; null where the row would not be.
    pub rebuilt: Value,
}

/// A row and its decoded key and value.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Key.
    pub key: Value,
    /// Value.
    pub value: Value,
}

/// Decodes a record of a KPI topic, given without the prefix; one of a topic that no family has says nothing.
///
/// # Errors
/// When it is no such record.
pub fn decode(topic: &str, record: &RowRecord) -> Result<Row, AvroError> {
    let (key, value) = (record.key.as_slice(), record.value.as_slice());
    let word = topic.strip_prefix("kpi.").and_then(|rest| rest.split('.').next());
    let Some(family) = word.and_then(Family::from_word) else {
        return Ok(Row { key: Value::Null, value: Value::Null });
    };
    match family {
        Family::Queue => of::<QueueIntervalKey, QueueInterval>(key, value),
        Family::Agent | Family::AgentTotal => of::<AgentIntervalKey, AgentInterval>(key, value),
        Family::Org | Family::OrgTotal => of::<OrgIntervalKey, OrgInterval>(key, value),
        Family::Custom => of::<CustomIntervalKey, CustomInterval>(key, value),
    }
}

fn of<K: AvroRecord, V: AvroRecord>(key: &[u8], value: &[u8]) -> Result<Row, AvroError> {
    let (key, value) = (Codec::<K>::default().read_framed(key)?, Codec::<V>::default().read_framed(value)?);
    let json = |value: Result<Value, serde_json::Error>| value.unwrap_or(Value::Null);
    Ok(Row { key: json(serde_json::to_value(key)), value: json(serde_json::to_value(value)) })
}

/// What differs of a row; `finality`: whether result and held count, too.
#[must_use]
pub fn of_row(published: Option<&Row>, rebuilt: Option<&Row>, finality: bool) -> Vec<Difference> {
    let Some(key) = published.or(rebuilt).map(|row| &row.key) else {
        return Vec::new();
    };
    let empty = Value::Object(serde_json::Map::new());
    let (ours, theirs) = (published.map_or(&empty, |row| &row.value), rebuilt.map_or(&empty, |row| &row.value));
    let one_sided = published.is_none() || rebuilt.is_none();
    let bucketed = [ours, theirs].iter().any(|row| is_bucketed(row));
    let fields: BTreeSet<&String> =
        [ours, theirs].into_iter().filter_map(Value::as_object).flat_map(|row| row.keys()).collect();
    let left_out = |field: &str| {
        NOT_COMPARED.contains(&field)
            || (FINALITY.contains(&field) && (!finality || one_sided))
            || (one_sided && (NO_FIGURE.contains(&field) || !key[field].is_null()))
    };
    let differs = |field: &str| {
        let (a, b) = (&ours[field], &theirs[field]);
        if one_sided { !is_nothing(a) || !is_nothing(b) } else { !equal(field, a, b, bucketed) }
    };
    let fields = fields.into_iter().filter(|field| !left_out(field) && differs(field));
    let of_field = |field: &String| Difference {
        key: plain(key),
        field: field.clone(),
        published: ours[field].clone(),
        rebuilt: theirs[field].clone(),
    };
    fields.map(of_field).collect()
}

/// What differs by topic, one list a row; a topic in which nothing differs has an empty one.
///
/// # Errors
/// When a record is no row.
pub fn of_rows(
    published: &BTreeMap<RowId, RowRecord>,
    rebuilt: &BTreeMap<RowId, RowRecord>,
) -> Result<BTreeMap<String, Vec<Vec<Difference>>>, AvroError> {
    let mut by_topic: BTreeMap<String, Vec<Vec<Difference>>> = BTreeMap::new();
    let ids: BTreeSet<&RowId> = published.keys().chain(rebuilt.keys()).collect();
    for id in ids {
        let of_topic = by_topic.entry(id.0.clone()).or_default();
        let read = |record: Option<&RowRecord>| record.map(|record| decode(&id.0, record)).transpose();
        let differences = of_row(read(published.get(id))?.as_ref(), read(rebuilt.get(id))?.as_ref(), true);
        if !differences.is_empty() {
            of_topic.push(differences);
        }
    }
    Ok(by_topic)
}

fn is_bucketed(row: &Value) -> bool {
    ["offered", "handled"].iter().any(|field| row[*field].as_i64().is_some_and(|count| EXACT_MAX < count))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.len() <= 1,
        Value::Bool(true) | Value::Object(_) => false,
    }
}

fn equal(field: &str, a: &Value, b: &Value, bucketed: bool) -> bool {
    let settled = |value: &Value| matches!(value.as_str(), Some("FINAL" | "CORRECTED"));
    if a == b || (field == "result" && settled(a) && settled(b)) {
        return true;
    }
    if let (true, Some(a), Some(b)) = (bucketed && FROM_DISTRIBUTION.contains(&field), a.as_i64(), b.as_i64()) {
        return bucket(a) == bucket(b);
    }
    match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) if a.is_f64() || b.is_f64() => (x - y).abs() <= TOLERANCE * x.abs().max(y.abs()),
        _ => false,
    }
}

fn plain(key: &Value) -> String {
    let fields = key.as_object().into_iter().flatten();
    let texts = fields.map(|(field, value)| match value {
        Value::String(text) => format!("{field}={text}"),
        other => format!("{field}={other}"),
    });
    texts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> Row {
        Row { key: json!({"queue_id": "Q1", "interval_start": 5}), value }
    }

    fn fields(published: Option<Value>, rebuilt: Option<Value>, finality: bool) -> Vec<String> {
        let (published, rebuilt) = (published.map(row), rebuilt.map(row));
        let found = of_row(published.as_ref(), rebuilt.as_ref(), finality);
        found.into_iter().map(|one| one.field).collect()
    }

    #[test]
    fn how_a_row_came_about_is_no_difference_and_a_figure_is_one() {
        let ours = json!({"handled": 3, "revision": 7, "result": "FINAL", "aht_ms": 100.0, "held": false});
        let mut theirs =
            json!({"handled": 3, "revision": 0, "result": "CORRECTED", "aht_ms": 100.0 + 1e-9, "held": false});
        assert!(fields(Some(ours.clone()), Some(theirs.clone()), true).is_empty());
        theirs["handled"] = json!(4);
        theirs["result"] = json!("PROVISIONAL");
        assert_eq!(fields(Some(ours.clone()), Some(theirs.clone()), true), ["handled", "result"]);
        assert_eq!(fields(Some(ours), Some(theirs), false), ["handled"]);
    }

    #[test]
    fn an_all_zero_row_equals_an_absent_one() {
        let zero = json!({"queue_id": "Q1", "interval_start": 5, "handled": 0, "aht_ms": null, "tz": "UTC",
            "wait_sketch": [1], "sla_threshold_ms": 9, "held": false, "result": "FINAL"});
        assert!(fields(Some(zero.clone()), None, true).is_empty());
        assert!(fields(None, Some(zero), true).is_empty());
        assert_eq!(fields(None, Some(json!({"handled": 1})), true), ["handled"]);
    }

    #[test]
    fn percentiles_of_many_values_are_compared_by_bucket() {
        let of = |offered: i64, longest: i64| Some(json!({"offered": offered, "wait_ms_max": longest}));
        assert!(fields(of(1_001, 100_000), of(1_001, 100_001), true).is_empty());
        assert_eq!(fields(of(1_000, 100_000), of(1_000, 100_001), true), ["wait_ms_max"]);
    }
}
