//! The bodies of Connect's REST answers, under its field names. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The settings of a connector, as they were written.
pub type ConnectorConfig = BTreeMap<String, String>;

/// The worker: answer to `GET /`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerInfo {
    /// The version of Connect whose contract is kept; clients look whether it is new enough.
    pub version: String,
    /// Version of this program.
    pub commit: String,
    /// Id of the Kafka cluster; empty while no broker has told it.
    pub kafka_cluster_id: String,
}

/// Whether a connector brings records in or takes them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectorType {
    /// It writes to Kafka.
    Source,
    /// It reads from Kafka.
    Sink,
    /// Its class is not known to this version.
    Unknown,
}

/// A task of a connector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId {
    /// The connector's name.
    pub connector: String,
    /// Number, from 0.
    pub task: u32,
}

/// A connector: its settings and its tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectorInfo {
    /// Name.
    pub name: String,
    /// Settings, as they were written.
    pub config: ConnectorConfig,
    /// Tasks, by number.
    pub tasks: Vec<TaskId>,
    /// Source or sink.
    #[serde(rename = "type")]
    pub kind: ConnectorType,
}

/// A task with its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskInfo {
    /// Which.
    pub id: TaskId,
    /// Settings.
    pub config: ConnectorConfig,
}

/// What a connector or task is doing. Of tasks there is no STOPPED: a stopped connector has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// No worker has it yet, or any more.
    Unassigned,
    /// It works.
    Running,
    /// It keeps its place and does nothing.
    Paused,
    /// It cannot go on; the trace says why and what helps.
    Failed,
    /// It is being started again on request.
    Restarting,
    /// It has let go of everything.
    Stopped,
}

impl State {
    /// The word of answers and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            State::Unassigned => "UNASSIGNED",
            State::Running => "RUNNING",
            State::Paused => "PAUSED",
            State::Failed => "FAILED",
            State::Restarting => "RESTARTING",
            State::Stopped => "STOPPED",
        }
    }
}

/// What somebody wants a connector to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TargetState {
    /// Work.
    #[default]
    Started,
    /// Keep its tasks and do nothing.
    Paused,
    /// Let go of everything.
    Stopped,
}

/// State of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectorState {
    /// What it is doing.
    pub state: State,
    /// Address of the worker that has it.
    pub worker_id: String,
    /// Why it failed; never empty where it did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// Version of the program.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// State of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskState {
    /// Number, from 0.
    pub id: u32,
    /// What it is doing.
    pub state: State,
    /// Address of the worker that has it.
    pub worker_id: String,
    /// Why it failed; never empty where it did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// Version of the program.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// States of a connector and its tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectorStateInfo {
    /// Name.
    pub name: String,
    /// The connector itself.
    pub connector: ConnectorState,
    /// Its tasks, by number.
    pub tasks: Vec<TaskState>,
    /// Source or sink.
    #[serde(rename = "type")]
    pub kind: ConnectorType,
}

/// An offset under its partition, both as the connector's class has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectorOffset {
    /// Which partition of the source or sink. `None` only in a request that lacks it.
    pub partition: Option<Map<String, Value>>,
    /// How far it is; `None` forgets it.
    pub offset: Option<Map<String, Value>>,
}

/// The offsets of a connector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectorOffsets {
    /// One a partition.
    pub offsets: Vec<ConnectorOffset>,
}
