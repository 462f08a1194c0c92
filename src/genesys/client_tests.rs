//! Tests of the client against a server of its own. Edge.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::client::GenesysClient;
use super::counters::read;
use super::error::GenesysError;
use super::fixture::{Reaction, Server, ok};
use super::limiter::Rank;
use crate::config::secret::Secret;
use crate::domain::causes::causes;

const PATH: &str = "/api/v2/analytics/interactions/details";

async fn post(client: &GenesysClient) -> Result<Vec<u8>, GenesysError> {
    client.post(Rank::First, PATH, "{}".to_owned()).await.map(|answer| answer.body)
}

#[tokio::test]
async fn an_answer_comes_with_the_platforms_instant_of_sending() {
    let server = Server::start(|_| ok("hello")).await;
    let client = GenesysClient::new(&server.config()).unwrap();
    let answer = client.post(Rank::First, PATH, "{}".to_owned()).await.unwrap();
    assert_eq!(answer.body, b"hello");
    let off_ms = (answer.sent_at - super::exchange::local_now()).abs();
    assert!(off_ms <= 2_500, "{off_ms}");
    assert!(client.clock_age().is_some());
    assert_eq!(read(&client.counters().requests), 2);
}

#[tokio::test]
async fn after_401_the_login_is_renewed_once_however_many_requests_met_it() {
    let server = Server::start(|_| ok("{}")).await;
    let client = GenesysClient::new(&server.config()).unwrap();
    post(&client).await.unwrap();
    server.expire_tokens();
    let before = server.logins();
    let all = futures::future::join_all((0..8).map(|_| post(&client))).await;
    let expired = all.iter().filter(|outcome| matches!(outcome, Err(GenesysError::AuthExpired { .. }))).count();
    assert!(1 <= expired && all.iter().all(|o| !matches!(o, Err(e) if e.class() != "auth_expired")), "{all:?}");
    assert_eq!(server.logins(), before + 1);
    post(&client).await.unwrap();
    assert_eq!(server.logins(), before + 1);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_with_the_platforms_text_and_without_the_secret() {
    let server = Server::start(|_| ok("{}")).await;
    let mut config = server.config();
    config.client_secret = Secret::new("wr0ng".to_owned());
    let client = GenesysClient::new(&config).unwrap();
    let error = client.log_in().await.unwrap_err();
    assert!(matches!(error, GenesysError::LoginRefused { .. }) && error.is_configuration());
    let text = format!("{} {error:?} {client:?}", causes(&error));
    assert!(text.contains("invalid_client: authentication failed"), "{text}");
    assert!(!text.contains("wr0ng"), "{text}");
}

#[tokio::test]
async fn a_refusal_carries_retry_after_in_seconds_or_as_a_date() {
    let calls = AtomicU32::new(0);
    let server = Server::start(move |_| {
        let date = chrono::Utc::now() + chrono::Duration::seconds(3);
        let value = match calls.fetch_add(1, Ordering::SeqCst) {
            0 => "0.2".to_owned(),
            _ => date.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        };
        Reaction::Status(429, Some(("retry-after", value)), r#"{"message":"slow down","contextId":"c-7"}"#.to_owned())
    })
    .await;
    let client = GenesysClient::new(&server.config()).unwrap();
    let error = post(&client).await.unwrap_err();
    assert_eq!((error.class(), error.retry_after_ms()), ("rate_limited", Some(200)));
    assert!(error.to_string().contains("slow down (context id c-7)"));
    // The next request of any lane waits for what was asked.
    let began = Instant::now();
    let waits_ms = post(&client).await.unwrap_err().retry_after_ms().unwrap();
    assert!(Duration::from_millis(150) <= began.elapsed());
    assert!((2_000..=4_000).contains(&waits_ms), "{waits_ms}");
    assert_eq!(read(&client.counters().rate_limited), 2);
    assert!(0 < read(&client.counters().throttled_ms));
}

#[tokio::test]
async fn a_hanging_server_is_a_transient_error_after_the_timeout() {
    let server = Server::start(|_| Reaction::Hang).await;
    let client = GenesysClient::new(&server.config()).unwrap();
    let began = Instant::now();
    let error = post(&client).await.unwrap_err();
    assert_eq!(error.class(), "transient");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn sums_may_take_longer_than_pages() {
    let server = Server::start_with(|_| Reaction::Hang).await;
    let mut config = server.config();
    config.http_read_timeout = Duration::from_millis(200);
    config.http_summary_timeout = Duration::from_millis(900);
    let client = GenesysClient::new(&config).unwrap();
    client.log_in().await.unwrap();
    let hung = async |path: &str| {
        let began = Instant::now();
        assert_eq!(client.get(Rank::First, path).await.unwrap_err().class(), "transient");
        began.elapsed()
    };
    let summary = hung("/api/v2/analytics/interactions/summary?since=a").await;
    assert!(Duration::from_millis(850) <= summary, "{summary:?}");
    let page = hung("/api/v2/analytics/interactions/detail?since=a").await;
    assert!((Duration::from_millis(190)..Duration::from_millis(850)).contains(&page), "{page:?}");
    let began = Instant::now();
    let path = "/api/v2/analytics/conversations/aggregates/query";
    assert!(client.post(Rank::First, path, "{}".to_owned()).await.is_err());
    assert!(Duration::from_millis(850) <= began.elapsed());
}

#[tokio::test]
async fn a_platform_that_keeps_refusing_is_left_alone_by_all_tasks_at_once() {
    let server = Server::start(|_| Reaction::Status(503, None, "{}".to_owned())).await;
    let mut config = server.config();
    // Slow enough for the requests to queue up behind each other.
    config.quota_requests_per_second = 20.0;
    let client = GenesysClient::new(&config).unwrap();
    client.log_in().await.unwrap();
    let tasks: Vec<GenesysClient> = (0..12).map(|task| client.of_task(task)).collect();
    let asking = futures::future::join_all(tasks.iter().map(post));
    // The breaker opens for five seconds; nothing more arrives meanwhile.
    let _ = tokio::time::timeout(Duration::from_secs(2), asking).await;
    // A login, five refusals, and what was under way when the fifth came.
    assert!((6..=8).contains(&server.requests()), "{}", server.requests());
}

#[tokio::test]
async fn two_sources_of_one_client_share_its_budget_and_take_turns_in_it() {
    let server = Server::start(|_| ok("{}".to_owned())).await;
    let mut config = server.config();
    config.quota_requests_per_second = 20.0;
    let one = GenesysClient::new(&config).unwrap();
    let other = GenesysClient::new(&config).unwrap().beside(&one, 1);
    for client in [&one, &other] {
        client.log_in().await.unwrap();
    }
    let before = server.requests();
    let ask = async |client: GenesysClient| loop {
        let _ = post(&client).await;
    };
    let both = futures::future::join(ask(one.of_task(0)), ask(other.of_task(0)));
    assert!(tokio::time::timeout(Duration::from_secs(2), both).await.is_err());
    // Two seconds at twenty, and what may be caught up with; each by itself would have sent as much.
    let sent = server.requests() - before;
    assert!((30..=50).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_transient_and_one_beyond_the_cap_is_too_large() {
    let calls = AtomicU32::new(0);
    let server = Server::start(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Reaction::Truncated(r#"{"data":[{"id":"#.to_owned()),
        1 => ok("x".repeat(2_000)),
        // Without a length the cap holds while streaming.
        _ => Reaction::Streamed("x".repeat(2_000)),
    })
    .await;
    let mut config = server.config();
    config.http_body_bytes_max = 1_000;
    let client = GenesysClient::new(&config).unwrap();
    let classes = [post(&client).await, post(&client).await, post(&client).await].map(|o| o.unwrap_err().class());
    assert_eq!(classes, ["transient", "too_large", "too_large"]);
}

#[tokio::test]
async fn each_status_is_an_error_by_what_the_caller_does() {
    let calls = AtomicU32::new(0);
    let statuses = [400, 403, 404, 410, 500, 502, 504, 302, 204];
    let server = Server::start(move |_| {
        let status = statuses[calls.fetch_add(1, Ordering::SeqCst) as usize];
        Reaction::Status(status, Some(("location", "http://127.0.0.1:1/".to_owned())), String::new())
    })
    .await;
    let client = GenesysClient::new(&server.config()).unwrap();
    let mut classes = Vec::new();
    for _ in statuses {
        classes.push(post(&client).await.unwrap_err().class());
    }
    let expected =
        ["bad_request", "forbidden", "bad_request", "token_gone", "unavailable", "unavailable", "unavailable"];
    assert_eq!(classes[..7], expected);
    assert_eq!(classes[7..], ["strange", "strange"], "a redirect is not followed");
}

#[tokio::test]
async fn a_server_that_is_away_is_transient() {
    let mut config = Server::start(|_| ok("")).await.config();
    config.login_url = "http://127.0.0.1:1".parse().unwrap();
    let error = GenesysClient::new(&config).unwrap().log_in().await.unwrap_err();
    assert_eq!(error.class(), "transient");
    assert!(!error.is_configuration());
}
