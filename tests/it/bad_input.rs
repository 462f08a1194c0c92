//! Edge: input that cannot be counted goes to `dead-letters` with its reason, and all the rest goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::support::scene::Scene;
use crate::support::topics::{self, RawRecord};

/// A header's value as text.
fn header(record: &RawRecord, name: &str) -> String {
    let found = record.headers.iter().find(|(known, _)| known == name);
    let (_, value) = found.unwrap_or_else(|| panic!("no header {name}: {record:?}"));
    String::from_utf8(value.clone()).unwrap()
}

#[test]
fn rows_that_cannot_be_read_go_to_dead_letters_and_the_rest_is_counted() {
    let row = |id: &str, at: &str, rest: &str| {
        format!("[[row]]\nat = \"2026-01-01T{at}Z\"\njson = '{{\"id\": \"{id}\", {rest}}}'\n")
    };
    let start = "\"type\": \"voice\", \"status\": \"completed\", \"startTimestamp\": \"2026-01-01T10:00:00.000Z\"";
    let script = [
        row("odd-time", "09:00:00", "\"type\": \"voice\", \"startTimestamp\": \"the day before\""),
        row("odd-negative", "10:00:00", &format!("{start}, \"talkDuration\": -5")),
        row("odd-type", "10:00:00", &format!("{start}, \"talkDuration\": \"long\"")),
    ];
    let mut scene = Scene::new("malformed");
    let platform = scene.platform(&script.concat());
    let ended = scene.run_to_completion();
    ended.assert_status(4);

    let letters = scene.records("dead-letters");
    let mut rules = BTreeMap::new();
    for letter in &letters {
        let json: serde_json::Value = serde_json::from_slice(letter.value.as_ref().unwrap()).unwrap();
        let id = json["id"].as_str().unwrap().to_owned();
        rules.insert(id, header(letter, "handletime.rule"));
        assert_eq!(header(letter, "handletime.reason"), "malformed");
        assert_eq!(header(letter, "__connect.errors.connector.name"), "genesys");
        assert_eq!(header(letter, "__connect.errors.stage"), "TASK_POLL");
        assert_eq!(header(letter, "__connect.errors.exception.message"), header(letter, "handletime.rule"));
    }
    let expected = [
        ("odd-negative", "talkDuration is not negative"),
        ("odd-time", "startTimestamp is an ISO-8601 instant with its zone"),
        ("odd-type", "talkDuration is a number"),
    ];
    assert_eq!(rules, expected.map(|(id, rule)| (id.to_owned(), rule.to_owned())).into());
    assert!(ended.stdout.contains(&format!("dead letters: {} malformed", letters.len())), "{}", ended.stdout);
    scene.assert_rows_are_true(&platform);
    // Started again, it finds all complete, and the dead letters still there.
    scene.run_to_completion().assert_status(4);
    assert_eq!(scene.records("dead-letters"), letters);
}

#[test]
fn a_slice_that_always_fails_is_a_dead_letter_and_its_rows_are_held() {
    let mut scene = Scene::new("slice-failed");
    scene.source("extract.slice.ms", "7200000");
    scene.source("extract.retries.max", "2");
    // One reading only: a later one that works would lift the hold.
    scene.source("extract.revisit.ms", "\"\"");
    let platform = scene.platform("[[rule]]\nstatus = 503\nafter_request = 4\ntimes = 2\n");
    let ended = scene.run_to_completion();
    ended.assert_said(3, &["slice given up"]);
    assert!(ended.stdout.contains("dead letters: 1 slice_failed"), "{}", ended.stdout);
    let letters = scene.records("dead-letters");
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(header(&letters[0], "handletime.reason"), "slice_failed");
    assert_eq!(header(&letters[0], "__connect.errors.connector.name"), "genesys");
    assert!(header(&letters[0], "handletime.rule").contains("503"), "{:?}", letters[0]);

    // The fifth slice: from 08:00 to 10:00.
    let start_ms = 1_767_225_600_000_i64;
    let failed = start_ms + 4 * 7_200_000..start_ms + 5 * 7_200_000;
    let truth = platform.truth("kpi.queue.pt30m");
    let rows = scene.rows("kpi.queue.pt30m");
    let instant = |row: &serde_json::Value| row["interval_start"].as_i64().unwrap();
    let outside = |row: &&serde_json::Value| !failed.contains(&instant(row));
    for row in &rows {
        assert!(row["held"] == false || !outside(&row), "held outside the failed slice: {row}");
        assert!(row["held"] == true || outside(&row), "not held within the failed slice: {row}");
    }
    let handled = |rows: &[serde_json::Value]| -> i64 {
        rows.iter().filter(outside).map(|row| row["handled"].as_i64().unwrap()).sum()
    };
    assert_eq!(handled(&rows), handled(&truth), "what is outside the failed slice is counted");
    // The day holds the failed slice.
    assert!(scene.rows("kpi.queue.p1d").iter().all(|row| row["held"] == true && row["result"] == "PROVISIONAL"));
    scene.run_to_completion().assert_status(3);
}

#[test]
fn records_that_are_no_interactions_go_to_dead_letters_and_the_rest_is_counted() {
    let mut scene = Scene::new("unreadable");
    let platform = scene.platform("");
    let topic = scene.topic("interactions");
    topics::create(&scene.bootstrap_servers, &topic, 2, &[("cleanup.policy", "delete")]);
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", &scene.bootstrap_servers).create().unwrap();
    let garbage: [&[u8]; 4] = [b"no interaction", b"", &[0xC3, 0x01, 0, 0, 0, 0, 0, 0, 0, 0], &[0xFF; 5_000]];
    for (partition, value) in [(0, garbage[0]), (1, garbage[1]), (0, garbage[2]), (1, garbage[3])] {
        producer.send(BaseRecord::to(&topic).partition(partition).key("by hand").payload(value)).unwrap();
    }
    producer.flush(Duration::from_secs(20)).unwrap();

    let ended = scene.run_to_completion();
    ended.assert_status(4);
    assert!(ended.stdout.contains("dead letters: 4 unreadable"), "{}", ended.stdout);
    let letters = scene.records("dead-letters");
    let values: Vec<&[u8]> = letters.iter().map(|letter| letter.value.as_deref().unwrap()).collect();
    assert!(garbage.iter().all(|value| values.contains(value)), "{values:?}");
    for letter in &letters {
        assert_eq!(letter.key.as_deref(), Some(b"by hand" as &[u8]));
        assert_eq!(header(letter, "handletime.reason"), "unreadable");
        assert!(!header(letter, "handletime.rule").is_empty());
        assert_eq!(header(letter, "__connect.errors.connector.name"), "kpi");
        assert!(header(letter, "__connect.errors.topic").ends_with("interactions"));
        assert!(["0", "1"].contains(&header(letter, "__connect.errors.offset").as_str()));
    }
    scene.assert_rows_are_true(&platform);
}
