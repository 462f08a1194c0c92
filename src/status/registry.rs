//! What runs in this process, and the numbers of all of it at one instant. Edge: it reads the clock; no call of it waits.
//!
//! Whoever starts a task says so and keeps what it is given for as long as the task runs. Looking costs copies of plain
//! numbers: what needs a broker comes from what its clients told of themselves last.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::gather;
use super::vitals::{ConnectorVitals, ProcessorVitals, SourceVitals, Vitals};
use crate::avro::schema::fingerprints;
use crate::config::typed::SourceConfig;
use crate::domain::time::{DurationMs, InstantMs};
use crate::extract::progress::SourceProgress;
use crate::kafka::statistics;
use crate::process::scene::{Board, Scene};

/// What a task of a source is called, and what its settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLabels {
    /// Connector.
    pub connector: String,
    /// Number of the task, from 0.
    pub task: u32,
    /// `pipeline.name`.
    pub pipeline: String,
    /// `genesys.org.id`.
    pub org_id: String,
    /// What of the organisation it reads.
    pub source_partition: String,
    /// Id of the OAuth client.
    pub client_id: String,
    /// `extract.freshness.delay.ms`.
    pub freshness_delay_ms: DurationMs,
}

impl SourceLabels {
    /// Of one task of a source.
    #[must_use]
    pub fn of(config: &SourceConfig, task: u32) -> SourceLabels {
        let part = usize::try_from(task).ok().and_then(|task| config.partitions.get(task));
        let dialect = config.dialect.word();
        SourceLabels {
            connector: config.name.clone(),
            task,
            pipeline: config.pipeline.clone(),
            org_id: config.org_id.clone(),
            source_partition: part.map_or_else(String::new, |part| part.source_partition(dialect)),
            client_id: config.client_id.clone(),
            freshness_delay_ms: config.freshness_delay_ms,
        }
    }
}

/// What tells of the connectors of the group.
pub type Connectors = Box<dyn Fn() -> Vec<ConnectorVitals> + Send + Sync>;

#[derive(Debug)]
struct Source {
    labels: SourceLabels,
    progress: Arc<SourceProgress>,
}

#[derive(Debug)]
struct Processor {
    connector: String,
    pipeline: String,
    board: Board,
    guards: usize,
}

#[derive(Default)]
struct Here {
    next: u64,
    sources: BTreeMap<u64, Source>,
    processors: BTreeMap<u64, Processor>,
    connectors: Option<Arc<Connectors>>,
    worker_id: String,
    config_hash: String,
}

/// What runs in this process; cheap to clone.
#[derive(Clone)]
pub struct Registry {
    here: Arc<Mutex<Here>>,
    started_at: InstantMs,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Registry")
    }
}

impl Default for Registry {
    fn default() -> Self {
        Registry { here: Arc::default(), started_at: now() }
    }
}

/// Keeps a task in the registry for as long as it lives.
#[must_use = "what is dropped is taken out of the registry"]
pub struct Guard {
    here: Arc<Mutex<Here>>,
    id: u64,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Guard({})", self.id)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut here = locked(&self.here);
        here.sources.remove(&self.id);
        if let Some(processor) = here.processors.get_mut(&self.id) {
            processor.guards -= 1;
            if processor.guards == 0 {
                here.processors.remove(&self.id);
            }
        }
    }
}

impl Registry {
    /// A task of a source runs here from now on.
    pub fn source(&self, labels: SourceLabels, progress: Arc<SourceProgress>) -> Guard {
        let mut here = locked(&self.here);
        let id = here.id();
        here.sources.insert(id, Source { labels, progress });
        self.guard(id)
    }

    /// A task of a processor runs here from now on. Tasks that share a board are shown as one processor, until the last
    /// of them has gone.
    pub fn processor(&self, connector: &str, pipeline: &str, scene: &Scene) -> Guard {
        self.board(connector, pipeline, &scene.board)
    }

    /// The same by the board alone.
    pub fn board(&self, connector: &str, pipeline: &str, board: &Board) -> Guard {
        let mut here = locked(&self.here);
        let known = here.processors.iter_mut().find(|(_, known)| known.board.is(board));
        if let Some((id, known)) = known {
            known.guards += 1;
            return self.guard(*id);
        }
        let id = here.id();
        let (connector, pipeline) = (connector.to_owned(), pipeline.to_owned());
        here.processors.insert(id, Processor { connector, pipeline, board: board.clone(), guards: 1 });
        self.guard(id)
    }

    /// From now on `connectors` tells of all connectors of the group; it must not wait, nor ask the registry.
    pub fn connectors(&self, connectors: Connectors) {
        locked(&self.here).connectors = Some(Arc::new(connectors));
    }

    /// Address under which this process stands in states, and the hash of all connectors' settings as written.
    pub fn worker(&self, worker_id: &str, config_hash: &str) {
        let mut here = locked(&self.here);
        (here.worker_id, here.config_hash) = (worker_id.to_owned(), config_hash.to_owned());
    }

    /// The numbers of the process now.
    #[must_use]
    pub fn gather(&self) -> Vitals {
        self.gather_at(now())
    }

    fn gather_at(&self, at: InstantMs) -> Vitals {
        let here = locked(&self.here);
        // The newest of two that go by one name, as when a task is started anew while the last one ends.
        let mut sources: BTreeMap<(String, u32), SourceVitals> = BTreeMap::new();
        for Source { labels, progress } in here.sources.values() {
            let name = (labels.connector.clone(), labels.task);
            sources.insert(name, gather::source(labels, progress));
        }
        let mut processors: BTreeMap<(String, String), ProcessorVitals> = BTreeMap::new();
        for Processor { connector, pipeline, board, .. } in here.processors.values() {
            let name = (connector.clone(), pipeline.clone());
            let empty =
                || ProcessorVitals { connector: connector.clone(), pipeline: pipeline.clone(), ..gather::idle() };
            gather::add_processor(processors.entry(name).or_insert_with(empty), board.all(), at);
        }
        let mut vitals = Vitals {
            at,
            started_at: self.started_at,
            worker_id: here.worker_id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config_hash: here.config_hash.clone(),
            schemas: SCHEMAS.clone(),
            connectors: Vec::new(),
            sources: sources.into_values().collect(),
            processors: processors.into_values().collect(),
            kafka: gather::kafka(statistics::together()),
        };
        let connectors = here.connectors.clone();
        // Whoever tells of connectors may start a task meanwhile.
        drop(here);
        vitals.connectors = connectors.map_or_else(Vec::new, |connectors| connectors());
        vitals
    }

    fn guard(&self, id: u64) -> Guard {
        Guard { here: Arc::clone(&self.here), id }
    }
}

impl Here {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// They are compiled in.
static SCHEMAS: LazyLock<BTreeMap<String, String>> = LazyLock::new(fingerprints);

fn now() -> InstantMs {
    chrono::Utc::now().timestamp_millis()
}

fn locked(here: &Mutex<Here>) -> MutexGuard<'_, Here> {
    here.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
