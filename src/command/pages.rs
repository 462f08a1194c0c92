//! What a worker shows of itself beside the REST interface. Edge.

use std::sync::Arc;

use axum::Router;

use crate::config::typed::WorkerConfig;
use crate::connect::units::Floor;
use crate::connect::worker::Worker;
use crate::runtime::supervisor::Supervisor;

/// The routes of the status page and the metrics.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn routes(
    _worker: &Arc<Worker>,
    _floor: &Floor,
    _config: &WorkerConfig,
    _supervisor: &mut Supervisor,
) -> anyhow::Result<Router> {
    Ok(Router::new())
}
