//! The connector classes as Connect's plugins, and what each lets be set. Pure.

use super::config_infos::{ConfigKeyInfo, PluginInfo};
use super::entities::ConnectorType;
use super::error::ConnectError;
use crate::config::definition::{Definition, Importance, Kind};
use crate::config::tables::class::Class;

/// Version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of Connect whose contract is kept.
pub const CONNECT_VERSION: &str = "4.3.1";

/// The setting that names a connector. In a file its table does.
pub const NAME: &str = "name";

/// The setting that says what a connector does.
pub const CLASS: &str = "connector.class";

/// The setting that says how many tasks a connector may have.
pub const TASKS_MAX: &str = "tasks.max";

/// The heading of what every connector has.
const COMMON: &str = "Common";

/// The heading of what no connector has.
const UNKNOWN: &str = "Unknown";

/// What may stand behind a class's name.
const SUFFIX: &str = "Connector";

/// The class that a name means: its own, with or without `Connector` behind it, and whatever package stands before.
#[must_use]
pub fn class_of(name: &str) -> Option<Class> {
    let simple = name.trim().rsplit('.').next().unwrap_or_default();
    Class::from_word(without_suffix(simple))
}

/// A plugin's name without `Connector` behind it.
#[must_use]
pub fn without_suffix(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}

/// Whether a class brings records in or takes them out.
#[must_use]
pub fn type_of(class: Class) -> ConnectorType {
    match class {
        Class::GenesysSource => ConnectorType::Source,
        Class::HandleTimeProcessor => ConnectorType::Sink,
    }
}

/// All plugins.
#[must_use]
pub fn list() -> Vec<PluginInfo> {
    let info = |class: Class| PluginInfo {
        class: class.word().to_owned(),
        kind: match type_of(class) {
            ConnectorType::Source => "source",
            ConnectorType::Sink => "sink",
            ConnectorType::Unknown => "unknown",
        }
        .to_owned(),
        version: VERSION.to_owned(),
    };
    Class::ALL.map(info).to_vec()
}

/// The settings that a plugin has.
///
/// # Errors
/// 404 for a plugin that is not known.
pub fn settings(plugin: &str) -> Result<Vec<ConfigKeyInfo>, ConnectError> {
    match class_of(plugin) {
        Some(class) => Ok(definitions(class)),
        None => Err(ConnectError::not_found(format!("Unknown plugin {plugin}."))),
    }
}

/// 400: no class has this name. Clients look for the beginning of the sentence.
#[must_use]
pub fn unknown_class(name: &str) -> ConnectError {
    ConnectError::bad_request(format!(
        "Failed to find any class that implements Connector and which name matches {name}, available connectors are: {}",
        Class::ALL.map(Class::word).join(", ")
    ))
}

/// The settings of a class: those of every connector, then its own in the order of its table.
#[must_use]
pub fn definitions(class: Class) -> Vec<ConfigKeyInfo> {
    let mut infos = common(class);
    for definition in class.table().iter().filter(|definition| !is_common(definition.name)) {
        let order = 1 + infos.iter().filter(|info| info.group == definition.group).count();
        infos.push(info(definition, definition.name, u32::try_from(order).unwrap_or(u32::MAX)));
    }
    infos
}

/// The headings of settings, each once, in their order.
#[must_use]
pub fn groups<'a>(infos: impl Iterator<Item = &'a ConfigKeyInfo>) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for info in infos {
        if !groups.contains(&info.group) {
            groups.push(info.group.clone());
        }
    }
    groups
}

/// Whether every connector has the setting.
#[must_use]
pub fn is_common(name: &str) -> bool {
    [NAME, CLASS, TASKS_MAX].contains(&name)
}

fn common(class: Class) -> Vec<ConfigKeyInfo> {
    let tasks_max = class.table().iter().find(|definition| definition.name == TASKS_MAX);
    let info = |order_in_group, name: &str, display_name: &str, documentation: String| ConfigKeyInfo {
        name: name.to_owned(),
        kind: Kind::String.word(),
        required: true,
        default_value: None,
        importance: Importance::High.word(),
        documentation,
        group: COMMON.to_owned(),
        order_in_group,
        width: "MEDIUM",
        display_name: display_name.to_owned(),
        dependents: Vec::new(),
    };
    let class_text = format!(
        "What the connector does: {}, also with \"{SUFFIX}\" behind it or a package before it.",
        Class::ALL.map(Class::word).join(" or ")
    );
    let mut infos = vec![
        info(1, NAME, "Connector name", "Name of the connector, which no other one has.".to_owned()),
        ConfigKeyInfo { width: "LONG", ..info(2, CLASS, "Connector class", class_text) },
    ];
    infos.extend(tasks_max.map(|definition| ConfigKeyInfo {
        kind: definition.kind.word(),
        required: definition.required,
        default_value: definition.default.map(str::to_owned),
        width: "SHORT",
        ..info(3, TASKS_MAX, "Tasks max", documentation(definition))
    }));
    infos
}

/// A setting of a table; `name` is its own, or one of those that its `.*` stands for.
#[must_use]
pub fn info(definition: &Definition, name: &str, order_in_group: u32) -> ConfigKeyInfo {
    ConfigKeyInfo {
        name: name.to_owned(),
        kind: definition.kind.word(),
        required: definition.required,
        default_value: definition.default.map(str::to_owned),
        importance: definition.importance.word(),
        documentation: documentation(definition),
        group: definition.group.to_owned(),
        order_in_group,
        width: width(definition.kind),
        display_name: name.to_owned(),
        dependents: Vec::new(),
    }
}

/// What stands in the place of a definition for a key that is no setting: clients need one.
#[must_use]
pub fn unknown(key: &str) -> ConfigKeyInfo {
    ConfigKeyInfo {
        importance: Importance::Low.word(),
        ..info(&Definition::new("", Kind::String, UNKNOWN, "No setting of this connector"), key, 1)
    }
}

fn documentation(definition: &Definition) -> String {
    let expected = definition.validator.expected(definition.kind);
    let unit = definition.unit.map_or_else(String::new, |unit| format!(" Unit: {unit}."));
    let limit = definition.only.map_or_else(String::new, |only| format!(" In this version: {}.", only.reason));
    format!("{}. Takes {expected}.{unit}{limit}", definition.sentence)
}

fn width(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean | Kind::Double | Kind::Int | Kind::Long => "SHORT",
        Kind::Password | Kind::String => "MEDIUM",
        Kind::Class | Kind::List => "LONG",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_known_under_all_of_its_names() {
        for name in
            ["GenesysSource", "GenesysSourceConnector", "org.example.GenesysSource", "a.b.GenesysSourceConnector"]
        {
            assert_eq!(class_of(name), Some(Class::GenesysSource), "{name}");
        }
        for name in ["", "Genesys", "genesyssource", "GenesysSourceConnectorConnector", "GenesysSource.x", "Connector"]
        {
            assert_eq!(class_of(name), None, "{name}");
        }
    }

    #[test]
    fn every_setting_is_told_once_in_words_that_clients_know() {
        for class in Class::ALL {
            let infos = definitions(class);
            let names: Vec<&str> = infos.iter().map(|info| info.name.as_str()).collect();
            assert_eq!(names[..3], [NAME, CLASS, TASKS_MAX]);
            assert_eq!(infos.len(), class.table().len() + 1, "all of the table, and the name");
            for info in &infos {
                assert_eq!(names.iter().filter(|name| **name == info.name).count(), 1, "{}", info.name);
                let types = ["BOOLEAN", "CLASS", "DOUBLE", "INT", "LIST", "LONG", "PASSWORD", "SHORT", "STRING"];
                assert!(types.contains(&info.kind), "{info:?}");
                assert!(["LOW", "MEDIUM", "HIGH"].contains(&info.importance), "{info:?}");
                assert!(["SHORT", "MEDIUM", "LONG", "NONE"].contains(&info.width), "{info:?}");
                assert!(!info.required || info.default_value.is_none(), "{info:?}");
                let before = infos.iter().filter(|other| other.group == info.group && other.name != info.name);
                assert!(before.clone().all(|other| other.order_in_group != info.order_in_group), "{info:?}");
            }
            assert_eq!(groups(infos.iter())[0], COMMON);
        }
    }
}
