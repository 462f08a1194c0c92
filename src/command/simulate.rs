//! `handletime simulate`. Edge.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;

use super::simulate_settings::settings_for;
use super::status::ExitStatus;
use crate::cli::{SimulateArgs, SimulatedAggregates, SimulatedDialect};
use crate::config::typed::AggregatesShape;
use crate::domain::time::{InstantMs, TimeRange, format_instant, parse_instant};
use crate::runtime::shutdown::{Shutdown, on_signal};
use crate::runtime::supervisor::Supervisor;
use crate::simulate::clock::Clock;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::faults::FaultScript;
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};
use crate::simulate::world::World;

/// How long the server gets to end after a stop was asked for.
const STOP: Duration = Duration::from_secs(8);

/// What the real platform grants a client in any minute, and the platform of the guides in any second.
const A_MINUTE: usize = 300;
const A_SECOND: usize = 20;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: SimulateArgs) -> anyhow::Result<ExitStatus> {
    let (history, options) = match prepare(&args) {
        Ok(prepared) => prepared,
        Err(error) => {
            eprintln!("handletime: {error:#}");
            return Ok(ExitStatus::Usage);
        }
    };
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("listening on {}", args.listen))?;
    let address = listener.local_addr().context("asking for the address that is listened on")?;
    let range = history.range();
    println!(
        "simulating {} interactions from {} to {}, seed {}, told as {}, on http://{address}",
        history.total(),
        format_instant(range.from),
        format_instant(range.to),
        history.seed(),
        args.dialect.word(),
    );
    println!("\nwhat a source reads it by:\n\n{}", settings_for(&args, &format!("http://{address}"), range));
    println!("the true rows: curl 'http://{address}/simulator/truth?topic=kpi.queue.pt30m'");
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let simulator = Arc::new(Simulator::new(history, options));
    let stop = shutdown.clone();
    supervisor.start("simulator", async move {
        serve(listener, simulator, stop).await.map_err(|error| format!("{:#}", anyhow::Error::from(error)))
    });
    supervisor.start("signals", async move { on_signal(shutdown).await.map_err(|error| error.to_string()) });
    supervisor.join(STOP).await.map_err(anyhow::Error::msg)?;
    Ok(ExitStatus::Success)
}

fn prepare(args: &SimulateArgs) -> anyhow::Result<(History, SimulatorOptions)> {
    let range = TimeRange { from: instant("--from", &args.from)?, to: instant("--to", &args.to)? };
    anyhow::ensure!(args.speed.is_finite() && 0.0 < args.speed, "--speed must be more than zero: {}", args.speed);
    anyhow::ensure!(0 <= args.late_wrap_max_ms, "--late-wrap-max-ms must not be negative: {}", args.late_wrap_max_ms);
    let lag_ms = args.availability_lag_ms;
    anyhow::ensure!(0 <= lag_ms, "--availability-lag-ms must not be negative: {lag_ms}");
    let faults = match &args.faults {
        None => FaultScript::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            FaultScript::read(&text).with_context(|| path.display().to_string())?
        }
    };
    let history = match args.dialect {
        SimulatedDialect::InteractionDetails => History::Rows(rows(args, range)?),
        SimulatedDialect::ReportQueries => History::Reports(rows(args, range)?),
        SimulatedDialect::InteractionEvents => conversations(args, range, Shape::Events)?,
        SimulatedDialect::ConversationDetails | SimulatedDialect::ConversationJobs => {
            conversations(args, range, Shape::Details)?
        }
        SimulatedDialect::ConversationMetrics => conversations(args, range, Shape::Metrics)?,
    };
    let (requests_per_second, requests_per_minute) = rates(args);
    let options = SimulatorOptions {
        client_id: args.client_id.clone(),
        client_secret: args.client_secret.clone(),
        token_expires_s: args.token_expires_s,
        requests_per_second,
        requests_per_minute,
        to_inclusive: !args.to_exclusive,
        hits_max: args.hits_max.unwrap_or(u64::MAX),
        clock: if args.live { Clock::live(range.from, args.speed) } else { Clock::Static },
        availability_lag_ms: args.availability_lag_ms,
        aggregates: args.aggregates.map(|shape| match shape {
            SimulatedAggregates::Metrics => AggregatesShape::Metrics,
            SimulatedAggregates::Buckets => AggregatesShape::Buckets,
        }),
        faults,
        metrics_page: usize::try_from(args.metrics_page).unwrap_or(usize::MAX),
        results_max: args.results_max,
        overlapping_pages: args.overlapping_pages,
        cut_at_until: args.cut_at_until,
        ..SimulatorOptions::default()
    };
    Ok((history, options))
}

/// What a client may ask for in any second and in any minute: what is said, else what the platform of the dialect grants.
fn rates(args: &SimulateArgs) -> (Option<usize>, Option<usize>) {
    let said = |rate: Option<u32>| rate.and_then(|rate| usize::try_from(rate).ok());
    let is_real = matches!(args.dialect, SimulatedDialect::ConversationDetails | SimulatedDialect::ConversationJobs);
    match (said(args.requests_per_second), said(args.requests_per_minute)) {
        (None, None) if is_real => (None, Some(A_MINUTE)),
        (None, a_minute) if !is_real => (Some(A_SECOND), a_minute),
        said => said,
    }
}

fn rows(args: &SimulateArgs, range: TimeRange) -> anyhow::Result<Arc<World>> {
    let world = World::at_rate(args.seed, range, args.interactions_per_day)?;
    let world = world.with_late_wrap_max_ms(args.late_wrap_max_ms);
    Ok(Arc::new(if args.restate { world.with_restatements() } else { world }))
}

fn conversations(args: &SimulateArgs, range: TimeRange, shape: Shape) -> anyhow::Result<History> {
    let world = ConversationWorld::at_rate(args.seed, range, args.interactions_per_day)?;
    let world = world.with_late_wrap_max_ms(args.late_wrap_max_ms);
    Ok(History::Conversations(Arc::new(if args.restate { world.with_restatements() } else { world }), shape))
}

fn instant(option: &str, text: &str) -> anyhow::Result<InstantMs> {
    parse_instant(text).with_context(|| format!("{option} must be an instant such as 2026-01-01T00:00:00Z: {text}"))
}

#[cfg(test)]
pub(super) mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    pub fn args(words: &[&str]) -> SimulateArgs {
        let words = ["handletime", "simulate"].iter().chain(words);
        match Cli::try_parse_from(words).unwrap().command {
            Command::Simulate(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_defaults_make_a_world_and_each_wrong_argument_is_named() {
        let (history, options) = prepare(&args(&[])).unwrap();
        assert!(19_000 < history.total() && history.total() < 25_000, "{}", history.total());
        let (told, _) = prepare(&args(&["--dialect", "conversation-details"])).unwrap();
        assert!(matches!(told, History::Conversations(_, Shape::Details)) && told.total() == history.total());
        assert!(options.to_inclusive);
        let problem = |words: &[&str]| format!("{:#}", prepare(&args(words)).err().unwrap());
        assert!(problem(&["--from", "yesterday"]).contains("--from"));
        assert!(problem(&["--to", "2025-01-01T00:00:00Z"]).contains("empty"));
        assert!(problem(&["--live", "--speed", "0"]).contains("--speed"));
        assert!(problem(&["--faults", "/nowhere.toml"]).contains("/nowhere.toml"));
    }

    #[test]
    fn a_dialect_has_the_rate_of_its_platform_unless_another_is_said() {
        let of = |words: &[&str]| {
            let (_, options) = prepare(&args(words)).unwrap();
            (options.requests_per_second, options.requests_per_minute)
        };
        for dialect in SimulatedDialect::ALL.map(SimulatedDialect::word) {
            let of_dialect = |more: &[&str]| of(&[&["--dialect", dialect], more].concat());
            let is_real = dialect.starts_with("conversation-") && dialect != "conversation-metrics";
            assert_eq!(of_dialect(&[]), if is_real { (None, Some(300)) } else { (Some(20), None) }, "{dialect}");
            assert_eq!(of_dialect(&["--requests-per-second", "500"]), (Some(500), None), "{dialect}");
            let a_minute = of_dialect(&["--requests-per-minute", "600"]);
            assert_eq!(a_minute, if is_real { (None, Some(600)) } else { (Some(20), Some(600)) }, "{dialect}");
            let both = of_dialect(&["--requests-per-second", "7", "--requests-per-minute", "60"]);
            assert_eq!(both, (Some(7), Some(60)), "{dialect}");
        }
    }
}
