//! The row of a topic. Pure.

use serde_json::{Map, Value, json};

use super::super::figures::{Owner, Truth};
use super::super::settings::TruthSubject;
use super::super::tally::Tally;
use super::{agent, custom, head, interval};
use crate::domain::time::InstantMs;

/// A row as it is being written.
pub(super) type Row = Map<String, Value>;

/// The row that a tally says.
pub(in crate::simulate::truth) fn row(truth: &Truth, start: InstantMs, owner: &Owner, tally: &Tally) -> Value {
    let mut row = Row::new();
    head::write(&mut row, truth, start, owner);
    match truth.settings.subject {
        TruthSubject::Queue => {
            put(&mut row, "queue_id", json!(owner.subject));
            put(&mut row, "queue_name", json!(tally.queue_name));
            put(&mut row, "skill_set", json!(owner.skill_set));
            put(&mut row, "language", json!(owner.language));
            put(&mut row, "service_level_target_ms", json!(tally.target_ms));
            put(&mut row, "attributes_version", json!(0));
            interval::write(&mut row, truth, owner, tally);
        }
        TruthSubject::Agent | TruthSubject::AgentTotal => {
            put(&mut row, "user_id", json!(owner.subject));
            agent::write(&mut row, truth, start, tally);
        }
        TruthSubject::Custom => {
            put(&mut row, "queue_id", json!(owner.subject));
            put(&mut row, "skill_set", json!(owner.skill_set));
            put(&mut row, "language", json!(owner.language));
            put(&mut row, "name", json!(owner.name));
            custom::write(&mut row, tally);
        }
        // Contacts and transfers have no tallies.
        _ => interval::write(&mut row, truth, owner, tally),
    }
    head::write_publication(&mut row);
    Value::Object(row)
}

pub(super) fn put(row: &mut Row, name: &str, value: Value) {
    row.insert(name.to_owned(), value);
}

pub(super) fn some(is: bool, number: i64) -> Value {
    if is { json!(number) } else { Value::Null }
}

pub(super) fn ratio(of: i64, by: i64) -> Value {
    if by == 0 { Value::Null } else { json!(of as f64 / by as f64) }
}
