//! What `configs` says: which connectors there are, how they are set, and what each is to do. Pure.
//!
//! The records are those that Kafka Connect writes, under its keys: `connector-NAME`, `task-NAME-N` with `commit-NAME` behind
//! the last of them, `target-state-NAME`, `restart-connector-NAME`, `logger-cluster-NAME`; one more asks for a single task,
//! `restart-task-NAME-N`.
//!
//! WARNING: workers find connectors by these keys and values.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::entities::{ConnectorConfig, TargetState};
use super::herder::RestartScope;

/// A record of `configs`: a key, and a value or the wish to remove it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigRecord {
    /// Key.
    pub key: String,
    /// Value; `None`: a tombstone.
    pub value: Option<Value>,
}

/// Keys by what they speak of.
mod key {
    pub(super) const CONNECTOR: &str = "connector-";
    pub(super) const TASK: &str = "task-";
    pub(super) const COMMIT: &str = "commit-";
    pub(super) const TARGET: &str = "target-state-";
    pub(super) const RESTART: &str = "restart-connector-";
    pub(super) const RESTART_TASK: &str = "restart-task-";
    pub(super) const LOGGER: &str = "logger-cluster-";
}

impl ConfigRecord {
    fn new(key: String, value: Option<Value>) -> ConfigRecord {
        ConfigRecord { key, value }
    }

    /// The settings of a connector.
    #[must_use]
    pub fn connector(name: &str, config: &ConnectorConfig) -> ConfigRecord {
        ConfigRecord::new(format!("{}{name}", key::CONNECTOR), Some(json!({ "properties": config })))
    }

    /// A connector is no more: its settings and what it is to do.
    #[must_use]
    pub fn removed(name: &str) -> [ConfigRecord; 2] {
        [key::CONNECTOR, key::TARGET].map(|beginning| ConfigRecord::new(format!("{beginning}{name}"), None))
    }

    /// What a connector is to do.
    #[must_use]
    pub fn target(name: &str, target: TargetState) -> ConfigRecord {
        // Who does not know STOPPED, as Connect before 3.5, pauses.
        let older = if target == TargetState::Stopped { TargetState::Paused } else { target };
        let value = json!({ "state": older, "state.v2": target });
        ConfigRecord::new(format!("{}{name}", key::TARGET), Some(value))
    }

    /// The tasks of a connector, all of them.
    #[must_use]
    pub fn tasks(name: &str, configs: &[ConnectorConfig]) -> Vec<ConfigRecord> {
        let task = |(number, config): (usize, &ConnectorConfig)| {
            ConfigRecord::new(format!("{}{name}-{number}", key::TASK), Some(json!({ "properties": config })))
        };
        let mut records: Vec<ConfigRecord> = configs.iter().enumerate().map(task).collect();
        let commit = json!({ "tasks": configs.len() });
        records.push(ConfigRecord::new(format!("{}{name}", key::COMMIT), Some(commit)));
        records
    }

    /// A connector is to be started again.
    #[must_use]
    pub fn restart(name: &str, scope: RestartScope) -> ConfigRecord {
        let value = json!({ "only-failed": scope.only_failed, "include-tasks": scope.include_tasks });
        ConfigRecord::new(format!("{}{name}", key::RESTART), Some(value))
    }

    /// A task is to be started again.
    #[must_use]
    pub fn restart_task(name: &str, task: u32) -> ConfigRecord {
        ConfigRecord::new(format!("{}{name}-{task}", key::RESTART_TASK), Some(json!({})))
    }

    /// A logger's level on every worker.
    #[must_use]
    pub fn logger(logger: &str, level: &str) -> ConfigRecord {
        ConfigRecord::new(format!("{}{logger}", key::LOGGER), Some(json!({ "level": level })))
    }
}

/// A wish to start something again, by where it stands in the log: who started after it need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Offset of the record.
    pub at: i64,
    /// What is started again.
    pub scope: RestartScope,
}

/// A connector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its settings, as they were written.
    pub config: ConnectorConfig,
    /// Where they stand in the log: tells one version of them from the next.
    pub version: i64,
    /// What it is to do.
    pub target: TargetState,
    /// The settings of its tasks, by number.
    pub tasks: Vec<ConnectorConfig>,
    /// Where the last of these stands in the log.
    pub tasks_version: i64,
    /// The last wish to start it again.
    pub restart: Option<Restart>,
    /// The last wish to start each task again: offsets by number.
    pub restart_tasks: BTreeMap<u32, i64>,
}

/// All connectors, as far as the log was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    connectors: BTreeMap<String, Entry>,
    // Of tasks that no commit has followed yet.
    uncommitted: BTreeMap<String, BTreeMap<u32, ConnectorConfig>>,
    // What each connector is to do, which may come before its settings or outlive them.
    targets: BTreeMap<String, TargetState>,
    levels: BTreeMap<String, (i64, String)>,
}

#[derive(Deserialize)]
struct Properties {
    properties: BTreeMap<String, Option<String>>,
}

/// The settings of a record; what Connect writes as null is a setting that is not there.
fn properties(value: &Value) -> Option<ConnectorConfig> {
    let Properties { properties } = Properties::deserialize(value).ok()?;
    Some(properties.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
}

/// The name and the number of `NAME-N`.
fn numbered(text: &str) -> Option<(&str, u32)> {
    let (name, number) = text.rsplit_once('-')?;
    Some((name, number.parse().ok()?))
}

impl Catalog {
    /// All connectors, by name.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, Entry> {
        &self.connectors
    }

    /// A connector.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.connectors.get(name)
    }

    /// Levels of loggers that were set for all workers, each with where that stands in the log.
    #[must_use]
    pub fn levels(&self) -> &BTreeMap<String, (i64, String)> {
        &self.levels
    }

    /// Takes a record of `configs`. One that cannot be read is left out: another program may have written it.
    pub fn take(&mut self, at: i64, record: &ConfigRecord) {
        let value = record.value.as_ref();
        // The longer beginnings first: `restart-task-` is no `task-`.
        if let Some(text) = record.key.strip_prefix(key::RESTART_TASK) {
            let entry = numbered(text).and_then(|(name, task)| Some((self.connectors.get_mut(name)?, task)));
            if let (Some((entry, task)), Some(_)) = (entry, value) {
                entry.restart_tasks.insert(task, at);
            }
        } else if let Some(name) = record.key.strip_prefix(key::RESTART) {
            let flag = |value: &Value, field: &str| value.get(field).and_then(Value::as_bool).unwrap_or_default();
            if let (Some(entry), Some(value)) = (self.connectors.get_mut(name), value) {
                let (include_tasks, only_failed) = (flag(value, "include-tasks"), flag(value, "only-failed"));
                entry.restart = Some(Restart { at, scope: RestartScope { include_tasks, only_failed } });
            }
        } else if let Some(name) = record.key.strip_prefix(key::TARGET) {
            self.take_target(name, value);
        } else if let Some(name) = record.key.strip_prefix(key::COMMIT) {
            self.take_commit(at, name, value);
        } else if let Some(logger) = record.key.strip_prefix(key::LOGGER) {
            match value.and_then(|value| value.get("level")).and_then(Value::as_str) {
                Some(level) => drop(self.levels.insert(logger.to_owned(), (at, level.to_owned()))),
                None => drop(self.levels.remove(logger)),
            }
        } else if let Some(text) = record.key.strip_prefix(key::TASK) {
            let of = numbered(text).zip(value.and_then(properties));
            if let Some(((name, task), config)) = of {
                self.uncommitted.entry(name.to_owned()).or_default().insert(task, config);
            }
        } else if let Some(name) = record.key.strip_prefix(key::CONNECTOR) {
            self.take_connector(at, name, value);
        }
    }

    fn take_connector(&mut self, at: i64, name: &str, value: Option<&Value>) {
        match value.and_then(properties) {
            Some(config) => {
                let target = self.targets.get(name).copied().unwrap_or_default();
                let entry = self.connectors.entry(name.to_owned()).or_default();
                (entry.config, entry.version, entry.target) = (config, at, target);
            }
            None => {
                self.connectors.remove(name);
                self.uncommitted.remove(name);
            }
        }
    }

    fn take_target(&mut self, name: &str, value: Option<&Value>) {
        let word = value.and_then(|value| value.get("state.v2").or_else(|| value.get("state")));
        let target = word.and_then(|word| TargetState::deserialize(word).ok());
        match target {
            Some(target) => drop(self.targets.insert(name.to_owned(), target)),
            None => drop(self.targets.remove(name)),
        }
        if let Some(entry) = self.connectors.get_mut(name) {
            entry.target = target.unwrap_or_default();
        }
    }

    fn take_commit(&mut self, at: i64, name: &str, value: Option<&Value>) {
        let count = value.and_then(|value| value.get("tasks")).and_then(Value::as_u64);
        let staged = self.uncommitted.remove(name).unwrap_or_default();
        let (Some(entry), Some(count)) = (self.connectors.get_mut(name), count) else { return };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let staged: Vec<ConnectorConfig> = staged.into_values().take(count).collect();
        // After compaction a commit may stand behind tasks of another generation; who has the connector writes them anew.
        if staged.len() == count {
            (entry.tasks, entry.tasks_version) = (staged, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> ConnectorConfig {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn read(records: &[ConfigRecord]) -> Catalog {
        let mut catalog = Catalog::default();
        for (at, record) in (0..).zip(records) {
            // As they come back from the topic.
            let value = record.value.as_ref().map(|value| serde_json::from_str(&value.to_string()).unwrap());
            catalog.take(at, &ConfigRecord { key: record.key.clone(), value });
        }
        catalog
    }

    #[test]
    fn a_connector_is_what_was_last_written_of_it() {
        let (old, new) = (config(&[("a", "1"), ("b", "2")]), config(&[("a", "3")]));
        let catalog = read(&[ConfigRecord::connector("c", &old), ConfigRecord::connector("c", &new)]);
        let entry = catalog.get("c").unwrap();
        assert_eq!((&entry.config, entry.version, entry.target), (&new, 1, TargetState::Started));
        let [removed, target] = ConfigRecord::removed("c");
        assert!(read(&[ConfigRecord::connector("c", &old), removed, target]).all().is_empty());
    }

    #[test]
    fn tasks_count_from_their_commit_on() {
        let one = config(&[("n", "0")]);
        let mut records = vec![ConfigRecord::connector("my-source", &one)];
        records.extend(ConfigRecord::tasks("my-source", &[one.clone(), one.clone()]));
        let commit = records.pop().unwrap();
        assert!(read(&records).get("my-source").unwrap().tasks.is_empty());
        records.push(commit);
        assert_eq!(read(&records).get("my-source").unwrap().tasks.len(), 2);
        records.extend(ConfigRecord::tasks("my-source", &[]));
        assert!(read(&records).get("my-source").unwrap().tasks.is_empty());
    }

    #[test]
    fn what_a_connector_is_to_do_may_be_said_before_it_is_there() {
        let any = config(&[]);
        let records = [ConfigRecord::target("c", TargetState::Stopped), ConfigRecord::connector("c", &any)];
        assert_eq!(read(&records).get("c").unwrap().target, TargetState::Stopped);
        assert_eq!(records[0].value, Some(json!({ "state": "PAUSED", "state.v2": "STOPPED" })));
        // A worker of Connect before 3.5 writes no second field.
        let older = ConfigRecord::new("target-state-c".to_owned(), Some(json!({ "state": "PAUSED" })));
        assert_eq!(read(&[ConfigRecord::connector("c", &any), older]).get("c").unwrap().target, TargetState::Paused);
    }

    #[test]
    fn wishes_to_start_again_are_told_apart_by_where_they_stand() {
        let scope = RestartScope { include_tasks: true, only_failed: false };
        let any = config(&[]);
        let records = [
            ConfigRecord::restart("c", scope),
            ConfigRecord::connector("c", &any),
            ConfigRecord::restart("c", scope),
            ConfigRecord::restart_task("c", 3),
        ];
        let catalog = read(&records);
        let entry = catalog.get("c").unwrap();
        assert_eq!(entry.restart, Some(Restart { at: 2, scope }));
        assert_eq!(entry.restart_tasks, BTreeMap::from([(3, 3)]));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let broken =
            [("connector-x", json!(7)), ("task-x", json!({})), ("commit-x", json!({})), ("session-key", json!({}))];
        let records: Vec<ConfigRecord> =
            broken.into_iter().map(|(key, value)| ConfigRecord::new(key.to_owned(), Some(value))).collect();
        assert_eq!(read(&records), Catalog::default());
    }

    #[test]
    fn levels_of_loggers_are_kept() {
        let catalog = read(&[ConfigRecord::logger("handletime", "DEBUG"), ConfigRecord::logger("handletime", "INFO")]);
        assert_eq!(catalog.levels()["handletime"], (1, "INFO".to_owned()));
    }
}
