//! `handletime demo`: simulated contact centre, source and processor in one process. Edge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;

use super::demo_verdict::{self, Rows};
use super::pipeline::{self, STOP};
use super::progress_line::ProgressLine;
use super::status::ExitStatus;
use crate::cli::DemoArgs;
use crate::config::typed::RulesConfig;
use crate::config::{self, Settings};
use crate::domain::family::Family;
use crate::domain::time::{DAY_MS, InstantMs, format_instant, parse_instant};
use crate::embedded;
use crate::embedded::log::Log;
use crate::embedded::publisher::EmbeddedPublisher;
use crate::extract::task::SourceTask;
use crate::genesys::dialect::interaction_details::SOURCE_PARTITION;
use crate::process::{rows, start};
use crate::publish::encode::SourcePartition;
use crate::runtime::shutdown::{Shutdown, on_signal};
use crate::runtime::supervisor::Supervisor;
use crate::simulate::server::{Simulator, SimulatorOptions, serve};
use crate::simulate::world::World;
use crate::window::row_key::RowTopic;

/// First instant of the simulated history: fixed, so that a seed gives the same numbers on every day.
const FROM: &str = "2026-01-01T00:00:00Z";
/// Partitions of every topic of the demonstration.
const PARTITIONS: i32 = 4;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: DemoArgs) -> anyhow::Result<ExitStatus> {
    let from = parse_instant(FROM).context("the demonstration's first instant")?;
    let to = from + i64::from(args.days) * DAY_MS;
    let world = match World::exactly(args.seed, from, args.days, args.interactions) {
        Ok(world) => Arc::new(world),
        Err(error) => {
            eprintln!("handletime: {error}");
            return Ok(ExitStatus::Usage);
        }
    };
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("listening on {}", args.listen))?;
    let platform = format!("http://{}", listener.local_addr().context("asking for the address that is listened on")?);
    let settings = settings(&args, &platform, from, to)?;
    println!(
        "simulated contact centre: {} interactions from {} to {}, seed {}, on {platform}",
        args.interactions,
        format_instant(from),
        format_instant(to),
        args.seed
    );
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let signals = shutdown.clone();
    supervisor.start("signals", async move { on_signal(signals).await.map_err(|error| error.to_string()) });
    let (stop, simulator) = (shutdown.clone(), Simulator::new(world.clone(), SimulatorOptions::default()));
    supervisor.start("simulator", async move {
        serve(listener, Arc::new(simulator), stop).await.map_err(|error| format!("{:#}", anyhow::Error::from(error)))
    });
    let processed = match &args.bootstrap_servers {
        Some(hosts) => {
            println!("Kafka: {hosts}, topics {}*", settings.worker.topic_prefix);
            on_a_broker(&settings, &mut supervisor, &shutdown).await
        }
        None => {
            println!("no Kafka: an in-process log that is gone when this ends");
            in_process(&settings, to, &mut supervisor, &shutdown).await
        }
    };
    let status = match processed {
        Ok(Some(rows)) => {
            demo_verdict::print_table(&rows);
            println!("the true rows: {platform}/simulator/truth?topic=kpi.queue.pt30m");
            if args.exit {
                demo_verdict::compare_with_truth(&rows, &world)
                    .map(|equal| if equal { ExitStatus::Success } else { ExitStatus::Failure })
            } else {
                println!("Ctrl-C ends it");
                shutdown.wait().await;
                Ok(ExitStatus::Success)
            }
        }
        Ok(None) => Ok(ExitStatus::Success),
        Err(error) => Err(error),
    };
    shutdown.trigger();
    let joined = supervisor.join(STOP).await.map_err(anyhow::Error::msg);
    let status = status?;
    joined?;
    Ok(status)
}

/// The settings of the demonstration, through the same parser as a file's.
fn settings(args: &DemoArgs, platform: &str, from: InstantMs, to: InstantMs) -> anyhow::Result<Settings> {
    let text = format!(
        r#"
        [worker]
        bootstrap.servers = "{hosts}"
        topic.prefix = "handletime-demo-{seed}-{interactions}-{days}."
        topics.partitions = {PARTITIONS}
        [connectors.genesys]
        connector.class = "GenesysSource"
        genesys.api.url = "{platform}"
        genesys.login.url = "{platform}"
        genesys.client.id = "demo-client"
        genesys.client.secret = "demo-secret"
        genesys.org.id = "acme"
        genesys.dialect = "interaction-details"
        extract.start = "{from}"
        extract.end = "{to}"
        [connectors.kpi]
        connector.class = "HandleTimeProcessor"
        kpi.attribution = "start,completion,apportioned"
        kpi.topics = "queue"
        "#,
        hosts = args.bootstrap_servers.as_deref().unwrap_or("in-process:9092"),
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
    config::parse::settings(&file, problems).map_err(|problems| anyhow::anyhow!("{problems}"))
}

/// The KPI topics of the settings' processor, without the prefix.
fn kpi_topics(settings: &Settings) -> Vec<(String, Family)> {
    let of = |config: &RulesConfig| {
        let topics = RowTopic::all(&config.families, &config.grains, &config.attribution);
        topics.into_iter().map(|topic| (topic.name(config.attribution[0]), topic.family)).collect::<Vec<_>>()
    };
    settings.processors.iter().flat_map(|config| of(&config.rules)).collect()
}

/// Runs the connectors over Kafka; `None` when a stop was asked for before all was processed.
async fn on_a_broker(
    settings: &Settings,
    supervisor: &mut Supervisor,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<Rows>> {
    let Some(running) = pipeline::start(settings, supervisor).await? else {
        return Ok(None);
    };
    if running.watch_until_complete(shutdown).await?.is_none() {
        return Ok(None);
    }
    let (worker, topics) = (settings.worker.clone(), kpi_topics(settings));
    let read = tokio::task::spawn_blocking(move || {
        let of = |(topic, family): (String, Family)| {
            let full = format!("{}{topic}", worker.topic_prefix);
            rows::read(&worker, &full, family).map(|rows| (topic, rows.into_values().collect()))
        };
        topics.into_iter().map(of).collect::<Result<BTreeMap<_, Vec<_>>, _>>()
    });
    Ok(Some(read.await.context("reading rows")??))
}

/// Runs the same topology over the in-process log; `None` when a stop was asked for before all was processed.
async fn in_process(
    settings: &Settings,
    extract_end: InstantMs,
    supervisor: &mut Supervisor,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<Rows>> {
    let log = Log::new(PARTITIONS, PARTITIONS);
    let (source, processor) = (settings.sources.first(), settings.processors.first());
    let (source, processor) = source.zip(processor).context("the demonstration has a source and a processor")?;
    let setup = start::scene(&settings.worker, processor).setup;
    let threads = usize::try_from(processor.tasks_max).unwrap_or(1);
    embedded::runner::start(supervisor, &log, &setup, threads, processor.transaction_interval)
        .context("starting the tasks' threads")?;
    let of = SourcePartition {
        pipeline: source.pipeline.clone(),
        org_id: source.org_id.clone(),
        source_partition: SOURCE_PARTITION.to_owned(),
        connector: source.name.clone(),
    };
    let task = SourceTask::new(source, Box::new(EmbeddedPublisher::new(log.clone(), of)))?;
    let sources = vec![task.progress()];
    let _taken_over = pipeline::start_source(task, source.name.clone(), supervisor);
    let mut line = ProgressLine::new(&sources);
    while !shutdown.sleep(Duration::from_millis(100)).await {
        line.show(&sources, &[]);
        let done = sources.iter().all(|source| source.snapshot().complete);
        if done && embedded::runner::is_complete(&log, &setup, extract_end)? {
            line.finish();
            let of = |(topic, family): (String, Family)| {
                let rows = embedded::rows::read(&log, &topic, family)?;
                Ok::<_, anyhow::Error>((topic, rows.into_values().collect()))
            };
            return kpi_topics(settings).into_iter().map(of).collect::<Result<_, _>>().map(Some);
        }
    }
    line.finish();
    Ok(None)
}
