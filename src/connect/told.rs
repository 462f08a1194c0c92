//! What is told of connectors and tasks, by what the two topics say. Pure.

use super::catalog::Entry;
use super::entities::{
    ConnectorConfig, ConnectorState, ConnectorStateInfo, ConnectorType, State, TargetState, TaskState,
};
use super::plugins;
use super::statuses::{Standing, Statuses, Unit};

/// Source or sink, by the class.
#[must_use]
pub fn kind_of(config: &ConnectorConfig) -> ConnectorType {
    let class = config.get(plugins::CLASS).and_then(|word| plugins::class_of(word));
    class.map_or(ConnectorType::Unknown, plugins::type_of)
}

fn unit_state(statuses: &Statuses, unit: &Unit) -> Standing {
    let nobody = || Standing {
        state: State::Unassigned,
        trace: String::new(),
        worker_id: String::new(),
        generation: 0,
        version: String::new(),
    };
    let mut standing = statuses.of(unit).cloned().unwrap_or_else(nobody);
    if standing.state == State::Failed && standing.trace.is_empty() {
        // Clients take it for granted that there is one.
        standing.trace = "no reason was given".to_owned();
    }
    standing
}

/// The states of a connector and its tasks.
#[must_use]
pub fn state_info(name: &str, entry: &Entry, statuses: &Statuses) -> ConnectorStateInfo {
    let Standing { state, trace, worker_id, version, .. } = unit_state(statuses, &Unit::connector(name));
    let count = if entry.target == TargetState::Stopped { 0 } else { entry.tasks.len() };
    let tasks = (0..u32::try_from(count).unwrap_or(u32::MAX)).map(|id| {
        let Standing { state, trace, worker_id, version, .. } = unit_state(statuses, &Unit::task(name, id));
        TaskState { id, state, worker_id, trace, version }
    });
    ConnectorStateInfo {
        name: name.to_owned(),
        connector: ConnectorState { state, worker_id, trace, version },
        tasks: tasks.collect(),
        kind: kind_of(&entry.config),
    }
}
