//! The demonstration in one dialect, over a broker or the in-process log. Edge.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;

use super::demo_page::Page;
use super::demo_topics::{self, Store, Topics};
use super::demo_verdict;
use super::pipeline::{self, STOP};
use super::progress_line::ProgressLine;
use super::status::ExitStatus;
use crate::cli::{DemoArgs, SimulatedDialect};
use crate::config::section::File;
use crate::config::{self, Settings};
use crate::domain::time::{DAY_MS, InstantMs, format_instant, parse_instant};
use crate::embedded;
use crate::embedded::log::Log;
use crate::embedded::publisher::EmbeddedPublisher;
use crate::extract::task::SourceTask;
use crate::process::board::Board;
use crate::process::start;
use crate::publish::encode::SourcePartition;
use crate::runtime::shutdown::{Shutdown, on_signal};
use crate::runtime::supervisor::Supervisor;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};
use crate::simulate::world::World;
use crate::status::registry::SourceLabels;

/// First instant of the simulated history: fixed, so that a seed gives the same numbers on every day.
const FROM: &str = "2026-01-01T00:00:00Z";
/// Partitions of every topic of the demonstration.
const PARTITIONS: i32 = 4;

/// Runs one dialect until it is compared; `None` when a stop was asked for before.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: &DemoArgs, dialect: SimulatedDialect) -> anyhow::Result<Option<ExitStatus>> {
    let from = parse_instant(FROM).context("the demonstration's first instant")?;
    let to = from + i64::from(args.days) * DAY_MS;
    let history = match dialect.exactly(args.seed, from, args.days, args.interactions) {
        Ok(history) => history,
        Err(error) => {
            eprintln!("handletime: {error}");
            return Ok(Some(ExitStatus::Usage));
        }
    };
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("listening on {}", args.listen))?;
    let platform = format!("http://{}", listener.local_addr().context("asking for the address that is listened on")?);
    let (file, settings) = settings(args, dialect, &platform, from, to)?;
    println!(
        "simulated contact centre: {} interactions from {} to {}, seed {}, read as {} on {platform}",
        args.interactions,
        format_instant(from),
        format_instant(to),
        args.seed,
        dialect.word(),
    );
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let signals = shutdown.clone();
    supervisor.start("signals", async move { on_signal(signals).await.map_err(|error| error.to_string()) });
    let (until, simulator) = (shutdown.clone(), Simulator::new(history.clone(), SimulatorOptions::default()));
    supervisor.start("simulator", async move {
        serve(listener, Arc::new(simulator), until).await.map_err(|error| format!("{:#}", anyhow::Error::from(error)))
    });
    let mut shown = Page::default();
    let page = shown.serve(args.page, (&file, &settings), &mut supervisor).await?;
    println!("status page: {page}");
    let processed = match &args.bootstrap_servers {
        Some(hosts) => {
            println!("Kafka: {hosts}, topics {}*", settings.worker.topic_prefix);
            on_a_broker(&settings, &mut shown, &mut supervisor, &shutdown).await
        }
        None => {
            println!("no Kafka: an in-process log that is gone when this ends");
            in_process(&settings, to, &mut shown, &mut supervisor, &shutdown).await
        }
    };
    let status = match processed {
        Ok(Some(topics)) => {
            demo_verdict::print_table(&topics);
            demo_verdict::print_revisions(&topics);
            println!("the true rows: {platform}/simulator/truth?topic=kpi.queue.pt30m");
            if args.exit {
                demo_verdict::compare_with_truth(&topics, &history)
                    .map(|equal| Some(if equal { ExitStatus::Success } else { ExitStatus::Failure }))
            } else {
                println!("status page: {page}\nCtrl-C ends it");
                shutdown.wait().await;
                Ok(None)
            }
        }
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    shutdown.trigger();
    let joined = supervisor.join(STOP).await.map_err(anyhow::Error::msg);
    let status = status?;
    joined?;
    Ok(status)
}

impl SimulatedDialect {
    fn is_asynchronous(self) -> bool {
        matches!(self, SimulatedDialect::ReportQueries | SimulatedDialect::ConversationJobs)
    }

    /// A history of exactly so many interactions in this dialect.
    pub(super) fn exactly(self, seed: u64, from: InstantMs, days: u32, interactions: u64) -> anyhow::Result<History> {
        let shape = match self {
            SimulatedDialect::InteractionDetails => {
                return Ok(History::Rows(Arc::new(World::exactly(seed, from, days, interactions)?)));
            }
            SimulatedDialect::InteractionEvents => Shape::Events,
            SimulatedDialect::ReportQueries => {
                return Ok(History::Reports(Arc::new(World::exactly(seed, from, days, interactions)?)));
            }
            SimulatedDialect::ConversationDetails | SimulatedDialect::ConversationJobs => Shape::Details,
            SimulatedDialect::ConversationMetrics => Shape::Metrics,
        };
        Ok(History::Conversations(Arc::new(ConversationWorld::exactly(seed, from, days, interactions)?), shape))
    }
}

/// The settings of the demonstration, through the same parser as a file's.
pub(super) fn settings(
    args: &DemoArgs,
    dialect: SimulatedDialect,
    platform: &str,
    from: InstantMs,
    to: InstantMs,
) -> anyhow::Result<(File, Settings)> {
    let text = format!(
        r#"
        [worker]
        bootstrap.servers = "{hosts}"
        topic.prefix = "handletime-demo-{dialect}-{seed}-{interactions}-{days}."
        topics.partitions = {PARTITIONS}
        [connectors.genesys]
        connector.class = "GenesysSource"
        genesys.api.url = "{platform}"
        genesys.login.url = "{platform}"
        genesys.client.id = "demo-client"
        genesys.client.secret = "demo-secret"
        genesys.org.id = "acme"
        genesys.dialect = "{dialect}"
        # The simulated platform permits more than a real one: the demonstration is not about waiting.
        quota.requests.per.second = 12
        {queries}
        extract.start = "{from}"
        extract.end = "{to}"
        [connectors.kpi]
        connector.class = "HandleTimeProcessor"
        kpi.attribution = "start,completion,apportioned"
        "#,
        hosts = args.bootstrap_servers.as_deref().unwrap_or("in-process:9092"),
        dialect = dialect.word(),
        // The simulated platform is done sooner than a real one; what is answered later is asked in larger pieces.
        queries = if dialect.is_asynchronous() {
            "extract.query.poll.ms = 100\n        extract.slice.ms = 7200000"
        } else {
            ""
        },
        seed = args.seed,
        interactions = args.interactions,
        days = args.days,
        from = format_instant(from),
        to = format_instant(to),
    );
    let mut problems = Vec::new();
    let file = config::toml_text::read(
        "the demonstration's settings",
        &text,
        &|name| Err(format!("{name} is not asked for here")),
        &mut problems,
    );
    let settings = config::parse::settings(&file, problems).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    Ok((file, settings))
}

/// Runs the connectors over Kafka; `None` when a stop was asked for before all was processed.
async fn on_a_broker(
    settings: &Settings,
    page: &mut Page,
    supervisor: &mut Supervisor,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<Topics>> {
    let Some(running) = pipeline::start_in(settings, &page.registry, supervisor).await? else {
        return Ok(None);
    };
    page.follow_on_a_broker(settings, supervisor).context("starting a thread for the page")?;
    if running.watch_until_complete(shutdown).await?.is_none() {
        return Ok(None);
    }
    page.kept = running.registered();
    let settings = settings.clone();
    let store = Store::Broker(Box::new(settings.worker.clone()));
    let read = tokio::task::spawn_blocking(move || demo_topics::read(&settings, &store));
    read.await.context("reading rows")?.map(Some)
}

/// Runs the same topology over the in-process log; `None` when a stop was asked for before all was processed.
pub(super) async fn in_process(
    settings: &Settings,
    extract_end: InstantMs,
    page: &mut Page,
    supervisor: &mut Supervisor,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<Topics>> {
    let log = Log::new(PARTITIONS, PARTITIONS);
    let (source, processor) = (settings.sources.first(), settings.processors.first());
    let (source, processor) = source.zip(processor).context("the demonstration has a source and a processor")?;
    let setup = start::scene(&settings.worker, processor).setup;
    let threads = usize::try_from(processor.tasks_max).unwrap_or(1);
    let board = Board::default();
    page.kept.push(page.registry.board(&processor.name, &processor.pipeline, &board));
    embedded::start_reporting(supervisor, &log, &setup, threads, processor.transaction_interval, &board)
        .context("starting the tasks' threads")?;
    let tasks = SourceTask::all_of(source, |name, _| {
        let of = SourcePartition {
            pipeline: source.pipeline.clone(),
            org_id: source.org_id.clone(),
            source_partition: name.to_owned(),
            connector: source.name.clone(),
        };
        Box::new(EmbeddedPublisher::new(log.clone(), of))
    })?;
    let mut sources = Vec::with_capacity(tasks.len());
    for (number, task) in (0..).zip(tasks) {
        page.kept.push(page.registry.source(SourceLabels::of(source, number), task.progress()));
        sources.push(task.progress());
        let name = task.name().to_owned();
        pipeline::start_source(task, name, supervisor);
    }
    page.follow_in_process(&log, processor, supervisor).context("starting a thread for the page")?;
    let mut line = ProgressLine::new(&sources);
    while !shutdown.sleep(Duration::from_millis(100)).await {
        line.show(&sources, &[]);
        let done = sources.iter().all(|source| source.snapshot().complete);
        if done && embedded::is_complete(&log, &setup, extract_end)? {
            line.finish();
            return demo_topics::read(settings, &Store::InProcess(log)).map(Some);
        }
    }
    line.finish();
    Ok(None)
}
