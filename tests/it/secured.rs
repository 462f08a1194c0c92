//! Edge: brokers that demand TLS and SASL. Every mechanism works, what is wrong is told with its setting within seconds, and
//! no password is told with it.

use std::fs;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::scene::{Ended, Scene, quoted};
use crate::support::secured::{PASSWORD, Secured, USER};

/// Until a process says what keeps it out. The client is given three seconds before it is asked what is wrong.
const SAID_WITHIN: Duration = Duration::from_secs(20);

const SCRAM: [(&str, &str); 3] = [
    ("kafka.sasl.mechanism", "SCRAM-SHA-512"),
    ("kafka.sasl.username", USER),
    ("kafka.sasl.password", "${env:KAFKA_PASSWORD}"),
];
const PLAIN: [(&str, &str); 3] = [("kafka.sasl.mechanism", "PLAIN"), SCRAM[1], SCRAM[2]];

/// Runs a subcommand with a password in its environment, and looks for it in what is said.
fn ended(scene: &Scene, password: &str, subcommand: &str, words: &[&str]) -> Ended {
    let process = scene.start_with(&[("KAFKA_PASSWORD", password)], subcommand, words);
    let ended = Ended::of(process);
    for output in [&ended.stdout, &ended.stderr] {
        assert!(!output.contains(password), "a password is told: {output}");
    }
    ended
}

fn assert_checked(scene: &Scene) {
    ended(scene, PASSWORD, "check", &["--online"]).assert_status(0);
}

/// Neither `check --online` nor `run` gets anywhere, and both say why.
fn assert_kept_out(scene: &Scene, password: &str, parts: &[&str]) {
    for (subcommand, words) in [("check", &["--online"][..]), ("run", &[])] {
        let ended = ended(scene, password, subcommand, words);
        ended.assert_said(1, parts);
        assert!(ended.took < SAID_WITHIN, "{subcommand} said so after {:?}", ended.took);
    }
}

/// A token that nobody signed, as the broker of the tests takes them.
fn token(subject: &str, expires_s: u64) -> String {
    let claims = format!(r#"{{"sub":"{subject}","iat":1,"exp":{expires_s}}}"#);
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn a_whole_run_by_tls_and_scram_gives_the_true_rows() {
    let mut scene = Secured::shared().scene("scram", "SECURE", &SCRAM);
    let platform = scene.platform("");
    assert_checked(&scene);
    ended(&scene, PASSWORD, "run", &["--exit-when-complete"]).assert_status(0);
    scene.assert_rows_are_true(&platform);
}

#[test]
fn plain_is_taken_by_tls_and_without_tls_only_where_it_is_allowed() {
    let mut scene = Secured::shared().scene("plain", "SECURE", &PLAIN);
    let platform = scene.platform("");
    assert_checked(&scene);
    let mut scene = Secured::shared().scene("plain-clear", "CLEAR", &PLAIN);
    scene.reads(&platform);
    let refused = ended(&scene, PASSWORD, "run", &[]);
    refused.assert_said(2, &["kafka.security.protocol", "security.allow.sasl.plaintext = true"]);
    scene.worker("security.allow.sasl.plaintext", "true");
    assert_checked(&scene);
}

#[test]
fn a_client_that_has_a_certificate_is_let_in_by_it_and_one_that_has_none_is_told() {
    let secured = Secured::shared();
    let mut scene = secured.scene("mutual", "MUTUAL", &[]);
    let _platform = scene.platform("");
    assert_kept_out(&scene, PASSWORD, &["kafka.ssl.certificate.location"]);
    scene.worker("kafka.ssl.certificate.location", &quoted(&secured.file("client.pem").display().to_string()));
    scene.worker("kafka.ssl.key.location", &quoted(&secured.file("client.key").display().to_string()));
    assert_checked(&scene);
}

#[test]
fn a_token_out_of_a_file_is_taken_by_every_client_and_read_again_when_it_is_over() {
    let secured = Secured::shared();
    let file = secured.file("token.properties");
    let reference = format!("${{file:{}:token}}", file.display());
    let oauth = [("kafka.sasl.mechanism", "OAUTHBEARER"), ("security.sasl.oauthbearer.token", reference.as_str())];
    let mut scene = secured.scene("oauth", "SECURE", &oauth);
    let platform = scene.platform("");
    let over = token("handletime-of-yesterday", 1_000_000);
    fs::write(&file, format!("token = {over}\n")).unwrap();
    assert_kept_out(&scene, &over, &["security.sasl.oauthbearer.token", "the token is over"]);
    fs::write(&file, format!("token = {}\n", token("handletime", 9_999_999_999))).unwrap();
    assert_checked(&scene);
    ended(&scene, PASSWORD, "run", &["--exit-when-complete"]).assert_status(0);
    scene.assert_rows_are_true(&platform);
}

#[test]
fn what_keeps_a_client_out_is_told_with_the_setting_and_the_way_out() {
    let secured = Secured::shared();
    let mut scene = secured.scene("kept-out", "SECURE", &SCRAM);
    let _platform = scene.platform("");
    assert_kept_out(&scene, "kafka-wr0ng-word", &["SASL authentication error", "kafka.sasl.password"]);
    scene.worker("kafka.sasl.mechanism", &quoted("SCRAM-SHA-256"));
    assert_kept_out(&scene, PASSWORD, &["kafka.sasl.mechanism"]);

    let mut scene = secured.scene("unknown-authority", "SECURE", &SCRAM);
    let _platform = scene.platform("");
    scene.worker("kafka.ssl.ca.location", &quoted(&secured.file("stranger.pem").display().to_string()));
    assert_kept_out(&scene, PASSWORD, &["certificate verify failed", "kafka.ssl.ca.location"]);

    let mut scene = secured.scene("other-name", "SECURE", &SCRAM);
    let _platform = scene.platform("");
    scene.worker("bootstrap.servers", &quoted(&format!("127.0.0.1:{}", secured.port("SECURE"))));
    assert_kept_out(&scene, PASSWORD, &["host name in bootstrap.servers", "certificate verify failed"]);
}
