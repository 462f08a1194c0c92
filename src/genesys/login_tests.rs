//! Tests of logins against the simulator's own: rotation of secrets, and that none of it is told. Edge.

use std::sync::Arc;
use std::time::Duration;

use super::client::GenesysClient;
use super::counters::read;
use super::error::GenesysError;
use super::fixture::{Reaction, Server, offline_config, ok};
use super::limiter::Rank;
use crate::config::secret::{ClientCredentials, Secret};
use crate::config::typed::SourceConfig;
use crate::domain::causes::causes;
use crate::domain::time::parse_instant;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::Supervisor;
use crate::simulate::server::{Simulator, SimulatorOptions, serve};
use crate::simulate::world::World;

/// A list that the simulator has for everybody who is logged in.
const LIST: &str = "/api/v2/routing/queues?pageSize=1";

struct Platform {
    simulator: Arc<Simulator>,
    config: SourceConfig,
    _supervisor: Supervisor,
}

async fn platform(options: SimulatorOptions) -> Platform {
    let world = World::exactly(7, parse_instant("2026-01-05T00:00:00Z").unwrap(), 1, 10).unwrap();
    let simulator = Arc::new(Simulator::new(Arc::new(world), options));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut supervisor = Supervisor::new(Shutdown::default());
    let (served, shutdown) = (Arc::clone(&simulator), supervisor.shutdown());
    supervisor.start("simulator", async move { serve(listener, served, shutdown).await.map_err(|e| e.to_string()) });
    let mut config = offline_config();
    config.api_url = url.parse().unwrap();
    config.login_url = url.parse().unwrap();
    config.client_id = "demo-client".to_owned();
    config.client_secret = Secret::new("demo-secret".to_owned());
    Platform { simulator, config, _supervisor: supervisor }
}

async fn ask(client: &GenesysClient) -> Result<(), GenesysError> {
    client.get(Rank::First, LIST).await.map(|_| ())
}

#[tokio::test]
async fn a_secret_that_is_rotated_in_its_file_is_used_without_a_restart() {
    let mut platform = platform(SimulatorOptions::default()).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("genesys");
    let write = |secret: &str| std::fs::write(&path, format!("client_secret = {secret}\n")).unwrap();
    write("demo-secret");
    let written = format!("${{file:{}:client_secret}}", path.display());
    platform.config.client_secret = Secret::read_through("demo-secret".to_owned(), &written);
    let client = GenesysClient::new(&platform.config).unwrap();
    ask(&client).await.unwrap();

    platform.simulator.rotate(&["second-secret"]);
    let refused = ask(&client).await.unwrap_err();
    assert!(matches!(refused, GenesysError::LoginRefused { .. }), "{refused:?}");
    // Tried once more for each question, never more often.
    let before = read(&client.counters().logins);
    assert!(ask(&client).await.is_err());
    assert_eq!(read(&client.counters().logins), before + 1);

    write("second-secret");
    ask(&client).await.unwrap();
    // While a file is being replaced, what was last taken serves.
    std::fs::remove_file(&path).unwrap();
    platform.simulator.rotate(&["second-secret"]);
    assert_eq!(ask(&client).await.unwrap_err().class(), "auth_expired");
    ask(&client).await.unwrap();
}

#[tokio::test]
async fn the_second_pair_is_taken_when_the_first_is_refused_and_the_first_comes_back() {
    let mut platform = platform(SimulatorOptions::default()).await;
    let second = ClientCredentials { id: "demo-client".to_owned(), secret: Secret::new("second-secret".to_owned()) };
    platform.config.secondary = Some(second);
    let client = GenesysClient::new(&platform.config).unwrap();
    let logins = || read(&client.counters().logins);
    ask(&client).await.unwrap();
    assert_eq!(logins(), 1);
    platform.simulator.rotate(&["second-secret"]);
    assert_eq!(ask(&client).await.unwrap_err().class(), "auth_expired");
    ask(&client).await.unwrap();
    assert_eq!(logins(), 3);
    // The pair that was taken is tried first from then on.
    platform.simulator.rotate(&["second-secret"]);
    assert_eq!(ask(&client).await.unwrap_err().class(), "auth_expired");
    assert_eq!(logins(), 4);
    platform.simulator.rotate(&["demo-secret"]);
    assert_eq!(ask(&client).await.unwrap_err().class(), "auth_expired");
    ask(&client).await.unwrap();
    platform.simulator.rotate(&["third-secret"]);
    let refused = ask(&client).await.unwrap_err();
    assert!(causes(&refused).contains("check genesys.client.id and genesys.client.secret"), "{}", causes(&refused));
}

#[tokio::test]
async fn a_short_life_is_respected_and_renewed_ahead_of_its_end() {
    let platform = platform(SimulatorOptions { token_expires_s: 2, ..SimulatorOptions::default() }).await;
    let client = GenesysClient::new(&platform.config).unwrap();
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_millis(3_500) {
        // A token that was used past its end would be refused.
        ask(&client).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let logins = read(&client.counters().logins);
    assert!((3..=5).contains(&logins), "{logins}");
}

#[tokio::test]
async fn a_login_host_apart_from_the_api_is_asked_for_tokens_alone() {
    let api = Server::start(|_| ok("{}")).await;
    let platform = platform(SimulatorOptions::default()).await;
    let mut config = platform.config.clone();
    config.api_url = api.config().api_url;
    let client = GenesysClient::new(&config).unwrap();
    client.log_in().await.unwrap();
    assert_eq!(api.requests(), 0);
    // The other host does not know the token, which is what it is to say.
    assert_eq!(ask(&client).await.unwrap_err().class(), "auth_expired");
    assert_eq!(api.requests(), 1);
}

#[tokio::test]
async fn a_secret_or_token_that_the_platform_repeats_is_not_told() {
    let server = Server::start_with(|_| {
        Reaction::Status(403, None, r#"{"message":"token-1 may not do this","code":"not.authorized"}"#.to_owned())
    })
    .await;
    let client = GenesysClient::new(&server.config()).unwrap();
    let error = ask(&client).await.unwrap_err();
    assert!(causes(&error).contains("[hidden] may not do this"), "{}", causes(&error));
    assert!(!format!("{error:?} {client:?}").contains("token-1"));
}
