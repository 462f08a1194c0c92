//! The socket: connections, each with limits, until the shutdown. Edge.
//!
//! All connections are driven by the one task that serves, so that they end with it: nothing is detached.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::stream::{FuturesUnordered, StreamExt};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::router::router;
use super::tls;
use crate::config::rest::RestConfig;
use crate::connect::herder::Herder;
use crate::connect::loggers::Loggers;
use crate::runtime::shutdown::Shutdown;

/// Connections at a time; further ones wait. Fewer would let a few idle clients shut others out; more cost memory.
const CONNECTIONS_MAX: usize = 512;

/// Longest wait for the head of a request, the first of a connection or the next. Shorter closes connections that clients
/// mean to use again; longer keeps a place for whoever says nothing.
const HEAD: Duration = Duration::from_secs(30);

/// Longest TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Largest head of a request, which is also what a connection buffers.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Header lines of a request.
const HEADERS_MAX: usize = 100;

/// How long answers that are under way get to end after the shutdown.
const DRAIN: Duration = Duration::from_secs(3);

/// Rest after the system refused a connection, as it does when files run out.
const REFUSED: Duration = Duration::from_millis(100);

/// Why the interface cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address} (rest.listen)")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// Certificate and key cannot be used.
    #[error("cannot use {file} (rest.tls): {cause}")]
    Tls {
        /// The file.
        file: String,
        /// Why.
        cause: String,
    },
}

/// A socket that is listened at, not served yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    config: RestConfig,
}

/// Listens at `HOST:PORT`; port 0 is any free one.
///
/// # Errors
/// When the address is taken or not of this machine, or the certificate cannot be used.
pub async fn bind(config: &RestConfig, listen: &str) -> Result<Server, ServeError> {
    let acceptor = config.tls.as_ref().map(tls::acceptor).transpose()?;
    let wrong = |source| ServeError::Listen { address: listen.to_owned(), source };
    let listener = TcpListener::bind(listen).await.map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    Ok(Server { listener, address, acceptor, config: config.clone() })
}

impl Server {
    /// The address that is listened at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address under which others reach this worker: `rest.advertised.listen`, else that of the socket.
    #[must_use]
    pub fn worker_id(&self) -> String {
        self.config.advertised_listen.clone().unwrap_or_else(|| self.address.to_string())
    }

    /// Serves Connect's interface, and what `beside` answers elsewhere, until the shutdown.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub async fn serve(self, herder: Arc<dyn Herder>, beside: Router, shutdown: Shutdown) -> Result<(), String> {
        let routes = router(herder, Loggers::of_process(), &self.config, beside)?;
        let mut open: FuturesUnordered<Pin<Box<dyn Future<Output = ()> + Send>>> = FuturesUnordered::new();
        let mut rest_until = Instant::now();
        tracing::info!(address = %self.address, tls = self.acceptor.is_some(), "listening for requests of the REST interface");
        loop {
            let accept = async {
                tokio::time::sleep_until(rest_until).await;
                self.listener.accept().await
            };
            tokio::select! {
                () = shutdown.wait() => break,
                Some(()) = open.next(), if !open.is_empty() => {}
                accepted = accept, if open.len() < CONNECTIONS_MAX => match accepted {
                    Ok((stream, _)) => {
                        let (acceptor, routes, shutdown) = (self.acceptor.clone(), routes.clone(), shutdown.clone());
                        open.push(Box::pin(connection(stream, acceptor, routes, shutdown)));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection to the REST interface was not taken");
                        rest_until = Instant::now() + REFUSED;
                    }
                }
            }
        }
        drop(self.listener);
        let ended = async { while open.next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, ended).await.is_err() {
            tracing::warn!("answers of the REST interface were cut off by the stop");
        }
        Ok(())
    }
}

async fn connection(stream: TcpStream, acceptor: Option<TlsAcceptor>, routes: Router, shutdown: Shutdown) {
    // Answers are small: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    match acceptor {
        None => converse(stream, routes, shutdown).await,
        Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => converse(stream, routes, shutdown).await,
            Ok(Err(error)) => tracing::debug!(%error, "no TLS connection came about"),
            Err(_) => tracing::debug!("no TLS connection came about in time"),
        },
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, routes: Router, shutdown: Shutdown) {
    let mut conversation = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes))
    );
    let outcome = tokio::select! {
        outcome = conversation.as_mut() => outcome,
        () = shutdown.wait() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection to the REST interface ended early");
    }
}
