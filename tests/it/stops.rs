//! Edge: a run that is stopped, or whose broker goes away, loses nothing and goes on where it was.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::support::broker::OwnBroker;
use crate::support::process::Process;
use crate::support::scene::{Ended, LIMIT, STOP_LIMIT, Scene};

/// So few requests a second that a day of half-hour slices takes ten seconds.
const SLOW: &str = "6";
/// Longer than a broker keeps a transaction open, or a place in a group, and than a client waits for a delivery.
const FROZEN: Duration = Duration::from_secs(13);
/// Far more lines than a run has that is interrupted once.
const LINES_MAX: usize = 100;

#[test]
fn a_run_without_a_broker_waits_and_starts_working_once_there_is_one() {
    let broker = OwnBroker::start();
    let mut scene = Scene::at(&broker.bootstrap_servers(), "broker-late");
    let platform = scene.platform("");
    broker.kill();
    let mut run = scene.start("run", &["--exit-when-complete"]);
    let line = run.wait_for_line("waiting for a broker", LIMIT);
    assert!(line.contains(&broker.bootstrap_servers()), "{line}");
    broker.start_again();
    run.wait_for_line("broker is there; going on", LIMIT);
    let ended = Ended::of(run);
    ended.assert_status(0);
    let lines = ended.stderr.lines().count();
    assert!(lines < LINES_MAX, "{lines} lines");
    scene.assert_rows_are_true(&platform);
}

#[test]
fn a_broker_that_goes_away_while_data_flows_interrupts_and_loses_nothing() {
    let broker = OwnBroker::start();
    let mut scene = Scene::at(&broker.bootstrap_servers(), "broker-away");
    let platform = scene.platform("");
    scene.source("quota.requests.per.second", SLOW);
    let mut run = scene.start("run", &["--exit-when-complete"]);
    run.wait_for_line("source begins", LIMIT);
    scene.wait_for_records("interactions", 50);
    broker.kill();
    run.wait_for_line("publication failed, claiming again", LIMIT);
    broker.start_again();
    // The source's transaction is still open there: a claim waits until the broker has timed it out.
    let ended = Ended::within(run, LIMIT * 2);
    ended.assert_said(0, &["Connection refused"]);
    // One cause, told by every client at every try, is no help.
    let lines = ended.stderr.lines().count();
    assert!(lines < LINES_MAX, "{lines} lines");
    scene.assert_rows_are_true(&platform);
}

#[test]
fn a_broker_that_stands_still_while_data_flows_holds_nothing_up_for_ever() {
    let broker = OwnBroker::start();
    let mut scene = Scene::at(&broker.bootstrap_servers(), "broker-frozen");
    // So many that every task has requests on their way when the broker stops answering.
    let platform = scene.platform_of("2026-01-02T00:00:00Z", "20000", "");
    scene.source("quota.requests.per.second", SLOW);
    let mut run = scene.start("run", &["--exit-when-complete", "--log", "handletime=debug"]);
    run.wait_for_line("source begins", LIMIT);
    for enough in [2_000, 8_000, 14_000] {
        scene.wait_for_records("interactions", enough);
        broker.freeze();
        std::thread::sleep(FROZEN);
        broker.thaw();
    }
    Ended::within(run, LIMIT * 2).assert_status(0);
    scene.assert_rows_are_true(&platform);
}

#[test]
fn an_interrupted_or_terminated_run_ends_in_order_and_the_next_one_completes_it() {
    let mut scene = Scene::new("stopped");
    let platform = scene.platform("");
    scene.source("quota.requests.per.second", SLOW);
    let all = 300;
    for (send, arguments, enough) in [
        (Process::interrupt as fn(&mut Process), &["--exit-when-complete"] as &[&str], 40),
        (Process::terminate, &[], 120),
    ] {
        let mut run = scene.start("run", arguments);
        run.wait_for_line("source begins", LIMIT);
        scene.wait_for_records("interactions", enough);
        send(&mut run);
        let ended = Ended::of(run);
        ended.assert_said(0, &["stop asked for; draining"]);
        assert!(ended.took < STOP_LIMIT, "the stop took {:?}", ended.took);
        let read = scene.records("interactions").len();
        assert!(read < all, "{read} interactions were read before the stop: it shows nothing");
    }
    scene.source("quota.requests.per.second", "200");
    scene.run_to_completion().assert_status(0);
    scene.assert_rows_are_true(&platform);
}

#[test]
fn a_stop_ends_the_waiting_for_a_broker() {
    let mut scene = Scene::at("127.0.0.1:1", "stopped-waiting");
    let _platform = scene.platform("");
    let mut run = scene.start("run", &[]);
    run.wait_for_line("waiting for a broker", LIMIT);
    // In the middle of the next look for one.
    std::thread::sleep(Duration::from_secs(3));
    let begun = Instant::now();
    run.terminate();
    Ended::of(run).assert_status(0);
    assert!(begun.elapsed() < STOP_LIMIT, "the stop took {:?}", begun.elapsed());
}

/// Commits these offsets for a group that nobody is in, as somebody would by hand.
fn commit_by_hand(scene: &Scene, group: &str, topic: &str, offsets: &[(i32, i64)]) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &scene.bootstrap_servers).set("group.id", scene.topic(group));
    let consumer: BaseConsumer = config.create().unwrap();
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(&scene.topic(topic), *partition, Offset::Offset(*offset)).unwrap();
    }
    consumer.assign(&list).unwrap();
    // A group whose member was killed takes nothing from others until its session has ended.
    let begun = Instant::now();
    while let Err(error) = consumer.commit(&list, CommitMode::Sync) {
        assert!(begun.elapsed() < LIMIT, "{error}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn group_offsets_that_were_altered_by_hand_are_corrected_and_nothing_is_counted_twice() {
    let mut scene = Scene::new("altered");
    scene.source("quota.requests.per.second", "5");
    scene.source("extract.slice.ms", "900000");
    let platform = scene.platform("");
    let mut first = scene.start("run", &["--exit-when-complete"]);
    first.wait_for_line("source begins", LIMIT);
    scene.wait_for_records("legs", 100);
    first.kill();
    // Back to the beginning, and beyond the end.
    commit_by_hand(&scene, "default.legs", "interactions", &[(0, 0), (1, 1_000_000)]);
    commit_by_hand(&scene, "default.intervals", "contributions", &[(0, 1_000_000), (1, 0)]);
    let ended = scene.run_to_completion();
    ended.assert_status(0);
    assert!(ended.stderr.contains("group offset corrected"), "{}", ended.stderr);
    scene.assert_rows_are_true(&platform);
}
