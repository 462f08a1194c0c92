//! What connectors and tasks are doing, and what they are to do. Edge.
//!
//! Connect says in other words at each of these that there is no such connector, and so does this.

use axum::http::StatusCode;

use super::answer::{Outcome, empty, json_of, ok};
use super::dispatch::{Asked, Rest};
use crate::connect::entities::TargetState;
use crate::connect::error::ConnectError;
use crate::connect::herder::RestartScope;

pub(super) fn status(rest: &Rest, asked: &Asked) -> Outcome {
    let name = asked.connector();
    let status = rest.herder.status(name).map_err(said(format!("No status found for connector {name}")))?;
    Ok(ok(&status))
}

pub(super) async fn restart(rest: &Rest, asked: &Asked) -> Outcome {
    let name = asked.connector();
    let scope = RestartScope {
        include_tasks: asked.query.flag("includeTasks", false),
        only_failed: asked.query.flag("onlyFailed", false),
    };
    let states = rest.herder.restart(name, scope).await.map_err(said(format!("Unknown connector: {name}")))?;
    if scope.include_tasks || scope.only_failed {
        return Ok(json_of(StatusCode::ACCEPTED, &states));
    }
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(super) async fn pause(rest: &Rest, asked: &Asked) -> Outcome {
    turn(rest, asked, TargetState::Paused, StatusCode::ACCEPTED).await
}

pub(super) async fn resume(rest: &Rest, asked: &Asked) -> Outcome {
    turn(rest, asked, TargetState::Started, StatusCode::ACCEPTED).await
}

pub(super) async fn stop(rest: &Rest, asked: &Asked) -> Outcome {
    turn(rest, asked, TargetState::Stopped, StatusCode::NO_CONTENT).await
}

async fn turn(rest: &Rest, asked: &Asked, target: TargetState, status: StatusCode) -> Outcome {
    let name = asked.connector();
    rest.herder.set_target(name, target).await.map_err(said(format!("Unknown connector {name}")))?;
    Ok(empty(status))
}

pub(super) fn tasks(rest: &Rest, asked: &Asked) -> Outcome {
    Ok(ok(&rest.herder.tasks(asked.connector())?))
}

pub(super) fn task_status(rest: &Rest, asked: &Asked) -> Outcome {
    let (name, number) = (asked.connector(), asked.task()?);
    let unknown = || ConnectError::not_found(format!("No status found for task {name}-{number}"));
    let status = rest.herder.status(name).map_err(|error| if error.status == 404 { unknown() } else { error })?;
    let task = status.tasks.into_iter().find(|task| task.id == number).ok_or_else(unknown)?;
    Ok(ok(&task))
}

pub(super) async fn restart_task(rest: &Rest, asked: &Asked) -> Outcome {
    let (name, number) = (asked.connector(), asked.task()?);
    let unknown = if rest.herder.info(name).is_err() {
        format!("Unknown connector: {name}")
    } else if rest.herder.is_standalone() {
        format!("Task {name}-{number} not found")
    } else {
        format!("Unknown task: {name}-{number}")
    };
    rest.herder.restart_task(name, number).await.map_err(said(unknown))?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Says in these words that it was not found; other errors stay as they are.
fn said(text: String) -> impl FnOnce(ConnectError) -> ConnectError {
    move |error| if error.status == 404 { ConnectError::not_found(text) } else { error }
}
