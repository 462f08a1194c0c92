//! `handletime simulate`. Edge.

use super::status::ExitStatus;
use crate::cli::SimulateArgs;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(_args: SimulateArgs) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not built yet")
}
