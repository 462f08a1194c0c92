//! Edge: what a process tells of itself, beside what stands in its topics once all is done.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use handletime::command::loaded::loaded;
use handletime::command::pipeline::{self, Running, STOP};
use handletime::runtime::shutdown::Shutdown;
use handletime::runtime::supervisor::Supervisor;
use handletime::status::metrics::text;
use handletime::status::vitals::Vitals;

use crate::support::blocking::wait_for;
use crate::support::scene::{LIMIT, Scene, quoted};

/// Longest that a look may take, on a machine that does other things meanwhile.
const LOOK_LIMIT: Duration = Duration::from_millis(50);

#[test]
fn the_numbers_of_a_process_agree_with_its_topics() {
    let mut scene = Scene::new("numbers");
    let _platform = scene.platform("");
    // The process is this one, whose environment other tests share.
    scene.source("genesys.client.id", &quoted("demo-client"));
    scene.source("genesys.client.secret", &quoted("demo-secret"));
    let vitals = run_here(&scene.write_settings());

    let [source] = vitals.sources.as_slice() else { unreachable!("{vitals:#?}") };
    let published = scene.records("interactions").len() as u64;
    assert_eq!((source.interactions, source.complete), (published, true));
    assert_eq!((source.slices["running"], source.slices["retrying"], source.slices["failed"]), (0, 0, 0));
    assert!(0 < source.slices["done"] && source.slices["done"] <= source.pages, "{source:#?}");
    assert!(source.pages < source.requests && 0 < source.body_bytes && source.failures.is_empty(), "{source:#?}");
    assert!(source.last_event_at.is_some() && source.last_slice_at.is_some() && source.held.is_empty());
    assert!(source.token_refreshed_at < source.token_expires_at && source.clock_offset_ms.is_some(), "{source:#?}");
    assert!(0.0 < source.tokens_left.unwrap(), "nothing is asked for any more");

    let [processor] = vitals.processors.as_slice() else { unreachable!("{vitals:#?}") };
    assert_eq!(processor.tasks.len(), 4);
    let of_room =
        |room: &str| -> u64 { processor.tasks.iter().filter(|task| task.room == room).map(|task| task.records).sum() };
    assert_eq!(of_room("legs"), published);
    // Contributions are purged, and watermarks are passed on beside them.
    assert!(0 < of_room("intervals"));
    for task in &processor.tasks {
        assert_eq!((task.lag_records, task.lag_ms), (Some(0), Some(0)), "{task:#?}");
        assert_eq!((task.restoring, task.watermark), (None, Some(source.watermark)), "{task:#?}");
        assert!(0 < task.committed, "{task:#?}");
    }
    let transactions: u64 = processor.tasks.iter().map(|task| task.committed).sum();
    assert_eq!(processor.commit_latency.count, transactions);
    assert!(0.0 < processor.commit_latency.sum_s);
    let decided: u64 = processor.decisions.values().sum();
    let letters: u64 = processor.dead_letters.values().sum();
    assert!(decided <= published + letters && published <= decided + letters, "{processor:#?}");

    // Every record of the rows' topics is a row that was written; one a topic and revision.
    let names = scene.topic_names();
    let topics = names.iter().filter(|name| name.starts_with("kpi."));
    let written: u64 = topics.map(|topic| scene.records(topic).len() as u64).sum();
    assert_eq!(processor.rows.values().sum::<u64>(), written, "{:?}", processor.rows);
    assert!(0 < processor.rows["final"] && 0 < processor.excluded["queue"], "{processor:#?}");

    assert!(4 < vitals.kafka.clients && 0 < vitals.kafka.sent_bytes, "{:#?}", vitals.kafka);
    assert!(vitals.kafka.round_trip_s.is_some_and(|(p50, p99)| 0.0 < p50 && p50 <= p99), "{:#?}", vitals.kafka);
    assert_eq!((vitals.kafka.unconfirmed, vitals.kafka.delivery_errors), (0, 0));
    // `tests/metrics/run` may be given it.
    let scrape = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scrape.prom");
    fs::write(&scrape, text(&vitals)).unwrap();
}

/// Runs the connectors of a file in this process until all is complete, and on until the clients have told of that.
fn run_here(settings: &Path) -> Vitals {
    let settings = loaded(settings).unwrap();
    wait_for(async {
        let shutdown = Shutdown::default();
        let mut supervisor = Supervisor::new(shutdown.clone());
        let running = pipeline::start(&settings, &mut supervisor).await.unwrap().unwrap();
        assert!(running.watch_until_complete(&shutdown).await.unwrap().is_some());
        let vitals = told_of_the_end(&running).await;
        shutdown.trigger();
        supervisor.join(STOP).await.unwrap();
        vitals
    })
}

async fn told_of_the_end(running: &Running) -> Vitals {
    let begun = Instant::now();
    loop {
        let looked = Instant::now();
        let vitals = running.registry().gather();
        assert!(looked.elapsed() < LOOK_LIMIT, "a look took {:?}", looked.elapsed());
        let tasks = vitals.processors.iter().flat_map(|processor| &processor.tasks);
        // The clients tell every five seconds: what was on its way then may have arrived long since.
        let told = vitals.kafka.round_trip_s.is_some() && vitals.kafka.unconfirmed == 0;
        if tasks.clone().all(|task| task.lag_records == Some(0)) && told {
            return vitals;
        }
        assert!(begun.elapsed() < LIMIT, "{:#?}", tasks.collect::<Vec<_>>());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
