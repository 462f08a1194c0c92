//! What of an answer's JSON may be passed on: an allow-list by path; values keep their text. Pure.
//!
//! A field that the list does not have is dropped and counted: it may be personal. One that the list names as dropped
//! is known to be personal, or of no use, and is not worth counting; the settings may allow it by its name.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::page::Drift;
use super::words::{told_name, word_drift};
use crate::genesys::privacy::Privacy;

/// What a place of the JSON may hold.
#[derive(Debug)]
pub enum Allowed {
    /// Text, a number, true or false: kept.
    Value,
    /// One of these words, whatever its case: kept, and counted when it is none of them.
    Word(&'static [&'static str]),
    /// The id of an agent: kept, or hashed if the settings say so.
    User,
    /// An object of texts under names that a contact centre made up: of it only what is allowed by name.
    Attributes,
    /// Known, and not passed on unless it is allowed by name.
    Dropped,
    /// An object with these fields.
    Object(&'static [(&'static str, Allowed)]),
    /// A list of these.
    List(&'static Allowed),
    /// What should be there: counted where it is absent or null.
    Expected(&'static Allowed),
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

/// The JSON with nothing but what is allowed and what `privacy` allows besides; counts what is unknown or missing.
///
/// # Errors
/// The rule that is broken, when a field that is known is of another shape.
pub fn kept(json: &str, allowed: &Allowed, privacy: &Privacy, drift: &mut Drift) -> Result<String, String> {
    let mut keeper = Keeper { privacy, drift, out: String::with_capacity(json.len()) };
    keeper.keep(json, allowed, "")?;
    Ok(keeper.out)
}

struct Keeper<'a> {
    privacy: &'a Privacy,
    drift: &'a mut Drift,
    out: String,
}

impl Keeper<'_> {
    /// Answers whether there was something to keep; if not, whoever holds the field leaves it out with its name.
    fn keep(&mut self, json: &str, allowed: &Allowed, path: &str) -> Result<bool, String> {
        let named = || if path.is_empty() { "a row" } else { path };
        if let Allowed::Expected(of) = allowed {
            return self.keep(json, of, path);
        }
        if matches!(allowed, Allowed::Dropped) {
            return Ok(false);
        }
        if json == "null" && !path.is_empty() {
            self.out.push_str(json);
            return Ok(true);
        }
        match allowed {
            Allowed::Value | Allowed::Word(_) | Allowed::User if json.starts_with(['{', '[']) => {
                return Err(format!("{} is a single value", named()));
            }
            Allowed::Value | Allowed::Dropped | Allowed::Expected(_) => self.out.push_str(json),
            Allowed::Word(known) => {
                if let Ok(word) = serde_json::from_str::<String>(json)
                    && !word.is_empty()
                    && !known.iter().any(|known| known.eq_ignore_ascii_case(&word))
                {
                    word_drift(self.drift, path, &word);
                }
                self.out.push_str(json);
            }
            Allowed::User if self.privacy.hashes_users() => {
                let id: String = serde_json::from_str(json).map_err(|_| format!("{} is text", named()))?;
                let id = if id.is_empty() { id } else { self.privacy.user(id) };
                self.out.push_str(&serde_json::Value::String(id).to_string());
            }
            Allowed::User => self.out.push_str(json),
            Allowed::Attributes => return self.attributes(json, path),
            Allowed::List(of) => {
                let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| format!("{} is a list", named()))?;
                self.out.push('[');
                for (number, item) in items.into_iter().enumerate() {
                    if 0 < number {
                        self.out.push(',');
                    }
                    self.keep(item.get(), of, path)?;
                }
                self.out.push(']');
            }
            Allowed::Object(fields) => {
                let pairs: Pairs<'_> =
                    serde_json::from_str(json).map_err(|_| format!("{} is a JSON object", named()))?;
                self.object(pairs, fields, path)?;
            }
        }
        Ok(true)
    }

    fn object(
        &mut self,
        pairs: Pairs<'_>,
        fields: &'static [(&'static str, Allowed)],
        path: &str,
    ) -> Result<(), String> {
        for (name, _) in fields.iter().filter(|(_, allowed)| matches!(allowed, Allowed::Expected(_))) {
            if !pairs.0.iter().any(|(key, value)| key == name && value.get() != "null") {
                Drift::count(&mut self.drift.missing, &joined(path, name), 1);
            }
        }
        let mut first = true;
        self.out.push('{');
        for (key, value) in pairs.0 {
            let Some(allowed) = find(fields, &key) else {
                Drift::count(&mut self.drift.unknown, &joined(path, told_name(&key)), 1);
                continue;
            };
            let before = self.out.len();
            if !first {
                self.out.push(',');
            }
            let path = joined(path, &key);
            self.out.push_str(&serde_json::Value::String(key).to_string());
            self.out.push(':');
            let kept = if matches!(allowed, Allowed::Dropped) && self.privacy.keeps_field(last_name(&path)) {
                self.out.push_str(value.get());
                true
            } else {
                self.keep(value.get(), allowed, &path)?
            };
            if kept {
                first = false;
            } else {
                self.out.truncate(before);
            }
        }
        self.out.push('}');
        Ok(())
    }

    /// Whatever is not allowed is not even looked at: its names and values are a customer's.
    fn attributes(&mut self, json: &str, path: &str) -> Result<bool, String> {
        let pairs: Pairs<'_> = serde_json::from_str(json).map_err(|_| format!("{path} is a JSON object"))?;
        for name in self.privacy.attributes() {
            if !pairs.0.iter().any(|(key, _)| key == name) {
                Drift::count(&mut self.drift.missing, &joined(path, name), 1);
            }
        }
        let mut first = true;
        for (key, value) in pairs.0.iter().filter(|(key, _)| self.privacy.keeps_attribute(key)) {
            if !value.get().starts_with('"') && value.get() != "null" {
                return Err(format!("{path}.{key} is text"));
            }
            self.out.push(if first { '{' } else { ',' });
            first = false;
            self.out.push_str(&serde_json::Value::String(key.clone()).to_string());
            self.out.push(':');
            self.out.push_str(value.get());
        }
        if !first {
            self.out.push('}');
        }
        Ok(!first)
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn last_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The field of that name, or of the nested path that a dotted name means.
pub(super) fn find(fields: &'static [(&'static str, Allowed)], key: &str) -> Option<&'static Allowed> {
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
        (kept(json, &ROW, &Privacy::default(), &mut drift), drift)
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
