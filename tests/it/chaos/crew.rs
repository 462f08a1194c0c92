//! Edge: the processes under test, each of which may be killed, stand still, end and start again.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::schedule::Processor;
use crate::support::process::Process;
use crate::support::settings::{Connectors, Settings};

/// One of the processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Source,
    Processor(Processor),
    /// The processor that is added and removed.
    Guest,
}

/// What runs now, and what has run: the latter is kept for what it has said.
#[derive(Debug, Default)]
struct Lives {
    now: BTreeMap<Who, Process>,
    before: Vec<Process>,
}

/// All processes of a run.
#[derive(Debug)]
pub struct Crew {
    settings: Settings,
    far: String,
    lives: Mutex<Lives>,
}

impl Crew {
    /// Nobody yet; `far` is where the far processor finds the brokers.
    pub fn new(settings: Settings, far: String) -> Self {
        Self { settings, far, lives: Mutex::default() }
    }

    /// What they run with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Starts one that does not run.
    pub fn start(&self, who: Who) {
        let process = match who {
            Who::Source => self.settings.run("source", Connectors::Source, &[]),
            Who::Processor(Processor::Near) => self.settings.run("near", Connectors::Processor, &[]),
            Who::Processor(Processor::Far) => self.settings.run_by_way_of(&self.far, "far", Connectors::Processor),
            Who::Guest => self.settings.run("guest", Connectors::Processor, &[]),
        };
        let before = self.lock().now.insert(who, process);
        assert!(before.is_none(), "{who:?} runs already");
    }

    /// SIGKILL; `false` when it does not run at the moment.
    pub fn kill(&self, who: Who) -> bool {
        let mut lives = self.lock();
        let Some(mut process) = lives.now.remove(&who) else { return false };
        process.kill();
        lives.before.push(process);
        true
    }

    /// SIGSTOP; `false` when it does not run at the moment.
    pub fn freeze(&self, who: Who) -> bool {
        self.lock().now.get_mut(&who).map(Process::freeze).is_some()
    }

    /// SIGCONT, unless it was killed meanwhile.
    pub fn thaw(&self, who: Who) {
        if let Some(process) = self.lock().now.get_mut(&who) {
            process.thaw();
        }
    }

    /// Asks one to end in order, and waits for it; `None` when it does not run at the moment.
    pub fn end(&self, who: Who, limit: Duration) -> Option<ExitStatus> {
        let mut process = self.lock().now.remove(&who)?;
        process.terminate();
        let status = process.wait(limit);
        self.lock().before.push(process);
        Some(status)
    }

    /// Who has a process number.
    pub fn of_pid(&self, pid: u32) -> Option<Who> {
        self.lock().now.iter().find(|(_, process)| process.pid() == pid).map(|(who, _)| *who)
    }

    /// Who runs now.
    pub fn running(&self) -> Vec<Who> {
        self.lock().now.keys().copied().collect()
    }

    /// # Panics
    /// When one of them has ended without having been told to.
    pub fn assert_alive(&self) {
        for (who, process) in &mut self.lock().now {
            assert!(process.ended().is_none(), "{who:?} has ended by itself: {:?}", process.ended());
        }
    }

    /// How many lines of all that was said hold `text`.
    pub fn lines_with(&self, text: &str) -> usize {
        let lives = self.lock();
        let all = lives.now.values().chain(&lives.before);
        all.map(|process| process.stderr().lines().filter(|line| line.contains(text)).count()).sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Lives> {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
