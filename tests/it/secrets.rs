//! Edge: whatever happens to a worker, and at whatever level it logs, no secret of it is ever told.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handletime::domain::media::Dialect;
use handletime::runtime::tls;
use handletime::simulate::login::Bearers;
use serde_json::{Value, json};

use crate::support::blocking::wait_for;
use crate::support::scene::{Ended, LIMIT, Scene, Worker, quoted};
use crate::support::secured::{PASSWORD, Secured, USER};
use crate::support::simulator::Simulator;
use crate::support::topics::{self, Isolation};

const GENESYS: &str = "genesys-Se-cret-1";
/// What the platform does not take.
const WRONG: &str = "genesys-Wr-ong-2";
const REST: &str = "rest-Pa55-word";
const HASH_KEY: &str = "hash-key-of-c0ntacts-0123456789abcdef";
/// What somebody puts where it does not belong.
const MISPLACED: &str = "a-Mis-placed-one";

const CLIENT: &str = "demo-client";
const OPERATOR: &str = "operator";
/// The simulator's, which its bearer tokens follow from.
const SEED: u64 = 7;
/// More than are ever asked for here.
const TOKENS: usize = 50;

/// Everything that must never be seen, by what it is.
fn secrets() -> BTreeMap<String, String> {
    let basic = |user: &str, password: &str| STANDARD.encode(format!("{user}:{password}"));
    let mut all: BTreeMap<String, String> = [
        ("password of the brokers", PASSWORD.to_owned()),
        ("client secret", GENESYS.to_owned()),
        ("credentials of the client", basic(CLIENT, GENESYS)),
        ("wrong client secret", WRONG.to_owned()),
        ("wrong credentials", basic(CLIENT, WRONG)),
        ("password of the REST interface", REST.to_owned()),
        ("credentials of the REST interface", basic(OPERATOR, REST)),
        ("wrong credentials of the REST interface", basic(OPERATOR, MISPLACED)),
        ("key of contacts", HASH_KEY.to_owned()),
        ("misplaced secret", MISPLACED.to_owned()),
    ]
    .map(|(name, secret)| (name.to_owned(), secret))
    .into();
    let mut bearers = Bearers::new(SEED, 1);
    all.extend((0..TOKENS).map(|number| (format!("token {number}"), bearers.mint(CLIENT, 0).0)));
    all
}

/// All that was seen, each with where.
#[derive(Debug, Default)]
struct Seen(Vec<(String, String)>);

impl Seen {
    fn note(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    fn assert_nothing_is_told(&self) {
        let secrets = secrets();
        let mut told = Vec::new();
        for (place, text) in &self.0 {
            for (name, secret) in secrets.iter().filter(|(_, secret)| text.contains(secret.as_str())) {
                let at = text.find(secret.as_str()).unwrap();
                let line = text[..at].lines().last().unwrap_or_default().to_owned();
                told.push(format!("{name} in {place}, after: {line}"));
            }
        }
        assert!(told.is_empty(), "{}", told.join("\n"));
    }
}

/// Sends a request as the operator, or with another password, and notes all of the answer. A worker that is busy is asked
/// again.
fn ask(seen: &mut Seen, worker: &Worker, password: &str, asked: (&str, &str), body: &str) -> (u16, String) {
    let begun = Instant::now();
    loop {
        let (status, text) = ask_once(seen, worker, password, asked, body);
        if (status != 409 && status != 503) || LIMIT < begun.elapsed() {
            return (status, text);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn ask_once(
    seen: &mut Seen,
    worker: &Worker,
    password: &str,
    (method, path): (&str, &str),
    body: &str,
) -> (u16, String) {
    tls::install_provider();
    let (status, headers, text) = wait_for(async {
        let client = reqwest::Client::new();
        let request = client.request(method.parse().unwrap(), format!("{}{path}", worker.url));
        let request = request.basic_auth(OPERATOR, Some(password)).header("Content-Type", "application/json");
        let answer = request.body(body.to_owned()).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        (status, headers, answer.text().await.unwrap())
    });
    seen.note(format!("the answer {status} to {method} {path}"), format!("{headers}\n{text}"));
    (status, text)
}

fn create(seen: &mut Seen, worker: &Worker, name: &str, config: &Value) -> u16 {
    let body = json!({ "name": name, "config": config }).to_string();
    ask(seen, worker, REST, ("POST", "/connectors"), &body).0
}

/// Waits until a connector or one of its tasks is in the state.
fn wait_for_state(seen: &mut Seen, worker: &Worker, connector: &str, state: &str) {
    let begun = Instant::now();
    let path = format!("/connectors/{connector}/status");
    loop {
        let (_, text) = ask(seen, worker, REST, ("GET", &path), "");
        if text.contains(state) {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "{connector} is not {state}: {text}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Settings, all of whose secrets are in one file.
fn scene_of(platform: &Simulator) -> (Scene, tempfile::TempDir) {
    let mut scene = Secured::shared().scene("secrets", "SECURE", &[]);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = directory.path().join("secrets.properties");
    let lines = [
        ("kafka", PASSWORD),
        ("genesys", GENESYS),
        ("wrong", WRONG),
        ("rest", REST),
        ("hash", HASH_KEY),
        ("misplaced", MISPLACED),
    ];
    fs::write(&file, lines.map(|(key, value)| format!("{key} = {value}\n")).concat()).unwrap();
    let from_file = |key: &str| quoted(&format!("${{file:{}:{key}}}", file.display()));
    scene.worker("kafka.sasl.mechanism", &quoted("SCRAM-SHA-512"));
    scene.worker("kafka.sasl.username", &quoted(USER));
    scene.worker("kafka.sasl.password", &from_file("kafka"));
    // What the client of the brokers can say of its settings, its handshakes and its connections.
    scene.worker("kafka.debug", &quoted("conf,security,broker"));
    scene.worker("rest.basic.user", &quoted(OPERATOR));
    scene.worker("rest.basic.password", &from_file("rest"));
    scene.source("genesys.api.url", &quoted(platform.address()));
    scene.source("genesys.login.url", &quoted(platform.address()));
    scene.source("genesys.dialect", &quoted("conversation-details"));
    scene.source("genesys.client.id", &quoted(CLIENT));
    scene.source("genesys.client.secret", &from_file("genesys"));
    scene.source("privacy.contact.hash.key", &from_file("hash"));
    (scene, directory)
}

/// What people get wrong, with a secret in it each time.
fn send_mistakes(seen: &mut Seen, worker: &Worker, source: &Value) {
    let with = |key: &str, value: &str| {
        let mut config = source.clone();
        config[key] = value.into();
        config
    };
    let secret = source["genesys.client.secret"].as_str().unwrap();
    let pointing = secret.replace(":genesys}", ":misplaced}");
    let mistaken = [
        // A secret as it is, where only a placeholder may stand.
        with("genesys.client.secret", MISPLACED),
        with("privacy.contact.hash.key", MISPLACED),
        with("client.secret", MISPLACED),
        // One that is found, in the place of something else.
        with("extract.start", &pointing),
        with("extract.revisit.ages", &pointing),
        with("genesys.dialect", &pointing),
        with("genesys.api.url", &pointing),
        with("tasks.max", &pointing),
        with("connector.class", &pointing),
        with("genesys.api.url", &format!("http://{OPERATOR}:{MISPLACED}@127.0.0.1:1")),
    ];
    for config in &mistaken {
        let status = create(seen, worker, "mistaken", config);
        assert!((400..=500).contains(&status), "{status}: {config}");
        for path in ["/connectors/mistaken/config", "/connector-plugins/GenesysSource/config/validate"] {
            ask(seen, worker, REST, ("PUT", path), &config.to_string());
        }
    }
    // What is no request at all.
    for body in [
        format!("{{\"name\":\"mistaken\",\"config\":\"{MISPLACED}\"}}"),
        format!("{{\"name\":\"mistaken\",\"config\":{{\"genesys.client.secret\":[\"{MISPLACED}\"]}}}}"),
        format!("{{\"name\":\"mistaken\",\"genesys.client.secret\":\"{MISPLACED}\""),
        format!("\"{MISPLACED}\""),
        format!("client_secret={MISPLACED}"),
    ] {
        for (method, path) in [
            ("POST", "/connectors"),
            ("PUT", "/connectors/mistaken/config"),
            ("PUT", "/connector-plugins/GenesysSource/config/validate"),
            ("PATCH", "/connectors/genesys/offsets"),
            ("PUT", "/admin/loggers/root"),
            ("POST", "/status/retry"),
        ] {
            let (status, _) = ask(seen, worker, REST, (method, path), &body);
            assert!((400..=500).contains(&status), "{status} to {method} {path}: {body}");
        }
    }
    assert_eq!(ask(seen, worker, MISPLACED, ("GET", "/connectors"), "").0, 401);
}

/// All that a worker tells of itself.
fn look_everywhere(seen: &mut Seen, worker: &Worker) {
    for path in [
        "/",
        "/health",
        "/openapi.json",
        "/connectors",
        "/connectors?expand=status&expand=info",
        "/connectors/genesys",
        "/connectors/genesys/config",
        "/connectors/genesys/tasks",
        "/connectors/genesys/tasks/0/status",
        "/connectors/genesys/topics",
        "/connectors/genesys/offsets",
        "/connectors/wrong",
        "/connectors/wrong/status",
        "/connectors/wrong/tasks/0/status",
        "/connector-plugins",
        "/connector-plugins/GenesysSource/config",
        "/admin/loggers",
        "/status",
        "/status/fragment",
        "/status.json",
        "/metrics",
    ] {
        let (status, _) = ask(seen, worker, REST, ("GET", path), "");
        assert_eq!(status, 200, "{path}");
    }
}

/// What a process said, which is something.
fn note_output(seen: &mut Seen, place: &str, ended: &Ended) {
    assert!(!ended.stdout.is_empty() || !ended.stderr.is_empty(), "{place} said nothing");
    seen.note(format!("{place}'s standard output"), &ended.stdout);
    seen.note(format!("{place}'s standard error"), &ended.stderr);
}

#[test]
fn no_secret_is_told_by_a_worker_whatever_goes_wrong_and_however_much_it_logs() {
    let size = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z", "--interactions-per-day", "100"];
    let words = [&size[..], &["--requests-per-second", "1000", "--client-secret", GENESYS]].concat();
    let platform = Simulator::start("secrets", Dialect::ConversationDetails, &words);
    let (scene, _directory) = scene_of(&platform);
    let mut seen = Seen::default();

    let worker = scene.start_worker_in("w", &[("HANDLETIME_LOG", "trace")]);
    let trace = json!({ "level": "TRACE" }).to_string();
    for logger in ["root", "handletime", "reqwest", "hyper", "hyper_util", "h2", "rustls"] {
        let path = format!("/admin/loggers/{logger}");
        assert_eq!(ask(&mut seen, &worker, REST, ("PUT", &path), &trace).0, 200);
    }
    let [source, processor] = scene.configs();
    assert_eq!(create(&mut seen, &worker, "genesys", &source), 201);
    assert_eq!(create(&mut seen, &worker, "kpi", &processor), 201);
    let mut wrong = source.clone();
    let reference = source["genesys.client.secret"].as_str().unwrap();
    wrong["genesys.client.secret"] = reference.replace(":genesys}", ":wrong}").into();
    wrong["pipeline.name"] = "wrong".into();
    assert_eq!(create(&mut seen, &worker, "wrong", &wrong), 201);

    send_mistakes(&mut seen, &worker, &source);
    scene.wait_for_records("legs", 20);
    wait_for_state(&mut seen, &worker, "wrong", "FAILED");
    look_everywhere(&mut seen, &worker);

    for (topic, _) in topics::list(&scene.bootstrap_servers, &scene.prefix) {
        for record in topics::read_to_end(&scene.bootstrap_servers, &topic, Isolation::ReadUncommitted) {
            let headers = record.headers.into_iter().map(|(_, value)| value);
            for part in [record.key, record.value].into_iter().flatten().chain(headers) {
                seen.note(format!("topic {topic}"), String::from_utf8_lossy(&part));
            }
        }
    }
    let mut worker = worker;
    worker.process.terminate();
    let ended = Ended::of(worker.process);
    ended.assert_status(0);
    assert!(ended.stderr.contains("TRACE hyper"), "it does not log all that it could");
    assert!(ended.stderr.contains("SASL") && ended.stderr.contains("401"), "nothing was said of brokers and platform");
    note_output(&mut seen, "the worker", &ended);

    let said_all = ["--online", "--log", "trace"];
    note_output(&mut seen, "check", &Ended::of(scene.start("check", &said_all[1..])));
    note_output(&mut seen, "check --online", &Ended::of(scene.start("check", &said_all)));
    note_output(&mut seen, "--help", &Ended::of(scene.start("worker", &["--help"])));
    assert!(200 < seen.0.len());
    seen.assert_nothing_is_told();
}
