//! Starts a processor: waits for a broker, creates and checks topics, then the threads of both rooms. Edge.

use std::sync::Arc;
use std::time::Duration;

use super::janitor;
use super::room::RoomThread;
use super::scene::{Board, Scene};
use crate::config::canonical::{canonical_text, rules_version};
use crate::config::typed::{ProcessorConfig, WorkerConfig};
use crate::domain::progress::Room;
use crate::kafka::error::KafkaFailure;
use crate::kafka::names::Names;
use crate::kafka::topics::{TopicError, TopicSpec, Topics};
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::timeline::rules::Rules;
use crate::topology::setup::TaskSetup;
use crate::topology::task::Task;

/// How long to wait between tries while no broker answers.
const BROKER_RETRY: Duration = Duration::from_secs(2);

/// The surroundings of a processor's tasks.
#[must_use]
pub fn scene(worker: &WorkerConfig, config: &ProcessorConfig) -> Scene {
    let text = canonical_text(&config.rules);
    let version = rules_version(&text);
    Scene {
        worker: Arc::new(worker.clone()),
        names: Names::new(&worker.topic_prefix, &config.pipeline),
        setup: TaskSetup {
            rules: Rules::new(config.rules.clone(), text, version),
            rules_change: config.rules_change,
            interactions_partitions: worker.topics_partitions,
            contributions_partitions: worker.topics_partitions,
            connector: config.name.clone(),
        },
        transaction_interval: config.transaction_interval,
        board: Board::default(),
    }
}

/// The topics of a processor, as they must be.
#[must_use]
pub fn topics_of(scene: &Scene) -> Vec<TopicSpec> {
    let kpi = Task::state_topics(Room::Intervals, &scene.setup);
    scene.names.processor_topics(scene.setup.interactions_partitions, &kpi, &scene.setup.rules.config)
}

/// Creates and checks topics, waiting for a broker as long as none answers; `false` when a stop was asked for meanwhile.
///
/// # Errors
/// [`TopicError`], when a topic contradicts what is needed or the broker refuses.
pub fn ensure_topics(worker: &WorkerConfig, specs: &[TopicSpec], shutdown: &Shutdown) -> Result<bool, TopicError> {
    let topics = Topics::new(worker)?;
    let mut said = false;
    loop {
        match topics.ensure(specs) {
            Ok(()) => {
                if said {
                    tracing::info!(bootstrap_servers = worker.bootstrap_servers, "broker is there; going on");
                }
                return Ok(true);
            }
            Err(TopicError::Kafka(KafkaFailure::Transient { doing, cause })) => {
                if !said {
                    tracing::warn!(bootstrap_servers = worker.bootstrap_servers, doing, cause, "waiting for a broker");
                    said = true;
                }
            }
            Err(error) => return Err(error),
        }
        for _ in 0..(BROKER_RETRY.as_millis() / 100) {
            if shutdown.requested() {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Starts the threads of both rooms, as many a room as there are tasks, and the janitor under `supervisor`.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn start(scene: &Scene, tasks_max: u32, supervisor: &mut Supervisor) -> std::io::Result<()> {
    (0..tasks_max).try_for_each(|task| start_task(scene, task, supervisor))
}

/// Starts one task under `supervisor`: a thread of each room, and with the first task the janitor.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn start_task(scene: &Scene, task: u32, supervisor: &mut Supervisor) -> std::io::Result<()> {
    for room in [Room::Legs, Room::Intervals] {
        let (scene, shutdown) = (scene.clone(), supervisor.shutdown());
        let name = format!("{}-{task}", room.word());
        supervisor.start_thread(&name, move || {
            let joined = RoomThread::join(&scene, room, task, &shutdown);
            joined.and_then(|joined| joined.run(&shutdown)).map_err(|failure| crate::domain::causes::causes(&failure))
        })?;
    }
    if task != 0 {
        return Ok(());
    }
    let (scene, shutdown) = (scene.clone(), supervisor.shutdown());
    supervisor.start_thread("janitor", move || {
        let topics = Topics::new(&scene.worker).map_err(|failure| crate::domain::causes::causes(&failure))?;
        janitor::run(&scene, topics, &shutdown);
        Ok(())
    })
}
