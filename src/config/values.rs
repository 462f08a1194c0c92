//! One table of the file, checked against the definitions: known, of its type, in range, nothing missing. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::definition::{Definition, Kind};
use super::nearest::nearest;
use super::problem::Problem;
use super::secret::Secret;
use super::section::{Entry, Section};
use super::tables::class::Class;
use super::tables::worker;
use super::validator::{parse_boolean, split_list};
use crate::domain::time::{InstantMs, parse_instant};

/// The checked values of a section. A setting that failed its check has none, nor its default.
pub struct Values<'a> {
    section: &'a Section,
    table: &'static [Definition],
    given: BTreeMap<&'a str, &'a Entry>,
    sound: BTreeMap<&'a str, &'a str>,
    meant: BTreeSet<&'static str>,
}

impl<'a> Values<'a> {
    /// Checks each setting of the section on its own, and adds what is wrong to `problems`.
    #[must_use]
    pub fn check(section: &'a Section, table: &'static [Definition], problems: &mut Vec<Problem>) -> Values<'a> {
        let (given, sound) = (BTreeMap::new(), BTreeMap::new());
        let mut values = Values { section, table, given, sound, meant: BTreeSet::new() };
        for entry in &section.entries {
            if let Some(before) = values.given.insert(&entry.key, entry) {
                let text = format!("is given twice, here and in line {}; remove one", before.line);
                problems.push(values.problem(&entry.key, text));
                continue;
            }
            let Some(definition) = table.iter().find(|definition| definition.is_for(&entry.key)) else {
                let names = table.iter().map(|definition| definition.name);
                let meant = nearest(&entry.key, names).filter(|_| owner(&entry.key).is_none());
                let text = unknown(&entry.key, meant);
                values.meant.extend(meant);
                problems.push(values.problem(&entry.key, text));
                continue;
            };
            let Some(resolved) = &entry.resolved else { continue };
            let text = resolved.reveal().trim();
            match definition.refusal(text, entry.shown(is_secret(definition, entry))) {
                Some(refusal) => problems.push(values.problem(&entry.key, refusal)),
                None => {
                    values.sound.insert(&entry.key, text);
                }
            }
        }
        for definition in table {
            if definition.required && !values.is_meant(definition.name) {
                let text = format!("{MISSING}: {}", lowered(definition.sentence));
                problems.push(values.problem(definition.name, text));
            }
        }
        values
    }

    /// A problem with this section's setting.
    #[must_use]
    pub fn problem(&self, key: &str, text: String) -> Problem {
        let line = self.given.get(key).map_or(self.section.line, |entry| entry.line);
        Problem { key: key.to_owned(), place: self.section.title.clone(), line, text }
    }

    /// Says that a setting has no use here, in the place of all that was said of its value: what is to go need not be
    /// right first.
    pub fn refuse(&self, key: &str, text: String, problems: &mut Vec<Problem>) {
        let place = &self.section.title;
        problems.retain(|problem| problem.key != key || problem.place != *place);
        problems.push(self.problem(key, text));
    }

    /// The connector's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.section.name
    }

    /// The section that the values stand in.
    #[must_use]
    pub fn section(&self) -> &Section {
        self.section
    }

    /// Whether the file has the key.
    #[must_use]
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Whether the file has the key, or one that is unknown and looks like it: then that one is told, and not that this
    /// one is missing.
    #[must_use]
    pub fn is_meant(&self, name: &str) -> bool {
        self.is_given(name) || self.meant.contains(name)
    }

    /// Whether the file has the key with a value that cannot be used, which is told already.
    #[must_use]
    pub fn is_unsound(&self, name: &str) -> bool {
        self.is_given(name) && !self.sound.contains_key(name)
    }

    /// The value, or the default when the key is absent; `None` when there is neither or the value is not sound.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        if self.is_given(name) {
            return self.sound.get(name).copied();
        }
        self.table.iter().find(|definition| definition.name == name).and_then(|definition| definition.default)
    }

    /// What the file says, whether it can be used or not; `None` where the key is absent.
    #[must_use]
    pub fn written(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(|entry| entry.written.as_str())
    }

    /// A secret, which remembers its placeholders.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        let text = self.text(name)?.to_owned();
        let written = self.given.get(name).map_or("", |entry| entry.written.as_str());
        Some(Secret::read_through(text, written))
    }

    /// A whole number.
    #[must_use]
    pub fn long(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A whole number of a narrower type.
    #[must_use]
    pub fn whole<T: TryFrom<i64>>(&self, name: &str) -> Option<T> {
        self.long(name).and_then(|number| T::try_from(number).ok())
    }

    /// A length of time that is given in milliseconds.
    #[must_use]
    pub fn millis(&self, name: &str) -> Option<Duration> {
        self.whole(name).map(Duration::from_millis)
    }

    /// A decimal number.
    #[must_use]
    pub fn double(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok()
    }

    /// A switch.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        parse_boolean(self.text(name)?)
    }

    /// A list of texts.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        self.text(name).map(|text| split_list(text).into_iter().map(str::to_owned).collect())
    }

    /// A list, each part of which `read` can read.
    #[must_use]
    pub fn list_of<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        split_list(self.text(name)?).into_iter().map(read).collect()
    }

    /// An instant.
    #[must_use]
    pub fn instant(&self, name: &str) -> Option<InstantMs> {
        parse_instant(self.text(name)?)
    }

    /// The settings whose names begin with `beginning`: the rest of the name, and the value as it stands.
    #[must_use]
    pub fn beginning_with(&self, beginning: &str) -> BTreeMap<String, String> {
        let named = self.given.iter().filter(|(key, _)| self.sound.contains_key(*key));
        named
            .filter_map(|(key, entry)| {
                let rest = key.strip_prefix(beginning)?;
                Some((rest.to_owned(), entry.resolved.as_ref()?.reveal().to_owned()))
            })
            .collect()
    }
}

/// Whether the value must not be printed: a password, a Kafka property that carries one, or a text with a user in it.
#[must_use]
pub fn is_secret(definition: &Definition, entry: &Entry) -> bool {
    let names =
        ["password", "passphrase", "secret", "token", "credential", "private", ".key", ".pem", "oauthbearer.config"];
    let is_open_key = !definition.name.ends_with('*');
    definition.kind == Kind::Password
        || (!is_open_key && names.iter().any(|name| entry.key.contains(name)))
        || entry.written.contains("://") && entry.written.contains('@')
}

/// How the text of a required setting that is not there begins.
pub const MISSING: &str = "is missing";

fn unknown(key: &str, meant: Option<&str>) -> String {
    if let Some(owner) = owner(key) {
        return format!("is no setting here, but one of {owner}; move it there");
    }
    match meant {
        Some(name) => format!("is no setting; did you mean {name}"),
        None => "is no setting; see docs/settings.md for those there are".to_owned(),
    }
}

/// The table that has the setting.
fn owner(key: &str) -> Option<&'static str> {
    let mut tables =
        [("[worker]", worker::TABLE)].into_iter().chain(Class::ALL.map(|class| (class.word(), class.table())));
    tables.find(|(_, table)| table.iter().any(|definition| definition.is_for(key))).map(|(name, _)| name)
}

/// The sentence without its capital, unless it begins with a name in capitals.
fn lowered(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) if !letters.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::placeholder::Reference;
    use super::super::toml_text;
    use super::*;

    /// The problems of a source's section with these settings added to those that it must have.
    fn problems(settings: &str) -> Vec<String> {
        let text = format!(
            "[connectors.s]\nconnector.class = \"GenesysSource\"\ngenesys.client.id = \"i\"\ngenesys.client.secret = \
             \"hunter2\"\ngenesys.org.id = \"acme\"\nextract.start = \"2026-01-01T00:00:00Z\"\n{settings}\n"
        );
        let lookup = |reference: &Reference| match reference {
            Reference::Env { name } if name == "SIZE" => Ok("hunter2".to_owned()),
            _ => Err("it is not set".to_owned()),
        };
        let mut problems = Vec::new();
        let file = toml_text::read("x.toml", &text, &lookup, &mut problems);
        let _ = Values::check(&file.connectors[0], Class::GenesysSource.table(), &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_unknown_key_is_an_error_with_the_nearest_name() {
        assert_eq!(
            problems("extract.slise.ms = 1"),
            ["line 7 [connectors.s] extract.slise.ms: is no setting; did you mean extract.slice.ms"]
        );
        assert!(problems("colour = \"red\"")[0].ends_with("is no setting; see docs/settings.md for those there are"));
    }

    #[test]
    fn a_setting_of_another_table_is_sent_there() {
        let found = problems("kpi.zone = \"UTC\"\ntopics.partitions = 1");
        assert!(found[0].ends_with("is no setting here, but one of HandleTimeProcessor; move it there"), "{found:?}");
        assert!(found[1].ends_with("is no setting here, but one of [worker]; move it there"), "{found:?}");
    }

    #[test]
    fn a_wrong_type_and_a_value_out_of_range_name_value_and_way_out() {
        let found = problems("extract.slice.ms = \"soon\"\nextract.page.size = 10001");
        assert_eq!(
            found[0],
            "line 7 [connectors.s] extract.slice.ms: is \"soon\"; must be a whole number from 1000 to 2678400000"
        );
        assert_eq!(
            found[1],
            "line 8 [connectors.s] extract.page.size: is \"10001\"; must be a whole number from 1 to 10000"
        );
    }

    #[test]
    fn a_missing_setting_is_reported_at_its_table() {
        let mut problems = Vec::new();
        let section = Section { title: "[worker]".to_owned(), line: 3, ..Section::default() };
        let _ = Values::check(&section, worker::TABLE, &mut problems);
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["line 3 [worker] bootstrap.servers: is missing: brokers to ask first, as HOST:PORT"]);
    }

    #[test]
    fn a_setting_given_in_two_spellings_is_given_twice() {
        let found = problems("extract.page.size = 10\n\"extract.page.size\" = 20");
        assert_eq!(found, ["line 8 [connectors.s] extract.page.size: is given twice, here and in line 7; remove one"]);
    }

    #[test]
    fn an_unresolvable_value_is_reported_once_and_is_not_missing() {
        let found = problems("extract.page.size = \"${env:NOBODY}\"");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn what_a_placeholder_stands_for_is_never_printed() {
        let found = problems("extract.page.size = \"${env:SIZE}\"");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("is \"${env:SIZE}\"; must be"), "{found:?}");
        assert!(!found[0].contains("hunter2"));
    }

    #[test]
    fn an_address_with_a_password_in_it_is_never_printed() {
        let found = problems("genesys.api.url = \"https://me:hunter2@host\"");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("is \"[hidden]\"; must be") && !found[0].contains("hunter2"), "{found:?}");
    }

    #[test]
    fn no_table_lets_a_setting_of_a_later_version_pass() {
        let (key, value) = ("schema.registry.url", "http://localhost:8081");
        let definition = worker::TABLE.iter().find(|definition| definition.is_for(key)).unwrap();
        let refusal = definition.refusal(value, value).unwrap_or_default();
        assert!(refusal.contains("not supported by this version: "), "{key}: {refusal}");
    }
}
