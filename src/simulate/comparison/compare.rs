//! The comparison itself. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::truth::bucket;
use super::kind::RecordKind;
use super::outcome::{Comparison, Difference};

/// Rows offered or handled more often than this have their distributions in buckets.
const EXACT_MAX: i64 = 1_000;

/// How far doubles may be apart, relative to the larger one.
const TOLERANCE: f64 = 1e-9;

/// Compares the connector's rows of a topic with the true ones. Each list holds a key at most once.
///
/// A topic whose rows nothing is known of is a difference in itself.
#[must_use]
pub fn compare(topic: &str, ours: &[Value], truth: &[Value]) -> Comparison {
    let mut comparison = Comparison::default();
    let Some(kind) = RecordKind::of_topic(topic) else {
        let field = "no rows are known of such a topic".to_owned();
        let difference = Difference { key: topic.to_owned(), field, ours: Value::Null, truth: Value::Null };
        comparison.differences.push(difference);
        return comparison;
    };
    let ours = by_key(&kind, ours, "ours", &mut comparison);
    let truth = by_key(&kind, truth, "truth", &mut comparison);
    let mut keys: Vec<&String> = ours.keys().chain(truth.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    comparison.compared = keys.len();
    for key in keys {
        let rows = (ours.get(key).copied(), truth.get(key).copied());
        compare_row(&kind, key, rows, &mut comparison.differences);
    }
    comparison
}

fn by_key<'a>(
    kind: &RecordKind,
    rows: &'a [Value],
    side: &str,
    comparison: &mut Comparison,
) -> BTreeMap<String, &'a Value> {
    let mut by_key = BTreeMap::new();
    for row in rows {
        let key = key_of(kind, row);
        if let Some(field) = kind.key().iter().find(|field| row[**field].is_null()) {
            let field = format!("no {field} in a row of {side}");
            comparison.differences.push(Difference { key: key.clone(), field, ours: Value::Null, truth: Value::Null });
        }
        if by_key.insert(key.clone(), row).is_some() {
            let field = format!("more than one row of {side}");
            comparison.differences.push(Difference { key, field, ours: Value::Null, truth: Value::Null });
        }
    }
    by_key
}

/// What tells a row apart, as one text.
pub(super) fn key_of(kind: &RecordKind, row: &Value) -> String {
    let key: Vec<String> = kind.key().iter().map(|field| format!("{field}={}", plain(&row[*field]))).collect();
    key.join(" ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compare_row(
    kind: &RecordKind,
    key: &str,
    (ours, truth): (Option<&Value>, Option<&Value>),
    differences: &mut Vec<Difference>,
) {
    let empty = Value::Null;
    let mut differ = |field: &str, ours: &Value, truth: &Value| {
        let (ours, truth) = (ours.clone(), truth.clone());
        differences.push(Difference { key: key.to_owned(), field: field.to_owned(), ours, truth });
    };
    if !kind.zeros_are_absence() && (ours.is_none() || truth.is_none()) {
        differ("the row as a whole", ours.unwrap_or(&empty), truth.unwrap_or(&empty));
        return;
    }
    let bucketed = [ours, truth].into_iter().flatten().any(in_buckets);
    let zeros = [ours, truth].into_iter().flatten().all(|row| kind.zeros_are_absence() && all_zero(kind, row));
    for name in names(ours, truth).iter().filter(|name| kind.is_compared(name)) {
        let ours_value = ours.map_or(&empty, |row| &row[name.as_str()]);
        let truth_value = truth.map_or(&empty, |row| &row[name.as_str()]);
        let same = match (ours, truth) {
            (Some(_), Some(_)) if zeros && kind.is_told_by_legs(name) => true,
            (Some(_), Some(_)) => {
                same(ours_value, truth_value, name == "result", bucketed && kind.may_be_in_buckets(name))
            }
            // An all-zero row equals an absent one.
            _ => !kind.is_figure(name) || (zero(ours_value) && zero(truth_value)),
        };
        if !same {
            differ(name, ours_value, truth_value);
        }
    }
}

/// The fields that at least one of the rows has.
fn names(ours: Option<&Value>, truth: Option<&Value>) -> Vec<String> {
    let rows = [ours, truth].into_iter().flatten().filter_map(Value::as_object);
    let mut names: Vec<String> = rows.flat_map(|row| row.keys().cloned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn all_zero(kind: &RecordKind, row: &Value) -> bool {
    let mut fields = row.as_object().into_iter().flatten();
    fields.all(|(name, value)| !kind.is_figure(name) || zero(value))
}

fn in_buckets(row: &Value) -> bool {
    let many = |field: &str| row[field].as_i64().is_some_and(|count| EXACT_MAX < count);
    row["sketch_kind"] == "log0.1pct" || many("offered") || many("handled")
}

fn same(ours: &Value, truth: &Value, is_result: bool, bucketed: bool) -> bool {
    if is_result {
        // A row that was restated after it became final has settled as well.
        let settled = |result: &Value| if result == "CORRECTED" { Value::from("FINAL") } else { result.clone() };
        return settled(ours) == settled(truth);
    }
    match (ours.as_i64(), truth.as_i64()) {
        (Some(ours), Some(truth)) if bucketed => bucket(ours) == bucket(truth),
        (Some(ours), Some(truth)) => ours == truth,
        _ => match (ours.as_f64(), truth.as_f64()) {
            (Some(ours), Some(truth)) => (ours - truth).abs() <= TOLERANCE * ours.abs().max(truth.abs()),
            _ => ours == truth,
        },
    }
}

fn zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}
