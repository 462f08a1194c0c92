//! Edge: workers of a group on a real broker: connectors made by REST, shared out, lost and taken over.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::scene::{LIMIT, Scene, Worker};

/// The session timeout of the group, and what may pass after it until everything runs again.
const SPREAD_WITHIN: Duration = Duration::from_secs(10 + 10);

/// States of all tasks of the two connectors and who has them; `None` unless everything is RUNNING and there are as many
/// tasks as there should be.
fn owners(asked: &Worker, tasks: usize) -> Option<Vec<String>> {
    let (_, all) = asked.ask("GET", "/connectors?expand=status", None);
    let mut owners = Vec::new();
    for name in ["genesys", "kpi"] {
        let status = &all[name]["status"];
        if status["connector"]["state"] != "RUNNING" {
            return None;
        }
        for task in status["tasks"].as_array()? {
            if task["state"] != "RUNNING" {
                return None;
            }
            owners.push(task["worker_id"].as_str()?.to_owned());
        }
    }
    (owners.len() == tasks).then_some(owners)
}

/// Waits until all tasks run on exactly these workers, and says how long that took.
fn wait_until_spread(over: &[&Worker], tasks: usize, limit: Duration) -> Duration {
    let expected: BTreeSet<&str> = over.iter().map(|worker| worker.id()).collect();
    let begun = Instant::now();
    loop {
        let seen = owners(over[0], tasks);
        if let Some(seen) = &seen
            && seen.iter().map(String::as_str).collect::<BTreeSet<_>>() == expected
        {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < limit, "after {limit:?}: {seen:?}, expected on {expected:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn create(worker: &Worker, name: &str, config: &Value) {
    let (status, body) = worker.ask("POST", "/connectors", Some(&json!({ "name": name, "config": config })));
    assert_eq!(status, 201, "{body}");
}

#[test]
fn tasks_of_killed_workers_run_elsewhere_and_the_numbers_are_true() {
    let mut scene = Scene::new("workers");
    scene.worker("topics.partitions", "4");
    scene.processor("tasks.max", "4");
    // Slow enough that workers come and go while data flows.
    scene.source("quota.requests.per.second", "2");
    scene.source("extract.slice.ms", "900000");
    let platform = scene.platform("");
    let (first, second, third) = (scene.start_worker("w1"), scene.start_worker("w2"), scene.start_worker("w3"));
    let [source, processor] = scene.configs();
    create(&first, "genesys", &source);
    create(&second, "kpi", &processor);
    // Five tasks: one of the source, four of the processor.
    let spread = wait_until_spread(&[&third, &first, &second], 5, LIMIT);
    scene.wait_for_records("legs", 30);
    let mut first = first;
    first.process.kill();
    let after_one = wait_until_spread(&[&second, &third], 5, SPREAD_WITHIN);
    scene.wait_for_records("legs", 60);
    let mut second = second;
    second.process.kill();
    let after_two = wait_until_spread(&[&third], 5, SPREAD_WITHIN);
    let fourth = scene.start_worker("w4");
    let after_four = wait_until_spread(&[&fourth, &third], 5, SPREAD_WITHIN);
    println!(
        "spread after {spread:?}, {after_one:?} and {after_two:?} after a kill, {after_four:?} with another worker"
    );
    let begun = Instant::now();
    while !scene.rows_are_true(&platform) {
        assert!(begun.elapsed() < LIMIT, "rows are not true: {:?}", owners(&fourth, 5));
        std::thread::sleep(Duration::from_millis(500));
    }
    scene.assert_rows_are_true(&platform);
    for mut worker in [third, fourth] {
        worker.process.terminate();
        assert_eq!(worker.process.wait(Duration::from_secs(15)).code(), Some(0), "{}", worker.process.stderr());
    }
}

#[test]
fn a_stopped_source_begins_anew_when_its_offsets_are_reset_and_nothing_is_counted_twice() {
    let mut scene = Scene::new("reset");
    let platform = scene.platform("");
    let worker = scene.start_worker("w");
    let [source, processor] = scene.configs();
    create(&worker, "genesys", &source);
    create(&worker, "kpi", &processor);
    let wait_until_true = || {
        let begun = Instant::now();
        while !scene.rows_are_true(&platform) {
            assert!(begun.elapsed() < LIMIT, "rows are not true");
            std::thread::sleep(Duration::from_millis(300));
        }
    };
    wait_until_true();
    let read_once = scene.records("interactions").len();
    let (status, refused) = worker.ask("DELETE", "/connectors/genesys/offsets", None);
    assert!(
        status == 400 && refused["message"].as_str().unwrap().contains("must be in the STOPPED state"),
        "{refused}"
    );
    assert_eq!(worker.ask("PUT", "/connectors/genesys/stop", None).0, 204);
    let begun = Instant::now();
    while worker.ask("GET", "/connectors/genesys/status", None).1["connector"]["state"] != "STOPPED" {
        assert!(begun.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(100));
    }
    let (status, reset) = worker.ask("DELETE", "/connectors/genesys/offsets", None);
    assert_eq!(
        (status, &reset["message"]),
        (200, &json!("The offsets for this connector have been reset successfully"))
    );
    assert_eq!(worker.ask("GET", "/connectors/genesys/offsets", None).1, json!({ "offsets": [] }));
    let (status, refused) = worker.ask("DELETE", "/connectors/kpi/offsets", None);
    assert!(status == 400, "{refused}");
    assert_eq!(worker.ask("PUT", "/connectors/genesys/resume", None).0, 202);
    let begun = Instant::now();
    while scene.records("interactions").len() < 2 * read_once {
        assert!(begun.elapsed() < LIMIT, "it was not read again");
        std::thread::sleep(Duration::from_millis(300));
    }
    wait_until_true();
    scene.assert_rows_are_true(&platform);
}
