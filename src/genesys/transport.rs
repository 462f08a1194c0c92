//! The last call of a request: over the network, or in a test straight into a platform in memory. Edge.

use futures::future::BoxFuture;

use super::error::Cause;

/// Carries one request to the platform and its answer back. All that decides (budget, breaker, login, timeouts, caps)
/// happens before and after it.
pub trait Transport: std::fmt::Debug + Send + Sync {
    /// Sends; the answer's body may still be under way. Safe to drop half-way.
    ///
    /// # Errors
    /// When there is no answer: no connection, or it broke off.
    fn execute(&self, request: reqwest::Request) -> BoxFuture<'_, Result<reqwest::Response, Cause>>;
}

impl Transport for reqwest::Client {
    fn execute(&self, request: reqwest::Request) -> BoxFuture<'_, Result<reqwest::Response, Cause>> {
        Box::pin(async move { reqwest::Client::execute(self, request).await.map_err(Cause::from) })
    }
}
