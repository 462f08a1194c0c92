//! The work of connectors on a Kafka cluster: what each is made of, and how it is started and ended. Edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::catalog::Catalog;
use super::entities::ConnectorConfig;
use super::hands::{Doing, Ended, Hands};
use super::plugins;
use super::statuses::Unit;
use super::typed::settings_of;
use crate::config::Settings;
use crate::config::section::Section;
use crate::config::tables::class::Class;
use crate::config::typed::{ProcessorConfig, SourceConfig, WorkerConfig};
use crate::domain::causes::causes;
use crate::extract::progress::SourceProgress;
use crate::extract::task::{SourceReport, SourceTask};
use crate::genesys::client::GenesysClient;
use crate::kafka::names::Names;
use crate::kafka::topics::TopicSpec;
use crate::process::ours::KafkaOurs;
use crate::process::scene::Scene;
use crate::process::start;
use crate::publish::encode::SourcePartition;
use crate::publish::kafka::KafkaPublisher;
use crate::runtime::memory;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::status::registry::{Guard, Registry, SourceLabels};

/// How long a task gets to drain and commit after a stop was asked for.
const STOP: Duration = Duration::from_secs(10);

/// What a running task shows of itself.
#[derive(Clone, Debug)]
pub enum Running {
    /// A task of a source.
    Source(Arc<SourceConfig>, Arc<SourceProgress>),
    /// A task of a processor: its pipeline, and what its tasks share.
    Processor(String, Box<Scene>),
}

/// What runs in this process.
pub type Floor = Arc<Mutex<BTreeMap<Unit, Running>>>;

/// The work of connectors on a Kafka cluster.
pub struct Units {
    worker: WorkerConfig,
    section: Section,
    floor: Floor,
    registry: Registry,
    // The threads of a processor in this process share what they report.
    scenes: Mutex<BTreeMap<String, (ProcessorConfig, Scene)>>,
}

impl Units {
    /// For connectors on the brokers of `worker`, whose settings stand in `section`; what runs is put on `floor` and told
    /// to `registry`.
    #[must_use]
    pub fn new(worker: &WorkerConfig, section: &Section, floor: &Floor, registry: &Registry) -> Units {
        let (worker, section, floor) = (worker.clone(), section.clone(), Arc::clone(floor));
        Units { worker, section, floor, registry: registry.clone(), scenes: Mutex::default() }
    }

    /// The settings of a connector, and of those that work on the same pipeline.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn settings(&self, name: &str, catalog: &Catalog) -> Result<Settings, String> {
        let own = catalog.get(name).ok_or_else(|| format!("there is no connector {name}"))?;
        let pipeline = |config: &ConnectorConfig| {
            config.get("pipeline.name").map_or_else(|| "default".to_owned(), |name| name.trim().to_owned())
        };
        let mut together: Vec<(&str, &ConnectorConfig)> = catalog
            .all()
            .iter()
            .filter(|(other, entry)| *other == name || pipeline(&entry.config) == pipeline(&own.config))
            .map(|(name, entry)| (name.as_str(), &entry.config))
            .collect();
        // Who comes last is told that there is another: it must be the one that is asked about.
        together.sort_by_key(|(other, _)| *other == name);
        settings_of(&self.section, &together).or_else(|problems| {
            // What only others lack, as the secrets of a source that runs elsewhere, is no reason to keep a processor back.
            let place = format!("[connectors.{name}]");
            let is_own = problems.list().iter().any(|problem| problem.place == place || problem.place.is_empty());
            let is_processor = own.config.get(plugins::CLASS).and_then(|word| plugins::class_of(word))
                == Some(Class::HandleTimeProcessor);
            let alone = (!is_own && is_processor).then(|| settings_of(&self.section, &[(name, &own.config)]).ok());
            alone.flatten().ok_or_else(|| problems.to_string())
        })
    }

    /// How many tasks share the budget of this source's OAuth client, in all processes.
    fn sharers(&self, source: &SourceConfig, catalog: &Catalog) -> usize {
        let others = catalog.all().keys().filter(|name| **name != source.name);
        let tasks_of = |name: &String| {
            let settings = self.settings(name, catalog).ok()?;
            let same = |other: &&SourceConfig| {
                other.name == *name && (&other.login_url, &other.client_id) == (&source.login_url, &source.client_id)
            };
            settings.sources.iter().find(same).map(|other| other.partitions.len())
        };
        source.partitions.len() + others.filter_map(tasks_of).sum::<usize>()
    }

    fn scene(&self, config: &ProcessorConfig) -> Scene {
        let mut scenes = self.scenes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, scene)) = scenes.get(&config.name)
            && known == config
        {
            return scene.clone();
        }
        let scene = start::scene(&self.worker, config);
        scenes.insert(config.name.clone(), (config.clone(), scene.clone()));
        scene
    }

    fn topics_of(&self, name: &str, settings: &Settings) -> Vec<TopicSpec> {
        let mut specs = Vec::new();
        for processor in settings.processors.iter().filter(|one| one.name == name) {
            specs.extend(start::topics_of(&self.scene(processor)));
        }
        for source in settings.sources.iter().filter(|one| one.name == name) {
            let names = Names::new(&self.worker.topic_prefix, &source.pipeline);
            specs.extend(names.source_topics(self.worker.topics_partitions));
        }
        specs
    }

    /// Starts a task of a source under `supervisor`; what is returned is triggered when another process takes it over.
    fn start_source(
        &self,
        settings: &Settings,
        source: &SourceConfig,
        task: u32,
        sharers: usize,
        supervisor: &mut Supervisor,
    ) -> Result<(Running, Shutdown), String> {
        // The platform counts the requests of all processes together, and none knows what the others send.
        let share = source.quota_requests_per_second / sharers.max(1) as f64;
        let shared = SourceConfig { quota_requests_per_second: share, ..source.clone() };
        let client = GenesysClient::new(&shared).map_err(|error| causes(&error))?;
        let stop = supervisor.shutdown();
        let tasks = SourceTask::all_by(&client, source, |name, plan| {
            let of = SourcePartition {
                pipeline: source.pipeline.clone(),
                org_id: source.org_id.clone(),
                source_partition: name.to_owned(),
                connector: source.name.clone(),
            };
            Box::new(KafkaPublisher::new(&self.worker, of, stop.clone()).of_split(plan.to_vec()))
        });
        let tasks = tasks.map_err(|error| causes(&error))?;
        let count = tasks.len();
        let number = usize::try_from(task).unwrap_or(usize::MAX);
        let Some(own) = tasks.into_iter().nth(number) else {
            return Err(format!("{} has {count} tasks, and none with the number {task}", source.name));
        };
        let processor = settings.processors.iter().find(|one| one.pipeline == source.pipeline);
        let rules = processor.map(|one| one.rules.clone());
        // One task compares for all. Without a processor nobody tells how far the others have come.
        let compares = task == 0 && (rules.is_some() || count == 1);
        let own = if compares {
            let names = Names::new(&self.worker.topic_prefix, &source.pipeline);
            own.with_ours(source, Arc::new(KafkaOurs::new(&self.worker, names, &source.org_id, rules)))
        } else {
            own
        };
        memory::give_back_soon();
        let running = Running::Source(Arc::new(shared), own.progress());
        let taken_over = Shutdown::default();
        let fenced = taken_over.clone();
        let name = own.name().to_owned();
        supervisor.start(&name, async move {
            match own.run(stop).await {
                Ok(SourceReport::Stopped) => Ok(()),
                Ok(SourceReport::Fenced) => {
                    fenced.trigger();
                    Ok(())
                }
                Err(error) => Err(causes(&error)),
            }
        });
        Ok((running, taken_over))
    }

    fn start(
        &self,
        unit: &Unit,
        settings: &Settings,
        sharers: usize,
        supervisor: &mut Supervisor,
    ) -> Result<(Running, Shutdown), String> {
        let task = unit.task.unwrap_or_default();
        if let Some(source) = settings.sources.iter().find(|one| one.name == unit.connector) {
            return self.start_source(settings, source, task, sharers, supervisor);
        }
        let Some(processor) = settings.processors.iter().find(|one| one.name == unit.connector) else {
            return Err(format!("{} is neither a source nor a processor", unit.connector));
        };
        let scene = self.scene(processor);
        start::start_task(&scene, task, supervisor).map_err(|error| format!("starting its threads: {error}"))?;
        Ok((Running::Processor(processor.pipeline.clone(), Box::new(scene)), Shutdown::default()))
    }
}

/// Takes a task off the floor when it ends, however it ends.
struct OnFloor {
    floor: Floor,
    unit: Unit,
    _told: Guard,
}

impl OnFloor {
    fn put(floor: &Floor, registry: &Registry, unit: &Unit, running: Running) -> OnFloor {
        let told = match &running {
            Running::Source(config, progress) => {
                let labels = SourceLabels::of(config, unit.task.unwrap_or_default());
                registry.source(labels, Arc::clone(progress))
            }
            Running::Processor(pipeline, scene) => registry.processor(&unit.connector, pipeline, scene),
        };
        locked(floor).insert(unit.clone(), running);
        OnFloor { floor: Arc::clone(floor), unit: unit.clone(), _told: told }
    }
}

impl Drop for OnFloor {
    fn drop(&mut self) {
        locked(&self.floor).remove(&self.unit);
    }
}

/// What runs in this process now.
pub fn locked(floor: &Floor) -> MutexGuard<'_, BTreeMap<Unit, Running>> {
    floor.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hands for Units {
    fn tasks_of(&self, name: &str, catalog: &Catalog) -> Result<Vec<ConnectorConfig>, String> {
        let settings = self.settings(name, catalog)?;
        let entry = catalog.get(name).ok_or_else(|| format!("there is no connector {name}"))?;
        let sources = settings.sources.iter().filter(|one| one.name == name).map(|one| one.partitions.len());
        let most = usize::try_from(self.worker.topics_partitions).unwrap_or(1);
        // More threads than partitions would have nothing to do.
        let of_tasks = |one: &ProcessorConfig| usize::try_from(one.tasks_max).unwrap_or(usize::MAX).min(most);
        let processors = settings.processors.iter().filter(|one| one.name == name).map(of_tasks);
        let count = sources.chain(processors).next().unwrap_or_default();
        let mut config = entry.config.clone();
        let class = config.get(plugins::CLASS).and_then(|word| plugins::class_of(word));
        let task_class = match class {
            Some(Class::HandleTimeProcessor) => "HandleTimeProcessorTask",
            _ => "GenesysSourceTask",
        };
        config.insert("task.class".to_owned(), task_class.to_owned());
        Ok(vec![config; count])
    }

    fn prepare(&self, name: &str, catalog: &Catalog, stop: &Shutdown) -> Doing<Result<Vec<String>, String>> {
        let settings = self.settings(name, catalog);
        let specs = settings.map(|settings| self.topics_of(name, &settings));
        let (worker, stop) = (self.worker.clone(), stop.clone());
        Box::pin(async move {
            let specs = specs?;
            let topics = specs.iter().map(|spec| spec.name.clone()).collect();
            let ensured = tokio::task::spawn_blocking(move || start::ensure_topics(&worker, &specs, &stop)).await;
            ensured.map_err(|error| error.to_string())?.map_err(|error| causes(&error))?;
            Ok(topics)
        })
    }

    fn run(&self, unit: &Unit, catalog: &Catalog, stop: &Shutdown) -> Doing<Result<Ended, String>> {
        let mut supervisor = Supervisor::new(stop.clone());
        let started = self.settings(&unit.connector, catalog).and_then(|settings| {
            let source = settings.sources.iter().find(|one| one.name == unit.connector);
            let sharers = source.map_or(1, |source| self.sharers(source, catalog));
            self.start(unit, &settings, sharers, &mut supervisor)
        });
        let on_floor =
            started.map(|(running, taken_over)| (OnFloor::put(&self.floor, &self.registry, unit, running), taken_over));
        let stop = stop.clone();
        Box::pin(async move {
            let (on_floor, taken_over) = match on_floor {
                Ok(started) => started,
                Err(cause) => {
                    stop.trigger();
                    drop(supervisor.join(STOP).await);
                    return Err(cause);
                }
            };
            // Nothing else triggers this wish before a task fails: then its other threads end too.
            let joined = supervisor.join(STOP).await;
            drop(on_floor);
            joined?;
            Ok(match (taken_over.requested(), stop.requested()) {
                (true, _) => Ended::TakenOver,
                (false, true) => Ended::Stopped,
                (false, false) => Ended::Done,
            })
        })
    }
}
