//! `handletime run` with a REST interface: the connectors of a file in one process, managed like those of a worker. Edge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::broker_failure;
use super::pipeline::Complete;
use super::progress_line::ProgressLine;
use super::serving::{self, STOP};
use super::status::ExitStatus;
use crate::config::Settings;
use crate::config::rest::WORKER_LISTEN;
use crate::config::section::{File, Section};
use crate::connect::entities::{ConnectorConfig, State, TargetState};
use crate::connect::error::ConnectError;
use crate::connect::herder::{Change, Herder};
use crate::connect::herding::Sharing;
use crate::connect::ledger::Ledger;
use crate::connect::ledger::memory::MemoryLedger;
use crate::connect::placement::Slots;
use crate::connect::units::{Floor, Running, locked};
use crate::connect::worker::Worker;
use crate::extract::progress::SourceProgress;
use crate::process::scene::Scene;
use crate::runtime::shutdown::{Shutdown, on_signal};
use crate::runtime::supervisor::Supervisor;

/// How often progress is shown.
const SHOW_INTERVAL: Duration = Duration::from_millis(200);
/// How often completion is looked at once the sources are complete.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Runs the connectors of a file until a stop is asked for, or with `until_complete` until all is done.
///
/// # Errors
/// Whatever keeps it from running; with `until_complete` a connector that FAILED.
pub async fn run(file: &File, settings: &Settings, until_complete: bool) -> anyhow::Result<ExitStatus> {
    let config = &settings.worker;
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let signals = shutdown.clone();
    supervisor.start("signals", async move { on_signal(signals).await.map_err(|error| error.to_string()) });
    let started = async {
        let server = serving::listen(config, WORKER_LISTEN).await?;
        println!("worker {}: http://{}/", server.worker_id(), server.address());
        let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::default());
        let section = file.worker.clone().unwrap_or_default();
        let parts = serving::parts(config, &section, server, true, &ledger);
        create(&parts.worker, file).await?;
        let shown = (Arc::clone(&parts.worker), Arc::clone(&parts.floor));
        let (_, sharing) = watch::channel(Sharing { slots: Slots::All, generation: 1 });
        serving::start(parts, config, sharing, Shutdown::default(), &mut supervisor)?;
        anyhow::Ok(shown)
    };
    let watched = match started.await {
        Ok((worker, floor)) => watch_over(&worker, &floor, settings, until_complete, &shutdown).await,
        Err(error) => Err(broker_failure::told(config, error)),
    };
    shutdown.trigger();
    let joined = supervisor.join(STOP).await.map_err(anyhow::Error::msg);
    let status = watched?;
    joined?;
    Ok(status)
}

/// Creates the connectors of the file, as somebody would by REST.
async fn create(worker: &Worker, file: &File) -> anyhow::Result<()> {
    for section in &file.connectors {
        let created = worker.change(&section.name, Change::Create(written(section), TargetState::Started)).await;
        created.map_err(|ConnectError { message, .. }| anyhow::anyhow!("{}: {message}", section.title))?;
    }
    Ok(())
}

/// The settings of a table, as they were written.
fn written(section: &Section) -> ConnectorConfig {
    section.entries.iter().map(|entry| (entry.key.clone(), entry.written.clone())).collect()
}

/// What of the floor shows progress: the sources, and each processor once.
fn shown(floor: &Floor) -> (Vec<Arc<SourceProgress>>, Vec<Scene>) {
    let (mut sources, mut scenes) = (Vec::new(), BTreeMap::new());
    for (unit, running) in locked(floor).iter() {
        match running {
            Running::Source(_, progress) => sources.push(Arc::clone(progress)),
            Running::Processor(_, scene) => drop(scenes.insert(unit.connector.clone(), Scene::clone(scene))),
        }
    }
    (sources, scenes.into_values().collect())
}

/// Shows progress until a stop is asked for; with `until_complete` until all is done, or a connector has FAILED.
async fn watch_over(
    worker: &Worker,
    floor: &Floor,
    settings: &Settings,
    until_complete: bool,
    shutdown: &Shutdown,
) -> anyhow::Result<ExitStatus> {
    let (first, _) = shown(floor);
    let mut line = ProgressLine::new(&first);
    let complete = Complete::of(settings);
    let tasks: usize = settings.sources.iter().map(|source| source.partitions.len()).sum();
    let mut looked = Instant::now();
    while !shutdown.sleep(SHOW_INTERVAL).await {
        let (sources, scenes) = shown(floor);
        line.show(&sources, &scenes);
        if !until_complete {
            continue;
        }
        if let Some(failed) = failure_of(worker) {
            line.finish();
            anyhow::bail!(failed);
        }
        // A source that another process has taken over is not on the floor; `progress` tells then.
        let done = sources.iter().filter(|source| source.snapshot().complete).count();
        if done == sources.len().min(tasks) && LOOK_INTERVAL <= looked.elapsed() {
            if let Some(status) = complete.status().await? {
                line.finish();
                return Ok(status);
            }
            looked = Instant::now();
        }
    }
    line.finish();
    Ok(ExitStatus::Success)
}

/// Why a connector or a task of it has FAILED.
fn failure_of(worker: &Worker) -> Option<String> {
    let infos = worker.names().into_iter().filter_map(|name| worker.status(&name).ok());
    infos
        .flat_map(|info| {
            let own =
                (info.connector.state == State::Failed).then(|| format!("{}: {}", info.name, info.connector.trace));
            let failed = info.tasks.into_iter().filter(|task| task.state == State::Failed);
            let name = info.name;
            let tasks: Vec<String> = failed.map(|task| format!("{name}-{}: {}", task.id, task.trace)).collect();
            own.into_iter().chain(tasks)
        })
        .next()
}
