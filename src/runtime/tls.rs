//! The cryptography that TLS to the platform uses. Edge.

/// Makes *ring* the process's TLS provider. Idempotent: an earlier choice stays.
pub fn install() {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
