//! The settings file of a command: read, checked, and if it is not sound, told on standard error. Edge.

use std::path::Path;

use super::status::ExitStatus;
use crate::config::parse::{self, settings};
use crate::config::problem::{Problem, Problems};
use crate::config::section::{File, Section};
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

/// The settings of a file, and the file as it stands.
///
/// # Errors
/// As [`loaded`].
pub fn loaded_with_file(path: &Path) -> Result<(File, Settings), ExitStatus> {
    let (file, problems) = file::read(path);
    let settings = checked(&file, problems)?;
    Ok((file, settings))
}

/// The settings of `[worker]` of a file that has nothing else, and that table as it stands.
///
/// # Errors
/// As [`loaded`].
pub fn loaded_worker_alone(path: &Path) -> Result<(WorkerConfig, Section), ExitStatus> {
    let (file, problems) = file::read(path);
    if let Some(section) = file.connectors.first() {
        eprintln!(
            "handletime: {}: {} has no place here: the connectors of a group are created by REST; remove it, or use \
             `handletime run`",
            path.display(),
            section.title
        );
        return Err(ExitStatus::Usage);
    }
    let worker = parse::worker_alone(&file, problems).map_err(|problems| told(&problems))?;
    takes_properties(&worker)?;
    Ok((worker, file.worker.unwrap_or_default()))
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
