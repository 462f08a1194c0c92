//! Logs to standard error. Edge.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging; `filter` wins over `HANDLETIME_LOG`, which wins over `info`.
pub fn start(filter: Option<&str>) {
    let environment = std::env::var("HANDLETIME_LOG").ok();
    let words = filter.or(environment.as_deref()).unwrap_or("info");
    let filter = EnvFilter::try_new(words).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start (in tests) finds a subscriber set: that one stays.
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    let _ = lines.try_init();
}
