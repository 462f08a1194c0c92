//! Edge: a broker that lets nobody in who does not prove who he is, shared by the tests of that, and the certificates that it
//! and its clients have, made by `openssl`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::broker::{docker, free_port, image, label, no_broker, unique_name, wait_until_it_answers};
use super::reaper::Reaper;
use super::scene::{Scene, quoted};

/// Whom the broker knows, by PLAIN and by SCRAM.
pub const USER: &str = "handletime";
/// How that user proves it.
pub const PASSWORD: &str = "kafka-Pa55-word";

/// Listeners inside the container. The names end neither in SSL nor in SASL, for which the official image's start asks for files
/// of its own.
const LISTENERS: [(&str, u16, &str); 6] = [
    ("OPEN", 9092, "PLAINTEXT"),
    ("CONTROLLER", 9093, "PLAINTEXT"),
    ("BROKER", 9094, "PLAINTEXT"),
    ("SECURE", 9095, "SASL_SSL"),
    ("MUTUAL", 9096, "SSL"),
    ("CLEAR", 9097, "SASL_PLAINTEXT"),
];

/// Beside listeners and certificates.
const SETTINGS: [(&str, &str); 19] = [
    ("CLUSTER_ID", "handletimeTestSecure00"),
    ("KAFKA_LOG_DIRS", "/var/lib/kafka/data"),
    ("KAFKA_NODE_ID", "1"),
    ("KAFKA_PROCESS_ROLES", "broker,controller"),
    ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
    ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
    ("KAFKA_INTER_BROKER_LISTENER_NAME", "BROKER"),
    ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
    ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4"),
    ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
    ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
    ("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4"),
    ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
    ("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false"),
    ("KAFKA_HEAP_OPTS", "-Xms192m -Xmx512m"),
    ("KAFKA_SSL_KEYSTORE_TYPE", "PEM"),
    ("KAFKA_SSL_KEYSTORE_LOCATION", "/etc/kafka/secrets/broker.pem"),
    ("KAFKA_SSL_TRUSTSTORE_TYPE", "PEM"),
    ("KAFKA_SSL_TRUSTSTORE_LOCATION", "/etc/kafka/secrets/authority.pem"),
];

static SHARED: OnceLock<Result<Secured, String>> = OnceLock::new();

/// The broker that all tests of this share.
#[derive(Debug)]
pub struct Secured {
    ports: Vec<u16>,
    directory: TempDir,
    _container: Reaper,
}

impl Secured {
    /// The first call starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn shared() -> &'static Secured {
        match SHARED.get_or_init(Secured::start) {
            Ok(secured) => secured,
            Err(problem) => panic!("{}", no_broker(problem)),
        }
    }

    fn start() -> Result<Secured, String> {
        let directory = TempDir::with_prefix_in("secured-", env!("CARGO_TARGET_TMPDIR")).unwrap();
        let at = directory.path();
        make_authority(at, "authority")?;
        make_authority(at, "stranger")?;
        // Only the name: what calls the broker by its address finds another one than it asked for.
        make_certificate(at, "broker", "subjectAltName=DNS:localhost")?;
        make_certificate(at, "client", "subjectAltName=DNS:client")?;

        let ports: Vec<u16> = LISTENERS.iter().map(|_| free_port()).collect();
        let name = unique_name();
        let reaper = Reaper::of(&name);
        let mut words: Vec<String> = ["create", "--name", &name, "--label", &label()].map(str::to_owned).to_vec();
        let mut advertised = Vec::new();
        for ((listener, inside, _), port) in LISTENERS.iter().zip(&ports) {
            match *listener {
                "CONTROLLER" => continue,
                "BROKER" => advertised.push(format!("{listener}://localhost:{inside}")),
                _ => advertised.push(format!("{listener}://localhost:{port}")),
            }
            words.extend(["--publish".to_owned(), format!("127.0.0.1:{port}:{inside}")]);
        }
        let joined =
            |part: &dyn Fn(&(&str, u16, &str)) -> String| LISTENERS.iter().map(part).collect::<Vec<_>>().join(",");
        let plain =
            format!("org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\";");
        let own = [
            ("KAFKA_LISTENERS", joined(&|(name, port, _)| format!("{name}://:{port}"))),
            ("KAFKA_ADVERTISED_LISTENERS", advertised.join(",")),
            ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", joined(&|(name, _, protocol)| format!("{name}:{protocol}"))),
            ("KAFKA_LISTENER_NAME_MUTUAL_SSL_CLIENT_AUTH", "required".to_owned()),
            ("KAFKA_LISTENER_NAME_CLEAR_SASL_ENABLED_MECHANISMS", "PLAIN".to_owned()),
            ("KAFKA_LISTENER_NAME_CLEAR_PLAIN_SASL_JAAS_CONFIG", plain.clone()),
            ("KAFKA_LISTENER_NAME_SECURE_SASL_ENABLED_MECHANISMS", "PLAIN,SCRAM-SHA-512,OAUTHBEARER".to_owned()),
            ("KAFKA_LISTENER_NAME_SECURE_PLAIN_SASL_JAAS_CONFIG", plain),
            (
                "KAFKA_LISTENER_NAME_SECURE_SCRAM___SHA___512_SASL_JAAS_CONFIG",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;".to_owned(),
            ),
            (
                "KAFKA_LISTENER_NAME_SECURE_OAUTHBEARER_SASL_JAAS_CONFIG",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;".to_owned(),
            ),
        ];
        let shared = SETTINGS.map(|(name, value)| (name, value.to_owned()));
        for (variable, value) in own.into_iter().chain(shared) {
            words.extend(["--env".to_owned(), format!("{variable}={value}")]);
        }
        words.push(image());
        run_docker(&words)?;
        for file in ["broker.pem", "authority.pem"] {
            docker(&["cp", &at.join(file).display().to_string(), &format!("{name}:/etc/kafka/secrets/{file}")])?;
        }
        docker(&["start", &name])?;
        wait_until_it_answers(&format!("localhost:{}", ports[0]))?;
        let mechanism = format!("SCRAM-SHA-512=[password={PASSWORD}]");
        let alters = ["exec", &name, "java", "-cp", "/opt/kafka/libs/*", "kafka.admin.ConfigCommand", "--alter"];
        let user = ["--bootstrap-server", "localhost:9094", "--entity-type", "users", "--entity-name", USER];
        docker(&[&alters[..], &user[..], &["--add-config", &mechanism]].concat())?;
        Ok(Secured { ports, directory, _container: reaper })
    }

    /// Address of a listener, by the name that is in the broker's certificate.
    pub fn address(&self, listener: &str) -> String {
        format!("localhost:{}", self.port(listener))
    }

    /// Port of a listener on this machine.
    pub fn port(&self, listener: &str) -> u16 {
        let place = LISTENERS.iter().position(|(name, ..)| *name == listener);
        self.ports[place.expect("a listener of the table")]
    }

    /// `NAME.pem` or `NAME.key`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A scene whose tests look at topics by the open listener, and whose processes come by this one.
    pub fn scene(&self, test: &str, listener: &str, properties: &[(&str, &str)]) -> Scene {
        let mut scene = Scene::at(&self.address("OPEN"), test);
        scene.worker("bootstrap.servers", &quoted(&self.address(listener)));
        let protocol = LISTENERS.iter().find(|(name, ..)| *name == listener).expect("a listener of the table").2;
        scene.worker("kafka.security.protocol", &quoted(&protocol.to_ascii_lowercase()));
        // The container is not reached at the other localhost.
        scene.worker("kafka.broker.address.family", &quoted("v4"));
        if protocol.ends_with("SSL") {
            scene.worker("kafka.ssl.ca.location", &quoted(&self.file("authority.pem").display().to_string()));
        }
        for (name, value) in properties {
            scene.worker(name, &quoted(value));
        }
        scene
    }
}

/// Who signs: `NAME.key` and `NAME.pem`.
fn make_authority(at: &Path, name: &str) -> Result<(), String> {
    openssl(at, name, &[])
}

/// What the authority signed: `NAME.key`, and both together in `NAME.pem`.
fn make_certificate(at: &Path, name: &str, extension: &str) -> Result<(), String> {
    openssl(at, name, &["-addext", extension, "-CA", "authority.pem", "-CAkey", "authority.key"])?;
    let [key, certificate] = ["key", "pem"].map(|kind| fs::read_to_string(at.join(format!("{name}.{kind}"))).unwrap());
    fs::write(at.join(format!("{name}.pem")), key + &certificate).map_err(|error| error.to_string())
}

fn openssl(at: &Path, name: &str, more: &[&str]) -> Result<(), String> {
    let (subject, key, certificate) = (format!("/CN={name}"), format!("{name}.key"), format!("{name}.pem"));
    let kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let mut command = Command::new("openssl");
    command.current_dir(at).args(kind).args(["-subj", &subject, "-keyout", &key, "-out", &certificate]).args(more);
    let output = command.output().map_err(|error| format!("cannot run openssl: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn run_docker(words: &[String]) -> Result<String, String> {
    docker(&words.iter().map(String::as_str).collect::<Vec<_>>())
}
