//! `handletime report`. Edge.

use super::status::ExitStatus;
use crate::cli::ReportArgs;

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from running, with its causes.
pub async fn run(_args: ReportArgs) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("not built yet")
}
