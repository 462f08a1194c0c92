//! The cryptography behind HTTPS, chosen once a process. Edge.

/// Makes `ring` the process's provider of cryptography, which the HTTP client needs before it is built. Idempotent.
pub fn install_provider() {
    // An error means that there is a provider already: that one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
