//! Tests of a source whose extraction is split, against the simulated platform and the in-process log. Edge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use super::progress::SourceSnapshot;
use super::task::{SourceReport, SourceTask};
use crate::avro::Codec;
use crate::config::typed::SourceConfig;
use crate::domain::interaction::Interaction;
use crate::domain::media::{Dialect, MediaType};
use crate::domain::selection::{Dimension, Group, Selection};
use crate::domain::time::{HOUR_MS, InstantMs, parse_instant};
use crate::domain::watermark::Watermark;
use crate::embedded::log::Log;
use crate::embedded::publisher::EmbeddedPublisher;
use crate::genesys::fixture::{Reaction, Server, ok};
use crate::genesys::quota::Backoff;
use crate::publish::encode::SourcePartition;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::centre;
use crate::simulate::conversation::shape::Shape;
use crate::simulate::conversation::world::ConversationWorld;
use crate::simulate::row::id_text;
use crate::simulate::server::{History, Simulator, SimulatorOptions, serve};
use crate::simulate::world::World;
use crate::topology::plan::Plans;
use crate::topology::record::topic;

const FROM: &str = "2026-01-05T00:00:00Z";
const PARTITIONS: i32 = 2;

/// A simulated platform on a port of its own; it ends when the supervisor is dropped.
async fn simulated(history: History) -> (Supervisor, String) {
    let options = SimulatorOptions { requests_per_second: Some(100_000), ..SimulatorOptions::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (shutdown, simulator) = (Shutdown::default(), Arc::new(Simulator::new(history, options)));
    let mut supervisor = Supervisor::new(shutdown.clone());
    supervisor.start("simulator", async move {
        serve(listener, simulator, shutdown).await.map_err(|error| error.to_string())
    });
    (supervisor, url)
}

/// Settings of a source that reads the first hours of the day at `url`, split by these media and the rest.
async fn config(url: &str, dialect: Dialect, media: &[&str], hours: i64) -> SourceConfig {
    let from = parse_instant(FROM).unwrap();
    let groups = media.iter().map(|word| Group::new(Dimension::Media, [(*word).to_owned()])).collect();
    SourceConfig {
        api_url: url.parse().unwrap(),
        login_url: url.parse().unwrap(),
        client_id: "demo-client".to_owned(),
        client_secret: crate::config::secret::Secret::new("demo-secret".to_owned()),
        dialect,
        http_read_timeout: Duration::from_secs(10),
        http_body_bytes_max: 1 << 25,
        extract_start: from,
        extract_end: Some(from + hours * HOUR_MS),
        page_size: if dialect == Dialect::ConversationDetails { 100 } else { 1_000 },
        revisit_ms: Vec::new(),
        quota_requests_per_second: 10_000.0,
        partitions: Selection::split(groups, &["chat", "email"]),
        ..Server::start(|_| ok("")).await.config()
    }
}

fn tasks(config: &SourceConfig, log: &Log) -> Vec<SourceTask> {
    let tasks = SourceTask::all_of(config, |name, _| {
        let of = SourcePartition {
            pipeline: config.pipeline.clone(),
            org_id: config.org_id.clone(),
            source_partition: name.to_owned(),
            connector: config.name.clone(),
        };
        Box::new(EmbeddedPublisher::new(log.clone(), of))
    });
    tasks.unwrap().into_iter().map(|task| task.with_backoff(Backoff { first_ms: 2, most_ms: 20 })).collect()
}

/// Runs all tasks of the source until `done` says so; where each stood then.
async fn run(config: &SourceConfig, log: &Log, done: impl Fn(&[SourceSnapshot]) -> bool) -> Vec<SourceSnapshot> {
    let tasks = tasks(config, log);
    let (progress, shutdown): (Vec<_>, _) = (tasks.iter().map(SourceTask::progress).collect(), Shutdown::default());
    let watch = async {
        let began = Instant::now();
        loop {
            let at: Vec<SourceSnapshot> = progress.iter().map(|one| one.snapshot()).collect();
            if done(&at) {
                shutdown.trigger();
                return at;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{at:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let running = futures::future::join_all(tasks.into_iter().map(|task| task.run(shutdown.clone())));
    let (at, reports) = tokio::join!(watch, running);
    assert!(reports.iter().all(|report| matches!(report, Ok(SourceReport::Stopped))), "{reports:?}");
    at
}

fn complete(at: &[SourceSnapshot]) -> bool {
    at.iter().all(|one| one.complete)
}

/// Everything published, in the order of each partition.
fn published(log: &Log) -> Vec<Interaction> {
    let codec = Codec::<Interaction>::default();
    let all = (0..PARTITIONS).flat_map(|partition| log.read(topic::INTERACTIONS, partition, 0, usize::MAX));
    all.map(|record| codec.read_framed(record.value.as_deref().unwrap()).unwrap()).collect()
}

fn watermarks(log: &Log) -> Vec<Watermark> {
    let codec = Codec::<Watermark>::default();
    let all = log.read(topic::WATERMARKS, 0, 0, usize::MAX);
    all.iter().map(|record| codec.read_framed(record.value.as_deref().unwrap()).unwrap()).collect()
}

/// What a legs task that has read all of its partition makes of the watermarks so far.
fn passed(log: &Log) -> Option<(InstantMs, bool)> {
    let mut plans = Plans::default();
    for (offset, watermark) in (0..).zip(watermarks(log)) {
        plans.take(offset, watermark);
    }
    plans.advance(0, i64::MAX);
    plans.org("acme").map(|plan| (plan.completeness.watermark, plan.completeness.closed))
}

fn ids(published: &[Interaction]) -> Vec<String> {
    let mut ids: Vec<String> = published.iter().map(|read| read.interaction_id.clone()).collect();
    ids.sort_unstable();
    ids
}

/// Rows of the dialect `interaction-details`, media among them that no one named.
fn rows() -> Arc<World> {
    Arc::new(World::exactly(7, parse_instant(FROM).unwrap(), 1, 3_000).unwrap())
}

fn ids_of(world: &World) -> Vec<String> {
    let mut ids: Vec<String> = world.rows(world.range(), None).map(|row| id_text(row.id)).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn three_tasks_publish_every_row_once_between_them() {
    let world = rows();
    let (_platform, url) = simulated(History::Rows(Arc::clone(&world))).await;
    let log = Log::new(PARTITIONS, PARTITIONS);
    let config = config(&url, Dialect::InteractionDetails, &["voice", "chat"], 24).await;
    let at = run(&config, &log, complete).await;
    let all = published(&log);
    assert_eq!(ids(&all), ids_of(&world));
    let of_medium = |medium| all.iter().filter(|read| read.legs[0].media_type == medium).count() as u64;
    let (voice, chat) = (of_medium(MediaType::Voice), of_medium(MediaType::Chat));
    assert_eq!([at[0].rows, at[1].rows, at[2].rows], [voice, chat, 3_000 - voice - chat]);
    let reported: BTreeSet<&str> = all.iter().filter_map(|read| read.legs[0].media_reported.as_deref()).collect();
    // Of no group, and not even among the values that are usual.
    assert!(reported.contains("cobrowse") && reported.contains("transfer"), "{reported:?}");
    assert!(watermarks(&log).iter().all(|one| (one.plan_size, one.plan_generation) == (3, 1)));
    assert_eq!(passed(&log), Some((config.extract_end.unwrap(), true)));
    // One login and one reading of each list of names, whoever was first.
    assert_eq!(at.iter().map(|one| one.rate_limited + one.slices_failed).sum::<u64>(), 0);
}

#[tokio::test]
async fn whole_conversations_are_split_in_each_of_their_dialects() {
    let from = parse_instant(FROM).unwrap();
    for (dialect, shape) in [
        (Dialect::InteractionEvents, Shape::Events),
        (Dialect::ConversationDetails, Shape::Details),
        (Dialect::ConversationJobs, Shape::Details),
    ] {
        let world = Arc::new(ConversationWorld::exactly(7, from, 1, 1_500).unwrap());
        let expected = world.told(world.range(), None).map(|told| id_text(told.id)).collect::<BTreeSet<_>>();
        let (_platform, url) = simulated(History::Conversations(Arc::clone(&world), shape)).await;
        let log = Log::new(PARTITIONS, PARTITIONS);
        let mut config = config(&url, dialect, &["voice", "chat"], 24).await;
        if dialect == Dialect::InteractionEvents {
            let groups = ["voice", "chat"].map(|word| Group::new(Dimension::Media, [word.to_owned()]));
            config.partitions = Selection::split(groups.into(), &[]);
            config.forward_buffer_ms = 1_800_000;
        }
        if dialect == Dialect::ConversationJobs {
            config.slice_ms = 8 * HOUR_MS;
        }
        let at = run(&config, &log, complete).await;
        let all = ids(&published(&log));
        assert_eq!(all.len(), 1_500, "{dialect:?}");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), expected, "{dialect:?}");
        assert!(at.iter().all(|one| 0 < one.rows && one.held == 0), "{dialect:?} {at:?}");
    }
}

#[tokio::test]
async fn queues_split_an_extraction_too_and_what_has_none_is_the_rests() {
    let world = rows();
    let (_platform, url) = simulated(History::Rows(Arc::clone(&world))).await;
    let log = Log::new(PARTITIONS, PARTITIONS);
    let mut config = config(&url, Dialect::InteractionDetails, &[], 24).await;
    let queues: BTreeMap<&str, usize> = world
        .rows(world.range(), None)
        .filter_map(|row| row.queue.map(|queue| crate::simulate::centre::QUEUES[usize::from(queue)].id))
        .fold(BTreeMap::new(), |mut counts, queue| {
            *counts.entry(queue).or_default() += 1;
            counts
        });
    let (busiest, count) = queues.iter().max_by_key(|(_, count)| **count).unwrap();
    config.partitions = Selection::split(vec![Group::new(Dimension::Queue, [(*busiest).to_owned()])], &[]);
    let at = run(&config, &log, complete).await;
    assert_eq!(ids(&published(&log)), ids_of(&world));
    assert_eq!([at[0].rows, at[1].rows], [*count as u64, 3_000 - *count as u64]);
}

#[tokio::test]
async fn report_queries_are_split_by_media_or_queues_and_the_rest_leaves_out_what_others_read() {
    let world = rows();
    let (_platform, url) = simulated(History::Reports(Arc::clone(&world))).await;
    let of_queue = |id: &str| {
        let is_of = |queue: Option<u8>| queue.is_some_and(|queue| centre::QUEUES[usize::from(queue)].id == id);
        world.rows(world.range(), None).filter(|row| is_of(row.queue)).count() as u64
    };
    let of_voice = world.rows(world.range(), None).filter(|row| row.kind.word() == "voice").count() as u64;
    let queue = centre::QUEUES[0].id;
    for (dimension, value, count) in [(Dimension::Media, "voice", of_voice), (Dimension::Queue, queue, of_queue(queue))]
    {
        let log = Log::new(PARTITIONS, PARTITIONS);
        let mut config = config(&url, Dialect::ReportQueries, &[], 24).await;
        config.partitions = Selection::split(vec![Group::new(dimension, [value.to_owned()])], &[]);
        config.slice_ms = 8 * HOUR_MS;
        let at = run(&config, &log, complete).await;
        assert_eq!(ids(&published(&log)), ids_of(&world), "{dimension:?}");
        assert!(0 < count && count < 3_000, "{dimension:?} {count}");
        assert_eq!([at[0].rows, at[1].rows], [count, 3_000 - count], "{dimension:?}");
    }
}

#[tokio::test]
async fn another_split_goes_on_where_the_one_before_it_stood() {
    let world = rows();
    let (_platform, url) = simulated(History::Rows(Arc::clone(&world))).await;
    let log = Log::new(PARTITIONS, PARTITIONS);
    let splits: [(&[&str], i64); 4] = [(&[], 8), (&["voice", "chat"], 14), (&["voice"], 20), (&[], 24)];
    for (media, hours) in splits {
        let config = config(&url, Dialect::InteractionDetails, media, hours).await;
        run(&config, &log, complete).await;
        assert_eq!(passed(&log), Some((config.extract_end.unwrap(), true)));
    }
    assert_eq!(ids(&published(&log)), ids_of(&world), "nothing skipped, and nothing read twice");
    let plans: BTreeSet<(i64, i32)> = watermarks(&log).iter().map(|one| (one.plan_generation, one.plan_size)).collect();
    assert_eq!(plans, BTreeSet::from([(1, 1), (2, 3), (3, 2), (4, 1)]));
    assert!(watermarks(&log).iter().all(|one| config_start() <= one.watermark));
}

fn config_start() -> InstantMs {
    parse_instant(FROM).unwrap()
}

#[tokio::test]
async fn one_task_that_is_stuck_holds_back_what_is_complete_but_not_what_others_read() {
    let server = Server::start(|body| {
        if body.contains(r#""value":["voice"]"#) {
            return Reaction::Status(500, None, "{}".to_owned());
        }
        ok(r#"{"data": [], "total": 0}"#)
    })
    .await;
    let log = Log::new(PARTITIONS, PARTITIONS);
    let mut config = server.config();
    config.retries_max = 1_000_000;
    config.revisit_ms = Vec::new();
    let groups = ["voice", "chat"].map(|word| Group::new(Dimension::Media, [word.to_owned()]));
    config.partitions = Selection::split(groups.into(), &["email"]);
    let at = run(&config, &log, |at| at[1].complete && at[2].complete && 5 < at[0].retries).await;
    assert!(!at[0].complete && at[0].cursor == 0, "{at:?}");
    assert_eq!(passed(&log), Some((0, false)));
    let furthest = watermarks(&log).iter().map(|one| one.watermark).max();
    assert_eq!(furthest, config.extract_end);
}
