//! The settings file of a command: read, checked, and if it is not sound, told on standard error. Edge.

use std::path::Path;

use super::status::ExitStatus;
use crate::config::parse::settings;
use crate::config::problem::{Problem, Problems};
use crate::config::section::File;
use crate::config::typed::WorkerConfig;
use crate::config::{self, Settings, file};
use crate::kafka::settings::refused_properties;

/// The settings of a file.
///
/// # Errors
/// [`ExitStatus::Usage`] when they are not sound; why has been said.
pub fn loaded(path: &Path) -> Result<Settings, ExitStatus> {
    let (file, problems) = file::read(path);
    checked(&file, problems)
}

/// The settings of a file that has been read; `problems` are those that reading it met.
///
/// # Errors
/// As [`loaded`].
pub fn checked(file: &File, problems: Vec<Problem>) -> Result<Settings, ExitStatus> {
    let settings = settings(file, problems).map_err(|problems| told(&problems))?;
    takes_properties(&settings.worker)?;
    Ok(settings)
}

/// The settings of `[worker]` alone: what a command needs that only asks the broker.
///
/// # Errors
/// As [`loaded`].
pub fn loaded_worker(path: &Path) -> Result<WorkerConfig, ExitStatus> {
    let worker = config::load_worker(path).map_err(|problems| told(&problems))?;
    takes_properties(&worker)?;
    Ok(worker)
}

/// Refuses what the Kafka client does not take, before one of its clients fails over it in the middle.
fn takes_properties(worker: &WorkerConfig) -> Result<(), ExitStatus> {
    let refused = refused_properties(worker);
    if refused.is_empty() {
        return Ok(());
    }
    eprintln!("{}", refused.join("\n"));
    Err(ExitStatus::Usage)
}

fn told(problems: &Problems) -> ExitStatus {
    eprintln!("{problems}");
    ExitStatus::Usage
}
