//! Sets two lists of KPI rows side by side, field by field. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::truth::bucket;

/// What tells rows apart.
const KEY: [&str; 8] =
    ["org_id", "interval_start", "interval_length_s", "queue_id", "media_type", "skill_set", "language", "attribution"];

/// Fields that say how a row came about, or that two honest builds may fill differently.
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
    "result",
];

/// Fields that come from a distribution, which may be in buckets.
const FROM_DISTRIBUTION: [&str; 2] = ["p90_handle_ms", "wait_ms_max"];

/// Rows offered or handled more often than this have their distributions in buckets.
const EXACT_MAX: i64 = 1_000;

/// How far doubles may be apart, relative to the larger one.
const TOLERANCE: f64 = 1e-9;

/// Differences that `Display` prints.
const PRINTED: usize = 20;

/// One field of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The row, as `queue_id=… interval_start=…`.
    pub key: String,
    /// The field, or what is wrong with the row as a whole.
    pub field: String,
    /// What the connector says; null where it says nothing.
    pub ours: Value,
    /// What is true.
    pub truth: Value,
}

/// The result of [`compare`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Keys that were compared.
    pub compared: usize,
    /// What differs, by key and field.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn equal(&self) -> bool {
        self.differences.is_empty()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} rows compared, {} differences", self.compared, self.differences.len())?;
        for difference in self.differences.iter().take(PRINTED) {
            let Difference { key, field, ours, truth } = difference;
            write!(out, "\n  {key}: {field}: ours {ours}, truth {truth}")?;
        }
        match self.differences.len().saturating_sub(PRINTED) {
            0 => Ok(()),
            more => write!(out, "\n  and {more} more"),
        }
    }
}

/// Compares the connector's rows with the true ones. Each list holds a key at most once.
#[must_use]
pub fn compare(ours: &[Value], truth: &[Value]) -> Comparison {
    let mut comparison = Comparison::default();
    let ours = by_key(ours, "ours", &mut comparison);
    let truth = by_key(truth, "truth", &mut comparison);
    let mut keys: Vec<&String> = ours.keys().chain(truth.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    comparison.compared = keys.len();
    for key in keys {
        compare_row(key, ours.get(key).copied(), truth.get(key).copied(), &mut comparison.differences);
    }
    comparison
}

fn by_key<'a>(rows: &'a [Value], side: &str, comparison: &mut Comparison) -> BTreeMap<String, &'a Value> {
    let mut by_key = BTreeMap::new();
    for row in rows {
        let key: Vec<String> = KEY.iter().map(|field| format!("{field}={}", plain(&row[*field]))).collect();
        let key = key.join(" ");
        if let Some(field) = KEY.iter().find(|field| row[**field].is_null()) {
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

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compare_row(key: &str, ours: Option<&Value>, truth: Option<&Value>, differences: &mut Vec<Difference>) {
    let empty = Value::Null;
    let fields = |row: Option<&Value>| -> Vec<String> {
        row.and_then(Value::as_object).map(|row| row.keys().cloned().collect()).unwrap_or_default()
    };
    let mut names = fields(ours);
    names.extend(fields(truth));
    names.sort_unstable();
    names.dedup();
    let compared = |name: &str| !NOT_COMPARED.contains(&name) && !KEY.contains(&name);
    let bucketed = [ours, truth].into_iter().flatten().any(in_buckets);
    for name in names.iter().filter(|name| compared(name)) {
        let ours_value = ours.map_or(&empty, |row| &row[name.as_str()]);
        let truth_value = truth.map_or(&empty, |row| &row[name.as_str()]);
        let same = match (ours, truth) {
            (Some(_), Some(_)) => same(name, ours_value, truth_value, bucketed),
            // An all-zero row equals an absent one.
            _ => NO_FIGURE.contains(&name.as_str()) || (zero(ours_value) && zero(truth_value)),
        };
        if !same {
            let (ours, truth) = (ours_value.clone(), truth_value.clone());
            differences.push(Difference { key: key.to_owned(), field: name.clone(), ours, truth });
        }
    }
}

fn in_buckets(row: &Value) -> bool {
    let many = |field: &str| row[field].as_i64().is_some_and(|count| EXACT_MAX < count);
    row["sketch_kind"] == "log0.1pct" || many("offered") || many("handled")
}

fn same(name: &str, ours: &Value, truth: &Value, bucketed: bool) -> bool {
    if name == "result" {
        // A row that was restated after it became final has settled as well.
        let settled = |result: &Value| if result == "CORRECTED" { Value::from("FINAL") } else { result.clone() };
        return settled(ours) == settled(truth);
    }
    match (ours.as_i64(), truth.as_i64()) {
        (Some(ours), Some(truth)) if bucketed && FROM_DISTRIBUTION.contains(&name) => bucket(ours) == bucket(truth),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::time::parse_instant;
    use crate::simulate::truth::settings::TruthSettings;
    use crate::simulate::world::World;

    fn rows() -> Vec<Value> {
        let from = parse_instant("2026-01-05T00:00:00Z").unwrap();
        let world = World::exactly(7, from, 1, 2_000).unwrap();
        world.truth(&TruthSettings::default()).rows().collect()
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
            row["queue_name"] = json!("a name");
        }
        let comparison = compare(&ours, &truth);
        assert!(comparison.equal(), "{comparison}");
        assert_eq!(comparison.compared, truth.len());
        assert!(100 < truth.len());
    }

    #[test]
    fn every_figure_that_is_changed_is_found_and_named() {
        let truth = rows();
        let row = busiest(&truth);
        let names: Vec<String> = truth[row].as_object().unwrap().keys().cloned().collect();
        let compared = |name: &&String| !NOT_COMPARED.contains(&name.as_str()) && !KEY.contains(&name.as_str());
        for name in names.iter().filter(compared) {
            let mut ours = truth.clone();
            ours[row][name.as_str()] = match &truth[row][name.as_str()] {
                Value::Number(number) => json!(number.as_f64().unwrap() * 1.000_001 + 1.0),
                _ => json!("other"),
            };
            let comparison = compare(&ours, &truth);
            assert_eq!(comparison.differences.len(), 1, "{name}");
            assert!(comparison.to_string().contains(&format!(": {name}: ours ")), "{comparison}");
        }
    }

    #[test]
    fn a_missing_row_differs_by_its_figures_and_an_all_zero_row_by_none() {
        let truth = rows();
        let row = busiest(&truth);
        let mut ours = truth.clone();
        let mut zeros = ours.remove(row);
        assert!(5 < compare(&ours, &truth).differences.len());
        for (name, value) in zeros.as_object_mut().unwrap() {
            if value.is_number() && !KEY.contains(&name.as_str()) && !NO_FIGURE.contains(&name.as_str()) {
                *value = if name.contains("ratio") || name.ends_with("_rate") { Value::Null } else { json!(0) };
            }
        }
        let mut without = truth.clone();
        without.remove(row);
        let mut with = without.clone();
        with.push(zeros);
        assert!(compare(&with, &without).equal() && compare(&without, &with).equal());
    }

    #[test]
    fn a_key_that_stands_twice_or_not_at_all_is_a_difference() {
        let truth = rows();
        let mut ours = truth.clone();
        ours.push(truth[0].clone());
        assert!(!compare(&ours, &truth).equal());
        assert!(!compare(&[json!({"offered": 0})], &[]).equal());
        assert!(!compare(&[], &truth).equal());
    }

    #[test]
    fn doubles_may_differ_in_the_last_digits_and_percentiles_within_their_bucket() {
        let row = |offered: i64, p90: i64, aht: f64| {
            let mut row = rows()[0].clone();
            (row["offered"], row["p90_handle_ms"], row["aht_ms"]) = (json!(offered), json!(p90), json!(aht));
            row
        };
        assert!(compare(&[row(5, 4_096, 1_234.567)], &[row(5, 4_096, 1_234.567_000_000_1)]).equal());
        assert!(!compare(&[row(5, 4_096, 1_234.567)], &[row(5, 4_096, 1_234.567_1)]).equal());
        assert!(!compare(&[row(5, 4_097, 1.0)], &[row(5, 4_096, 1.0)]).equal());
        assert!(compare(&[row(1_001, 4_097, 1.0)], &[row(1_001, 4_096, 1.0)]).equal());
        assert!(!compare(&[row(1_001, 4_100, 1.0)], &[row(1_001, 4_096, 1.0)]).equal());
    }
}
