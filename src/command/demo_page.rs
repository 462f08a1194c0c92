//! The status page of the demonstration: the same page, the same JSON and the same metrics as a worker's. Edge: it listens.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;

use super::pages::hash_of;
use crate::config::Settings;
use crate::config::section::File;
use crate::config::typed::ProcessorConfig;
use crate::embedded::log::Log;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::status::metrics;
use crate::status::registry::{Guard, Registry};
use crate::status::routes::{self, Status};
use crate::status::today::Shown;
use crate::status::today_embedded::EmbeddedRows;
use crate::status::today_feed::{RowLog, TodayBoard, follow};
use crate::status::today_kafka::KafkaRows;
use crate::status::vitals::{ConnectorVitals, TaskVitals};

/// What the page is about, as it comes to be: sources and tasks start after the page does, and are shown after their end.
#[derive(Debug, Default)]
pub struct Page {
    /// What runs.
    pub registry: Registry,
    /// Rows of the day.
    pub today: TodayBoard,
    /// What keeps in the registry what has run.
    pub kept: Vec<Guard>,
}

impl Page {
    /// Serves the page until the shutdown; its address.
    ///
    /// # Errors
    /// When nobody may listen there.
    pub async fn serve(
        &self,
        at: SocketAddr,
        (file, settings): (&File, &Settings),
        supervisor: &mut Supervisor,
    ) -> anyhow::Result<String> {
        let listener = TcpListener::bind(at).await.with_context(|| format!("listening on {at} for the status page"))?;
        let worker_id = listener.local_addr().context("asking for the status page's address")?.to_string();
        let written = file.connectors.iter().map(|one| {
            let entries = one.entries.iter().map(|entry| (entry.key.clone(), entry.written.clone()));
            (one.name.clone(), entries.collect())
        });
        self.registry.worker(&worker_id, &hash_of(&written.collect()));
        let connectors = connectors(settings, &worker_id);
        self.registry.connectors(Box::new(move || connectors.clone()));
        let gathered = self.registry.clone();
        let status = Status::new(Arc::new(move || gathered.gather()), metrics::text, self.today.clone(), None);
        let shutdown = supervisor.shutdown();
        supervisor.start("status page", async move {
            routes::serve(listener, status, shutdown).await.map_err(|error| error.to_string())
        });
        Ok(format!("http://{worker_id}/"))
    }

    /// Follows the rows of the day in the in-process log.
    ///
    /// # Errors
    /// When the operating system refuses a thread.
    pub fn follow_in_process(
        &self,
        log: &Log,
        processor: &ProcessorConfig,
        supervisor: &mut Supervisor,
    ) -> std::io::Result<()> {
        self.follow_by(processor, supervisor, |shown, _| Box::new(EmbeddedRows::new(log, shown)))
    }

    /// Follows them on the broker.
    ///
    /// # Errors
    /// When the operating system refuses a thread.
    pub fn follow_on_a_broker(&self, settings: &Settings, supervisor: &mut Supervisor) -> std::io::Result<()> {
        let worker = &settings.worker;
        for processor in &settings.processors {
            self.follow_by(processor, supervisor, |shown, stop| Box::new(KafkaRows::new(worker, shown, stop)))?;
        }
        Ok(())
    }

    fn follow_by(
        &self,
        processor: &ProcessorConfig,
        supervisor: &mut Supervisor,
        log: impl FnOnce(&Shown, &Shutdown) -> Box<dyn RowLog>,
    ) -> std::io::Result<()> {
        let Some(shown) = Shown::of(&processor.pipeline, &processor.rules) else { return Ok(()) };
        let (stop, today) = (supervisor.shutdown(), self.today.clone());
        let mut log = log(&shown, &stop);
        supervisor.start_thread("rows of the day", move || {
            follow(&shown, log.as_mut(), &today, &stop);
            Ok(())
        })
    }
}

/// The connectors: a task of one that does not run ends the demonstration, so all run.
fn connectors(settings: &Settings, worker_id: &str) -> Vec<ConnectorVitals> {
    let one = |name: &str, class: &str, kind: &str, tasks: usize| {
        let (state, worker_id) = ("RUNNING".to_owned(), worker_id.to_owned());
        let task = |id| TaskVitals { id, state: state.clone(), worker_id: worker_id.clone(), ..TaskVitals::default() };
        ConnectorVitals {
            name: name.to_owned(),
            class: class.to_owned(),
            kind: kind.to_owned(),
            tasks: (0..).take(tasks).map(task).collect(),
            state: state.clone(),
            worker_id: worker_id.clone(),
            ..ConnectorVitals::default()
        }
    };
    let sources = settings.sources.iter();
    let sources = sources.map(|source| one(&source.name, "GenesysSource", "source", source.partitions.len()));
    let threads = |processor: &ProcessorConfig| usize::try_from(processor.tasks_max).unwrap_or(1);
    let processors = settings.processors.iter();
    let processors =
        processors.map(|processor| one(&processor.name, "HandleTimeProcessor", "sink", threads(processor)));
    sources.chain(processors).collect()
}
