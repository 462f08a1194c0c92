//! What `status` says: what became of connectors and tasks, and which topics they use. Pure.
//!
//! The records are those that Kafka Connect writes, under its keys: `status-connector-NAME`, `status-task-NAME-N`,
//! `status-topic-TOPIC:connector-NAME`.
//!
//! WARNING: workers find states by these keys and values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entities::State;

/// What a connector or task was last known to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What it does.
    pub state: State,
    /// Why it failed.
    #[serde(default, deserialize_with = "absent_is_empty")]
    pub trace: String,
    /// Worker that said so.
    pub worker_id: String,
    /// How often the workers had shared out connectors by then.
    #[serde(default)]
    pub generation: i64,
    /// Version of the program.
    #[serde(default, deserialize_with = "absent_is_empty")]
    pub version: String,
}

fn absent_is_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// A connector, or a task of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// The connector's name.
    pub connector: String,
    /// Number of the task; `None`: the connector itself.
    pub task: Option<u32>,
}

impl Unit {
    /// The connector itself.
    #[must_use]
    pub fn connector(name: &str) -> Unit {
        Unit { connector: name.to_owned(), task: None }
    }

    /// A task.
    #[must_use]
    pub fn task(name: &str, number: u32) -> Unit {
        Unit { connector: name.to_owned(), task: Some(number) }
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.task {
            None => write!(out, "{}", self.connector),
            Some(task) => write!(out, "{}-{task}", self.connector),
        }
    }
}

/// A record of `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRecord {
    /// Key.
    pub key: String,
    /// Value; `None`: a tombstone.
    pub value: Option<Value>,
}

const CONNECTOR: &str = "status-connector-";
const TASK: &str = "status-task-";
const TOPIC: &str = "status-topic-";
const OF: &str = ":connector-";

fn key_of(unit: &Unit) -> String {
    match unit.task {
        None => format!("{CONNECTOR}{}", unit.connector),
        Some(task) => format!("{TASK}{}-{task}", unit.connector),
    }
}

impl StatusRecord {
    /// What a connector or task does.
    ///
    /// # Panics
    /// Never: its texts and numbers always serialize.
    #[must_use]
    pub fn standing(unit: &Unit, standing: &Standing) -> StatusRecord {
        let value = serde_json::to_value(standing).expect("texts and numbers always serialize");
        StatusRecord { key: key_of(unit), value: Some(value) }
    }

    /// A connector or task is no more.
    #[must_use]
    pub fn gone(unit: &Unit) -> StatusRecord {
        StatusRecord { key: key_of(unit), value: None }
    }

    /// A connector uses a topic, or it is not known any more that it does.
    #[must_use]
    pub fn topic(connector: &str, topic: &str, used: bool) -> StatusRecord {
        let value = serde_json::json!({ "topic": { "name": topic, "connector": connector } });
        StatusRecord { key: format!("{TOPIC}{topic}{OF}{connector}"), value: used.then_some(value) }
    }
}

/// All states, as far as the log was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statuses {
    standings: BTreeMap<Unit, Standing>,
    topics: BTreeMap<String, BTreeSet<String>>,
}

impl Statuses {
    /// Takes a record of `status`; one that cannot be read is left out.
    pub fn take(&mut self, record: &StatusRecord) {
        let unit = if let Some(name) = record.key.strip_prefix(CONNECTOR) {
            Unit::connector(name)
        } else if let Some((name, number)) = record.key.strip_prefix(TASK).and_then(|text| text.rsplit_once('-')) {
            let Ok(number) = number.parse() else { return };
            Unit::task(name, number)
        } else {
            if let Some((topic, name)) = record.key.strip_prefix(TOPIC).and_then(|text| text.split_once(OF)) {
                let topics = self.topics.entry(name.to_owned()).or_default();
                if record.value.is_some() {
                    topics.insert(topic.to_owned())
                } else {
                    topics.remove(topic)
                };
            }
            return;
        };
        match &record.value {
            None => drop(self.standings.remove(&unit)),
            Some(value) => {
                if let Ok(standing) = Standing::deserialize(value) {
                    self.standings.insert(unit, standing);
                }
            }
        }
    }

    /// What a connector or task was last known to do.
    #[must_use]
    pub fn of(&self, unit: &Unit) -> Option<&Standing> {
        self.standings.get(unit)
    }

    /// All of a connector, itself included.
    pub fn units_of<'a>(&'a self, connector: &'a str) -> impl Iterator<Item = (&'a Unit, &'a Standing)> {
        self.standings.range(Unit::connector(connector)..).take_while(move |(unit, _)| unit.connector == connector)
    }

    /// All that have a state.
    pub fn all(&self) -> impl Iterator<Item = (&Unit, &Standing)> {
        self.standings.iter()
    }

    /// Topics that a connector uses.
    #[must_use]
    pub fn topics_of(&self, connector: &str) -> Vec<String> {
        self.topics.get(connector).map(|topics| topics.iter().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(state: State, trace: &str) -> Standing {
        let (worker_id, version) = ("127.0.0.1:8083".to_owned(), "1".to_owned());
        Standing { state, trace: trace.to_owned(), worker_id, generation: 3, version }
    }

    #[test]
    fn states_are_read_back_and_removed() {
        let mut statuses = Statuses::default();
        let (connector, task) = (Unit::connector("my-c"), Unit::task("my-c", 11));
        statuses.take(&StatusRecord::standing(&connector, &standing(State::Running, "")));
        statuses.take(&StatusRecord::standing(&task, &standing(State::Failed, "because")));
        statuses.take(&StatusRecord::standing(&Unit::connector("my-d"), &standing(State::Paused, "")));
        assert_eq!(statuses.of(&task), Some(&standing(State::Failed, "because")));
        assert_eq!(statuses.units_of("my-c").count(), 2);
        statuses.take(&StatusRecord::gone(&task));
        assert_eq!(statuses.units_of("my-c").map(|(unit, _)| unit).collect::<Vec<_>>(), [&connector]);
    }

    #[test]
    fn a_state_as_connect_writes_it_is_read() {
        let value = serde_json::json!({ "state": "RUNNING", "trace": null, "worker_id": "a:1", "generation": 2 });
        let mut statuses = Statuses::default();
        statuses.take(&StatusRecord { key: "status-connector-c".to_owned(), value: Some(value) });
        assert_eq!(statuses.of(&Unit::connector("c")).unwrap().state, State::Running);
    }

    #[test]
    fn topics_are_known_until_they_are_reset() {
        let mut statuses = Statuses::default();
        for topic in ["b", "a", "b"] {
            statuses.take(&StatusRecord::topic("c", topic, true));
        }
        assert_eq!(statuses.topics_of("c"), ["a", "b"]);
        statuses.take(&StatusRecord::topic("c", "a", false));
        assert_eq!((statuses.topics_of("c"), statuses.topics_of("d")), (vec!["b".to_owned()], vec![]));
    }
}
