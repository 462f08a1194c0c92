//! librdkafka's notices about connections: each once a minute, whichever of the many clients of a process has it. Edge.
//!
//! A process holds a client a task and more. When a broker is away, each of them says so several times a second, and
//! every client that nobody polls says all of it again, one line a try, once it is polled.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::token;

/// How long the same notice is not said again.
const SILENCE: Duration = Duration::from_secs(60);
/// Notices that are told apart. Beyond it all are forgotten, so that memory stays bounded.
const KNOWN_MAX: usize = 200;

static SAID: Mutex<BTreeMap<String, Instant>> = Mutex::new(BTreeMap::new());

/// The context of clients that answer no callbacks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quiet;

impl ClientContext for Quiet {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, _facility: &str, text: &str) {
        notice(level, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client");
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        Ok(token::current(config)?)
    }
}

impl ConsumerContext for Quiet {}

impl ProducerContext for Quiet {
    type DeliveryOpaque = ();

    fn delivery(&self, _result: &DeliveryResult<'_>, (): ()) {}
}

/// Passes a line of librdkafka's log on, unless the same was said within the last minute.
pub(super) fn notice(level: RDKafkaLogLevel, text: &str) {
    let cause = cause_of(text);
    if level as i32 <= RDKafkaLogLevel::Warning as i32 && is_due(cause, Instant::now()) {
        tracing::warn!(cause, "a Kafka client has trouble");
    } else {
        tracing::debug!(text, "kafka client");
    }
}

/// What is wrong, without what differs from client to client and from try to try: `[thrd:NAME]: BROKER: CAUSE (after …)`.
pub(super) fn cause_of(text: &str) -> &str {
    let text = text.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: ")).map_or(text, |(_, rest)| rest);
    let text = text.split_once(": ").map_or(text, |(_, rest)| rest);
    text.split(" (after ").next().unwrap_or(text)
}

fn is_due(cause: &str, now: Instant) -> bool {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.get(cause).is_some_and(|at| now.duration_since(*at) < SILENCE) {
        return false;
    }
    if KNOWN_MAX <= said.len() {
        said.clear();
    }
    said.insert(cause.to_owned(), now);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_has_nothing_of_the_client_or_the_try_in_it() {
        let refused = "Connect to ipv4#127.0.0.1:9092 failed: Connection refused";
        for text in [
            "[thrd:127.0.0.1:9092/bootstrap]: 127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: \
             Connection refused (after 0ms in state CONNECT)",
            "[thrd:TxnCoordinator]: TxnCoordinator: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after \
             3ms in state CONNECT, 1 identical error(s) suppressed)",
        ] {
            assert_eq!(cause_of(text), refused);
        }
        assert_eq!(cause_of("plain"), "plain");
    }

    #[test]
    fn the_same_cause_is_due_once_a_minute() {
        let now = Instant::now();
        assert!(is_due("first cause of a test", now) && is_due("second cause of a test", now));
        assert!(!is_due("first cause of a test", now + Duration::from_secs(59)));
        assert!(is_due("first cause of a test", now + Duration::from_secs(60)));
    }
}
