//! A process of this program that is measured: its settings come by standard input, its log is watched. Edge.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::usage::Usage;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;

/// How long a processor may take to restore its state.
const RUNNING_WITHIN: Duration = Duration::from_secs(600);
/// How long it gets to commit and leave its groups.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked at; a start is told from its log, whose lines have their own instants.
const LOOK: Duration = Duration::from_millis(5);
/// Lines of its log that are kept, to say why it ended.
const LINES_MAX: usize = 200;

/// What the log said, and when.
#[derive(Debug, Default)]
struct Log {
    lines: Vec<String>,
    restored: Vec<Instant>,
    rows_restored: u64,
}

/// A processor in a process of its own; killed when this is dropped.
#[derive(Debug)]
pub struct Processor {
    process: Child,
    started: Instant,
    log: Arc<Mutex<Log>>,
    // Joined by nobody: the thread ends with the process whose log it reads.
    _reader: Supervisor,
}

impl Drop for Processor {
    fn drop(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Processor {
    /// Starts one with these settings.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn start(settings: &str) -> anyhow::Result<Processor> {
        let started = Instant::now();
        // The level is set so that the lines that are watched for are there, whatever HANDLETIME_LOG says.
        let mut process =
            spawn(&["--log", "info", "run", "-c", "/dev/stdin"], settings, Stdio::null(), Stdio::piped())?;
        let errors = process.stderr.take().context("the processor's log is not there")?;
        let log = Arc::new(Mutex::new(Log::default()));
        let mut reader = Supervisor::new(Shutdown::default());
        let written = Arc::clone(&log);
        reader.start_thread("processor's log", move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                let mut log = written.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(rows) = rows_restored(&line) {
                    log.restored.push(Instant::now());
                    log.rows_restored += rows;
                }
                if log.lines.len() < LINES_MAX {
                    log.lines.push(line);
                }
            }
            Ok(())
        })?;
        Ok(Processor { process, started, log, _reader: reader })
    }

    /// When it was started.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Waits until so many of its tasks have their state; the instant at which the last of them had it, and the records
    /// that they read for it.
    ///
    /// # Errors
    /// When it ends before, with what it said.
    pub fn wait_until_running(&mut self, tasks: usize) -> anyhow::Result<(Instant, u64)> {
        while self.started.elapsed() < RUNNING_WITHIN {
            let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = tasks.checked_sub(1).and_then(|last| log.restored.get(last)) {
                return Ok((*at, log.rows_restored));
            }
            drop(log);
            self.check()?;
            std::thread::sleep(LOOK);
        }
        anyhow::bail!("the processor does not run after {} s; it said:\n{}", RUNNING_WITHIN.as_secs(), self.said())
    }

    /// Fails when it has ended.
    ///
    /// # Errors
    /// With what it said.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.process.try_wait()? {
            None => Ok(()),
            Some(status) => anyhow::bail!("the processor ended with {status}; it said:\n{}", self.said()),
        }
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.process.id())
    }

    /// Asks it to stop, and waits until it has: then its place in its groups is free at once.
    ///
    /// # Errors
    /// When it does not, or not in order.
    pub fn stop(mut self) -> anyhow::Result<()> {
        // Not waited for yet, so the number is still its own.
        let process = self.process.id().to_string();
        let sent = Command::new("kill").args(["-s", "TERM", &process]).status().context("running kill")?;
        anyhow::ensure!(sent.success(), "the processor cannot be asked to stop");
        let asked = Instant::now();
        while asked.elapsed() < STOPPED_WITHIN {
            if let Some(status) = self.process.try_wait()? {
                anyhow::ensure!(status.success(), "the processor ended with {status}; it said:\n{}", self.said());
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        anyhow::bail!("the processor does not stop within {} s; it said:\n{}", STOPPED_WITHIN.as_secs(), self.said())
    }

    fn said(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).lines.join("\n")
    }
}

/// Runs this program with a subcommand that takes settings and prints one line; gives the line.
///
/// # Errors
/// When it fails; what it says about that goes to standard error.
pub fn line_of(arguments: &[&str], settings: &str) -> anyhow::Result<String> {
    let process = spawn(arguments, settings, Stdio::piped(), Stdio::inherit())?;
    let output = process.wait_with_output().context("waiting for a part of the measurement")?;
    let status: ExitStatus = output.status;
    anyhow::ensure!(status.success(), "{} ended with {status}", arguments.join(" "));
    String::from_utf8(output.stdout).context("a part of the measurement says no text")
}

fn spawn(arguments: &[&str], settings: &str, stdout: Stdio, stderr: Stdio) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
    let mut process = command.spawn().context("starting a part of the measurement")?;
    // Closed behind the text, which is how its reader knows that it is whole.
    let mut input = process.stdin.take().context("a part of the measurement takes no settings")?;
    input.write_all(settings.as_bytes()).context("handing over settings")?;
    Ok(process)
}

/// How many records a task read, when a line of the log says that its state is restored.
fn rows_restored(line: &str) -> Option<u64> {
    let (_, fields) = line.split_once(": restored ")?;
    fields.split_whitespace().find_map(|field| field.strip_prefix("records=")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_task_is_told_from_the_log() {
        let line = "2026-01-01T00:00:00.0Z  INFO handletime::process::takeover: restored room=\"legs\" partition=0 records=12 elapsed_ms=3";
        assert_eq!(rows_restored(line), Some(12));
        assert_eq!(rows_restored("INFO handletime::process::room: assigned partitions=[0]"), None);
    }
}
