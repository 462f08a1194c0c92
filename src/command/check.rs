//! `handletime check`: is the settings file right, and with `--online` do the platform and the broker take it. Edge.

use anyhow::Context;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;

use super::pipeline;
use super::status::ExitStatus;
use crate::cli::CheckArgs;
use crate::config::parse::settings;
use crate::config::typed::SourceConfig;
use crate::config::{Settings, file, summary};
use crate::domain::causes::causes;
use crate::kafka::topics::{TopicError, Topics};
use crate::runtime::tls;

/// Most of an answer of the login host that is read: a token is a few hundred bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Most of a refusal's text that is printed.
const REFUSAL_CHARS_MAX: usize = 2_000;

/// Runs the command: status 2 when the settings are wrong, 1 when the platform or the broker refuses them.
///
/// # Errors
/// When the HTTP client cannot be built.
pub async fn run(args: CheckArgs) -> anyhow::Result<ExitStatus> {
    let (file, problems) = file::read(&args.config);
    let settings = match settings(&file, problems) {
        Ok(settings) => settings,
        Err(problems) => {
            eprintln!("{problems}");
            return Ok(ExitStatus::Usage);
        }
    };
    let refused = crate::kafka::settings::refused_properties(&settings.worker);
    if !refused.is_empty() {
        eprintln!("{}", refused.join("\n"));
        return Ok(ExitStatus::Usage);
    }
    println!("ok: {}", args.config.display());
    print!("{}", summary::summary(&file, &settings));
    if !args.online {
        return Ok(ExitStatus::Success);
    }
    online(&settings).await
}

/// Asks those that the settings point at; prints what each says.
///
/// # Errors
/// When the HTTP client cannot be built.
async fn online(settings: &Settings) -> anyhow::Result<ExitStatus> {
    let logins = logins(settings).await?;
    let of_topics = settings.clone();
    let topics = tokio::task::spawn_blocking(move || topics(&of_topics)).await.context("looking at the topics")?;
    Ok(if logins == ExitStatus::Success { topics } else { logins })
}

/// Logs every source in.
///
/// # Errors
/// When the HTTP client cannot be built.
async fn logins(settings: &Settings) -> anyhow::Result<ExitStatus> {
    let mut status = ExitStatus::Success;
    for source in &settings.sources {
        match log_in(source).await? {
            Ok(lifetime_s) => println!(
                "[connectors.{}] login at {}: ok, the token is good for {lifetime_s} s",
                source.name, source.login_url
            ),
            Err(refusal) => {
                eprintln!("[connectors.{}] login at {}: {refusal}", source.name, source.login_url);
                status = ExitStatus::Failure;
            }
        }
    }
    Ok(status)
}

/// Looks at the topics, and creates none. Blocks.
fn topics(settings: &Settings) -> ExitStatus {
    let hosts = &settings.worker.bootstrap_servers;
    let specs = pipeline::topics(settings);
    let inspected = Topics::new(&settings.worker).map_err(TopicError::from);
    let inspected = inspected.and_then(|topics| {
        let found = topics.inspect(&specs)?;
        for contradiction in &found.contradictions {
            eprintln!("[worker] {contradiction}");
        }
        let [there, to_create] = [found.present.len(), found.missing.len()];
        println!("[worker] topics at {hosts}: {there} of {} exist, {to_create} are created at the start", specs.len());
        for spec in &found.missing {
            println!("  {}: {} partitions, cleanup.policy={}", spec.name, spec.partitions, spec.cleanup);
        }
        Ok(if found.contradictions.is_empty() { ExitStatus::Success } else { ExitStatus::Failure })
    });
    inspected.unwrap_or_else(|error| {
        eprintln!("[worker] topics at {hosts}: {}", causes(&error));
        ExitStatus::Failure
    })
}

#[derive(Deserialize)]
struct Token {
    expires_in: i64,
}

/// Asks for a token and drops it: its lifetime in seconds, or why there is none, in the platform's own words.
///
/// # Errors
/// When the HTTP client cannot be built.
async fn log_in(source: &SourceConfig) -> anyhow::Result<Result<i64, String>> {
    tls::install_provider();
    let client = reqwest::Client::builder()
        .connect_timeout(source.http_connect_timeout)
        .timeout(source.http_connect_timeout + source.http_read_timeout)
        // A redirect would carry the credentials to a host that nobody named.
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("building the HTTP client")?;
    let url = source.login_url.join("/oauth/token").context("building the address of the token request")?;
    let request = client
        .post(url)
        .basic_auth(&source.client_id, Some(source.client_secret.reveal()))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body("grant_type=client_credentials");
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return Ok(Err(causes(&error))),
    };
    let code = response.status();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Ok(Err(format!("answered {code} with more than {ANSWER_BYTES_MAX} bytes"))),
            Ok(None) => break,
            Err(error) => return Ok(Err(causes(&error))),
        }
    }
    if !code.is_success() {
        let text: String = String::from_utf8_lossy(&body).trim().chars().take(REFUSAL_CHARS_MAX).collect();
        return Ok(Err(format!("refused with {code}: {text}")));
    }
    // The body is not quoted: it may hold a token.
    Ok(serde_json::from_slice(&body)
        .map(|token: Token| token.expires_in)
        .map_err(|error| format!("answered {code}, but with no token: {error}")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;

    use super::*;
    use crate::config::placeholder::Reference;
    use crate::config::toml_text;
    use crate::runtime::shutdown::Shutdown;
    use crate::runtime::supervisor::Supervisor;

    /// Basic credentials of `demo-client:demo-secret`.
    const BASIC: &str = "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=";

    async fn token(headers: HeaderMap, body: String) -> (StatusCode, String) {
        let is_form = headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
        if headers.get("authorization").is_some_and(|words| words == BASIC)
            && is_form
            && body == "grant_type=client_credentials"
        {
            return (StatusCode::OK, r#"{"access_token":"t0ken","token_type":"bearer","expires_in":86399}"#.to_owned());
        }
        (StatusCode::BAD_REQUEST, r#"{"error":"invalid_client","description":"authentication failed"}"#.to_owned())
    }

    async fn settings_with_a_login_host(secret: &str) -> (Settings, Supervisor) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut supervisor = Supervisor::new(Shutdown::default());
        let shutdown = supervisor.shutdown();
        supervisor.start("login host", async move {
            let router = axum::Router::new().route("/oauth/token", post(token));
            let serving = axum::serve(listener, router).with_graceful_shutdown(async move { shutdown.wait().await });
            serving.await.map_err(|error| error.to_string())
        });
        let text = format!(
            "[worker]\nbootstrap.servers = \"a:1\"\n[connectors.s]\nconnector.class = \"GenesysSource\"\n\
             genesys.api.url = \"http://{address}\"\ngenesys.client.id = \"demo-client\"\ngenesys.client.secret = \
             \"{secret}\"\ngenesys.org.id = \"acme\"\nextract.start = \"2026-01-01T00:00:00Z\"\n"
        );
        let mut problems = Vec::new();
        let file = toml_text::read("x.toml", &text, &|_: &Reference| Err(String::new()), &mut problems);
        (settings(&file, problems).unwrap(), supervisor)
    }

    async fn stop(supervisor: Supervisor) {
        supervisor.shutdown().trigger();
        supervisor.join(Duration::from_secs(5)).await.unwrap();
    }

    #[tokio::test]
    async fn the_right_secret_logs_in() {
        let (settings, supervisor) = settings_with_a_login_host("demo-secret").await;
        assert_eq!(log_in(&settings.sources[0]).await.unwrap(), Ok(86_399));
        stop(supervisor).await;
    }

    #[tokio::test]
    async fn a_wrong_secret_gives_the_platforms_own_words_and_not_the_secret() {
        let (settings, supervisor) = settings_with_a_login_host("hunter2").await;
        let refusal = log_in(&settings.sources[0]).await.unwrap().unwrap_err();
        assert_eq!(
            refusal,
            "refused with 400 Bad Request: {\"error\":\"invalid_client\",\"description\":\"authentication failed\"}"
        );
        assert_eq!(logins(&settings).await.unwrap(), ExitStatus::Failure);
        stop(supervisor).await;
    }

    #[tokio::test]
    async fn an_absent_login_host_is_a_refusal_with_its_causes() {
        let (settings, supervisor) = settings_with_a_login_host("demo-secret").await;
        stop(supervisor).await;
        let refusal = log_in(&settings.sources[0]).await.unwrap().unwrap_err();
        assert!(refusal.to_lowercase().contains("connection refused"), "{refusal}");
    }

    #[tokio::test]
    async fn wrong_settings_end_with_status_2() {
        let path = std::path::PathBuf::from("/nowhere/at/all.toml");
        assert_eq!(run(CheckArgs { config: path, online: false }).await.unwrap(), ExitStatus::Usage);
    }
}
