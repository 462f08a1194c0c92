//! What tests of whole runs share: a platform that is served, the processor over the in-process log, the verdict. Edge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use tokio::net::TcpListener;

use super::demo_run;
use super::demo_topics::Topics;
use super::pipeline::STOP;
use crate::avro::Codec;
use crate::cli::{DemoArgs, SimulatedDialect};
use crate::config::Settings;
use crate::config::typed::SourceConfig;
use crate::dedupe::decision::{Decision, Reading, decide};
use crate::domain::attribution::Basis;
use crate::domain::interaction::{Interaction, InteractionLeg};
use crate::domain::leg::{Leg, LegKey};
use crate::domain::progress::Room;
use crate::domain::range::OwnedRange;
use crate::domain::time::{DurationMs, InstantMs, TimeRange};
use crate::embedded::log::Log;
use crate::embedded::publisher::EmbeddedPublisher;
use crate::embedded::rows;
use crate::embedded::runner::all_tasks;
use crate::embedded::task::{EmbeddedTask, read_progress};
use crate::emit::revised::Revised;
use crate::process::start;
use crate::publish::encode::SourcePartition;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::comparison::{Revisions, compare};
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};
use crate::simulate::truth::settings::TruthSettings;
use crate::timeline::blank::is_over;
use crate::topology::record::topic;
use crate::topology::row_codecs::RowCodecs;
use crate::window::merge::Merged;
use crate::window::row_key::{RowKey, RowTopic};

/// Records that a task takes in one transaction: more than a stage of any test has.
const BATCH_RECORDS_MAX: usize = 50_000;

/// A simulator that is served until it is stopped.
pub(super) struct Platform {
    pub url: String,
    pub simulator: Arc<Simulator>,
    pub supervisor: Supervisor,
    pub shutdown: Shutdown,
}

impl Platform {
    /// Serves a history; a quota is never what a test waits for.
    pub async fn start(history: History, options: SimulatorOptions) -> Platform {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = Shutdown::default();
        let mut supervisor = Supervisor::new(shutdown.clone());
        let options = SimulatorOptions { requests_per_second: Some(1_000_000), ..options };
        let (simulator, until) = (Arc::new(Simulator::new(history, options)), shutdown.clone());
        let serving = Arc::clone(&simulator);
        supervisor.start("simulator", async move {
            serve(listener, serving, until).await.map_err(|error| error.to_string())
        });
        Platform { url, simulator, supervisor, shutdown }
    }

    /// Settings of a source that reads `range` of it, as the demonstration has them.
    pub fn settings(&self, dialect: SimulatedDialect, range: TimeRange) -> Settings {
        // What the demonstration would simulate is not asked for here.
        let args = DemoArgs {
            seed: 1,
            interactions: 1,
            days: 1,
            listen: "127.0.0.1:0".parse().unwrap(),
            page: "127.0.0.1:0".parse().unwrap(),
            dialect: None,
            bootstrap_servers: None,
            exit: true,
        };
        let (_, mut settings) = demo_run::settings(&args, dialect, &self.url, range.from, range.to).unwrap();
        for source in &mut settings.sources {
            source.quota_requests_per_second = 5_000.0;
            source.query_poll_ms = 2;
        }
        settings
    }

    pub async fn stop(self) {
        self.shutdown.trigger();
        self.supervisor.join(STOP).await.unwrap();
    }
}

/// The only source partition of a source that is not split.
pub(super) fn publisher(log: &Log, source: &SourceConfig) -> Box<EmbeddedPublisher> {
    let of = SourcePartition {
        pipeline: source.pipeline.clone(),
        org_id: source.org_id.clone(),
        source_partition: source.dialect.word().to_owned(),
        connector: source.name.clone(),
    };
    Box::new(EmbeddedPublisher::new(log.clone(), of))
}

/// The tasks of the settings' processor, which work when they are told to and not by a clock.
pub(super) struct ToldTasks {
    tasks: Vec<EmbeddedTask>,
}

impl ToldTasks {
    pub fn take_over(log: &Log, settings: &Settings) -> ToldTasks {
        let setup = start::scene(&settings.worker, &settings.processors[0]).setup;
        let taken = |(room, partition)| EmbeddedTask::take_over(log, room, partition, setup.clone()).unwrap();
        ToldTasks { tasks: all_tasks(&setup).into_iter().map(taken).collect() }
    }

    /// Takes in everything that stands on the log, and whatever follows from it.
    pub fn work(&mut self) {
        let mut worked = true;
        while worked {
            worked = false;
            for task in &mut self.tasks {
                worked |= task.step(BATCH_RECORDS_MAX).unwrap();
            }
        }
    }
}

/// Whether the tasks have read all that stands on their inputs.
pub(super) fn all_read(log: &Log) -> bool {
    [(Room::Legs, topic::INTERACTIONS), (Room::Intervals, topic::CONTRIBUTIONS)].into_iter().all(|(room, input)| {
        (0..log.partitions(input)).all(|partition| {
            let progress = read_progress(log, room, partition).unwrap();
            // Behind the last record there is the marker of its transaction.
            progress.is_some_and(|progress| log.end_offset(input, partition) <= progress.input_offset + 1)
        })
    })
}

/// A history and what is true of it, which is worked out once however many runs are compared with it.
pub(super) struct Truths {
    pub history: History,
    known: OnceLock<BTreeMap<String, Vec<Value>>>,
}

impl Truths {
    pub fn of(history: History) -> Truths {
        Truths { history, known: OnceLock::new() }
    }

    /// Compares every record with the truth; answers how many there were.
    pub fn assert_of(&self, dialect: SimulatedDialect, topics: &Topics) -> usize {
        let rows = topics.rows.iter().map(|(topic, rows)| {
            let rows: Vec<Value> = rows.iter().map(|row| serde_json::to_value(row).unwrap()).collect();
            (topic, rows)
        });
        let records = topics.others.iter().map(|(topic, records)| (topic, records.clone()));
        let mut compared = 0;
        let known = self.known.get_or_init(|| {
            let of = |topic: &String| self.history.truth(&TruthSettings::of_topic(topic).unwrap()).rows().collect();
            topics.rows.keys().chain(topics.others.keys()).map(|topic| (topic.clone(), of(topic))).collect()
        });
        for (topic, ours) in rows.chain(records) {
            let comparison = compare(topic, &ours, &known[topic]);
            assert!(comparison.equal(), "{} {topic}: {comparison}", dialect.word());
            compared += comparison.compared;
        }
        compared
    }
}

/// Follows every row of every KPI topic through its revisions, and prints how many there were; answers how many rows had
/// more than one.
///
/// # Panics
/// When an interaction goes back to what it said before, a revision says the same once more, or a row returns to what it
/// measured before although the platform took nothing back of what it is made of.
pub(super) fn assert_no_row_flaps(what: &str, log: &Log, settings: &Settings) -> u64 {
    let (codecs, taken_back) = (RowCodecs::default(), rows_taken_back(log, settings));
    let (mut counts, mut wrong, mut with_reason) = (Vec::new(), Vec::new(), 0);
    for name in log.topics().into_iter().filter(|name| name.starts_with("kpi.")) {
        let topic = RowTopic::from_name(&name, Basis::Start).unwrap();
        // Rows that the platform may take back, and the others.
        let mut both = [(); 2].map(|()| Revisions::of_topic(&name).unwrap());
        rows::each(log, &name, |key, value| {
            let key = RowKey { topic, key: codecs.read_framed_key(topic.family, key)? };
            let row = codecs.read_framed_row(topic.family, value.unwrap_or_default())?;
            both[usize::from(!taken_back.contains(&key))].take(&serde_json::to_value(&row).unwrap());
            Ok(())
        })
        .unwrap();
        with_reason += both[0].returned().len();
        let found = both[0].repeated().iter().chain(both[1].repeated()).chain(both[1].returned());
        wrong.extend(found.map(|found| format!("{name}: {found}")));
        counts.extend(both.iter().flat_map(Revisions::counts));
    }
    let revised: Revised = counts.into_iter().collect();
    println!("{what}: {revised}; {with_reason} went back with the platform, in {} rows that may", taken_back.len());
    let told: Vec<&str> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{what}: {} needless revisions\n{}", wrong.len(), told.join("\n"));
    revised.again()
}

/// The rows of interactions that the platform told as over, and then as going on or as having ended later: what they say
/// there comes, goes, and may come once more. Such an interaction says something else each time.
fn rows_taken_back(log: &Log, settings: &Settings) -> BTreeSet<RowKey> {
    let (codec, mut known, mut went_on) = (Codec::<Interaction>::default(), BTreeMap::new(), BTreeSet::new());
    rows::each(log, topic::INTERACTIONS, |_, value| {
        let read = codec.read_framed(value.unwrap_or_default())?;
        let reading = Reading { version: read.version, content_hash: read.content_hash, rules: 1 };
        let Some((before, last, contents)) = known.get_mut(&read.interaction_id) else {
            let contents = BTreeSet::from([read.content_hash]);
            known.insert(read.interaction_id.clone(), (reading, read, contents));
            return Ok(());
        };
        match decide(Some(*before), reading) {
            Decision::Correction => {
                let id = &read.interaction_id;
                assert!(contents.insert(read.content_hash), "{id} went back to what it said before: {read:?}");
                if is_over(last.status) && (!is_over(read.status) || told_end(last) < told_end(&read)) {
                    went_on.insert(id.clone());
                }
                (*before, *last) = (reading, read);
            }
            Decision::Confirmation => *before = reading,
            _ => {}
        }
        Ok(())
    })
    .unwrap();
    let rules = start::scene(&settings.worker, &settings.processors[0]).setup.rules;
    let everything = OwnedRange::EVERYTHING;
    let (keys, values) = (Codec::<LegKey>::default(), Codec::<Leg>::default());
    let (mut standing, mut merged) = (BTreeMap::<String, BTreeMap<LegKey, Leg>>::new(), Merged::default());
    rows::each(log, topic::LEGS, |key, value| {
        let (key, leg) = (keys.read_framed(key)?, value.map(|value| values.read_framed(value)).transpose()?);
        let Some(leg) = leg.filter(|leg| went_on.contains(&leg.interaction_id)) else { return Ok(()) };
        let legs = standing.entry(leg.interaction_id.clone()).or_default();
        legs.insert(key, leg);
        let legs: Vec<Leg> = legs.values().cloned().collect();
        merged.replace(&[], &legs, &rules, everything);
        Ok(())
    })
    .unwrap();
    merged.take(&rules, everything).into_iter().map(|(key, _)| key).collect()
}

/// The end as it is told; by a dialect that tells of none, the instant up to which its durations reach.
fn told_end(read: &Interaction) -> Option<InstantMs> {
    let reach = |leg: &InteractionLeg| {
        let parts = [leg.talk_ms, leg.hold_ms, leg.wrap_ms].into_iter().flatten().sum::<DurationMs>();
        leg.start.map(|start| start + leg.wait_ms.unwrap_or(0) + parts.max(leg.reported_handle_ms.unwrap_or(0)))
    };
    read.end.or_else(|| read.legs.iter().filter_map(reach).max())
}
