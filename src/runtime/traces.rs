//! Sends spans to an OpenTelemetry collector, once the settings ask for it. Edge: it asks over the network.
//!
//! Whoever ends a span puts it into a queue and goes on. What finds the queue full is dropped, as is what the collector
//! does not take; how many they were is counted, and said when the collector goes away and when it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter as Otlp, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor};
use tokio::sync::mpsc;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry, reload};

use super::shutdown::Shutdown;
use super::spans;
use super::supervisor::Supervisor;
use super::tls;
use crate::config::telemetry::TracesConfig;

/// Spans that wait to be sent. Smaller: a burst loses some. Larger: more memory while the collector is slow.
const WAITING_MAX: usize = 4_096;
/// Spans of one request.
const BATCH_MAX: usize = 512;
/// How often what has ended is sent.
const SEND_EVERY: Duration = Duration::from_secs(1);
/// How long the collector may take for a request.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long the last spans may take at the end.
const END_WITHIN: Duration = Duration::from_secs(2);
/// A collector that comes and goes is told of so often.
const SAY_EVERY: Duration = Duration::from_secs(60);

type Spans = OpenTelemetryLayer<Registry, SdkTracer>;

/// Turns traces on.
#[derive(Clone)]
pub struct Switch {
    spans: reload::Handle<Option<Spans>, Registry>,
    filter: reload::Handle<Targets, Registry>,
}

impl std::fmt::Debug for Switch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Switch")
    }
}

/// The layer that takes spans, which takes none until it is switched on.
#[must_use]
pub fn layer() -> (Box<dyn Layer<Registry> + Send + Sync>, Switch) {
    let (layer, spans) = reload::Layer::new(None::<Spans>);
    let (only, filter) = reload::Layer::new(Targets::new());
    (layer.with_filter(only).boxed(), Switch { spans, filter })
}

/// Traces that are being sent.
#[derive(Debug)]
pub struct Traces {
    supervisor: Supervisor,
    dropped: Arc<AtomicU64>,
}

impl Switch {
    /// Sends all spans from now on to the collector of these settings.
    ///
    /// # Errors
    /// When the network library refuses to start.
    pub fn start(&self, config: &TracesConfig) -> Result<Traces, String> {
        let exporter = exporter(config)?;
        let (queue, ended) = mpsc::channel(WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let waiting = Waiting { queue, dropped: Arc::clone(&dropped) };
        let provider =
            SdkTracerProvider::builder().with_resource(resource(config)).with_span_processor(waiting).build();
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("handletime"));
        let spans = spans.with_location(false).with_threads(false).with_target(false).with_level(false);
        self.spans.reload(Some(spans)).map_err(|error| error.to_string())?;
        let only = Targets::new().with_target(spans::TARGET, LevelFilter::DEBUG);
        self.filter.reload(only).map_err(|error| error.to_string())?;
        let mut supervisor = Supervisor::new(Shutdown::default());
        let sending = Sending { exporter, ended, dropped: Arc::clone(&dropped), away: false, said: None };
        supervisor.start("traces", sending.until(supervisor.shutdown()));
        spans::collect(true);
        Ok(Traces { supervisor, dropped })
    }
}

impl Traces {
    /// Sends what has ended, and nothing after that; how many spans were dropped from first to last. Takes two seconds at
    /// most.
    pub async fn end(self) -> u64 {
        spans::collect(false);
        self.supervisor.shutdown().trigger();
        if let Err(problem) = self.supervisor.join(END_WITHIN + SEND_EVERY).await {
            tracing::warn!(problem, "traces did not end as they should");
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        if 0 < dropped {
            tracing::warn!(dropped, "spans were not sent");
        }
        dropped
    }
}

fn resource(config: &TracesConfig) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    Resource::builder_empty().with_service_name(config.service_name.clone()).with_attribute(version).build()
}

fn exporter(config: &TracesConfig) -> Result<Otlp, String> {
    tls::install_provider();
    let mut client = reqwest::Client::builder().timeout(ANSWER_WITHIN).redirect(reqwest::redirect::Policy::none());
    if ["//localhost", "//127.", "//[::1]"].iter().any(|host| config.endpoint.contains(host)) {
        // A proxy cannot reach this machine's own addresses.
        client = client.no_proxy();
    }
    let client = client.build().map_err(|error| error.to_string())?;
    let endpoint = format!("{}/v1/traces", config.endpoint.trim_end_matches('/'));
    let exporter = Otlp::builder().with_http().with_http_client(client).with_protocol(Protocol::HttpBinary);
    // What is not taken is dropped: newer spans are worth more than those that have waited.
    let exporter = exporter.with_retry_policy(RetryPolicy::disabled());
    let exporter = exporter.with_endpoint(endpoint).with_timeout(ANSWER_WITHIN).build();
    let mut exporter = exporter.map_err(|error| error.to_string())?;
    exporter.set_resource(&resource(config));
    Ok(exporter)
}

/// Takes spans that have ended; never waits.
#[derive(Debug)]
struct Waiting {
    queue: mpsc::Sender<SpanData>,
    dropped: Arc<AtomicU64>,
}

impl SpanProcessor for Waiting {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.queue.try_send(span).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

struct Sending {
    exporter: Otlp,
    ended: mpsc::Receiver<SpanData>,
    dropped: Arc<AtomicU64>,
    away: bool,
    // When it was last said that the collector is away.
    said: Option<Instant>,
}

impl Sending {
    async fn until(mut self, shutdown: Shutdown) -> Result<(), String> {
        while !shutdown.sleep(SEND_EVERY).await {
            self.send_waiting(&shutdown).await;
        }
        self.ended.close();
        drop(tokio::time::timeout(END_WITHIN, self.send_all()).await);
        self.dropped.fetch_add(self.ended.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Sends what waits; a request that is under way when a stop is asked for is given up.
    async fn send_waiting(&mut self, shutdown: &Shutdown) {
        tokio::select! {
            () = self.send_all() => {}
            () = shutdown.wait() => {}
        }
    }

    async fn send_all(&mut self) {
        // No more than waited at its beginning: spans that end meanwhile are for the next time.
        for _ in 0..WAITING_MAX.div_ceil(BATCH_MAX) {
            let mut batch = Vec::new();
            while batch.len() < BATCH_MAX
                && let Ok(span) = self.ended.try_recv()
            {
                batch.push(span);
            }
            if batch.is_empty() {
                return;
            }
            self.send(batch).await;
        }
    }

    async fn send(&mut self, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        // Counted until they are taken: a request may be given up half-way.
        self.dropped.fetch_add(spans, Ordering::Relaxed);
        let outcome = self.exporter.export(batch).await;
        if outcome.is_ok() {
            self.dropped.fetch_sub(spans, Ordering::Relaxed);
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        if self.away == outcome.is_err() {
            return;
        }
        self.away = outcome.is_err();
        let quiet = self.said.is_some_and(|said| said.elapsed() < SAY_EVERY);
        match outcome {
            Err(error) if !quiet => {
                self.said = Some(Instant::now());
                tracing::warn!(%error, dropped, "the collector does not take traces; spans are dropped until it does");
            }
            Ok(()) if !quiet => tracing::info!(dropped, "the collector takes traces again"),
            _ => {}
        }
    }
}
