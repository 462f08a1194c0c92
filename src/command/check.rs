//! `handletime check`. Edge.

use super::status::ExitStatus;
use crate::cli::CheckArgs;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(_args: CheckArgs) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not built yet")
}
