//! Edge: `handletime simulate` as a process on a port of its own, and what it says of itself.

use std::time::Duration;

use handletime::domain::media::Dialect;
use handletime::runtime::tls::install_provider;
use handletime::simulate::faults::DATA_PATHS;
use serde::Deserialize;
use serde_json::Value;

use super::blocking::wait_for;
use super::process::Process;

/// A million rows take a few seconds to draw; this is for a machine that compiles meanwhile.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The truth about a hundred thousand rows takes seconds in a debug build.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// One running simulator.
#[derive(Debug)]
pub struct Simulator {
    address: String,
    dialect: Dialect,
    _process: Process,
}

/// A request as the platform's side saw it.
#[derive(Clone, Debug, Deserialize)]
pub struct Asked {
    /// Real milliseconds since 1970.
    pub arrived_ms: f64,
    pub path: String,
    /// 0 when the client left before the answer.
    pub status: u16,
    /// Whether the fault script ordered the answer.
    pub scripted: bool,
    /// First instant that it asks for, where it names one.
    pub from: Option<i64>,
    /// Last instant that it asks for, included by this platform.
    pub to: Option<i64>,
    /// Whether it asks for another page than the first.
    pub page_token: bool,
}

impl Asked {
    /// Whether it asked for interactions or conversations, and not for a token, a name or how far the lake is.
    pub fn is_for_data(&self) -> bool {
        DATA_PATHS.iter().any(|data| self.path.contains(data)) && !self.path.ends_with("/availability")
    }

    /// Whether it submitted a query that is answered later, and the platform took it.
    pub fn submits(&self) -> bool {
        [(202, "/details/jobs"), (200, "/details/query")]
            .into_iter()
            .any(|(status, path)| self.status == status && self.path.ends_with(path))
    }

    /// The query that it looked at, read or deleted.
    pub fn query_id(&self) -> Option<&str> {
        let after = |root: &str| self.path.split_once(root).map(|(_, rest)| rest);
        let rest = after("/report-queries/").or_else(|| after("/details/jobs/"))?;
        rest.split('/').next().filter(|id| *id != "availability")
    }

    /// Whether it deleted a query: nothing else of what a source asks is answered without a body.
    pub fn deletes(&self) -> bool {
        self.status == 204 && self.query_id().is_some()
    }
}

impl Simulator {
    /// Starts one of a dialect and waits until it listens.
    pub fn start(name: &str, dialect: Dialect, arguments: &[&str]) -> Self {
        let mut all = vec!["simulate", "--listen", "127.0.0.1:0", "--dialect", dialect.word()];
        all.extend(arguments);
        let mut process = Process::handletime(&format!("{name}-simulator"), &all);
        let line = process.wait_for_line("simulating ", START_LIMIT);
        let address = line.rsplit_once(" on ").expect("the first line ends in the address").1.to_owned();
        Self { address, dialect, _process: process }
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it tells.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The true rows of a topic such as `kpi.queue.pt30m`.
    pub fn truth(&self, topic: &str) -> Vec<Value> {
        self.lines(&format!("/simulator/truth?topic={topic}"))
    }

    /// Every request of a client so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Asked> {
        self.lines("/simulator/requests")
    }

    fn lines<T: for<'a> Deserialize<'a>>(&self, path: &str) -> Vec<T> {
        let text = self.get(path);
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    fn get(&self, path: &str) -> String {
        install_provider();
        let url = format!("{}{path}", self.address);
        wait_for(async {
            let client = reqwest::Client::builder().timeout(ANSWER_LIMIT).build()?;
            client.get(&url).send().await?.error_for_status()?.text().await
        })
        .unwrap_or_else(|error| panic!("{url}: {error:?}"))
    }
}
