//! A failure of the brokers as a person needs it: where they were looked for, and what to do. Pure.

use crate::config::typed::WorkerConfig;
use crate::kafka::error::KafkaFailure;
use crate::kafka::topics::TopicError;
use crate::process::replay::ReplayError;
use crate::process::rows::RowsError;
use crate::publish::stored::StoredError;

/// What to do about brokers that do not answer, or not this client.
pub const WAY_OUT: &str = "check bootstrap.servers, kafka.security.protocol and what belongs to it";

/// The error, and where the brokers failed, their address with its setting and the way out; any other as it is.
#[must_use]
pub fn told(worker: &WorkerConfig, error: impl Into<anyhow::Error>) -> anyhow::Error {
    let error = error.into();
    let hosts = &worker.bootstrap_servers;
    match failure(&error) {
        Some(KafkaFailure::Transient { .. } | KafkaFailure::Replace { .. }) => {
            anyhow::anyhow!("no use of the brokers at bootstrap.servers = {hosts}: {error:#}; {WAY_OUT}")
        }
        Some(KafkaFailure::Refused { .. }) => anyhow::anyhow!(
            "the brokers at bootstrap.servers = {hosts} refuse it: {error:#}; {WAY_OUT}; `handletime check --online` says \
             what this client may do there"
        ),
        Some(KafkaFailure::Abortable { .. } | KafkaFailure::Fenced { .. }) | None => error,
    }
}

/// The failure of a broker among the causes: the errors that pass one on do not name it as theirs.
fn failure(error: &anyhow::Error) -> Option<&KafkaFailure> {
    error.chain().find_map(|cause| {
        let in_rows = cause.downcast_ref().and_then(|error| match error {
            RowsError::Kafka(failure) => Some(failure),
            _ => None,
        });
        let in_topics = || match cause.downcast_ref()? {
            TopicError::Kafka(failure) => Some(failure),
            TopicError::Contradicts(_) => None,
        };
        let in_replay = || match cause.downcast_ref()? {
            ReplayError::Kafka(failure) => Some(failure),
            _ => None,
        };
        let in_stored = || match cause.downcast_ref()? {
            StoredError::Kafka(failure) => Some(failure),
            _ => None,
        };
        cause.downcast_ref().or(in_rows).or_else(in_topics).or_else(in_replay).or_else(in_stored)
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::super::pipeline::worker_at;
    use super::*;

    fn transient() -> KafkaFailure {
        KafkaFailure::Transient { doing: "asking for a topic".to_owned(), cause: "broker transport failure".to_owned() }
    }

    #[test]
    fn wherever_a_broker_failed_its_address_the_setting_and_the_way_out_are_told() {
        let worker = worker_at("kafka.example:9092", "handletime.", 1);
        let deeper: anyhow::Result<()> = Err(transient()).context("reading slices");
        for error in [
            anyhow::Error::from(transient()),
            RowsError::from(transient()).into(),
            TopicError::from(transient()).into(),
            ReplayError::from(transient()).into(),
            StoredError::from(transient()).into(),
            deeper.unwrap_err(),
        ] {
            let text = format!("{:#}", told(&worker, error));
            for part in ["bootstrap.servers = kafka.example:9092", "asking for a topic", "transport failure", WAY_OUT] {
                assert!(text.contains(part), "not said: {part}: {text}");
            }
        }
        let refused = KafkaFailure::Refused { doing: "asking for a topic".to_owned(), cause: "not you".to_owned() };
        assert!(told(&worker, refused).to_string().contains("check --online"));
    }

    #[test]
    fn what_is_no_failure_of_a_broker_stays_as_it_is() {
        let worker = worker_at("kafka.example:9092", "handletime.", 1);
        let text = format!("{:#}", told(&worker, RowsError::NoTopic("t".to_owned())));
        assert_eq!(text, RowsError::NoTopic("t".to_owned()).to_string());
    }
}
