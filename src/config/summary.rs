//! The effective settings of a file, for people: given, default or derived; secrets hidden. Pure.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::canonical::{canonical_text, rules_version};
use super::definition::Definition;
use super::parse::Settings;
use super::section::{File, Section};
use super::tables::class::Class;
use super::tables::common::LATER;
use super::tables::worker;
use super::typed::SourceConfig;
use super::values::is_secret;

/// One line a setting, as it will be used. What a placeholder stands for is not shown, only the placeholder.
#[must_use]
pub fn summary(file: &File, settings: &Settings) -> String {
    let mut out = String::new();
    if let Some(section) = &file.worker {
        write_section(&mut out, section, worker::TABLE, &BTreeMap::new());
    }
    for section in &file.connectors {
        if let Some(source) = settings.sources.iter().find(|source| source.name == section.name) {
            write_section(&mut out, section, Class::GenesysSource.table(), &derived(source));
        }
        if let Some(processor) = settings.processors.iter().find(|processor| processor.name == section.name) {
            write_section(&mut out, section, Class::HandleTimeProcessor.table(), &BTreeMap::new());
            let version = rules_version(&canonical_text(&processor.rules));
            line(&mut out, &format!("  rules_version is {version}"));
        }
    }
    out
}

/// What follows from other settings, where the file does not say it.
fn derived(source: &SourceConfig) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("genesys.api.url", source.api_url.to_string()),
        ("genesys.login.url", source.login_url.to_string()),
        ("quota.requests.per.second", source.quota_requests_per_second.to_string()),
        ("quota.window.ms", source.quota_window.as_millis().to_string()),
        ("extract.page.size", source.page_size.to_string()),
        ("extract.forward.buffer.ms", source.forward_buffer_ms.to_string()),
        ("extract.freshness.delay.ms", source.freshness_delay_ms.to_string()),
        ("kpi.leg.length.ms.max", source.leg_length_ms_max.to_string()),
        ("kpi.lateness.horizon.ms", source.horizon_ms.to_string()),
    ])
}

fn write_section(out: &mut String, section: &Section, table: &[Definition], derived: &BTreeMap<&str, String>) {
    line(out, &section.title);
    for definition in table {
        let given: Vec<_> = section.entries.iter().filter(|entry| definition.is_for(&entry.key)).collect();
        for entry in &given {
            line(out, &format!("  {} = {}", entry.key, visible(entry.shown(is_secret(definition, entry)))));
        }
        if given.is_empty() && definition.group != LATER {
            match (derived.get(definition.name), definition.default) {
                (Some(value), Some(default)) if value == default => line(out, &unsaid(definition, value, "default")),
                (Some(value), _) => line(out, &unsaid(definition, value, "derived")),
                (None, Some(value)) => line(out, &unsaid(definition, value, "default")),
                (None, None) => {}
            }
        }
    }
}

fn unsaid(definition: &Definition, value: &str, why: &str) -> String {
    format!("  {} = {} ({why})", definition.name, visible(value))
}

fn visible(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a String takes every text");
}
