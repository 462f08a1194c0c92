//! A worker: answers what is asked of connectors, wherever in its group they run. Edge.
//!
//! What it tells it has read itself; what it changes goes through the ledger, and the loop of whoever has the connector sees
//! to the rest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::catalog::{Catalog, ConfigRecord, Entry};
use super::entities::{
    ConnectorConfig, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorState, ConnectorStateInfo, State,
    TargetState, TaskId, TaskInfo,
};
use super::error::ConnectError;
use super::hands::Hands;
use super::herder::{Answer, Change, Health, Herder, RestartScope};
use super::ledger::Ledger;
use super::statuses::{StatusRecord, Statuses, Unit};
use super::told::{kind_of, state_info};
use super::units::Units;
use super::{offsets, plugins, retry, validate};
use crate::config::typed::WorkerConfig;

/// A worker of a group, or one by itself.
pub struct Worker {
    config: WorkerConfig,
    worker_id: String,
    standalone: bool,
    ledger: Arc<dyn Ledger>,
    units: Arc<Units>,
    // One that is set when it has begun to fail.
    trouble: Mutex<Option<String>>,
    cluster_id: Mutex<String>,
}

/// What becomes of a change of settings.
struct Changed {
    is_new: bool,
    records: Vec<ConfigRecord>,
}

impl Worker {
    /// A worker that stands in states as `worker_id`.
    #[must_use]
    pub fn new(
        config: &WorkerConfig,
        worker_id: &str,
        standalone: bool,
        ledger: Arc<dyn Ledger>,
        units: Arc<Units>,
    ) -> Worker {
        let (config, worker_id) = (config.clone(), worker_id.to_owned());
        Worker { config, worker_id, standalone, ledger, units, trouble: Mutex::default(), cluster_id: Mutex::default() }
    }

    /// The worker cannot do its work any more, and why.
    pub fn troubled(&self, cause: &str) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause.to_owned());
    }

    /// A broker has told which cluster it is.
    pub fn found_cluster(&self, id: &str) {
        id.clone_into(&mut self.cluster_id.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Connectors as they are set, for whoever looks at them from aside.
    pub fn with_catalog<R>(&self, look: impl FnOnce(&Catalog) -> R) -> R {
        self.ledger.book().read(|pages| look(&pages.catalog))
    }

    /// Rings when something of the connectors or their states has changed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.ledger.book().changes()
    }

    /// Whether it has read what connectors there are.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ledger.is_ready()
    }

    /// Settings and states of all connectors.
    #[must_use]
    pub fn states(&self) -> BTreeMap<String, (ConnectorConfig, ConnectorStateInfo)> {
        self.ledger.book().read(|pages| {
            let told = |(name, entry): (&String, &Entry)| {
                (name.clone(), (entry.config.clone(), state_info(name, entry, &pages.statuses)))
            };
            pages.catalog.all().iter().map(told).collect()
        })
    }

    fn entry<R>(&self, name: &str, look: impl FnOnce(&Entry, &Statuses) -> R) -> Result<R, ConnectError> {
        self.ledger.book().read(|pages| {
            let entry = pages.catalog.get(name).ok_or_else(|| ConnectError::no_connector(name))?;
            Ok(look(entry, &pages.statuses))
        })
    }

    /// Makes a change on a thread that may wait.
    async fn write(
        &self,
        mut decide: impl FnMut(&Catalog) -> Result<Vec<ConfigRecord>, ConnectError> + Send + 'static,
    ) -> Result<(), ConnectError> {
        let ledger = Arc::clone(&self.ledger);
        let written = tokio::task::spawn_blocking(move || ledger.change(&mut decide)).await;
        written.map_err(|error| ConnectError::failed(error.to_string()))?
    }

    async fn say(&self, records: Vec<StatusRecord>) {
        let ledger = Arc::clone(&self.ledger);
        if let Err(error) = tokio::task::spawn_blocking(move || ledger.say(&records)).await {
            tracing::warn!(%error, "states of connectors were not written");
        }
    }

    /// What a change comes to beside the connectors as they are.
    fn decide(
        units: &Units,
        standalone: bool,
        name: &str,
        change: &Change,
        catalog: &Catalog,
    ) -> Result<Changed, ConnectError> {
        let known = catalog.get(name);
        let (config, target) = match (change, known) {
            (Change::Create(..), Some(_)) => {
                return Err(ConnectError::conflict(format!("Connector {name} already exists")));
            }
            (Change::Create(config, target), None) => (config.clone(), Some(*target)),
            (Change::Put(config), _) => (config.clone(), None),
            (Change::Patch(_), None) => return Err(ConnectError::no_connector(name)),
            (Change::Patch(changes), Some(entry)) => (patched(&entry.config, changes), None),
        };
        let config = named(name, config);
        validate::check(&config)?;
        let mut then = catalog.clone();
        let connector = ConfigRecord::connector(name, &config);
        then.take(i64::MAX, &connector);
        // What it would be beside the others of its pipeline.
        let tasks = units
            .tasks_of(name, &then)
            .map_err(|problems| ConnectError::bad_request(format!("Connector configuration is invalid: {problems}")))?;
        let mut records = Vec::new();
        if let Some(target) = target.filter(|target| *target != TargetState::Started) {
            records.push(ConfigRecord::target(name, target));
        }
        records.push(connector);
        // By itself nobody else would have to write them.
        if standalone && target.unwrap_or_default() == TargetState::Started {
            records.extend(ConfigRecord::tasks(name, &tasks));
        }
        Ok(Changed { is_new: known.is_none(), records })
    }

    /// The settings of a connector and its pipeline, if it is stopped.
    fn stopped(&self, name: &str) -> Result<crate::config::Settings, ConnectError> {
        let is_stopped = self.entry(name, |entry, statuses| {
            let halted = statuses.of(&Unit::connector(name)).is_some_and(|one| one.state == State::Stopped);
            entry.target == TargetState::Stopped && entry.tasks.is_empty() && halted
        })?;
        if !is_stopped {
            return Err(ConnectError::bad_request(format!(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the \
                 specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
            )));
        }
        self.settings(name)
    }

    fn settings(&self, name: &str) -> Result<crate::config::Settings, ConnectError> {
        self.with_catalog(|catalog| self.units.settings(name, catalog)).map_err(ConnectError::failed)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WorkerConfig) -> Result<T, ConnectError> + Send + 'static,
    ) -> Result<T, ConnectError> {
        let config = self.config.clone();
        let done = tokio::task::spawn_blocking(move || work(&config)).await;
        done.map_err(|error| ConnectError::failed(error.to_string()))?
    }
}

/// Connect adds the name, and clients compare with that.
fn named(name: &str, mut config: ConnectorConfig) -> ConnectorConfig {
    config.insert(plugins::NAME.to_owned(), name.to_owned());
    config
}

fn patched(config: &ConnectorConfig, changes: &[(String, Option<String>)]) -> ConnectorConfig {
    let mut config = config.clone();
    for (key, value) in changes {
        match value {
            Some(value) => drop(config.insert(key.clone(), value.clone())),
            None => drop(config.remove(key)),
        }
    }
    config
}

impl Herder for Worker {
    fn worker_id(&self) -> &str {
        &self.worker_id
    }

    fn is_standalone(&self) -> bool {
        self.standalone
    }

    fn kafka_cluster_id(&self) -> String {
        self.cluster_id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn health(&self) -> Health {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match trouble {
            Some(cause) => Health::Unhealthy(cause),
            None if self.ledger.is_ready() => Health::Healthy,
            None => Health::Starting,
        }
    }

    fn names(&self) -> Vec<String> {
        self.with_catalog(|catalog| catalog.all().keys().cloned().collect())
    }

    fn info(&self, name: &str) -> Result<ConnectorInfo, ConnectError> {
        self.entry(name, |entry, _| {
            let tasks = 0..u32::try_from(entry.tasks.len()).unwrap_or(u32::MAX);
            ConnectorInfo {
                name: name.to_owned(),
                config: entry.config.clone(),
                tasks: tasks.map(|task| TaskId { connector: name.to_owned(), task }).collect(),
                kind: kind_of(&entry.config),
            }
        })
    }

    fn status(&self, name: &str) -> Result<ConnectorStateInfo, ConnectError> {
        self.entry(name, |entry, statuses| state_info(name, entry, statuses))
            .map_err(|_| ConnectError::not_found(format!("No status found for connector {name}")))
    }

    fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, ConnectError> {
        self.entry(name, |entry, _| {
            let numbered = (0..).zip(&entry.tasks);
            let info = |(task, config): (u32, &ConnectorConfig)| TaskInfo {
                id: TaskId { connector: name.to_owned(), task },
                config: config.clone(),
            };
            numbered.map(info).collect()
        })
    }

    fn topics(&self, name: &str) -> Vec<String> {
        self.ledger.book().read(|pages| pages.statuses.topics_of(name))
    }

    fn reset_topics<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let known = self.topics(name);
            self.say(known.iter().map(|topic| StatusRecord::topic(name, topic, false)).collect()).await;
            Ok(())
        })
    }

    fn change<'a>(&'a self, name: &'a str, change: Change) -> Answer<'a, (bool, ConnectorInfo)> {
        Box::pin(async move {
            if let Change::Create(config, _) | Change::Put(config) = &change {
                // What is wrong in itself is refused before Kafka is asked, which takes its time.
                validate::check(&named(name, config.clone()))?;
            }
            let (units, standalone, own) = (Arc::clone(&self.units), self.standalone, name.to_owned());
            let is_new = Arc::new(Mutex::new(false));
            let told = Arc::clone(&is_new);
            self.write(move |catalog| {
                let changed = Worker::decide(&units, standalone, &own, &change, catalog)?;
                *told.lock().unwrap_or_else(PoisonError::into_inner) = changed.is_new;
                Ok(changed.records)
            })
            .await?;
            let is_new = *is_new.lock().unwrap_or_else(PoisonError::into_inner);
            Ok((is_new, self.info(name)?))
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        let own = name.to_owned();
        Box::pin(self.write(move |catalog| match catalog.get(&own) {
            Some(_) => {
                let mut records = ConfigRecord::tasks(&own, &[]);
                records.extend(ConfigRecord::removed(&own));
                Ok(records)
            }
            None => Err(ConnectError::no_connector(&own)),
        }))
    }

    fn set_target<'a>(&'a self, name: &'a str, target: TargetState) -> Answer<'a, ()> {
        let own = name.to_owned();
        Box::pin(self.write(move |catalog| match catalog.get(&own) {
            Some(entry) if entry.target == target => Ok(Vec::new()),
            Some(_) => Ok(vec![ConfigRecord::target(&own, target)]),
            None => Err(ConnectError::not_found(format!("Unknown connector {own}"))),
        }))
    }

    fn restart<'a>(&'a self, name: &'a str, scope: RestartScope) -> Answer<'a, ConnectorStateInfo> {
        Box::pin(async move {
            let own = name.to_owned();
            let unknown = |name: &str| ConnectError::not_found(format!("Unknown connector: {name}"));
            self.write(move |catalog| match catalog.get(&own) {
                Some(_) => Ok(vec![ConfigRecord::restart(&own, scope)]),
                None => Err(unknown(&own)),
            })
            .await?;
            let mut info = self.status(name).map_err(|_| unknown(name))?;
            let restarts = |state: State| match state {
                State::Failed => true,
                State::Running | State::Unassigned => !scope.only_failed,
                State::Paused | State::Stopped | State::Restarting => false,
            };
            if restarts(info.connector.state) {
                info.connector = ConnectorState { state: State::Restarting, trace: String::new(), ..info.connector };
            }
            for task in info.tasks.iter_mut().filter(|task| scope.include_tasks && restarts(task.state)) {
                (task.state, task.trace) = (State::Restarting, String::new());
            }
            Ok(info)
        })
    }

    fn restart_task<'a>(&'a self, name: &'a str, task: u32) -> Answer<'a, ()> {
        let own = name.to_owned();
        Box::pin(self.write(move |catalog| {
            let entry =
                catalog.get(&own).ok_or_else(|| ConnectError::not_found(format!("Unknown connector: {own}")))?;
            let count = u32::try_from(entry.tasks.len()).unwrap_or(u32::MAX);
            if count <= task {
                return Err(ConnectError::not_found(format!("Unknown task: {own}-{task}")));
            }
            Ok(vec![ConfigRecord::restart_task(&own, task)])
        }))
    }

    fn offsets<'a>(&'a self, name: &'a str) -> Answer<'a, ConnectorOffsets> {
        let name = name.to_owned();
        Box::pin(async move {
            self.entry(&name, |_, _| ())?;
            let settings = self.settings(&name)?;
            self.blocking(move |worker| offsets::read(worker, &settings, &name)).await
        })
    }

    fn alter_offsets<'a>(&'a self, name: &'a str, wanted: Vec<ConnectorOffset>) -> Answer<'a, String> {
        let name = name.to_owned();
        Box::pin(async move {
            let settings = self.stopped(&name)?;
            self.blocking(move |worker| offsets::alter(worker, &settings, &name, &wanted)).await?;
            Ok("The offsets for this connector have been altered successfully".to_owned())
        })
    }

    fn reset_offsets<'a>(&'a self, name: &'a str) -> Answer<'a, String> {
        let name = name.to_owned();
        Box::pin(async move {
            let settings = self.stopped(&name)?;
            self.blocking(move |worker| offsets::reset(worker, &settings, &name)).await?;
            Ok("The offsets for this connector have been reset successfully".to_owned())
        })
    }

    fn set_level_everywhere<'a>(&'a self, logger: &'a str, level: &'a str) -> Answer<'a, ()> {
        let record = ConfigRecord::logger(logger, level);
        Box::pin(self.write(move |_| Ok(vec![record.clone()])))
    }

    fn retry_slices<'a>(&'a self, name: &'a str, from_ms: i64, to_ms: i64) -> Answer<'a, usize> {
        let name = name.to_owned();
        Box::pin(async move {
            self.entry(&name, |_, _| ())?;
            let settings = self.settings(&name)?;
            self.blocking(move |worker| {
                let sources: Vec<_> = settings.sources.into_iter().filter(|one| one.name == name).collect();
                retry::held(worker, &sources, from_ms, to_ms)
            })
            .await
        })
    }
}

#[cfg(test)]
mod tests;
