//! An answer that is not what was asked for: a status of HTTP and a sentence. Pure.

/// Why a request is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConnectError {
    /// Status of HTTP.
    pub status: u16,
    /// What is wrong, and what helps. Clients show it as it stands.
    pub message: String,
}

/// What clients wait out: they try again as long as this is part of the message.
pub const REBALANCING: &str = "Request cannot be completed because a rebalance is expected";

impl ConnectError {
    /// With this status.
    #[must_use]
    pub fn new(status: u16, message: impl Into<String>) -> ConnectError {
        ConnectError { status, message: message.into() }
    }

    /// 400: what was sent is not sound.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> ConnectError {
        ConnectError::new(400, message)
    }

    /// 404: there is no connector of this name.
    #[must_use]
    pub fn no_connector(name: &str) -> ConnectError {
        ConnectError::new(404, format!("Connector {name} not found"))
    }

    /// 404 with another sentence.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> ConnectError {
        ConnectError::new(404, message)
    }

    /// 409: what stands against it.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> ConnectError {
        ConnectError::new(409, message)
    }

    /// 409: the workers are just sharing out the connectors.
    #[must_use]
    pub fn rebalancing() -> ConnectError {
        ConnectError::new(409, REBALANCING)
    }

    /// 500: it should have been possible.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> ConnectError {
        ConnectError::new(500, message)
    }
}
