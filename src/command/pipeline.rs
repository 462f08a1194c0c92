//! Connectors of one process: starts them, shows how far they are, waits for their end. Edge.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::clients::clients_of;
use super::progress_line::ProgressLine;
use super::status::ExitStatus;
use crate::config::Settings;
use crate::config::typed::{ProcessorConfig, WorkerConfig};
use crate::domain::causes::causes;
use crate::domain::dead_letter::SLICE_FAILED;
use crate::domain::time::InstantMs;
use crate::extract::progress::SourceProgress;
use crate::extract::task::{SourceReport, SourceTask};
use crate::kafka::bounds::Bounds;
use crate::kafka::names::Names;
use crate::kafka::topics::TopicSpec;
use crate::process::ours::KafkaOurs;
use crate::process::over_kafka::KafkaRanges;
use crate::process::scene::Scene;
use crate::process::{completion, dead_letters, start};
use crate::publish::encode::SourcePartition;
use crate::publish::kafka::KafkaPublisher;
use crate::publish::stored::{self, Stored};
use crate::runtime::memory;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::status::registry::{Guard, Registry, SourceLabels};
use crate::topology::record::topic;

/// How long everything gets to drain and commit after a stop was asked for.
pub const STOP: Duration = Duration::from_secs(10);
/// How often progress is shown and sources are looked at.
const SHOW_INTERVAL: Duration = Duration::from_millis(200);
/// How often completion is looked at once the sources of this process are complete.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// What was started.
#[derive(Debug)]
pub struct Running {
    complete: Complete,
    sources: Vec<Arc<SourceProgress>>,
    // One a task of a source: asked for when another process has taken it over.
    taken_over: Vec<Shutdown>,
    registry: Registry,
    registered: Vec<Guard>,
}

/// What tells whether everything is done, whoever does it.
#[derive(Clone, Debug)]
pub struct Complete {
    scenes: Vec<Scene>,
    // The end of each scene's source, where this process has it.
    extract_ends: Vec<Option<InstantMs>>,
    connectors: Vec<String>,
}

impl Complete {
    /// For these connectors.
    #[must_use]
    pub fn of(settings: &Settings) -> Complete {
        let scenes = settings.processors.iter().map(|config| start::scene(&settings.worker, config)).collect();
        Complete::with(settings, scenes)
    }

    fn with(settings: &Settings, scenes: Vec<Scene>) -> Complete {
        let source_of = |config: &ProcessorConfig| settings.sources.iter().find(|one| one.pipeline == config.pipeline);
        let end_of = |config| source_of(config).and_then(|source| source.extract_end);
        let names = settings.sources.iter().map(|source| source.name.clone());
        let connectors = names.chain(settings.processors.iter().map(|config| config.name.clone())).collect();
        Complete { scenes, extract_ends: settings.processors.iter().map(end_of).collect(), connectors }
    }

    /// The exit status, once every task has committed what follows from the closing watermark.
    ///
    /// # Errors
    /// When the broker refuses to say how far the tasks are.
    pub async fn status(&self) -> anyhow::Result<Option<ExitStatus>> {
        let Complete { scenes, extract_ends, connectors } = self.clone();
        let looked = tokio::task::spawn_blocking(move || look(&scenes, &extract_ends, &connectors)).await;
        looked.context("looking how far the tasks are")?
    }
}

/// Creates topics and starts all connectors; `None` when a stop was asked for before a broker answered.
///
/// # Errors
/// When a topic contradicts what is needed, or something cannot be started.
pub async fn start(settings: &Settings, supervisor: &mut Supervisor) -> anyhow::Result<Option<Running>> {
    start_in(settings, &Registry::default(), supervisor).await
}

/// The same with connectors that stand in this registry.
///
/// # Errors
/// As [`start()`].
pub async fn start_in(
    settings: &Settings,
    registry: &Registry,
    supervisor: &mut Supervisor,
) -> anyhow::Result<Option<Running>> {
    let worker = &settings.worker;
    let scenes: Vec<Scene> = settings.processors.iter().map(|config| start::scene(worker, config)).collect();
    let specs = topics_of(settings, &scenes);
    let (asked, shutdown) = (worker.clone(), supervisor.shutdown());
    let ensured = tokio::task::spawn_blocking(move || start::ensure_topics(&asked, &specs, &shutdown)).await;
    if !ensured.context("checking topics")?? {
        return Ok(None);
    }
    let mut registered = Vec::new();
    for (scene, config) in scenes.iter().zip(&settings.processors) {
        registered.push(registry.processor(&config.name, &config.pipeline, scene));
        start::start(scene, config.tasks_max, supervisor).context("starting a processor's threads")?;
    }
    let (mut sources, mut taken_over) = (Vec::new(), Vec::new());
    let clients = clients_of(&settings.sources)?;
    for (source, client) in settings.sources.iter().zip(&clients) {
        let stop = supervisor.shutdown();
        let tasks = SourceTask::all_by(client, source, |name, plan| {
            let of = SourcePartition {
                pipeline: source.pipeline.clone(),
                org_id: source.org_id.clone(),
                source_partition: name.to_owned(),
                connector: source.name.clone(),
            };
            Box::new(KafkaPublisher::new(worker, of, stop.clone()).of_split(plan.to_vec()))
        })?;
        let processor = settings.processors.iter().find(|one| one.pipeline == source.pipeline);
        let names = Names::new(&worker.topic_prefix, &source.pipeline);
        let rules = processor.map(|one| one.rules.clone());
        // One task compares for all. Without a processor nobody tells how far the others have come.
        let compares = rules.is_some() || tasks.len() == 1;
        let mut ours = compares.then(|| Arc::new(KafkaOurs::new(worker, names, &source.org_id, rules)));
        for (number, task) in (0..).zip(tasks) {
            registered.push(registry.source(SourceLabels::of(source, number), task.progress()));
            let task = match ours.take() {
                Some(ours) => task.with_ours(source, ours),
                None => task,
            };
            sources.push(task.progress());
            let name = task.name().to_owned();
            taken_over.push(start_source(task, name, supervisor));
        }
    }
    let complete = Complete::with(settings, scenes);
    Ok(Some(Running { complete, sources, taken_over, registry: registry.clone(), registered }))
}

/// The topics of all connectors, as they must be.
#[must_use]
pub fn topics(settings: &Settings) -> Vec<TopicSpec> {
    let scenes: Vec<Scene> = settings.processors.iter().map(|config| start::scene(&settings.worker, config)).collect();
    topics_of(settings, &scenes)
}

fn topics_of(settings: &Settings, scenes: &[Scene]) -> Vec<TopicSpec> {
    let worker = &settings.worker;
    let mut specs: Vec<TopicSpec> = scenes.iter().flat_map(start::topics_of).collect();
    for source in &settings.sources {
        specs.extend(Names::new(&worker.topic_prefix, &source.pipeline).source_topics(worker.topics_partitions));
    }
    specs.sort_by(|a, b| a.name.cmp(&b.name));
    specs.dedup_by(|a, b| a.name == b.name);
    specs
}

/// Starts a source under the supervisor; one that another process takes over ends quietly and triggers what is returned.
pub fn start_source(task: SourceTask, name: String, supervisor: &mut Supervisor) -> Shutdown {
    memory::give_back_soon();
    let shutdown = supervisor.shutdown();
    let taken_over = Shutdown::default();
    let ended = taken_over.clone();
    supervisor.start(&name.clone(), async move {
        match task.run(shutdown).await {
            Ok(SourceReport::Stopped) => Ok(()),
            Ok(SourceReport::Fenced) => {
                tracing::info!(source = name, "another source has taken over; this one has stopped");
                ended.trigger();
                Ok(())
            }
            Err(error) => Err(causes(&error)),
        }
    });
    taken_over
}

impl Running {
    /// What the process tells of itself.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What keeps the connectors in the registry for as long as it lives.
    #[must_use]
    pub fn registered(self) -> Vec<Guard> {
        self.registered
    }

    /// Where the sources' tasks stand.
    #[must_use]
    pub fn sources(&self) -> &[Arc<SourceProgress>] {
        &self.sources
    }

    /// Shows progress until a stop is asked for.
    pub async fn watch(&self, shutdown: &Shutdown) {
        let mut line = ProgressLine::new(&self.sources);
        while !shutdown.sleep(SHOW_INTERVAL).await {
            line.show(&self.sources, &self.complete.scenes);
        }
        line.finish();
    }

    /// Shows progress until all is complete, and says with which status; `None` when a stop was asked for before.
    ///
    /// # Errors
    /// When the broker refuses to say how far the tasks are.
    pub async fn watch_until_complete(&self, shutdown: &Shutdown) -> anyhow::Result<Option<ExitStatus>> {
        let mut line = ProgressLine::new(&self.sources);
        let mut looked = Instant::now();
        while !shutdown.sleep(SHOW_INTERVAL).await {
            line.show(&self.sources, &self.complete.scenes);
            // A source that another process has taken over never completes here; `progress` tells then.
            let mut sources = self.sources.iter().zip(&self.taken_over);
            let done = sources.all(|(source, taken_over)| source.snapshot().complete || taken_over.requested());
            if done && LOOK_INTERVAL <= looked.elapsed() {
                if let Some(status) = self.complete.status().await? {
                    line.finish();
                    return Ok(Some(status));
                }
                looked = Instant::now();
            }
        }
        line.finish();
        Ok(None)
    }
}

fn look(
    scenes: &[Scene],
    extract_ends: &[Option<InstantMs>],
    connectors: &[String],
) -> anyhow::Result<Option<ExitStatus>> {
    let mut status = ExitStatus::Success;
    // Told once all pipelines are complete: a look that finds one that is not says nothing.
    let mut said = Vec::new();
    for (scene, extract_end) in scenes.iter().zip(extract_ends) {
        let group = scene.names.group(crate::domain::progress::Room::Legs);
        let bounds = Bounds::new(&scene.worker, &group)?;
        let ranges = KafkaRanges { worker: &scene.worker, bounds: &bounds };
        let looked = completion::overview(scene, &ranges).and_then(|overview| {
            let complete = overview.is_complete(scene, *extract_end) && !overview.has_unread(scene, &ranges)?;
            Ok(complete.then_some(overview))
        });
        let overview = match looked {
            Ok(Some(overview)) => overview,
            Ok(None) => return Ok(None),
            Err(error) => {
                // The broker may be away for a moment; the next look finds out.
                tracing::debug!(%error, "looking how far the tasks are");
                return Ok(None);
            }
        };
        if overview.has_held() && nothing_is_held(scene) {
            // The tasks have not passed the watermark that lifts the last hold.
            return Ok(None);
        }
        let connectors: Vec<&str> = connectors.iter().map(String::as_str).collect();
        let dead = match dead_letters::by_reason(scene, &bounds, &connectors) {
            Ok(dead) => dead,
            Err(error) => {
                tracing::debug!(%error, "counting dead letters");
                return Ok(None);
            }
        };
        // A slice that was given up is held until it is read: a dead letter of it alone tells of what was repaired.
        let of_interactions = dead.keys().any(|reason| reason != SLICE_FAILED);
        if overview.has_held() {
            status = ExitStatus::Incomplete;
        } else if of_interactions && status == ExitStatus::Success {
            status = ExitStatus::DeadLettered;
        }
        for (reason, letters) in dead {
            let topic = scene.names.topic(topic::DEAD_LETTERS);
            said.push(format!("dead letters: {} {reason}{}, in {topic}", letters.count, letters.rules()));
        }
    }
    said.iter().for_each(|line| println!("{line}"));
    Ok(Some(status))
}

/// Whether the sources of the scene's pipeline, wherever they run, have lifted every hold.
fn nothing_is_held(scene: &Scene) -> bool {
    let of_pipeline = |stored: &Stored| Names::new(&scene.worker.topic_prefix, &stored.of.pipeline) == scene.names;
    match stored::read(&scene.worker) {
        Ok(all) => {
            let mut sources = all.iter().filter(|stored| of_pipeline(stored)).peekable();
            sources.peek().is_some() && sources.all(|stored| stored.offset.held.is_empty())
        }
        Err(error) => {
            tracing::debug!(%error, "looking what sources hold");
            false
        }
    }
}

/// A worker for a broker that is named on the command line.
#[must_use]
pub fn worker_at(bootstrap_servers: &str, topic_prefix: &str, partitions: i32) -> WorkerConfig {
    WorkerConfig {
        bootstrap_servers: bootstrap_servers.to_owned(),
        topic_prefix: topic_prefix.to_owned(),
        topics_partitions: partitions,
        topics_replication_factor: 1,
        kafka: std::collections::BTreeMap::new(),
        oauth_token: None,
        rest: crate::config::rest::RestConfig::default(),
        group_id: None,
        telemetry: crate::config::telemetry::TelemetryConfig::default(),
    }
}
