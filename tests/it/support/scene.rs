//! Edge: a simulated platform, a settings file and `handletime` processes between them and a broker.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use handletime::command::pipeline::worker_at;
use handletime::process::rows;
use handletime::runtime::tls;
use handletime::simulate::comparison::compare;
use serde_json::Value;
use tempfile::TempDir;

use super::blocking::wait_for;
use super::broker;
use super::process::Process;
use super::topics::{self, RawRecord};

/// A run over the history of these tests takes 4 s on an idle machine.
pub const LIMIT: Duration = Duration::from_secs(90);
/// How long a stop may take.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);

const PROGRAM: &str = env!("CARGO_BIN_EXE_handletime");
/// One simulated day.
const HISTORY: [&str; 2] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const CLIENT: [(&str, &str); 2] = [("GENESYS_CLIENT_ID", "demo-client"), ("GENESYS_CLIENT_SECRET", "demo-secret")];

/// What one test works with: topics of its own, files of its own.
#[derive(Debug)]
pub struct Scene {
    /// Where the broker is.
    pub bootstrap_servers: String,
    /// Begins the name of every topic.
    pub prefix: String,
    directory: TempDir,
    worker: BTreeMap<String, String>,
    source: BTreeMap<String, String>,
    processor: BTreeMap<String, String>,
}

impl Scene {
    /// On the broker that all tests share.
    pub fn new(test: &str) -> Self {
        Self::at(broker::shared(), test)
    }

    /// On a broker of the test's own.
    pub fn at(bootstrap_servers: &str, test: &str) -> Self {
        let prefix = topics::unique_prefix(test);
        let directory = TempDir::with_prefix_in("scene-", env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut scene = Self {
            bootstrap_servers: bootstrap_servers.to_owned(),
            directory,
            worker: BTreeMap::new(),
            source: BTreeMap::new(),
            processor: BTreeMap::new(),
            prefix,
        };
        scene.worker("bootstrap.servers", &quoted(bootstrap_servers));
        scene.worker("topic.prefix", &quoted(&scene.prefix.clone()));
        scene.worker("topics.partitions", "2");
        scene.worker("topics.replication.factor", "1");
        for (key, value) in [
            ("connector.class", "GenesysSource"),
            // Nobody listens there: a test that needs a platform starts one.
            ("genesys.api.url", "http://127.0.0.1:1"),
            ("genesys.login.url", "http://127.0.0.1:1"),
            ("genesys.client.id", "${env:GENESYS_CLIENT_ID}"),
            ("genesys.client.secret", "${env:GENESYS_CLIENT_SECRET}"),
            ("genesys.org.id", "acme"),
            ("extract.start", HISTORY[0]),
            ("extract.end", HISTORY[1]),
        ] {
            scene.source(key, &quoted(value));
        }
        // The simulator has no limit that this comes near to.
        scene.source("quota.requests.per.second", "200");
        scene.processor("connector.class", &quoted("HandleTimeProcessor"));
        scene.processor("kpi.excluded.queues", &quoted("QA_Review,Training_Simulation,System_Health"));
        scene.processor("kpi.excluded.wrapup.codes", &quoted("Test Call"));
        // A second member of a group costs a rebalance of some seconds, and no rule here is about it.
        scene.processor("tasks.max", "1");
        scene
    }

    /// Sets a key of `[worker]` to a TOML value.
    pub fn worker(&mut self, key: &str, value: &str) {
        self.worker.insert(key.to_owned(), value.to_owned());
    }

    /// Sets a key of the source to a TOML value.
    pub fn source(&mut self, key: &str, value: &str) {
        self.source.insert(key.to_owned(), value.to_owned());
    }

    /// Sets a key of the processor to a TOML value.
    pub fn processor(&mut self, key: &str, value: &str) {
        self.processor.insert(key.to_owned(), value.to_owned());
    }

    /// Full name of a topic.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Starts the platform with scripted faults and points the source at it.
    pub fn platform(&mut self, faults: &str) -> Platform {
        self.platform_of(HISTORY[1], "300", faults)
    }

    /// As [`Scene::platform`], with a history up to another midnight and of another size; what the source reads of it
    /// stays the same.
    pub fn platform_of(&mut self, end: &str, per_day: &str, faults: &str) -> Platform {
        let script = self.file("faults.toml", faults);
        let listen = ["--listen", "127.0.0.1:0", "--requests-per-second", "1000"];
        let history = ["--from", HISTORY[0], "--to", end, "--interactions-per-day", per_day];
        let mut words = vec!["simulate", "--faults", script.to_str().unwrap()];
        words.extend(listen.into_iter().chain(history));
        let mut process = Process::handletime("simulate", &words);
        let line = process.wait_for_line("simulating ", LIMIT);
        let url = line.rsplit(' ').next().unwrap().to_owned();
        let platform = Platform { _process: process, url };
        self.reads(&platform);
        platform
    }

    /// Points the source at a platform.
    pub fn reads(&mut self, platform: &Platform) {
        self.source("genesys.api.url", &quoted(&platform.url));
        self.source("genesys.login.url", &quoted(&platform.url));
    }

    /// A subcommand that takes `-c`, with the settings as they are now, and the platform's credentials around it.
    pub fn start(&self, subcommand: &str, arguments: &[&str]) -> Process {
        self.start_as(CLIENT, subcommand, arguments)
    }

    /// As [`Scene::start`], with more around it.
    pub fn start_with(&self, more: &[(&str, &str)], subcommand: &str, arguments: &[&str]) -> Process {
        self.start_in(&[&CLIENT, more].concat(), subcommand, arguments)
    }

    /// As [`Scene::start`], with other credentials.
    pub fn start_as(&self, client: [(&str, &str); 2], subcommand: &str, arguments: &[&str]) -> Process {
        self.start_in(&client, subcommand, arguments)
    }

    fn start_in(&self, environment: &[(&str, &str)], subcommand: &str, arguments: &[&str]) -> Process {
        let mut command = Command::new(PROGRAM);
        let path = self.write_settings();
        command.args([subcommand, "-c"]).arg(path).args(arguments).env_remove("HANDLETIME_LOG");
        command.envs(environment.iter().copied());
        Process::start(subcommand, command)
    }

    /// Starts a worker of this scene's group, with a REST interface at a port of its own.
    pub fn start_worker(&self, name: &str) -> Worker {
        self.start_worker_in(name, &[])
    }

    /// As [`Scene::start_worker`], with more around it.
    pub fn start_worker_in(&self, name: &str, environment: &[(&str, &str)]) -> Worker {
        let lines: Vec<String> = self.worker.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let group = self.prefix.trim_end_matches('.').replace('.', "-");
        let text = format!("[worker]\n{}group.id = \"{group}\"\nrest.listen = \"127.0.0.1:0\"\n", lines.concat());
        let path = self.file(&format!("{name}.toml"), &text);
        let mut command = Command::new(PROGRAM);
        command.args(["worker", "-c"]).arg(path).envs(CLIENT).env_remove("HANDLETIME_LOG");
        command.envs(environment.iter().copied());
        let mut process = Process::start(name, command);
        let line = process.wait_for_line(" of group ", LIMIT);
        let url = line.rsplit(' ').next().unwrap().trim_end_matches('/').to_owned();
        Worker { process, url }
    }

    /// The settings of the source and of the processor, as they are given to a worker.
    pub fn configs(&self) -> [Value; 2] {
        [&self.source, &self.processor].map(|entries| {
            let plain = entries.iter().map(|(key, value)| (key.clone(), Value::from(value.trim_matches('"'))));
            Value::Object(plain.collect())
        })
    }

    /// Whether the rows of half hours are those that the platform knows to be true.
    pub fn rows_are_true(&self, platform: &Platform) -> bool {
        let topic = "kpi.queue.pt30m";
        let truth = platform.truth(topic);
        50 < truth.len()
            && self.topic_names().iter().any(|name| name == topic)
            && compare(topic, &self.rows(topic), &truth).equal()
    }

    /// Runs until all is complete.
    pub fn run_to_completion(&self) -> Ended {
        Ended::of(self.start("run", &["--exit-when-complete"]))
    }

    /// The file as the settings are now.
    pub fn write_settings(&self) -> PathBuf {
        let section = |title: &str, entries: &BTreeMap<String, String>| {
            let lines: Vec<String> = entries.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
            format!("[{title}]\n{}\n", lines.concat())
        };
        let text = [
            section("worker", &self.worker),
            section("connectors.genesys", &self.source),
            section("connectors.kpi", &self.processor),
        ];
        self.file("settings.toml", &text.concat())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// All that was committed to a topic.
    pub fn records(&self, topic: &str) -> Vec<RawRecord> {
        topics::read_committed(&self.bootstrap_servers, &self.topic(topic))
    }

    /// The rows of a topic, as JSON.
    pub fn rows(&self, topic: &str) -> Vec<Value> {
        let worker = worker_at(&self.bootstrap_servers, &self.prefix, 1);
        let rows = rows::read(&worker, &self.topic(topic), super::topics::family(topic)).unwrap();
        rows.values().map(|row| serde_json::to_value(row).unwrap()).collect()
    }

    /// Fails unless the rows are those that the platform knows to be true.
    pub fn assert_rows_are_true(&self, platform: &Platform) {
        for topic in ["kpi.queue.pt30m", "kpi.queue.p1d"] {
            let truth = platform.truth(topic);
            assert!(50 < truth.len() || topic.ends_with("p1d"), "{topic} has only {} true rows", truth.len());
            let comparison = compare(topic, &self.rows(topic), &truth);
            assert!(comparison.equal(), "{topic}: {comparison}");
        }
    }

    /// Waits until so many records are committed, so that what follows happens while data flows.
    pub fn wait_for_records(&self, topic: &str, count: usize) {
        topics::read_committed_until(&self.bootstrap_servers, &self.topic(topic), LIMIT, |all| count <= all.len());
    }

    /// Topics of this scene, without the prefix.
    pub fn topic_names(&self) -> Vec<String> {
        let found = topics::list(&self.bootstrap_servers, &self.prefix);
        found.into_iter().map(|(name, _)| name[self.prefix.len()..].to_owned()).collect()
    }
}

/// A running worker.
#[derive(Debug)]
pub struct Worker {
    /// Its process.
    pub process: Process,
    /// Where it listens, as `http://HOST:PORT`.
    pub url: String,
}

impl Worker {
    /// Sends a request, with a body or without, and answers status and body. A worker that is busy with another change is
    /// asked again, as clients do.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        tls::install_provider();
        let url = format!("{}{path}", self.url);
        let begun = std::time::Instant::now();
        loop {
            let (status, text) = wait_for(async {
                let client = reqwest::Client::new();
                let mut request = client.request(method.parse().unwrap(), &url);
                if let Some(body) = body {
                    request = request.json(body);
                }
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.text().await.unwrap())
            });
            if (status != 409 && status != 503) || LIMIT < begun.elapsed() {
                return (status, serde_json::from_str(&text).unwrap_or(Value::Null));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// What `HOST:PORT` it stands as in states.
    pub fn id(&self) -> &str {
        self.url.trim_start_matches("http://")
    }
}

/// A running platform.
#[derive(Debug)]
pub struct Platform {
    _process: Process,
    url: String,
}

impl Platform {
    /// The rows that a correct connector ends with.
    pub fn truth(&self, topic: &str) -> Vec<Value> {
        let text = self.get(&format!("/simulator/truth?topic={topic}"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What the path answers.
    pub fn get(&self, path: &str) -> String {
        tls::install_provider();
        let url = format!("{}{path}", self.url);
        wait_for(async { reqwest::get(url).await.unwrap().error_for_status().unwrap().text().await.unwrap() })
    }
}

/// A process that has ended. It stays, so that a failing test prints what it said.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// How long it took to end since it was waited for.
    pub took: Duration,
    _process: Process,
}

impl Ended {
    /// Waits for its end.
    pub fn of(process: Process) -> Self {
        Self::within(process, LIMIT)
    }

    /// Waits so long for its end.
    pub fn within(mut process: Process, limit: Duration) -> Self {
        let begun = Instant::now();
        let code = process.wait(limit).code();
        let (stdout, stderr) = (process.stdout(), process.stderr());
        Self { code, stdout, stderr, took: begun.elapsed(), _process: process }
    }

    /// Fails unless it ended with this status.
    pub fn assert_status(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
    }

    /// Fails unless it failed so, and said each of these on standard error.
    pub fn assert_said(&self, code: i32, texts: &[&str]) {
        self.assert_status(code);
        for text in texts {
            assert!(self.stderr.contains(text), "not said: {text}\n{}", self.stderr);
        }
    }
}

/// A text as TOML.
pub fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
