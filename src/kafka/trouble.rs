//! Why brokers and this client do not come together: librdkafka goes on trying in silence, and a call that waits for it only
//! says that time is over. Edge; blocks for up to [`HEARD_WITHIN`].

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;

use super::error::KafkaFailure;
use super::notices::{cause_of, notice};
use super::{settings, token};
use crate::config::typed::WorkerConfig;

/// How long it is listened to a client that tries. Brokers answer a wrong password late on purpose, a second at most.
const HEARD_WITHIN: Duration = Duration::from_secs(3);

/// What a client says, in lower case, what it means, and what to do; the first that fits.
const MEANINGS: [(&str, Meaning, &str); 10] = [
    (
        "unsupported sasl mechanism",
        Meaning::Certain,
        "set kafka.sasl.mechanism to one that the brokers have, or bootstrap.servers to a listener that has this one",
    ),
    ("oauthbearer token", Meaning::Certain, "check security.sasl.oauthbearer.token"),
    (
        "sasl authentication error",
        Meaning::Certain,
        "check kafka.sasl.mechanism and what it proves this client with: kafka.sasl.username and kafka.sasl.password, or \
         security.sasl.oauthbearer.token",
    ),
    (
        "certificate verify failed",
        Meaning::Certain,
        "set kafka.ssl.ca.location to a file with the certificate of the authority that signed the broker's (PEM); if it is \
         the right one, the broker's certificate is not for the host name in bootstrap.servers: use a name that stands in it",
    ),
    (
        "wrong version number",
        Meaning::Certain,
        "the listener has no TLS: set kafka.security.protocol to plaintext or sasl_plaintext, or bootstrap.servers to a \
         listener with TLS",
    ),
    (
        "certificate required",
        Meaning::Certain,
        "the brokers ask who this client is: set kafka.ssl.certificate.location and kafka.ssl.key.location",
    ),
    (
        "alert bad certificate",
        Meaning::Certain,
        "the brokers do not take this client's certificate: check kafka.ssl.certificate.location",
    ),
    (
        "alert unknown ca",
        Meaning::Certain,
        "the brokers do not know who signed this client's certificate: check kafka.ssl.certificate.location",
    ),
    // A broker that is going down ends connections in the same way.
    (
        "incorrect security.protocol",
        Meaning::Likely,
        "if the listener has TLS or SASL, set kafka.security.protocol to ssl, sasl_ssl or sasl_plaintext",
    ),
    ("ssl handshake failed", Meaning::Likely, "check kafka.security.protocol and kafka.ssl.*"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// Trying again does not help.
    Certain,
    /// It may also pass.
    Likely,
}

/// What a client says while it tries.
#[derive(Debug, Default)]
struct Ear(Mutex<Vec<String>>);

impl Ear {
    fn hear(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }
}

impl ClientContext for Ear {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, _facility: &str, text: &str) {
        notice(level, text);
        self.hear(text);
    }

    fn error(&self, _error: KafkaError, reason: &str) {
        self.hear(reason);
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        Ok(token::current(config)?)
    }
}

impl ConsumerContext for Ear {}

/// Why the brokers do not let this client in, with the way out; `None` when nothing is heard that says it.
pub(super) fn heard(worker: &WorkerConfig, doing: &str) -> Option<KafkaFailure> {
    let created = settings::client(worker, "handletime.trouble").create_with_context(Ear::default());
    let client: BaseConsumer<Ear> = created.ok()?;
    let deadline = Instant::now() + HEARD_WITHIN;
    let mut likely = None;
    while Instant::now() < deadline {
        // What comes of it is told to the context.
        let _ = client.poll(Duration::from_millis(50));
        let said = std::mem::take(&mut *client.context().0.lock().unwrap_or_else(PoisonError::into_inner));
        for reason in said {
            let doing = doing.to_owned();
            match meaning(&reason) {
                Some((Meaning::Certain, cause)) => return Some(KafkaFailure::Refused { doing, cause }),
                Some((Meaning::Likely, cause)) => likely = Some(KafkaFailure::Transient { doing, cause }),
                None => {}
            }
        }
    }
    likely
}

fn meaning(reason: &str) -> Option<(Meaning, String)> {
    let lower = reason.to_ascii_lowercase();
    let (_, meaning, way_out) = MEANINGS.iter().find(|(said, ..)| lower.contains(said))?;
    // Without what differs from client to client and from try to try.
    Some((*meaning, format!("{}; {way_out}", cause_of(reason))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_is_told_with_the_setting_and_only_what_may_pass_is_tried_again() {
        for (reason, certain, setting) in [
            ("sasl_ssl://a:1/1: SASL authentication error: not you", true, "kafka.sasl.password"),
            ("Failed to acquire SASL OAUTHBEARER token: it is over", true, "security.sasl.oauthbearer.token"),
            ("ssl://a:1/1: SSL handshake failed: certificate verify failed", true, "kafka.ssl.ca.location"),
            ("ssl://a:1/1: SSL handshake failed: Disconnected", false, "kafka.security.protocol"),
        ] {
            let (meant, text) = meaning(reason).unwrap();
            assert_eq!(meant == Meaning::Certain, certain, "{reason}");
            assert!(text.starts_with(reason.split_once(": ").unwrap().1) && text.contains(setting), "{text}");
        }
        assert_eq!(meaning("Connect to ipv4#127.0.0.1:9092 failed: Connection refused"), None);
    }
}
