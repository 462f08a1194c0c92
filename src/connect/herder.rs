//! What the REST layer and the status page may ask of a worker. Pure: a contract.
//!
//! What is told comes from what this worker has last read of `configs` and `status`, so it never waits; what changes
//! something answers when this worker sees the change itself.

use std::future::Future;
use std::pin::Pin;

use super::entities::{
    ConnectorConfig, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorStateInfo, TargetState, TaskInfo,
};
use super::error::ConnectError;

/// What an answer that has to be waited for comes as.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ConnectError>> + Send + 'a>>;

/// Whether a worker can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It has not read what connectors there are.
    Starting,
    /// It works.
    Healthy,
    /// It does not; with the reason.
    Unhealthy(String),
}

/// How settings come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A connector that must not exist yet, in this state.
    Create(ConnectorConfig, TargetState),
    /// All settings anew; the connector may exist.
    Put(ConnectorConfig),
    /// These settings set, or removed, of a connector that exists.
    Patch(Vec<(String, Option<String>)>),
}

/// What is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartScope {
    /// The tasks too.
    pub include_tasks: bool,
    /// Only what has FAILED.
    pub only_failed: bool,
}

/// A worker as others see it.
pub trait Herder: Send + Sync + 'static {
    /// Address under which this worker stands in states: `HOST:PORT`.
    fn worker_id(&self) -> &str;

    /// Whether tasks are made by the worker that creates a connector, so that its answer has them: standalone mode.
    fn is_standalone(&self) -> bool;

    /// Id of the Kafka cluster; empty while no broker has told it.
    fn kafka_cluster_id(&self) -> String;

    /// Whether this worker can do its work.
    fn health(&self) -> Health;

    /// Names of all connectors, ascending.
    fn names(&self) -> Vec<String>;

    /// A connector with its settings, as they were written.
    ///
    /// # Errors
    /// 404 without such a connector.
    fn info(&self, name: &str) -> Result<ConnectorInfo, ConnectError>;

    /// What it and its tasks are doing.
    ///
    /// # Errors
    /// 404 without such a connector.
    fn status(&self, name: &str) -> Result<ConnectorStateInfo, ConnectError>;

    /// Its tasks with their settings.
    ///
    /// # Errors
    /// 404 without such a connector.
    fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, ConnectError>;

    /// Topics that it has written or read since it was created or they were last forgotten; none of one that does not exist.
    fn topics(&self, name: &str) -> Vec<String>;

    /// Forgets them.
    fn reset_topics<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;

    /// Creates a connector or changes its settings: `true` when it did not exist. The settings are checked first.
    fn change<'a>(&'a self, name: &'a str, change: Change) -> Answer<'a, (bool, ConnectorInfo)>;

    /// Deletes a connector; its topics and offsets stay.
    fn delete<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;

    /// Pauses, stops or resumes a connector.
    fn set_target<'a>(&'a self, name: &'a str, target: TargetState) -> Answer<'a, ()>;

    /// Starts a connector again, and tells what its states become.
    fn restart<'a>(&'a self, name: &'a str, scope: RestartScope) -> Answer<'a, ConnectorStateInfo>;

    /// Starts a task again.
    fn restart_task<'a>(&'a self, name: &'a str, task: u32) -> Answer<'a, ()>;

    /// Where it stands.
    fn offsets<'a>(&'a self, name: &'a str) -> Answer<'a, ConnectorOffsets>;

    /// Sets where a stopped connector goes on, and says so in a sentence.
    fn alter_offsets<'a>(&'a self, name: &'a str, offsets: Vec<ConnectorOffset>) -> Answer<'a, String>;

    /// Forgets where a stopped connector stands, and says so in a sentence.
    fn reset_offsets<'a>(&'a self, name: &'a str) -> Answer<'a, String>;

    /// Sets a logger's level on every worker.
    fn set_level_everywhere<'a>(&'a self, logger: &'a str, level: &'a str) -> Answer<'a, ()>;

    /// Has the held ranges of a source that lie within `[from_ms, to_ms)` of source time read again, and tells how many
    /// there are.
    fn retry_slices<'a>(&'a self, name: &'a str, from_ms: i64, to_ms: i64) -> Answer<'a, usize>;
}
