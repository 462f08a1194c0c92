//! `handletime demo`. Edge.

use super::status::ExitStatus;
use crate::cli::DemoArgs;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(_args: DemoArgs) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not built yet")
}
