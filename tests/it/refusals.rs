//! Edge: what the program refuses to start with, and what it says then: the cause and the way out.

use std::process::Command;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::support::blocking::wait_for;
use crate::support::process::Process;
use crate::support::scene::{Ended, Scene, quoted};
use crate::support::topics;

/// Nothing of these tests is ever sent there.
const NOWHERE: &str = "127.0.0.1:1";

fn admin(scene: &Scene) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", &scene.bootstrap_servers).create().unwrap()
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(Duration::from_secs(20)))
}

#[test]
fn all_wrong_settings_are_named_at_once_and_nothing_is_started() {
    let mut scene = Scene::at(NOWHERE, "wrong-settings");
    scene.worker("topics.partitons", "4");
    scene.source("extract.page.size", "1000000");
    scene.source("extract.start", &quoted("yesterday"));
    scene.processor("kpi.talk.min.ms", &quoted("three"));
    for subcommand in ["run", "check"] {
        let ended = Ended::of(scene.start(subcommand, &[]));
        ended.assert_said(
            2,
            &["topics.partitons", "topics.partitions", "extract.page.size", "extract.start", "kpi.talk.min.ms"],
        );
        assert_eq!(ended.stdout, "", "{subcommand}");
    }
}

#[test]
fn what_this_version_cannot_do_is_refused_by_name() {
    let mut scene = Scene::at(NOWHERE, "not-in-this-version");
    scene.worker("schema.registry.url", &quoted("http://127.0.0.1:8081"));
    for subcommand in ["run", "check"] {
        let ended = Ended::of(scene.start(subcommand, &[]));
        ended.assert_status(2);
        let line = ended.stderr.lines().find(|line| line.contains("schema.registry.url"));
        assert!(line.is_some_and(|line| line.contains("not supported by this version")), "{}", ended.stderr);
    }
}

#[test]
fn a_group_has_workers_and_its_connectors_come_by_rest() {
    let mut scene = Scene::at(NOWHERE, "group");
    scene.worker("group.id", &quoted("workers"));
    Ended::of(scene.start("run", &[])).assert_said(2, &["group.id", "handletime worker"]);
    Ended::of(scene.start("worker", &[]))
        .assert_said(2, &["[connectors.genesys] has no place here", "created by REST"]);
}

#[test]
fn a_wrong_client_secret_ends_with_the_platforms_own_words_and_is_never_printed() {
    let mut scene = Scene::new("wrong-secret");
    let _platform = scene.platform("");
    let client = [("GENESYS_CLIENT_ID", "demo-client"), ("GENESYS_CLIENT_SECRET", "s3cret-of-nobody")];
    // Basic credentials of the two.
    let basic = "ZGVtby1jbGllbnQ6czNjcmV0LW9mLW5vYm9keQ";
    for (subcommand, arguments) in [
        ("run", &["--exit-when-complete", "--log", "trace"] as &[&str]),
        ("run", &["--exit-when-complete"]),
        ("check", &["--online", "--log", "trace"]),
    ] {
        let ended = Ended::of(scene.start_as(client, subcommand, arguments));
        ended.assert_said(1, &["invalid_client"]);
        for output in [&ended.stdout, &ended.stderr] {
            assert!(!output.contains("s3cret-of-nobody") && !output.contains(basic), "{output}");
        }
    }
    assert_eq!(scene.records("interactions"), []);
}

#[test]
fn topics_that_contradict_are_all_named_with_what_they_have_and_must_have_and_nothing_is_created() {
    let mut scene = Scene::new("contradiction");
    let _platform = scene.platform("");
    topics::create(&scene.bootstrap_servers, &scene.topic("legs"), 3, &[("cleanup.policy", "compact,delete")]);
    topics::create(&scene.bootstrap_servers, &scene.topic("kpi.queue.p1d"), 2, &[("cleanup.policy", "delete")]);
    topics::create(&scene.bootstrap_servers, &scene.topic("progress"), 2, &[("cleanup.policy", "compact")]);
    let before = scene.topic_names();
    let legs = format!("topic {} has 3 partitions but must have 2", scene.topic("legs"));
    let days = format!("topic {} has cleanup.policy=delete but must have compact", scene.topic("kpi.queue.p1d"));
    let texts = [legs.as_str(), days.as_str(), "use another topic.prefix"];
    for (subcommand, arguments) in [("run", &[] as &[&str]), ("check", &["--online"])] {
        let ended = Ended::of(scene.start(subcommand, arguments));
        ended.assert_said(1, &texts);
        assert!(!ended.stderr.contains(&scene.topic("progress")), "{}", ended.stderr);
        assert_eq!(scene.topic_names(), before, "{subcommand}");
    }
    for topic in before {
        assert_eq!(scene.records(&topic), [], "{topic}");
    }
}

#[test]
fn check_online_says_which_topics_are_there_and_which_are_to_come() {
    let mut scene = Scene::new("check-online");
    let _platform = scene.platform("");
    topics::create(&scene.bootstrap_servers, &scene.topic("progress"), 2, &[("cleanup.policy", "compact")]);
    let ended = Ended::of(scene.start("check", &["--online"]));
    ended.assert_status(0);
    for text in ["login at http://127.0.0.1", "ok, the token is good for", "1 of 26 exist, 25 are created at the start"]
    {
        assert!(ended.stdout.contains(text), "not said: {text}\n{}", ended.stdout);
    }
    let legs = format!("{}: 2 partitions, cleanup.policy=compact,delete", scene.topic("legs"));
    assert!(ended.stdout.contains(&legs), "{}", ended.stdout);
    assert_eq!(scene.topic_names(), ["progress"]);
}

#[test]
fn check_online_fails_when_no_broker_answers() {
    let mut scene = Scene::at(NOWHERE, "no-broker");
    let _platform = scene.platform("");
    let ended = Ended::of(scene.start("check", &["--online"]));
    ended.assert_said(1, &["127.0.0.1:1", "asking the brokers for their topics"]);
    assert!(ended.stdout.contains("ok, the token is good for"), "{}", ended.stdout);
}

#[test]
fn a_command_that_finds_no_broker_or_no_platform_says_where_it_looked_and_what_to_do() {
    let scene = Scene::at(NOWHERE, "nobody-there");
    let file = scene.write_settings();
    let client = [("GENESYS_CLIENT_ID", "demo-client"), ("GENESYS_CLIENT_SECRET", "demo-secret")];
    let started = |words: &[&str], more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handletime"));
        command.args(words).arg("-c").arg(&file).args(more).envs(client).env_remove("HANDLETIME_LOG");
        Process::start(words[0], command)
    };
    // Each waits for a broker for a while: side by side.
    let of_broker = [
        started(&["slices", "list"], &[]),
        started(&["slices", "retry"], &[]),
        started(&["report"], &[]),
        started(&["report"], &["--repeat-contacts", "7"]),
        started(&["reconcile"], &[]),
    ];
    let of_platform = started(&["report"], &["--from-platform"]);
    for process in of_broker {
        Ended::of(process).assert_said(1, &[&format!("bootstrap.servers = {NOWHERE}"), "check bootstrap.servers"]);
    }
    Ended::of(of_platform).assert_said(1, &["check genesys.region, or genesys.api.url"]);
}

#[test]
fn changed_rules_are_refused_with_the_keys_named_and_rows_stay() {
    let mut scene = Scene::new("changed-rules");
    let platform = scene.platform("");
    scene.run_to_completion().assert_status(0);
    let rows = scene.rows("kpi.queue.pt30m");
    scene.processor("kpi.talk.min.ms", "5000");
    let ended = scene.run_to_completion();
    ended.assert_said(
        1,
        &["kpi.talk.min.ms", "differ from those that the existing rows were computed by", "restore them"],
    );
    assert!(!ended.stderr.contains("kpi.grace.ms"), "{}", ended.stderr);
    assert_eq!(scene.rows("kpi.queue.pt30m"), rows);
    scene.processor("kpi.talk.min.ms", "3000");
    scene.run_to_completion().assert_status(0);
    scene.assert_rows_are_true(&platform);
}

#[test]
fn output_without_progress_is_refused_with_topic_and_partition() {
    let mut scene = Scene::new("no-progress");
    let _platform = scene.platform("");
    scene.run_to_completion().assert_status(0);
    let (rows, legs) = (scene.rows("kpi.queue.pt30m"), scene.records("legs").len());
    let (client, progress) = (admin(&scene), scene.topic("progress"));
    wait_for(client.delete_topics(&[&progress], &options())).unwrap().remove(0).unwrap();
    // Answered by the controller; a broker may tell of the topic for a moment more, and a run would not create it then.
    for _ in 0..300 {
        if topics::list(&scene.bootstrap_servers, &progress).is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let ended = scene.run_to_completion();
    ended.assert_said(
        1,
        &["has records but `progress` has none for it", "restore `progress`, or use another topic.prefix"],
    );
    let mut places = ["legs", "kpi.queue.pt30m", "kpi.queue.p1d"].iter().flat_map(|name| [(name, 0), (name, 1)]);
    let named = |name: &str, partition| format!("{} partition {partition} has records", scene.topic(name));
    assert!(places.any(|(name, partition)| ended.stderr.contains(&named(name, partition))), "{}", ended.stderr);
    assert_eq!((scene.rows("kpi.queue.pt30m"), scene.records("legs").len()), (rows, legs));
}

#[test]
fn input_that_was_deleted_before_it_was_read_is_refused_with_the_lost_range() {
    let mut scene = Scene::new("gap");
    let _platform = scene.platform("");
    scene.run_to_completion().assert_status(0);
    let rows = scene.rows("kpi.queue.pt30m");
    // Behind the end: records that the processor has not read, with ids that it does not know.
    let topic = scene.topic("interactions");
    produce(&scene, &topic, 0, 10);
    let end = topics::read_committed(&scene.bootstrap_servers, &topic)
        .iter()
        .filter(|record| record.partition == 0)
        .map(|record| record.offset + 1)
        .max()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&topic, 0, Offset::Offset(end)).unwrap();
    wait_for(admin(&scene).delete_records(&list, &options())).unwrap();
    let ended = scene.run_to_completion();
    ended.assert_said(
        1,
        &[
            &format!("{topic} partition 0 begins at offset {end} but the task has read up to "),
            &format!("to {end} (exclusive) are lost"),
            "under another topic.prefix",
        ],
    );
    assert_eq!(scene.rows("kpi.queue.pt30m"), rows);
}

/// Puts records into a partition that no source has made.
fn produce(scene: &Scene, topic: &str, partition: i32, count: usize) {
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", &scene.bootstrap_servers).create().unwrap();
    for number in 0..count {
        let key = format!("by-hand-{number}");
        producer.send(BaseRecord::to(topic).partition(partition).key(&key).payload("garbage")).unwrap();
    }
    producer.flush(Duration::from_secs(20)).unwrap();
}

#[test]
fn report_refuses_an_unknown_grain_and_says_which_there_are() {
    let mut report = Process::handletime("report", &["report", "--bootstrap-servers", NOWHERE, "--grain", "pt7m"]);
    assert_eq!(report.wait(Duration::from_secs(30)).code(), Some(2));
    assert!(report.stderr().contains("--grain must be pt15m, pt30m, pt1h or p1d: pt7m"), "{}", report.stderr());
}

#[test]
fn report_names_a_topic_that_is_not_there() {
    let scene = Scene::new("no-report");
    let ended = Ended::of(scene.start("report", &["--grain", "pt1h"]));
    ended.assert_said(1, &[&format!("there is no topic {}", scene.topic("kpi.queue.pt1h")), "has a processor"]);
}

#[test]
fn report_prints_the_rows_as_a_table_with_what_they_add_up_to() {
    let mut scene = Scene::new("report");
    let platform = scene.platform("");
    scene.run_to_completion().assert_status(0);
    let ended = Ended::of(scene.start("report", &["--grain", "p1d"]));
    ended.assert_status(0);
    let truth = platform.truth("kpi.queue.p1d");
    let handled: i64 = truth.iter().map(|row| row["handled"].as_i64().unwrap()).sum();
    let last = ended.stdout.lines().last().unwrap();
    assert!(ended.stdout.starts_with("interval ") && 0 < handled, "{}", ended.stdout);
    assert!(last.contains(&format!(": {handled} handled, AHT ")), "{handled} handled: {last}");
    // Headings, rows, revisions, total.
    let rows = scene.rows("kpi.queue.p1d");
    assert_eq!(ended.stdout.lines().count(), rows.len() + 3);
    let revisions: i64 = rows.iter().map(|row| row["revision"].as_i64().unwrap() + 1).sum();
    let revised = format!("\n{revisions} revisions of {} rows: ", rows.len());
    assert!(ended.stdout.contains(&revised), "{revised}: {}", ended.stdout);
    let of_queue = rows.iter().find(|row| row["queue_id"] != "" && row["queue_name"].is_string()).unwrap();
    let (queue, name) = (of_queue["queue_id"].as_str().unwrap(), of_queue["queue_name"].as_str().unwrap());
    let one = Ended::of(scene.start("report", &["--grain", "p1d", "--queue", queue]));
    one.assert_status(0);
    assert!(one.stdout.contains(name) && one.stdout.lines().count() < ended.stdout.lines().count(), "{}", one.stdout);
}
