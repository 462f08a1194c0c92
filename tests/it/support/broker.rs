//! Edge: a Kafka broker in a container, shared by all tests of the binary or a test's own.
//!
//! Tests keep apart by topic names ([`super::topics::unique_prefix`]), not by brokers. A broker of a test's own is for
//! tests that stop it.

use std::net::TcpListener;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use testcontainers_modules::kafka::apache::{KAFKA_PORT, Kafka};
use testcontainers_modules::testcontainers::core::Mount;
use testcontainers_modules::testcontainers::runners::AsyncRunner;
use testcontainers_modules::testcontainers::{ContainerRequest, ImageExt};

use super::blocking::wait_for;
use super::reaper::Reaper;

/// Addresses of a broker that runs already; no container is started then.
const BOOTSTRAP_VARIABLE: &str = "HANDLETIME_TEST_BOOTSTRAP";
/// The image to start, as `NAME:TAG`; `tests/run` sets it.
const IMAGE_VARIABLE: &str = "HANDLETIME_TEST_KAFKA_IMAGE";
/// Goes into the label of every container, so that `tests/run` finds its own.
const RUN_VARIABLE: &str = "HANDLETIME_TEST_RUN";
const LABEL: &str = "handletime-test";
const FREEZE_TRIES: u32 = 10;
/// Tried in this order without the variable: the second is what `docker/kafka-image` builds.
const IMAGES: [&str; 2] = ["apache/kafka:4.3.1", "handletime-test/kafka:4.3.1"];
/// A broker takes 4 s on an idle machine; longer than this on a busy one means that it will not come.
const START_TIMEOUT: Duration = Duration::from_secs(90);

static SHARED: OnceLock<Result<Shared, String>> = OnceLock::new();
static STARTED: AtomicU32 = AtomicU32::new(0);

struct Shared {
    bootstrap_servers: String,
    /// Held for as long as the process lives.
    _container: Option<Reaper>,
}

/// Addresses of the broker that all tests share; the first call starts it.
///
/// # Panics
/// When there is none and none can be started. There is nothing to test without it, and a skipped test tells a lie.
pub fn shared() -> &'static str {
    let shared = SHARED.get_or_init(|| {
        if let Ok(bootstrap_servers) = std::env::var(BOOTSTRAP_VARIABLE) {
            wait_until_it_answers(&bootstrap_servers)?;
            return Ok(Shared { bootstrap_servers, _container: None });
        }
        let (port, _, reaper) = start(None, &OF_ALL)?;
        Ok(Shared { bootstrap_servers: format!("127.0.0.1:{port}"), _container: Some(reaper) })
    });
    match shared {
        Ok(shared) => &shared.bootstrap_servers,
        Err(problem) => panic!("{}", no_broker(problem)),
    }
}

/// A broker that one test has for itself, at an address that stays through stop and start.
#[derive(Debug)]
pub struct OwnBroker {
    name: String,
    port: u16,
    _container: Reaper,
}

impl OwnBroker {
    /// Starts one, and waits until it answers.
    ///
    /// # Panics
    /// When none can be started.
    pub fn start() -> Self {
        match start(Some(free_port()), &OF_ONE) {
            Ok((port, name, reaper)) => Self { name, port, _container: reaper },
            Err(problem) => panic!("{}", no_broker(&problem)),
        }
    }

    /// Where clients find it, now or after the next [`OwnBroker::start_again`].
    pub fn bootstrap_servers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a crash would; its data stays.
    pub fn kill(&self) {
        docker(&["kill", &self.name]).expect("a running broker can be killed");
    }

    /// Lets it stand still, with all requests that are on their way, until [`OwnBroker::thaw`].
    pub fn freeze(&self) {
        freeze(&self.name);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        docker(&["unpause", &self.name]).expect("a paused broker can go on");
    }

    /// Starts it with the data that it had, and waits until it answers.
    pub fn start_again(&self) {
        docker(&["start", &self.name]).expect("a killed broker can be started again");
        wait_until_it_answers(&self.bootstrap_servers()).expect("a broker that has data of its own comes back");
    }
}

/// Lets a container stand still. On a busy machine its processes may not all be caught in time: then they go on, and it is
/// tried again.
///
/// # Panics
/// When it cannot be done at all.
pub fn freeze(container: &str) {
    let mut problem = String::new();
    for _ in 0..FREEZE_TRIES {
        match docker(&["pause", container]) {
            Ok(_) => return,
            Err(error) => problem = error,
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    panic!("a running container can be paused: {problem}");
}

/// The image that brokers are started from.
pub fn image() -> String {
    std::env::var(IMAGE_VARIABLE).unwrap_or_else(|_| {
        let present = IMAGES.into_iter().find(|image| docker(&["image", "inspect", image]).is_ok());
        present.unwrap_or(IMAGES[0]).to_owned()
    })
}

fn run() -> String {
    std::env::var(RUN_VARIABLE).unwrap_or_else(|_| "cargo-test".to_owned())
}

/// What everything is labelled with that is left on the Docker engine while the tests run.
pub fn label() -> String {
    format!("{LABEL}={}", run())
}

/// A name that nothing else on the Docker engine has.
pub fn unique_name() -> String {
    let count = STARTED.fetch_add(1, Ordering::Relaxed);
    format!("handletime-test-{}-{count}", std::process::id())
}

/// A port that nobody uses at the moment.
pub fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.expect("the machine has a free port").port()
}

fn start(host_port: Option<u16>, own: &[(&str, &str)]) -> Result<(u16, String, Reaper), String> {
    docker(&["version"])?;
    let image = image();
    let (image_name, tag) =
        image.rsplit_once(':').ok_or_else(|| format!("{IMAGE_VARIABLE} is not NAME:TAG: {image}"))?;
    let name = unique_name();
    let reaper = Reaper::of(&name);

    let mut request: ContainerRequest<Kafka> = Kafka::default()
        .with_name(image_name)
        .with_tag(tag)
        .with_container_name(&name)
        .with_label(LABEL, run())
        .with_startup_timeout(START_TIMEOUT);
    for (variable, value) in SETTINGS.iter().chain(own) {
        request = request.with_env_var(*variable, *value);
    }
    if own.iter().any(|(_, value)| *value == IN_MEMORY) {
        request = request.with_mount(Mount::tmpfs_mount(IN_MEMORY));
    }
    if let Some(port) = host_port {
        request = request.with_mapped_port(port, KAFKA_PORT);
    }
    let port = wait_for(async {
        let container = request.start().await?;
        let port = container.get_host_port_ipv4(KAFKA_PORT).await;
        // Its removal is the reaper's, who also knows about processes that are killed.
        std::mem::forget(container);
        port
    })
    .map_err(|error| format!("{image} does not start: {error}"))?;
    wait_until_it_answers(&format!("127.0.0.1:{port}"))?;
    Ok((port, name, reaper))
}

/// Beside what `testcontainers-modules` sets: one combined node whose clients come by `PLAINTEXT`, and which reaches
/// itself by `BROKER`. With one listener for both it would look for itself at the host's port, and never end a
/// transaction.
const SETTINGS: [(&str, &str); 6] = [
    // One broker can hold one replica.
    ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
    ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
    // Fifty partitions, the default, take a second to create before the first transaction.
    ("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4"),
    ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4"),
    // Nobody else is coming to the group: do not wait for them.
    ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
    // A topic that the program forgot to create, or misspelt, must not appear by itself with one partition.
    ("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false"),
];

/// Where a broker keeps its data that need not outlast it.
const IN_MEMORY: &str = "/in-memory";

/// Of the broker that tests share: it holds the topics of all of them, and is never stopped.
const OF_ALL: [(&str, &str); 3] = [
    // A disk that a compiler keeps busy would hold up all tests at once.
    ("KAFKA_LOG_DIRS", IN_MEMORY),
    // A few thousand partitions, and some hundred thousand records in flight.
    ("KAFKA_HEAP_OPTS", "-Xms512m -Xmx1536m"),
    // It leads everything, so nobody wins when it is taken for dead because the machine compiles or waits for its disk.
    ("KAFKA_BROKER_SESSION_TIMEOUT_MS", "60000"),
];

/// Of a broker that a test has for itself.
const OF_ONE: [(&str, &str); 3] = [
    ("KAFKA_HEAP_OPTS", "-Xms192m -Xmx512m"),
    // A killed broker may come back when the session of its former life has run out: 9 s by default.
    ("KAFKA_BROKER_SESSION_TIMEOUT_MS", "3000"),
    ("KAFKA_BROKER_HEARTBEAT_INTERVAL_MS", "500"),
];

/// # Errors
/// When nothing has answered after a while.
pub fn wait_until_it_answers(bootstrap_servers: &str) -> Result<(), String> {
    let client: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        // While the broker starts every attempt is refused; what matters is whether the last one was.
        .set("log_level", "0")
        .set("reconnect.backoff.max.ms", "500")
        .create()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        match client.fetch_metadata(None, Duration::from_secs(2)) {
            Ok(_) => return Ok(()),
            Err(error) if deadline <= Instant::now() => {
                return Err(format!("no broker answers at {bootstrap_servers}: {error}"));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Runs `docker` and gives what it writes.
///
/// # Errors
/// What it complains of.
pub fn docker(arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new("docker").args(arguments).output().map_err(|error| format!("cannot run docker: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!("docker {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

/// What a test says that cannot have its broker.
pub fn no_broker(problem: &str) -> String {
    format!(
        "this test needs a Kafka broker and cannot have one: {problem}\n\
         Run tests/run, which brings up all that is missing (KEEP_ENGINE=1 keeps it up for `cargo test` afterwards), \
         or set {BOOTSTRAP_VARIABLE}=host:port to a broker that runs."
    )
}
