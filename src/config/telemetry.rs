//! `log.*` and `otel.*` of `[worker]` in their typed form. Pure.

/// How a process logs, and whom it tells of what it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TelemetryConfig {
    /// `log.format`, `text` or `json`.
    pub log_format: Option<String>,
    /// `otel.*`; `None`: no traces.
    pub traces: Option<TracesConfig>,
}

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracesConfig {
    /// `otel.endpoint`: the collector, without `/v1/traces`.
    pub endpoint: String,
    /// `otel.service.name`.
    pub service_name: String,
}
