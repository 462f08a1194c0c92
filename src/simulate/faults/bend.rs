//! An answer that is not quite what it should be: a row too many, another total, a field of another kind. Pure.

use serde_json::Value;

/// Under which names the platform's answers have their rows.
const LISTS: [&str; 4] = ["data", "interactions", "conversations", "entities"];

/// Under which names they say how many there are in all.
const TOTALS: [&str; 4] = ["total", "totalHits", "interactionVolume", "count"];

/// Under which names they say how far a query is.
const STATES: [&str; 2] = ["status", "state"];

/// What is changed in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bend {
    /// The last row of the answer before stands at its head.
    Repeat,
    /// The total is off by so much; never below zero.
    Total(i64),
    /// The state of a query is called so.
    State(String),
    /// Rows have another field.
    Field(Field),
}

/// A field as it stands in rows instead of what they had there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Below these names.
    pub names: Vec<String>,
    /// What it says.
    pub value: Value,
    /// Only rows whose JSON holds this text have it; `None`: all of them.
    pub row_contains: Option<String>,
}

impl Field {
    fn is_meant(&self, row: &Value) -> bool {
        self.row_contains.as_ref().is_none_or(|text| row.to_string().contains(text.as_str()))
    }
}

/// The answer, changed; one that has nothing to change stays as it is.
#[must_use]
pub fn bent(body: &str, bend: &Bend, row_before: Option<&Value>) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    match bend {
        Bend::Repeat => {
            if let (Some(row), Some(rows)) = (row_before, rows_of(&mut answer)) {
                rows.insert(0, row.clone());
            }
        }
        Bend::Total(by) => {
            for name in TOTALS {
                if let Some(total) = answer.get(name).and_then(Value::as_i64) {
                    answer[name] = (total + by).max(0).into();
                }
            }
        }
        Bend::State(word) => {
            for name in STATES {
                if answer.get(name).is_some() {
                    answer[name] = word.as_str().into();
                }
            }
        }
        Bend::Field(field) => {
            for row in rows_of(&mut answer).into_iter().flatten().filter(|row| field.is_meant(row)) {
                put(row, &field.names, &field.value);
            }
        }
    }
    answer.to_string()
}

/// The last row of an answer.
#[must_use]
pub fn last_row(body: &str) -> Option<Value> {
    let mut answer: Value = serde_json::from_str(body).ok()?;
    rows_of(&mut answer)?.pop()
}

fn rows_of(answer: &mut Value) -> Option<&mut Vec<Value>> {
    let name = LISTS.into_iter().find(|name| answer.get(name).is_some_and(Value::is_array))?;
    answer.get_mut(name)?.as_array_mut()
}

fn put(at: &mut Value, names: &[String], value: &Value) {
    match (at, names) {
        (Value::Array(each), _) => each.iter_mut().for_each(|one| put(one, names, value)),
        // A dotted path may stand as one name.
        (Value::Object(fields), names) if fields.contains_key(&names.join(".")) => {
            drop(fields.insert(names.join("."), value.clone()));
        }
        (Value::Object(fields), [name]) => drop(fields.insert(name.clone(), value.clone())),
        (Value::Object(fields), [name, below @ ..]) => {
            if let Some(field) = fields.get_mut(name) {
                put(field, below, value);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(answer: &Value, bend: &Bend) -> Value {
        serde_json::from_str(&bent(&answer.to_string(), bend, Some(&json!({"id": "before"})))).unwrap()
    }

    fn field(names: &[&str], row_contains: Option<&str>) -> Bend {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Bend::Field(Field { names, value: json!("x"), row_contains: row_contains.map(str::to_owned) })
    }

    #[test]
    fn a_row_of_the_answer_before_is_told_again() {
        let answer = json!({"conversations": [{"id": "a"}], "totalHits": 3});
        let expected = json!({"conversations": [{"id": "before"}, {"id": "a"}], "totalHits": 3});
        assert_eq!(changed(&answer, &Bend::Repeat), expected);
        assert_eq!(last_row(&answer.to_string()), Some(json!({"id": "a"})));
        assert_eq!(changed(&json!({"totalHits": 0}), &Bend::Repeat), json!({"totalHits": 0}));
    }

    #[test]
    fn a_total_is_off_and_never_negative() {
        let answer = json!({"data": [], "total": 3, "size": 10});
        assert_eq!(changed(&answer, &Bend::Total(2))["total"], json!(5));
        assert_eq!(changed(&answer, &Bend::Total(-7)), json!({"data": [], "total": 0, "size": 10}));
        let state = json!({"id": "q", "status": "completed", "count": 3});
        assert_eq!(changed(&state, &Bend::Total(2)), json!({"id": "q", "status": "completed", "count": 5}));
    }

    #[test]
    fn a_field_is_put_into_every_row_through_lists_and_only_where_there_is_a_place_for_it() {
        let answer = json!({"interactions": [{"events": [{"a": 1}, {}]}, {"id": "without"}], "nextPageToken": null});
        let expected = json!({"interactions": [{"events": [{"a": "x"}, {"a": "x"}]}, {"id": "without"}],
            "nextPageToken": null});
        assert_eq!(changed(&answer, &field(&["events", "a"], None)), expected);
        let bend = field(&["interaction", "type"], None);
        let answer = json!({"data": [{"interaction.type": "voice"}, {"interaction": {"type": "chat"}}]});
        let expected = json!({"data": [{"interaction.type": "x"}, {"interaction": {"type": "x"}}]});
        assert_eq!(changed(&answer, &bend), expected);
    }

    #[test]
    fn a_field_is_put_into_the_rows_alone_that_hold_a_text() {
        let answer = json!({"conversations": [{"id": "a"}, {"id": "b"}, {"id": "c"}]});
        let expected = json!({"conversations": [{"id": "a"}, {"id": "b", "n": "x"}, {"id": "c"}]});
        assert_eq!(changed(&answer, &field(&["n"], Some("\"b\""))), expected);
        assert_eq!(changed(&answer, &field(&["n"], Some("\"d\""))), answer);
    }

    #[test]
    fn the_state_of_a_query_is_called_otherwise_and_nothing_else() {
        let bend = Bend::State("resting".to_owned());
        assert_eq!(changed(&json!({"id": "q", "status": "running"}), &bend), json!({"id": "q", "status": "resting"}));
        assert_eq!(changed(&json!({"state": "PENDING"}), &bend), json!({"state": "resting"}));
        assert_eq!(changed(&json!({"data": []}), &bend), json!({"data": []}));
    }
}
