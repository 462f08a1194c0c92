//! `handletime demo`: simulated contact centre, source and processor in one process, one dialect after the other. Edge.

use super::demo_run;
use super::status::ExitStatus;
use crate::cli::{DemoArgs, SimulatedDialect};
use crate::runtime::shutdown::{Shutdown, on_signal};

/// Runs the command.
///
/// With `--exit` and no `--dialect` all dialects are gone through, and the status is 0 only if every row of every topic
/// of each of them is true.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: DemoArgs) -> anyhow::Result<ExitStatus> {
    let dialects = match args.dialect {
        Some(dialect) => vec![dialect],
        None if args.exit => SimulatedDialect::ALL.to_vec(),
        None => vec![SimulatedDialect::InteractionDetails],
    };
    let stop = Shutdown::default();
    let signals = tokio::spawn(on_signal(stop.clone()));
    let mut status = ExitStatus::Success;
    for dialect in dialects {
        if stop.requested() {
            break;
        }
        match demo_run::run(&args, dialect, &stop).await? {
            ExitStatus::Success => {}
            other => status = other,
        }
    }
    signals.abort();
    Ok(status)
}
