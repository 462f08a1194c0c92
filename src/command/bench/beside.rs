//! Another program that is measured on the same records, between the processor's runs. Edge.

use std::process::Command;

use anyhow::Context;

use super::broker::Stage;
use crate::topology::record::topic;

/// Runs a command by `sh`; what it says is for people.
///
/// # Errors
/// When it fails.
pub fn run(command: &str, stage: &Stage, interactions: u64) -> anyhow::Result<()> {
    let scene = &stage.scene;
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .env("BENCH_TOPIC", scene.names.topic(topic::INTERACTIONS))
        .env("BENCH_BOOTSTRAP_SERVERS", &scene.worker.bootstrap_servers)
        .env("BENCH_INTERACTIONS", interactions.to_string())
        .env("BENCH_PARTITIONS", scene.setup.interactions_partitions.to_string());
    let status = shell.status().context("running sh")?;
    anyhow::ensure!(status.success(), "the program beside ended with {status}: {command}");
    Ok(())
}
