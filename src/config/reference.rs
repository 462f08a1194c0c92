//! The reference page of all settings, `docs/settings.md`, out of the definition tables. Pure.

use std::fmt::Write;

use super::definition::{Definition, Only};
use super::kafka_properties;
use super::tables::class::Class;
use super::tables::worker;

const HEAD: &str = "\
# Settings

This page is made from the definition tables in `src/config/tables/`; `UPDATE_GOLDEN=1 cargo test --lib \
config::file` writes it anew.

A settings file is TOML: one table `[worker]`, and a table `[connectors.NAME]` for each connector. Keys are written as \
they stand here, as dotted keys or in quotes. A list is a text with commas, or a TOML array. `${env:NAME}` and \
`${file:PATH:KEY}` stand anywhere in a value for an environment variable and for a line `KEY=VALUE` of a properties \
file; secrets belong there. `handletime check -c FILE` reports everything that is wrong with a file, each problem with \
its line and key. A setting that this version cannot honour is refused, never ignored.
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut out = HEAD.to_owned();
    let tables = Class::ALL.map(|class| (format!("`{}`: a table `[connectors.NAME]`", class.word()), class.table()));
    for (title, table) in [("`[worker]`".to_owned(), worker::TABLE)].into_iter().chain(tables) {
        write(&mut out, &title, table);
    }
    write_refused(&mut out);
    out
}

fn write(out: &mut String, title: &str, table: &[Definition]) {
    line(out, &format!("\n## {title}"));
    let mut group = "";
    for definition in table {
        if definition.group != group {
            group = definition.group;
            line(
                out,
                &format!("\n### {group}\n\n| setting | type | default | values | importance | a change | meaning |"),
            );
            line(out, "|---|---|---|---|---|---|---|");
        }
        line(
            out,
            &format!(
                "| `{}` | {}{} | {} | {} | {} | {} | {}{} |",
                definition.name,
                definition.kind.word(),
                definition.unit.map_or_else(String::new, |unit| format!(", {unit}")),
                default(definition),
                cell(&definition.validator.expected(definition.kind)),
                definition.importance.word(),
                definition.scope.sentence(),
                cell(definition.sentence),
                cell(&limit(definition)),
            ),
        );
    }
}

fn default(definition: &Definition) -> String {
    match definition.default {
        Some("") => "empty".to_owned(),
        Some(value) => format!("`{value}`"),
        None if definition.required => "**required**".to_owned(),
        None => "none".to_owned(),
    }
}

fn limit(definition: &Definition) -> String {
    match definition.only {
        Some(Only { values: [], reason }) => format!(". **Not supported by this version**: {reason}"),
        Some(Only { values: [""], reason }) => format!(". **Only empty in this version**: {reason}"),
        Some(Only { values, reason }) => format!(". **Only {} in this version**: {reason}", values.join(", ")),
        None => String::new(),
    }
}

fn write_refused(out: &mut String) {
    line(out, "\n## Properties of the Kafka client that are refused\n\n| setting | reason |\n|---|---|");
    for (property, reason) in kafka_properties::REFUSED {
        line(out, &format!("| `{}{property}` | {} |", kafka_properties::BEGINNING, cell(reason)));
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a String takes every text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_on_the_page_once_a_table() {
        let page = page();
        for table in [worker::TABLE, Class::GenesysSource.table(), Class::HandleTimeProcessor.table()] {
            for (position, definition) in table.iter().enumerate() {
                assert!(page.contains(&format!("\n| `{}` |", definition.name)), "{}", definition.name);
                assert!(table[..position].iter().all(|other| other.name != definition.name), "{}", definition.name);
            }
        }
    }

    #[test]
    fn every_default_satisfies_its_own_definition() {
        for table in [worker::TABLE, Class::GenesysSource.table(), Class::HandleTimeProcessor.table()] {
            for definition in table {
                let refusal = definition.default.and_then(|value| definition.refusal(value, value));
                assert_eq!(refusal, None, "{}", definition.name);
                assert!(!definition.sentence.ends_with('.') && !definition.sentence.is_empty(), "{}", definition.name);
            }
        }
    }
}
