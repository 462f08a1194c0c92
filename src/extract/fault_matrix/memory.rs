//! A platform in memory as the other end of the client's last call. Edge.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use futures::future::BoxFuture;
use tower::ServiceExt;

use crate::genesys::error::Cause;
use crate::genesys::transport::Transport;

/// Hands requests to the simulator's router; answers that have bodies which break off break off here too.
#[derive(Debug)]
pub(super) struct InMemory {
    router: Router,
    /// Requests for pages so far, and the number of the one that never arrives.
    asked: AtomicU32,
    lost: Option<u32>,
    page_paths: &'static [&'static str],
}

impl InMemory {
    pub(super) fn new(router: Router, lost: Option<u32>, page_paths: &'static [&'static str]) -> InMemory {
        InMemory { router, asked: AtomicU32::default(), lost, page_paths }
    }
}

impl Transport for InMemory {
    fn execute(&self, request: reqwest::Request) -> BoxFuture<'_, Result<reqwest::Response, Cause>> {
        Box::pin(async move {
            let is_for_a_page = self.page_paths.iter().any(|path| request.url().path().contains(path));
            if is_for_a_page && Some(1 + self.asked.fetch_add(1, Ordering::SeqCst)) == self.lost {
                return Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
            }
            let request = Request::<reqwest::Body>::try_from(request)?.map(Body::new);
            let response = self.router.clone().oneshot(request).await?;
            Ok(response.map(|body| reqwest::Body::wrap(Shared(Mutex::new(body)))).into())
        })
    }
}

/// A body as the client's library wants it: to be looked at from any thread.
struct Shared(Mutex<Body>);

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        Pin::new(self.0.get_mut().unwrap()).poll_frame(context)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.lock().unwrap().size_hint()
    }
}

/// The body of a GET that only tests send.
pub(super) async fn text(router: &Router, path: &str) -> String {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}
