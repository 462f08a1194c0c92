//! A worker in memory: connectors that exist and change as a real one's do, and do no work.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde_json::json;

use crate::connect::entities::{
    ConnectorConfig, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorState, ConnectorStateInfo, State,
    TargetState, TaskId, TaskInfo, TaskState,
};
use crate::connect::error::ConnectError;
use crate::connect::herder::{Answer, Change, Health, Herder, RestartScope};
use crate::connect::plugins::{self, TASKS_MAX, VERSION};
use crate::connect::validate;

/// Address of the worker in its states.
pub(super) const WORKER: &str = "worker-1:8083";

/// How the worker is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Well,
    Starting,
    Ill,
    /// The workers are sharing out the connectors.
    Rebalancing,
    /// What changes something never comes about.
    Stuck,
    /// What changes something meets a fault of the program.
    Faulty,
}

#[derive(Clone, Debug)]
pub(super) struct Kept {
    config: ConnectorConfig,
    target: TargetState,
    offsets: Vec<ConnectorOffset>,
    topics: Vec<String>,
    is_failed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Fake {
    pub(super) kept: Mutex<BTreeMap<String, Kept>>,
    pub(super) mood: Mutex<Mood>,
    pub(super) standalone: bool,
    pub(super) levels: Mutex<Vec<(String, String)>>,
}

impl Fake {
    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.kept.lock().unwrap()
    }

    fn of(&self, name: &str) -> Result<Kept, ConnectError> {
        self.kept().get(name).cloned().ok_or_else(|| ConnectError::no_connector(name))
    }

    /// Has the tasks of a connector fail.
    pub(super) fn fail(&self, name: &str) {
        self.kept().get_mut(name).unwrap().is_failed = true;
    }

    async fn ready(&self) -> Result<(), ConnectError> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Rebalancing => Err(ConnectError::rebalancing()),
            Mood::Stuck => std::future::pending().await,
            Mood::Faulty => panic!("as asked for"),
            Mood::Well | Mood::Starting | Mood::Ill => Ok(()),
        }
    }

    async fn changed(&self, name: &str, change: Change) -> Result<(bool, ConnectorInfo), ConnectError> {
        self.ready().await?;
        let config = match &change {
            Change::Create(config, _) | Change::Put(config) => config.clone(),
            Change::Patch(changes) => {
                let mut config = self.of(name)?.config;
                for (key, value) in changes.clone() {
                    match value {
                        Some(value) => drop(config.insert(key, value)),
                        None => drop(config.remove(&key)),
                    }
                }
                config
            }
        };
        validate::check(&config)?;
        let before = self.of(name).ok();
        if before.is_some() && matches!(change, Change::Create(..)) {
            return Err(ConnectError::conflict(format!("Connector {name} already exists")));
        }
        let is_new = before.is_none();
        let target = if let Change::Create(_, target) = change { target } else { TargetState::Started };
        let offset = json!({"partition": {"org": "acme"}, "offset": {"position": 14}});
        let offsets = vec![serde_json::from_value(offset).unwrap()];
        let topics = vec!["handletime.interactions".to_owned()];
        let new = Kept { config: config.clone(), target, offsets, topics, is_failed: false };
        let kept = Kept { config, ..before.unwrap_or(new) };
        self.kept().insert(name.to_owned(), kept);
        Ok((is_new, self.info(name)?))
    }

    async fn stopped(&self, name: &str) -> Result<(), ConnectError> {
        self.ready().await?;
        if self.of(name)?.target == TargetState::Stopped {
            return Ok(());
        }
        Err(ConnectError::bad_request(format!(
            "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the \
             specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
        )))
    }

    fn tasks_of(kept: &Kept) -> u32 {
        let wanted = kept.config.get(TASKS_MAX).map_or(1, |text| text.parse().unwrap());
        if kept.target == TargetState::Stopped { 0 } else { wanted }
    }
}

impl Herder for Fake {
    fn worker_id(&self) -> &str {
        WORKER
    }

    fn is_standalone(&self) -> bool {
        self.standalone
    }

    fn kafka_cluster_id(&self) -> String {
        "YkEAWzBlTiyjORcgSjttkA".to_owned()
    }

    fn health(&self) -> Health {
        match *self.mood.lock().unwrap() {
            Mood::Starting => Health::Starting,
            Mood::Ill => Health::Unhealthy("the broker does not answer".to_owned()),
            _ => Health::Healthy,
        }
    }

    fn names(&self) -> Vec<String> {
        self.kept().keys().cloned().collect()
    }

    fn info(&self, name: &str) -> Result<ConnectorInfo, ConnectError> {
        let kept = self.of(name)?;
        let tasks = (0..Fake::tasks_of(&kept)).map(|task| TaskId { connector: name.to_owned(), task }).collect();
        let kind = plugins::type_of(validate::class_in(&kept.config)?);
        Ok(ConnectorInfo { name: name.to_owned(), config: kept.config, tasks, kind })
    }

    fn status(&self, name: &str) -> Result<ConnectorStateInfo, ConnectError> {
        let kept = self.of(name)?;
        let (worker_id, version) = (WORKER.to_owned(), VERSION.to_owned());
        let state = match kept.target {
            TargetState::Started => State::Running,
            TargetState::Paused => State::Paused,
            TargetState::Stopped => State::Stopped,
        };
        let task = |id| {
            let (state, trace) = if kept.is_failed { (State::Failed, "it broke\n\tat once") } else { (state, "") };
            TaskState { id, state, worker_id: WORKER.to_owned(), trace: trace.to_owned(), version: VERSION.to_owned() }
        };
        Ok(ConnectorStateInfo {
            name: name.to_owned(),
            connector: ConnectorState { state, worker_id, trace: String::new(), version },
            tasks: (0..Fake::tasks_of(&kept)).map(task).collect(),
            kind: self.info(name)?.kind,
        })
    }

    fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, ConnectError> {
        let info = self.info(name)?;
        Ok(info.tasks.into_iter().map(|id| TaskInfo { id, config: info.config.clone() }).collect())
    }

    fn topics(&self, name: &str) -> Vec<String> {
        self.of(name).map_or_else(|_| Vec::new(), |kept| kept.topics)
    }

    fn reset_topics<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.ready().await?;
            self.of(name)?;
            self.kept().get_mut(name).unwrap().topics.clear();
            Ok(())
        })
    }

    fn change<'a>(&'a self, name: &'a str, change: Change) -> Answer<'a, (bool, ConnectorInfo)> {
        Box::pin(self.changed(name, change))
    }

    fn delete<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.ready().await?;
            self.kept().remove(name).map(drop).ok_or_else(|| ConnectError::no_connector(name))
        })
    }

    fn set_target<'a>(&'a self, name: &'a str, target: TargetState) -> Answer<'a, ()> {
        Box::pin(async move {
            self.ready().await?;
            self.of(name)?;
            self.kept().get_mut(name).unwrap().target = target;
            Ok(())
        })
    }

    fn restart<'a>(&'a self, name: &'a str, scope: RestartScope) -> Answer<'a, ConnectorStateInfo> {
        Box::pin(async move {
            self.ready().await?;
            let mut states = self.status(name)?;
            let is_chosen = |state: State| !scope.only_failed || state == State::Failed;
            if is_chosen(states.connector.state) {
                states.connector.state = State::Restarting;
            }
            for task in states.tasks.iter_mut().filter(|task| scope.include_tasks && is_chosen(task.state)) {
                task.state = State::Restarting;
            }
            Ok(states)
        })
    }

    fn restart_task<'a>(&'a self, name: &'a str, task: u32) -> Answer<'a, ()> {
        Box::pin(async move {
            self.ready().await?;
            let is_there = self.info(name)?.tasks.iter().any(|id| id.task == task);
            if is_there { Ok(()) } else { Err(ConnectError::not_found("no such task")) }
        })
    }

    fn offsets<'a>(&'a self, name: &'a str) -> Answer<'a, ConnectorOffsets> {
        Box::pin(async move { Ok(ConnectorOffsets { offsets: self.of(name)?.offsets }) })
    }

    fn alter_offsets<'a>(&'a self, name: &'a str, offsets: Vec<ConnectorOffset>) -> Answer<'a, String> {
        Box::pin(async move {
            self.stopped(name).await?;
            if offsets.iter().any(|offset| offset.partition.is_none()) {
                return Err(ConnectError::bad_request("Partition objects cannot be null"));
            }
            self.kept().get_mut(name).unwrap().offsets =
                offsets.into_iter().filter(|offset| offset.offset.is_some()).collect();
            Ok("The offsets for this connector have been altered successfully".to_owned())
        })
    }

    fn reset_offsets<'a>(&'a self, name: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            self.stopped(name).await?;
            self.kept().get_mut(name).unwrap().offsets.clear();
            Ok("The offsets for this connector have been reset successfully".to_owned())
        })
    }

    fn set_level_everywhere<'a>(&'a self, logger: &'a str, level: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.levels.lock().unwrap().push((logger.to_owned(), level.to_owned()));
            Ok(())
        })
    }

    fn retry_slices<'a>(&'a self, name: &'a str, _: i64, _: i64) -> Answer<'a, usize> {
        Box::pin(async move { self.of(name).map(|_| 0) })
    }
}
