//! `handletime bench`: which of its measurements. Edge.

use anyhow::Context;

use super::super::status::ExitStatus;
use super::{bare, extract, growth, latency, processor, restore, steady};
use crate::cli::{Bench, BenchArgs};

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(args: BenchArgs) -> anyhow::Result<ExitStatus> {
    if let Bench::Extract(args) = args.what {
        return extract::run(&args).await;
    }
    // The others speak to a broker in calls that block.
    let measured = tokio::task::spawn_blocking(move || match args.what {
        Bench::Extract(_) => Ok(ExitStatus::Usage),
        Bench::Processor(args) => processor::run(&args),
        Bench::Growth(args) => growth::run(&args),
        Bench::Restore(args) => restore::run(&args),
        Bench::Steady(args) => steady::run(&args),
        Bench::Latency(args) => latency::run(&args),
        Bench::Bare => bare::run(),
    });
    measured.await.context("measuring")?
}
