//! Logs to standard error, and their filter, which can be changed while the program runs. Edge.

use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

use super::log_lines::{Format, lines};

/// What is logged where nothing else is said.
const LEVEL: &str = "info";

/// The filter of this process, once logging has started.
static FILTER: OnceLock<Filter> = OnceLock::new();

/// What is logged, in the words of `HANDLETIME_LOG`: it can be replaced while the program runs.
#[derive(Clone, Debug)]
pub struct Filter {
    started_with: String,
    handle: reload::Handle<EnvFilter, Registry>,
}

impl Filter {
    /// The words that logging started with.
    #[must_use]
    pub fn started_with(&self) -> &str {
        &self.started_with
    }

    /// Logs by these words from now on. On an error the filter is as it was.
    ///
    /// # Errors
    /// When they are no filter.
    pub fn replace(&self, words: &str) -> Result<(), String> {
        let filter = EnvFilter::try_new(words).map_err(|error| error.to_string())?;
        self.handle.reload(filter).map_err(|error| error.to_string())
    }
}

/// Starts logging; `filter` wins over `HANDLETIME_LOG`, which wins over `info`, and `format` over `HANDLETIME_LOG_FORMAT`,
/// which wins over text.
pub fn start(filter: Option<&str>, format: Option<Format>) {
    let environment = std::env::var("HANDLETIME_LOG").ok();
    let (layer, handle) = layer(filter.or(environment.as_deref()).unwrap_or(LEVEL));
    let said = std::env::var("HANDLETIME_LOG_FORMAT").ok().and_then(|word| Format::of(&word));
    let lines = lines(format.or(said).unwrap_or_default());
    // A second start (in tests) finds a subscriber set: that one stays, with its filter.
    if tracing_subscriber::registry().with(layer).with(lines).try_init().is_ok() {
        let _ = FILTER.set(handle);
    }
}

/// The filter of this process; `None` while logging has not started.
#[must_use]
pub fn filter() -> Option<Filter> {
    FILTER.get().cloned()
}

/// A filter and what replaces it; words that are no filter are `info`.
#[must_use]
pub fn layer(words: &str) -> (reload::Layer<EnvFilter, Registry>, Filter) {
    let (filter, words) = match EnvFilter::try_new(words) {
        Ok(filter) => (filter, words),
        Err(_) => (EnvFilter::new(LEVEL), LEVEL),
    };
    let (layer, handle) = reload::Layer::new(filter);
    (layer, Filter { started_with: words.to_owned(), handle })
}
