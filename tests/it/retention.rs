//! Edge: what retention, or a crash in the very first transaction, leaves behind: what is no loss goes on, what is one is
//! refused.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::util::Timeout;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::support::blocking::wait_for;
use crate::support::scene::{LIMIT, Scene, quoted};
use crate::support::topics;

const PARTITIONS: i32 = 2;

/// Deletes every record of topics, as retention would, commit markers included.
fn empty(scene: &Scene, names: &[&str]) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &scene.bootstrap_servers).create().unwrap();
    let mut list = TopicPartitionList::new();
    for name in names {
        for partition in 0..PARTITIONS {
            list.add_partition_offset(&scene.topic(name), partition, Offset::End).unwrap();
        }
    }
    wait_for(admin.delete_records(&list, &AdminOptions::new())).unwrap();
}

fn scene(test: &str) -> Scene {
    let mut scene = Scene::new(test);
    scene.worker("topics.partitions", &PARTITIONS.to_string());
    scene
}

#[test]
fn input_that_was_read_to_its_end_may_be_deleted_while_nobody_runs() {
    let mut scene = scene("emptied-input");
    let platform = scene.platform("");
    scene.run_to_completion().assert_status(0);
    empty(&scene, &["interactions", "contributions"]);
    scene.run_to_completion().assert_status(0);
    scene.assert_rows_are_true(&platform);
}

#[test]
fn a_source_goes_on_where_retention_has_emptied_the_partitions() {
    let mut scene = scene("emptied-between");
    let platform = scene.platform_of("2026-01-03T00:00:00Z", "300", "");
    scene.source("extract.end", &quoted("2026-01-02T00:00:00Z"));
    scene.run_to_completion().assert_status(0);
    empty(&scene, &["interactions", "contributions", "watermarks"]);
    scene.source("extract.end", &quoted("2026-01-03T00:00:00Z"));
    scene.run_to_completion().assert_status(0);
    scene.assert_rows_are_true(&platform);
}

#[test]
fn legs_that_were_deleted_while_they_were_needed_are_refused_and_nothing_is_counted() {
    let mut scene = scene("emptied-legs");
    let _platform = scene.platform("");
    scene.run_to_completion().assert_status(0);
    empty(&scene, &["legs"]);
    let (legs, rows) = (scene.topic("legs"), scene.records("kpi.queue.pt30m").len());
    scene.run_to_completion().assert_said(1, &[&legs, "begins at offset", "are lost"]);
    assert_eq!(scene.records("kpi.queue.pt30m").len(), rows);
}

#[test]
fn contributions_are_purged_once_they_are_in_committed_rows() {
    let mut scene = scene("purged");
    let _platform = scene.platform("");
    let mut run = scene.start("run", &[]);
    run.wait_for_line("source begins", LIMIT);
    scene.wait_for_records("kpi.queue.pt30m", 50);
    let contributions = scene.topic("contributions");
    let begun = Instant::now();
    while topics::begins(&scene.bootstrap_servers, &contributions).contains(&0) {
        // Each half minute.
        assert!(begun.elapsed() < Duration::from_secs(90), "nothing is purged");
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn an_aborted_first_transaction_is_no_output() {
    let mut scene = scene("aborted-first");
    let platform = scene.platform("");
    let legs = scene.topic("legs");
    topics::create(&scene.bootstrap_servers, &legs, PARTITIONS, &[("cleanup.policy", "compact,delete")]);
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", &scene.bootstrap_servers)
        .set("transactional.id", format!("{legs}.by-hand"))
        .create()
        .unwrap();
    let limit = Timeout::After(Duration::from_secs(30));
    producer.init_transactions(limit).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&legs).partition(0).key("half").payload("done")).unwrap();
    producer.flush(limit).unwrap();
    producer.abort_transaction(limit).unwrap();
    scene.run_to_completion().assert_status(0);
    scene.assert_rows_are_true(&platform);
}
