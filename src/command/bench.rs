//! `handletime bench`: one file for each thing that is measured. Edge.

use super::bench_extract;
use super::status::ExitStatus;
use crate::cli::{Bench, BenchArgs};

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: BenchArgs) -> anyhow::Result<ExitStatus> {
    match args.what {
        Bench::Extract(args) => bench_extract::run(&args).await,
    }
}
