//! Logs to standard error, their filter, which can be changed while the program runs, and traces. Edge.

use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

use super::log_lines::{Format, lines};
use super::traces::{self, Switch, Traces};
use crate::config::telemetry::TelemetryConfig;

/// What is logged where nothing else is said.
const LEVEL: &str = "info";

/// What can be changed of the telemetry of this process, once it has started.
static STARTED: OnceLock<Started> = OnceLock::new();

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

struct Started {
    filter: Filter,
    lines: reload::Handle<Lines, Registry>,
    // Whether the command line or the environment says how lines look.
    is_format_said: bool,
    traces: Switch,
}

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
    let (only, filter) = layer(filter.or(environment.as_deref()).unwrap_or(LEVEL));
    let said = std::env::var("HANDLETIME_LOG_FORMAT").ok().and_then(|word| Format::of(&word));
    let format = format.or(said);
    let (written, lines) = reload::Layer::new(lines(format.unwrap_or_default()));
    let (spans, traces) = traces::layer();
    let layers = vec![written.with_filter(only).boxed(), spans];
    // A second start (in tests) finds a subscriber set: that one stays, with its filter.
    if tracing_subscriber::registry().with(layers).try_init().is_ok() {
        let _ = STARTED.set(Started { filter, lines, is_format_said: format.is_some(), traces });
    }
}

/// Logs and sends traces as the settings say from now on; what sends them, to be ended after all else has. What the command
/// line or the environment says of the format of logs stays. Needs a runtime.
///
/// # Errors
/// When the network library refuses to start.
pub fn follow(settings: &TelemetryConfig) -> Result<Option<Traces>, String> {
    let Some(started) = STARTED.get() else { return Ok(None) };
    let format = settings.log_format.as_deref().and_then(Format::of).filter(|_| !started.is_format_said);
    if let Some(format) = format {
        started.lines.reload(lines(format)).map_err(|error| error.to_string())?;
    }
    settings.traces.as_ref().map(|config| started.traces.start(config)).transpose()
}

/// The filter of this process; `None` while logging has not started.
#[must_use]
pub fn filter() -> Option<Filter> {
    STARTED.get().map(|started| started.filter.clone())
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
