//! Logs to standard error. Edge.

use tracing_subscriber::EnvFilter;

/// Starts logging; `filter` wins over `HANDLETIME_LOG`, which wins over `info`.
pub fn start(filter: Option<&str>) {
    let environment = std::env::var("HANDLETIME_LOG").ok();
    let words = filter.or(environment.as_deref()).unwrap_or("info");
    let filter = EnvFilter::try_new(words).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start (in tests) finds a subscriber set: that one stays.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
