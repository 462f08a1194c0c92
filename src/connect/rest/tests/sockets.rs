//! The interface at a socket: its address, TLS, limits, and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::fake::{Fake, Mood};
use super::scene::beside;
use crate::config::rest::{RestConfig, RestTls};
use crate::connect::rest::{ServeError, bind};
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;

const GET: &str = "GET /connectors HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

struct Served {
    address: SocketAddr,
    fake: Arc<Fake>,
    supervisor: Supervisor,
}

async fn served(config: RestConfig) -> Served {
    let server = bind(&config, "127.0.0.1:0").await.unwrap();
    let (address, fake) = (server.address(), Arc::new(Fake::default()));
    assert_eq!(server.worker_id(), address.to_string());
    let shutdown = Shutdown::default();
    let mut supervisor = Supervisor::new(shutdown.clone());
    supervisor.start("rest", server.serve(fake.clone(), beside(), shutdown));
    Served { address, fake, supervisor }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that refuses may close before it has read all.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn fixture(name: &str) -> String {
    format!("{}/src/connect/rest/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn tls() -> RestTls {
    RestTls { certificate_file: fixture("localhost.pem"), key_file: fixture("localhost.key.pem") }
}

#[tokio::test]
async fn it_answers_at_the_address_that_it_tells_until_the_stop() {
    let served = served(RestConfig::default()).await;
    let answer = exchange(TcpStream::connect(served.address).await.unwrap(), GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n[]"), "{answer}");
    // One that says nothing does not hold up the end.
    let idle = TcpStream::connect(served.address).await.unwrap();
    served.supervisor.shutdown().trigger();
    served.supervisor.join(Duration::from_secs(10)).await.unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
    drop(idle);
}

#[tokio::test]
async fn an_answer_that_is_under_way_at_the_stop_is_still_given() {
    let served = served(RestConfig { request_timeout: Duration::from_millis(300), ..RestConfig::default() }).await;
    *served.fake.mood.lock().unwrap() = Mood::Stuck;
    let put = "PUT /connectors/src/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    let asked = exchange(TcpStream::connect(served.address).await.unwrap(), put);
    let stopped = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        served.supervisor.shutdown().trigger();
    };
    let (answer, ()) = tokio::join!(asked, stopped);
    assert!(answer.starts_with("HTTP/1.1 500 ") && answer.contains("Request timed out"), "{answer}");
    served.supervisor.join(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn with_a_certificate_only_tls_is_spoken() {
    let served = served(RestConfig { tls: Some(tls()), ..RestConfig::default() }).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(fixture("localhost.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let plain = TcpStream::connect(served.address).await.unwrap();
    let stream = connector.connect(ServerName::try_from("localhost").unwrap(), plain).await.unwrap();
    let answer = exchange(stream, GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let refused = exchange(TcpStream::connect(served.address).await.unwrap(), GET).await;
    assert!(!refused.contains("HTTP/1.1 200"), "{refused}");
    // A client that fails leaves the others alone.
    let plain = TcpStream::connect(served.address).await.unwrap();
    assert!(connector.connect(ServerName::try_from("localhost").unwrap(), plain).await.is_ok());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    for (certificate_file, key_file, named) in [
        ("/nowhere/at/all.pem".to_owned(), tls().key_file, "/nowhere/at/all.pem"),
        (tls().certificate_file, "/nowhere/at/all.pem".to_owned(), "/nowhere/at/all.pem"),
        (tls().key_file, tls().key_file, "localhost.key.pem"),
    ] {
        let config = RestConfig { tls: Some(RestTls { certificate_file, key_file }), ..RestConfig::default() };
        match bind(&config, "127.0.0.1:0").await.err() {
            Some(ServeError::Tls { file, .. }) => assert!(file.ends_with(named), "{file}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let first = bind(&RestConfig::default(), "127.0.0.1:0").await.unwrap();
    let error = bind(&RestConfig::default(), &first.address().to_string()).await.err().unwrap();
    assert_eq!(error.to_string(), format!("cannot listen at {} (rest.listen)", first.address()));
}

#[tokio::test]
async fn a_worker_stands_in_states_as_it_is_advertised() {
    let config = RestConfig { advertised_listen: Some("worker-7:443".to_owned()), ..RestConfig::default() };
    assert_eq!(bind(&config, "127.0.0.1:0").await.unwrap().worker_id(), "worker-7:443");
}

#[tokio::test]
async fn a_head_beyond_the_limits_is_refused() {
    let served = served(RestConfig::default()).await;
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(64 * 1024));
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: x\r\n".repeat(200));
    for request in [long, many] {
        let answer = exchange(TcpStream::connect(served.address).await.unwrap(), &request).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    let answer = exchange(TcpStream::connect(served.address).await.unwrap(), GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}
