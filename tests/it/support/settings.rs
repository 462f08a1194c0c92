//! Edge: a settings file of a test's own, and `handletime run` with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use handletime::command::pipeline::worker_at;
use handletime::config::typed::WorkerConfig;
use tempfile::TempDir;

use super::broker;
use super::process::Process;
use super::simulator::Simulator;
use super::topics::unique_prefix;

/// Ends the program by itself.
pub const UNTIL_COMPLETE: &str = "--exit-when-complete";

/// Which connectors a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connectors {
    /// The source and the processor of the pipeline.
    Both,
    /// The source alone.
    Source,
    /// The processor alone: its work is shared with other processes that have it too.
    Processor,
}

/// What a test's files say; topics, and all state with them, belong to the test alone.
#[derive(Debug)]
pub struct Settings {
    bootstrap_servers: String,
    replicas: i32,
    prefix: String,
    /// Before the names of the connectors: dead letters are counted by these.
    begins_names: String,
    partitions: i32,
    source: BTreeMap<String, String>,
    processor: BTreeMap<String, String>,
    directory: TempDir,
}

impl Settings {
    /// For two simulated days, as `handletime simulate` makes them.
    pub fn new(test: &str, partitions: i32, simulator: &Simulator) -> Self {
        Self::at((broker::shared(), 1), test, partitions, simulator)
    }

    /// As [`Settings::new`], on other brokers than the one that all tests share, with so many replicas of everything.
    pub fn at((bootstrap_servers, replicas): (&str, i32), test: &str, partitions: i32, simulator: &Simulator) -> Self {
        let source = [
            ("connector.class", "GenesysSource"),
            ("genesys.api.url", simulator.address()),
            ("genesys.login.url", simulator.address()),
            ("genesys.client.id", "${env:GENESYS_CLIENT_ID}"),
            ("genesys.client.secret", "${env:GENESYS_CLIENT_SECRET}"),
            ("genesys.org.id", "acme"),
            ("genesys.dialect", simulator.dialect().word()),
            ("extract.start", "2026-01-01T00:00:00Z"),
            ("extract.end", "2026-01-03T00:00:00Z"),
        ];
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        Self {
            bootstrap_servers: bootstrap_servers.to_owned(),
            replicas,
            prefix: unique_prefix(test),
            begins_names: String::new(),
            partitions,
            source: owned(&source),
            processor: owned(&[("connector.class", "HandleTimeProcessor")]),
            directory: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("target takes a directory"),
        }
    }

    /// Another pipeline with the same settings, on the same topics of rows.
    pub fn of_pipeline(&self, pipeline: &str) -> Self {
        let other = Self {
            bootstrap_servers: self.bootstrap_servers.clone(),
            replicas: self.replicas,
            prefix: self.prefix.clone(),
            begins_names: format!("{pipeline}-"),
            partitions: self.partitions,
            source: self.source.clone(),
            processor: self.processor.clone(),
            directory: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("target takes a directory"),
        };
        other.source("pipeline.name", pipeline).processor("pipeline.name", pipeline)
    }

    /// Sets one of the source's settings.
    pub fn source(mut self, name: &str, value: &str) -> Self {
        self.source.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets one of the processor's settings.
    pub fn processor(mut self, name: &str, value: &str) -> Self {
        self.processor.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Leaves a setting of the source and of the processor out.
    pub fn without(mut self, name: &str) -> Self {
        self.source.remove(name);
        self.processor.remove(name);
        self
    }

    /// Full name of a topic of the pipeline.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Where the brokers are.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// Begins the name of every topic.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What a reader of the topics needs.
    pub fn worker(&self) -> WorkerConfig {
        worker_at(&self.bootstrap_servers, &self.prefix, self.partitions)
    }

    /// Starts `handletime run`; `name` is for people, and for the settings file.
    pub fn run(&self, name: &str, connectors: Connectors, more: &[&str]) -> Process {
        let file = self.write(name, connectors, &self.source);
        start(name, &file, more)
    }

    /// As [`Settings::run`], without end, of a process that finds the brokers elsewhere.
    pub fn run_by_way_of(&self, bootstrap_servers: &str, name: &str, connectors: Connectors) -> Process {
        let file = self.write_for(bootstrap_servers, name, connectors, &self.source);
        start(name, &file, &[])
    }

    /// Starts `handletime run` with all connectors until everything is complete.
    pub fn run_until_complete(&self, name: &str) -> Process {
        self.run(name, Connectors::Both, &[UNTIL_COMPLETE])
    }

    /// As [`Settings::run_until_complete`], with the same topics and another simulator of the same history.
    pub fn run_again_at(&self, simulator: &Simulator) -> Process {
        let mut source = self.source.clone();
        for name in ["genesys.api.url", "genesys.login.url"] {
            source.insert(name.to_owned(), simulator.address().to_owned());
        }
        let file = self.write("again", Connectors::Both, &source);
        start("again", &file, &[UNTIL_COMPLETE])
    }

    /// Starts `handletime reconcile`, or another command that takes the settings file of both connectors.
    pub fn command(&self, subcommand: &str, more: &[&str]) -> Process {
        let file = self.write(subcommand, Connectors::Both, &self.source);
        started(subcommand, subcommand, &file, more)
    }

    /// Runs `handletime slices` with these words over all connectors.
    pub fn slices(&self, name: &str, command: &str, more: &[&str]) -> Process {
        let file = self.write(name, Connectors::Both, &self.source);
        let mut slices = Command::new(env!("CARGO_BIN_EXE_handletime"));
        slices.args(["slices", command, "-c"]).arg(file).args(more);
        slices.env("GENESYS_CLIENT_ID", "demo-client").env("GENESYS_CLIENT_SECRET", "demo-secret");
        Process::start(name, slices)
    }

    fn write(&self, name: &str, connectors: Connectors, source: &BTreeMap<String, String>) -> PathBuf {
        self.write_for(&self.bootstrap_servers, name, connectors, source)
    }

    fn write_for(
        &self,
        bootstrap_servers: &str,
        name: &str,
        connectors: Connectors,
        source: &BTreeMap<String, String>,
    ) -> PathBuf {
        let mut text = String::new();
        let (partitions, replicas) = (self.partitions.to_string(), self.replicas.to_string());
        let worker = [
            ("bootstrap.servers", bootstrap_servers),
            ("topic.prefix", &self.prefix),
            ("topics.partitions", &partitions),
            ("topics.replication.factor", &replicas),
        ];
        table(&mut text, "worker", worker);
        if connectors != Connectors::Processor {
            table(&mut text, &format!("connectors.{}genesys", self.begins_names), pairs(source));
        }
        if connectors != Connectors::Source {
            table(&mut text, &format!("connectors.{}kpi", self.begins_names), pairs(&self.processor));
        }
        let file = self.directory.path().join(format!("{name}.toml"));
        std::fs::write(&file, text).expect("target takes a file");
        file
    }
}

fn start(name: &str, file: &Path, more: &[&str]) -> Process {
    started("run", name, file, more)
}

fn started(subcommand: &str, name: &str, file: &Path, more: &[&str]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handletime"));
    command.arg(subcommand).arg("-c").arg(file).args(more);
    command.env("GENESYS_CLIENT_ID", "demo-client").env("GENESYS_CLIENT_SECRET", "demo-secret");
    Process::start(name, command)
}

fn pairs(settings: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn table<'a>(text: &mut String, title: &str, settings: impl IntoIterator<Item = (&'a str, &'a str)>) {
    writeln!(text, "[{title}]").expect("a text takes all");
    for (name, value) in settings {
        writeln!(text, "{name} = {value:?}").expect("a text takes all");
    }
}
