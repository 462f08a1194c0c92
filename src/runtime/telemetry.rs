//! Logs to standard error. Edge.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::log_lines::{Format, lines};

/// Starts logging; `filter` wins over `HANDLETIME_LOG`, which wins over `info`, and `format` over `HANDLETIME_LOG_FORMAT`,
/// which wins over text.
pub fn start(filter: Option<&str>, format: Option<Format>) {
    let environment = std::env::var("HANDLETIME_LOG").ok();
    let words = filter.or(environment.as_deref()).unwrap_or("info");
    let filter = EnvFilter::try_new(words).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start (in tests) finds a subscriber set: that one stays.
    let said = std::env::var("HANDLETIME_LOG_FORMAT").ok().and_then(|word| Format::of(&word));
    let lines = lines(format.or(said).unwrap_or_default());
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
}
