//! Whole runs over the in-process log, compared with what the simulated platform adds up itself. Edge: HTTP over the
//! loopback interface.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::collect::{OurSide, Wanted};
use super::compare::{Comparison, compare};
use super::contract::ReadOurs;
use super::platform::Platform;
use crate::config::typed::SourceConfig;
use crate::config::{self, Settings};
use crate::domain::reconciliation::{Check, Reconciliation, ReconciliationKey};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::time::{DAY_MS, HOUR_MS, InstantMs, TimeRange, format_instant, parse_instant};
use crate::embedded::ours::{self, EmbeddedOurs};
use crate::embedded::{self, EmbeddedPublisher, Log};
use crate::extract::progress::SourceProgress;
use crate::extract::source_offset::SourceOffset;
use crate::extract::task::SourceTask;
use crate::genesys::client::GenesysClient;
use crate::process::start;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};
use crate::publish::encode::SourcePartition;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::centre::QUEUES;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::faults::FaultScript;
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};
use crate::simulate::world::World;
use crate::topology::record::topic;
use crate::topology::setup::TaskSetup;

const FROM: &str = "2026-01-05T00:00:00Z";
const SLICE_MS: i64 = HOUR_MS / 2;

pub(super) fn days() -> TimeRange {
    let from = parse_instant(FROM).unwrap();
    TimeRange { from, to: from + 2 * DAY_MS }
}

/// Loses the interactions that start in a range: they are counted as read, and no one ever sees them.
struct Leaky {
    publisher: EmbeddedPublisher,
    lost: Option<TimeRange>,
}

impl Publish for Leaky {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        self.publisher.claim()
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        let mut publication = publication.clone();
        publication.interactions.retain(|read| self.lost.is_none_or(|lost| !lost.contains(read.start)));
        self.publisher.publish(&publication)
    }
}

fn settings(dialect: &str, platform: &str, more: &str) -> Settings {
    let text = format!(
        r#"
        [worker]
        bootstrap.servers = "in-process:9092"
        topics.partitions = 2
        [connectors.genesys]
        connector.class = "GenesysSource"
        genesys.api.url = "{platform}"
        genesys.login.url = "{platform}"
        genesys.client.id = "demo-client"
        genesys.client.secret = "demo-secret"
        genesys.org.id = "acme"
        genesys.dialect = "{dialect}"
        quota.requests.per.second = 10000
        extract.start = "{from}"
        extract.revisit.ms = ""
        {more}
        [connectors.kpi]
        connector.class = "HandleTimeProcessor"
        # So that rows can change although the source that goes on for ever reads months of silence in a minute.
        kpi.lateness.horizon.ms = 31536000000
        "#,
        from = format_instant(days().from),
    );
    let mut problems = Vec::new();
    let file = config::toml_text::read("the test's settings", &text, &|name| Err(name.to_string()), &mut problems);
    config::parse::settings(&file, problems).unwrap()
}

/// What is run.
pub(super) struct Case {
    pub history: History,
    pub dialect: &'static str,
    /// What starts in here is lost.
    pub lost: Option<TimeRange>,
    pub options: SimulatorOptions,
    /// More settings of the source.
    pub more: String,
    /// Our side; that of the run unless a test has another.
    pub ours: Option<Arc<dyn ReadOurs>>,
}

impl Case {
    pub fn of(history: impl Into<History>, dialect: &'static str) -> Case {
        let options = SimulatorOptions { requests_per_second: Some(100_000), ..SimulatorOptions::default() };
        Case { history: history.into(), dialect, lost: None, options, more: String::new(), ours: None }
    }

    /// With a fault script.
    pub fn failing(self, script: &str) -> Case {
        let faults = FaultScript::read(script).unwrap();
        Case { options: SimulatorOptions { faults, ..self.options }, ..self }
    }

    /// With another setting of the source.
    pub fn with(mut self, setting: &str) -> Case {
        self.more = format!("{}{setting}\n", self.more);
        self
    }

    /// Reading no further than the history.
    pub fn bounded(self) -> Case {
        self.with(&format!("extract.end = \"{}\"", format_instant(days().to)))
    }
}

/// A simulated platform, a source that may lose a part of what it reads, and a processor.
pub(super) struct Stage {
    pub settings: Settings,
    pub setup: TaskSetup,
    pub log: Log,
    pub progress: Arc<SourceProgress>,
    shutdown: Shutdown,
    supervisor: Supervisor,
}

impl Stage {
    pub async fn start(case: Case) -> Stage {
        let Case { history, dialect, lost, options, more, ours } = case;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (shutdown, simulator) = (Shutdown::default(), Arc::new(Simulator::new(history, options)));
        let mut supervisor = Supervisor::new(shutdown.clone());
        let until = shutdown.clone();
        supervisor.start("simulator", async move {
            serve(listener, simulator, until).await.map_err(|error| error.to_string())
        });
        let settings = settings(dialect, &address, &more);
        let (source, processor) = (&settings.sources[0], &settings.processors[0]);
        let setup = start::scene(&settings.worker, processor).setup;
        let log = Log::new(2, 2);
        embedded::start(&mut supervisor, &log, &setup, 1, Duration::from_millis(1)).unwrap();
        let of = SourcePartition {
            pipeline: source.pipeline.clone(),
            org_id: source.org_id.clone(),
            source_partition: dialect.to_owned(),
            connector: source.name.clone(),
        };
        let publisher = Leaky { publisher: EmbeddedPublisher::new(log.clone(), of), lost };
        let own = EmbeddedOurs { log: log.clone(), org_id: "acme".to_owned(), rules: processor.rules.clone() };
        let ours = ours.unwrap_or_else(|| Arc::new(own));
        let task = SourceTask::new(source, Box::new(publisher)).unwrap().with_ours(source, ours);
        let (progress, until) = (task.progress(), shutdown.clone());
        supervisor.start("source", async move { task.run(until).await.map(drop).map_err(|error| error.to_string()) });
        Stage { settings, setup, log, progress, shutdown, supervisor }
    }

    pub async fn until(&self, what: &str, holds: impl Fn(&Stage) -> bool) {
        for _ in 0..1_200 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: not within a minute; {:?}", self.progress.snapshot());
    }

    pub async fn stop(self) {
        self.shutdown.trigger();
        self.supervisor.join(Duration::from_secs(10)).await.unwrap();
    }

    /// Until all is processed and compared.
    pub async fn until_complete(&self) {
        let done = |stage: &Stage| {
            stage.progress.snapshot().complete && embedded::is_complete(&stage.log, &stage.setup, days().to).unwrap()
        };
        self.until("complete", done).await;
    }

    /// What the source itself has published of its comparisons.
    pub fn published(&self) -> Vec<Reconciliation> {
        let records: BTreeMap<ReconciliationKey, Reconciliation> =
            embedded::rows::records(&self.log, topic::RECONCILIATION).unwrap();
        records.into_values().collect()
    }

    /// Our side of both days.
    pub fn side(&self) -> OurSide {
        let rules = Some(self.settings.processors[0].rules.clone());
        ours::read(&self.log, Wanted { org_id: "acme".to_owned(), range: days(), rules }).unwrap()
    }

    /// The platform as the source sees it.
    pub fn platform(&self, change: impl FnOnce(SourceConfig) -> SourceConfig) -> Platform {
        let source = change(self.settings.sources[0].clone());
        Platform::new(Arc::new(GenesysClient::new(&source).unwrap()), &source)
    }
}

/// Runs until all is processed, and compares: the source has found the same before it was complete.
pub(super) async fn compared(case: Case) -> Comparison {
    let stage = Stage::start(case.bounded()).await;
    stage.until_complete().await;
    let side = stage.side();
    assert_eq!(side.processed_to, days().to);
    let slice_ms = stage.settings.sources[0].slice_ms;
    let found = compare(&stage.platform(|config| config), &side, "acme", days(), slice_ms).await.unwrap();
    let timeless = |records: &[Reconciliation]| -> BTreeMap<ReconciliationKey, Reconciliation> {
        records.iter().map(|one| (one.key(), Reconciliation { written_at: 0, ..one.clone() })).collect()
    };
    assert_eq!(timeless(&stage.published()), timeless(&found.records));
    let snapshot = stage.progress.snapshot();
    assert_eq!((snapshot.compared, snapshot.comparisons_failed), (found.records.len() as u64, 0), "once");
    stage.stop().await;
    found
}

pub(super) fn rows() -> Arc<World> {
    Arc::new(World::exactly(7, days().from, 2, 1_500).unwrap())
}

pub(super) fn conversations() -> Arc<ConversationWorld> {
    Arc::new(ConversationWorld::exactly(7, days().from, 2, 700).unwrap())
}

pub(super) fn handle_times(found: &Comparison) -> Vec<&Reconciliation> {
    found.records.iter().filter(|record| record.check == Check::HandleTime).collect()
}

fn agrees_to_the_millisecond(found: &Comparison) {
    assert!(found.lost.is_empty() && found.notes.is_empty(), "{:?} {:?}", found.lost, found.notes);
    let records = handle_times(found);
    assert!(QUEUES.len() * 2 <= records.len(), "every queue on both days: {}", records.len());
    for record in records {
        let rest = (record.unexplained_count, record.unexplained_handle_ms);
        assert_eq!(rest, (0, 0), "{record:#?}");
    }
    let volumes: Vec<i64> =
        found.records.iter().filter(|one| one.check == Check::Volume).map(|one| one.difference_count).collect();
    assert_eq!(volumes, [0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn flat_rows_are_explained_to_the_millisecond() {
    let found = compared(Case::of(rows(), "interaction-details")).await;
    agrees_to_the_millisecond(&found);
    let of =
        |part: fn(&Reconciliation) -> i64| handle_times(&found).into_iter().map(part).filter(|of| *of != 0).count();
    assert!(0 < of(|one| one.basis_handle_ms) && 0 < of(|one| one.excluded_handle_ms));
    assert_eq!(found.beyond(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_explained_to_the_millisecond() {
    let found =
        compared(Case::of(History::Conversations(conversations(), Shape::Details), "conversation-details")).await;
    agrees_to_the_millisecond(&found);
    let of =
        |part: fn(&Reconciliation) -> i64| handle_times(&found).into_iter().map(part).filter(|of| *of != 0).count();
    for (name, count) in [
        ("basis", of(|one| one.basis_handle_ms)),
        ("dialing", of(|one| one.dialing_contacting_ms)),
        ("excluded", of(|one| one.excluded_handle_ms)),
        ("mismatch", of(|one| one.mismatch_handle_ms)),
    ] {
        assert!(0 < count, "no part of {name} in the whole history");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_slice_is_found_with_its_queues() {
    let slice = |start: InstantMs| TimeRange { from: start, to: start + SLICE_MS };
    let lost = slice(days().from + 14 * HOUR_MS);
    let world = rows();
    let within: Vec<_> = world.rows(lost, None).collect();
    assert!(5 < within.len());
    let queues: BTreeSet<String> =
        within.iter().filter_map(|row| row.queue).map(|queue| QUEUES[usize::from(queue)].id.to_owned()).collect();
    let expected = (lost, within.len() as i64, within.len() as i64, queues.clone());
    let handled: BTreeSet<&str> = within
        .iter()
        .filter(|row| row.agent.is_some())
        .filter_map(|row| row.queue)
        .map(|queue| QUEUES[usize::from(queue)].id)
        .collect();
    let found = compared(Case { lost: Some(lost), ..Case::of(world.clone(), "interaction-details") }).await;
    let said: Vec<_> = found.lost.iter().map(|one| (one.slice, one.theirs, one.missing, one.queues.clone())).collect();
    assert_eq!(said, [expected]);
    let volumes: Vec<(TimeRange, bool)> = found
        .records
        .iter()
        .filter(|one| one.check == Check::Volume)
        .map(|one| (TimeRange { from: one.interval_start, to: one.interval_end }, one.is_beyond()))
        .collect();
    let day = |from: InstantMs| TimeRange { from, to: from + DAY_MS };
    assert_eq!(volumes, [(lost, true), (day(days().from), true), (day(days().from + DAY_MS), false)]);
    let unexplained: BTreeSet<&str> = handle_times(&found)
        .into_iter()
        .filter(|one| 0 < one.unexplained_count)
        .map(|one| one.queue_id.as_str())
        .filter(|queue| !queue.is_empty())
        .collect();
    assert!(!unexplained.is_empty() && unexplained.is_subset(&handled), "{unexplained:?} of {handled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_source_finds_what_was_lost_holds_it_and_goes_on() {
    // Half a day a slice: the history lies months back, and all of the time since is read.
    let slice_ms = 12 * HOUR_MS;
    let lost = TimeRange { from: days().from + 12 * HOUR_MS, to: days().from + 12 * HOUR_MS + slice_ms };
    // The client may not read aggregates: what is lost is found by the count alone.
    let script = "[[rule]]\npath_contains = \"/aggregates/\"\nstatus = 403\nevery = 1\n";
    let more = format!("extract.slice.ms = {slice_ms}\nreconcile.interval.ms = 20\nextract.poll.interval.ms = 50");
    let case = Case { lost: Some(lost), ..Case::of(rows(), "interaction-details") };
    let stage = Stage::start(case.failing(script).with(&more)).await;
    let past = days().to + 60 * DAY_MS;
    stage
        .until("compared", |stage| 0 < stage.progress.snapshot().held && past < stage.progress.snapshot().cursor)
        .await;
    let offsets = |log: &Log| log.read(topic::OFFSETS, 0, 0, 1_000_000);
    stage
        .until("published", |stage| {
            let newest = offsets(&stage.log).pop().and_then(|record| record.value.clone()).unwrap_or_default();
            SourceOffset::from_json(&String::from_utf8(newest).unwrap()).unwrap().reconciled >= Some(days().to)
        })
        .await;
    let snapshot = stage.progress.snapshot();
    assert_eq!((snapshot.held, snapshot.slices_failed), (1, 0));
    assert!(0 < snapshot.beyond && snapshot.comparisons_failed == 0, "{snapshot:?}");
    let records = stage.published();
    let volumes: Vec<TimeRange> = records
        .iter()
        .filter(|one| one.check == Check::Volume && one.is_beyond())
        .map(|one| TimeRange { from: one.interval_start, to: one.interval_end })
        .collect();
    assert_eq!(volumes, [TimeRange { from: days().from, to: days().from + DAY_MS }, lost]);
    let held_days = |log: &Log| -> BTreeSet<InstantMs> {
        let rows: BTreeMap<QueueIntervalKey, QueueInterval> = embedded::rows::records(log, "kpi.queue.p1d").unwrap();
        rows.values().filter(|row| row.held).map(|row| row.interval_start).collect()
    };
    stage.until("held", |stage| held_days(&stage.log) == BTreeSet::from([days().from])).await;
    let halves: BTreeMap<QueueIntervalKey, QueueInterval> =
        embedded::rows::records(&stage.log, "kpi.queue.pt30m").unwrap();
    for row in halves.values() {
        let interval = TimeRange { from: row.interval_start, to: row.interval_end };
        assert_eq!(row.held, lost.intersects(&interval), "{} {}", row.queue_id, format_instant(row.interval_start));
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_agree_in_every_queue_although_they_tell_no_metrics() {
    let found = compared(Case::of(History::Conversations(conversations(), Shape::Events), "interaction-events")).await;
    assert!(found.lost.is_empty() && found.notes.is_empty(), "{:?} {:?}", found.lost, found.notes);
    let (volumes, times): (Vec<_>, Vec<_>) = found.records.iter().partition(|one| one.check == Check::Volume);
    assert_eq!(volumes.iter().map(|one| one.difference_count).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(times.len(), (QUEUES.len() + 1) * 2, "and what is in no queue");
    for one in &times {
        // What the platform adds to a session's metrics is not in its events.
        assert!(one.unexplained_count == 0 && !one.is_beyond(), "{one:#?}");
    }
    // Calls that nobody answered and nobody wrapped up are in no event: the platform counts them all the same.
    let calls: i64 = times.iter().map(|one| one.dialing_contacting_count).sum();
    assert!(0 < calls && times.iter().all(|one| one.dialing_contacting_count == 0 || one.queue_id.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_parts_that_name_no_queue_are_compared_as_a_whole() {
    let found =
        compared(Case::of(History::Conversations(conversations(), Shape::Metrics), "conversation-metrics")).await;
    let said: Vec<_> = found.records.iter().map(|one| (one.check, one.queue_id.as_str())).collect();
    assert_eq!(said, [(Check::HandleTime, ""), (Check::HandleTime, "")]);
    for one in &found.records {
        // An agent who comes back to a conversation is one part of it, and two handles of the platform's.
        assert!(one.unexplained_handle_ms == 0 && 0 <= one.unexplained_count && !one.is_beyond(), "{one:#?}");
    }
    assert!(found.notes.iter().all(|note| note.contains("says no count")), "{:?}", found.notes);
    assert_eq!(found.notes.len(), 2);
}
