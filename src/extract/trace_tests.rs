//! Tests of what a collector of traces is sent of a source. Edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tracing_subscriber::layer::SubscriberExt;

use super::publisher::PublisherThread;
use super::task::SourceReport;
use super::task_tests::{Log, platform, task};
use crate::config::telemetry::TracesConfig;
use crate::domain::time::TimeRange;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::spans;
use crate::runtime::supervisor::Supervisor;
use crate::runtime::traces;

/// Takes spans as a collector does.
struct Collector {
    endpoint: String,
    requests: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    _supervisor: Supervisor,
}

impl Collector {
    async fn start() -> Collector {
        let requests: Arc<Mutex<Vec<ExportTraceServiceRequest>>> = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::clone(&requests);
        let app = axum::Router::new().fallback(move |uri: Uri, body: Bytes| async move {
            assert_eq!(uri.path(), "/v1/traces");
            taken.lock().unwrap().push(ExportTraceServiceRequest::decode(body).unwrap());
            StatusCode::OK
        });
        let mut supervisor = Supervisor::new(Shutdown::default());
        supervisor
            .start("collector", async move { axum::serve(listener, app).await.map_err(|error| error.to_string()) });
        Collector { endpoint, requests, _supervisor: supervisor }
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.requests.lock().unwrap();
        let of_resources = requests.iter().flat_map(|request| &request.resource_spans);
        of_resources.flat_map(|one| &one.scope_spans).flat_map(|one| &one.spans).cloned().collect()
    }
}

/// Reads two hours in pages of ten rows.
async fn read() {
    let server = platform(|_| None).await;
    let log: Arc<Mutex<Log>> = Arc::default();
    let mut config = server.config();
    config.page_size = 10;
    let (task, shutdown) = (task(&config, &log, |_| None), Shutdown::default());
    let progress = task.progress();
    // On this thread, which alone has the test's subscriber: elsewhere a span that ends would not let go of its slice.
    let start = |name: &str, publisher| Ok(PublisherThread::start_task(name, publisher, || Duration::ZERO));
    let watch = async {
        while !progress.snapshot().complete {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shutdown.trigger();
    };
    let (report, ()) = tokio::join!(task.run_on(start, shutdown.clone()), watch);
    assert_eq!(report.unwrap(), SourceReport::Stopped);
}

fn settings(endpoint: &str) -> TracesConfig {
    TracesConfig { endpoint: endpoint.to_owned(), service_name: "reader".to_owned() }
}

/// Whether spans are made is the same for the whole process.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn a_slice_is_a_span_and_its_pages_and_publications_stand_below_it() {
    let _one = ONE_AT_A_TIME.lock().await;
    let collector = Collector::start().await;
    let (layer, switch) = traces::layer();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let traces = switch.start(&settings(&collector.endpoint)).unwrap();
    read().await;
    assert_eq!(traces.end().await, 0);
    let spans = collector.spans();
    assert!(!spans.is_empty());
    let named = |name: &str| spans.iter().filter(|span| span.name == name).cloned().collect::<Vec<Span>>();
    let slices: BTreeMap<Vec<u8>, Span> =
        named("slice").into_iter().map(|slice| (slice.span_id.clone(), slice)).collect();
    assert!(4 <= slices.len() && slices.values().all(|slice| slice.parent_span_id.is_empty()), "{slices:#?}");
    let mut pages: BTreeMap<&[u8], usize> = BTreeMap::new();
    let of_slices = named("page");
    for page in &of_slices {
        let slice = &slices[&page.parent_span_id];
        assert_eq!(page.trace_id, slice.trace_id);
        assert!(slice.start_time_unix_nano <= page.start_time_unix_nano, "{page:?}");
        assert!(page.end_time_unix_nano <= slice.end_time_unix_nano, "{page:?}");
        assert!(page.attributes.iter().any(|one| one.key == "rows"), "{page:?}");
        *pages.entry(&page.parent_span_id).or_default() += 1;
    }
    assert!(pages.len() == slices.len() && pages.values().any(|pages| 3 <= *pages), "{pages:?}");
    let publications = named("publication");
    let below = publications.iter().filter(|one| slices.contains_key(&one.parent_span_id)).count();
    assert!(of_slices.len() <= below && below < publications.len(), "{below} of {}", publications.len());
    let requests = collector.requests.lock().unwrap();
    let resource = requests[0].resource_spans[0].resource.as_ref().unwrap();
    let words = format!("{resource:?}");
    assert!(words.contains("service.name") && words.contains("reader"), "{words}");
    assert!(!format!("{requests:?}").contains("s3cret"));
}

#[tokio::test]
async fn nothing_is_sent_and_no_span_is_made_without_the_setting() {
    let _one = ONE_AT_A_TIME.lock().await;
    let collector = Collector::start().await;
    let (layer, _switch) = traces::layer();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    assert!(spans::slice("s", "first", TimeRange { from: 0, to: 1 }).is_disabled());
    assert!(spans::transaction("legs", 0, 1).is_disabled());
    read().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(collector.requests.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn what_a_collector_that_is_away_would_have_been_sent_is_dropped_and_counted() {
    let _one = ONE_AT_A_TIME.lock().await;
    let (layer, switch) = traces::layer();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let traces = switch.start(&settings("http://127.0.0.1:1")).unwrap();
    // More than may wait.
    for partition in 0..5_000 {
        drop(spans::transaction("legs", partition, 1));
    }
    assert_eq!(traces.end().await, 5_000);
}
