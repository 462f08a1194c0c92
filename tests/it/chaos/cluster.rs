//! Edge: three brokers in containers on a network of their own, which are brokers and controllers in one.
//!
//! A broker has a listener for clients at a port of this machine; one for the far processor, behind a proxy that can be
//! cut; and one for the other brokers, behind a proxy that can hold a marker on its way to it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::proxy::{MarkerHold, Proxy};
use super::wire::assigned_partitions;
use crate::support::broker::{docker, free_port, freeze, image, label, no_broker, unique_name, wait_until_it_answers};
use crate::support::reaper::Reaper;

/// Brokers; each has a replica of every partition.
pub const BROKERS: usize = 3;
/// For what a healthy cluster does within seconds, on a machine that compiles meanwhile.
pub const LIMIT: Duration = Duration::from_secs(150);
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Listeners inside a container: for clients, controllers, the other brokers, the far processor.
const PORTS: [(&str, u16); 4] = [("PLAINTEXT", 9092), ("CONTROLLER", 9093), ("BROKER", 9094), ("FAR", 9095)];

#[derive(Debug)]
struct Broker {
    name: String,
    near_port: u16,
    far: Proxy,
    /// Held open for the other brokers.
    _inner: Proxy,
    hold: Arc<MarkerHold>,
}

/// The running cluster.
#[derive(Debug)]
pub struct Cluster {
    brokers: Vec<Broker>,
    _containers: Reaper,
}

impl Cluster {
    /// Starts one, and waits until every broker answers.
    ///
    /// # Panics
    /// When none can be started.
    pub fn start() -> Self {
        Self::try_start().unwrap_or_else(|problem| panic!("{}", no_broker(&problem)))
    }

    fn try_start() -> Result<Self, String> {
        let names: Vec<String> = (0..BROKERS).map(|_| unique_name()).collect();
        let network = unique_name();
        let containers = Reaper::of_network(&network, &names.iter().map(String::as_str).collect::<Vec<_>>());
        docker(&["network", "create", "--label", &label(), &network])?;
        // By this address containers reach this process.
        let gateway = docker(&["network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", &network])?;
        let gateway: IpAddr = gateway.parse().map_err(|error| format!("gateway {gateway}: {error}"))?;
        let voters: Vec<String> =
            names.iter().enumerate().map(|(number, name)| format!("{}@{name}:9093", number + 1)).collect();
        let mut brokers = Vec::with_capacity(BROKERS);
        for (number, name) in names.into_iter().enumerate() {
            let [near_port, far_port, inner_port] = [free_port(), free_port(), free_port()];
            let hold = Arc::new(MarkerHold::default());
            let far = Proxy::to(SocketAddr::new(HOST, far_port), HOST, None);
            let inner = Proxy::to(SocketAddr::new(HOST, inner_port), gateway, Some(Arc::clone(&hold)));
            let advertised = format!(
                "PLAINTEXT://127.0.0.1:{near_port},BROKER://{gateway}:{},FAR://127.0.0.1:{}",
                inner.port(),
                far.port()
            );
            let of_broker = [
                ("KAFKA_NODE_ID", (number + 1).to_string()),
                ("KAFKA_CONTROLLER_QUORUM_VOTERS", voters.join(",")),
                ("KAFKA_LISTENERS", PORTS.map(|(name, port)| format!("{name}://:{port}")).join(",")),
                ("KAFKA_ADVERTISED_LISTENERS", advertised),
                ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", PORTS.map(|(name, _)| format!("{name}:PLAINTEXT")).join(",")),
            ];
            let shared = SETTINGS.map(|(name, value)| (name, value.to_owned()));
            let mut words: Vec<String> =
                ["run", "--detach", "--network", &network, "--name", &name, "--label", &label()]
                    .map(str::to_owned)
                    .to_vec();
            for (port, inside) in [(near_port, 9092), (inner_port, 9094), (far_port, 9095)] {
                words.extend(["--publish".to_owned(), format!("127.0.0.1:{port}:{inside}")]);
            }
            for (variable, value) in of_broker.into_iter().chain(shared) {
                words.extend(["--env".to_owned(), format!("{variable}={value}")]);
            }
            words.push(image());
            docker(&words.iter().map(String::as_str).collect::<Vec<_>>())?;
            brokers.push(Broker { name, near_port, far, _inner: inner, hold });
        }
        let cluster = Self { brokers, _containers: containers };
        for broker in &cluster.brokers {
            wait_until_it_answers(&broker.address())?;
        }
        Ok(cluster)
    }

    /// Where clients find it.
    pub fn near(&self) -> String {
        self.brokers.iter().map(Broker::address).collect::<Vec<_>>().join(",")
    }

    /// Where the far processor finds it.
    pub fn far(&self) -> String {
        let addresses = self.brokers.iter().map(|broker| format!("127.0.0.1:{}", broker.far.port()));
        addresses.collect::<Vec<_>>().join(",")
    }

    /// Ends a broker at once, as a crash would; its data stays.
    pub fn kill(&self, broker: usize) {
        docker(&["kill", &self.brokers[broker].name]).expect("a running broker can be killed");
    }

    /// Asks a broker to stop, which moves its partitions to others first.
    pub fn stop(&self, broker: usize) {
        docker(&["stop", "--time", "60", &self.brokers[broker].name]).expect("a running broker can be stopped");
    }

    /// Starts a broker with the data that it had.
    pub fn start_again(&self, broker: usize) {
        docker(&["start", &self.brokers[broker].name]).expect("a broker that has ended can be started again");
    }

    /// Lets a broker stand still, with all requests that are on their way, until [`Cluster::thaw`].
    pub fn freeze(&self, broker: usize) {
        freeze(&self.brokers[broker].name);
    }

    /// Lets it go on.
    pub fn thaw(&self, broker: usize) {
        docker(&["unpause", &self.brokers[broker].name]).expect("a paused broker can go on");
    }

    /// Cuts the far processor off.
    pub fn cut(&self) {
        self.brokers.iter().for_each(|broker| broker.far.cut());
    }

    /// Connects it again.
    pub fn mend(&self) {
        self.brokers.iter().for_each(|broker| broker.far.mend());
    }

    /// Where markers on their way to a broker can be held.
    pub fn hold(&self, broker: usize) -> &MarkerHold {
        &self.brokers[broker].hold
    }

    /// The broker that leads a partition.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<usize> {
        let metadata = client(&self.near()).fetch_metadata(Some(topic), ASK_TIMEOUT).ok()?;
        let partitions = metadata.topics().first()?.partitions();
        let leader = partitions.iter().find(|known| known.id() == partition)?.leader();
        usize::try_from(leader - 1).ok()
    }

    /// By whom each partition is worked on in a group: the process that is named by the client's id.
    pub fn owners(&self, group: &str) -> BTreeMap<i32, u32> {
        let Ok(groups) = client(&self.near()).fetch_group_list(Some(group), ASK_TIMEOUT) else {
            return BTreeMap::new();
        };
        let mut owners = BTreeMap::new();
        for member in groups.groups().iter().flat_map(|found| found.members()) {
            // GROUP.PID.THREAD
            let Some(pid) = member.client_id().rsplit('.').nth(1).and_then(|pid| pid.parse().ok()) else { continue };
            owners.extend(assigned_partitions(member.assignment().unwrap_or_default()).into_iter().map(|at| (at, pid)));
        }
        owners
    }

    /// Waits until every partition has all its replicas in sync: then a broker may be away again.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_until_whole(&self) {
        let begun = Instant::now();
        let mut lacking = "no broker has answered".to_owned();
        while begun.elapsed() < LIMIT {
            match self.lacking() {
                None => return,
                Some(what) => lacking = what,
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        panic!("not whole after {LIMIT:?}: {lacking}");
    }

    fn lacking(&self) -> Option<String> {
        // A broker that was away must have heard of itself, too.
        for broker in &self.brokers {
            let metadata = match client(&broker.address()).fetch_metadata(None, ASK_TIMEOUT) {
                Ok(metadata) => metadata,
                Err(error) => return Some(format!("{}: {error}", broker.name)),
            };
            if metadata.brokers().len() < BROKERS {
                return Some(format!("{} knows {} brokers", broker.name, metadata.brokers().len()));
            }
            for topic in metadata.topics() {
                let out = topic.partitions().iter().find(|at| at.isr().len() < BROKERS || at.leader() < 0);
                if let Some(out) = out {
                    return Some(format!("{} {} is in sync at {:?}", topic.name(), out.id(), out.isr()));
                }
            }
        }
        None
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for broker in &self.brokers {
                let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.log", broker.name));
                let said = docker(&["logs", &broker.name]).unwrap_or_else(|error| error);
                match std::fs::write(&file, said) {
                    Ok(()) => eprintln!("the log of a broker is in {}", file.display()),
                    Err(error) => eprintln!("the log of {} cannot be kept: {error}", broker.name),
                }
            }
        }
    }
}

impl Broker {
    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.near_port)
    }
}

fn client(bootstrap_servers: &str) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        // Brokers are away now and then; who asks sees it by the answer.
        .set("log_level", "0")
        .set("reconnect.backoff.max.ms", "500")
        .create()
        .expect("a client starts")
}

/// What all three have in common.
const SETTINGS: [(&str, &str); 20] = [
    ("CLUSTER_ID", "handletimeTestChaos000"),
    ("KAFKA_PROCESS_ROLES", "broker,controller"),
    ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
    ("KAFKA_INTER_BROKER_LISTENER_NAME", "BROKER"),
    ("KAFKA_LOG_DIRS", "/var/lib/kafka/data"),
    ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "3"),
    ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4"),
    ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "3"),
    ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "2"),
    ("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "6"),
    ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "3"),
    ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "2"),
    ("KAFKA_DEFAULT_REPLICATION_FACTOR", "3"),
    ("KAFKA_MIN_INSYNC_REPLICAS", "2"),
    ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
    ("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false"),
    // A broker that stands still is out of the cluster, and its partitions are led by others, after this. On a busy
    // machine a shorter one would end by itself.
    ("KAFKA_BROKER_SESSION_TIMEOUT_MS", "5000"),
    ("KAFKA_BROKER_HEARTBEAT_INTERVAL_MS", "500"),
    // A leader that came back is one again soon, so that no broker ends up with all the work.
    ("KAFKA_LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS", "10"),
    ("KAFKA_HEAP_OPTS", "-Xms128m -Xmx384m"),
];
