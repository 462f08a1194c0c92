//! What a worker needs to be able to do with connectors and tasks. Edge: a contract of things that take their time.

use std::future::Future;
use std::pin::Pin;

use super::catalog::Catalog;
use super::entities::ConnectorConfig;
use super::statuses::Unit;
use crate::runtime::shutdown::Shutdown;

/// Something that is waited for.
pub type Doing<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How the work of a task ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to stop.
    Stopped,
    /// It has read all that there is to be read, or has nothing to do here.
    Done,
    /// Somebody else has taken it over.
    TakenOver,
}

/// Starts and ends the work of connectors in this process.
pub trait Hands: Send + Sync + 'static {
    /// The settings of the tasks that a connector has.
    ///
    /// # Errors
    /// Why its settings cannot be used, by themselves or beside those of the others.
    fn tasks_of(&self, name: &str, catalog: &Catalog) -> Result<Vec<ConnectorConfig>, String>;

    /// Does what has to be done before the tasks of a connector run, and tells the topics that they use.
    fn prepare(&self, name: &str, catalog: &Catalog, stop: &Shutdown) -> Doing<Result<Vec<String>, String>>;

    /// Runs a task until it is asked to stop, has nothing left to do, or cannot go on: then with the reason and what helps.
    fn run(&self, task: &Unit, catalog: &Catalog, stop: &Shutdown) -> Doing<Result<Ended, String>>;
}
