//! `handletime run`. Edge.

use super::status::ExitStatus;
use crate::cli::RunArgs;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(_args: RunArgs) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not built yet")
}
