//! HTTPS: certificate and key from files. Edge.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::server::ServeError;
use crate::config::rest::RestTls;

/// What turns connections into TLS ones.
///
/// # Errors
/// When a file cannot be read, or certificate and key do not belong together.
pub(super) fn acceptor(tls: &RestTls) -> Result<TlsAcceptor, ServeError> {
    let wrong = |file: &str, cause: String| ServeError::Tls { file: file.to_owned(), cause };
    let of_certificate = |cause: String| wrong(&tls.certificate_file, cause);
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&tls.certificate_file)
        .and_then(Iterator::collect)
        .map_err(|error| of_certificate(error.to_string()))?;
    if certificates.is_empty() {
        return Err(of_certificate("it holds no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key_file).map_err(|error| wrong(&tls.key_file, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| of_certificate(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| of_certificate(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
