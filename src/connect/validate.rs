//! Whether the settings of one connector are sound, told setting by setting as Connect does. Edge: it looks at what
//! placeholders point at.
//!
//! What stands in an answer is what was written. So a secret may only be written as a placeholder: one that stands there
//! itself is refused, and shown nowhere.

use std::collections::BTreeMap;

use super::config_infos::{ConfigInfo, ConfigInfos, ConfigKeyInfo, ConfigValueInfo};
use super::entities::ConnectorConfig;
use super::error::ConnectError;
use super::plugins::{self, CLASS, NAME, TASKS_MAX};
use crate::config::definition::Definition;
use crate::config::file;
use crate::config::parse::problems_of;
use crate::config::placeholder::{self, Lookup};
use crate::config::problem::Problem;
use crate::config::secret::Secret;
use crate::config::section::{Entry, Section};
use crate::config::tables::class::Class;
use crate::config::validator::Validator;
use crate::config::values::{MISSING, is_secret};

/// What is wrong, by setting.
type Errors = BTreeMap<String, Vec<String>>;

/// All settings of the connector, with what is wrong with each.
///
/// # Errors
/// 400 when no class is named, or one that is not known.
pub fn validate(config: &ConnectorConfig) -> Result<ConfigInfos, ConnectError> {
    validate_with(config, &file::resolve)
}

/// 400 with all errors, where there are any.
#[must_use]
pub fn refusal(infos: &ConfigInfos) -> Option<ConnectError> {
    if infos.error_count == 0 {
        return None;
    }
    let errors: Vec<&str> = infos.configs.iter().flat_map(|config| &config.value.errors).map(String::as_str).collect();
    Some(ConnectError::bad_request(format!(
        "Connector configuration is invalid and contains the following {} error(s):\n{}\nYou can also find the above \
         list of errors at the endpoint `/connector-plugins/{{connectorType}}/config/validate`",
        infos.error_count,
        errors.join("\n")
    )))
}

/// The class of settings that are sound.
///
/// # Errors
/// 400 with what is wrong, as [`validate`] and [`refusal`] have it.
pub fn check(config: &ConnectorConfig) -> Result<Class, ConnectError> {
    match refusal(&validate(config)?) {
        Some(refusal) => Err(refusal),
        None => class_in(config),
    }
}

/// The class that the settings name.
///
/// # Errors
/// 400 when they name none, or one that is not known.
pub fn class_in(config: &ConnectorConfig) -> Result<Class, ConnectError> {
    let Some(word) = config.get(CLASS) else {
        // Connect shows the values too, which may be secrets.
        let keys: Vec<&str> = config.keys().map(String::as_str).collect();
        let text = format!("Connector config {{{}}} contains no connector type", keys.join(", "));
        return Err(ConnectError::bad_request(text));
    };
    plugins::class_of(word).ok_or_else(|| plugins::unknown_class(word))
}

/// As [`validate`]; `lookup` finds what placeholders point at.
pub(super) fn validate_with(config: &ConnectorConfig, lookup: Lookup<'_>) -> Result<ConfigInfos, ConnectError> {
    let class = class_in(config)?;
    let mut problems = Vec::new();
    let section = section(config, lookup, &mut problems);
    problems.extend(problems_of(&section, class));
    let mut errors = worded(problems, &section, class);
    check_secrets(&section, class, &mut errors);
    check_name(config, &mut errors);

    let mut definitions = plugins::definitions(class);
    // What a `.*` stands for, then what is no setting.
    let known = |definitions: &[ConfigKeyInfo], key: &str| definitions.iter().any(|info| info.name == *key);
    let further: Vec<&String> = config.keys().chain(errors.keys()).filter(|key| !known(&definitions, key)).collect();
    for key in further {
        if !known(&definitions, key) {
            let definition = definition_of(class, key);
            definitions.push(definition.map_or_else(|| plugins::unknown(key), |own| plugins::info(own, key, 1)));
        }
    }
    let groups = plugins::groups(definitions.iter());
    let configs: Vec<ConfigInfo> = definitions
        .into_iter()
        .map(|definition| {
            let errors = errors.remove(&definition.name).unwrap_or_default();
            let value = ConfigValueInfo {
                value: shown(config, class, &definition),
                recommended_values: recommended(class, &definition.name),
                name: definition.name.clone(),
                errors,
                visible: true,
            };
            ConfigInfo { definition, value }
        })
        .collect();
    let error_count = configs.iter().map(|config| config.value.errors.len()).sum();
    Ok(ConfigInfos { name: config.get(CLASS).cloned().unwrap_or_default(), error_count, groups, configs })
}

/// The settings as the table of a file would have them; the name is that of the table.
fn section(config: &ConnectorConfig, lookup: Lookup<'_>, problems: &mut Vec<Problem>) -> Section {
    let mut section = Section { name: config.get(NAME).cloned().unwrap_or_default(), ..Section::default() };
    for (key, written) in config.iter().filter(|(key, _)| *key != NAME) {
        let resolved = match placeholder::expand(written, lookup) {
            Ok(text) => Some(Secret::new(text)),
            Err(texts) => {
                problems.extend(texts.into_iter().map(|text| Problem {
                    key: key.clone(),
                    place: String::new(),
                    line: 0,
                    text,
                }));
                None
            }
        };
        section.entries.push(Entry { key: key.clone(), line: 0, written: written.clone(), resolved });
    }
    section
}

/// The problems in Connect's words where it has some for them.
fn worded(problems: Vec<Problem>, section: &Section, class: Class) -> Errors {
    let mut errors = Errors::new();
    for Problem { key, text, .. } in problems {
        let is_required = definition_of(class, &key).is_some_and(|definition| definition.required);
        let error = if is_required && text.starts_with(MISSING) {
            missing(&key)
        } else if key == TASKS_MAX {
            let written = section.entry(TASKS_MAX).map_or("", |entry| entry.written.trim());
            match written.parse::<i32>() {
                Ok(number) if number < 1 => invalid(&key, written, "Value must be at least 1"),
                Err(_) if !written.contains("${") => invalid(&key, written, "Not a number of type INT"),
                _ => format!("{key}: {text}"),
            }
        } else {
            format!("{key}: {text}")
        };
        errors.entry(key).or_default().push(error);
    }
    errors
}

/// A secret that stands in the settings themselves would be stored and answered as it stands.
fn check_secrets(section: &Section, class: Class, errors: &mut Errors) {
    for entry in &section.entries {
        let Some(definition) = definition_of(class, &entry.key) else { continue };
        if is_secret(definition, entry) && !placeholder::is_one(&entry.written) {
            let text = "holds a secret itself, which every answer would show; write ${env:NAME} or ${file:PATH:KEY}, and \
                        keep it there";
            errors.insert(entry.key.clone(), vec![format!("{}: {text}", entry.key)]);
        }
    }
}

fn check_name(config: &ConnectorConfig, errors: &mut Errors) {
    let error = match config.get(NAME) {
        None => missing(NAME),
        Some(name) if name.trim().is_empty() => invalid(NAME, name, "String may not be empty"),
        Some(name) if name.contains(char::is_control) => {
            let shown: String = name.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
            invalid(NAME, &shown, "String may not contain control sequences")
        }
        // Clients take these out of an address, whichever way they are written: such a connector could not be reached.
        Some(name) if [".", ".."].contains(&name.trim()) => invalid(NAME, name, "String may not be . or .."),
        Some(_) => return,
    };
    errors.entry(NAME.to_owned()).or_default().push(error);
}

fn missing(key: &str) -> String {
    format!("Missing required configuration \"{key}\" which has no default value.")
}

fn invalid(key: &str, value: &str, why: &str) -> String {
    format!("Invalid value {value} for configuration {key}: {why}")
}

/// What may be shown of a value. Of a key that is no setting nothing: it may be a misspelt secret.
fn shown(config: &ConnectorConfig, class: Class, info: &ConfigKeyInfo) -> Option<String> {
    let Some(written) = config.get(&info.name) else { return info.default_value.clone() };
    let is_open = match definition_of(class, &info.name) {
        Some(definition) => {
            let entry = Entry { key: info.name.clone(), line: 0, written: written.clone(), resolved: None };
            !is_secret(definition, &entry) || placeholder::is_one(written)
        }
        None => plugins::is_common(&info.name),
    };
    is_open.then(|| written.clone())
}

fn recommended(class: Class, key: &str) -> Vec<String> {
    match definition_of(class, key).map(|definition| definition.validator) {
        Some(Validator::OneOf(words)) => words.iter().map(|word| (*word).to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn definition_of(class: Class, key: &str) -> Option<&'static Definition> {
    class.table().iter().find(|definition| definition.name == key || definition.is_for(key))
}

#[cfg(test)]
mod tests;
