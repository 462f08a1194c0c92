//! `handletime run`: all connectors of a settings file in one process. Edge.

use super::broker_failure;
use super::loaded::loaded_with_file;
use super::pipeline::{self, STOP};
use super::standalone;
use super::status::ExitStatus;
use crate::cli::RunArgs;
use crate::config::Settings;
use crate::runtime::shutdown::{Shutdown, on_signal};
use crate::runtime::supervisor::Supervisor;
use crate::runtime::telemetry;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running or going on, with its causes.
pub async fn run(args: RunArgs) -> anyhow::Result<ExitStatus> {
    let (file, settings) = match loaded_with_file(&args.config) {
        Ok(loaded) => loaded,
        Err(status) => return Ok(status),
    };
    if settings.worker.group_id.is_some() {
        eprintln!(
            "handletime: {}: [worker] group.id has no use here: who runs the connectors of a file shares them with nobody; \
             remove it, or start `handletime worker` and create them by REST",
            args.config.display()
        );
        return Ok(ExitStatus::Usage);
    }
    if args.exit_when_complete && settings.sources.iter().any(|source| source.extract_end.is_none()) {
        eprintln!(
            "handletime: --exit-when-complete needs extract.end on every source: without it none is ever complete"
        );
        return Ok(ExitStatus::Usage);
    }
    let traces = telemetry::follow(&settings.worker.telemetry).map_err(anyhow::Error::msg)?;
    let ended = if settings.worker.rest.listen.is_some() {
        standalone::run(&file, &settings, args.exit_when_complete).await
    } else {
        without_rest(&settings, args.exit_when_complete).await
    };
    if let Some(traces) = traces {
        traces.end().await;
    }
    ended
}

async fn without_rest(settings: &Settings, until_complete: bool) -> anyhow::Result<ExitStatus> {
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    let signals = shutdown.clone();
    supervisor.start("signals", async move { on_signal(signals).await.map_err(|error| error.to_string()) });
    let watched = match pipeline::start(settings, &mut supervisor).await {
        Ok(None) => Ok(ExitStatus::Success),
        Ok(Some(running)) if until_complete => {
            let completed = running.watch_until_complete(&shutdown).await;
            completed.map(|status| status.unwrap_or(ExitStatus::Success))
        }
        Ok(Some(running)) => {
            running.watch(&shutdown).await;
            Ok(ExitStatus::Success)
        }
        Err(error) => Err(broker_failure::told(&settings.worker, error)),
    };
    shutdown.trigger();
    let joined = supervisor.join(STOP).await.map_err(anyhow::Error::msg);
    let status = watched?;
    joined?;
    Ok(status)
}
