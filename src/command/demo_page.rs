//! The status page of the demonstration: the same page as a worker's, over what the demonstration knows. Edge: it listens.
//!
//! [`gather`] tells what the sources' and tasks' own counters say; what nobody counts here stays empty on the page.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use tokio::net::TcpListener;

use crate::config::Settings;
use crate::config::typed::{ProcessorConfig, SourceConfig};
use crate::domain::progress::Room;
use crate::domain::time::InstantMs;
use crate::embedded::log::Log;
use crate::embedded::runner::all_tasks;
use crate::embedded::task::read_progress;
use crate::extract::progress::SourceProgress;
use crate::process::scene::Scene;
use crate::process::start;
use crate::runtime::clock;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::status::routes::{self, Status};
use crate::status::today::Shown;
use crate::status::today_embedded::EmbeddedRows;
use crate::status::today_feed::{RowLog, TodayBoard, follow};
use crate::status::today_kafka::KafkaRows;
use crate::status::vitals::{ConnectorVitals, PartitionVitals, ProcessorVitals, SourceVitals, TaskVitals, Vitals};
use crate::topology::task::Task;

/// What the page is about, as it comes to be: sources and tasks start after the page does.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Parts>>);

#[derive(Debug, Default)]
struct Parts {
    sources: Vec<Arc<SourceProgress>>,
    tasks: Option<Tasks>,
}

#[derive(Clone, Debug)]
enum Tasks {
    InProcess(Log),
    OnBroker(Vec<Scene>),
}

impl Seen {
    /// The topology runs over this log.
    pub fn in_process(&self, log: &Log, sources: &[Arc<SourceProgress>]) {
        *self.lock() = Parts { sources: sources.to_vec(), tasks: Some(Tasks::InProcess(log.clone())) };
    }

    /// It runs over a broker.
    pub fn on_a_broker(&self, scenes: &[Scene], sources: &[Arc<SourceProgress>]) {
        *self.lock() = Parts { sources: sources.to_vec(), tasks: Some(Tasks::OnBroker(scenes.to_vec())) };
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves the page until the shutdown; its address.
///
/// # Errors
/// When nobody may listen there.
pub async fn serve(
    at: SocketAddr,
    settings: &Settings,
    (seen, today): (&Seen, &TodayBoard),
    supervisor: &mut Supervisor,
) -> anyhow::Result<String> {
    let listener = TcpListener::bind(at).await.with_context(|| format!("listening on {at} for the status page"))?;
    let address = format!("http://{}/", listener.local_addr().context("asking for the status page's address")?);
    let (of, seen, started_at) = (settings.clone(), seen.clone(), clock::unix_ms());
    let gather = Arc::new(move || gather(&of, &seen, started_at));
    let status = Status::new(gather, |_| String::new(), today.clone(), None);
    let shutdown = supervisor.shutdown();
    supervisor.start("status page", async move {
        routes::serve(listener, status, shutdown).await.map_err(|error| error.to_string())
    });
    Ok(address)
}

/// Follows the rows of the day in the in-process log.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn follow_in_process(
    log: &Log,
    processor: &ProcessorConfig,
    today: &TodayBoard,
    supervisor: &mut Supervisor,
) -> std::io::Result<()> {
    follow_by(processor, today, supervisor, |shown, _| Box::new(EmbeddedRows::new(log, shown)))
}

/// Follows them on the broker.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn follow_on_a_broker(settings: &Settings, today: &TodayBoard, supervisor: &mut Supervisor) -> std::io::Result<()> {
    for processor in &settings.processors {
        follow_by(processor, today, supervisor, |shown, stop| Box::new(KafkaRows::new(&settings.worker, shown, stop)))?;
    }
    Ok(())
}

fn follow_by(
    processor: &ProcessorConfig,
    today: &TodayBoard,
    supervisor: &mut Supervisor,
    log: impl FnOnce(&Shown, &Shutdown) -> Box<dyn RowLog>,
) -> std::io::Result<()> {
    let Some(shown) = Shown::of(&processor.pipeline, &processor.rules) else { return Ok(()) };
    let (stop, today) = (supervisor.shutdown(), today.clone());
    let mut log = log(&shown, &stop);
    supervisor.start_thread("rows of the day", move || {
        follow(&shown, log.as_mut(), &today, &stop);
        Ok(())
    })
}

fn gather(settings: &Settings, seen: &Seen, started_at: InstantMs) -> Vitals {
    let (sources, tasks) = {
        let parts = seen.lock();
        (parts.sources.clone(), parts.tasks.clone())
    };
    let source = settings.sources.first().filter(|_| !sources.is_empty());
    let all = sources.iter().zip(0..);
    let processors = settings.processors.iter().zip(&tasks);
    let mut connectors: Vec<ConnectorVitals> = Vec::new();
    connectors.extend(source.map(|source| running(&source.name, "GenesysSource", "source", sources.len())));
    let threads = |one: &ProcessorConfig| usize::try_from(one.tasks_max).unwrap_or(1);
    let of_processor = |one: &ProcessorConfig| running(&one.name, "HandleTimeProcessor", "sink", threads(one));
    connectors.extend(settings.processors.iter().map(of_processor));
    Vitals {
        at: clock::unix_ms(),
        started_at,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        connectors,
        sources: source
            .map(|source| all.map(|(one, task)| source_vitals(source, one, task)).collect())
            .unwrap_or_default(),
        processors: processors.map(|(one, tasks)| processor_vitals(settings, one, tasks)).collect(),
        ..Vitals::default()
    }
}

fn running(name: &str, class: &str, kind: &str, tasks: usize) -> ConnectorVitals {
    let state = || "RUNNING".to_owned();
    let task = |id| TaskVitals { id, state: state(), ..TaskVitals::default() };
    ConnectorVitals {
        name: name.to_owned(),
        class: class.to_owned(),
        kind: kind.to_owned(),
        state: state(),
        tasks: (0..).take(tasks).map(task).collect(),
        ..ConnectorVitals::default()
    }
}

fn source_vitals(source: &SourceConfig, progress: &SourceProgress, task: u32) -> SourceVitals {
    let at = progress.snapshot();
    let counted = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
        pairs.iter().filter(|(_, number)| 0 < *number).map(|(name, number)| ((*name).to_owned(), *number)).collect()
    };
    SourceVitals {
        connector: source.name.clone(),
        task,
        pipeline: source.pipeline.clone(),
        org_id: source.org_id.clone(),
        extract_start: at.extract_start,
        extract_end: at.extract_end,
        freshness_delay_ms: source.freshness_delay_ms,
        watermark: at.cursor,
        pages: at.pages,
        interactions: at.rows,
        slices: counted(&[("failed", at.slices_failed)]),
        dead_letters: counted(&[("malformed", at.malformed), ("slice_failed", at.slices_failed)]),
        requests: at.requests,
        failures: counted(&[("rate_limited", at.rate_limited), ("other", at.retries.saturating_sub(at.rate_limited))]),
        body_bytes: at.body_bytes,
        throttled_ms: at.throttled_ms,
        client_id: source.client_id.clone(),
        complete: at.complete,
        ..SourceVitals::default()
    }
}

fn processor_vitals(settings: &Settings, processor: &ProcessorConfig, tasks: &Tasks) -> ProcessorVitals {
    let tasks = match tasks {
        Tasks::InProcess(log) => {
            let setup = start::scene(&settings.worker, processor).setup;
            all_tasks(&setup).into_iter().map(|(room, partition)| embedded_task(log, room, partition)).collect()
        }
        Tasks::OnBroker(scenes) => {
            let reports = scenes.iter().flat_map(|scene| scene.board.reports());
            let task =
                |((room, partition), report): ((Room, i32), crate::process::scene::TaskReport)| PartitionVitals {
                    room: room.word().to_owned(),
                    partition,
                    input_offset: report.input_offset,
                    committed: report.transactions,
                    records: report.records,
                    ..PartitionVitals::default()
                };
            reports.map(task).collect()
        }
    };
    ProcessorVitals {
        connector: processor.name.clone(),
        pipeline: processor.pipeline.clone(),
        tasks,
        ..ProcessorVitals::default()
    }
}

fn embedded_task(log: &Log, room: Room, partition: i32) -> PartitionVitals {
    let progress = read_progress(log, room, partition).ok().flatten();
    let input_offset = progress.as_ref().map_or(0, |progress| progress.input_offset);
    let left = log.end_offset(Task::input_topic(room), partition).saturating_sub(input_offset);
    let watermark = progress.and_then(|progress| {
        let of_sources = progress.source_partitions.iter().map(|one| one.watermark);
        of_sources.chain(progress.passed.iter().map(|one| one.watermark)).min()
    });
    PartitionVitals {
        room: room.word().to_owned(),
        partition,
        input_offset,
        lag_records: u64::try_from(left).ok(),
        watermark,
        ..PartitionVitals::default()
    }
}
