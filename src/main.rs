//! Parses the arguments, starts the command, turns an error into its exit status. Edge; no work of its own.

use std::process::ExitCode;

use clap::Parser;
use handletime::cli::{Cli, Command};
use handletime::command;

/// A quarter of the processor's time was spent in the system's allocator: small blocks that one transaction makes and the
/// next lets go of. It serves the Kafka client too (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    handletime::runtime::telemetry::start(cli.log.as_deref(), cli.log_format.map(Into::into));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("handletime: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => command::demo::run(args).await,
            Command::Run(args) => command::run::run(args).await,
            Command::Worker(args) => command::worker::run(args).await,
            Command::Simulate(args) => command::simulate::run(args).await,
            Command::Check(args) => command::check::run(args).await,
            Command::Replay(args) => command::replay::run(args).await,
            Command::Reconcile(args) => command::reconcile::run(args).await,
            Command::Report(args) => command::report::run(args).await,
            Command::Bench(args) => command::bench::run(args).await,
            Command::Slices(args) => command::slices::run(args).await,
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match outcome {
        Ok(status) => ExitCode::from(status as u8),
        Err(error) => {
            eprintln!("handletime: {error:#}");
            ExitCode::FAILURE
        }
    }
}
