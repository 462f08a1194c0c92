//! The parts of a worker put together: ledger, units, the loop that herds them, and the REST interface. Edge.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use super::pages;
use crate::config::section::Section;
use crate::config::typed::WorkerConfig;
use crate::connect::hands::Hands;
use crate::connect::herding::{Herding, Sharing};
use crate::connect::ledger::Ledger;
use crate::connect::loggers::Loggers;
use crate::connect::rest::{Server, bind};
use crate::connect::units::{Floor, Units};
use crate::connect::worker::Worker;
use crate::kafka::topics::Topics;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::{Supervisor, start_aside};
use crate::status::registry::Registry;

/// How long everything gets to end after a stop was asked for: what units are given, and a moment to say so.
pub const STOP: Duration = Duration::from_secs(12);

/// How often it is asked which cluster the brokers are, until they have told.
const CLUSTER_RETRY: Duration = Duration::from_secs(5);

/// What a worker is made of.
pub struct Parts {
    /// What is asked of it.
    pub worker: Arc<Worker>,
    /// What runs in this process.
    pub floor: Floor,
    /// The work of connectors.
    pub units: Arc<Units>,
    /// What this process tells of itself.
    pub registry: Registry,
    /// What keeps it running.
    pub herding: Herding,
    /// Where it listens.
    pub server: Server,
}

/// Listens where the settings say, or at `otherwise`.
///
/// # Errors
/// When the address is taken, or the certificate cannot be used.
pub async fn listen(config: &WorkerConfig, otherwise: &str) -> anyhow::Result<Server> {
    let address = config.rest.listen.as_deref().unwrap_or(otherwise);
    Ok(bind(&config.rest, address).await?)
}

/// Puts a worker together; nothing runs yet.
#[must_use]
pub fn parts(
    config: &WorkerConfig,
    section: &Section,
    server: Server,
    standalone: bool,
    ledger: &Arc<dyn Ledger>,
) -> Parts {
    let (floor, registry) = (Floor::default(), Registry::default());
    let units = Arc::new(Units::new(config, section, &floor, &registry));
    let worker_id = server.worker_id();
    let worker = Worker::new(config, &worker_id, standalone, Arc::clone(ledger), Arc::clone(&units));
    let hands: Arc<dyn Hands> = Arc::<Units>::clone(&units);
    let herding = Herding::new(Arc::clone(ledger), hands, &worker_id);
    Parts { worker: Arc::new(worker), floor, units, registry, herding, server }
}

/// Starts the loop that herds, the REST interface, and what they need. `ended` is triggered once nothing runs any more.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn start(
    parts: Parts,
    config: &WorkerConfig,
    sharing: watch::Receiver<Sharing>,
    ended: Shutdown,
    supervisor: &mut Supervisor,
) -> anyhow::Result<()> {
    let Parts { worker, units, registry, herding, server, .. } = parts;
    let stop = supervisor.shutdown();
    supervisor.start("herding", async move {
        herding.run(sharing, &stop).await;
        ended.trigger();
        Ok(())
    });
    let (levels, stop) = (Arc::clone(&worker), supervisor.shutdown());
    supervisor.start("loggers", async move {
        follow_levels(&levels, &stop).await;
        Ok(())
    });
    find_cluster(config, &worker, supervisor.shutdown()).context("starting a thread")?;
    let beside = pages::routes(&worker, &units, &registry, config, supervisor);
    let stop = supervisor.shutdown();
    supervisor.start("REST", server.serve(worker, beside, stop));
    Ok(())
}

/// Sets the levels of loggers that were set for all workers.
async fn follow_levels(worker: &Worker, stop: &Shutdown) {
    let mut changes = worker.changes();
    // What stood there before this process started was set for those of then: Connect forgets levels at a restart too.
    let mut seen = i64::MAX;
    while !stop.requested() {
        let levels = worker.with_catalog(|catalog| catalog.levels().clone());
        let newest = levels.values().map(|(at, _)| *at).max().unwrap_or(-1);
        if worker.is_ready() && seen == i64::MAX {
            seen = newest;
        }
        for (logger, (_, level)) in levels.iter().filter(|(_, (at, _))| seen < *at) {
            if let Err(error) = Loggers::of_process().set_level(logger, level) {
                tracing::warn!(logger, level, %error, "a level that was set for all workers");
            }
        }
        if seen != i64::MAX {
            seen = seen.max(newest);
        }
        tokio::select! {
            () = stop.wait() => {}
            _ = changes.changed() => {}
        }
    }
}

/// Asks the brokers which cluster they are, until they tell.
fn find_cluster(config: &WorkerConfig, worker: &Arc<Worker>, stop: Shutdown) -> std::io::Result<()> {
    let (config, worker) = (config.clone(), Arc::clone(worker));
    start_aside("cluster", move || {
        while !stop.requested() {
            if let Some(id) = Topics::new(&config).ok().and_then(|topics| topics.cluster_id()) {
                worker.found_cluster(&id);
                return;
            }
            std::thread::sleep(CLUSTER_RETRY);
        }
    })
}
