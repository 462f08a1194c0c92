//! The arguments of `handletime reconcile`. Pure: types only.

use std::path::PathBuf;

use clap::Args;

/// `handletime reconcile`: status 0 when all is within its tolerance, 3 when something is beyond it.
#[derive(Debug, Clone, Args)]
pub struct ReconcileArgs {
    /// Settings file: its source says which platform is asked, its processor which rows are compared.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Compare the local days that start at or after this; without it all that were read. The first day of all lacks what
    /// began before extract.start and ended on it.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// Compare the local days that end at or before this; without it all that were read whole.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Which pipeline, by its pipeline.name; needed when the file has several sources.
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
}
