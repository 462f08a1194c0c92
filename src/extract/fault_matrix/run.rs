//! One source's whole life against the platform in memory, on time that is held. Edge.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::course::{Course, range};
use super::memory::{InMemory, text};
use crate::config::secret::Secret;
use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs};
use crate::extract::progress::SourceSnapshot;
use crate::extract::publisher::PublisherThread;
use crate::extract::task::{SourceReport, SourceTask};
use crate::genesys::client::GenesysClient;
use crate::genesys::fixture::offline_config;
use crate::genesys::quota::Chance;
use crate::genesys::wire::Drift;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};
use crate::runtime::clock::unix_us;
use crate::runtime::shutdown::Shutdown;
use crate::simulate::clock::Clock;
use crate::simulate::faults::{DATA_PATHS, FaultScript, Requested};
use crate::simulate::server::{History, Simulator, SimulatorOptions, router};

/// Requests a second that the source may send, and that the platform lets through.
pub(super) const RATE: usize = 14;

/// How long an answer may take.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest time, as the held clock has it, that any run may take.
const LONGEST: Duration = Duration::from_secs(6 * 86_400);

/// What chance says in runs whose waits are known beforehand.
const KNOWN_CHANCE: f64 = 0.75;

/// The chance of such runs: every wait has three quarters of the jitter that it may have.
pub(super) fn known() -> f64 {
    KNOWN_CHANCE
}

/// Wait number `failures` (from 1) of a backoff in such runs, in milliseconds: three quarters of a second, doubled with
/// each up to three quarters of a minute.
pub(super) fn known_backoff_ms(failures: u32) -> f64 {
    KNOWN_CHANCE * (1_000.0 * 2_f64.powi(failures as i32 - 1)).min(60_000.0)
}

/// All waits up to that number.
pub(super) fn known_backoffs_ms(failures: u32) -> f64 {
    (1..=failures).map(known_backoff_ms).sum()
}

/// The wait before look number `looks` (from 0) at a query in such runs, in milliseconds: ten seconds, doubled with each,
/// and three quarters of five.
pub(super) fn known_pace_ms(looks: i32) -> f64 {
    10_000.0 * 2_f64.powi(looks) + KNOWN_CHANCE * 5_000.0
}

/// What goes wrong, and how.
#[derive(Clone, Copy)]
pub(super) struct Trouble<'a> {
    /// The fault script.
    pub(super) script: &'a str,
    /// Whether the script counts the submissions of queries, where else it counts pages.
    pub(super) at_queries: bool,
    /// The request for a page of this number, from 1, meets no platform.
    pub(super) lost: Option<u32>,
    /// How long the publication of a number takes, from 1.
    pub(super) publishing: fn(usize) -> Duration,
    /// Seconds that a login lasts.
    pub(super) login_s: u64,
    /// Queries that are answered later and stand at the platform at once.
    pub(super) in_flight: usize,
    /// The platform's present when the source begins; the history is long over unless said otherwise.
    pub(super) present: InstantMs,
    /// Whether to run until all revisits are over.
    pub(super) until_settled: bool,
    /// Where the jitter of waits comes from.
    pub(super) chance: Chance,
}

impl Default for Trouble<'_> {
    fn default() -> Self {
        Trouble {
            script: "",
            at_queries: false,
            lost: None,
            publishing: |_| Duration::ZERO,
            login_s: 86_399,
            in_flight: 4,
            present: range().from + 6 * DAY_MS,
            until_settled: false,
            chance: rand::random::<f64>,
        }
    }
}

/// Everything that came of a run.
pub(super) struct Outcome {
    pub(super) history: History,
    pub(super) publications: Vec<Publication>,
    /// When each was confirmed, on the clock of the requests.
    pub(super) published_at_ms: Vec<f64>,
    pub(super) asked: Vec<Asked>,
    /// Queries that stand at the platform still.
    pub(super) left: usize,
    pub(super) snapshot: SourceSnapshot,
    pub(super) drift: Drift,
}

/// A request as the platform noted it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Asked {
    pub(super) arrived_ms: f64,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) status: u16,
    pub(super) scripted: bool,
}

impl Asked {
    pub(super) fn is_for_data(&self) -> bool {
        DATA_PATHS.iter().any(|path| self.path.contains(path))
    }

    pub(super) fn submits_a_query(&self) -> bool {
        Requested::of(&self.method, &self.path) == Some(Requested::Submit)
    }
}

#[derive(Default)]
struct Log {
    offset: Option<String>,
    publications: Vec<Publication>,
    published_at_ms: Vec<f64>,
}

struct Recorder(Arc<Mutex<Log>>);

impl Publish for Recorder {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        Ok(Claimed { offset: self.0.lock().unwrap().offset.clone(), ..Claimed::default() })
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        let mut log = self.0.lock().unwrap();
        log.offset = Some(publication.offset.clone());
        log.publications.push(publication.clone());
        log.published_at_ms.push(unix_us() as f64 / 1_000.0);
        Ok(())
    }
}

fn config(course: &Course) -> SourceConfig {
    SourceConfig {
        name: course.dialect.word().to_owned(),
        client_id: "demo-client".to_owned(),
        client_secret: Secret::new("demo-secret".to_owned()),
        dialect: course.dialect,
        http_read_timeout: READ_TIMEOUT,
        http_body_bytes_max: 1 << 25,
        extract_start: range().from,
        extract_end: Some(range().to),
        slice_ms: 6 * HOUR_MS,
        slice_ms_min: HOUR_MS,
        page_size: 10,
        poll_interval: Duration::from_secs(600),
        freshness_delay_ms: 120_000,
        revisit_ms: vec![300_000, 900_000, HOUR_MS, 25 * HOUR_MS, 73 * HOUR_MS],
        retries_max: 10,
        horizon_ms: 10 * DAY_MS,
        forward_buffer_ms: if course.dialect == Dialect::InteractionEvents { 1_800_000 } else { 0 },
        quota_requests_per_second: RATE as f64,
        query_poll_ms: 10_000,
        ..offline_config()
    }
}

/// Runs until the source says that it is complete.
pub(super) async fn run(course: &Course, trouble: Trouble<'_>) -> Outcome {
    let history = (course.history)();
    let script = if trouble.at_queries { trouble.script.to_owned() } else { course.scripted(trouble.script) };
    let options = SimulatorOptions {
        faults: FaultScript::read(&script).unwrap(),
        clock: Clock::live(trouble.present, 1.0),
        token_expires_s: trouble.login_s,
        requests_per_second: Some(RATE),
        metrics_page: 10,
        report_page: 10,
        ..SimulatorOptions::default()
    };
    let shutdown = Shutdown::default();
    let simulator = Arc::new(Simulator::new(history.clone(), options));
    let router = router(Arc::clone(&simulator), shutdown.clone());
    let config = SourceConfig { queries_in_flight_max: trouble.in_flight, ..config(course) };
    let transport = Box::new(InMemory::new(router.clone(), trouble.lost, course.page_paths()));
    let client = Arc::new(GenesysClient::carried_by(transport, &config).unwrap().with_chance(trouble.chance));
    let log = Arc::new(Mutex::new(Log::default()));
    let task = SourceTask::asking(client, &config, Box::new(Recorder(Arc::clone(&log)))).unwrap();
    let progress = task.progress();
    let (counted, publishing) = (Arc::clone(&log), trouble.publishing);
    let length = move || publishing(counted.lock().unwrap().publications.len() + 1);
    let source =
        task.run_on(|name, publisher| Ok(PublisherThread::start_task(name, publisher, length)), shutdown.clone());
    let watch = async {
        let began = Instant::now();
        let done = || {
            let snapshot = progress.snapshot();
            if trouble.until_settled { snapshot.settled } else { snapshot.complete }
        };
        while !done() {
            assert!(began.elapsed() < LONGEST, "{}: {:?}", config.name, progress.snapshot());
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        shutdown.trigger();
    };
    let (report, ()) = tokio::join!(source, watch);
    assert_eq!(report.unwrap(), SourceReport::Stopped, "{}", config.name);
    let asked = text(&router, "/simulator/requests").await;
    let asked = asked.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let Log { publications, published_at_ms, .. } = std::mem::take(&mut *log.lock().unwrap());
    let (left, snapshot, drift) = (simulator.open_queries(), progress.snapshot(), progress.drift());
    Outcome { history, publications, published_at_ms, asked, left, snapshot, drift }
}
