//! What can go wrong with a broker, by what the caller does about it. Edge.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// A failure of a Kafka call.
#[derive(Debug, thiserror::Error)]
pub enum KafkaFailure {
    /// The broker is away or busy: the same thing may work later.
    #[error("{doing}: {cause}")]
    Transient {
        /// What was tried.
        doing: String,
        /// What the client said.
        cause: String,
    },
    /// The transaction must be aborted and its input read again.
    #[error("{doing}: {cause}")]
    Abortable {
        /// What was tried.
        doing: String,
        /// What the client said.
        cause: String,
    },
    /// Another producer with this transactional id has taken over, or this one was taken for dead.
    #[error("{doing}: {cause}")]
    Fenced {
        /// What was tried.
        doing: String,
        /// What the client said.
        cause: String,
    },
    /// The producer is of no use any more: a new one must take over and find out what was committed.
    #[error("{doing}: {cause}")]
    Replace {
        /// What was tried.
        doing: String,
        /// What the client said.
        cause: String,
    },
    /// The broker refuses: only a change of settings, topics or permissions helps.
    #[error("{doing}: {cause}")]
    Refused {
        /// What was tried.
        doing: String,
        /// What the client said.
        cause: String,
    },
}

const FENCED: [RDKafkaErrorCode; 4] = [
    RDKafkaErrorCode::Fenced,
    RDKafkaErrorCode::ProducerFenced,
    RDKafkaErrorCode::InvalidProducerEpoch,
    RDKafkaErrorCode::InvalidProducerIdMapping,
];

const REFUSED: [RDKafkaErrorCode; 10] = [
    RDKafkaErrorCode::TopicAuthorizationFailed,
    RDKafkaErrorCode::GroupAuthorizationFailed,
    RDKafkaErrorCode::ClusterAuthorizationFailed,
    RDKafkaErrorCode::TransactionalIdAuthorizationFailed,
    RDKafkaErrorCode::SaslAuthenticationFailed,
    RDKafkaErrorCode::Authentication,
    RDKafkaErrorCode::UnsupportedSASLMechanism,
    RDKafkaErrorCode::MessageSizeTooLarge,
    RDKafkaErrorCode::InvalidTransactionTimeout,
    RDKafkaErrorCode::PolicyViolation,
];

/// Whether the same call with the same arguments is the way on.
#[must_use]
pub fn is_retriable(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_retriable() && !error.is_fatal())
}

/// What the client says, without the value of a property that it does not take: that may be a secret.
#[must_use]
pub fn said_of(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, said, name, value) => {
            let said = if value.is_empty() { said.clone() } else { said.replace(&format!("\"{value}\""), "[hidden]") };
            if said.contains(name.as_str()) { said } else { format!("{said}: {name}") }
        }
        other => other.to_string(),
    }
}

/// Sorts an error of a transactional call.
///
/// The code is looked at before the flags: a fenced producer's error may carry the flag "abort" (librdkafka maps only
/// one of the codes to a fatal error), and aborting for ever would hide that somebody else owns the task.
#[must_use]
pub fn of_transaction(doing: &str, error: &KafkaError) -> KafkaFailure {
    let (doing, cause) = (doing.to_owned(), said_of(error));
    let code = error.rdkafka_error_code();
    if code.is_some_and(|code| FENCED.contains(&code)) {
        return KafkaFailure::Fenced { doing, cause };
    }
    if code.is_some_and(|code| REFUSED.contains(&code)) {
        return KafkaFailure::Refused { doing, cause };
    }
    match error {
        KafkaError::Transaction(error) if error.is_fatal() => KafkaFailure::Replace { doing, cause },
        KafkaError::Transaction(error) if error.txn_requires_abort() => KafkaFailure::Abortable { doing, cause },
        // Neither fatal, nor abortable, nor worth another try: treated as fatal.
        _ => KafkaFailure::Replace { doing, cause },
    }
}

/// Sorts an error of any other call.
#[must_use]
pub fn of_call(doing: &str, error: &KafkaError) -> KafkaFailure {
    let (doing, cause) = (doing.to_owned(), said_of(error));
    let refused = error.rdkafka_error_code().is_some_and(|code| REFUSED.contains(&code));
    if refused || matches!(error, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_)) {
        KafkaFailure::Refused { doing, cause }
    } else {
        KafkaFailure::Transient { doing, cause }
    }
}
