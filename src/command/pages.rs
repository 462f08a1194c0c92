//! What a worker shows of itself beside the REST interface: the status page, the same as JSON, and metrics. Edge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use xxhash_rust::xxh64::xxh64;

use crate::config::typed::WorkerConfig;
use crate::connect::catalog::Catalog;
use crate::connect::entities::{ConnectorConfig, ConnectorType};
use crate::connect::herder::Herder;
use crate::connect::units::Units;
use crate::connect::worker::Worker;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::status::metrics;
use crate::status::registry::Registry;
use crate::status::routes::{Status, beside};
use crate::status::today::Shown;
use crate::status::today_feed::{TodayBoard, follow};
use crate::status::today_kafka::KafkaRows;
use crate::status::vitals::{ConnectorVitals, TaskVitals};

/// How long a thread that follows rows gets to end: its reader looks at the stop several times a second.
const STOP: Duration = Duration::from_secs(6);

/// Starts what the pages need, and tells their routes.
pub fn routes(
    worker: &Arc<Worker>,
    units: &Arc<Units>,
    registry: &Registry,
    config: &WorkerConfig,
    supervisor: &mut Supervisor,
) -> Router {
    let of_connectors = Arc::clone(worker);
    registry.connectors(Box::new(move || connectors_of(&of_connectors)));
    let today = TodayBoard::default();
    let followed = Followed {
        worker: Arc::clone(worker),
        units: Arc::clone(units),
        registry: registry.clone(),
        config: config.clone(),
        today: today.clone(),
        threads: BTreeMap::new(),
        ending: Vec::new(),
    };
    let stop = supervisor.shutdown();
    supervisor.start("pages", followed.keep_up(stop));
    let (gathered, asked) = (registry.clone(), Arc::clone(worker));
    let status = Status::new(
        Arc::new(move || gathered.gather()),
        metrics::text,
        today,
        Some(Arc::new(move |name, from_ms, to_ms| {
            let asked = Arc::clone(&asked);
            Box::pin(async move {
                let outcome = asked.retry_slices(&name, from_ms, to_ms).await;
                outcome.map_err(|error| (error.status, error.message))
            })
        })),
    );
    let (watched, stop) = (Arc::clone(&status), supervisor.shutdown());
    supervisor.start("status", async move {
        watched.watch(stop).await;
        Ok(())
    });
    beside(status)
}

/// The connectors of the group, as the page shows them.
fn connectors_of(worker: &Worker) -> Vec<ConnectorVitals> {
    let all = worker.states().into_iter();
    all.map(|(name, (config, info))| ConnectorVitals {
        name,
        class: config.get("connector.class").cloned().unwrap_or_default(),
        kind: match info.kind {
            ConnectorType::Source => "source",
            ConnectorType::Sink => "sink",
            ConnectorType::Unknown => "unknown",
        }
        .to_owned(),
        state: info.connector.state.word().to_owned(),
        trace: info.connector.trace,
        worker_id: info.connector.worker_id,
        tasks: info
            .tasks
            .into_iter()
            .map(|task| TaskVitals {
                id: task.id,
                state: task.state.word().to_owned(),
                trace: task.trace,
                worker_id: task.worker_id,
            })
            .collect(),
    })
    .collect()
}

/// Hash of all connectors' settings as written, by the connector's name.
#[must_use]
pub fn hash_of(configs: &BTreeMap<String, ConnectorConfig>) -> String {
    let text = serde_json::to_vec(configs).unwrap_or_default();
    format!("{:016x}", xxh64(&text, 0))
}

fn hash_of_all(catalog: &Catalog) -> String {
    hash_of(&catalog.all().iter().map(|(name, entry)| (name.clone(), entry.config.clone())).collect())
}

/// Follows the rows of every pipeline of the group, wherever its tasks run.
struct Followed {
    worker: Arc<Worker>,
    units: Arc<Units>,
    registry: Registry,
    config: WorkerConfig,
    today: TodayBoard,
    // By pipeline: what is shown of it, and the thread that follows it.
    threads: BTreeMap<String, (Shown, Supervisor)>,
    ending: Vec<Supervisor>,
}

impl Followed {
    async fn keep_up(mut self, stop: Shutdown) -> Result<(), String> {
        let mut changes = self.worker.changes();
        while !stop.requested() {
            changes.mark_unchanged();
            let hash = self.worker.with_catalog(hash_of_all);
            self.registry.worker(self.worker.worker_id(), &hash);
            self.follow_those_there_are()?;
            tokio::select! {
                () = stop.wait() => {}
                _ = changes.changed() => {}
            }
        }
        for (_, (_, thread)) in std::mem::take(&mut self.threads) {
            self.end(thread);
        }
        for thread in self.ending {
            thread.join(STOP).await?;
        }
        Ok(())
    }

    fn end(&mut self, thread: Supervisor) {
        thread.shutdown().trigger();
        self.ending.push(thread);
    }

    fn follow_those_there_are(&mut self) -> Result<(), String> {
        let shown = self.shown();
        let old: Vec<String> = self
            .threads
            .iter()
            .filter(|(pipeline, (known, _))| shown.get(*pipeline) != Some(known))
            .map(|(pipeline, _)| pipeline.clone())
            .collect();
        for pipeline in old {
            if let Some((_, thread)) = self.threads.remove(&pipeline) {
                self.end(thread);
            }
            if !shown.contains_key(&pipeline) {
                self.today.remove(&pipeline);
            }
        }
        for (pipeline, shown) in shown {
            if self.threads.contains_key(&pipeline) {
                continue;
            }
            let mut thread = Supervisor::new(Shutdown::default());
            let (stop, today, config, own) =
                (thread.shutdown(), self.today.clone(), self.config.clone(), shown.clone());
            let started = thread.start_thread("rows of the day", move || {
                let mut rows = KafkaRows::new(&config, &own, &stop);
                follow(&own, &mut rows, &today, &stop);
                Ok(())
            });
            started.map_err(|error| format!("starting a thread for the page: {error}"))?;
            self.threads.insert(pipeline, (shown, thread));
        }
        Ok(())
    }

    /// What is to be shown, by pipeline. A processor whose settings cannot be read has nothing to show.
    fn shown(&self) -> BTreeMap<String, Shown> {
        self.worker.with_catalog(|catalog| {
            let all = catalog.all().keys().filter_map(|name| {
                let settings = self.units.settings(name, catalog).ok()?;
                let processor = settings.processors.iter().find(|one| one.name == *name)?;
                Some((processor.pipeline.clone(), Shown::of(&processor.pipeline, &processor.rules)?))
            });
            all.collect()
        })
    }
}
