//! What of an answer's JSON may be passed on: an allow-list by path; values keep their text. Pure.
//!
//! A field that the list does not have is dropped and counted: it may be personal. One that the list names as dropped
//! is known to be personal, or of no use, and is not worth counting.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::page::Drift;

/// What a place of the JSON may hold.
#[derive(Debug)]
pub enum Allowed {
    /// Text, a number, true or false: kept.
    Value,
    /// Known, and never passed on.
    Dropped,
    /// An object with these fields.
    Object(&'static [(&'static str, Allowed)]),
    /// A list of these.
    List(&'static Allowed),
}

/// The fields of a JSON object in their order.
pub struct Pairs<'a>(pub Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        from.deserialize_map(InOrder).map(Pairs)
    }
}

/// The JSON with nothing but what is allowed; counts what is unknown.
///
/// # Errors
/// The rule that is broken, when a field that is known is of another shape.
pub fn kept(json: &str, allowed: &Allowed, drift: &mut Drift) -> Result<String, String> {
    let mut out = String::with_capacity(json.len());
    keep(json, allowed, "", drift, &mut out)?;
    Ok(out)
}

fn keep(json: &str, allowed: &Allowed, path: &str, drift: &mut Drift, out: &mut String) -> Result<(), String> {
    let named = || if path.is_empty() { "a row" } else { path };
    if json == "null" && !path.is_empty() {
        out.push_str(json);
        return Ok(());
    }
    match allowed {
        Allowed::Value if json.starts_with(['{', '[']) => Err(format!("{} is a single value", named())),
        Allowed::Value => {
            out.push_str(json);
            Ok(())
        }
        // Whoever holds the field leaves it out with its name.
        Allowed::Dropped => Ok(()),
        Allowed::List(of) => {
            let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| format!("{} is a list", named()))?;
            out.push('[');
            for (number, item) in items.into_iter().enumerate() {
                if 0 < number {
                    out.push(',');
                }
                keep(item.get(), of, path, drift, out)?;
            }
            out.push(']');
            Ok(())
        }
        Allowed::Object(fields) => {
            let pairs: Pairs<'_> = serde_json::from_str(json).map_err(|_| format!("{} is a JSON object", named()))?;
            let mut first = true;
            out.push('{');
            for (key, value) in pairs.0 {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match find(fields, &key) {
                    Some(Allowed::Dropped) => {}
                    Some(allowed) => {
                        if !first {
                            out.push(',');
                        }
                        first = false;
                        out.push_str(&serde_json::Value::String(key).to_string());
                        out.push(':');
                        keep(value.get(), allowed, &path, drift, out)?;
                    }
                    None => Drift::count(&mut drift.unknown, &path, 1),
                }
            }
            out.push('}');
            Ok(())
        }
    }
}

/// The field of that name, or of the nested path that a dotted name means.
fn find(fields: &'static [(&'static str, Allowed)], key: &str) -> Option<&'static Allowed> {
    if let Some((_, allowed)) = fields.iter().find(|(name, _)| *name == key) {
        return Some(allowed);
    }
    let (head, rest) = key.split_once('.')?;
    match fields.iter().find(|(name, _)| *name == head) {
        Some((_, Allowed::Object(inner))) => find(inner, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Allowed = Allowed::Object(&[
        ("id", Allowed::Value),
        ("ani", Allowed::Dropped),
        ("routing", Allowed::Object(&[("queue", Allowed::Object(&[("id", Allowed::Value)]))])),
        ("events", Allowed::List(&Allowed::Object(&[("at", Allowed::Value)]))),
        ("skills", Allowed::List(&Allowed::Value)),
    ]);

    fn kept_of(json: &str) -> (Result<String, String>, Drift) {
        let mut drift = Drift::default();
        (kept(json, &ROW, &mut drift), drift)
    }

    #[test]
    fn what_is_allowed_keeps_its_text_and_all_else_is_gone() {
        let json = r#"{"id": 1.50, "ani":"+49", "note":"Ann", "events":[{"at":"a\u00e9","who":"x"},{"who":{"y":1}}], "skills":["s", "t"]}"#;
        let (kept, drift) = kept_of(json);
        assert_eq!(kept.unwrap(), r#"{"id":1.50,"events":[{"at":"a\u00e9"},{}],"skills":["s","t"]}"#);
        assert_eq!(drift.unknown["events.who"], 2);
        assert_eq!(drift.unknown["note"], 1);
        assert_eq!(drift.unknown.get("ani"), None);
    }

    #[test]
    fn dotted_names_mean_nested_ones_and_null_and_empty_stay() {
        let json = r#"{"routing.queue.id":"q","routing.queue":{"id":"r","name":"n"},"routing":null,"events":[ ],"skills":null}"#;
        let (kept, drift) = kept_of(json);
        let expected =
            r#"{"routing.queue.id":"q","routing.queue":{"id":"r"},"routing":null,"events":[],"skills":null}"#;
        assert_eq!(kept.unwrap(), expected);
        assert_eq!(drift.unknown["routing.queue.name"], 1);
    }

    #[test]
    fn a_known_field_of_another_shape_breaks_a_rule() {
        assert_eq!(kept_of(r#"{"id":{"name":"Ann"}}"#).0, Err("id is a single value".to_owned()));
        assert_eq!(kept_of(r#"{"events":{"at":1}}"#).0, Err("events is a list".to_owned()));
        assert_eq!(kept_of(r#"{"routing":"q"}"#).0, Err("routing is a JSON object".to_owned()));
        assert_eq!(kept_of("17").0, Err("a row is a JSON object".to_owned()));
        assert_eq!(kept_of("null").0, Err("a row is a JSON object".to_owned()));
    }
}
