//! Edge: a broker whose disk is full ends; the connectors wait, say so, and go on once there is room.

use std::time::Duration;

use crate::support::broker::{docker, free_port, image, label, no_broker, unique_name, wait_until_it_answers};
use crate::support::reaper::Reaper;
use crate::support::scene::{Ended, LIMIT, Scene};

/// So few requests a second that data flows for half a minute.
const SLOW: &str = "6";
/// Longer than the connectors take to notice, and to try again a few times.
const FULL: Duration = Duration::from_secs(15);
const LINES_MAX: usize = 100;

/// A broker on a disk of its own, which another container keeps when the broker ends.
struct SmallDisk {
    broker: String,
    keeper: String,
    port: u16,
    _containers: Reaper,
}

impl SmallDisk {
    fn start() -> Self {
        Self::try_start().unwrap_or_else(|problem| panic!("{}", no_broker(&problem)))
    }

    fn try_start() -> Result<Self, String> {
        let (broker, keeper, port) = (unique_name(), unique_name(), free_port());
        let containers = Reaper::of_all(&[&broker, &keeper]);
        let (label, image) = (label(), image());
        let disk = "type=volume,dst=/disk,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs,\
                    \"volume-opt=o=size=192m,mode=1777\"";
        let keep = ["run", "--detach", "--name", &keeper, "--label", &label, "--mount", disk, "--entrypoint", "sleep"];
        docker(&[&keep[..], &[&image, "1d"]].concat())?;
        let settings = [
            "KAFKA_NODE_ID=1".to_owned(),
            "CLUSTER_ID=handletimeTestDisk0000".to_owned(),
            "KAFKA_PROCESS_ROLES=broker,controller".to_owned(),
            "KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER".to_owned(),
            "KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:9093".to_owned(),
            "KAFKA_LISTENERS=PLAINTEXT://:9092,CONTROLLER://:9093,BROKER://:9094".to_owned(),
            format!("KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://127.0.0.1:{port},BROKER://localhost:9094"),
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT".to_owned(),
            "KAFKA_INTER_BROKER_LISTENER_NAME=BROKER".to_owned(),
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1".to_owned(),
            "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS=2".to_owned(),
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR=1".to_owned(),
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR=1".to_owned(),
            "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS=2".to_owned(),
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS=0".to_owned(),
            "KAFKA_BROKER_SESSION_TIMEOUT_MS=3000".to_owned(),
            "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS=500".to_owned(),
            "KAFKA_LOG_DIRS=/disk/kafka".to_owned(),
            "KAFKA_HEAP_OPTS=-Xms128m -Xmx384m".to_owned(),
        ];
        let published = format!("127.0.0.1:{port}:9092");
        let mut words = vec!["run", "--detach", "--name", &broker, "--label", &label, "--volumes-from", &keeper];
        words.extend(["--publish", &published]);
        words.extend(settings.iter().flat_map(|setting| ["--env", setting]));
        words.push(&image);
        docker(&words)?;
        wait_until_it_answers(&format!("127.0.0.1:{port}"))?;
        Ok(Self { broker, keeper, port, _containers: containers })
    }

    fn bootstrap_servers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Leaves no byte.
    fn fill(&self) {
        let filled = docker(&["exec", &self.keeper, "sh", "-c", "cat /dev/zero > /disk/ballast"]);
        let complaint = filled.expect_err("a disk has an end");
        assert!(complaint.contains("No space left"), "{complaint}");
    }

    /// Makes room, and starts the broker with the data that it had.
    fn make_room(&self) {
        docker(&["exec", &self.keeper, "rm", "/disk/ballast"]).expect("the ballast is there");
        docker(&["start", &self.broker]).expect("a broker that has ended can be started again");
        wait_until_it_answers(&self.bootstrap_servers()).expect("a broker that has data of its own comes back");
    }

    /// Waits until the broker has given up.
    fn wait_for_its_end(&self) {
        docker(&["wait", &self.broker]).expect("there is a broker");
    }
}

#[test]
fn a_full_disk_on_the_broker_is_waited_for_and_loses_nothing() {
    let disk = SmallDisk::start();
    let mut scene = Scene::at(&disk.bootstrap_servers(), "full-disk");
    let platform = scene.platform("");
    scene.source("quota.requests.per.second", SLOW);
    let mut run = scene.start("run", &["--exit-when-complete"]);
    run.wait_for_line("source begins", LIMIT);
    scene.wait_for_records("interactions", 50);
    disk.fill();
    disk.wait_for_its_end();
    run.wait_for_line("publication failed, claiming again", LIMIT);
    run.wait_for_line("source waits for the broker", LIMIT);
    std::thread::sleep(FULL);
    disk.make_room();
    let ended = Ended::within(run, LIMIT * 2);
    ended.assert_status(0);
    let lines = ended.stderr.lines().count();
    assert!(lines < LINES_MAX, "{lines} lines");
    scene.assert_rows_are_true(&platform);
}
