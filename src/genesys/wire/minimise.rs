//! A row that cannot be read, as it came but for what is personal: what a dead letter holds. Pure.

use serde_json::value::RawValue;

use super::allow::{Allowed, Pairs, find};
use super::words::told_name;
use crate::genesys::privacy::Privacy;

/// How deep what stands in the wrong place is told. Deeper nesting is no answer of the platform.
const DEPTH_MAX: usize = 16;

/// The row without the fields that are not allowed; what stands in a known place and is of another shape is told by its
/// shape alone, because no one knows what is in it. A row that holds nothing of the kind is the same to the byte.
#[must_use]
pub fn minimised(json: &str, allowed: &Allowed, privacy: &Privacy) -> String {
    if privacy.keeps_dead_letters_whole() {
        return json.to_owned();
    }
    let mut rest = Rest { privacy, changed: false, out: String::with_capacity(json.len()) };
    rest.value(json, allowed);
    if rest.changed { rest.out } else { json.to_owned() }
}

struct Rest<'a> {
    privacy: &'a Privacy,
    changed: bool,
    out: String,
}

impl Rest<'_> {
    fn value(&mut self, json: &str, allowed: &Allowed) {
        match allowed {
            Allowed::Expected(of) => self.value(json, of),
            _ if json == "null" => self.out.push_str(json),
            Allowed::Value | Allowed::Word(_) if !json.starts_with(['{', '[']) => self.out.push_str(json),
            Allowed::User if !json.starts_with(['{', '[']) => match serde_json::from_str::<String>(json) {
                Ok(id) if self.privacy.hashes_users() => {
                    self.changed = true;
                    self.out.push_str(&serde_json::Value::String(self.privacy.user(id)).to_string());
                }
                _ => self.out.push_str(json),
            },
            Allowed::List(of) => match serde_json::from_str::<Vec<&RawValue>>(json) {
                Ok(items) => {
                    self.out.push('[');
                    for (number, item) in items.into_iter().enumerate() {
                        if 0 < number {
                            self.out.push(',');
                        }
                        self.value(item.get(), of);
                    }
                    self.out.push(']');
                }
                Err(_) => self.shape(json, 0),
            },
            Allowed::Object(fields) => {
                let privacy = self.privacy;
                self.fields(json, |key| match find(fields, key) {
                    Some(Allowed::Dropped) if privacy.keeps_field(key) => Some(&Allowed::Value),
                    Some(Allowed::Dropped) | None => None,
                    Some(allowed) => Some(allowed),
                });
            }
            Allowed::Attributes => {
                let privacy = self.privacy;
                self.fields(json, |name| privacy.keeps_attribute(name).then_some(&Allowed::Value));
            }
            Allowed::Value | Allowed::Word(_) | Allowed::User | Allowed::Dropped => self.shape(json, 0),
        }
    }

    fn fields(&mut self, json: &str, allowed: impl Fn(&str) -> Option<&'static Allowed>) {
        let Ok(pairs) = serde_json::from_str::<Pairs<'_>>(json) else { return self.shape(json, 0) };
        let mut first = true;
        self.out.push('{');
        for (key, value) in pairs.0 {
            let Some(allowed) = allowed(&key) else {
                self.changed = true;
                continue;
            };
            self.name(&key, &mut first);
            self.value(value.get(), allowed);
        }
        self.out.push('}');
    }

    fn name(&mut self, name: &str, first: &mut bool) {
        if !*first {
            self.out.push(',');
        }
        *first = false;
        self.out.push_str(&serde_json::Value::String(name.to_owned()).to_string());
        self.out.push(':');
    }

    fn shape(&mut self, json: &str, depth: usize) {
        self.changed = true;
        match json.as_bytes().first() {
            _ if DEPTH_MAX < depth => self.out.push_str("\"(deeper)\""),
            Some(b'{') => {
                let mut first = true;
                self.out.push('{');
                for (key, value) in serde_json::from_str::<Pairs<'_>>(json).map(|pairs| pairs.0).unwrap_or_default() {
                    self.name(told_name(&key), &mut first);
                    self.shape(value.get(), depth + 1);
                }
                self.out.push('}');
            }
            Some(b'[') => {
                let items = serde_json::from_str::<Vec<&RawValue>>(json).unwrap_or_default();
                self.out.push('[');
                for (number, item) in items.into_iter().enumerate() {
                    if 0 < number {
                        self.out.push(',');
                    }
                    self.shape(item.get(), depth + 1);
                }
                self.out.push(']');
            }
            Some(b'"') => self.out.push_str("\"(text)\""),
            Some(b't' | b'f' | b'n') | None => self.out.push_str(json),
            Some(_) => self.out.push_str("\"(number)\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesys::privacy::Privacy;

    const ROW: Allowed = Allowed::Object(&[
        ("id", Allowed::Value),
        ("ani", Allowed::Dropped),
        ("attributes", Allowed::Attributes),
        ("queue", Allowed::Object(&[("id", Allowed::Value)])),
        ("legs", Allowed::List(&Allowed::Object(&[("at", Allowed::Value)]))),
    ]);

    fn rest(json: &str) -> String {
        minimised(json, &ROW, &Privacy::default())
    }

    #[test]
    fn what_holds_nothing_personal_is_the_same_to_the_byte() {
        let json = r#"{ "id" : 7,"queue":null, "legs":[{"at":"later"}] }"#;
        assert_eq!(rest(json), json);
    }

    #[test]
    fn known_unknown_and_misplaced_personal_fields_are_gone() {
        let json = r#"{"id":{"Name":"Ann","+49301":[1,true]},"ani":"+49302","attributes":{"pin":"1"},"who":"Ann",
            "queue":"Ann","legs":[{"at":"x","note":"Ann"},"Ann"]}"#;
        let expected = r#"{"id":{"Name":"(text)","(no name)":["(number)",true]},"attributes":{},"queue":"(text)","legs":[{"at":"x"},"(text)"]}"#;
        assert_eq!(rest(json), expected);
        assert_eq!(rest("\"Ann\""), "\"(text)\"");
    }
}
