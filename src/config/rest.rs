//! The settings `rest.*` in their typed form: where the REST interface listens, and what it asks of requests. Pure.

use std::time::Duration;

use super::secret::Secret;

/// `rest.*`. Its `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestConfig {
    /// `rest.listen`, as `HOST:PORT`; what holds without it is the command's to say.
    pub listen: Option<String>,
    /// `rest.advertised.listen`, as `HOST:PORT`.
    pub advertised_listen: Option<String>,
    /// `rest.tls.*`; `None`: HTTP.
    pub tls: Option<RestTls>,
    /// `rest.basic.*`; `None`: whoever reaches the address may do everything.
    pub basic: Option<BasicUser>,
    /// `rest.body.max.bytes`.
    pub body_bytes_max: usize,
    /// `rest.request.timeout.ms`.
    pub request_timeout: Duration,
}

/// Where the certificate of HTTPS is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestTls {
    /// `rest.tls.certificate.file`: the chain, as PEM.
    pub certificate_file: String,
    /// `rest.tls.key.file`: the private key, as PEM.
    pub key_file: String,
}

/// The one user of the REST interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicUser {
    /// `rest.basic.user`.
    pub user: String,
    /// `rest.basic.password`.
    pub password: Secret,
}

/// The address of a `handletime worker` where nothing else is said.
pub const WORKER_LISTEN: &str = "127.0.0.1:8083";

impl Default for RestConfig {
    fn default() -> Self {
        RestConfig {
            listen: None,
            advertised_listen: None,
            tls: None,
            basic: None,
            body_bytes_max: 1_048_576,
            request_timeout: Duration::from_secs(90),
        }
    }
}
